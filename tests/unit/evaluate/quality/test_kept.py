import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from factories import tiny_mulan, tiny_music
from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError, DataError
from musiclm.evaluate.quality.audio_set import files_of
from musiclm.evaluate.quality.embedders import load_embedder
from musiclm.evaluate.quality.kept import Embedded, embeddings_of


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "clips"
    folder.mkdir()
    for index in range(5):
        write_audio(folder / f"{index}.flac", tiny_music(2.0 + 0.5 * index, seed=index))
    return files_of(folder)


def assert_same(one: Embedded, two: Embedded) -> None:
    assert one.paths == two.paths
    assert one.seconds == two.seconds
    assert one.results() == two.results()
    for first, second in zip(one.windows, two.windows, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_second_run_only_reads(clips: list[Path], tmp_path: Path) -> None:
    embedder, folder = load_embedder("mel"), tmp_path / "kept"
    told: list[tuple[int, int]] = []
    first = embeddings_of(
        clips, embedder, folder=folder, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 5) for done in range(1, 6)]
    assert (first.n_kept, first.paths) == (0, tuple(clips))
    for path, windows, seconds in zip(clips, first.windows, first.seconds, strict=True):
        sound = read_audio(path)
        np.testing.assert_array_equal(windows, embedder.embed(sound))
        assert seconds == sound.seconds
    np.testing.assert_array_equal(first.stacked, np.concatenate(first.windows))
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")}
    assert len(times) == 5
    second = embeddings_of(clips, embedder, folder=folder)
    assert second.n_kept == 5
    assert_same(first, second)
    assert times == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_what_is_kept_belongs_to_bytes_and_not_to_names(clips: list[Path], tmp_path: Path) -> None:
    embedder, folder = load_embedder("mel"), tmp_path / "kept"
    first = embeddings_of(clips, embedder, folder=folder)
    renamed = clips[0].with_name("other.flac")
    clips[0].rename(renamed)
    again = embeddings_of([renamed], embedder, folder=folder)
    assert again.n_kept == 1
    np.testing.assert_array_equal(again.windows[0], first.windows[0])
    write_audio(renamed, tiny_music(2.0, seed=77))
    changed = embeddings_of([renamed], embedder, folder=folder)
    assert changed.n_kept == 0
    assert np.abs(changed.windows[0] - first.windows[0]).max() > 1e-3
    # How much of a file is read decides as well.
    assert embeddings_of([renamed], embedder, folder=folder, max_seconds=1.5).cut == (renamed,)
    kept = embeddings_of([renamed], embedder, folder=folder, max_seconds=1.5)
    assert (kept.n_kept, kept.cut) == (1, (renamed,))


def test_another_model_never_finds_old_numbers(clips: list[Path], tmp_path: Path) -> None:
    for seed in (0, 1):
        tiny_mulan(seed=seed).save(tmp_path / "mulan")
        embedder = load_embedder("mulan", model_folder=tmp_path / "mulan")
        for n_kept in (0, 2):
            found = embeddings_of(clips[:2], embedder, folder=tmp_path / "kept")
            assert found.n_kept == n_kept
            assert found.identity == embedder.identity


def test_an_interrupted_run_goes_on(clips: list[Path], tmp_path: Path) -> None:
    embedder, folder = load_embedder("mel"), tmp_path / "kept"

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embeddings_of(clips, embedder, folder=folder, on_progress=interrupt)
    resumed = embeddings_of(clips, embedder, folder=folder)
    assert resumed.n_kept == 2
    assert_same(resumed, embeddings_of(clips, embedder, folder=None))


@pytest.mark.parametrize("content", [b"", b"no tensors at all, none", None])
def test_a_broken_kept_file_is_made_again(
    clips: list[Path], tmp_path: Path, content: bytes | None
) -> None:
    embedder, folder = load_embedder("mel"), tmp_path / "kept"
    first = embeddings_of(clips[:1], embedder, folder=folder)
    kept = next(folder.rglob("*.safetensors"))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-8] if content is None else content)
    again = embeddings_of(clips[:1], embedder, folder=folder)
    assert again.n_kept == 0
    assert_same(first, again)
    assert kept.read_bytes() == whole


def test_processes_give_what_one_gives(clips: list[Path], tmp_path: Path) -> None:
    tiny_mulan().save(tmp_path / "mulan")
    embedder = load_embedder("mulan", model_folder=tmp_path / "mulan")
    (clips[2]).write_bytes(b"broken")
    alone = embeddings_of(clips, embedder, folder=None)
    told: list[int] = []
    together = embeddings_of(
        clips,
        embedder,
        folder=tmp_path / "kept",
        jobs=2,
        on_progress=lambda done, total: told.append(done),
    )
    assert told == [1, 2, 3, 4, 5]
    assert [each.path for each in together.skipped] == [clips[2]]
    assert_same(alone, together)
    assert embeddings_of(clips, embedder, folder=tmp_path / "kept").n_kept == 4
    with pytest.raises(DataError, match=r"2\.flac.*--strict"):
        embeddings_of(clips, embedder, folder=None, jobs=2, strict=True)
    stranger = replace(embedder, identity="0" * 64)
    with pytest.raises(ConfigError, match="is another one in other processes"):
        embeddings_of(clips, stranger, folder=None, jobs=2)


def test_files_that_cannot_be_used_are_counted(clips: list[Path], tmp_path: Path) -> None:
    embedder = load_embedder("mel")
    clips[1].write_bytes(b"broken")
    write_audio(clips[3], Waveform(torch.zeros(2, 48_000), 24_000))
    lost = clips[0].with_name("lost.wav")
    os.mkfifo(pipe := clips[0].with_name("pipe.wav"))
    found = embeddings_of([*clips, lost, pipe], embedder, folder=tmp_path / "kept")
    assert found.paths == (clips[0], clips[2], clips[3], clips[4])
    assert [each.path for each in found.skipped] == [clips[1], lost, pipe]
    assert found.silent == (clips[3],)
    report = json.loads(json.dumps(found.results()))
    assert report["n_files"] == 4
    assert report["n_silent"] == 1
    assert report["skipped"][0]["path"] == str(clips[1])
    assert "cannot be read as audio" in report["skipped"][0]["reason"]
    assert report["n_windows"] == len(found.stacked)
    for bad in (clips[1], lost):
        with pytest.raises(DataError, match=bad.name):
            embeddings_of([clips[0], bad], embedder, folder=tmp_path / "kept", strict=True)


def test_numbers_that_are_none_are_left_out(clips: list[Path], tmp_path: Path) -> None:
    mel = load_embedder("mel")

    def embed(waveform: Waveform) -> np.ndarray:
        vectors = mel.embed(waveform)
        if waveform.seconds == 2.5:
            vectors[0, 0] = np.nan
        if waveform.seconds == 3.0:
            raise AudioError("this sound is too odd")
        return vectors[:0] if waveform.seconds == 3.5 else vectors

    odd = replace(mel, embed=embed)
    for _ in range(2):
        found = embeddings_of(clips, odd, folder=tmp_path / "kept")
        assert found.paths == (clips[0], clips[4])
        reasons = [each.reason for each in found.skipped]
        assert reasons[0] == f"{clips[1]} gives embeddings that are empty or not finite"
        assert reasons[1] == f"{clips[2]}: this sound is too odd"
        assert reasons[2] == f"{clips[3]} gives embeddings that are empty or not finite"


def test_impossible_requests_are_refused(clips: list[Path], tmp_path: Path) -> None:
    embedder = load_embedder("mel")
    with pytest.raises(DataError, match="there are no audio files to embed"):
        embeddings_of([], embedder, folder=None)
    with pytest.raises(ConfigError, match="jobs must be at least 1, got 0"):
        embeddings_of(clips, embedder, folder=None, jobs=0)
    for path in clips:
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"none of 5 audio files can be used; the first: .*0\.flac"):
        embeddings_of(clips, embedder, folder=None)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        embeddings_of(clips, embedder, folder=tmp_path / "file")
