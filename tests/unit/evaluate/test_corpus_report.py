"""Styles told apart, verdicts, and the whole report from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musiclm.cli.main import main
from musiclm.corpus.pieces import SECONDS_RANGE
from musiclm.corpus.render import OWN_SOUND
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.corpus.piece import Measured, measure
from musiclm.evaluate.corpus.plots import draw_findings
from musiclm.evaluate.corpus.report import Findings, style_rows, verdict_table
from musiclm.evaluate.corpus.run import measure_pieces, pieces_of, read_pieces
from musiclm.evaluate.corpus.style_classifier import StylesApart, tell_apart
from musiclm.evaluate.corpus.verdicts import Verdict, verdicts_of


@pytest.fixture(scope="module")
def piece() -> Measured:
    """One short piece."""
    return measure(pieces_of(1, 3, ["reggae"], seconds=15.0)[0], sound=OWN_SOUND)


def clips(style: int, piece: int, *, spread: float) -> list[np.ndarray]:
    """Two clips whose first numbers tell the style, as far as the spread lets them."""
    rng = np.random.default_rng([style, piece])
    centre = np.zeros(40)
    centre[style] = 3.0
    return [(centre + spread * rng.standard_normal(40)).astype(np.float32) for _ in range(2)]


def test_styles_that_differ_are_told_apart_and_equal_ones_are_not() -> None:
    apart = tell_apart([(name, clips(i, p, spread=0.2)) for p in range(10) for i, name in
                        enumerate(("funk", "rock", "waltz"))])  # fmt: skip
    assert (apart.accuracy, apart.piece_accuracy, apart.n_clips) == (1.0, 1.0, 60)
    assert apart.confused() == []
    same = tell_apart([(name, clips(0, 10 * p + i, spread=0.5)) for p in range(20) for i, name in
                       enumerate(("funk", "rock"))])  # fmt: skip
    assert 0.25 < same.accuracy < 0.75


def test_no_clip_is_judged_by_a_classifier_that_knows_its_piece() -> None:
    """Both clips of a piece are alike and pieces of a style are not: only cheating succeeds."""
    rng = np.random.default_rng(7)
    pieces = []
    for number in range(40):
        fingerprint = rng.standard_normal(200).astype(np.float32)
        pieces.append((("funk", "rock")[number % 2], [fingerprint, fingerprint]))
    assert tell_apart(pieces).accuracy < 0.75


def test_worst_pairs_come_first() -> None:
    apart = StylesApart(("a", "b", "c"), 0.5, 0.5, ((8, 2, 0), (0, 10, 0), (5, 0, 5)), 30, 10)
    assert apart.confused() == [("c", "a", 0.5), ("a", "b", 0.2)]
    assert apart.accuracy_of("a") == 0.8


def test_one_piece_of_a_style_is_too_few() -> None:
    with pytest.raises(DataError, match="one piece only of waltz"):
        tell_apart([("funk", clips(0, 0, spread=1)), ("funk", []), ("waltz", [])])


def test_pieces_are_those_of_a_corpus() -> None:
    plans = pieces_of(6, 2, ["funk", "waltz"])
    assert sorted(plan.style for plan in plans) == ["funk"] * 3 + ["waltz"] * 3
    assert all(SECONDS_RANGE[0] <= plan.target_seconds <= SECONDS_RANGE[1] for plan in plans)
    assert {plan.target_seconds for plan in pieces_of(3, 2, ["funk"], seconds=20.0)} == {20.0}
    assert pieces_of(4, 2, ["funk", "waltz"]) == plans[:4]
    with pytest.raises(ConfigError, match="no such style"):
        pieces_of(1, 2, ["no such style"])


def verdict(measured: list[Measured], name: str) -> Verdict:
    return next(v for v in verdicts_of(measured, None, None) if v.measure.startswith(name))


def test_a_sound_piece_passes_and_planted_faults_do_not(piece: Measured) -> None:
    assert verdict([piece], "melody notes").holds is True
    assert verdict([piece], "notes out of range").holds is True
    assert verdict([piece], "silences").holds is True
    sound = replace(
        piece.heard.sound, loudness_lufs=-20.0, longest_silence_seconds=2.5, n_clipped=3
    )
    heard = replace(piece.heard, sound=sound, tempo_factor=None, key_relation="other", form=0.4)
    fit = replace(piece.written.fit, n_fit=0)
    written = replace(piece.written, fit=fit, out_of_range=("flute 20",))
    faulty = replace(piece, heard=heard, written=written)
    for name in ("melody notes", "notes out of", "tempo heard", "key heard, exact",
                 "pieces outside", "silences", "clipped", "form heard"):  # fmt: skip
        found = verdict([piece, faulty], name)
        assert found.holds is False, found
    assert verdict([faulty], "notes out of").detail == "flute 20"


def test_fifths_are_judged_in_the_classical_family_only(piece: Measured) -> None:
    moves = replace(piece.written.parallels, n_moves=100, n_fifths=50)
    written = replace(piece.written, parallels=moves)
    groove = replace(piece, written=written)
    assert verdict([groove], "parallel fifths").value is None
    strict = replace(piece, written=replace(written, style="waltz", family="classical"))
    assert verdict([groove, strict], "parallel fifths").value == 0.5
    planed = replace(piece, written=replace(written, style="impressionism", family="classical"))
    assert verdict([planed], "parallel fifths").value is None


def test_what_was_not_measured_is_neither_passed_nor_failed(piece: Measured) -> None:
    silent = replace(piece, heard=replace(piece.heard, form=None))
    findings = Findings((silent,), None, None, None, "one piece")
    form = verdict([silent], "form heard")
    assert (form.value, form.holds) == (None, None)
    assert "| - | >= 0.8 | - |" in verdict_table(findings.verdicts())
    assert [row["style"] for row in style_rows(findings)] == ["reggae"]


def test_processes_change_nothing(piece: Measured) -> None:
    plans = pieces_of(2, 3, ["reggae"], seconds=15.0)
    one = list(read_pieces(plans, jobs=1))
    two = list(read_pieces(plans, jobs=2))
    assert [replace(w, compose_seconds=0.0) for w in one] == [
        replace(w, compose_seconds=0.0) for w in two
    ]
    again = next(iter(measure_pieces(plans[:1], sound=OWN_SOUND, jobs=1)))
    assert again.heard.sound == piece.heard.sound


def test_report_of_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    words = ["--pieces", "4", "--neighbours", "4", "--seconds", "15", "--sound", "own"]
    styles = ["--style", "reggae", "--style", "piano ballad"]
    assert main(["evaluate", "corpus", "--out", str(out), *words, *styles, "--seed", "5"]) == 0
    told = capfd.readouterr().out
    assert "4 pieces" in told
    assert "| notes out of range | 0 | 0 | yes | none |" in told
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert len(report["pieces"]) == 4
    assert {row["style"] for row in report["styles"]} == {"reggae", "piano ballad"}
    assert any(entry["measure"].startswith("styles told apart") for entry in report["measures"])
    page = (out / "report.md").read_text(encoding="utf-8")
    assert "## Styles" in page
    pictures = {path.name for path in out.glob("*.png")}
    assert {"styles.png", "listening.png", "confusion.png", "form.png"} <= pictures
    assert "spectrogram-groove.png" in pictures
    assert all(f"({name})" in page for name in pictures)


def test_pictures_of_one_piece(piece: Measured, tmp_path: Path) -> None:
    findings = Findings((piece,), None, None, None, "one piece")
    drawn = draw_findings(tmp_path, findings)
    assert [path.name for path in drawn] == ["styles.png", "listening.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
