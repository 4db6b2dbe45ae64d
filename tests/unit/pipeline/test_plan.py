"""What is said about time, as codes: beats, bars, chords, players, brightness, the end."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from musiclm.errors import GenerationError
from musiclm.pipeline.plan import Controls, Timeline, beats_of_metre, chord_bars, controls_of
from musiclm.prompt import read_prompt
from musiclm.prompt.timeline import BEAT_TICKS, chord_code, level_of


def codes(timeline: Timeline, level: str) -> list[int]:
    return timeline.codes[0, level_of(level)].tolist()


def test_what_is_not_said_is_code_0() -> None:
    timeline = Timeline(None)
    timeline.extend(200, Controls())
    assert timeline.codes.shape == (1, 9, 200)
    told = {level_of("place")}  # the beginning is known
    for level in range(9):
        assert bool(timeline.codes[0, level].any()) is (level in told)


def test_beats_and_bars_go_on_from_call_to_call() -> None:
    controls = Controls(tempo=90.0, beats_per_bar=3)
    whole, parts = Timeline(None), Timeline(None)
    whole.extend(300, controls)
    for n_frames in (1, 24, 7, 268):
        parts.extend(n_frames, controls)
    assert torch.equal(whole.codes, parts.codes)
    beats = codes(whole, "beat")
    assert min(beats) == 1
    assert max(beats) == BEAT_TICKS
    # 90 a minute for 12 seconds are 18 beats.
    assert sum(late < early for early, late in itertools.pairwise(beats)) == 17
    bars = codes(whole, "bar")
    assert [number for number, _ in _runs(bars)] == [4, 5, 6] * 6


def _runs(values: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1] = value, runs[-1][1] + 1
        else:
            runs.append((value, 1))
    return runs


def test_a_tempo_may_change_in_the_middle_of_a_beat() -> None:
    timeline = Timeline(None)
    timeline.extend(15, Controls(tempo=60.0))
    timeline.extend(15, Controls(tempo=120.0))
    beats = codes(timeline, "beat")
    # 0.6 beats are over; the other 0.4 take half the time.
    assert beats[14] < beats[15] <= beats[14] + 3
    assert _runs([int(late < early) for early, late in itertools.pairwise(beats)])[0] == (
        0,
        19,
    )


def test_a_new_metre_begins_with_the_next_beat() -> None:
    timeline = Timeline(None)
    timeline.extend(30, Controls(tempo=100.0, beats_per_bar=4))  # two beats
    timeline.new_metre()
    timeline.extend(45, Controls(tempo=100.0, beats_per_bar=3))
    assert [number for number, _ in _runs(codes(timeline, "bar"))] == [7, 8, 4, 5, 6]


@pytest.mark.parametrize(
    ("tempo", "per_bar", "frame", "line"),
    [
        (None, 4, 17, 17),
        (60.0, 4, 0, 0),
        (60.0, 4, 1, 100),
        (60.0, 3, 75, 75),
        (60.0, None, 30, 100),
        (100.0, 3, 46, 90),
    ],
)
def test_bar_lines(tempo: float | None, per_bar: int | None, frame: int, line: int) -> None:
    controls = Controls(tempo=tempo, beats_per_bar=per_bar)
    timeline = Timeline(None)
    timeline.extend(frame, controls)
    assert timeline.next_bar(frame, controls) == line
    timeline.extend(line - frame, controls)
    timeline.extend(1, controls)
    if tempo and per_bar:
        assert codes(timeline, "bar")[-1] == 1 + per_bar * (per_bar - 1) // 2


def test_chords_by_bar_and_by_half_bar() -> None:
    timeline = Timeline(None)
    timeline.extend(150, Controls(tempo=120.0, beats_per_bar=4, chords="Am F | C"))
    names = {chord_code(name): name for name in ("Am", "F", "C")}
    runs = [(names[code], length) for code, length in _runs(codes(timeline, "chord"))]
    # A bar is 50 frames; the chart is repeated.
    assert runs == [("Am", 25), ("F", 25), ("C", 50), ("Am", 25), ("F", 25)]


def test_players_and_brightness() -> None:
    timeline = Timeline(None)
    timeline.extend(2, Controls(drums=True, bass=False, density=0, brightness=1.0))
    timeline.extend(1, Controls(density=12, brightness=0.0))
    assert codes(timeline, "drums") == [2, 2, 0]
    assert codes(timeline, "bass") == [1, 1, 0]
    assert codes(timeline, "density") == [1, 1, 13]
    assert codes(timeline, "brightness") == [16, 16, 1]


def test_the_end_is_told_when_it_is_known() -> None:
    timeline = Timeline(None)
    timeline.extend(250, Controls())
    before = timeline.codes.clone()
    timeline.end_seconds = 14.0
    timeline.extend(100, Controls())
    assert torch.equal(timeline.codes[..., :250], before)
    place = codes(timeline, "place")
    assert place[249] == 0
    # Under 4, 2 and 1 seconds to the end.
    assert [number for number, _ in _runs(place[250:])] == [3, 2, 1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tempo": 29.9}, r"tempo must be 30 to 300 \(beats a minute\), got 29.9"),
        ({"tempo": float("nan")}, "tempo must be 30 to 300"),
        ({"beats_per_bar": 11}, "beats_per_bar must be 1 to 10"),
        ({"density": -1}, "density must be 0 to 12"),
        ({"brightness": 1.01}, "brightness must be 0 to 1"),
        ({"chords": "Am | what"}, "chords are symbols such as Am, F#m7 or Bb/D, bars parted by |"),
        ({"chords": " | "}, "chords are symbols"),
    ],
)
def test_controls_out_of_range(values: Mapping[str, Any], message: str) -> None:
    with pytest.raises(GenerationError, match=message.replace("|", r"\|")):
        Controls(**values)
    with pytest.raises(GenerationError, match=message.replace("|", r"\|")):
        Controls().changed(values)


def test_changes() -> None:
    controls = Controls(tempo=90.0, drums=False)
    assert controls.changed({"drums": None, "density": 3}).to_dict() == {
        "tempo": 90.0,
        "density": 3,
    }
    with pytest.raises(GenerationError, match="no control loud, speed: there are tempo, beats_per"):
        controls.changed({"speed": 3, "loud": 1})
    assert chord_bars("C | | G") == [["C"], ["G"]]
    assert [beats_of_metre(metre) for metre in ("3/4", "6/8", "12/8", "11/4")] == [3, 2, 4, None]


def test_drums_and_bass_that_a_prompt_names_play_and_those_it_denies_do_not() -> None:
    named = controls_of(read_prompt("funk mit Schlagzeug, sans basse"))
    assert (named.drums, named.bass) == (True, False)
    silent = controls_of(read_prompt("calm piano"))
    assert (silent.drums, silent.bass) == (None, None)
    # Named and ruled out: it is ruled out.
    assert controls_of(read_prompt("no drums, but soft drums later")).drums is False
