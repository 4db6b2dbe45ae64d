"""What a person sees while music is made: a bar on a terminal, lines elsewhere, or nothing."""

import io
import sys

import pytest

from musiclm.cli.progress import Lines, Live, Quiet, show_progress
from musiclm.pipeline.progress import Clock, Progress


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def reports() -> list[Progress]:
    told: list[Progress] = []
    clock = Clock(2, 10.0, told.append)
    for clock.clip in (0, 1):
        for share in (0.0, 0.5, 1.2):
            clock.progress(share)
    return told


def test_fractions_are_of_all_clips() -> None:
    assert [(each.clip, each.clip_fraction, each.fraction) for each in reports()] == [
        (0, 0.0, 0.0),
        (0, 0.5, 0.25),
        (0, 1.0, 0.5),
        (1, 0.0, 0.5),
        (1, 0.5, 0.75),
        (1, 1.0, 1.0),
    ]


def test_what_stages_take_is_measured() -> None:
    clock = Clock(1, 10.0)
    assert (clock.first_token_seconds, clock.first_audio_seconds) == (None, None)
    with clock.stage("mulan"):
        pass
    assert list(clock.timed("semantic", [1, 2])) == [1, 2]
    clock.wrote()
    first = clock.first_token_seconds
    clock.wrote()
    clock.heard()
    assert list(clock.seconds) == ["mulan", "semantic"]
    assert first == clock.first_token_seconds
    assert first is not None
    assert clock.first_audio_seconds is not None
    assert first <= clock.first_audio_seconds <= clock.elapsed()


def test_a_line_comes_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with show_progress(quiet=False) as shown:
        assert type(shown) is Lines
        shown.loading("small")
        shown.clip(1, 3)
        for each in reports():
            shown.report(each)
        shown.warn("silent")
    lines = sys.stderr.getvalue().splitlines()
    assert lines[0] == "loading small"
    # However many reports come in less than two seconds.
    assert lines[1].startswith("clip 2/3: composing 0%, whole 0%, real-time factor")
    assert lines[2:] == ["musiclm: warning: silent"]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with show_progress(quiet=False) as shown:
        assert isinstance(shown, Live)
        shown.say("seed [7]")
        shown.loading("small")
        for each in reports():
            shown.report(each)
        shown.warn("[silent]")
    text = sys.stderr.getvalue()
    assert "seed [7]" in text
    assert "[silent]" in text  # Brackets are text here, not markup.
    assert "composing" in text
    assert "100%" in text


def test_quiet_still_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with show_progress(quiet=True) as shown:
        assert type(shown) is Quiet
        shown.say("seed 7")
        shown.loading("small")
        shown.clip(0, 2)
        shown.report(reports()[0])
        shown.warn("silent")
    assert sys.stderr.getvalue() == "musiclm: warning: silent\n"
