import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from musiclm.audio.waveform import Waveform
from musiclm.corpus.facts import SectionFacts
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.model.dynamics import (
    RAMPS,
    course_of_sections,
    dynamics_row,
    follows,
    loudness_of,
    loudness_of_all,
    named_course,
    rank_correlation,
)

RATE = 24_000


def _moving(decibels: float, *, seconds: float = 12.0, seed: int = 0) -> Waveform:
    """Noise that changes by so many decibels from beginning to end."""
    rng = torch.Generator().manual_seed(seed)
    n_samples = round(seconds * RATE)
    gain = 10 ** (torch.linspace(-decibels / 2, decibels / 2, n_samples) / 20)
    return Waveform(0.05 * gain * torch.randn(2, n_samples, generator=rng), RATE)


def test_a_crescendo_rises_at_its_rate() -> None:
    found = loudness_of(_moving(12.0))
    assert len(found.curve_lufs) == 10
    assert found.slope_lu_per_minute == pytest.approx(60.0, rel=0.05)
    assert found.rise == pytest.approx(1.0)
    assert found.range_lu == pytest.approx(0.85 * 9.0, abs=0.6)
    assert loudness_of(_moving(-12.0)).rise == pytest.approx(-1.0)


def test_loudness_follows_what_it_does_and_nothing_else() -> None:
    rising = loudness_of(_moving(12.0))
    assert follows(rising, RAMPS["growing"]) == pytest.approx(1.0)
    assert follows(rising, RAMPS["fading"]) == pytest.approx(-1.0)
    assert follows(rising, [0.5, 0.5, 0.5]) == 0.0
    assert abs(follows(rising, [0.0, 1.0, 0.0])) < 0.3
    silent = loudness_of(Waveform(torch.zeros(1, 8 * RATE), RATE))
    assert silent.range_lu == 0.0
    assert follows(silent, RAMPS["growing"]) == 0.0


def test_ranks_with_ties_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 5, 40).astype(float) for _ in range(2))
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)


def test_the_row_counts_prompts_that_name_a_course() -> None:
    wanted = [RAMPS["growing"], None, RAMPS["fading"]] * 8
    heard = loudness_of_all(
        [_moving(12.0), _moving(0.1, seed=1), _moving(-12.0)] * 8, say="loudness"
    )
    row = dynamics_row("course", wanted, heard, real=heard)
    assert row is not None
    assert row.n == 16
    assert row.found.value == pytest.approx(1.0)
    assert row.chance == pytest.approx(0.0, abs=0.05)
    assert row.ceiling is not None
    assert row.ceiling.value == pytest.approx(1.0)
    assert dynamics_row("course", [None], heard[:1]) is None


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("a slow crescendo of strings", "growing"),
        ("piano, decrescendo", "fading"),
        ("strings, diminuendo", "fading"),
        ("a song that builds up and never stops", "growing"),
        ("tout monte, en crescendo", "growing"),
        ("immer leiser werdend", "fading"),
        ("que va creciendo", "growing"),
        ("sempre più piano", "fading"),
        ("cada vez mais forte", "growing"),
        ("a crescendo that then fades away", None),
        ("calm piano", None),
    ],
)
def test_words_name_a_course(text: str, course: str | None) -> None:
    assert named_course(text) == course


def test_sections_give_a_course_in_their_proportions() -> None:
    sections = [
        SectionFacts(name="a", start_seconds=0.0, seconds=2.0, intensity=0.2),
        SectionFacts(name="b", start_seconds=2.0, seconds=6.0, intensity=0.9),
    ]
    course = course_of_sections(sections)
    assert len(course) == 32
    assert course[:8].tolist() == [0.2] * 8
    assert course[8] == 0.9


def test_what_has_no_course_is_refused() -> None:
    with pytest.raises(AudioError, match=r"at least 6 s of sound, got 5\.0 s"):
        loudness_of(_moving(0.0, seconds=5.0))
    with pytest.raises(DataError, match="at least one section"):
        course_of_sections([])
    with pytest.raises(DataError, match="at least two values, got 1"):
        follows(loudness_of(_moving(3.0)), [1.0])
    with pytest.raises(DataError, match="one loudness for each of 1 wishes"):
        dynamics_row("course", [None], [])
