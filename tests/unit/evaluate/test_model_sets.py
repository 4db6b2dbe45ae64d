"""Sets of clips against each other: distance with its floors, structure with its bars."""

from pathlib import Path

import pytest
from sounds import beats

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.distance import measure_distances
from musiclm.evaluate.model.structure import measure_structure


def clips(
    folder: Path, *, hertz: float, seconds: float, n: int, silent: bool = False
) -> list[Made]:
    made = []
    folder.mkdir()
    for seed in range(n):
        sound = beats(bpm=100, hertz=hertz, noisy=True, seconds=seconds, seed=seed)
        sound = Waveform(0.5 * sound.samples, sound.sample_rate)  # bursts of noise may clip
        if silent:
            sound.samples[:, -3 * sound.sample_rate :] = 0.0
        write_audio(folder / f"{seed}.flac", sound)
        made.append(Made(folder / f"{seed}.flac", None))
    return made


def test_the_same_sound_is_near_and_another_far_beyond_the_floors(tmp_path: Path) -> None:
    known = clips(tmp_path / "known", hertz=300, seconds=20, n=4)
    made = clips(tmp_path / "made", hertz=900, seconds=20, n=4)

    def duller(sound: Waveform) -> Waveform:
        return Waveform(sound.samples * 0.5, sound.sample_rate)

    same = measure_distances(known, known, duller)
    assert same.generated == pytest.approx(0.0, abs=1e-3)
    other = measure_distances(made, known, duller)
    assert other.generated > other.chance_floor > other.codec_floor
    assert other.ratio > 1.5
    assert "missed" in other.table()
    with pytest.raises(DataError, match="two clips on each side, got 1 and 4"):
        measure_distances(made[:1], known, duller)


def test_structure_names_faults_and_bars(tmp_path: Path) -> None:
    known = clips(tmp_path / "known", hertz=300, seconds=24, n=2)
    made = clips(tmp_path / "made", hertz=300, seconds=24, n=2, silent=True)
    found = measure_structure(made, known, seconds=24.0)
    table = found.table()
    assert "| silent for more than 2 s | 2 of 2 | 0 of 2 |  | none, missed |" in table
    assert "| clipped | 0 of 2 | 0 of 2 |  | none, met |" in table
    assert found.results()["faults"]["generated"]["clipped"] == 0
    with pytest.raises(DataError, match="one of them is empty"):
        measure_structure([], known, seconds=24.0)
