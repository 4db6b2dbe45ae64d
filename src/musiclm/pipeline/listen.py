"""A stream in, listened to until its end; a finished clip out."""

import logging
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.loudness import is_silent
from musiclm.audio.waveform import Waveform
from musiclm.pipeline.beginning import Continued
from musiclm.pipeline.finish import finish
from musiclm.pipeline.generation import Clip
from musiclm.pipeline.rank import Merit, beat_contrast, silent_share
from musiclm.pipeline.record import Piece
from musiclm.pipeline.stream import MusicStream
from musiclm.pipeline.wish import Wish
from musiclm.tokens.timing import seconds_to_samples

Agreement = Callable[[Tensor, Wish], float]

_log = logging.getLogger(__name__)


def listen(
    stream: MusicStream,
    piece: Piece,
    *,
    continued: Continued | None = None,
    agreement: Agreement | None = None,
) -> Clip:
    """Take all that a stream gives, and finish it.

    Args:
        stream: At its beginning; has an end.
        piece: What is being made.
        continued: The recording that it goes on from.
        agreement: How to tell that music meets a wish; without it clips are not compared.
    """
    request, wishes, rate = piece.request, piece.wishes, stream.sample_rate
    n_new = seconds_to_samples(request.duration, rate) + stream.overlap
    began = 0.0
    if continued is None:
        # Not kept here meanwhile: ten minutes of samples should not be in memory three times.
        waveform, silent = finish(joined(stream, n_new), sample_rate=rate, seconds=request.duration)
        new = waveform.samples
    else:
        began = continued.began
        played = joined(stream, n_new)
        waveform = continued.join(played, overlap=stream.overlap, rate=rate)
        new = waveform.samples[:, -seconds_to_samples(request.duration, rate) :]
        silent = is_silent(Waveform(new, rate))
    if silent:
        _log.warning("the clip of seed %d is silent: try another seed", stream.seed)
    merit = None
    if agreement is not None:
        timeline = stream.tokens["timeline"][0]
        timeline = timeline[:, 0 if continued is None else continued.beginning.n_frames :]
        merit = Merit(
            agreement(new, wishes[0][1]),
            silent_share(new, rate),
            beat_contrast(new, rate, timeline),
        )
    return Clip(
        samples=waveform.samples,
        tokens=stream.tokens,
        prompt="; then ".join(wish.text for _, wish in wishes),
        understood=wishes[0][1].understood(),
        events=tuple(
            {**event.to_dict(), "seconds": round(event.seconds + began, 3)}
            for event in stream.events
        ),
        merit=merit,
        seed=stream.seed,
        silent=silent,
        retries=stream.retries,
        request=request,
    )


def joined(stream: Iterable[Tensor], n_samples: int) -> Float[Tensor, "C n"]:
    """All samples of a stream that should give so many, without holding them twice."""
    whole: Tensor | None = None
    filled = 0
    for part in stream:
        if whole is None:
            whole = torch.zeros(part.shape[0], n_samples)
        part = part[:, : n_samples - filled]
        whole[:, filled : filled + part.shape[1]] = part
        filled += part.shape[1]
    return torch.zeros(1, 0) if whole is None else whole[:, :filled]
