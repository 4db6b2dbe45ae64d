"""What a user asks for in, a checked request out: everything that can be wrong is said here.

No torch: the command line checks a request before it spends seconds on loading a model.
"""

import hashlib
import math
import secrets
import unicodedata
from collections.abc import Mapping, Sequence

from musiclm.errors import GenerationError

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 600.0
LONGEST_PROMPT = 2_000
LARGEST_SEED = 2**63 - 1
LARGEST_GUIDANCE = 20.0
LARGEST_TEMPERATURE = 10.0

PerStage = float | Mapping[str, float]
"""One number for every stage, or a number by stage name."""


def checked_prompt(prompt: str) -> str:
    r"""The prompt in composed Unicode with single spaces.

    Raises:
        GenerationError: Empty, too long, or with characters that are no text.

    Example:
        >>> checked_prompt("  calm\n piano ")
        'calm piano'
    """
    if not isinstance(prompt, str):
        raise GenerationError(f"a prompt must be text, got {type(prompt).__name__}")
    if len(prompt) > LONGEST_PROMPT:
        raise GenerationError(
            f"the prompt has {len(prompt):,} characters, at most {LONGEST_PROMPT:,} are read: "
            "shorten it to what the music should be like"
        )
    for position, letter in enumerate(prompt):
        category = unicodedata.category(letter)
        if category == "Cs":
            raise GenerationError(
                f"the prompt holds a broken character at position {position + 1} "
                f"(U+{ord(letter):04X}): write it as valid UTF-8"
            )
        if category == "Cc" and not letter.isspace():
            raise GenerationError(
                f"the prompt holds a control character at position {position + 1} "
                f"(U+{ord(letter):04X}): remove it"
            )
    words = " ".join(unicodedata.normalize("NFC", prompt).split())
    if not any(unicodedata.category(letter)[0] in "LNSP" for letter in words):
        raise GenerationError('the prompt is empty: describe the music, for example "calm piano"')
    return words


def checked_prompts(prompts: str | Sequence[str]) -> tuple[str, ...]:
    """One prompt or several, each checked; the message names the one at fault."""
    if isinstance(prompts, str):
        return (checked_prompt(prompts),)
    if not prompts:
        raise GenerationError("there is no prompt: give at least one")
    checked = []
    for number, prompt in enumerate(prompts, start=1):
        try:
            checked.append(checked_prompt(prompt))
        except GenerationError as error:
            if len(prompts) == 1:
                raise
            raise GenerationError(f"prompt {number}: {error}") from None
    return tuple(checked)


def checked_duration(duration: float) -> float:
    """The duration in seconds.

    Raises:
        GenerationError: Not a number from 1 to 600.
    """
    try:
        within = SHORTEST_SECONDS <= duration <= LONGEST_SECONDS
    except TypeError:
        within = False
    if not within:
        raise GenerationError(
            f"duration must be from {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} seconds, "
            f"got {_shown(duration)}: choose a duration in that range"
        )
    return float(duration)


def checked_seed(seed: int | None) -> int:
    """The seed, or a random one of 32 bits where none is given."""
    if seed is None:
        return secrets.randbelow(2**32)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise GenerationError(
            f"seed must be a whole number from 0 to {LARGEST_SEED}, got {_shown(seed)}"
        )
    return seed


def checked_seconds(seconds: float, *, what: str) -> float:
    """Seconds that ``what`` takes, 1 to the longest duration.

    Raises:
        GenerationError: Not a number in that range.
    """
    if not _finite(seconds) or not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise GenerationError(
            f"{what} takes {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} seconds, got "
            f"{_shown(seconds)}"
        )
    return float(seconds)


def stage_seed(seed: int, stage: str, variation: int = 0) -> int:
    """The seed of one stage of a clip; with another variation it draws other numbers.

    Each stage has its own, so that the sound may be drawn anew and the structure kept.
    """
    text = f"{seed}/{stage}/{variation}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


def checked_count(n_samples: int) -> int:
    """How many clips to make of each prompt."""
    if isinstance(n_samples, bool) or not isinstance(n_samples, int) or not 1 <= n_samples <= 1000:
        raise GenerationError(f"num_samples must be from 1 to 1000, got {_shown(n_samples)}")
    return n_samples


def checked_guidance(scale: float) -> float:
    """The guidance scale: 1 is none, more follows the prompt more closely."""
    if not _finite(scale) or not 0 <= scale <= LARGEST_GUIDANCE:
        raise GenerationError(
            f"guidance scale must be from 0 to {LARGEST_GUIDANCE:g}, got {_shown(scale)}: "
            "1 means none, 3 is usual"
        )
    return float(scale)


def checked_temperature(value: float) -> float:
    """The temperature: more is more varied, 0 always takes the likeliest token."""
    if not _finite(value) or not 0 <= value <= LARGEST_TEMPERATURE:
        raise GenerationError(
            f"temperature must be from 0 to {LARGEST_TEMPERATURE:g}, got {_shown(value)}: "
            "1 is usual, 0 always takes the likeliest token"
        )
    return float(value)


def checked_top_k(value: float) -> int:
    """How many of the likeliest tokens may be drawn; 0 means all."""
    if not _finite(value) or value != int(value) or not 0 <= value <= 65_536:
        raise GenerationError(f"top-k must be a whole number from 0 (all), got {_shown(value)}")
    return int(value)


def by_stage(given: PerStage | None, stages: Sequence[str], *, what: str) -> dict[str, float]:
    """Spread one number over all stages, or check a number by name.

    Raises:
        GenerationError: A name that is no stage of the model.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return dict.fromkeys(stages, given)
    if unknown := sorted(set(given) - set(stages)):
        raise GenerationError(
            f"{what} given for {', '.join(unknown)}: this model has the stages {', '.join(stages)}"
        )
    return dict(given)


def no_melody(model: str) -> str:
    """The message for a tune that a model cannot follow."""
    return f'"{model}" follows no melody: use a melody model, such as facebook/musicgen-melody'


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: object) -> str:
    """A value short enough for a message."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
