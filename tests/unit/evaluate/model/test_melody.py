import numpy as np
import pytest

from musiclm.corpus.annotations import MelodyNote
from musiclm.errors import AudioError, DataError, ShapeError
from musiclm.evaluate.model.melody import (
    Melody,
    agreement,
    mean_agreement,
    melody_of,
    melody_of_notes,
    melody_row,
)

RATE = 24_000
KEYS = (69, 72, 76, 74)


def _sung(keys: tuple[int, ...], *, seconds: float = 0.5, harmonics: int = 6) -> np.ndarray:
    """Tones with overtones, one after the other."""
    time = np.arange(round(seconds * RATE)) / RATE
    tones = []
    for key in keys:
        hertz = 440.0 * 2 ** ((key - 69) / 12)
        tone = sum(np.sin(2 * np.pi * n * hertz * time) / n for n in range(1, harmonics + 1))
        tones.append(0.2 * tone * np.minimum(1.0, 20 * np.minimum(time, seconds - time)))
    return np.concatenate(tones)


def _notes(keys: tuple[int, ...], *, seconds: float = 0.5) -> list[MelodyNote]:
    return [
        MelodyNote(start=i * seconds, end=(i + 1) * seconds, pitch=key)
        for i, key in enumerate(keys)
    ]


def test_a_tune_over_a_bass_is_heard() -> None:
    mix = _sung(KEYS) + 0.7 * _sung((45, 45, 48, 43))
    found = agreement(melody_of_notes(_notes(KEYS), 2.0), melody_of(mix, RATE))
    assert found.raw_pitch > 0.9
    assert found.voicing_recall > 0.8


def test_another_tune_and_an_octave_are_told_apart() -> None:
    true = melody_of_notes(_notes(KEYS), 2.0)
    octave = agreement(true, melody_of(_sung(tuple(key + 12 for key in KEYS)), RATE))
    other = agreement(true, melody_of(_sung((70, 73, 77, 75)), RATE))
    assert octave.raw_pitch < 0.1
    assert octave.raw_chroma > 0.9
    assert other.raw_chroma < 0.1


def test_silence_and_rests_are_not_voiced() -> None:
    silent = melody_of(np.zeros(RATE), RATE)
    assert not silent.voiced.any()
    rest = np.concatenate([_sung((69,)), np.zeros(RATE // 2), _sung((72,))])
    heard = melody_of(rest, RATE).voiced
    assert heard[10:40].mean() > 0.9
    assert heard[60:90].mean() < 0.1


def test_of_notes_together_the_highest_is_the_melody() -> None:
    notes = [MelodyNote(start=0.0, end=0.05, pitch=69), MelodyNote(start=0.02, end=0.03, pitch=81)]
    course = melody_of_notes(notes, 0.1)
    assert course.hertz.tolist() == [440, 440, 880, 440, 440, 0, 0, 0, 0, 0]
    assert course.voiced.sum() == 5


def test_the_row_tells_own_tunes_from_others() -> None:
    rng = np.random.default_rng(0)
    tunes = [tuple(int(key) for key in rng.integers(60, 84, 4)) for _ in range(6)]
    true = [melody_of_notes(_notes(tune), 2.0) for tune in tunes]
    heard = [melody_of(_sung(tune), RATE) for tune in tunes]
    row = melody_row("raw_pitch", true, heard, real=heard)
    assert row.found.value > 0.9
    assert row.chance is not None
    assert row.chance < 0.4
    assert row.ceiling is not None
    assert row.ceiling.value == row.found.value
    with pytest.raises(DataError, match="each of 6 tunes, got 5"):
        melody_row("raw_pitch", true, heard[:5])
    with pytest.raises(DataError, match="choose raw_pitch or raw_chroma"):
        melody_row("overall", true, heard)


def test_what_cannot_be_compared_is_refused() -> None:
    none = Melody(np.zeros(0), np.zeros(0, bool))
    with pytest.raises(DataError, match="has no frame"):
        agreement(none, none)
    with pytest.raises(ShapeError, match=r"got \[2\] and \[3\]"):
        Melody(np.zeros(2), np.zeros(3, bool))
    with pytest.raises(AudioError, match="at least 85 ms of sound, got 10 ms"):
        melody_of(np.zeros(240), RATE)
    with pytest.raises(DataError, match="got none"):
        mean_agreement([])
