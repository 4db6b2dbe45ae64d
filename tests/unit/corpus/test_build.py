import json
import multiprocessing
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from musiclm.audio.io import read_audio
from musiclm.cli.main import main
from musiclm.corpus import build
from musiclm.corpus.build import (
    LICENCE,
    N_CAPTIONS,
    BuildProgress,
    build_corpus,
    code_version,
    recaption,
)
from musiclm.corpus.captions import LANGUAGES
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import facts_of
from musiclm.corpus.pieces import plan_pieces
from musiclm.corpus.render import OWN_SOUND
from musiclm.corpus.score import from_midi
from musiclm.errors import ConfigError, DataError

SETTINGS: dict[str, Any] = {
    "hours": 0.012,
    "seed": 178,  # two short pieces
    "sound": OWN_SOUND,
    "sample_rate": 8_000,
    "styles": ["lullaby"],
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("corpus") / "built"
    build_corpus(out, **SETTINGS)
    return out


def lines(corpus: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]


def content(corpus: Path) -> dict[str, bytes]:
    files = (path for path in sorted(corpus.rglob("*")) if path.is_file())
    return {str(path.relative_to(corpus)): path.read_bytes() for path in files}


# --- what is on disk -----------------------------------------------------------------------------


def test_every_line_of_the_manifest_is_true(corpus: Path) -> None:
    pieces = lines(corpus)
    assert pieces
    for piece in pieces:
        waveform = read_audio(corpus / piece["audio"])
        assert waveform.seconds == pytest.approx(piece["seconds"], abs=1e-3)
        assert (waveform.n_channels, waveform.sample_rate) == (2, 8_000)
        assert waveform.samples.std() > 0.01
        score = from_midi(corpus / piece["midi"])
        assert score.style == piece["facts"]["style"] == "lullaby"
        assert piece["licence"] == LICENCE
        assert piece["seed"] == score.seed
        assert piece["code_version"] == code_version()
        assert piece["sound"] == "own"
        languages = Counter(caption["language"] for caption in piece["captions"])
        assert len(piece["captions"]) == N_CAPTIONS >= 10
        assert set(languages) == set(LANGUAGES)
        assert all(caption["states"] for caption in piece["captions"])


def test_facts_are_those_of_the_composed_piece(corpus: Path) -> None:
    plan = plan_pieces(hours=SETTINGS["hours"], seed=178, styles=["lullaby"])[0]
    score = compose(plan.style, plan.seed, seconds=plan.target_seconds)
    assert lines(corpus)[0]["facts"] == facts_of(score).model_dump(mode="json")


def test_the_corpus_says_how_it_was_made(corpus: Path) -> None:
    settings = json.loads((corpus / "corpus.json").read_text())
    assert settings["seed"] == 178
    assert settings["sound"] == "own"
    assert settings["sample_rate"] == 8_000


# --- going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["pieces/000/000000.json", "audio/000/000000.flac"])
def test_a_lost_piece_is_made_again_to_the_byte(corpus: Path, tmp_path: Path, lost: str) -> None:
    copy = Path(shutil.copytree(corpus, tmp_path / "copy"))
    (copy / lost).unlink()
    (copy / "manifest.jsonl").unlink()
    seen: list[BuildProgress] = []
    build_corpus(copy, **SETTINGS, on_progress=seen.append)
    assert len(seen) == 1, "only the lost piece"
    assert content(copy) == content(corpus)


def test_a_finished_corpus_is_left_alone(corpus: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(corpus, tmp_path / "copy"))
    before = (copy / "audio/000/000000.flac").stat().st_mtime_ns
    seen: list[BuildProgress] = []
    done = build_corpus(copy, **SETTINGS, on_progress=seen.append)
    assert seen == []
    assert (copy / "audio/000/000000.flac").stat().st_mtime_ns == before
    assert done.n_done == done.n_pieces == len(lines(corpus))


def test_an_interrupt_leaves_a_manifest_of_what_is_done(tmp_path: Path) -> None:
    def stop(progress: BuildProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(tmp_path / "c", **(SETTINGS | {"hours": 0.1}), on_progress=stop)
    assert len(lines(tmp_path / "c")) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_another_corpus_is_not_mixed_in(corpus: Path, tmp_path: Path) -> None:
    message = r"holds another corpus, with seed 178 \(asked for 6\): use the same settings"
    with pytest.raises(DataError, match=message):
        build_corpus(corpus, **(SETTINGS | {"seed": 6}))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"is not empty and no corpus: choose a new folder"):
        build_corpus(tmp_path, **SETTINGS)


def test_pieces_that_fail_are_left_out_until_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = build.compose

    def sometimes(style: str, seed: int, *, seconds: float) -> Any:
        if seed == plan_pieces(hours=0.012, seed=178, styles=["lullaby"])[0].seed:
            raise ZeroDivisionError("no chords")
        return real(style, seed, seconds=seconds)

    monkeypatch.setattr(build, "compose", sometimes)
    done = build_corpus(tmp_path / "a", **SETTINGS)
    assert done.n_failed == 1
    assert "000000 (lullaby): ZeroDivisionError('no chords')" in caplog.text
    assert "000000" not in {piece["id"] for piece in lines(tmp_path / "a")}

    def never(style: str, seed: int, *, seconds: float) -> Any:
        raise ZeroDivisionError("no chords")

    monkeypatch.setattr(build, "compose", never)
    with pytest.raises(DataError, match=r"6 pieces failed, the first one 000000 .*no chords"):
        build_corpus(tmp_path / "b", **(SETTINGS | {"hours": 0.5}))


def test_recaption_changes_captions_only(corpus: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(corpus, tmp_path / "copy"))
    record = copy / "pieces/000/000000.json"
    piece = json.loads(record.read_text())
    wanted = piece["captions"]
    piece["captions"] = []
    record.write_text(json.dumps(piece))
    assert recaption(copy) == len(lines(corpus))
    assert lines(copy)[0]["captions"] == wanted
    assert content(copy) == content(corpus)
    with pytest.raises(DataError, match=r"is no corpus folder: it has no corpus\.json"):
        recaption(tmp_path)


# --- the command line and processes --------------------------------------------------------------


def test_the_command_builds_and_reports(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "c"
    words = f"corpus build --out {out} --hours 0.005 --seed 178 --sound own --sample-rate 8000"
    assert main([*words.split(), "--style", "lullaby"]) == 0
    assert "1 pieces" in capfd.readouterr().err
    assert len(lines(out)) == 1
    assert main(["corpus", "recaption", "--out", str(out)]) == 0
    assert main([*words.split(), "--style", "polka"]) == 4
    assert "unknown style(s) polka" in capfd.readouterr().err


@pytest.mark.slow
def test_two_processes_write_the_bytes_that_one_writes(tmp_path: Path) -> None:
    settings = SETTINGS | {"hours": 0.03}
    build_corpus(tmp_path / "one", **settings, jobs=1)
    build_corpus(tmp_path / "two", **settings, jobs=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    with pytest.raises(ConfigError, match="jobs must be >= 1, got 0"):
        build_corpus(tmp_path / "none", **settings, jobs=0)


@pytest.mark.slow
def test_an_interrupt_of_the_parent_ends_the_workers(tmp_path: Path) -> None:
    def stop(progress: BuildProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        build_corpus(tmp_path, **(SETTINGS | {"hours": 0.1}), jobs=2, on_progress=stop)
    # While the error is still held, which would keep a generator open that nobody closes.
    assert caught.value.__traceback__ is not None
    assert multiprocessing.active_children() == []
    # The piece that was reported, and the one that was being made beside it.
    assert len(list((tmp_path / "pieces").rglob("*.json"))) <= 2


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits of this kind")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_disk_that_takes_no_more_is_one_clear_line(tmp_path: Path, jobs: int) -> None:
    words = f"corpus build --out {tmp_path / 'c'} --hours 0.02 --seed 178 --sound own "
    words += "--sample-rate 8000"
    code = (
        "import resource, signal, sys; from musiclm.cli.main import main\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        f"    sys.exit(main({[*words.split(), '--style', 'lullaby', '--jobs', str(jobs)]!r}))\n"
    )
    script = tmp_path / "limited.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    *_, last = done.stderr.strip().splitlines()
    assert "musiclm: cannot write" in last
    assert ".flac: File too large: choose a disk that allows larger files" in last
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "c" / "pieces").rglob("*.json"))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("mine")
    with pytest.raises(DataError, match="c is a file: give the name of a folder"):
        build_corpus(tmp_path / "c", **SETTINGS)
    assert (tmp_path / "c").read_text() == "mine"
