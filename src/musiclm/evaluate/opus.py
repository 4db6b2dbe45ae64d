"""A waveform in, what Opus makes of it at a bitrate out: the codec that ours is compared with.

The encoder is ``opusenc`` of the package opus-tools, called as a program; the decoder is the one
of libsndfile, which drops the encoder's delay and keeps the original's rate. What a clip costs is
what was written: the bytes of the file, headers and all, as anyone would have to store them.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError

Tuning = Literal["auto", "music"]
"""``auto``: the encoder guesses from the sound whether it is music; ``music``: it is told so."""
_PROGRAM = "opusenc"
_NATIVE_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)


@dataclass(frozen=True, slots=True)
class OpusClip:
    """A clip that went through Opus."""

    waveform: Waveform
    """Decoded: rate, channels, length and timing of the original."""
    bits_per_second: float
    """Bytes of the file times eight, over the seconds of the clip."""


def find_opus() -> str:
    """Path of ``opusenc``.

    Raises:
        ConfigError: It is not installed; names the package.
    """
    found = shutil.which(_PROGRAM)
    if found is None:
        raise ConfigError(
            f"comparing with Opus needs the program {_PROGRAM}: "
            "apt-get install opus-tools (brew install opus-tools on macOS)"
        )
    return found


def through_opus(waveform: Waveform, *, kbps: float, tuning: Tuning = "auto") -> OpusClip:
    """Encode at a constant bitrate and decode again.

    Constant bitrate (``--hard-cbr``), because a variable one would spend on this clip what it
    saves on another. The encoder's best effort (complexity 10, its default). Padding for later
    comments is left out: it is no sound.

    Args:
        waveform: One or two channels, at a rate that Opus knows: 8, 12, 16, 24 or 48 kHz.
        kbps: Kilobits a second for all channels together, without the container.
        tuning: Told that this is music, Opus at 12 kbit/s is much better than left to guess; at
            6, 24 and 48 it makes the same of both.

    Raises:
        ConfigError: ``opusenc`` is not installed, or Opus does not know the rate.
        AudioError: ``opusenc`` failed; says how.
    """
    program = find_opus()
    if waveform.sample_rate not in _NATIVE_RATES:
        raise ConfigError(
            f"Opus knows the rates {_NATIVE_RATES}, got {waveform.sample_rate} Hz: resample first"
        )
    with tempfile.TemporaryDirectory() as name:
        source, coded = Path(name) / "in.wav", Path(name) / "out.opus"
        write_audio(source, waveform)
        command = [program, "--quiet", "--hard-cbr", "--bitrate", f"{kbps:g}"]
        command += ["--music"] if tuning == "music" else []
        command += ["--padding", "0", "--discard-comments", str(source), str(coded)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise AudioError(f"{_PROGRAM} failed at {kbps:g} kbit/s: {done.stderr.strip()}")
        n_bytes = coded.stat().st_size
        decoded = read_audio(
            coded, sample_rate=waveform.sample_rate, n_channels=waveform.n_channels
        )
    return OpusClip(
        Waveform(_to_length(decoded.samples, waveform.samples.shape[1]), waveform.sample_rate),
        8.0 * n_bytes * waveform.sample_rate / waveform.samples.shape[1],
    )


def _to_length(samples: Float[Tensor, "C N"], n_samples: int) -> Float[Tensor, "C N_out"]:
    missing = max(0, n_samples - samples.shape[1])
    return torch.nn.functional.pad(samples[:, :n_samples], (0, missing))
