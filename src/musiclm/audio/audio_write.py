"""Samples in, a normalized audio file out: ``audio_write`` as scripts for audiocraft call it.

Names, order and defaults of the arguments are audiocraft's, so that such a script runs after its
import is changed; they are not this project's words. Whoever has no such script uses
``write_audio`` and ``normalize_loudness``. MP3 is not written. Silence
stays silence, where audiocraft would divide by its level.
"""

import logging
import math
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.files import write_file
from musiclm.audio.io import AudioFormat, encode_audio
from musiclm.audio.loudness import integrated_loudness
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError

Strategy = Literal["clip", "peak", "rms", "loudness"]

ENERGY_FLOOR = 2e-3
"""Sound of less root-mean-square than this is left as it is by the strategy "loudness"."""

_FORMATS: tuple[str, ...] = get_args(AudioFormat)
_STRATEGIES: tuple[str, ...] = get_args(Strategy)
# Nominal kbit/s of stereo at 44.1 kHz for Vorbis qualities 0 to 10, from its encoder's manual.
_OGG_RATES = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)

_log = logging.getLogger(__name__)


def audio_write(
    stem_name: str | Path,
    wav: Tensor,
    sample_rate: int,
    format: str = "wav",
    mp3_rate: int = 320,
    ogg_rate: int | None = None,
    normalize: bool = True,
    strategy: str = "peak",
    peak_clip_headroom_db: float = 1,
    rms_headroom_db: float = 18,
    loudness_headroom_db: float = 14,
    loudness_compressor: bool = False,
    log_clipping: bool = True,
    make_parent_dir: bool = True,
    add_suffix: bool = True,
) -> Path:
    """Normalize samples, write them to a file, all of it or nothing, and say where it is.

    Args:
        stem_name: Path without suffix.
        wav: Float samples, ``[C, T]`` or, for mono, ``[T]``; they are not changed.
        sample_rate: In Hz.
        format: ``"wav"`` and ``"flac"`` of 16 bits, or ``"ogg"`` (Vorbis).
        mp3_rate: Taken because audiocraft takes it; MP3 is refused.
        ogg_rate: For Ogg, the nominal kbit/s of stereo at 44.1 kHz; at lower rates and in mono
            fewer bits come out. About 100 by default.
        normalize: False applies "peak" and "rms" only to sound that is louder than they allow.
        strategy: ``"peak"`` scales to a highest sample, ``"rms"`` to a root-mean-square (of the
            mean of the channels), ``"loudness"`` to an integrated loudness (ITU-R BS.1770), and
            ``"clip"`` cuts what is too high. After "rms" and "loudness" samples beyond full
            scale are cut.
        peak_clip_headroom_db: The highest sample of "peak" and "clip", dB below full scale.
        rms_headroom_db: The root-mean-square of "rms", dB below full scale.
        loudness_headroom_db: The loudness of "loudness", LUFS below 0. Sound of less
            root-mean-square than ``ENERGY_FLOOR`` stays as quiet as it is.
        loudness_compressor: "loudness" bends samples by tanh instead of cutting them, which makes
            loud sound a little quieter than asked for.
        log_clipping: Warn through ``logging`` when samples are cut after "rms" or "loudness".
        make_parent_dir: Make the folders that are missing.
        add_suffix: False writes to ``stem_name`` itself, whatever its suffix.

    Returns:
        The path of the file.

    Raises:
        AudioError: Not float samples of one or two axes, none, or not finite; a format or
            strategy that is unknown.
        OSError: The file cannot be written.
    """
    if format not in _FORMATS:
        raise AudioError(f'the format must be {_choices(_FORMATS)}, got "{format}"')
    if strategy not in _STRATEGIES:
        raise AudioError(f'the strategy must be {_choices(_STRATEGIES)}, got "{strategy}"')
    samples = _checked(wav)
    if strategy == "clip":
        samples = _limited(samples, _amplitude(peak_clip_headroom_db))
    elif strategy == "loudness":
        waveform = Waveform(samples, sample_rate)
        samples = _at_loudness(waveform, loudness_headroom_db, compressor=loudness_compressor)
    else:
        if strategy == "peak":
            level, wanted = float(samples.abs().max()), _amplitude(peak_clip_headroom_db)
        else:
            level, wanted = _rms(samples.mean(dim=0)), _amplitude(rms_headroom_db)
        if level > 0 and (normalize or level > wanted):
            samples = samples * (wanted / level)
    if strategy in ("rms", "loudness"):
        if log_clipping:
            _warn_of_clipping(samples, str(stem_name))
        samples = _limited(samples, 1.0)
    quality = 0.4 if ogg_rate is None else _ogg_quality(ogg_rate)
    # Encoded before anything is made on disk.
    content = encode_audio(Waveform(samples, sample_rate), format=format, quality=quality)  # type: ignore[arg-type]
    path = Path(f"{stem_name}.{format}" if add_suffix else stem_name)
    if make_parent_dir:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, content)
    return path


def _checked(wav: Tensor) -> Float[Tensor, "C N"]:
    if wav.ndim not in (1, 2) or not wav.is_floating_point():
        raise AudioError(
            "wav must be a float tensor [channels, samples] or [samples], got "
            f"{wav.dtype} {list(wav.shape)}: write one item of a batch at a time"
        )
    samples = wav.detach().to("cpu", torch.float32)
    samples = samples[None] if samples.ndim == 1 else samples
    if samples.numel() == 0:
        raise AudioError(f"there are no samples to write, got {list(wav.shape)}: generate some")
    if not bool(torch.isfinite(samples).all()):
        raise AudioError("samples must be finite to be written, got NaN or infinity")
    return samples


def _at_loudness(
    waveform: Waveform, headroom_db: float, *, compressor: bool
) -> Float[Tensor, "C N"]:
    """Scaled to a loudness; as it is where it is too quiet to have one."""
    samples = waveform.samples
    if _rms(samples) < ENERGY_FLOOR:
        return samples
    loudness = integrated_loudness(waveform)
    if not math.isfinite(loudness):
        return samples
    scaled = samples * _amplitude(headroom_db + loudness)
    return torch.tanh(scaled) if compressor else scaled


def _rms(samples: Float[Tensor, "..."]) -> float:
    return float(samples.double().square().mean().sqrt())


def _amplitude(headroom_db: float) -> float:
    """The amplitude that lies ``headroom_db`` below full scale."""
    return float(10 ** (-headroom_db / 20))


def _limited(samples: Float[Tensor, "C N"], most: float) -> Float[Tensor, "C N"]:
    return samples.clamp(-most, most)


def _warn_of_clipping(samples: Float[Tensor, "C N"], name: str) -> None:
    peak = float(samples.abs().max())
    if peak > 1.0:
        share = float((samples.abs() > 1.0).double().mean())
        _log.warning(
            "%s: %.3g%% of the samples are above full scale and are clipped, the highest %.3f",
            name,
            100 * share,
            peak,
        )


def _ogg_quality(kbits: float) -> float:
    """The quality of the Vorbis encoder whose nominal rate is nearest, 0 to 1."""
    return float(np.interp(kbits, _OGG_RATES, np.arange(len(_OGG_RATES)) / 10))


def _choices(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
