"""A corpus in, examples for the judge out: windows, their features, and what is true of them.

Windows come as rendered, and every second one also worsened by noise, a changed frequency response
or a codec, because what the judge will hear was decoded by a codec and is not clean.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from musiclm.audio.io import read_audio
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.data.manifest import Clip
from musiclm.evaluate.features import MIN_SECONDS, features_of
from musiclm.evaluate.judge import Example, windows_of

if TYPE_CHECKING:
    from musiclm.codec.model import Codec

Coder = Callable[[Waveform], Waveform]
"""A sound in, the same sound through a codec out."""

Labels = Callable[[Clip, float, float], dict[str, str]]
"""A clip, start and length of a window in seconds in; the answers about that window out."""

_log = logging.getLogger(__name__)


def examples_of(
    clips: Sequence[Clip],
    labels: Labels,
    *,
    window_seconds: float = 10.0,
    seed: int = 0,
    coder: Coder | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Example]:
    """Windows of every clip as they are, and every second one worsened too.

    Args:
        clips: Pieces with facts.
        labels: What is asked about each window.
        window_seconds: Length of a window; windows do not overlap.
        seed: Chooses how each copy is worsened.
        coder: Where given, two worsened copies in three pass through it first.
        on_progress: Told the share done, 0 to 1.
    """
    examples = []
    for number, clip in enumerate(clips):
        rng = np.random.default_rng([seed, number])
        whole = read_audio(clip.audio)
        if whole.seconds < MIN_SECONDS:
            continue
        for index, window in enumerate(windows_of(whole, window_seconds)[::2]):
            start = index * window_seconds
            answers = labels(clip, start, window.seconds)
            examples.append(Example(clip.id, features_of(window), answers, clean=True))
            if index % 2 == 0:
                copy = coder(window) if coder and rng.random() < 2 / 3 else window
                worse = features_of(worsen(copy, rng))
                examples.append(Example(clip.id, worse, answers, clean=False))
        if on_progress:
            on_progress((number + 1) / len(clips))
    return examples


def worsen(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """Tilt and roll off the spectrum by chance and add a little noise."""
    samples = waveform.samples
    spectrum = torch.fft.rfft(samples)
    frequencies = torch.linspace(0, waveform.sample_rate / 2, spectrum.shape[-1])
    tilt_db = float(rng.uniform(-3.0, 3.0)) * torch.log2(frequencies.clamp(min=60.0) / 1_000.0)
    top = float(rng.uniform(6_000.0, 12_000.0))
    roll_off = 1.0 / (1.0 + (frequencies / top) ** 16).sqrt()
    changed = torch.fft.irfft(spectrum * 10 ** (tilt_db / 20) * roll_off, n=samples.shape[-1])
    noise_db = float(rng.uniform(-65.0, -30.0))
    level = changed.square().mean().sqrt() * 10 ** (noise_db / 20)
    noise = torch.from_numpy(rng.standard_normal(tuple(changed.shape))).to(changed)
    return Waveform(changed + level * noise, waveform.sample_rate)


def coder_of(codec_folder: Path) -> Coder:
    """Encode and decode through the codec artifact in ``codec_folder``."""
    from musiclm.codec.model import Codec

    return through(Codec.load(codec_folder).eval())


def through(codec: "Codec", *, levels: int | None = None) -> Coder:
    """Encode and decode through a codec.

    Args:
        codec: In evaluation mode.
        levels: Only so many of its levels; all by default.
    """

    def code(waveform: Waveform) -> Waveform:
        samples = resample(waveform.samples, waveform.sample_rate, codec.sample_rate)
        n_samples = samples.shape[-1]
        if waveform.n_channels != codec.n_channels:
            samples = samples.mean(dim=0, keepdim=True).expand(codec.n_channels, -1)
        with torch.inference_mode():
            codes = codec.encode(samples[None])[:, :levels]
            decoded: Tensor = codec.decode(codes)[0, :, :n_samples]
        return Waveform(decoded.clone(), codec.sample_rate)

    return code
