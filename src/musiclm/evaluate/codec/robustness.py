"""A codec in, what it does to sounds that are no music, and to music at any loudness, out."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.codec.metrics import multi_scale_distance, multi_scale_log_mel
from musiclm.codec.model import Codec
from musiclm.evaluate.codec.clips import HeldOut
from musiclm.evaluate.codec.sounds import hard_sounds
from musiclm.evaluate.report import markdown_table

GAINS_DB = (0.0, -10.0, -20.0, -30.0, -40.0)
LOUDNESS_DB, BURST_DB, LEAK_DB, EDGE_DB, HISS_DB = 3.0, 6.0, -20.0, 0.0, -60.0
"""How much louder or softer, how much higher the peak, how loud in a channel that was silent, how
steep at the ends (against the steepest step of the original), how loud in silence: at most."""
_EDGE_SECONDS = 0.005
_TINY = 1e-6  # -120 dB.


@dataclass(frozen=True, slots=True)
class Endured:
    """What became of one sound."""

    sound: str
    """Its name."""
    finite: bool
    """No sample is infinite or NaN."""
    loudness_db: float
    """RMS over the original's; of silence, the RMS that it became, below full scale."""
    peak_db: float
    """Highest sample over the original's; of silence, below full scale."""
    edge_db: float
    """Steepest step within 5 ms of the ends, over the steepest of the original: a click there."""
    leak_db: float | None
    """Where one channel, or the difference of both, was silent: its level beside the rest."""
    passed: bool
    """Within all bounds."""


@dataclass(frozen=True, slots=True)
class Robustness:
    """What ``endure`` found."""

    levels: int
    """Quantizer levels decoded."""
    sounds: tuple[Endured, ...]
    """One for each of ``hard_sounds``."""
    distance_at_gain: tuple[tuple[float, float], ...]
    """Gain in dB -> log-mel distance of music made so much softer, decoded, and made loud again."""

    def to_dict(self) -> dict[str, object]:
        """Plain values for a report."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Two tables."""
        sounds = markdown_table(
            [
                {
                    "sound": row.sound,
                    "finite": row.finite,
                    "loudness dB": f"{row.loudness_db:+.1f}",
                    "peak dB": f"{row.peak_db:+.1f}",
                    "step at the ends dB": f"{row.edge_db:+.1f}",
                    "leak dB": "-" if row.leak_db is None else f"{row.leak_db:.1f}",
                    "passed": row.passed,
                }
                for row in self.sounds
            ]
        )
        gains = markdown_table(
            [{f"{gain:g} dB": distance for gain, distance in self.distance_at_gain}]
        )
        return (
            f"All {self.levels} levels. Loudness, peak and step at the ends are against the "
            f"original (of silence: below full scale).\n\n{sounds}\n\n"
            f"Log-mel distance of music at these gains, made loud again:\n\n{gains}"
        )


@torch.no_grad()
def endure(codec: Codec, clips: Sequence[HeldOut]) -> Robustness:
    """Code the hard sounds, and the clips at several gains, with all levels.

    Args:
        codec: A trained codec.
        clips: Music, for its loudness alone; a dozen is enough.
    """
    sounds = hard_sounds(codec.sample_rate)
    if codec.n_channels == 1:
        sounds = {name: both.mean(dim=0, keepdim=True) for name, both in sounds.items()}
    gains = []
    for gain_db in GAINS_DB if clips else ():
        gain = 10.0 ** (gain_db / 20.0)
        apart = [
            _distance(_coded(codec, gain * clip.samples) / gain, clip.samples, codec.sample_rate)
            for clip in clips
        ]
        gains.append((gain_db, sum(apart) / len(apart)))
    return Robustness(
        codec.stream.n_q,
        tuple(
            compare(name, _coded(codec, samples), samples, codec.sample_rate)
            for name, samples in sounds.items()
        ),
        tuple(gains),
    )


def compare(
    name: str, decoded: Float[Tensor, "C N"], original: Float[Tensor, "C N"], sample_rate: int
) -> Endured:
    """Measure one decoded sound."""
    silent = not bool(original.any())
    finite = bool(torch.isfinite(decoded).all())
    heard = decoded.nan_to_num()
    loudness, peak = _db(_rms(heard)), _db(float(heard.abs().max()))
    edge = _db(_steepest_at_ends(heard, max(2, round(_EDGE_SECONDS * sample_rate))))
    if not silent:
        loudness -= _db(_rms(original))
        peak -= _db(float(original.abs().max()))
        edge -= _db(float(_steps(original).max()))
    leak = _leak(heard, original)
    within = (
        max(loudness, peak) <= HISS_DB
        if silent
        else abs(loudness) <= LOUDNESS_DB and peak <= BURST_DB and edge <= EDGE_DB
    )
    kept = leak is None or leak <= LEAK_DB
    return Endured(name, finite, loudness, peak, edge, leak, finite and within and kept)


def _coded(codec: Codec, samples: Float[Tensor, "C N"]) -> Float[Tensor, "C N"]:
    return codec.decode(codec.encode(samples[None]))[0, :, : samples.shape[1]]


def _distance(
    decoded: Float[Tensor, "C N"], original: Float[Tensor, "C N"], sample_rate: int
) -> float:
    ours, theirs = (
        multi_scale_log_mel(samples[None], sample_rate=sample_rate)
        for samples in (decoded, original)
    )
    return float(multi_scale_distance(ours, theirs))


def _leak(decoded: Float[Tensor, "C N"], original: Float[Tensor, "C N"]) -> float | None:
    """Level of what should be silent (left, right or their difference) beside the rest."""
    if len(original) != 2 or not bool(original.any()):
        return None
    for weights in ((1.0, 0.0), (0.0, 1.0), (0.5, -0.5)):
        silent = torch.tensor(weights) @ original
        if not bool(silent.any()):
            return _db(_rms(torch.tensor(weights) @ decoded)) - _db(_rms(decoded))
    return None


def _steps(samples: Float[Tensor, "C N"]) -> Float[Tensor, "C M"]:
    """Differences of neighbours, with silence before the first sample and after the last."""
    return torch.nn.functional.pad(samples, (1, 1)).diff(dim=-1).abs()


def _steepest_at_ends(samples: Float[Tensor, "C N"], n_samples: int) -> float:
    steps = _steps(samples)
    return float(torch.maximum(steps[:, :n_samples].max(), steps[:, -n_samples:].max()))


def _rms(samples: Float[Tensor, "..."]) -> float:
    return float(samples.square().mean().sqrt())


def _db(amplitude: float) -> float:
    return 20.0 * math.log10(max(amplitude, _TINY))
