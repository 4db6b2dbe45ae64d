"""What changes where windows meet, on sounds with planted seams."""

from pathlib import Path

import numpy as np
import pytest
import torch

from musiclm.acoustic.musicgen import delay_stage
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.decode.stage_config import StageConfig
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.seams import measure_seams, places_inside, seams_of
from musiclm.semantic.stage import semantic_stage
from musiclm.tokens.stream import TokenStream

RATE, SECONDS = 24_000, 60.0
SEMANTIC = TokenStream(name="semantic", codebook_size=8, n_q=1, frame_rate=25)  # type: ignore[arg-type]
ACOUSTIC = TokenStream(name="acoustic", codebook_size=8, n_q=6, frame_rate=25)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stages() -> list[StageConfig]:
    return [
        semantic_stage("small", prompt=(), semantic=SEMANTIC),
        delay_stage("small", prompt=(), semantic=SEMANTIC, acoustic=ACOUSTIC),
    ]


def chord(pitches: tuple[int, ...], n_samples: int) -> np.ndarray:
    times = np.arange(n_samples) / RATE
    tones = [np.sin(2 * np.pi * 440 * 2 ** ((p - 69) / 12) * times) for p in pitches]
    # Struck twice a second, so that there is a beat.
    return 0.1 * np.sum(tones, axis=0) * np.exp(-4 * (times % 0.5))


def piece(folder: Path, *, seam_at: float | None) -> Made:
    """C major throughout; or from ``seam_at`` on louder, duller, a tritone up, after a click."""
    n_samples = int(SECONDS * RATE)
    samples = chord((60, 64, 67, 72), n_samples)
    if seam_at is not None:
        first = int(seam_at * RATE)
        samples[first:] = 3 * chord((66, 70, 73), n_samples)[first:]
        samples[first] += 0.8
    path = folder / f"{seam_at}.wav"
    write_audio(path, Waveform(torch.from_numpy(samples).float()[None].expand(2, -1), RATE))
    return Made(path, None)


def test_where_windows_meet(stages: list[StageConfig]) -> None:
    semantic, acoustic = (seams_of(stage, SECONDS) for stage in stages)
    assert semantic == [30.0, 45.0]
    assert acoustic == [10.0, 16.0, 22.0, 28.0, 34.0, 40.0, 46.0, 52.0, 58.0]
    assert seams_of(stages[0], 30.0) == []
    assert places_inside([30.0, 45.0], 60.0, room=7.0) == [
        *map(float, range(7, 24)),
        37.0,
        38.0,
        52.0,
        53.0,
    ]


def test_even_music_is_even_at_seams(stages: list[StageConfig], tmp_path: Path) -> None:
    found = measure_seams([piece(tmp_path, seam_at=None)], stages, seconds=SECONDS)
    assert np.abs(found.at_seams["jump_db"]).max() < 0.2
    assert found.at_seams["timbre"].max() < 0.15
    assert found.at_seams["click"].mean() < 1.0
    assert len(found.at_seams["click"]) == 11
    assert found.at_seams["tempo_holds"].tolist() == [1.0, 1.0]
    assert found.at_seams["key_holds"].tolist() == [1.0, 1.0]
    assert "| key goes on | 2 | 1.00 (1.00 to 1.00) |" in found.table()


def test_a_planted_seam_is_found(stages: list[StageConfig], tmp_path: Path) -> None:
    found = measure_seams([piece(tmp_path, seam_at=30.0)], stages, seconds=SECONDS)
    # Seams in order: 10, 16, 22, 28, 30, ...: the fifth is the planted one.
    for name, least in (("jump_db", 6.0), ("timbre", 0.3), ("click", 6.0)):
        assert int(found.at_seams[name].argmax()) == 4, name
        assert found.at_seams[name][4] > least, name
        assert np.delete(found.at_seams[name], 4).max() < 0.5 * found.at_seams[name][4], name
    assert found.at_seams["key_holds"].tolist() == [0.0, 1.0]
    assert found.inside["key_holds"].all()
    results = found.results()
    assert results["jump_db"]["difference"]["value"] > 0.5
