"""One sound file of any length in, an embedding of each of its windows out, in constant memory.

The windows are those that ``Mulan.windows`` cuts, but they come one after another. Windows of
silence are left out: the tower would place them somewhere on the sphere too.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from musiclm.audio.blocks import AudioFile
from musiclm.audio.loudness import is_silent
from musiclm.audio.resample import resample_blocks
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.mulan.model import Mulan
from musiclm.tokens.timing import samples_to_seconds, seconds_to_samples

_WINDOW_BATCH = 16  # 15 MB of samples.
_RATES = (1_000, 768_000)  # Hz. Resampling up from 1 Hz would turn a small file into terabytes.


def embed_file(path: Path, mulan: Mulan) -> Float[Tensor, " D"]:
    """The embedding of one sound file of any length: the mean over its windows that are no silence.

    Raises:
        AudioError: Unreadable, empty or silent.
        ConfigError: Only the text tower was loaded.
    """
    with AudioFile(path) as file:
        _, windows, fault = listen(file, mulan)
    if fault:
        raise AudioError(f"{path} {fault}: give another file")
    return functional.normalize(windows.sum(0), dim=-1)


def listen(
    file: AudioFile, mulan: Mulan, report: Callable[[float, float], None] | None = None
) -> tuple[Int[Tensor, " W"], Float[Tensor, "W D"], str]:
    """Starts and embeddings of the windows that are no silence, or the fault of the file.

    Raises:
        AudioError: Damaged, cut off, not finite, or of an impossible rate.
    """
    rate, device = mulan.sample_rate, mulan.text_mean.device
    starts: list[int] = []
    embeddings = [torch.zeros(0, mulan.config.dim)]
    n_cut = 0

    def sounding() -> Iterator[tuple[int, Tensor]]:
        nonlocal n_cut
        for start, window in _cut_windows(file, mulan):
            n_cut += 1
            if not is_silent(Waveform(window, rate)):
                yield start, window

    windows = sounding()
    while batch := list(islice(windows, _WINDOW_BATCH)):
        starts += [start for start, _ in batch]
        samples = torch.stack([window for _, window in batch])
        embeddings.append(mulan.embed_audio(samples.to(device)).cpu())
        if report is not None:
            seconds = samples_to_seconds(batch[-1][0] + samples.shape[-1], rate)
            whole = samples_to_seconds(file.n_samples or 0, file.sample_rate)
            report(seconds, min(1.0, seconds / whole) if whole else 0.0)
    fault = "" if starts else "is silent" if n_cut else "holds no samples"
    return torch.tensor(starts, dtype=torch.int64), torch.cat(embeddings), fault


def _cut_windows(file: AudioFile, mulan: Mulan) -> Iterator[tuple[int, Float[Tensor, "1 _"]]]:
    """Start and samples of the windows that ``Mulan.windows`` would cut, in constant memory.

    Only a file shorter than a window gives a shorter one, which ``Mulan.embed_audio`` pads.
    """
    slowest, fastest = _RATES
    if not slowest <= file.sample_rate <= fastest:
        raise AudioError(
            f"{file.path} has a sample rate of {file.sample_rate} Hz, {slowest} to {fastest} are "
            "read: resample it before"
        )
    size = mulan.window_samples
    hop = seconds_to_samples(mulan.config.hop_seconds, mulan.sample_rate)
    # The tower hears the mean of the channels; one is quicker to resample.
    mono = (block.mean(dim=0, keepdim=True) for block in file.blocks())
    waiting, start, step = torch.zeros(1, 0), 0, 0
    for block in resample_blocks(mono, file.sample_rate, mulan.sample_rate):
        waiting = torch.cat((waiting, block), dim=1)
        # Strictly more: the last window is the one that ends with the sound, wherever it begins.
        while waiting.shape[1] > step + size:
            waiting, start, step = waiting[:, step:], start + step, hop
            yield start, waiting[:, :size]
    if waiting.shape[1]:
        last = waiting[:, -size:]
        yield start + waiting.shape[1] - last.shape[1], last
