"""JSON of a listening test in, checked values out: the page, its key, and a rater's answers.

The page is public and names no system; the key says which side of which trial was which system
and never lies among the files that are served; answers name only the trials of the page. This file
reads no folder and computes nothing.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from musiclm.config import Frozen

Question = Literal["text-fit", "quality"]
Side = Literal["a", "b"]

PAGE_FOLDER, KEY_FILE = "page", "key.json"
INDEX, PAGE_FILE, AUDIO_FOLDER = "index.html", "test.json", "audio"

SCALE = (
    "Strong preference for A",
    "Slight preference for A",
    "No preference",
    "Slight preference for B",
    "Strong preference for B",
)
"""Points 1 to 5."""
MIDDLE = 3
"""The point of no preference."""

TASKS: dict[Question, tuple[str, str]] = {
    "text-fit": (
        "Which clip fits the text better?",
        "Read the text, listen to A and B, and say which of them the text describes better. "
        "Judge only how well the music fits the text. Ignore the quality of the audio: noise, "
        "distortion or a dull sound must not count.",
    ),
    "quality": (
        "Which clip sounds better?",
        "Listen to A and B and say which of them sounds better. Judge the sound and the playing: "
        "noise, distortion, gaps, dull or harsh sound, rhythm or harmony that falls apart. Whether "
        "you like the kind of music must not count.",
    ),
}
"""The question and the instruction of each kind of test."""

_TRIAL = r"^[0-9]{4}$"
_TEST = r"^[0-9a-f]{16}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"


class Trial(Frozen):
    """What a rater sees and hears of one comparison."""

    id: str = Field(pattern=_TRIAL)
    prompt: str | None = None
    """The text to fit; none where sound alone is asked about."""
    a: str = Field(pattern=r"^audio/[0-9]{4}-a\.flac$")
    """Path beside the page."""
    b: str = Field(pattern=r"^audio/[0-9]{4}-b\.flac$")


class Page(Frozen):
    """All that the page knows."""

    schema_version: Literal[1] = 1
    test_id: str = Field(pattern=_TEST)
    """A checksum of trials and audio: answers say by it which test they belong to."""
    kind: Question
    question: str
    task: str
    """What raters are told to do."""
    scale: tuple[str, ...] = Field(min_length=5, max_length=5)
    trials: tuple[Trial, ...] = Field(min_length=1)


class Sides(Frozen):
    """Who is who in one trial."""

    id: str = Field(pattern=_TRIAL)
    clip: str
    """Name of the file in the folders that were compared, without suffix."""
    a: str
    """Name of the system."""
    b: str


class Key(Frozen):
    """What raters must not know."""

    schema_version: Literal[1] = 1
    test_id: str = Field(pattern=_TEST)
    musiclm_version: str
    kind: Question
    seed: int
    loudness_lufs: float | None
    """What clips were evened out to; none where they were left as they are."""
    systems: tuple[str, ...] = Field(min_length=2)
    trials: tuple[Sides, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if strange := sorted({s for t in self.trials for s in (t.a, t.b)} - set(self.systems)):
            raise ValueError(f"trials name {', '.join(strange)}, which systems does not")
        if len({trial.id for trial in self.trials}) < len(self.trials):
            raise ValueError("two trials have the same id")
        return self


class Rating(Frozen):
    """One answer."""

    trial: str = Field(pattern=_TRIAL)
    rating: int = Field(ge=1, le=5)
    """1 is a strong preference for A, 5 for B."""
    seconds: float = Field(default=0.0, ge=0)
    """How long the trial was in view."""


class Answers(Frozen):
    """What one rater sends."""

    schema_version: Literal[1] = 1
    test_id: str = Field(pattern=_TEST)
    rater: str = Field(pattern=r"^[0-9a-f]{16}$")
    """Drawn by the page at random; says nothing about the person."""
    started: str = Field(pattern=_TIME)
    finished: str = Field(pattern=_TIME)
    answers: tuple[Rating, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({each.trial for each in self.answers}) < len(self.answers):
            raise ValueError("a trial is answered twice")
        return self
