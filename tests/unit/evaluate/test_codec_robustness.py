"""Hard sounds, what a codec may do to them, and pictures of what it did."""

import math
import sys
from pathlib import Path

import pytest
import torch
from codec_clips import RATE, clips, sound

from factories import tiny_codec
from musiclm.evaluate.codec.pictures import decibels, draw_codec, draw_rows
from musiclm.evaluate.codec.robustness import GAINS_DB, compare, endure
from musiclm.evaluate.codec.sounds import hard_sounds

SOUNDS = hard_sounds(RATE)


def passes(name: str, decoded: torch.Tensor, original: torch.Tensor | None = None) -> bool:
    return compare(name, decoded, SOUNDS[name] if original is None else original, RATE).passed


@pytest.mark.parametrize("name", SOUNDS)
def test_what_comes_back_unchanged_passes(name: str) -> None:
    samples = SOUNDS[name]
    assert samples.shape == (2, 2 * RATE)
    assert float(samples.abs().max()) <= 1.0
    assert passes(name, samples)


def test_each_fault_is_found() -> None:
    voice, left = SOUNDS["speech-like"], SOUNDS["hard left"]
    broken = voice.clone()
    broken[0, 100] = math.nan
    assert not passes("speech-like", broken)
    assert not passes("speech-like", 0.5 * voice)  # 6 dB softer.
    burst = voice.clone()
    burst[:, 5_000] = 4.0
    assert not passes("speech-like", burst)
    clicking = voice.clone()
    clicking[:, -1] = 1.0
    assert not passes("speech-like", clicking)
    assert not passes("hard left", left + 0.3 * left.flip(0))
    assert passes("hard left", left + 0.03 * left.flip(0))
    assert not passes("mono", SOUNDS["mono"] + 0.3 * left)
    assert not passes("silence", torch.full((2, 2 * RATE), 0.002))


def test_quiet_sound_is_quiet_and_speech_has_formants() -> None:
    quiet = SOUNDS["very quiet (-50 dB)"].square().mean().sqrt()
    assert float(20 * torch.log10(quiet)) == pytest.approx(-50.0, abs=0.1)
    level = decibels(SOUNDS["speech-like"], RATE).mean(dim=0)
    hertz = torch.arange(len(level)) * 3 * RATE / 4_096

    def between(low: float, high: float) -> float:
        return float(level[(hertz > low) & (hertz < high)].mean())

    assert between(600, 800) > between(1_700, 2_100) + 6.0


def test_every_sound_and_gain_is_reported() -> None:
    found = endure(tiny_codec(), clips(1))
    assert [row.sound for row in found.sounds] == list(SOUNDS)
    assert [gain for gain, _ in found.distance_at_gain] == list(GAINS_DB)
    assert all(row.finite for row in found.sounds)
    assert {row.sound for row in found.sounds if row.leak_db is not None} >= {"mono", "hard left"}
    page = found.to_markdown()
    assert "| clicks | yes |" in page
    assert "-40 dB" in page
    assert found.to_dict()["levels"] == 4


def test_pictures_are_small_and_one_for_each_clip(tmp_path: Path) -> None:
    drawn = draw_codec(tmp_path, tiny_codec(), clips(2), levels=2, opus_kbps=None)
    assert [path.name for path in drawn] == ["clip-1.png", "clip-2.png"]
    noisy = draw_rows(tmp_path / "noise.png", dict.fromkeys("abc", torch.randn(2, 5 * RATE)), RATE)
    for path in [*drawn, noisy]:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < 150_000


def test_partials_50_hz_apart_stay_apart_in_a_picture() -> None:
    t = torch.arange(RATE) / RATE
    level = decibels(torch.stack([torch.sin(2 * math.pi * f * t) for f in (1_000, 1_050)]), RATE)
    near = level[0, 55:62]  # Rows of 17.6 Hz: 56 and 59 hold the tones.
    assert float(near.max() - near[1:6].min()) > 10.0


def test_missing_matplotlib_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "musiclm\[train\]"'):
        draw_rows(tmp_path / "a.png", {"a": sound(0)}, RATE)
