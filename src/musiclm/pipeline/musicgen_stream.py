"""Sentences with times in, MusicGen's music out a second at a time, of any length.

The published networks see 30 seconds. Longer music is written in windows that each move on 18
seconds and keep the 12 before, as audiocraft's ``extend_stride`` does; a story and a live change of
the prompt are the same windows with other words. A melody is followed in time: each window is given
the tune from where it begins, and again from its beginning where music is longer than the tune.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.codec.encodec import EncodecSession
from musiclm.decode.session import Session
from musiclm.errors import GenerationError
from musiclm.pipeline.course import Event
from musiclm.pipeline.musicgen_windows import MusicGenParts, Tune, WindowWriter, no_tune
from musiclm.pipeline.musicgen_words import Said
from musiclm.pipeline.progress import Clock
from musiclm.pipeline.request import checked_prompt, checked_seconds
from musiclm.pipeline.settings import StageSettings
from musiclm.tokens.timing import (
    frames_to_samples,
    frames_to_seconds,
    samples_to_seconds,
    seconds_to_frames,
    seconds_to_samples,
)

HOP_SECONDS = 1.0


class MusicGenStream:
    """An iterator over samples ``[C, n]``; ends with the piece, or never.

    Samples are as the codec decodes them, at no certain loudness.

    State: ``events``, what took effect when.
    """

    def __init__(
        self,
        parts: MusicGenParts,
        said: Sequence[tuple[float, Said]],
        *,
        seconds: float | None,
        seed: int,
        rng: torch.Generator,
        settings: StageSettings,
        tune: Tune | None = None,
        prompt: Int[Tensor, "1 K P"] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Begin a piece.

        Args:
            parts: Which model plays.
            said: From which second on which words; the first from 0. What guidance leads away
                from is that of the first ones.
            seconds: Of what is new; ``None`` plays until ``end``.
            seed: For the record.
            rng: Decides everything.
            settings: How codes are drawn.
            tune: To be followed, if the model can.
            prompt: Codes to go on from; they are decoded too.
            clock: Measures.
        """
        target = parts.stage.config.target
        self.seed, self.sample_rate = seed, parts.codec.sample_rate
        self.events: list[Event] = []
        self._parts, self._rate, self._tune = parts, target.frame_rate, tune
        self._clock = clock or Clock(1, seconds or 0.0)
        self._n_before = 0 if prompt is None else prompt.shape[-1]
        self._end = None if seconds is None else self._n_before + self._frames(seconds)
        self.n_samples: int | None = None
        """Of the whole, what it goes on from included; none while it has no end."""
        if seconds is not None:
            new = seconds_to_samples(seconds, self.sample_rate)
            self.n_samples = self._samples(self._n_before) + new
        self._cues = [(self._n_before + self._frames(at), words) for at, words in said]
        self._vectors: dict[str, Tensor] = {}
        unwanted = said[0][1].unwanted
        self._session: Session = parts.stage.session(
            rng,
            sampling=settings.sampling,
            guidance_scale=settings.guidance_scale,
            prompt=prompt,
            n_frames=self._end,
            negative=self._told(unwanted, 0.0) if unwanted else None,
        )
        self._writer = WindowWriter(parts.stage, self._session, self._conditions)
        self._decoding: EncodecSession = parts.codec.decode_session()
        self._n_decoded = self._n_given = 0
        self._finished = False
        for frame, words in self._cues:
            self._note(frame, words)

    def __iter__(self) -> Self:
        """The stream itself."""
        return self

    @torch.inference_mode()
    def __next__(self) -> Float[Tensor, "C n"]:
        """The next piece of music, about a second.

        Raises:
            StopIteration: The piece is over.
        """
        while not self._finished:
            piece = self._hop()
            if self.n_samples is not None:
                piece = piece[:, : self.n_samples - self._n_given]
            self._n_given += piece.shape[1]
            self._clock.progress(self._share)
            if piece.shape[1]:
                self._clock.heard()
                return piece
        raise StopIteration

    @property
    def position(self) -> float:
        """Seconds that were handed out so far."""
        return samples_to_seconds(self._n_given, self.sample_rate)

    @property
    def planned_seconds(self) -> float:
        """From where on a change takes effect."""
        return frames_to_seconds(self._session.n_written, self._rate)

    @property
    def seams(self) -> list[float]:
        """Where later windows took over so far, in seconds."""
        return [frames_to_seconds(frame, self._rate) for frame in self._writer.seams]

    @property
    def codes(self) -> Int[Tensor, "1 K T"]:
        """All that was written so far, and what it goes on from."""
        return self._session.codes

    def set_prompts(self, prompt: str, *, transition: str = "cut") -> None:
        """Let other words take over in the music that is not written yet.

        Args:
            prompt: A sentence.
            transition: ``cut``; ``bar`` is taken for it, because MusicGen knows nothing of bars.

        Raises:
            GenerationError: No sentence, or a blend.
        """
        if transition not in ("cut", "bar"):
            raise GenerationError('MusicGen changes its prompt at once: use transition "cut"')
        words = Said(checked_prompt(prompt))
        self._cues = [cue for cue in self._cues if cue[0] < self._session.n_written]
        self._cues.append((self._session.n_written, words))
        self._writer.turn()
        self._note(self._session.n_written, words)

    def set_controls(self, **changes: Any) -> None:
        """Refused: MusicGen is told words only.

        Raises:
            GenerationError: Always.
        """
        raise GenerationError(
            f"MusicGen cannot be told {', '.join(changes)} on the way: say it in a prompt"
        )

    def end(self, in_seconds: float = 8.0) -> None:
        """Stop a piece without end after so many seconds more; MusicGen writes no ending.

        Raises:
            GenerationError: The piece has an end already.
        """
        if self.n_samples is not None:
            raise GenerationError("this piece has an end already")
        seconds = checked_seconds(in_seconds, what="an end")
        self._end = self._session.n_written + self._frames(seconds)
        self.n_samples = self._samples(self._end)

    @property
    def _share(self) -> float:
        if self.n_samples is None:
            return 0.0
        before = self._samples(self._n_before)
        return max(0.0, self._n_given - before) / max(1, self.n_samples - before)

    def _hop(self) -> Float[Tensor, "C n"]:
        """Write a second more, as far as the window and the words reach, and decode it."""
        session, end = self._session, self._end
        until = max(session.n_written, self._n_before) + self._frames(HOP_SECONDS)
        until = until if end is None else min(until, end)
        while session.n_written < until:
            # A cue takes effect at its frame: a new window begins there.
            later = [at for at, _ in self._cues if at > session.n_written]
            for _ in self._clock.timed("musicgen", self._writer.write(min([until, *later]))):
                self._clock.wrote()
            if later and session.n_written == later[0]:
                self._writer.turn()
        new = session.codes[..., self._n_decoded :]
        self._n_decoded += new.shape[-1]
        self._finished = end is not None and session.n_written >= end

        def decoded() -> Iterator[Tensor]:
            yield self._decoding.push(new)
            if self._finished:
                yield self._decoding.finish()

        return torch.cat([part[0] for part in self._clock.timed("codec", decoded())], dim=-1)

    def _words_at(self, frame: int) -> Said:
        return [words for at, words in self._cues if at <= frame][-1]

    def _conditions(self, frame: int, begins: float) -> tuple[Tensor, ...]:
        """What the window that writes ``frame`` is told; it begins at so many seconds."""
        return self._told(self._words_at(frame).wanted, begins)

    def _told(self, text: str, begins: float) -> tuple[Tensor, ...]:
        if text not in self._vectors:
            with self._clock.stage("text"):
                self._vectors[text] = self._parts.texts.vectors([text])
        vectors = self._vectors[text]
        if not self._parts.n_chroma:
            return (vectors,)
        if self._tune is None:
            return no_tune(self._parts.n_chroma), vectors
        return self._tune.window(begins, self._parts.stage.config.window_seconds), vectors

    def _note(self, frame: int, words: Said) -> None:
        seconds = frames_to_seconds(frame, self._rate)
        self.events.append(Event(seconds, "prompt", words.wanted))

    def _frames(self, seconds: float) -> int:
        return seconds_to_frames(seconds, self._rate)

    def _samples(self, n_frames: int) -> int:
        return frames_to_samples(n_frames, self._rate, self.sample_rate)
