import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from factories import tiny_music
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.quality.audio_set import (
    Skipped,
    Sound,
    files_of,
    read_sound,
    sound_or_reason,
    sounds_of,
)


def write_bad_files(folder: Path) -> dict[str, str]:
    """One file of each fault; what must be said about it, by name."""
    music = tiny_music(2.0)
    write_audio(folder / "cut.flac", music)
    whole = (folder / "cut.flac").read_bytes()
    (folder / "cut.flac").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.wav").write_bytes(b"")
    (folder / "folder.wav").mkdir()
    samples = music.samples.T.numpy().copy()
    samples[30_000, 0] = np.nan
    soundfile.write(folder / "nan.wav", samples, 24_000, subtype="FLOAT")
    soundfile.write(folder / "none.wav", np.zeros((0, 1)), 24_000)
    write_audio(folder / "short.wav", tiny_music(0.4))
    (folder / "text.mp3").write_text("no sound " * 50, encoding="utf-8")
    (folder / "lost.wav").symlink_to(folder / "nowhere.wav")
    return {
        "cut.flac": "cut.flac",
        "empty.wav": "cannot be read as audio",
        "folder.wav": "is a folder",
        "lost.wav": "no audio file",
        "nan.wav": "not finite",
        "none.wav": "holds no samples",
        "short.wav": "lasts 0.40 s, at least 1 s are needed",
        "text.mp3": "cannot be read as audio",
    }


def test_bad_files_are_named_and_do_not_stop_the_others(tmp_path: Path) -> None:
    reasons = write_bad_files(tmp_path)
    write_audio(tmp_path / "a.wav", tiny_music(1.5))
    write_audio(tmp_path / "z.wav", tiny_music(1.5))
    found = list(sounds_of(files_of(tmp_path)))
    assert [each.path.name for each in found] == sorted([*reasons, "a.wav", "z.wav"])
    good = [each for each in found if isinstance(each, Sound)]
    assert [each.path.name for each in good] == ["a.wav", "z.wav"]
    assert not any(each.cut or each.silent for each in good)
    bad = [each for each in found if isinstance(each, Skipped)]
    for each in bad:
        assert reasons[each.path.name] in each.reason
        assert str(each.path) in each.reason
        assert "\n" not in each.reason


def test_strict_refuses_the_first_bad_file(tmp_path: Path) -> None:
    for name in write_bad_files(tmp_path):
        with pytest.raises(DataError, match=rf"{name}.*--strict"):
            sound_or_reason(tmp_path / name, strict=True)
    write_audio(tmp_path / "a.wav", tiny_music(1.5))
    with pytest.raises(DataError, match=r"cut\.flac"):
        list(sounds_of(files_of(tmp_path), strict=True))


@pytest.mark.parametrize(
    ("rate", "n_channels", "read_rate", "read_channels"),
    [
        (8_000, 1, 8_000, 1),
        (44_100, 2, 44_100, 2),
        (48_000, 6, 48_000, 2),
        (96_000, 1, 48_000, 1),
        (192_000, 8, 48_000, 2),
    ],
)
def test_any_rate_and_number_of_channels_is_read(
    tmp_path: Path, rate: int, n_channels: int, read_rate: int, read_channels: int
) -> None:
    tone = 0.5 * np.sin(np.arange(2 * rate) * 2 * np.pi * 440 / rate)
    soundfile.write(tmp_path / "a.wav", np.tile(tone[:, None], n_channels), rate)
    waveform = read_sound(tmp_path / "a.wav").waveform
    assert (waveform.sample_rate, waveform.n_channels) == (read_rate, read_channels)
    assert waveform.n_samples == 2 * read_rate
    high = waveform.samples[0] > 0.01
    crossings = (high[1:] & ~high[:-1]).sum() / waveform.seconds
    assert float(crossings) == pytest.approx(440, abs=2)
    assert waveform.peak() == pytest.approx(0.5, abs=0.02)


def test_channels_of_unknown_order_are_averaged(tmp_path: Path) -> None:
    samples = np.stack([np.full(48_000, 0.1 * (1 + channel)) for channel in range(3)], axis=1)
    soundfile.write(tmp_path / "a.ogg", samples, 24_000, format="OGG", subtype="VORBIS")
    waveform = read_sound(tmp_path / "a.ogg").waveform
    assert waveform.n_channels == 1
    assert float(waveform.samples[0, 4_800:-4_800].mean()) == pytest.approx(0.2, abs=0.03)


def test_of_a_long_file_the_beginning_is_read(tmp_path: Path) -> None:
    music = tiny_music(12.0)
    write_audio(tmp_path / "long.flac", music)
    cut = read_sound(tmp_path / "long.flac", max_seconds=5.5)
    assert cut.cut
    assert cut.waveform.seconds == 5.5
    torch.testing.assert_close(cut.waveform.samples, music.samples[:, :132_000], atol=1e-4, rtol=0)
    whole = read_sound(tmp_path / "long.flac", max_seconds=12.0)
    assert not whole.cut
    assert whole.waveform.n_samples == 288_000


def test_silence_is_kept_and_said(tmp_path: Path) -> None:
    write_audio(tmp_path / "silent.wav", Waveform(torch.zeros(2, 48_000), 24_000))
    assert read_sound(tmp_path / "silent.wav").silent


def test_a_shorter_file_is_read_where_it_is_allowed(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tiny_music(0.4))
    assert read_sound(tmp_path / "a.wav", min_seconds=0.4).waveform.seconds == 0.4
    with pytest.raises(AudioError, match=r"lasts 0\.40 s"):
        read_sound(tmp_path / "a.wav", min_seconds=0.5)


def test_files_come_from_folders_corpora_and_single_paths(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no audio below"):
        files_of(tmp_path)
    with pytest.raises(DataError, match="no audio below"):
        files_of(tmp_path / "missing")
    (tmp_path / "deep").mkdir()
    for name in ("b.wav", "deep/a.flac", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    assert files_of(tmp_path) == [tmp_path / "b.wav", tmp_path / "deep" / "a.flac"]
    assert files_of(tmp_path / "b.wav") == [tmp_path / "b.wav"]


def test_of_a_corpus_the_test_split_is_taken(tmp_path: Path) -> None:
    entry = {"seconds": 2.0, "facts": {}, "captions": []}
    lines = [
        json.dumps({**entry, "id": name, "audio": f"{name}.wav", "split": split})
        for name, split in (("c", "test"), ("a", "train"), ("b", "test"))
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    tested = [tmp_path / "b.wav", tmp_path / "c.wav"]
    assert files_of(tmp_path) == files_of(tmp_path / "manifest.jsonl") == tested
