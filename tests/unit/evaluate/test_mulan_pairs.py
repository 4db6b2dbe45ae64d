"""Minimal pairs: what is said is true of one clip and false of the other, and is all they need."""

from collections import Counter

import numpy as np
import pytest
from mulan_pool import noise, one, pieces

from musiclm.corpus.captions import LANGUAGES
from musiclm.corpus.captions.check import contradictions
from musiclm.corpus.facts import ABSENTEES, Facts
from musiclm.evaluate.mulan.estimate import draws_of
from musiclm.evaluate.mulan.pairs import KINDS, Pair, minimal_pairs, pair_scores

Found = tuple[tuple[Facts, ...], list[Pair], list[Pair]]


@pytest.fixture(scope="module")
def found() -> Found:
    """Facts of clips, pairs, negations."""
    facts = pieces()
    return facts, minimal_pairs(facts, 54), minimal_pairs(facts, 36, negations=True)


def test_pairs_are_of_all_kinds_and_languages_and_all_different(found: Found) -> None:
    facts, pairs, _ = found
    assert len(pairs) == 54
    assert {pair.kind for pair in pairs} == set(KINDS)
    assert {pair.language for pair in pairs} == set(LANGUAGES)
    assert len({(pair.kind, pair.fits, pair.other) for pair in pairs}) == 54
    assert minimal_pairs(facts, 54) == pairs
    assert minimal_pairs(facts, 54, seed=1) != pairs


def test_captions_are_true_of_one_clip_only(found: Found) -> None:
    facts, pairs, negations = found
    for pair in pairs + negations:
        first, second = facts[pair.fits], facts[pair.other]
        assert contradictions(pair.text, pair.language, first) == [], pair
        assert contradictions(pair.text, pair.language, second) != [], pair
        assert first.family == second.family


def test_the_style_gives_nothing_away(found: Found) -> None:
    facts, pairs, negations = found
    for pair in pairs + negations:
        first, second = facts[pair.fits], facts[pair.other]
        if first.style != second.style:
            # True of the second too but for the one fact, so the style is not among it.
            wrong = contradictions(pair.text, pair.language, second)
            assert not any(f"style={first.style}" in line for line in wrong), (pair, wrong)
    shares = Counter(facts[p.fits].style == facts[p.other].style for p in pairs)
    assert shares[True] > shares[False] / 2


def test_negations_name_what_the_other_has(found: Found) -> None:
    facts, _, negations = found
    assert {pair.kind for pair in negations} <= set(ABSENTEES)
    for pair in negations:
        assert pair.kind in facts[pair.fits].absent
        assert pair.kind not in facts[pair.other].absent


def test_scores_of_a_right_a_wrong_and_a_blind_judge(found: Found) -> None:
    facts, pairs, _ = found
    draws = draws_of(len(facts), seed=0)
    audio = noise(len(facts), 64)
    right = np.stack([audio[pair.fits] for pair in pairs])
    wrong = np.stack([audio[pair.other] for pair in pairs])
    for text, share in ((right, 1.0), (wrong, 0.0), (np.zeros_like(right), 0.5)):
        scores = pair_scores(pairs, text, audio, draws, name="pairs")
        assert scores["pairs/all"].value == share
        assert scores["pairs/all"].chance == 0.5
        assert scores["pairs/all"].n == 54
        assert scores["pairs/kind/mood"].n == sum(pair.kind == "mood" for pair in pairs)
        assert sum(scores[f"pairs/{language}"].n for language in LANGUAGES) == 54


def test_random_texts_are_right_half_of_the_time(found: Found) -> None:
    facts, pairs, _ = found
    shares = [
        pair_scores(
            pairs,
            noise(len(pairs), seed=seed),
            noise(len(facts), seed=99),
            draws_of(len(facts), seed=0),
            name="pairs",
        )["pairs/all"].value
        for seed in range(20)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.05)


def test_clips_without_a_difference_make_no_pair() -> None:
    same = one()
    assert minimal_pairs([same, same], 10) == []
    assert minimal_pairs([same, same], 10, negations=True) == []
