import numpy as np
import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.corpus.facts import SectionFacts
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.model.novelty import (
    Boundaries,
    boundaries_of,
    boundaries_of_all,
    hits,
    hits_row,
    novelty,
    novelty_estimates,
    section_times,
)

RATE = 24_000


def _parts(*hertz: float, seconds: float = 12.0) -> Waveform:
    """Parts of different pitch and colour, plucked twice a second."""
    time = torch.arange(round(seconds * RATE)) / RATE
    pluck = torch.exp(-6 * (time % 0.5))
    rng = torch.Generator().manual_seed(0)
    sounds = [
        0.3 * pluck * torch.sin(2 * torch.pi * each * time)
        + 0.01 * torch.randn(len(time), generator=rng)
        for each in hertz
    ]
    return Waveform(torch.cat(sounds)[None].repeat(2, 1), RATE)


def test_boundaries_lie_where_parts_meet() -> None:
    found = boundaries_of(_parts(220.0, 330.0, 146.8))
    assert found.times.tolist() == pytest.approx([12.0, 24.0], abs=1.0)
    assert found.per_minute == pytest.approx(60 * 2 / 36)
    assert found.strength > 0.4


def test_what_never_changes_has_no_strong_boundary() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((60, 20))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    assert np.mean(novelty(noise @ noise.T)) < 0.05
    assert novelty(np.ones((40, 40)))[10:30].max() == pytest.approx(0.0, abs=1e-9)


def test_each_boundary_is_paired_once() -> None:
    found = hits(np.array([10.0, 12.0]), np.array([11.0]))
    assert (found.precision, found.recall) == (1.0, 0.5)
    assert hits(np.array([10.0]), np.array([13.5])).f1 == 0.0
    assert hits(np.zeros(0), np.array([1.0])).f1 == 0.0


def test_the_row_tells_own_sections_from_others() -> None:
    rng = np.random.default_rng(1)
    true = [np.sort(rng.uniform(5, 115, 4)) for _ in range(30)]
    found = [Boundaries(times + 0.5, np.ones(4), 120.0) for times in true]
    row = hits_row(true, found)
    assert row.found.value == pytest.approx(1.0, abs=0.05)
    assert row.chance is not None
    assert row.chance < 0.4
    with pytest.raises(DataError, match="each of 30 pieces, got 29"):
        hits_row(true[1:], found)


def test_two_sets_are_compared_by_rate_and_strength() -> None:
    many = [Boundaries(np.arange(10.0), np.full(10, 0.4), 60.0) for _ in range(5)]
    few = [Boundaries(np.arange(4.0), np.full(4, 0.9), 60.0) for _ in range(5)]
    found = novelty_estimates(many, few)
    assert found["boundaries a minute"]["difference"].value == pytest.approx(6.0)
    assert found["strength of boundaries (novelty)"]["difference"].value == pytest.approx(-0.5)


def test_sections_and_short_pieces() -> None:
    sections = [
        SectionFacts(name=name, start_seconds=start, seconds=8.0)
        for name, start in (("intro", 0.0), ("a", 8.0), ("b", 16.0))
    ]
    assert section_times(sections).tolist() == [8.0, 16.0]
    with pytest.raises(AudioError, match=r"at least 16 s of sound, got 5\.0 s"):
        boundaries_of_all([_parts(220.0, seconds=5.0)], say="x")
