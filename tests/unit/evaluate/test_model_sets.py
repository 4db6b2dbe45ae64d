"""Sets of long pieces against each other: structure with its bars."""

from pathlib import Path

import pytest
from sounds import beats

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made
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
