"""A codec and held-out audio in, its quality at several numbers of levels out.

Distances are of the log-mel spectrum (what music sounds like), of the side channel (the stereo
image), and of the waveform; plus what the codes cost and how many of them are in use. The numbers
compare codecs on the same clips only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.codec.metrics import log_mel_distance, si_sdr, side_distance
from musiclm.codec.model import Codec
from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import Split
from musiclm.errors import ConfigError
from musiclm.nn.quantizer import effective_codes
from musiclm.tokens.timing import seconds_to_samples


@dataclass(frozen=True, slots=True)
class LevelQuality:
    """Quality of decoding the first so many levels, means over clips."""

    levels: int
    """Quantizer levels decoded."""
    bits_per_second: float
    """What they cost."""
    log_mel_distance: float
    """Nats; 1 nat is 8.7 dB."""
    side_distance: float
    """The same of the difference of the channels; 0 for mono."""
    si_sdr_db: float
    """Of the waveform; low-rate codecs do not keep phases, so negative is no verdict."""


@dataclass(frozen=True, slots=True)
class CodecQuality:
    """What ``measure_codec`` found."""

    n_clips: int
    """Clips measured."""
    seconds: float
    """Seconds of audio measured."""
    by_levels: tuple[LevelQuality, ...]
    """Few levels first."""
    effective_codes: tuple[float, ...]
    """Codes in use at each level: exponential of the entropy."""
    silence_peak: float
    """Highest sample of decoded silence; digital silence gives 0."""

    def to_dict(self) -> dict[str, object]:
        """Plain values for a report."""
        return {
            "n_clips": self.n_clips,
            "seconds": self.seconds,
            "by_levels": [
                {name: getattr(row, name) for name in LevelQuality.__slots__}
                for row in self.by_levels
            ],
            "effective_codes": list(self.effective_codes),
            "silence_peak": self.silence_peak,
        }

    def to_markdown(self) -> str:
        """A table, one row for each number of levels."""
        lines = [
            "| levels | kbit/s | log-mel distance | side distance | SI-SDR dB | codes in use |",
            "|---:|---:|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {row.levels} | {row.bits_per_second / 1000:.2f} | {row.log_mel_distance:.3f} "
            f"| {row.side_distance:.3f} | {row.si_sdr_db:.1f} "
            f"| {self.effective_codes[row.levels - 1]:.0f} |"
            for row in self.by_levels
        ]
        return "\n".join(lines) + "\n"


@torch.no_grad()
def measure_codec(
    codec: Codec, clips: Float[Tensor, "B C N"], *, levels: Sequence[int] = (1, 2, 4, 8, 12)
) -> CodecQuality:
    """Encode and decode every clip at several numbers of levels.

    Args:
        codec: A trained codec.
        clips: Audio of its rate and channels.
        levels: Numbers of levels to decode; those beyond the codec's are left out, all of its
            levels are always measured.

    Raises:
        ConfigError: There is no clip, or a number of levels is below 1.
    """
    if len(clips) == 0 or min(levels, default=1) < 1:
        raise ConfigError(
            f"expected clips and levels >= 1, got {len(clips)} clips and levels {tuple(levels)}"
        )
    codec = codec.eval()
    stream, rate = codec.stream, codec.sample_rate
    chosen = sorted({level for level in levels if level < stream.n_q} | {stream.n_q})
    padded = codec.pad_to_frames(clips)
    codes: list[Int[Tensor, "1 K T"]] = []
    sums = np.zeros((len(chosen), 3))
    for clip in torch.split(padded, 1):  # One at a time: clips may be long.
        codes.append(codec.encode(clip))
        for row, level in enumerate(chosen):
            decoded = codec.decode(codes[-1][:, :level])
            sums[row] += [
                float(log_mel_distance(decoded, clip, sample_rate=rate)),
                float(side_distance(decoded, clip, sample_rate=rate)),
                float(si_sdr(decoded, clip)),
            ]
    means = sums / len(padded)
    silence = codec.decode(codec.encode(torch.zeros_like(padded[:1])))
    return CodecQuality(
        n_clips=len(clips),
        seconds=clips.shape[0] * clips.shape[2] / rate,
        by_levels=tuple(
            LevelQuality(level, stream.levels(0, level).bits_per_second, *map(float, means[row]))
            for row, level in enumerate(chosen)
        ),
        effective_codes=tuple(effective_codes(torch.cat(codes), stream.codebook_size).tolist()),
        silence_peak=float(silence.abs().max()),
    )


def measure_on_corpus(
    codec: Codec,
    corpus: Path,
    *,
    split: Split = "test",
    n_clips: int = 24,
    seconds: float = 5.0,
    seed: int = 0,
) -> CodecQuality:
    """Measure on crops of a corpus's held-out clips; the same seed takes the same crops.

    Raises:
        DataError: The corpus is broken.
    """
    cache = AudioCache.build(corpus, sample_rate=codec.sample_rate, n_channels=codec.n_channels)
    n_samples = seconds_to_samples(seconds, codec.sample_rate)
    indices = cache.indices(split)
    rng = np.random.default_rng(seed)
    crops = []
    for number in range(n_clips):
        clip = indices[number % len(indices)]
        last = max(0, cache.clips[clip].n_samples - n_samples)
        crops.append(cache.crop(clip, int(rng.integers(last + 1)), n_samples))
    return measure_codec(codec, torch.stack(crops))
