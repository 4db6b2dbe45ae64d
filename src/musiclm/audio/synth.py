"""Notes in, mono samples out: our own synthesizers, for tests and where there is no sound font."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from musiclm.tokens.timing import seconds_to_samples


def play_notes(
    voice: str,
    *,
    starts_seconds: Sequence[float],
    ends_seconds: Sequence[float],
    pitches: Sequence[float],
    velocities: Sequence[int],
    n_samples: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, " N"]:
    """First version: decaying harmonics."""
    out = np.zeros(n_samples, np.float32)
    for start, end, pitch, velocity in zip(
        starts_seconds, ends_seconds, pitches, velocities, strict=True
    ):
        first = seconds_to_samples(max(0.0, start), sample_rate)
        n = min(n_samples - first, seconds_to_samples(end - start + 0.1, sample_rate))
        if n <= 0:
            continue
        t = np.arange(n) / sample_rate
        hz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in range(1, 6))
        out[first : first + n] += (0.2 * velocity / 127 * tone * np.exp(-3 * t)).astype(np.float32)
    return out
