"""Little pieces for tests of metrics: a tune with harmonics on every beat, over soft brushes."""

import numpy as np
import torch

from musiclm.audio.waveform import Waveform

RATE = 24_000
_SCALE = (0, 2, 4, 5, 7, 9, 11)


def tune(
    seconds: float, *, bpm: float = 100.0, seed: int = 0, form: str = "a", brushes: float = 0.02
) -> Waveform:
    """Sections of equal length, the same letter the same tune; stereo, about -20 dBFS."""
    n_samples = round(seconds * RATE)
    time = np.arange(n_samples) / RATE
    beat = 60.0 / bpm
    sound = np.zeros(n_samples)
    n_notes = round(seconds / len(form) / beat)
    for number, letter in enumerate(form):
        rng = np.random.default_rng([seed, ord(letter)])
        for note in range(n_notes):
            start = (number * n_notes + note) * beat
            pitch = 48 + 12 * int(rng.integers(3)) + _SCALE[int(rng.integers(len(_SCALE)))]
            since = time - start
            ringing = (since >= 0) & (since < 2 * beat)
            hertz = 440.0 * 2 ** ((pitch - 69) / 12)
            at = since[ringing]
            for partial in range(1, 7):
                decay = np.exp(-(3.0 + partial) * at) / partial
                sound[ringing] += 0.15 * decay * np.sin(2 * np.pi * partial * hertz * at)
    chance = np.random.default_rng([seed, 1])
    sound += brushes * np.exp(-20.0 * (time % beat)) * chance.standard_normal(n_samples)
    sound += 0.0005 * chance.standard_normal(n_samples)
    return Waveform(torch.from_numpy(np.stack([sound, 0.8 * sound])).float(), RATE)
