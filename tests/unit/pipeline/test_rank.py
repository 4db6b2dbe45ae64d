"""What speaks for one candidate and against another."""

import pytest
import torch

from factories import tiny_music
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import Controls, Timeline
from musiclm.pipeline.rank import (
    BEAT_PENALTY,
    Merit,
    beat_contrast,
    onset_strength,
    ranking,
    silent_share,
)
from musiclm.pipeline.wish import Options


def clicks(bpm: float, seconds: float = 8.0, late: float = 0.0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    times = torch.arange(round(seconds * 24_000)) / 24_000 - late
    phase = times % (60 / bpm)
    return (torch.exp(-80 * phase) * torch.randn(2, len(times), generator=rng)) * 0.2


def planned(bpm: float | None, seconds: float = 8.0) -> torch.Tensor:
    timeline = Timeline(seconds)
    timeline.extend(round(seconds * 25), Controls(tempo=bpm, beats_per_bar=4))
    return timeline.codes[0]


@pytest.mark.parametrize("bpm", [60.0, 97.0, 140.0])
def test_a_beat_that_is_heard_where_it_was_planned(bpm: float) -> None:
    right = beat_contrast(clicks(bpm), 24_000, planned(bpm))
    wrong = beat_contrast(clicks(bpm * 1.13), 24_000, planned(bpm))
    between = beat_contrast(clicks(bpm, late=30 / bpm), 24_000, planned(bpm))
    assert right is not None
    assert wrong is not None
    assert between is not None
    assert right > 0.5
    assert abs(wrong) < 0.25
    assert between < -0.5


def test_where_no_beat_was_planned_none_is_missed() -> None:
    assert beat_contrast(clicks(90), 24_000, planned(None)) is None
    assert beat_contrast(clicks(90, 1.0), 24_000, planned(90, 1.0)) is None
    assert beat_contrast(torch.zeros(2, 96_000), 24_000, planned(90)) == 0.0
    assert len(onset_strength(torch.zeros(2, 100), 24_000)) == 0


def test_shares_of_silence() -> None:
    sound = clicks(120, 3.0)
    assert silent_share(sound, 24_000) == 0.0
    quiet = torch.cat((sound, torch.zeros(2, 24_000)), dim=1)
    assert silent_share(quiet, 24_000) == 0.25
    assert silent_share(sound[:, :6_000], 24_000) == 0.0


def test_penalties() -> None:
    plain = Merit(0.3, 0.0, None)
    heard, unheard = Merit(0.3, 0.0, 0.9), Merit(0.3, 0.0, -0.2)
    assert plain.total == heard.total == 0.3
    assert unheard.total == pytest.approx(0.3 - BEAT_PENALTY)
    assert ranking([unheard, Merit(0.25, 0.0, 0.9), Merit(0.9, 1.0, 0.9), heard]) == [3, 1, 0, 2]
    assert heard.to_dict() == {
        "agreement": 0.3,
        "silent_share": 0.0,
        "beat_contrast": 0.9,
        "total": 0.3,
    }


def test_samples_of_one_prompt_are_ranked(tiny: MusicLM) -> None:
    made = tiny.generate(
        "calm piano", duration=4, seed=5, num_samples=3, options=Options(bpm=100, metre="4/4")
    )
    assert len(made.merits) == len(made.scores) == 3
    totals = [made.merits[number].total for number in made.ranking]
    assert totals == sorted(totals, reverse=True)
    assert all(merit.beat_contrast is not None for merit in made.merits)
    agreement = tiny.score(made.waveform[1], "calm piano")
    assert made.scores[1] == pytest.approx(agreement, abs=1e-6)
    assert made.facts(1)["merit"]["agreement"] == round(agreement, 4)
    single = tiny.generate("calm piano", duration=1, seed=5)
    assert (single.merits, single.ranking) == ((), (0,))
    assert "merit" not in single.facts()


def test_samples_like_a_recording_are_ranked_by_it(tiny: MusicLM) -> None:
    options = Options(like=((tiny_music(2.0), 1.0),))
    made = tiny.generate("", duration=1, seed=5, num_samples=2, options=options)
    assert len(made.scores) == 2
