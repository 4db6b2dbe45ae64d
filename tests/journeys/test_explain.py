"""A prompt in, what was understood out, as a user does it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from journeys.outcome import Run

WALTZ = "A slow waltz in D minor, at 90 bpm, no drums"


def test_the_main_job(run: Run, model: Path) -> None:
    done = run("explain", WALTZ, "--model", str(model))
    assert done.code == 0, done.err
    assert done.err == f"loading {model}\n"
    assert "\x1b" not in done.out
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[:2] == [WALTZ, "language: English"]
    assert "fact value read from token" in lines
    assert 'key D minor "in D minor" 15' in lines
    assert 'ruled out drums "no drums"' in lines
    head = lines.index("nearest tag cosine deviations")
    assert [lines[head + row].split()[0] for row in (1, 6, 11)] == ["style", "mood", "instrument"]
    assert lines[head + 16] == ""
    assert any(line.startswith("decisive words: ") for line in lines)
    assert lines[-1] == "facts tokens: 22 15 0 1 (tempo, key, metre, drums)"


def test_json_options_and_quiet(run: Run, model: Path) -> None:
    words = ("explain", WALTZ, "--model", str(model / "mulan"), "--json", "-q")
    done = run(*words, "--bpm", "120", "--key", "ré mineur", "--metre", "3/4")
    assert (done.code, done.err) == (0, "")
    facts = json.loads(done.out)
    assert facts["warnings"] == ["the prompt says 90 bpm, the option 120: the option wins"]
    assert [(fact["value"], fact["from_option"]) for fact in facts["facts"]] == [
        ("120 bpm", True),
        ("D minor", True),
        ("3/4", True),
    ]
    assert facts["facts_tokens"] == [30, 15, 2, 1]
    assert len(facts["mulan_tokens"]) == 4
    assert [len(facts["nearest"][kind]) for kind in ("style", "mood", "instrument")] == [5, 5, 5]


def test_warnings_and_options_in_the_table(run: Run, model: Path) -> None:
    done = run("explain", WALTZ, "--bpm", "120", "--model", str(model), "-q")
    assert "warning: the prompt says 90 bpm, the option 120: the option wins\n" in done.out
    assert 'option; the prompt says "90 bpm"' in done.out


def test_a_long_prompt(run: Run, model: Path) -> None:
    done = run("explain", "calm " * 399 + "piano", "--model", str(model), "-q")
    assert (done.code, done.err) == (0, "")
    assert "only the first 60 of 400 words were tried" in done.out
    assert "warning: the model does not hear the prompt from" in done.out


SIGNS = "Caf\xe9 [bold] \u202e :smile:"


def test_signs_that_are_no_text_for_a_terminal(run: Run, model: Path) -> None:
    done = run("explain", SIGNS, "--model", str(model))
    assert done.out.splitlines()[0] == "Caf\xe9 [bold] \ufffd :smile:"


def test_signs_beyond_the_terminal(model: Path) -> None:
    command = [sys.executable, "-m", "musiclm.cli.main", "explain", SIGNS]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--model", str(model)], capture_output=True, check=True, env=environment
    )
    assert done.stdout.splitlines()[0] == b"Caf\\xe9 [bold] \\ufffd :smile:"


def test_colours_follow_what_was_understood(
    run: Run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    done = run("explain", "at 90 bpm", "--model", str(model), "-q")
    assert "36m90\x1b" in done.out.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("explain", "jazz", "--model", "no-such"), 3, 'no model "no-such"'),
        (("explain", "  ", "--model", "no-such"), 4, "the prompt is empty"),
        (("explain", "x" * 2001, "--model", "no-such"), 4, "the prompt has 2,001 characters"),
        (("explain", "\udcff", "--model", "no-such"), 4, "a broken character at position 1"),
        (("explain", "jazz", "--bpm", "nan", "--model", "no-such"), 4, "bpm must be 30 to 300"),
        (("explain", "jazz", "--key", "X", "--model", "no-such"), 4, "key must be a note"),
        (("explain", "jazz", "--metre", "9/9", "--model", "no-such"), 4, "metre must be one of"),
        (("explain", "jazz", "--bpm", "fast"), 2, "Invalid value for '--bpm'"),
        (("explain",), 2, "Missing argument 'PROMPT'"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], code: int, message: str) -> None:
    done = run(*words)
    assert done.code == code
    assert message in done.message
    assert done.out == ""
