"""A recording that a request names in, its samples and a checksum that stands for it out."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from musiclm.audio.io import read_audio
from musiclm.audio.waveform import Waveform


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording, and how to find it again."""

    waveform: Waveform
    sha256: str  # of the file's bytes; of samples and rate where there is no file
    path: str | None  # as it was given; ``None`` for samples from memory


Source = Sound | Waveform | Path | str
"""Whatever a caller may name a recording by."""


def sound_of(source: Source) -> Sound:
    """Read a recording whole, unless it was read already.

    Raises:
        AudioError: Missing or unreadable.
    """
    if isinstance(source, Sound):
        return source
    if isinstance(source, Waveform):
        samples = source.samples.detach().to("cpu", torch.float32).contiguous()
        digest = hashlib.sha256(f"{source.sample_rate}/{samples.shape[0]}/".encode())
        digest.update(samples.numpy().reshape(-1).data)
        return Sound(source, digest.hexdigest(), None)
    path = Path(source)
    # Read first: its messages say more than those of opening.
    waveform = read_audio(path)
    return Sound(waveform, file_digest(path), os.fspath(source))


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
