"""Facts of composed pieces, and embeddings of a reader who understands them perfectly or not."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from musiclm.config import replace
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts, facts_of
from musiclm.evaluate.mulan.class_texts import MODES, TEMPO_BANDS, Question
from musiclm.evaluate.mulan.estimate import Array
from musiclm.evaluate.mulan.meaning import Atom, atoms_of_facts, atoms_of_states


@cache
def pieces(n: int = 60) -> tuple[Facts, ...]:
    """What is true of ``n`` pieces, several of every style."""
    styles = sorted(STYLES)[:10]
    scores = [compose(styles[i % 10], i, seconds=8) for i in range(n)]
    return tuple(facts_of(score) for score in scores)


def one(**changes: Any) -> Facts:
    """A piece of which all is known that matters to a test."""
    return replace(pieces(1)[0], **changes)


class PerfectReader:
    """Knows every statement as a direction: clips say yes or no to each, texts what they state."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.true = [atoms_of_facts(fact) for fact in facts]
        self.places = {a: i for i, a in enumerate(sorted(frozenset().union(*self.true)))}

    def audio(self) -> Array:
        """``[clips, D]``."""
        vectors = -np.ones((len(self.true), len(self.places)))
        for row, atoms in enumerate(self.true):
            vectors[row, [self.places[atom] for atom in atoms]] = 1.0
        return vectors / np.sqrt(vectors.shape[1])

    def text(self, states: Mapping[str, Any]) -> Array:
        """``[D]``."""
        return self._sum(atoms_of_states(states))

    def classes(self) -> dict[Question, dict[str, Array]]:
        """The directions of every class."""

        def of(name: str) -> dict[str, Array]:
            return {a[1]: self._sum([a]) for a in self.places if a[0] == name}

        return {
            "style": of("style"),
            "instruments": of("instruments"),
            "mood": {mood: vector for mood, vector in of("mood").items() if mood in MOODS},
            "tempo": {
                name: self._sum([("tempo", band) for band in bands])
                for name, bands in TEMPO_BANDS.items()
            },
            "drums": {
                "yes": self._sum([("drums", "True")]),
                "no": -self._sum([("drums", "True")]),
            },
            "mode": {
                name: self._sum([("mode", mode) for mode in modes]) for name, modes in MODES.items()
            },
        }

    def _sum(self, atoms: Sequence[Atom] | frozenset[Atom]) -> Array:
        vector = np.zeros(len(self.places))
        vector[[self.places[atom] for atom in atoms if atom in self.places]] = 1.0
        return vector / max(1.0, np.linalg.norm(vector))


def noise(n: int, dim: int = 32, *, seed: int = 0) -> Array:
    """Unit vectors that know nothing."""
    vectors = np.random.default_rng(seed).standard_normal((n, dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
