"""A folder of audio in, its sounds one after another out, and by name whatever could not be read.

A set to be measured was often collected by others: among a thousand files one is cut off, one is
empty, one holds NaN and one lasts ten hours. None of them may end a measurement that takes minutes,
and none may vanish without a word, because a set that lost files is another set. So each file
becomes either a ``Sound`` or a ``Skipped`` with the reason. Nothing here resamples what has a usual
rate or evens out loudness: that is each embedder's own business. Nothing is kept either: one sound
is in memory at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.blocks import AudioFile, to_stereo
from musiclm.audio.loudness import is_silent
from musiclm.audio.resample import resample_blocks
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.frechet import audio_files
from musiclm.tokens.timing import seconds_to_samples

MAX_SECONDS = 600.0
"""What is read of a longer file: ten minutes are plenty to describe a piece."""
MIN_SECONDS = 1.0
"""Shorter files are skipped: the embedders describe windows of a second and longer."""
MAX_RATE = 48_000
"""Hz; files of higher rates are brought down to it, for no embedder hears beyond 24 kHz."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One file that was read."""

    path: Path
    waveform: Waveform  # one or two channels, at most 48 kHz
    cut: bool  # whether the file goes on beyond what was read
    silent: bool  # kept, because a model that falls silent must be measured with its silence


@dataclass(frozen=True, slots=True)
class Skipped:
    """One file that was left out."""

    path: Path
    reason: str  # one line, names the file


def files_of(place: Path) -> list[Path]:
    """The audio of a set, sorted.

    Args:
        place: A folder, searched to its depths; a corpus (folder or manifest), of which the test
            split is taken; or one audio file.

    Raises:
        DataError: Nothing there.
    """
    if place.is_file() and place.name != "manifest.jsonl":
        return [place]
    return audio_files(place)


def sounds_of(
    files: Iterable[Path],
    *,
    max_seconds: float = MAX_SECONDS,
    min_seconds: float = MIN_SECONDS,
    strict: bool = False,
) -> Iterator[Sound | Skipped]:
    """Read files one after another; exactly one result a file, in the order given.

    Args:
        files: From ``files_of``.
        max_seconds: No more of a file is read.
        min_seconds: Shorter files are skipped.
        strict: Refuse the first file that would be skipped.

    Raises:
        DataError: ``strict``, and a file cannot be used.
    """
    for path in files:
        yield sound_or_reason(path, max_seconds=max_seconds, min_seconds=min_seconds, strict=strict)


def sound_or_reason(
    path: Path,
    *,
    max_seconds: float = MAX_SECONDS,
    min_seconds: float = MIN_SECONDS,
    strict: bool = False,
) -> Sound | Skipped:
    """Read one file, or say why not; arguments and errors as for ``sounds_of``."""
    try:
        return read_sound(path, max_seconds=max_seconds, min_seconds=min_seconds)
    except (AudioError, OSError) as error:
        return left_out(path, error, strict=strict)


def left_out(path: Path, error: Exception, *, strict: bool) -> Skipped:
    """What becomes of a file that raised ``error``.

    Raises:
        DataError: ``strict``.
    """
    reason = " ".join(str(error).split()) or type(error).__name__
    if str(path) not in reason:
        reason = f"{path}: {reason}"
    if strict:
        raise DataError(f"{reason}; leave --strict away to go on without such files")
    return Skipped(path, reason)


def read_sound(
    path: Path, *, max_seconds: float = MAX_SECONDS, min_seconds: float = MIN_SECONDS
) -> Sound:
    """Read a file, or its beginning; memory depends on ``max_seconds``, not on the file.

    More than two channels are mixed down (see ``audio.blocks.to_stereo``; those of Ogg files,
    whose order differs, to their mean).

    Raises:
        AudioError: Missing, unreadable, cut off, empty, not finite, or too short.
    """
    with AudioFile(path) as file:
        rate = min(file.sample_rate, MAX_RATE)
        most = seconds_to_samples(max_seconds, file.sample_rate)
        heard = _Heard(most)
        mixed = (_mixed(block, file) for block in heard.of(file.blocks()))
        parts = list(resample_blocks(mixed, file.sample_rate, rate))
    if not heard.n_samples:
        raise AudioError(f"{path} holds no samples")
    if heard.n_samples < seconds_to_samples(min_seconds, file.sample_rate):
        seconds = heard.n_samples / file.sample_rate
        raise AudioError(
            f"{path} lasts {seconds:.2f} s, at least {min_seconds:g} s are needed: "
            "give longer audio"
        )
    waveform = Waveform(torch.cat(parts, dim=1), rate)
    return Sound(path, waveform, heard.cut, is_silent(waveform))


class _Heard:
    """Counts the samples that pass, and stops after so many.

    Not ``AudioFile.blocks(most=...)``: that would no longer notice a file that is cut off.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.n_samples = 0
        self.cut = False

    def of(self, blocks: Iterable[Float[Tensor, "C _"]]) -> Iterator[Float[Tensor, "C _"]]:
        for block in blocks:
            room = self._most - self.n_samples
            self.cut = block.shape[1] > room
            part = block[:, :room]
            self.n_samples += part.shape[1]
            if part.shape[1]:
                yield part
            if self.cut:
                return


def _mixed(block: Float[Tensor, "C n"], file: AudioFile) -> Float[Tensor, "C2 n"]:
    if file.n_channels <= 2:
        return block
    return to_stereo(block) if file.ordered_as_wav else block.mean(dim=0, keepdim=True)
