"""A MuLan, a corpus and wishes in, every number of its report out: the whole measurement."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from musiclm.artifact import verify_artifact
from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.compose import STYLES
from musiclm.evaluate.mulan.class_texts import class_texts
from musiclm.evaluate.mulan.data import (
    Pool,
    Progress,
    long_captions,
    read_pool,
    text_vectors,
)
from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, draws_of
from musiclm.evaluate.mulan.map import draw_map
from musiclm.evaluate.mulan.meaning import atoms_of_facts, satisfied
from musiclm.evaluate.mulan.pairs import minimal_pairs, pair_scores
from musiclm.evaluate.mulan.report import bar_of, mulan_tables
from musiclm.evaluate.mulan.retrieval import retrieval
from musiclm.evaluate.mulan.sentences import Sentence, read_sentences, sentence_scores
from musiclm.evaluate.mulan.space import space
from musiclm.evaluate.mulan.zero_shot import class_vectors, zero_shot
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_part


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to measure on how much."""

    split: Literal["all", "test"] = "test"
    n_clips: int = 1_000  # at most
    n_pairs: int = 500  # minimal pairs, and as many negations
    sentences: Path | None = None  # file of free sentences
    map: Path | None = None  # picture to draw
    cache: Path | None = None  # folder of embeddings to keep
    seed: int = 0


@dataclass(frozen=True, slots=True)
class MulanReport:
    """Everything measured."""

    found: dict[str, Estimate]
    about: str  # one sentence: what, on what
    weights_sha256: str

    def results(self) -> dict[str, Any]:
        """Plain values: ``numbers`` maps flat names to value, interval, chance and n."""
        return {
            "weights_sha256": self.weights_sha256,
            "numbers": {name: estimate.plain() for name, estimate in self.found.items()},
            "bars": {name: bar for name in self.found if (bar := bar_of(name)) is not None},
        }

    def to_markdown(self) -> str:
        """Tables."""
        return mulan_tables(self.found)


def evaluate_mulan(
    name_or_folder: str,
    corpus: Path,
    wishes: Wishes,
    *,
    on_progress: Progress | None = None,
) -> MulanReport:
    """Measure a MuLan on a corpus that it was not trained on.

    Args:
        name_or_folder: A MuLan artifact, or a model whose part it is.
        corpus: Of another seed than the one in training.
        wishes: What to measure.
        on_progress: Told clips embedded and clips in all.

    Raises:
        ModelNotFoundError: There is no such model.
        DataError: The corpus or the sentences cannot be used.
        ConfigError: The codebooks are empty, or a wish cannot be met.
    """
    # A faulty file of sentences is found before an hour of listening.
    sentences = read_sentences(wishes.sentences) if wishes.sentences else []
    folder = find_part(name_or_folder, "mulan")
    mulan = Mulan.load(folder)
    pool = read_pool(
        folder,
        mulan,
        corpus,
        split=wishes.split,
        at_most=wishes.n_clips,
        seed=wishes.seed,
        cache=wishes.cache,
        on_progress=on_progress,
    )
    found, english = measure(mulan, pool, sentences, n_pairs=wishes.n_pairs, seed=wishes.seed)
    if wishes.map:
        draw_map(
            wishes.map,
            english - mulan.text_mean.double().numpy(),
            pool.audio - mulan.audio_mean.double().numpy(),
            [facts.family for facts in pool.facts],
        )
    about = (
        f"MuLan on {len(pool.clips)} clips (the middle of each piece, 30 s at most; split: "
        f"{wishes.split}) and texts in words kept from training; 95 % bootstrap intervals over "
        "clips (free sentences: over sentences)."
    )
    return MulanReport(found, about, verify_artifact(folder))


def measure(
    mulan: Mulan,
    pool: Pool,
    sentences: Sequence[Sentence] = (),
    *,
    n_pairs: int = 500,
    seed: int = 0,
) -> tuple[dict[str, Estimate], Array]:
    """All numbers of a pool whose clips are embedded, and the vectors of its English captions."""
    draws = draws_of(len(pool.facts), seed=seed)
    captions = {language: long_captions(pool, language, seed=seed) for language in LANGUAGES}
    texts = {
        language: text_vectors(mulan, [caption.text for caption in written])
        for language, written in captions.items()
    }
    atoms = [atoms_of_facts(facts) for facts in pool.facts]
    fits = {
        language: satisfied([caption.states for caption in written], atoms)
        for language, written in captions.items()
    }
    found = retrieval(texts, pool.audio, fits, draws)
    found |= _zero_shot(mulan, pool, draws)
    for name in ("pairs", "negation"):
        pairs = minimal_pairs(pool.facts, n_pairs, seed=seed, negations=name == "negation")
        if pairs:
            vectors = text_vectors(mulan, [pair.text for pair in pairs])
            found |= pair_scores(pairs, vectors, pool.audio, draws, name=name)
    if sentences:
        vectors = text_vectors(mulan, [sentence.text for sentence in sentences])
        found |= sentence_scores(
            sentences, vectors, pool.audio, pool.facts, draws_of(len(sentences), seed=seed)
        )
    return found | space(mulan, texts["en"], pool.audio, draws), texts["en"]


def _zero_shot(mulan: Mulan, pool: Pool, draws: Draws) -> dict[str, Estimate]:
    """Choices are all styles that training knew, and what instruments and moods the pool has."""
    classes = {
        language: class_vectors(
            class_texts(
                language,
                styles=sorted(set(STYLES) - pool.unseen_styles),
                instruments=sorted({key for facts in pool.facts for key in facts.instruments}),
                moods=sorted({facts.mood for facts in pool.facts}),
            ),
            lambda texts: text_vectors(mulan, texts),
        )
        for language in LANGUAGES
    }
    return zero_shot(classes, pool.audio, pool.facts, draws, unseen_styles=pool.unseen_styles)
