"""A record in, one clip of MusicGen out; and what recordings are to it: a tune, or codes."""

import logging
import math
from functools import cache
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.blocks import to_stereo
from musiclm.audio.io import read_audio
from musiclm.audio.loudness import is_silent
from musiclm.audio.melody import read_melody
from musiclm.audio.resample import resample
from musiclm.audio.separation import separate_accompaniment
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, GenerationError
from musiclm.mulan.model import Mulan
from musiclm.pipeline.course import Event
from musiclm.pipeline.finish import finish
from musiclm.pipeline.folder import available_models, find_part
from musiclm.pipeline.generation import Clip
from musiclm.pipeline.listen import joined
from musiclm.pipeline.meaning import Meaning
from musiclm.pipeline.musicgen_stream import MusicGenStream
from musiclm.pipeline.musicgen_windows import MusicGenParts, Tune
from musiclm.pipeline.musicgen_words import options_of, said_of
from musiclm.pipeline.progress import Clock
from musiclm.pipeline.rank import Merit, silent_share
from musiclm.pipeline.record import Piece
from musiclm.pipeline.request import no_melody, stage_seed
from musiclm.pipeline.sound import Source
from musiclm.pipeline.wish import Wish
from musiclm.tokens.timing import samples_to_seconds, seconds_to_samples

STAGE = "musicgen"
"""The one stage, in settings, seeds and timings."""

_log = logging.getLogger(__name__)


def clip_of(parts: MusicGenParts, piece: Piece, clock: Clock, *, scored: bool) -> Clip:
    """Make one clip, from its record alone.

    Args:
        parts: Which model.
        piece: What is wanted.
        clock: Measures.
        scored: Whether to tell what speaks for it.

    Raises:
        GenerationError: What is wanted cannot be said to MusicGen.
        AudioError: A recording that cannot be used.
    """
    request, rate = piece.request, parts.codec.sample_rate
    options, wishes = options_of(piece), piece.wishes
    said = [(at, said_of(wish, options, piece.controls)) for at, wish in wishes]
    tune = None
    if piece.melody is not None:
        tune = tune_of(parts, piece.melody, separate=request.separate)
    if tune is not None:
        tell_unheard(tune, request.duration)
    stream = MusicGenStream(
        parts,
        said,
        seconds=request.duration,
        seed=request.seed,
        rng=generator_of(request.seed, request.variation),
        settings=request.stage_settings[STAGE],
        tune=tune,
        prompt=None if piece.recording is None else codes_of(parts, piece.recording),
        clock=clock,
    )
    n_samples = stream.n_samples or 0
    waveform, _ = finish(
        joined(stream, n_samples), sample_rate=rate, seconds=samples_to_seconds(n_samples, rate)
    )
    new = waveform.samples[:, -seconds_to_samples(request.duration, rate) :]
    silent = is_silent(Waveform(new, rate))
    if silent:
        _log.warning("the clip of seed %d is silent: try another seed", request.seed)
    merit = None
    if scored:
        merit = Merit(_agreement(new, rate, wishes[0][1]), silent_share(new, rate), None)
    return Clip(
        samples=waveform.samples,
        tokens={"acoustic": stream.codes},
        prompt="; then ".join(wish.text for _, wish in wishes),
        understood={"said": [words.to_dict() for _, words in said]},
        events=_events(stream),
        merit=merit,
        seed=request.seed,
        silent=silent,
        retries=0,
        request=request,
    )


def _events(stream: MusicGenStream) -> tuple[dict[str, Any], ...]:
    """What took effect when, windows included: whoever measures seams must find them."""
    windows = [Event(seconds, "window", "the next window goes on") for seconds in stream.seams]
    ordered = sorted([*stream.events, *windows], key=lambda event: event.seconds)
    return tuple(event.to_dict() for event in ordered)


def tune_of(parts: MusicGenParts, melody: Source, *, separate: bool = False) -> Tune:
    """A recording as the tune to follow.

    Args:
        parts: Which model.
        melody: The recording.
        separate: Whether drums and bass are taken out first, by demucs.

    Raises:
        GenerationError: This is no melody model.
        AudioError: The recording cannot be read, is empty, not finite, longer than 600 s or of more
            than two channels; or it is to be separated and demucs is not installed.
    """
    if not parts.n_chroma:
        raise GenerationError(no_melody(parts.name))
    rate = parts.codec.sample_rate
    source = melody if isinstance(melody, Waveform | str | Path) else melody.waveform
    if separate:
        waveform = source if isinstance(source, Waveform) else read_audio(Path(source))
        source = separate_accompaniment(waveform)
    read = read_melody(source, sample_rate=rate)
    if read.silent:
        _log.warning("the melody is silent: no tune will be found in it")
    return Tune(read.waveform.samples, rate)


def tell_unheard(tune: Tune, seconds: float) -> None:
    """Log that music of so many seconds ends before its tune does, if that is so."""
    lasts = samples_to_seconds(tune.samples.shape[1], tune.sample_rate)
    if lasts > seconds:
        _log.warning(
            "the melody lasts %.0f s and the music %g s: the rest is not heard", lasts, seconds
        )


def codes_of(parts: MusicGenParts, recording: Waveform) -> Int[Tensor, "1 K T"]:
    """A recording in the model's codes, to be gone on from.

    Raises:
        AudioError: It is empty, not finite, or of more channels than two.
    """
    if recording.n_samples == 0 or not math.isfinite(recording.peak()):
        raise AudioError("a recording to go on from needs samples, and finite ones")
    if recording.n_channels > 2:
        raise AudioError(
            f"a recording to go on from has one or two channels, got {recording.n_channels}: mix "
            "it down"
        )
    stereo = parts.codec.n_channels == 2
    fitted = to_stereo(recording.samples) if stereo else recording.mono().samples
    fitted = resample(fitted, recording.sample_rate, parts.codec.sample_rate)
    return parts.codec.encode(fitted[None])


def generator_of(seed: int, variation: int) -> torch.Generator:
    """Random numbers of a clip."""
    return torch.Generator().manual_seed(stage_seed(seed, STAGE, variation))


def _agreement(samples: Float[Tensor, "C N"], rate: int, wish: Wish) -> float:
    """Of music and wish, in the joint space of the model in the box; 0 where there is none."""
    if not available_models():
        return 0.0
    ear = _ear()
    return ear.agreement(to_stereo(resample(samples, rate, ear.mulan.sample_rate)), wish)


@cache
def _ear() -> Meaning:
    folder = find_part(available_models()[0], "mulan")
    return Meaning(Mulan.load(folder, towers="text").eval(), folder, n_channels=2)
