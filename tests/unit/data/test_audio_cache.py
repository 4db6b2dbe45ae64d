"""The audio cache: the samples of the files, at any place, silence beyond."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.data.audio_cache import AudioCache
from musiclm.errors import AudioError, DataError

RATE = 8000


def make_corpus(folder: Path, lengths: list[int], splits: list[str]) -> list[Tensor]:
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    lines, samples = [], []
    for number, (length, split) in enumerate(zip(lengths, splits, strict=True)):
        generator = torch.Generator().manual_seed(number)
        samples.append(torch.randint(-30000, 30000, (2, length), generator=generator) / 32768)
        write_audio(folder / f"audio/{number}.flac", Waveform(samples[-1], RATE))
        entry = {"id": str(number), "audio": f"audio/{number}.flac", "seconds": length / RATE}
        lines.append(json.dumps(entry | {"split": split, "facts": {}, "captions": []}))
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    return samples


def test_crops_are_the_samples_of_the_files(tmp_path: Path) -> None:
    samples = make_corpus(tmp_path, [3000, 1000, 2000], ["train", "valid", "train"])
    progress: list[tuple[int, int]] = []
    cache = AudioCache.build(
        tmp_path, sample_rate=RATE, on_progress=lambda done, total: progress.append((done, total))
    )
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert [clip.n_samples for clip in cache.clips] == [3000, 1000, 2000]
    for index, whole in enumerate(samples):
        assert torch.equal(cache.crop(index, 0, whole.shape[1]), whole)
    assert torch.equal(cache.crop(2, 700, 300), samples[2][:, 700:1000])
    beyond = cache.crop(1, 900, 300)
    assert torch.equal(beyond[:, :100], samples[1][:, 900:])
    assert not beyond[:, 100:].any()
    assert not cache.crop(1, 5000, 10).any()


def test_mono_and_another_rate(tmp_path: Path) -> None:
    samples = make_corpus(tmp_path, [4000], ["train"])
    mono = AudioCache.build(tmp_path, sample_rate=RATE, n_channels=1)
    expected = samples[0].mean(0, keepdim=True)
    assert torch.allclose(mono.crop(0, 0, 4000), expected, atol=1 / 32768)
    half = AudioCache.build(tmp_path, sample_rate=RATE // 2)
    assert half.clips[0].n_samples == 2000


def test_it_is_built_once_and_again_when_the_corpus_changes(tmp_path: Path) -> None:
    make_corpus(tmp_path, [1000], ["train"])
    cache = AudioCache.build(tmp_path, tmp_path / "cache", sample_rate=RATE)
    (tmp_path / "audio/0.flac").unlink()  # Not read again.
    assert AudioCache.build(tmp_path, tmp_path / "cache", sample_rate=RATE).clips == cache.clips
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["index.json", "samples.int16"]

    make_corpus(tmp_path, [1500, 200], ["train", "test"])
    again = AudioCache.build(tmp_path, tmp_path / "cache", sample_rate=RATE)
    assert [clip.n_samples for clip in again.clips] == [1500, 200]


def test_indices_by_split_and_length(tmp_path: Path) -> None:
    make_corpus(tmp_path, [1000, 500, 2000], ["train", "valid", "train"])
    cache = AudioCache.build(tmp_path, sample_rate=RATE)
    assert cache.indices("train") == [0, 2]
    assert cache.indices("train", at_least=1500) == [2]
    assert cache.indices("valid") == [1]
    assert cache.indices("test") == [0, 2]
    with pytest.raises(DataError, match='no clip of the split "train" has 2001 samples at 8000'):
        cache.indices("train", at_least=2001)


def test_faults_are_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no audio cache at .*: build it with AudioCache.build"):
        AudioCache(tmp_path)
    make_corpus(tmp_path, [1000], ["train"])
    cache = AudioCache.build(tmp_path, tmp_path / "cache", sample_rate=RATE)
    with pytest.raises(DataError, match="first >= 0 and n_samples > 0, got -1, 5"):
        cache.crop(0, -1, 5)
    path = tmp_path / "cache/samples.int16"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DataError, match=r"should hold 4000 bytes: delete .* and build again"):
        AudioCache(tmp_path / "cache")
    repaired = AudioCache.build(tmp_path, tmp_path / "cache", sample_rate=RATE)
    assert repaired.clips == cache.clips

    (tmp_path / "audio/0.flac").write_bytes(b"no audio")
    with pytest.raises(AudioError, match=r"0\.flac"):
        AudioCache.build(tmp_path, tmp_path / "other", sample_rate=RATE)
