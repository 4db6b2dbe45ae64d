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
    clock = Clock({"semantic": 1.0, "acoustic": 3.0}, 1, 10.0, told.append)
    for name in ("semantic", "acoustic"):
        with clock.stage(name) as report:
            report(0.5)
    return told


def test_fractions_follow_the_shares() -> None:
    assert [(each.stage, each.fraction) for each in reports()] == [
        ("semantic", 0.0),
        ("semantic", 0.125),
        ("semantic", 0.25),
        ("acoustic", 0.25),
        ("acoustic", 0.625),
        ("acoustic", 1.0),
    ]


def test_lines_come_at_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert [line.split(",")[0] for line in lines[1:3]] == [
        "clip 2/3: semantic 0%",
        "clip 2/3: acoustic 0%",
    ]
    assert "whole 25%, real-time factor" in lines[2]
    assert lines[3:] == ["musiclm: warning: silent"]


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
    assert "acoustic" in text
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
