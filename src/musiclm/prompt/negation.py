"""Tokens in, what a prompt rules out: "no drums", "sans batterie ni basse", "not too sad".

A word that denies reaches over articles, degrees and verbs ("don't want any", "ne soit pas trop")
to the thing denied, and on through a list that "or" or "nor" closes. The thing is a family of
instruments or whatever stands there up to the end of the phrase.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from musiclm.prompt.text import Tokens, is_word
from musiclm.prompt.words import Phrase, table

_MOST_WORDS = 4  # of a thing denied that is no family of instruments
_MOST_SKIPPED = 6
_MOST_LISTED = 12
_PORTUGUESE_ONLY = frozenset({"pt"})


@dataclass(frozen=True, slots=True)
class Denial:
    """One thing denied, as tokens."""

    first: int  # of the stretch, the word that denies or joins included
    after: int
    thing: int  # first token of the thing denied
    thing_after: int
    group: str = ""  # key of the absentees if the whole family is meant
    fact: bool = False  # "not in D minor": a fact of another kind is denied
    own: bool = False  # a word that holds its negation: "drumless"


def denials(tokens: Tokens, facts: dict[int, int], *, portuguese: bool) -> list[Denial]:
    """Everything that a text denies, in order.

    Args:
        tokens: The text.
        facts: First token -> one past the last of each fact found: none reaches into the next.
        portuguese: Whether "no" before a word that Portuguese has too is "in the".
    """
    found: list[Denial] = []
    starts = _starts()
    index = 0
    while index < len(tokens.words):
        if tokens.words[index] not in starts:
            index += 1
            continue
        here = list(_at(tokens, index, facts, portuguese=portuguese))
        found += here
        idiom = 0 if here else _size(table("idiom").at(tokens, index))
        index = max([index + max(1, idiom), *(denial.after for denial in here)])
    return found


@cache
def _starts() -> frozenset[str]:
    """Every word that a denial can begin with: most words are none."""
    sections = ("negator", "idiom", "less", "group")
    return frozenset().union(*(table(section).first_words() for section in sections))


def _size(phrase: Phrase | None) -> int:
    return phrase.size if phrase else 0


def _at(tokens: Tokens, index: int, facts: dict[int, int], *, portuguese: bool) -> Iterator[Denial]:
    """What is denied from a token on."""
    own = _compound(tokens, index)
    if own is not None:
        yield own
        return
    negator = _negator(tokens, index)
    if negator is None or _size(table("idiom").at(tokens, index)) >= negator.size:
        return
    start = index + negator.size
    second = _negator(tokens, start)
    if second is not None:
        if negator.key == "not" and second.key == "without":
            return  # not without
        start += second.size
    thing = _thing(tokens, start, facts)
    if thing is None:
        return
    if tokens.word(index) == "no" and negator.size == 1 and portuguese:
        group = table("group").at(tokens, thing.thing)
        if group is None or "pt" in group.languages:
            return
    yield _trailed(tokens, replace(thing, first=index))
    yield from _list(tokens, thing, negator, facts)


def _negator(tokens: Tokens, index: int) -> Phrase | None:
    """A word that denies; "no." of a number is none."""
    found = table("negator").at(tokens, index)
    if found is None or tokens.between(index) in ("-", "‑"):
        return None
    return None if _is_french_ne(tokens, index) else found


def _is_french_ne(tokens: Tokens, index: int) -> bool:
    """Not the Italian né."""
    return tokens.word(index) == "ne" and tokens.raw(index).isascii()


def _is_or(tokens: Tokens, index: int) -> bool:
    return table("or").holds(tokens.word(index)) and not _is_french_ne(tokens, index)


def _compound(tokens: Tokens, index: int) -> Denial | None:
    """``drumless``, ``guitar-free``."""
    less = table("less").at(tokens, index)
    if less is not None:
        return Denial(index, index + less.size, index, index + 1, less.key, own=True)
    group = table("group").at(tokens, index)
    if group is None:
        return None
    after = index + group.size
    joined = tokens.between(after) in ("-", "‑") and table("free").holds(tokens.word(after))
    if not joined or tokens.word(after + 1) in ("of", "from"):
        return None
    return Denial(index, after + 1, index, after, group.key, own=True)


def _thing(tokens: Tokens, index: int, facts: dict[int, int]) -> Denial | None:
    """The thing denied from a token on, its articles skipped; nothing where the phrase is over."""
    start = index
    for _ in range(_MOST_SKIPPED):
        if table("group").at(tokens, start) is not None or start in facts:
            break
        skipped = _size(table("skip").at(tokens, start))
        if not skipped:
            break
        start += skipped
    if start not in facts and start + 1 in facts and table("boundary").holds(tokens.word(start)):
        start += 1  # "not at 120 bpm"
    if start in facts:
        return Denial(index, facts[start], start, facts[start], fact=True)
    group = table("group").at(tokens, start)
    if group is not None:
        return _family(tokens, start, group, facts)
    after = last = start
    n_words = 0
    while is_word(tokens.word(after)) and after not in facts and n_words < _MOST_WORDS:
        of = table("of").holds(tokens.word(after))
        over = after > start and not of and _ends(tokens, after)
        if over and table("qualifier").holds(tokens.word(after)):
            over = not table("group").ends_at(tokens, after)  # "electric guitar solo"
        if over or _negator(tokens, after):
            break
        if not of and after == start and _stops(tokens, after):
            break
        after += 1
        n_words += not of
        last = last if of else after
    return Denial(index, last, start, last) if last > start else None


def _ends(tokens: Tokens, index: int) -> bool:
    """Whether a thing denied is over before a word."""
    boundary = table("boundary").holds(tokens.word(index))
    return boundary or _is_or(tokens, index)


def _stops(tokens: Tokens, index: int) -> bool:
    """Whether nothing that could be denied follows: "not with", "no, but"."""
    return table("boundary").holds(tokens.word(index)) and not table("skip").holds(
        tokens.word(index)
    )


def _family(tokens: Tokens, start: int, group: Phrase, facts: dict[int, int]) -> Denial:
    """A family of instruments, unless only some of it is meant: "no guitar solo"."""
    after = start + group.size
    qualified = after
    while qualified not in facts and (
        table("qualifier").holds(tokens.word(qualified))
        or (qualified > after and table("of").holds(tokens.word(qualified)))
    ):
        qualified += 1
    if qualified > after:
        return Denial(start, qualified, start, qualified)
    partly = table("partly").at(tokens, after)
    if partly is None:
        return Denial(start, after, start, after, group.key)
    end = after + partly.size
    while (
        is_word(tokens.word(end))
        and end not in facts
        and end < after + partly.size + _MOST_WORDS
        and not table("dangling").holds(tokens.word(end))
    ):
        end += 1
    return Denial(start, end, start, after)


def _trailed(tokens: Tokens, denial: Denial) -> Denial:
    """With "at all" behind it."""
    trail = _size(table("trail").at(tokens, denial.after))
    return replace(denial, after=denial.after + trail)


def _list(
    tokens: Tokens, first: Denial, negator: Phrase, facts: dict[int, int]
) -> Iterator[Denial]:
    """The rest of a list that the negation reaches over.

    "No drums, piano and bass" asks for piano and bass as like as not; "no drums, piano or bass"
    and "without drums, piano and bass" do not.
    """
    items: list[Denial] = []
    at, n_sure = first.after, 0
    while len(items) < _MOST_LISTED:
        comma = tokens.word(at) == ","
        joint = at + comma
        joined_or = _is_or(tokens, joint)
        joined_and = table("and").holds(tokens.word(joint))
        if not (comma or joined_or or joined_and):
            break
        start = joint + (joined_or or joined_and)
        second = _negator(tokens, start) or table("or").at(tokens, start)
        if second is not None and joined_or:
            start += second.size  # "noch kein", "ou sans"
        family = first.group and table("group").at(tokens, start) is not None
        sound = joined_or or family
        item = _thing(tokens, start, facts) if sound else None
        if item is None or item.fact or (not joined_or and not item.group):
            break
        if not joined_or and not _is_closed(tokens, item.after):
            break
        items.append(replace(item, first=at))
        at = item.after
        if joined_or or (joined_and and not comma and negator.key == "without"):
            n_sure = len(items)
        elif joined_and and not comma and len(items) == 1:
            n_sure = 1  # "no drums and bass"
    yield from items[:n_sure]


def _is_closed(tokens: Tokens, index: int) -> bool:
    """Whether an item of a list ends here: "and piano suave" begins something else."""
    word = tokens.word(index)
    return not is_word(word) or _ends(tokens, index)


def affirmed(tokens: Tokens, denied: Sequence[Denial]) -> set[str]:
    """Families of instruments that a text names outside what it denies."""
    found: set[str] = set()
    index, stretches = 0, iter(denied)
    stretch = next(stretches, None)
    while index < len(tokens.words):
        if stretch is not None and index >= stretch.first:
            index = max(index, stretch.after)
            stretch = next(stretches, None)
            continue
        other = table("group.no").at(tokens, index)
        group = table("group").at(tokens, index) if other is None else None
        if group is not None and not table("qualifier").holds(tokens.word(index + group.size)):
            found.add(group.key)
        found_here = group or other
        index += found_here.size if found_here is not None else 1
    return found
