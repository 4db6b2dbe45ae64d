"""A sentence in, finished stereo music out: the whole chain, one class.

The chain is MuLan tokens and hard facts, semantic tokens, acoustic codes, samples; how a piece runs
through it a second at a time is ``stream.py``, what it is told when ``course.py``. Which networks
stand behind the acoustic arrow (one model over all levels, or coarse and fine, or a parallel
decoder), and whether there is a semantic stage before it, is the model folder's business. Training
and evaluation are elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.errors import GenerationError
from musiclm.mulan.model import Mulan
from musiclm.nn.precision import Precision
from musiclm.pipeline.beginning import Continuer
from musiclm.pipeline.course import Transition
from musiclm.pipeline.director import Director
from musiclm.pipeline.folder import find_model
from musiclm.pipeline.generation import Clip, Generation
from musiclm.pipeline.listen import listen
from musiclm.pipeline.load import Parts, load_model
from musiclm.pipeline.making import make_all
from musiclm.pipeline.meaning import Meaning
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.progress import Clock, OnProgress
from musiclm.pipeline.record import Piece, pieces_of, story_of
from musiclm.pipeline.request import PerStage, checked_duration, checked_seed, no_melody
from musiclm.pipeline.settings import StageSettings, stage_settings
from musiclm.pipeline.sound import Source
from musiclm.pipeline.stream import MusicStream
from musiclm.pipeline.wish import Cue, Options, Prompt, tell_notes, wishes_of
from musiclm.prompt.timeline import TIMELINE_STREAM

__all__ = ["Cue", "MusicLM"]


class MusicLM:
    """The assembled chain: ``generate`` maps prompts to a ``Generation``.

    Holds no state between calls: the same seed, settings, machine and number of threads give the
    same bytes, whatever was generated before, alone or among other prompts.
    """

    def __init__(self, parts: Parts) -> None:
        self.name = parts.description.name
        self.version = parts.description.version
        self.weights_sha256 = parts.sha256
        self.defaults = parts.description.defaults
        self.semantic = parts.semantic  # None in a model of one stage, as MusicGen is
        self.acoustic = parts.acoustic
        self.stages = parts.stages  # all, in the order in which they run
        self.codec = parts.codec
        self._meaning = Meaning(parts.mulan, parts.mulan_folder, n_channels=parts.codec.n_channels)
        follows = any(TIMELINE_STREAM in stage.config.conditions for stage in self.stages)
        self._director = Director(parts.mulan, self._meaning, follows=follows)
        self._continuer = Continuer(parts.tokenizer_folder, parts.codec, self.stages)

    @classmethod
    def from_pretrained(
        cls, name_or_folder: str | Path = "small", *, precision: Precision | None = None
    ) -> Self:
        """Load the model in the box, or one from a folder, after verifying every byte.

        Args:
            name_or_folder: ``"small"``, or a folder that holds ``model.json``.
            precision: Of the stages' weights; by default what this processor computes fastest.

        Raises:
            ModelNotFoundError: There is no such model.
            ArtifactError: A file is missing, altered or cut off.
            StreamMismatchError: The parts were not trained together.
        """
        return cls(load_model(find_model(name_or_folder), precision=precision))

    @property
    def sample_rate(self) -> int:
        """Of the music, Hz."""
        return self.codec.sample_rate

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What temperatures, guidance scales and variations may be given for."""
        return tuple(stage.config.name for stage in self.stages)

    @property
    def codec_levels(self) -> int | None:
        """Levels that are decoded, from the coarsest; ``None`` for all."""
        return self.defaults.codec_levels

    @property
    def mulan(self) -> Mulan:
        """The joint embedding; its audio tower is there once music was listened to."""
        return self._meaning.mulan

    @property
    def precision(self) -> str:
        """In which the stages compute, such as ``int8``: bytes depend on it."""
        return self.stages[0].precision

    def generate(
        self,
        prompt: Prompt | Sequence[Prompt],
        *,
        duration: float = 10.0,
        seed: int | None = None,
        num_samples: int = 1,
        options: Options | None = None,
        controls: Controls | None = None,
        vary: Sequence[str] = (),
        continue_from: Source | None = None,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """Make music from one sentence, from several, or from a mixture with weights.

        Clips are made one after the other: clip ``i`` uses ``seed + i`` and is the same, to the
        bit, as a call with that prompt and seed alone.

        Args:
            prompt: What the music should be like, at most 2,000 characters; a list of them makes
                a clip of each; ``[("calm piano", 1.0), ("rain", 0.5), ("drums", -0.5)]`` is one
                wish. Numbers in it (120 bpm, D minor, 3/4, no drums) are taken at their word.
            duration: Seconds of each clip, 1 to 600.
            seed: Random if not given; the result tells which.
            num_samples: Clips of each prompt; with more than one, each gets a score that tells
                how well it agrees with its prompt, and ``ranking`` says which is best.
            options: Negative prompt, tempo, key and metre, which win over the words; music to be
                like, beside which the prompt may be ``""``.
            controls: Tempo, bars, chords, players and brightness from the beginning on.
            vary: Names of stages. Clips of one prompt then share the seed, and only these stages
                draw other numbers: ``["acoustic"]`` keeps the structure and changes the sound.
            continue_from: Music, or a file of it, that each clip goes on from; ``duration`` is
                what is new. The result begins with that music.
            temperature: More is more varied; for all stages, or by name. 0 takes the likeliest.
            top_k: Draw from that many likeliest tokens; for all stages, or by name. 0 is all.
            guidance_scale: More follows the prompt more closely, 1 is none; all, or by name.
            on_progress: Told where the generation stands; an exception from it stops the work.

        Raises:
            GenerationError: A prompt or number that cannot be used; says which and why.
            AudioError: A file of music that cannot be read.
        """
        pieces = pieces_of(
            prompt,
            settings=self.settings(temperature, top_k, guidance_scale),
            duration=duration,
            seed=seed,
            num_samples=num_samples,
            options=options,
            controls=controls,
            vary=vary,
            continue_from=continue_from,
        )
        return self.make(pieces, scored=num_samples > 1, on_progress=on_progress)

    def story(
        self,
        cues: Sequence[Cue],
        *,
        duration: float,
        seed: int | None = None,
        transition: Transition = "bar",
        blend_seconds: float = 4.0,
        options: Options | None = None,
        controls: Controls | None = None,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """Make one piece from prompts with times.

        Args:
            cues: ``[(0, "calm piano"), (15, "the drums enter"), (30, "full orchestra")]``; the
                first one begins at 0.
            duration: Seconds of the whole, 1 to 600.
            seed: As for ``generate``.
            transition: ``cut`` at the time itself, ``blend`` from there on little by little, or
                on the next ``bar`` line.
            blend_seconds: How long little by little is.
            options: As for ``generate``, for all prompts.
            controls: As for ``generate``, from the beginning on.
            temperature: As for ``generate``.
            top_k: As for ``generate``.
            guidance_scale: As for ``generate``.
            on_progress: As for ``generate``.

        Returns:
            One clip, whose ``events`` tell when each prompt took effect.

        Raises:
            GenerationError: As ``generate``; or no cue at 0, or one after the end.
        """
        piece = story_of(
            cues,
            settings=self.settings(temperature, top_k, guidance_scale),
            duration=duration,
            seed=seed,
            transition=transition,
            blend_seconds=blend_seconds,
            options=options,
            controls=controls,
        )
        return self.make([piece], on_progress=on_progress)

    def stream(
        self,
        prompt: Prompt,
        *,
        duration: float | None = None,
        seed: int | None = None,
        options: Options | None = None,
        controls: Controls | None = None,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
    ) -> MusicStream:
        """Make music while it is listened to: an iterator over samples ``[C, n]``.

        Joined, the pieces are what ``generate`` makes of the same seed and settings before it
        normalizes loudness.

        Args:
            prompt: As for ``generate``, one wish.
            duration: Seconds; without it the music goes on until ``MusicStream.end``.
            seed: As for ``generate``.
            options: As for ``generate``.
            controls: As for ``generate``.
            temperature: As for ``generate``.
            top_k: As for ``generate``.
            guidance_scale: As for ``generate``.

        Raises:
            GenerationError: As ``generate``.
        """
        wishes = wishes_of(prompt, options)
        if len(wishes) != 1:
            raise GenerationError(f"a stream plays one prompt, got {len(wishes)}: weight them")
        seconds = None if duration is None else checked_duration(duration)
        chosen = checked_seed(seed)
        settings = self.settings(temperature, top_k, guidance_scale)
        tell_notes(wishes)
        course = self._director.course(
            wishes[0], controls or Controls(), seconds=seconds, seed=chosen, continued=None
        )
        return MusicStream(self, course, seconds=seconds, seed=chosen, settings=settings)

    def make(
        self,
        pieces: Sequence[Piece],
        *,
        scored: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """Make clips from their records: what ``generate``, ``story`` and replaying have in common.

        Args:
            pieces: Equally long.
            scored: Whether to tell how well each clip agrees with its prompt.
            on_progress: As for ``generate``.

        Raises:
            GenerationError: Clips of different lengths or of another model's stages.
        """
        if any(piece.melody is not None for piece in pieces):
            raise GenerationError(no_melody(self.name))

        def clip(piece: Piece, clock: Clock) -> Clip:
            return self._clip(piece, clock, scored=scored)

        return make_all(self, pieces, clip, on_progress=on_progress)

    def score(self, samples: Float[Tensor, "C N"], prompt: Prompt) -> float:
        """How well music agrees with a prompt: cosine in the joint space, each around its mean.

        Args:
            samples: At ``sample_rate``.
            prompt: One wish.
        """
        return self._meaning.agreement(samples, wishes_of(prompt)[0])

    def settings(
        self,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
    ) -> dict[str, StageSettings]:
        """How each stage draws its tokens where these are asked for."""
        return stage_settings(
            self.stages,
            self.defaults,
            temperature=temperature,
            top_k=top_k,
            guidance_scale=guidance_scale,
        )

    def _clip(self, piece: Piece, clock: Clock, *, scored: bool) -> Clip:
        """One clip, from its record alone."""
        request, (first, *later) = piece.request, piece.wishes
        with clock.stage("mulan"), torch.inference_mode():
            continued = None
            if piece.recording is not None:
                continued = self._continuer.prepare(piece.recording)
            course = self._director.course(
                first[1],
                piece.controls,
                seconds=request.duration,
                seed=request.seed,
                continued=continued,
            )
        for at, wish in later:
            course.cue(at, wish, transition=request.transition, blend_seconds=request.blend_seconds)
        stream = MusicStream(
            self,
            course,
            seconds=course.timeline.end_seconds,
            seed=request.seed,
            settings=request.stage_settings,
            variations=dict.fromkeys(request.vary, request.variation),
            beginning=None if continued is None else continued.beginning,
            clock=clock,
        )
        return listen(
            stream,
            piece,
            continued=continued,
            agreement=self._meaning.agreement if scored else None,
        )
