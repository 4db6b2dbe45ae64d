"""All that makes a clip what it is, as plain values: written beside the audio, and read again.

A ``Request`` is what a user asked for with every choice made: no default is left open, no seed
unsaid. ``MusicLM.make`` knows nothing else, so that whatever was made can be made again. Recordings
are named by path and checksum; the samples travel beside the request, in a ``Piece``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as change
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from musiclm.audio.waveform import Waveform
from musiclm.config import Frozen
from musiclm.decode.sampling import SamplingConfig
from musiclm.errors import GenerationError
from musiclm.pipeline.course import LONGEST_BLEND_SECONDS, Transition, checked_transition
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.request import (
    LARGEST_SEED,
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    checked_count,
    checked_duration,
    checked_seed,
)
from musiclm.pipeline.settings import StageSettings
from musiclm.pipeline.sound import Sound, Source, file_digest, sound_of
from musiclm.pipeline.wish import Cue, Options, Prompt, Wish, checked_cues, tell_notes, wishes_of

Mixture = tuple[tuple[str, float], ...]
"""Sentences with weights."""


class SoundRecord(Frozen):
    """A recording that was listened to."""

    path: str | None = None
    """As it was given; none for samples that came from memory."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the file."""


class LikeRecord(SoundRecord):
    """A recording to be like."""

    weight: float
    """Beside the words, which have weights too."""


class OptionsRecord(Frozen):
    """What was asked for beside the words."""

    negative_prompt: str | None = None
    bpm: float | None = None
    key: str | None = None
    metre: str | None = None


class ControlsRecord(Frozen):
    """What was said about time."""

    tempo: float | None = None
    beats_per_bar: int | None = None
    drums: bool | None = None
    bass: bool | None = None
    density: int | None = None
    brightness: float | None = None
    chords: str | None = None


class CueRecord(Frozen):
    """From when on which prompt."""

    at: float = Field(ge=0)
    """Seconds."""
    prompt: Mixture = Field(min_length=1)


class StageRecord(SamplingConfig):
    """How a stage drew its tokens."""

    guidance_scale: float
    """1 is none."""


class Request(Frozen):
    """One clip, wanted."""

    kind: Literal["generate", "story"]
    prompt: Mixture = ()
    """Of ``generate``; empty where a recording alone says what is wanted."""
    cues: tuple[CueRecord, ...] = ()
    """Of a ``story``."""
    transition: Transition = "bar"
    """Between the cues of a story."""
    blend_seconds: float = Field(default=4.0, gt=0, le=LONGEST_BLEND_SECONDS)
    """Of a story that blends."""
    options: OptionsRecord = OptionsRecord()
    like: tuple[LikeRecord, ...] = ()
    controls: ControlsRecord = ControlsRecord()
    continue_from: SoundRecord | None = None
    melody: SoundRecord | None = None
    """Whose tune is followed; by MusicGen's melody models only."""
    separate: bool = False
    """Whether drums and bass are taken out of the melody first."""
    duration: float = Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)
    """Seconds that are new."""
    seed: int = Field(ge=0, le=LARGEST_SEED)
    vary: tuple[str, ...] = ()
    """Stages that draw other numbers in each variation."""
    variation: int = Field(default=0, ge=0)
    """Which one, from 0."""
    settings: dict[str, StageRecord]
    """By stage name."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "story") != bool(self.cues):
            raise ValueError("cues belong to a story, and a story has at least one")
        return self

    @property
    def stage_settings(self) -> dict[str, StageSettings]:
        """By stage name, as the stages take them."""
        return {
            name: StageSettings(
                SamplingConfig(**record.model_dump(exclude={"guidance_scale"})),
                record.guidance_scale,
            )
            for name, record in self.settings.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without what was not said."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in values.items() if value not in ([], {})}


@dataclass(frozen=True, slots=True)
class Piece:
    """A request and the recordings that it names."""

    request: Request
    sounds: Mapping[str, Sound]  # by SHA-256

    @property
    def wishes(self) -> list[tuple[float, Wish]]:
        """What is wanted from which second on; the first from 0."""
        request = self.request
        like = tuple((self.sounds[each.sha256], each.weight) for each in request.like)
        options = Options(**request.options.model_dump(), like=like)
        parts = [(cue.at, cue.prompt) for cue in request.cues] or [(0.0, request.prompt)]
        return [(at, wishes_of(mixture or "", options)[0]) for at, mixture in parts]

    @property
    def controls(self) -> Controls:
        """What is said about time at first."""
        return Controls(**self.request.controls.model_dump())

    @property
    def recording(self) -> Waveform | None:
        """What is continued."""
        record = self.request.continue_from
        return None if record is None else self.sounds[record.sha256].waveform

    @property
    def melody(self) -> Waveform | None:
        """Whose tune is followed."""
        record = self.request.melody
        return None if record is None else self.sounds[record.sha256].waveform


def pieces_of(
    prompt: Prompt | Sequence[Prompt],
    *,
    settings: Mapping[str, StageSettings],
    duration: float,
    seed: int | None = None,
    num_samples: int = 1,
    options: Options | None = None,
    controls: Controls | None = None,
    vary: Sequence[str] = (),
    continue_from: Source | None = None,
    melody: Source | None = None,
    separate: bool = False,
) -> list[Piece]:
    """The clips that ``MusicLM.generate`` makes of the same arguments; nothing is made yet.

    Args:
        prompt: One wish, or a list of them.
        settings: From ``MusicLM.settings``; names the stages of the model.
        duration: Seconds.
        seed: Of the first clip.
        num_samples: Clips of each prompt.
        options: Beside the words; recordings in it are read.
        controls: Said about time.
        vary: Stages that alone draw other numbers in each clip of a prompt.
        continue_from: Music to go on from.
        melody: Music whose tune is followed.
        separate: Whether drums and bass are taken out of it first, by demucs.

    Raises:
        GenerationError: A prompt or number that cannot be used.
        AudioError: A recording that cannot be read.
    """
    options = _with_sounds(options)
    wishes = wishes_of(prompt, options)
    seconds, first_seed = checked_duration(duration), checked_seed(seed)
    count = checked_count(num_samples)
    if unknown := sorted(set(vary) - set(settings)):
        raise GenerationError(
            f"vary names {', '.join(unknown)}: this model has the stages {', '.join(settings)}"
        )
    n_clips = len(wishes) * count
    if first_seed + n_clips - 1 > LARGEST_SEED:
        raise GenerationError(f"seed {first_seed} leaves no room for {n_clips} clips")
    recording = None if continue_from is None else sound_of(continue_from)
    tune = None if melody is None else sound_of(melody)
    tell_notes(wishes)
    made = []
    for number in range(n_clips):
        place, turn = divmod(number, count)
        facts = {
            "kind": "generate",
            "prompt": wishes[place].given,
            "duration": seconds,
            "seed": first_seed + (place * count if vary else number),
            "vary": list(vary),
            "variation": turn if vary else 0,
            "separate": separate,
        }
        made.append(_piece(facts, settings, options, controls, recording, tune))
    return made


def story_of(
    cues: Sequence[Cue],
    *,
    settings: Mapping[str, StageSettings],
    duration: float,
    seed: int | None = None,
    transition: Transition = "bar",
    blend_seconds: float = 4.0,
    options: Options | None = None,
    controls: Controls | None = None,
    melody: Source | None = None,
    separate: bool = False,
) -> Piece:
    """The clip that ``MusicLM.story`` makes of the same arguments; nothing is made yet.

    Args:
        cues: Prompts with times.
        settings: As for ``pieces_of``, like the rest.
        duration: Seconds.
        seed: Of the clip.
        transition: Between cues.
        blend_seconds: How long a blend is.
        options: For all prompts.
        controls: Said about time.
        melody: Music whose tune is followed.
        separate: As for ``pieces_of``.

    Raises:
        GenerationError: A prompt, time or number that cannot be used.
    """
    options = _with_sounds(options)
    seconds = checked_duration(duration)
    checked = checked_cues(cues, seconds)
    checked_transition(transition, blend_seconds)
    wishes = [wishes_of([prompt], options)[0] for _, prompt in checked]
    tell_notes(wishes)
    facts = {
        "kind": "story",
        "cues": [
            {"at": at, "prompt": wish.given} for (at, _), wish in zip(checked, wishes, strict=True)
        ],
        "transition": transition,
        "blend_seconds": float(blend_seconds),
        "duration": seconds,
        "seed": checked_seed(seed),
        "separate": separate,
    }
    tune = None if melody is None else sound_of(melody)
    return _piece(facts, settings, options, controls, None, tune)


def _with_sounds(options: Options | None) -> Options:
    """Options whose recordings are read."""
    options = options or Options()
    return change(
        options, like=tuple((sound_of(source), weight) for source, weight in options.like)
    )


def _piece(
    facts: Mapping[str, Any],
    settings: Mapping[str, StageSettings],
    options: Options,
    controls: Controls | None,
    recording: Sound | None,
    melody: Sound | None,
) -> Piece:
    like = [(sound_of(source), weight) for source, weight in options.like]
    values = {
        **facts,
        "options": {
            name: getattr(options, name) for name in ("negative_prompt", "bpm", "key", "metre")
        },
        "like": [{**_named(sound), "weight": weight} for sound, weight in like],
        "controls": (controls or Controls()).to_dict(),
        "continue_from": None if recording is None else _named(recording),
        "melody": None if melody is None else _named(melody),
        "settings": {name: setting.to_dict() for name, setting in settings.items()},
    }
    heard = [sound for sound, _ in like] + [each for each in (recording, melody) if each]
    request = Request.from_mapping(values, source="the request")
    return Piece(request, {sound.sha256: sound for sound in heard})


def found_again(request: Request, beside: Path) -> Piece:
    """A request with its recordings, looked up where they were and beside the record.

    Args:
        request: From a record.
        beside: Folder of the record.

    Raises:
        GenerationError: A recording is missing, was changed, or never was a file.
    """
    named = (*request.like, request.continue_from, request.melody)
    records = [record for record in named if record is not None]
    sounds = {record.sha256: _look_up(record, beside) for record in records}
    return Piece(request, sounds)


def _look_up(record: SoundRecord, beside: Path) -> Sound:
    if record.path is None:
        raise GenerationError(
            "this clip was made with samples from memory, which no file holds: it can be made "
            "again in Python only"
        )
    places = (Path(record.path), beside / record.path, beside / Path(record.path).name)
    existing = [place for place in places if place.is_file()]
    for place in existing:
        if file_digest(place) == record.sha256:
            return change(sound_of(place), path=record.path)
    if existing:
        raise GenerationError(
            f"{existing[0]} is not the recording that this clip was made with (its SHA-256 "
            "differs): put the old file there"
        )
    raise GenerationError(
        f"no recording {record.path}, which this clip was made with: put it there, or beside the "
        "record"
    )


def _named(sound: Sound) -> dict[str, Any]:
    return {"path": sound.path, "sha256": sound.sha256}
