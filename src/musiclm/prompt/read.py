"""A prompt in, its hard facts out: tempo, key, metre, duration, and what it rules out.

Nothing here guesses: what is not said outright stays open, and no text is ever an error. The time
is linear in the length of the text.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from musiclm.prompt.duration import duration_at
from musiclm.prompt.facts import Negation, PromptFacts, Span, key_name, stretches
from musiclm.prompt.found import Found
from musiclm.prompt.keys import NOTE_WORDS, key_at
from musiclm.prompt.language import language_of
from musiclm.prompt.metre import METRES, metre_at
from musiclm.prompt.negation import Denial, affirmed, denials
from musiclm.prompt.numbers import spelled_numbers
from musiclm.prompt.pace import pace_of
from musiclm.prompt.positive import without
from musiclm.prompt.tempo import tempo_at
from musiclm.prompt.text import Tokens, tokens_of
from musiclm.prompt.words import table

_SECTIONS = ("metre", "metre.end", "tempo", "beat", "between", "half", "key", "in", "scale",
             "mode", "mode.alone", "mode.word")  # fmt: skip


def read_prompt(text: str) -> PromptFacts:
    """Read what a prompt states as fact, in any of six languages or several at once.

    Example:
        >>> facts = read_prompt("Une valse en ré mineur, 90 bpm, no drums")
        >>> facts.key, facts.mode, facts.tempo_bpm, facts.absent
        ('D', 'minor', 90.0, ('drums',))
        >>> facts.positive
        'Une valse en ré mineur, 90 bpm'
    """
    tokens = tokens_of(text)
    language = language_of(tokens)
    found = _facts(tokens, german=language == "de")
    places = {fact.first: fact.after for fact in found}
    denied = denials(tokens, places, portuguese=language == "pt")
    ruled_out = {denial.thing for denial in denied if denial.fact}
    found = [fact for fact in found if fact.first not in ruled_out]
    warnings: list[str] = []
    tempo = _first(found, "tempo", warnings)
    metre = _first(found, "metre", warnings)
    seconds = _first(found, "duration", warnings)
    key, mode = _key(found, warnings)
    if metre is not None and metre.value not in METRES:
        warnings.append(f"the composed music has no {metre.value}, only {', '.join(METRES)}")
    warnings += _wanted_too(tokens, denied)
    negated = tuple(_negation(tokens, denial) for denial in denied)
    absent = tuple(dict.fromkeys(denial.group for denial in denied if denial.group))
    return PromptFacts(
        tempo_bpm=float(tempo.value) if tempo and not isinstance(tempo.value, tuple) else None,
        pace=pace_of(tokens, denied, language=language),
        key=key,
        mode=mode,
        metre=str(metre.value) if metre else None,
        seconds=float(seconds.value) if seconds and not isinstance(seconds.value, tuple) else None,
        absent=absent,
        present=tuple(sorted(affirmed(tokens, denied) - set(absent))),
        negated=negated,
        spans=_spans(tokens, found, denied),
        warnings=tuple(warnings),
        positive=without(text, stretches(negated)),
    )


def _facts(tokens: Tokens, *, german: bool) -> list[Found]:
    """Every fact of the text in order; none overlaps another."""
    found: list[Found] = []
    starts = _starts()
    index = 0
    while index < len(tokens.words):
        word = tokens.words[index]
        if word not in starts and not word[0].isdecimal():
            index += 1
            continue
        fact = (
            metre_at(tokens, index)
            or tempo_at(tokens, index)
            or key_at(tokens, index, german=german)
            or duration_at(tokens, index)
        )
        if fact is not None:
            found.append(fact)
        index = fact.after if fact is not None else index + 1
    return found


@cache
def _starts() -> frozenset[str]:
    """Every word that a fact can begin with, besides digits: most words are none."""
    tables = [table(section) for section in _SECTIONS] + [spelled_numbers()]
    return NOTE_WORDS.union(*(each.first_words() for each in tables))


def _first(found: Iterable[Found], kind: str, warnings: list[str]) -> Found | None:
    """The first fact of a kind that can be, with a warning about impossible and further ones."""
    facts = [fact for fact in found if fact.kind == kind]
    faults = dict.fromkeys(fact.fault for fact in facts if fact.fault)
    warnings += list(faults)[:1]
    sound = [fact for fact in facts if not fact.fault]
    others = [fact for fact in sound if fact.value != sound[0].value]
    if others:
        first, other = _said(sound[0]), _said(others[0])
        warnings.append(f"the prompt says both {first} and {other}: the first is taken")
    return sound[0] if sound else None


def _said(fact: Found) -> str:
    """A fact for people."""
    if isinstance(fact.value, tuple):
        return key_name(*fact.value)
    units = {"tempo": " bpm", "duration": " s"}
    value = f"{fact.value:g}" if isinstance(fact.value, float) else fact.value
    return value + units.get(fact.kind, "")


def _key(found: Iterable[Found], warnings: list[str]) -> tuple[str | None, str | None]:
    """Key and mode; "in a minor key, in D" says half of it twice."""
    facts = [fact for fact in found if fact.kind == "key"]
    pairs = [fact.value for fact in facts if isinstance(fact.value, tuple)]
    whole = [pair for pair in pairs if pair[0]]
    key, mode = whole[0] if whole else (None, None)
    for other, with_mode in pairs:
        mode = mode or (with_mode if other in (None, key) else None)
    for other, with_mode in pairs:
        if (other and other != key) or (with_mode and with_mode != mode):
            said, also = key_name(key, mode), key_name(other, with_mode)
            warnings.append(f"the prompt says both {said} and {also}: the first is taken")
            break
    return key, mode


def _wanted_too(tokens: Tokens, denied: Sequence[Denial]) -> list[str]:
    """Families that are ruled out here and named elsewhere: "no drums, ... soft drums"."""
    outside = affirmed(tokens, denied)
    groups = dict.fromkeys(denial.group for denial in denied if denial.group in outside)
    return [f"the prompt both rules out and names {group}: it is ruled out" for group in groups]


def _negation(tokens: Tokens, denial: Denial) -> Negation:
    text = tokens.text[tokens.starts[denial.thing] : tokens.ends[denial.thing_after - 1]]
    # "Drumless" names what it denies only as a part of itself.
    if denial.own and denial.group:
        text = denial.group
    return Negation(text, tokens.starts[denial.first], tokens.ends[denial.after - 1])


def _spans(tokens: Tokens, found: Iterable[Found], denied: Iterable[Denial]) -> tuple[Span, ...]:
    places = [(fact.kind, fact.first, fact.after) for fact in found if not fact.fault]
    places += [("absent" if d.group else "negated", d.first, d.after) for d in denied]
    spans = []
    for kind, first, after in sorted(places, key=lambda place: place[1:]):
        start, end = tokens.starts[first], tokens.ends[after - 1]
        spans.append(Span(kind, tokens.text[start:end], start, end))
    return tuple(spans)
