"""What captions state and what is true of clips in, which clips satisfy which captions out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.corpus.captions.mention import sayable
from musiclm.corpus.facts import Facts

Atom = tuple[str, str]
"""One indivisible statement: the name of a fact and its value."""

_AXES = ("valence", "arousal", "tension", "warmth")


def atoms_of_states(states: Mapping[str, Any]) -> frozenset[Atom]:
    """A caption's record of itself (``Caption.states``) as single statements.

    Example:
        >>> sorted(atoms_of_states({"style": "waltz", "instruments": ["flute"], "drums": False}))
        [('drums', 'False'), ('instruments', 'flute'), ('style', 'waltz')]
    """
    atoms: set[Atom] = set()
    for name, value in states.items():
        if isinstance(value, Mapping):  # roles: what an instrument does
            atoms |= {(name, f"{key}:{part}") for key, part in value.items()}
        elif isinstance(value, Sequence) and not isinstance(value, str):
            atoms |= {(name, str(part)) for part in value}
        else:
            atoms.add((name, str(value)))
    return frozenset(atoms)


def atoms_of_facts(facts: Facts) -> frozenset[Atom]:
    """Everything that a caption could state of a clip, in the same terms."""
    truths = sayable(facts)
    states: dict[str, Any] = {
        name: value
        for name, value in truths.items()
        if name not in ("bpm", "lead", "others", "drums", "key", "roles", "axis")
    }
    states |= {
        "tempo_bpm": facts.tempo_bpm,
        "lead": facts.lead,
        "instruments": facts.instruments,
        "key": truths["key"][0],
        "mode": truths["key"][1],
        "roles": facts.roles,
    }
    states |= {axis: "high" if sign == "+" else "low" for axis, sign in truths.get("axis", ())}
    if facts.drums or "drums" in truths.get("absent", ()):
        states["drums"] = facts.drums
    return atoms_of_states(states)


def satisfied(
    stated: Sequence[Mapping[str, Any]], clips: Sequence[frozenset[Atom]]
) -> NDArray[np.bool_]:
    """Which clips bear out everything that a caption states.

    Args:
        stated: ``Caption.states`` of each caption.
        clips: From ``atoms_of_facts``.

    Returns:
        ``[captions, clips]``.
    """
    wanted = [atoms_of_states(states) for states in stated]
    places = {atom: place for place, atom in enumerate(sorted(frozenset().union(*wanted)))}
    asked = _table(wanted, places)
    known = _table(clips, places)
    every: NDArray[np.bool_] = asked @ known.T == asked.sum(axis=1, keepdims=True)
    return every


def _table(rows: Sequence[frozenset[Atom]], places: Mapping[Atom, int]) -> NDArray[np.float32]:
    table = np.zeros((len(rows), len(places)), dtype=np.float32)
    for row, atoms in enumerate(rows):
        table[row, [places[atom] for atom in atoms if atom in places]] = 1.0
    return table
