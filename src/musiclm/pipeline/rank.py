"""Several candidates of one wish in, what speaks for each out: words, silence, and the beat.

Agreement alone likes what sounds like the words and does not notice that a clip falls silent or has
no beat where one was planned. So two penalties are taken off. They are small beside the spread of
agreement among real candidates (0.05 to 0.2), unless something is plainly wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.pipeline.collapse import SILENT_DBFS
from musiclm.prompt.timeline import BEAT_TICKS, TIMELINE_STREAM, level_of

SILENCE_PENALTY = 1.0
"""For a clip that is silent throughout; half of it for one that is so half the time."""
BEAT_PENALTY = 0.1
"""For a clip in which nothing happens on the beat that was planned."""
CLEAR_CONTRAST = 0.2
"""Contrast of a beat that everyone hears; more is not better."""
_HOP_SECONDS = 0.01
_WINDOW_SECONDS = 0.04
# Of a beat: what begins so early or late is still heard as on it.
_ON_THE_BEAT = 1 / 8


@dataclass(frozen=True, slots=True)
class Merit:
    """What speaks for a candidate, and against it."""

    agreement: float  # of music and wish: cosine, -1 to 1
    silent_share: float  # of its seconds, 0 to 1
    beat_contrast: float | None  # -1 to 1; ``None`` where no beat was planned

    @property
    def total(self) -> float:
        """More is better."""
        unheard = 0.0
        if self.beat_contrast is not None:
            unheard = 1.0 - min(max(self.beat_contrast / CLEAR_CONTRAST, 0.0), 1.0)
        return self.agreement - SILENCE_PENALTY * self.silent_share - BEAT_PENALTY * unheard

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        values = {
            "agreement": self.agreement,
            "silent_share": self.silent_share,
            "beat_contrast": self.beat_contrast,
            "total": self.total,
        }
        return {name: round(value, 4) for name, value in values.items() if value is not None}


def ranking(merits: Sequence[Merit]) -> list[int]:
    """Numbers of candidates, the best first; the earlier one where two are alike.

    Example:
        >>> ranking([Merit(0.3, 0.5, None), Merit(0.2, 0.0, None), Merit(0.25, 0.0, 0.0)])
        [1, 2, 0]
    """
    return sorted(range(len(merits)), key=lambda number: -merits[number].total)


def silent_share(samples: Float[Tensor, "C N"], sample_rate: int) -> float:
    """Share of whole seconds that are silent; of the whole if it is shorter than one.

    Example:
        >>> silent_share(torch.cat((torch.zeros(1, 100), torch.ones(1, 100)), dim=1), 100)
        0.5
    """
    whole = max(1, samples.shape[1] // sample_rate)
    seconds = samples[:, : whole * sample_rate].tensor_split(whole, dim=1)
    quiet = 10 ** (SILENT_DBFS / 10)
    return sum(float(second.square().mean()) < quiet for second in seconds) / whole


def beat_contrast(
    samples: Float[Tensor, "C N"], sample_rate: int, timeline: Int[Tensor, "K T"]
) -> float | None:
    """How much more begins on the planned beats than between them.

    Args:
        samples: Music.
        sample_rate: Hz.
        timeline: What the stages were told; says where in the beat each frame is.

    Returns:
        ``(on - off) / (on + off)`` of the mean strength of onsets: 0 if beats are not heard, 1 if
        nothing is heard but beats. ``None`` where less than two seconds have a planned beat.
    """
    strength = onset_strength(samples, sample_rate)
    times = (torch.arange(len(strength)) + 0.5) * _HOP_SECONDS * float(TIMELINE_STREAM.frame_rate)
    frames = times.long()
    beat = timeline[level_of("beat")]
    known = frames < len(beat)
    frames, inside, strength = frames[known], times[known] % 1.0, strength[known]
    codes = beat[frames]
    planned = codes > 0
    if int(planned.sum()) * _HOP_SECONDS < 2.0:
        return None
    # Codes say where the beat is in the middle of their frame; inside of it time goes on.
    step = _ticks_a_frame(beat)
    phase = ((codes - 0.5 + (inside - 0.5) * step) / BEAT_TICKS)[planned] % 1.0
    strength = strength[planned]
    near = (phase < _ON_THE_BEAT) | (phase > 1 - _ON_THE_BEAT)
    if not bool(near.any()) or bool(near.all()):
        return None
    on, off = float(strength[near].mean()), float(strength[~near].mean())
    return (on - off) / (on + off) if on + off > 0 else 0.0


def onset_strength(samples: Float[Tensor, "C N"], sample_rate: int) -> Float[Tensor, " F"]:
    """How much louder the spectrum becomes, summed over it, every 10 ms."""
    hop = round(_HOP_SECONDS * sample_rate)
    size = round(_WINDOW_SECONDS * sample_rate)
    mono = samples.float().mean(dim=0)
    if len(mono) < size:
        return torch.zeros(0)
    # Half a window earlier, so that a frame's middle is its time.
    padded = torch.nn.functional.pad(mono, (size // 2, size))
    spectrum = torch.stft(
        padded, size, hop, window=torch.hann_window(size), center=False, return_complex=True
    ).abs()
    loud = torch.log1p(1000.0 * spectrum / size)
    rise = torch.nn.functional.pad(loud.diff(dim=1).clamp(min=0.0), (1, 0)).sum(dim=0)
    return rise[: len(mono) // hop]


def _ticks_a_frame(beat: Int[Tensor, " T"]) -> float:
    """How far the beat goes on from one frame to the next, usually."""
    steps = beat.diff()
    forward = steps[(steps > 0) & (beat[:-1] > 0)]
    return float(forward.float().mean()) if len(forward) else 0.0
