"""A published MusicGen with the habits of this package: clips, stories and streams from records.

What ``MusicLM`` is for our own chain: the command line does not tell them apart. Those who come
from audiocraft find its methods in ``musicgen.py``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from musiclm.errors import GenerationError
from musiclm.nn.precision import Precision
from musiclm.pipeline.course import Transition
from musiclm.pipeline.folder import GenerationDefaults
from musiclm.pipeline.generation import Clip, Generation
from musiclm.pipeline.making import make_all
from musiclm.pipeline.musicgen_clip import STAGE, clip_of, generator_of, tell_unheard, tune_of
from musiclm.pipeline.musicgen_load import load_musicgen
from musiclm.pipeline.musicgen_stream import MusicGenStream
from musiclm.pipeline.musicgen_windows import MusicGenParts
from musiclm.pipeline.musicgen_words import said_of
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.progress import Clock, OnProgress
from musiclm.pipeline.record import Piece, pieces_of, story_of
from musiclm.pipeline.request import PerStage, checked_duration, checked_seed
from musiclm.pipeline.settings import StageSettings, stage_settings
from musiclm.pipeline.sound import Source
from musiclm.pipeline.wish import Cue, Options, Prompt, tell_notes, wishes_of

GUIDANCE_SCALE = 3.0
"""Of the published models (arXiv 2306.05284, sec. 3.1)."""


class MusicGenModel:
    """``make`` maps records to a ``Generation``; the same seed gives the same bytes.

    State: none but the weights.
    """

    def __init__(self, parts: MusicGenParts) -> None:
        self.parts = parts
        self.name, self.version = parts.name, "published"
        self.weights_sha256, self.precision = parts.sha256, str(parts.precision)
        self.sample_rate = parts.codec.sample_rate
        self.defaults = GenerationDefaults(guidance_scale={STAGE: GUIDANCE_SCALE})

    @classmethod
    def from_pretrained(
        cls, name_or_folder: str | Path, *, precision: Precision | None = None
    ) -> Self:
        """Load a checkpoint, from the hub's cache, the hub, or a folder.

        Args:
            name_or_folder: Such as ``facebook/musicgen-small``.
            precision: Of the language model; by default bfloat16 where the processor has it.

        Raises:
            ModelNotFoundError: There is no such checkpoint.
            ArtifactError: A file is missing, altered, pickled, or of another model.
            ConfigError: The extra ``hf`` is not installed.
        """
        return cls(load_musicgen(name_or_folder, precision=precision))

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What temperatures, guidance scales and variations may be given for."""
        return (STAGE,)

    @property
    def licence(self) -> str:
        """Of the weights, and so of what may be done with the music."""
        return self.parts.licence

    def settings(
        self,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
    ) -> dict[str, StageSettings]:
        """How the stage draws its codes where these are asked for."""
        return stage_settings(
            (self.parts.stage,),
            self.defaults,
            temperature=temperature,
            top_k=top_k,
            guidance_scale=guidance_scale,
        )

    def generate(
        self,
        prompt: Prompt | Sequence[Prompt],
        *,
        duration: float = 10.0,
        seed: int | None = None,
        num_samples: int = 1,
        options: Options | None = None,
        controls: Controls | None = None,
        continue_from: Source | None = None,
        melody: Source | None = None,
        separate: bool = False,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """As ``MusicLM.generate``; everything that is asked for reaches the model as words.

        Args:
            prompt: What the music should be like.
            duration: Seconds of each clip, 1 to 600.
            seed: Random if not given; clip ``i`` uses ``seed + i``.
            num_samples: Clips of each prompt.
            options: Negative prompt, tempo, key and metre.
            controls: Tempo, bars, chords, players and brightness.
            continue_from: Music that each clip goes on from; the result begins with it.
            melody: Music whose tune is followed; melody models only.
            separate: Whether drums and bass are taken out of it first, by the package demucs.
            temperature: More is more varied, 0 takes the likeliest.
            top_k: Draw from that many likeliest codes; 0 is all.
            guidance_scale: More follows the prompt more closely, 1 is none.
            on_progress: Told where the generation stands.

        Raises:
            GenerationError: A prompt or number that cannot be used; says which and why.
            AudioError: Music that cannot be read.
        """
        pieces = pieces_of(
            prompt,
            settings=self.settings(temperature, top_k, guidance_scale),
            duration=duration,
            seed=seed,
            num_samples=num_samples,
            options=options,
            controls=controls,
            continue_from=continue_from,
            melody=melody,
            separate=separate,
        )
        return self.make(pieces, on_progress=on_progress)

    def story(
        self,
        cues: Sequence[Cue],
        *,
        duration: float,
        seed: int | None = None,
        transition: Transition = "cut",
        blend_seconds: float = 4.0,
        options: Options | None = None,
        controls: Controls | None = None,
        melody: Source | None = None,
        separate: bool = False,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """As ``MusicLM.story``; at each cue a window begins that is told the new words.

        Whatever the transition, words change at the time of the cue: MusicGen knows no bars, and
        what it plays then goes on from the 12 seconds before.

        Args:
            cues: ``[(0, "calm piano"), (15, "the drums enter")]``.
            duration: Seconds of the whole.
            seed: As for ``generate``, like the rest.
            transition: Noted in the record only.
            blend_seconds: Noted in the record only.
            options: For all prompts.
            controls: From the beginning on.
            melody: Music whose tune is followed.
            separate: As for ``generate``.
            temperature: As for ``generate``.
            top_k: As for ``generate``.
            guidance_scale: As for ``generate``.
            on_progress: As for ``generate``.

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
            melody=melody,
            separate=separate,
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
        melody: Source | None = None,
        separate: bool = False,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
    ) -> MusicGenStream:
        """As ``MusicLM.stream``: an iterator over samples, with an end or without.

        Args:
            prompt: One wish.
            duration: Seconds; without it the music goes on until ``MusicGenStream.end``.
            seed: As for ``generate``, like the rest.
            options: As for ``generate``.
            controls: As for ``generate``.
            melody: As for ``generate``.
            separate: As for ``generate``.
            temperature: As for ``generate``.
            top_k: As for ``generate``.
            guidance_scale: As for ``generate``.

        Raises:
            GenerationError: As ``generate``.
        """
        wishes = wishes_of(prompt, options)
        if len(wishes) != 1:
            raise GenerationError(f"a stream plays one prompt, got {len(wishes)}: weight them")
        chosen = checked_seed(seed)
        said = said_of(wishes[0], options or Options(), controls or Controls())
        seconds = None if duration is None else checked_duration(duration)
        tune = None if melody is None else tune_of(self.parts, melody, separate=separate)
        if tune is not None and seconds is not None:
            tell_unheard(tune, seconds)
        tell_notes(wishes)
        return MusicGenStream(
            self.parts,
            [(0.0, said)],
            seconds=seconds,
            seed=chosen,
            rng=generator_of(chosen, 0),
            settings=self.settings(temperature, top_k, guidance_scale)[STAGE],
            tune=tune,
        )

    def make(
        self,
        pieces: Sequence[Piece],
        *,
        scored: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """Make clips from their records.

        Args:
            pieces: Equally long.
            scored: Whether to tell how well each clip agrees with its prompt, by the ear of the
                model in the box: MusicGen brings none.
            on_progress: As for ``generate``.

        Raises:
            GenerationError: Clips of different lengths or of another model's stages.
        """

        def clip(piece: Piece, clock: Clock) -> Clip:
            return clip_of(self.parts, piece, clock, scored=scored)

        return make_all(self, pieces, clip, on_progress=on_progress, licence=self.licence)
