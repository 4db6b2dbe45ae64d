"""A codec and held-out clips in, every measure of every clip at every number of levels out.

Opus goes through the same measures on the same clips. Nothing is averaged here: what the numbers
mean together is said in ``summary.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from musiclm.audio.waveform import Waveform
from musiclm.codec.metrics import (
    multi_scale_distance,
    multi_scale_log_mel,
    panning_error,
    si_sdr,
    side_distance,
    tonal_bands,
    tonal_error,
    tonality,
)
from musiclm.codec.model import Codec
from musiclm.errors import ConfigError
from musiclm.evaluate.codec.clips import HeldOut
from musiclm.evaluate.codec.visqol import Visqol
from musiclm.evaluate.opus import Tuning, find_opus, through_opus
from musiclm.nn.quantizer import effective_codes

OPUS: tuple[tuple[float, Tuning], ...] = (
    (6.0, "auto"),
    (12.0, "auto"),
    (12.0, "music"),
    (24.0, "auto"),
    (48.0, "auto"),
)
"""Kilobits a second and tuning of what a codec is compared with."""
TARGETS_BPS = (3_000.0, 6_000.0)
"""Bitrates that are judged: the most levels that cost no more."""
BAND_MEASURES = ("flatness", "harmonic_ratio_db", "harmonic_shift_db", "lines_lost")
"""Measured in bands of frequency; the value of a clip is the mean of its bands."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A codec at a bitrate, measured on every clip."""

    name: str
    """``4 levels``, ``Opus 12``."""
    levels: int | None
    """Quantizer levels decoded; none for Opus."""
    bits_per_second: float
    """Of the codes; of Opus, of the bytes written."""
    values: Mapping[str, NDArray[np.float64]]
    """Measure -> one value for each clip, NaN where it does not apply."""
    bands: Mapping[str, NDArray[np.float64]]
    """Measure -> [clips, bands] for those of ``BAND_MEASURES``."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """Everything measured."""

    pieces: tuple[str, ...]
    """The piece that each clip is from."""
    groups: tuple[str, ...]
    """``seen font`` or ``unseen font``, for each clip."""
    seconds: float
    """Of audio, in all."""
    band_edges_hz: tuple[tuple[float, float], ...]
    """Of the tonal measures."""
    effective_codes: tuple[float, ...]
    """Codes in use at each level over all clips: exponential of the entropy."""
    conditions: tuple[Condition, ...]
    """Ours, few levels first, then Opus, low rates first."""

    def at(self, bits_per_second: float) -> Condition:
        """Ours at the most levels that cost no more; at the fewest where all cost more."""
        ours = [condition for condition in self.conditions if condition.levels is not None]
        within = [c for c in ours if c.bits_per_second <= bits_per_second * 1.001]
        return within[-1] if within else ours[0]

    def named(self, name: str) -> Condition | None:
        """The condition of that name, if it was measured."""
        return next((c for c in self.conditions if c.name == name), None)


def opus_name(kbps: float, tuning: Tuning) -> str:
    """How tables call Opus at a rate.

    Example:
        >>> opus_name(12.0, "music")
        'Opus 12 --music'
    """
    return f"Opus {kbps:g}" + (" --music" if tuning == "music" else "")


@torch.no_grad()
def measure(
    codec: Codec,
    clips: Sequence[HeldOut],
    *,
    levels: Sequence[int] | None = None,
    opus: bool = False,
    visqol: Visqol | None = None,
    n_visqol: int = 24,
    on_progress: Callable[[int, int], None] | None = None,
) -> Measurements:
    """Code every clip at several numbers of levels, and with Opus.

    Args:
        codec: A trained codec.
        clips: Audio of its rate and channels, all of one length.
        levels: Numbers of levels to decode, all by default. Those beyond the codec's are left
            out; all of its levels and those of ``TARGETS_BPS`` are always measured.
        opus: Also measure Opus (see ``OPUS``).
        visqol: Also ask ViSQOL, about ours at ``TARGETS_BPS`` and about Opus.
        n_visqol: On so many clips, evenly chosen: it takes seconds for each.
        on_progress: Receives (clips done, clips in all).

    Raises:
        ConfigError: There is no clip, a number of levels is below 1, or ``opusenc`` is missing.
    """
    stream, rate = codec.stream, codec.sample_rate
    if not clips or min(levels or (1,)) < 1:
        raise ConfigError(
            f"expected clips and levels >= 1, got {len(clips)} clips and levels {levels}"
        )
    if opus:
        find_opus()  # Said now, not after minutes.
    costs = {level: stream.levels(0, level).bits_per_second for level in range(1, stream.n_q + 1)}
    judged = {max([k for k in costs if costs[k] <= t * 1.001] or [1]) for t in TARGETS_BPS}
    wanted = set(costs) if levels is None else {level for level in levels if level in costs}
    chosen = sorted(wanted | judged | {stream.n_q})
    heard = set(np.linspace(0, len(clips) - 1, min(n_visqol, len(clips))).round().astype(int))
    rows: dict[str, list[_Row]] = {}
    codes: list[Int[Tensor, "1 K T"]] = []
    for number, clip in enumerate(clips):
        original = _Original(clip.samples, rate, visqol if number in heard else None)
        codes.append(codec.encode(clip.samples[None]))
        for level in chosen:
            decoded = codec.decode(codes[-1][:, :level])[0, :, : clip.samples.shape[1]]
            row = original.row(decoded, costs[level], ask=level in judged)
            rows.setdefault(f"{level} levels", []).append(row)
        for kbps, tuning in OPUS if opus else ():
            made = through_opus(Waveform(clip.samples, rate), kbps=kbps, tuning=tuning)
            row = original.row(made.waveform.samples, made.bits_per_second, ask=True)
            rows.setdefault(opus_name(kbps, tuning), []).append(row)
        if on_progress is not None:
            on_progress(number + 1, len(clips))
    numbers = [*chosen, *([None] * len(OPUS))]
    return Measurements(
        pieces=tuple(clip.piece for clip in clips),
        groups=tuple(clip.group for clip in clips),
        seconds=sum(clip.samples.shape[1] for clip in clips) / rate,
        band_edges_hz=tonal_bands(rate),
        effective_codes=tuple(
            effective_codes(torch.cat(codes, dim=-1), stream.codebook_size).tolist()
        ),
        conditions=tuple(
            _condition(name, level, found)
            for (name, found), level in zip(rows.items(), numbers, strict=False)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One clip at one bitrate."""

    bits_per_second: float
    values: dict[str, float]
    bands: dict[str, list[float]]


class _Original:
    """An original, analysed once for all that is compared with it."""

    def __init__(self, samples: Float[Tensor, "C N"], rate: int, visqol: Visqol | None) -> None:
        self.samples, self.rate, self.visqol = samples[None], rate, visqol
        self.mel = multi_scale_log_mel(self.samples, sample_rate=rate)
        self.tonality = tonality(self.samples, sample_rate=rate)

    def row(self, samples: Float[Tensor, "C N"], bits_per_second: float, *, ask: bool) -> _Row:
        """Measure a copy; ``ask`` says whether ViSQOL, if it is there, is asked too."""
        copy, rate = samples[None], self.rate
        tonal = tonal_error(tonality(copy, sample_rate=rate), self.tonality)
        bands = {name: getattr(tonal, name)[0] for name in BAND_MEASURES}
        opinion = float("nan")
        if ask and self.visqol is not None:
            opinion = self.visqol(samples, self.samples[0], sample_rate=rate)
        values = {
            "log_mel": float(
                multi_scale_distance(multi_scale_log_mel(copy, sample_rate=rate), self.mel)
            ),
            "side": float(side_distance(copy, self.samples, sample_rate=rate)),
            "panning_db": float(panning_error(copy, self.samples, sample_rate=rate)),
            "si_sdr_db": float(si_sdr(copy, self.samples)),
            "level_db": self._level_db(samples),
            **{name: float(found.nanmean()) for name, found in bands.items()},
            "visqol": opinion,
        }
        return _Row(bits_per_second, values, {k: v.tolist() for k, v in bands.items()})

    def _level_db(self, samples: Float[Tensor, "C N"]) -> float:
        """RMS over the original's; NaN for silence."""
        power = self.samples.square().mean()
        if float(power) == 0.0:
            return float("nan")
        return float(10.0 * torch.log10((samples.square().mean() / power).clamp(min=1e-10)))


def _condition(name: str, levels: int | None, rows: Sequence[_Row]) -> Condition:
    return Condition(
        name,
        levels,
        float(np.mean([row.bits_per_second for row in rows])),
        {key: np.array([row.values[key] for row in rows]) for key in rows[0].values},
        {key: np.array([row.bands[key] for row in rows]) for key in rows[0].bands},
    )
