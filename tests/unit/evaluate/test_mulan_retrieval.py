"""A perfect reader reaches the ceiling, one that knows nothing scores chance."""

import numpy as np
import pytest
from mulan_pool import PerfectReader, noise, one, pieces
from numpy.typing import NDArray

from musiclm.corpus.captions import Caption, captions_of
from musiclm.corpus.facts import Facts
from musiclm.evaluate.mulan.estimate import draws_of
from musiclm.evaluate.mulan.meaning import atoms_of_facts, atoms_of_states, satisfied
from musiclm.evaluate.mulan.retrieval import retrieval

Written = tuple[tuple[Facts, ...], list[Caption], NDArray[np.bool_]]


@pytest.fixture(scope="module")
def written() -> Written:
    """Facts, a caption of each, and which clips satisfy which caption."""
    facts = pieces()
    captions = [
        captions_of(fact, np.random.default_rng(i), n=1, languages=("en",), held_out=True)[0]
        for i, fact in enumerate(facts)
    ]
    fits = satisfied([c.states for c in captions], [atoms_of_facts(fact) for fact in facts])
    return facts, captions, fits


def test_every_caption_is_true_of_its_own_clip(written: Written) -> None:
    facts, captions, fits = written
    wrong = [
        (caption.text, atoms_of_states(caption.states) - atoms_of_facts(fact))
        for caption, fact, true in zip(captions, facts, fits.diagonal(), strict=True)
        if not true
    ]
    assert wrong == []
    assert 1 < fits.sum(axis=1).mean() < len(facts) / 2


def test_perfect_reader_scores_the_ceiling_which_is_less_than_one(written: Written) -> None:
    facts, captions, fits = written
    reader = PerfectReader(facts)
    text = np.stack([reader.text(caption.states) for caption in captions])
    found = retrieval({"en": text}, reader.audio(), {"en": fits}, draws_of(len(facts), seed=0))
    for measure in ("recall_1", "recall_10", "median_rank"):
        ours = found[f"retrieval/text_to_audio/{measure}/en"]
        ceiling = found[f"retrieval/ceiling/text_to_audio/{measure}/en"]
        assert ours.value == pytest.approx(ceiling.value)
        assert ours.interval == pytest.approx(ceiling.interval)
    assert 0.3 < found["retrieval/ceiling/text_to_audio/recall_1/en"].value < 0.95


def test_random_vectors_score_chance(written: Written) -> None:
    facts, _, fits = written
    n = len(facts)
    found = retrieval(
        {"fr": noise(n)}, noise(n, seed=1), {"fr": fits}, draws_of(len(facts), seed=0)
    )
    for way in ("text_to_audio", "audio_to_text"):
        recall = found[f"retrieval/{way}/recall_10/fr"]
        assert recall.chance == pytest.approx(10 / n)
        assert recall.value == pytest.approx(10 / n, abs=0.09)
        rank = found[f"retrieval/{way}/median_rank/fr"]
        assert rank.chance == (n + 1) / 2
        assert rank.value == pytest.approx((n + 1) / 2, abs=15)


def test_copies_share_their_places() -> None:
    vectors = np.repeat(noise(3), 4, axis=0)
    fits = np.kron(np.eye(3, dtype=bool), np.ones((4, 4), dtype=bool))
    found = retrieval({"en": vectors}, vectors, {"en": fits}, draws_of(12, seed=0))
    assert found["retrieval/text_to_audio/recall_1/en"].value == pytest.approx(0.25)
    assert found["retrieval/text_to_audio/median_rank/en"].value == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("states", "fits"),
    [
        ({"style": "punk", "mood": "angry"}, True),
        ({"style": "punk", "mood": "calm"}, False),
        ({"instruments": ["finger_bass"], "lead": "overdriven_guitar"}, True),
        ({"instruments": ["finger_bass", "flute"]}, False),
        ({"drums": True}, False),
        ({"drums": False, "absent": ["drums"]}, True),
        ({"tempo": "fast"}, True),
        ({"tempo_bpm": 151}, False),
        ({"key": "D", "mode": "minor"}, True),
        ({"roles": {"finger_bass": "bass"}}, True),
        ({"valence": "low"}, True),
        ({"valence": "high"}, False),
        ({"form": ["chorus"]}, True),
    ],
)
def test_what_satisfies_a_caption(states: dict[str, object], fits: bool) -> None:
    facts = one(
        style="punk",
        mood="angry",
        instruments=["overdriven_guitar", "finger_bass"],
        lead="overdriven_guitar",
        roles={"finger_bass": "bass"},
        drums=False,
        absent=["drums", "choir"],
        tempo_bpm=150,
        key="D",
        mode="minor",
        valence=-0.7,
        form=["verse", "chorus"],
    )
    assert satisfied([states], [atoms_of_facts(facts)]).tolist() == [[fits]]
