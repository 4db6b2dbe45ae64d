"""Annotations and sound of a piece in, its timeline out; and what of it a crop is told."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.corpus.annotations import Annotations
from musiclm.prompt.timeline import (
    LEVELS,
    TIMELINE_STREAM,
    bar_codes,
    beat_codes,
    brightness_code,
    chord_code,
    density_code,
    frame_times,
    level_of,
    loudness_code,
    place_codes,
    span_codes,
)
from musiclm.tokens.timing import seconds_to_frames

_NOTHING_TOLD = 0.15
"""Share of crops that are told no more of the timeline than a model without one."""
_TOLD = {
    "beat": 0.85,
    "bar": 0.8,  # of those told the beat
    "place": 0.8,
    "chord": 0.6,
    "drums": 0.4,
    "bass": 0.3,
    "density": 0.3,
    "loudness": 0.3,
    "brightness": 0.3,
}
"""How often each level is told otherwise; nobody says all of it, so none may be relied on."""


def timeline_of(
    annotations: Annotations | None,
    *,
    seconds: float,
    samples: Float[Tensor, "C N"],
    sample_rate: int,
) -> Int[Tensor, "K T"]:
    """Everything that is known of a piece, for each frame of ``TIMELINE_STREAM``.

    Args:
        annotations: Of the piece; without them only its place and brightness are known.
        seconds: Its length.
        samples: Its sound, from which brightness is heard.
        sample_rate: Hz.
    """
    n_frames = seconds_to_frames(seconds, TIMELINE_STREAM.frame_rate)
    times = frame_times(0, n_frames)
    codes = np.zeros((len(LEVELS), n_frames), dtype=np.int64)
    codes[level_of("place")] = place_codes(times, seconds)
    bright = [brightness_code(hertz) for hertz in centroids(samples, sample_rate)]
    codes[level_of("brightness")] = np.array(bright)[np.minimum(times.astype(int), len(bright) - 1)]
    if annotations is None:
        return torch.from_numpy(codes)
    codes[level_of("beat")] = beat_codes(times, annotations.beats)
    codes[level_of("bar")] = bar_codes(times, annotations.beats, annotations.beats_per_bar)
    for chord in annotations.chords:
        sounds = (times >= chord.start) & (times < chord.end)
        codes[level_of("chord")][sounds] = chord_code(chord.symbol)
    for name in ("drums", "bass"):
        spans = [span for part in annotations.activity if part.role == name for span in part.spans]
        codes[level_of(name)] = span_codes(times, spans)
    playing = sum(span_codes(times, part.spans) - 1 for part in annotations.activity)
    codes[level_of("density")] = [density_code(int(n)) for n in np.broadcast_to(playing, n_frames)]
    levels = [loudness_code(level) for level in annotations.level_dbfs]
    place = np.minimum((times / annotations.level_hop).astype(int), len(levels) - 1)
    codes[level_of("loudness")] = np.array(levels)[place]
    return torch.from_numpy(codes)


def centroids(samples: Float[Tensor, "C N"], sample_rate: int) -> list[float]:
    """Mean frequency weighted by magnitude of each second, Hz; the last one may be short."""
    mono = samples.mean(dim=0).numpy()
    found = []
    for start in range(0, max(len(mono), 1), sample_rate):
        piece = mono[start : start + sample_rate]
        magnitudes = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) if len(piece) else [0.0]
        hertz = np.arange(len(magnitudes)) * sample_rate / max(len(piece), 1)
        found.append(float(np.sum(hertz * magnitudes) / (np.sum(magnitudes) + 1e-9)))
    return found


def told(codes: Int[Tensor, "K T"], rng: np.random.Generator) -> Int[Tensor, "K T"]:
    """What a crop's model is told of its timeline: some levels, sometimes none.

    Drums and bass are told in spans at times, as a control would be: unsaid, then said.
    """
    # Drawn in any case: the stream of random numbers must not depend on what is told.
    draws, silence, since = rng.random(len(LEVELS)), rng.random(), rng.random(len(LEVELS))
    result = torch.zeros_like(codes)
    if silence < _NOTHING_TOLD:
        return result
    for place, name in enumerate(LEVELS):
        if draws[place] >= _TOLD[name] or (name == "bar" and not bool(result[0].any())):
            continue
        first = 0
        if name not in ("beat", "bar", "place") and since[place] < 0.5:
            first = int(since[place] * codes.shape[-1])
        result[place, first:] = codes[place, first:]
    return result
