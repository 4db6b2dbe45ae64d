"""One piece for somebody who waits: its files, its text, its time."""

import json
from pathlib import Path

import pytest

from musiclm.audio.io import read_audio
from musiclm.cli.main import main
from musiclm.corpus.preview import preview_piece, step_seconds
from musiclm.corpus.render import OWN_SOUND
from musiclm.corpus.score import from_midi
from musiclm.errors import ConfigError

QUICK = ["--sound", "own", "--sample-rate", "8000", "--duration", "12", "--seed", "4"]


def test_a_preview_is_heard_read_and_repeated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.wav", tmp_path / "b.flac"
    assert main(["corpus", "preview", "waltz", "-o", str(first), "--midi", *QUICK]) == 0
    text = capfd.readouterr().out
    assert "style          waltz" in text
    assert "[en " in text
    assert from_midi(tmp_path / "a.mid").style == "waltz"
    assert main(["corpus", "preview", "waltz", "-o", str(second), "--json", *QUICK]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["facts"]["style"] == "waltz"
    assert told["files"] == [str(second)]
    assert len(told["captions"]) >= 10
    assert (read_audio(first).samples == read_audio(second).samples).all()


def test_stems_lie_beside_the_piece(tmp_path: Path) -> None:
    output = tmp_path / "a.wav"
    piece = preview_piece(
        "waltz", output, seed=4, seconds=12, sound=OWN_SOUND, sample_rate=8_000, stems=True
    )
    stems = sorted(tmp_path.glob("a.*-*.wav"))
    assert sorted(piece.files) == [*sorted([output, *stems])]
    assert len(stems) == len([part for part in piece.score.parts if part.notes])
    lengths = {read_audio(path).n_samples for path in piece.files}
    assert len(lengths) == 1


def test_mistakes_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "preview", "polka", "-o", str(tmp_path / "a.wav"), *QUICK]) == 4
    assert "no style 'polka'" in capfd.readouterr().err
    with pytest.raises(ConfigError, match=r"must end in \.wav or \.flac, got 'a\.mp3'"):
        preview_piece("waltz", tmp_path / "a.mp3", sound=OWN_SOUND)


def test_captions_are_printed_and_checked(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "captions", "--language", "de", "-n", "5", "--seed", "2"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("[") for line in lines)
    assert main(["corpus", "captions", "--check", "-n", "12"]) == 0
    assert capfd.readouterr().out.startswith("12 captions, ")
    assert main(["corpus", "captions", "--language", "xx"]) == 4
    assert "xx" in capfd.readouterr().err


def test_steps_are_timed() -> None:
    spent = step_seconds(pieces=1, seed=1, sound=OWN_SOUND, sample_rate=8_000)
    assert set(spent) == {"compose", "render", "describe", "write", "audio"}
    assert spent["audio"] == pytest.approx(61, abs=15)
    assert min(spent.values()) > 0


def test_the_bench_builds_a_corpus(capfd: pytest.CaptureFixture[str]) -> None:
    words = "bench corpus --minutes 0.4 --jobs 1 --sound own --json"
    assert main(words.split()) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["pieces"] >= 1
    assert report["audio_seconds"] > 20
    assert report["times_real_time"] == pytest.approx(
        report["audio_seconds"] / report["build_seconds"], rel=0.05
    )
    assert set(report["one_process_times_real_time"]) == {
        "compose", "render", "describe", "write",
    }  # fmt: skip
