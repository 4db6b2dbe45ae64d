"""What a user asks for in, what the chain is conditioned on out: weighted texts and hard facts.

A wish is one sentence or several with weights. Numbers that it states (tempo, key, metre, "no
drums") are read by the grammar of ``prompt/`` and reach the stages as they are; everything else is
the business of the joint embedding.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from musiclm.audio.waveform import Waveform
from musiclm.errors import GenerationError
from musiclm.pipeline.names import Named, names_in
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.request import checked_prompt
from musiclm.pipeline.sound import Source, sound_of
from musiclm.prompt import PromptFacts, read_prompt, reconcile, unsupported_warning
from musiclm.prompt.ensemble import family_of
from musiclm.prompt.stream import prompt_tokens

WeightedPrompt = Sequence[tuple[str, float]]
"""Sentences with weights, negative ones for what the music should keep away from."""
Prompt = str | WeightedPrompt
Cue = tuple[float, Prompt]
"""From when on, in seconds, which prompt."""

NEGATIVE_WEIGHT = 0.5
"""Of a negative prompt, beside a prompt of weight 1."""
_LARGEST_WEIGHT = 100.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for beside the words; each wins over what the words say."""

    negative_prompt: str | None = None
    bpm: float | None = None  # 30 to 300
    key: str | None = None  # "Dm", "D minor", "ré mineur"
    metre: str | None = None  # "3/4"
    like: tuple[tuple[Source, float], ...] = ()  # music to be like, with weights


@dataclass(frozen=True, slots=True)
class Wish:
    """One clip's wish, checked."""

    parts: tuple[tuple[str, float], ...]  # texts and weights
    facts: PromptFacts
    notes: tuple[str, ...] = ()  # what the user should be told
    like: tuple[tuple[Waveform, float], ...] = ()  # music and weights
    given: tuple[tuple[str, float], ...] = ()  # texts and weights as they came, without options
    named: Named = field(default_factory=Named)  # styles and instruments

    @property
    def text(self) -> str:
        """What is wanted, in one line, for names and records."""
        wanted = [(text, weight) for text, weight in self.parts if weight > 0]
        if not wanted:
            return "(like a recording)"
        if len(wanted) == 1:
            return wanted[0][0]
        return ", ".join(f"({text}):{weight:g}" for text, weight in wanted)

    def tokens_with(self, controls: Controls) -> tuple[int, int, int, int]:
        """Codes of the hard facts, for the stages; controls say more than words."""
        facts = self.facts
        if controls.tempo is not None:
            facts = replace(facts, tempo_bpm=controls.tempo)
        tempo, key, metre, drums = prompt_tokens(facts)
        return tempo, key, metre, drums if controls.drums is None else 1 + int(controls.drums)

    def understood(self) -> dict[str, Any]:
        """What was made of the words, for the record beside the audio."""
        facts = self.facts
        found = {
            "tempo_bpm": facts.tempo_bpm,
            "pace": facts.pace,
            "key": facts.key,
            "mode": facts.mode,
            "metre": facts.metre,
            "absent": list(facts.absent),
            "styles": list(self.named.styles),
            "playing": list(self.named.playing),
            "alone": self.named.alone,
            "mixture": [list(part) for part in self.parts] if len(self.parts) > 1 else None,
        }
        return {name: value for name, value in found.items() if value}


def wishes_of(prompt: Prompt | Sequence[Prompt], options: Options | None = None) -> list[Wish]:
    """Every clip's wish: one for a sentence or a weighted list, several for a list of those.

    Raises:
        GenerationError: A text, weight or option that cannot be used; says which and why.

    Example:
        >>> [wish.text for wish in wishes_of(["calm piano", [("rock", 1), ("metal", -0.5)]])]
        ['calm piano', 'rock']
    """
    options = options or Options()
    if isinstance(prompt, str) or _is_weighted(prompt):
        return [_wish(prompt, options)]  # type: ignore[arg-type]
    if not prompt:
        raise GenerationError("there is no prompt: give at least one")
    wishes = []
    for number, one in enumerate(prompt, start=1):
        try:
            wishes.append(_wish(one, options))  # type: ignore[arg-type]
        except GenerationError as error:
            if len(prompt) == 1:
                raise
            raise GenerationError(f"prompt {number}: {error}") from None
    return wishes


def _is_weighted(prompt: Sequence[Any]) -> bool:
    return len(prompt) > 0 and isinstance(prompt[0], tuple)


def _wish(prompt: Prompt, options: Options) -> Wish:
    given: WeightedPrompt = [(prompt, 1.0)] if isinstance(prompt, str) else prompt
    like = tuple((sound_of(heard).waveform, _checked_weight(w)) for heard, w in options.like)
    if like and not any(weight > 0 for _, weight in like):
        raise GenerationError("at least one recording to be like needs a weight above 0")
    if like and prompt == "":
        # Words may be missing where music says what is wanted.
        facts, told = reconcile(
            PromptFacts(), bpm=options.bpm, key=options.key, metre=options.metre
        )
        return Wish((), facts, tuple(told), like)
    parts = [(checked_prompt(text), _checked_weight(weight)) for text, weight in given]
    if not any(weight > 0 for _, weight in parts):
        raise GenerationError("at least one prompt needs a weight above 0, to say what is wanted")
    checked = tuple(parts)
    facts, notes = _facts_of(parts)
    if options.negative_prompt is not None:
        unwanted = checked_prompt(options.negative_prompt)
        heaviest = max(weight for _, weight in parts)
        parts.append((unwanted, -NEGATIVE_WEIGHT * heaviest))
        denied = read_prompt(f"without {unwanted}").absent
        facts = replace(facts, absent=tuple(dict.fromkeys((*facts.absent, *denied))))
    facts, told = reconcile(facts, bpm=options.bpm, key=options.key, metre=options.metre)
    named = _named(checked)
    kits = [name for name in named.playing if family_of(name) == "drums"]
    if named.alone and not kits and "drums" not in facts.present:  # "Only piano" has no drums.
        facts = replace(facts, absent=tuple(dict.fromkeys((*facts.absent, "drums"))))
    return Wish(tuple(parts), facts, (*notes, *told), like, given=checked, named=named)


def checked_cues(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    """The cues of a piece of so many seconds.

    Raises:
        GenerationError: No cue at 0, times that do not rise, or one at the end or after it.
    """
    try:
        times = [float(time) for time, _ in cues]
    except (TypeError, ValueError):
        raise GenerationError(
            "cues are pairs of a time in seconds and a prompt, such as (15, 'the drums enter')"
        ) from None
    rising = all(early < late for early, late in pairwise([*times, seconds]))
    if not times or times[0] != 0 or not rising:
        raise GenerationError(
            "a story needs cues at rising times, the first at 0 and the last before the end "
            f"({seconds:g} s), got {times[:8]}"
        )
    return [(time, prompt) for time, (_, prompt) in zip(times, cues, strict=True)]


def tell_notes(wishes: Sequence[Wish]) -> None:
    """Log what users should be told about their words, once each."""
    for note in dict.fromkeys(note for wish in wishes for note in wish.notes):
        _log.warning("%s", note)


def _facts_of(parts: Sequence[tuple[str, float]]) -> tuple[PromptFacts, list[str]]:
    """Facts of all wanted texts; where two differ the heavier text is right."""
    merged = PromptFacts()
    notes: list[str] = []
    for text, weight in sorted(parts, key=lambda part: -part[1]):
        if weight <= 0:
            continue
        facts = read_prompt(text)
        notes += facts.warnings
        strange = unsupported_warning(text)
        notes += [strange] if strange else []
        merged = replace(
            merged,
            tempo_bpm=merged.tempo_bpm or facts.tempo_bpm,
            pace=merged.pace or facts.pace,
            key=merged.key or facts.key,
            mode=merged.mode or facts.mode,
            metre=merged.metre or facts.metre,
            seconds=merged.seconds or facts.seconds,
            absent=tuple(dict.fromkeys((*merged.absent, *facts.absent))),
            present=tuple(dict.fromkeys((*merged.present, *facts.present))),
        )
    return merged, notes


def _named(parts: Sequence[tuple[str, float]]) -> Named:
    """What all wanted texts name, the heaviest first."""
    named = Named()
    for text, weight in sorted(parts, key=lambda part: -part[1]):
        if weight > 0:
            named = named.joined(names_in(read_prompt(text).positive))
    return named


def _checked_weight(weight: float) -> float:
    try:
        usable = abs(weight) <= _LARGEST_WEIGHT and weight != 0
    except TypeError:
        usable = False
    if not usable:
        raise GenerationError(
            f"a weight is a number other than 0 from -{_LARGEST_WEIGHT:g} to "
            f"{_LARGEST_WEIGHT:g}, got {weight!r:.40}"
        )
    return float(weight)
