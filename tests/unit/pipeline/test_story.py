"""Prompts with times: when each takes effect, and how one gives way to the next."""

import inspect
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from musiclm.errors import ConfigError, GenerationError
from musiclm.pipeline.course import Course, Transition, Voice, checked_transition
from musiclm.pipeline.ensemble import playing_of, resting_of
from musiclm.pipeline.generation import Generation
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.story import read_score
from musiclm.pipeline.wish import Options, checked_cues, wishes_of
from musiclm.prompt.ensemble import (
    SILENT,
    SOUNDS,
    ensemble_codes,
    instrument_code,
    level_of,
)

BEAT = Options(bpm=100, metre="3/4")  # a bar is 1.8 s
CUES = [(0, "calm piano"), (2.5, "fast rock with drums"), (4, "slow strings")]


def told(made: Generation) -> list[tuple[float, str]]:
    return [
        (event["seconds"], event["detail"]) for event in made.events[0] if event["what"] == "prompt"
    ]


def test_a_cut_comes_at_its_frame(tiny: MusicLM) -> None:
    made = tiny.story(CUES, duration=5, seed=5, transition="cut", options=BEAT)
    assert told(made) == [(0.0, "calm piano"), (2.52, CUES[1][1]), (4.0, "slow strings")]
    assert made.prompts == ("calm piano; then fast rock with drums; then slow strings",)
    assert made.waveform.shape == (1, 2, 120_000)
    plain = tiny.generate("calm piano", duration=5, seed=5, options=BEAT)
    same = (made.tokens["semantic"] == plain.tokens["semantic"])[0, 0]
    # Until then the music is that of the first prompt alone; but stages hear two frames ahead that
    # drums are about to play.
    assert bool(same[:61].all())
    assert not bool(same[63:].all())


def test_the_next_bar_line(tiny: MusicLM) -> None:
    made = tiny.story(CUES, duration=8, seed=5, options=BEAT)
    times = [time for time, _ in told(made)]
    # Bars begin at 1.8, 3.6, 5.4 seconds, and take effect in the next whole frame.
    assert times == [0.0, 3.6, 5.4]
    bar = made.tokens["timeline"][0, 1]
    for time in times:
        assert int(bar[round(time * 25)]) == 4  # the first of three beats
        assert time == 0 or int(bar[round(time * 25) - 1]) == 6


class Axis:
    """A joint space of one line, on which prompts are as far along as they are long."""

    def voice(self) -> Voice:
        return Voice(
            lambda wish: torch.tensor([float(len(wish.text))]),
            lambda point: torch.tensor([[int(point[0])]]),
            lambda wish, point: ensemble_codes(playing=playing_of(wish), resting=resting_of(wish)),
        )


def course_of(first: str, seconds: float | None = 20.0, **controls: float) -> Course:
    return Course(
        Axis().voice(),
        wishes_of(first)[0],
        Controls(**controls),
        seconds=seconds,  # type: ignore[arg-type]
    )


def follow(course: Course, n_frames: int) -> None:
    while course.timeline.reach < n_frames:
        course.plan(25, length=None)


def test_a_blend_goes_little_by_little() -> None:
    course = course_of("a" * 10)
    course.cue(2.0, wishes_of("b" * 50)[0], transition="blend", blend_seconds=4.0)
    follow(course, 200)
    found = [(segment.frame, int(segment.tokens["mulan"])) for segment in course.segments]
    assert found == [(0, 10), (50, 10), (75, 20), (100, 30), (125, 40), (150, 50)]
    assert [(event.seconds, event.what) for event in course.events] == [
        (0.0, "prompt"),
        (2.0, "prompt"),
    ]


def test_players_never_blend() -> None:
    course = course_of("a piano")
    course.cue(2.0, wishes_of("an oboe")[0], transition="blend", blend_seconds=4.0)
    follow(course, 200)
    piano, reed = (course.ensemble[0, level_of(name)] for name in ("piano", "reed"))
    assert (piano[:100] == instrument_code("acoustic_grand_piano")).all()
    assert (piano[100:] == 0).all()
    assert (reed[:100] == 0).all()
    assert (reed[100:] == instrument_code("oboe")).all()
    assert course.ensemble.shape[-1] == course.timeline.reach
    events = [(event.seconds, event.detail) for event in course.events if event.what == "ensemble"]
    assert events == [
        (0.0, {"playing": ["acoustic_grand_piano"]}),
        (4.0, {"playing": ["oboe"]}),
    ]


def test_controls_have_the_last_word_on_drums_and_bass() -> None:
    course = course_of("rock with drums and a fretless bass", drums=False, bass=True)
    follow(course, 25)
    course.control({"drums": None, "bass": False})
    follow(course, 50)
    drums, bass = (course.ensemble[0, level_of(name)] for name in ("drums", "bass"))
    assert (drums[:25] == SILENT).all()
    assert (drums[25:] == SOUNDS).all()
    assert (bass[:25] == instrument_code("fretless_bass")).all()
    assert (bass[25:] == SILENT).all()


def test_a_later_key_brings_chords_of_its_own() -> None:
    course = Course(
        replace(Axis().voice(), chords_of=lambda wish: wish.facts.key),
        wishes_of("calm piano")[0],
        Controls(chords="C"),
        seconds=20.0,
    )
    course.cue(1.0, wishes_of("an oboe")[0], transition="cut", blend_seconds=4.0)
    course.cue(2.0, wishes_of("an oboe in G major")[0], transition="cut", blend_seconds=4.0)
    follow(course, 50)
    assert course.controls.chords == "C"
    follow(course, 75)
    assert course.controls.chords == "G"


def test_a_cue_in_the_middle_of_a_blend_goes_on_from_there() -> None:
    course = course_of("a" * 10)
    course.cue(0.0, wishes_of("b" * 50)[0], transition="blend", blend_seconds=4.0)
    course.cue(2.0, wishes_of("c" * 10)[0], transition="blend", blend_seconds=2.0)
    follow(course, 125)
    assert [int(segment.tokens["mulan"]) for segment in course.segments] == [10, 20, 30, 20, 10]


@pytest.mark.parametrize("transition", ["cut", "bar"])
def test_cues_that_come_before_a_bar_line_come_with_it_in_order(transition: Transition) -> None:
    course = course_of("a" * 10, tempo=60.0, beats_per_bar=4)
    course.cue(1.0, wishes_of("b" * 20)[0], transition="bar", blend_seconds=4.0)
    course.cue(2.0, wishes_of("c" * 30)[0], transition=transition, blend_seconds=4.0)
    follow(course, 45)
    # One that comes while the first waits for its line must not change their order.
    course.cue(10.0, wishes_of("d" * 40)[0], transition="cut", blend_seconds=4.0)
    follow(course, 150)
    prompts = [
        (event.seconds, event.detail[0]) for event in course.events if event.what == "prompt"
    ]
    assert prompts == [(0.0, "a"), (4.0, "b"), (4.0, "c")]
    assert [int(segment.tokens["mulan"]) for segment in course.segments] == [10, 30]


def test_without_a_beat_there_is_no_bar_to_wait_for() -> None:
    course = course_of("a" * 10)
    course.cue(1.0, wishes_of("b" * 20)[0], transition="bar", blend_seconds=4.0)
    follow(course, 50)
    assert course.events[-1].seconds == 1.0


def test_what_a_later_prompt_says_of_time_wins_and_the_rest_goes_on() -> None:
    course = course_of("a" * 10, tempo=100.0, beats_per_bar=3)
    course.cue(1.0, wishes_of("rock without drums, 150 bpm")[0], transition="cut", blend_seconds=1)
    follow(course, 50)
    assert course.controls == Controls(tempo=150.0, beats_per_bar=3, drums=False)


def test_music_that_is_continued_has_no_plan() -> None:
    course = Course(
        Axis().voice(),
        wishes_of("calm piano")[0],
        Controls(tempo=120.0, drums=True),
        seconds=6.0,
        n_before=50,
    )
    follow(course, 75)
    assert course.segments[0].frame == 0
    assert {event.seconds for event in course.events} == {2.0}
    assert (course.ensemble[..., :50] == 0).all()
    assert bool(course.ensemble[..., 50].any())
    assert (course.timeline.codes[0, 4, :50] == 0).all()
    assert (course.timeline.codes[0, 4, 50:] == 2).all()
    assert int(course.timeline.codes[0, 0, 50]) == 1  # on a beat


def test_a_blend_changes_tokens_of_a_real_model_step_by_step(tiny: MusicLM) -> None:
    stream = tiny.stream("calm piano", duration=6, seed=5)
    next(stream)
    stream.set_prompts("fast rock with loud drums", transition="blend", blend_seconds=3.0)
    list(stream)
    tokens = [segment.tokens["mulan"] for segment in stream.course.segments]
    assert torch.equal(tokens[0], tiny.stream("calm piano").course.segments[0].tokens["mulan"])
    target = tiny.stream("fast rock with loud drums").course.segments[0].tokens["mulan"]
    assert torch.equal(tokens[-1], target)
    assert not torch.equal(tokens[0], target)
    assert [segment.frame for segment in stream.course.segments] == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(
    "cues",
    [
        [],
        [(1, "a")],
        [(0, "a"), (0, "b")],
        [(0, "a"), (3, "b"), (2, "c")],
        [(0, "a"), (5, "b")],
        [(0, "a"), (float("nan"), "b")],
    ],
)
def test_cues_that_make_no_story(tiny: MusicLM, cues: list[tuple[float, str]]) -> None:
    with pytest.raises(GenerationError, match="a story needs cues at rising times, the first at 0"):
        tiny.story(cues, duration=5)


def test_other_requests_that_are_refused(tiny: MusicLM) -> None:
    cues = [(0, "calm piano"), (2, "rock")]
    with pytest.raises(GenerationError, match="cues are pairs of a time in seconds and a prompt"):
        inspect.unwrap(checked_cues)(["calm piano"], 5.0)  # as callers without types do
    with pytest.raises(GenerationError, match='a transition is "cut", "blend" or "bar", got'):
        checked_transition("fade", 4.0)
    with pytest.raises(GenerationError, match="a blend takes more than 0 and at most 60 seconds"):
        tiny.story(cues, duration=5, transition="blend", blend_seconds=0)
    with pytest.raises(GenerationError, match="the prompt is empty"):
        tiny.story([(0, "calm piano"), (2, "")], duration=5)


SCORE = """
duration = 6
seed = 3
transition = "cut"
bpm = 90
key = "Dm"
metre = "3/4"
chords = "Dm | Am"

[[cue]]
at = 0
prompt = "calm  piano"

[[cue]]
at = 2.5
prompt = "the drums enter"
"""


def test_a_score(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SCORE)
    score = read_score(tmp_path / "a.toml")
    assert score.cues == [(0.0, "calm piano"), (2.5, "the drums enter")]
    assert (score.duration, score.seed, score.transition) == (6.0, 3, "cut")
    assert score.options == Options(bpm=90, key="Dm", metre="3/4")
    assert score.controls == Controls(chords="Dm | Am")


def test_all_faults_of_a_score_at_once(tmp_path: Path) -> None:
    wrong = SCORE.replace("= 6", "= 700").replace('"cut"', '"fade"').replace("= 90", "= 9")
    wrong = wrong.replace('"Dm"', '"H"').replace('"3/4"', '"3/5"').replace('"Dm | Am"', '"x"')
    wrong = wrong.replace("at = 0", "at = 3").replace("calm  piano", " ") + "volume = 3\n"
    (tmp_path / "a.toml").write_text(wrong)
    with pytest.raises(ConfigError) as caught:
        read_score(tmp_path / "a.toml")
    told = str(caught.value)
    for fault in ("duration: ", "transition: ", "bpm: ", "key: ", "metre: ", "chords: "):
        assert fault in told, told
    for fault in ("cue.0.prompt: ", "the prompt is empty", "cue.1.volume: "):
        assert fault in told, told
    late = SCORE.replace("= 6", "= 2")
    (tmp_path / "b.toml").write_text(late)
    with pytest.raises(ConfigError, match=r"the last before the end \(2 s\)"):
        read_score(tmp_path / "b.toml")
    with pytest.raises(ConfigError, match=r"no file .*c.toml: give the path of a TOML file"):
        read_score(tmp_path / "c.toml")
