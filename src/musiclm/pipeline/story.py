"""A score in, its cues out, checked: prompts with times, from Python or from a TOML file."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from musiclm.config import Frozen, read_toml
from musiclm.pipeline.course import LONGEST_BLEND_SECONDS, Transition
from musiclm.pipeline.plan import Controls, chord_bars
from musiclm.pipeline.request import (
    LARGEST_SEED,
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    checked_prompt,
)
from musiclm.pipeline.wish import Cue, Options, checked_cues
from musiclm.prompt.metre import METRES
from musiclm.prompt.options import parse_key


class ScoreCue(Frozen):
    """A ``[[cue]]`` of a score."""

    at: float = Field(ge=0)
    """Seconds from the beginning."""
    prompt: Annotated[str, AfterValidator(checked_prompt)]
    """What the music is like from then on."""


class Score(Frozen):
    """A story as a TOML file."""

    duration: float = Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)
    """Seconds of the whole."""
    seed: int | None = Field(default=None, ge=0, le=LARGEST_SEED)
    """Random if not given."""
    transition: Transition = "bar"
    """How a cue takes over: at once, little by little, or on the next bar line."""
    blend_seconds: float = Field(default=4.0, gt=0, le=LONGEST_BLEND_SECONDS)
    """How long little by little is."""
    bpm: float | None = Field(default=None, ge=30, le=300)
    """Tempo; wins over the prompts."""
    key: str | None = None
    """Such as ``Dm``; wins over the prompts."""
    metre: str | None = None
    """Such as ``3/4``; wins over the prompts."""
    chords: str | None = None
    """Such as ``Am F | C | G``: bars, repeated."""
    cue: tuple[ScoreCue, ...] = Field(min_length=1)
    """In rising order, the first at 0."""

    @field_validator("key")
    @classmethod
    def _a_key(cls, key: str | None) -> str | None:
        if key is not None:
            parse_key(key)
        return key

    @field_validator("metre")
    @classmethod
    def _a_metre(cls, metre: str | None) -> str | None:
        if metre is not None and metre.replace(" ", "") not in METRES:
            raise ValueError(f"metre must be one of {', '.join(METRES)}")
        return metre

    @field_validator("chords")
    @classmethod
    def _a_chart(cls, chords: str | None) -> str | None:
        if chords is not None:
            chord_bars(chords)
        return chords

    @field_validator("cue")
    @classmethod
    def _rising(cls, cues: tuple[ScoreCue, ...]) -> tuple[ScoreCue, ...]:
        times = [cue.at for cue in cues]
        if times and (times[0] != 0 or times != sorted(set(times))):
            raise ValueError(f"cues need rising times, the first at 0, got {times[:8]}")
        return cues

    @model_validator(mode="after")
    def _inside(self) -> Self:
        checked_cues(self.cues, self.duration)
        return self

    @property
    def cues(self) -> list[Cue]:
        """As ``MusicLM.story`` takes them."""
        return [(cue.at, cue.prompt) for cue in self.cue]

    @property
    def options(self) -> Options:
        """As ``MusicLM.story`` takes them."""
        return Options(bpm=self.bpm, key=self.key, metre=self.metre)

    @property
    def controls(self) -> Controls:
        """As ``MusicLM.story`` takes them."""
        return Controls(chords=self.chords)


def read_score(path: Path) -> Score:
    """Read a score.

    Raises:
        ConfigError: Missing, no TOML, or impossible; lists every fault.
    """
    return Score.from_mapping(read_toml(path), source=str(path))
