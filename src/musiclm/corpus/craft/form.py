"""A style and a wanted length in, a row of sections out: how long, how intense, in which key.

Styles spell their forms in words (``Style.plans``), which are fitted here to any length by leaving
out or repeating words in the middle. Nothing here knows chords or notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf, log, pi, sin, tanh
from random import Random

from musiclm.corpus.craft.blocks import Stretch, Style
from musiclm.corpus.craft.moods import Mood

_EDGE_SHARE = 0.15  # of first and last words: a random ten seconds should hold the body
_LOWEST, _FLOOR, _KNEE = 0.12, 0.28, 0.8  # intensities


@dataclass(frozen=True, slots=True)
class Block:
    """One section before its chords."""

    name: str
    letter: str  # "" where it has no chords and tune of its own
    bars: int
    level: float  # intensity in the middle of the section
    swell: float = 0.0  # intensity gained from its first bar to its last
    shift: int = 0  # semitones above the home key
    mode: str = ""  # empty: the home mode
    tune: bool = True
    drums: bool = True
    is_intro: bool = False
    borrows: bool = False  # has the chords of the section after it (or before it, at the end)


def lay_out(
    style: Style, mood: Mood, arc: str, bar_seconds: float, seconds: float, rng: Random
) -> tuple[list[Block], int]:
    """Choose the sections of a piece.

    Args:
        style: Gives plans.
        mood: Shifts the energy of all sections.
        arc: Where the energy goes: a key of ``Style.arcs``.
        bar_seconds: Length of one bar.
        seconds: Wanted length of the piece.
        rng: Draws the form.

    Returns:
        The sections in order, and the bars of a phrase.
    """
    n_bars = max(5, round(seconds / bar_seconds))
    return _in_words(style, mood, arc, n_bars, rng), style.phrase_bars


def _shape(arc: str, place: float) -> float:
    """What an arc adds at a place 0..1 of the piece."""
    return {
        "arch": 0.3 * sin(pi * (0.1 + 0.8 * place)) - 0.15,
        "build": 0.5 * place - 0.25,
        "fade": 0.22 - 0.46 * place,
    }.get(arc, 0.0)


def _clamped(level: float) -> float:
    """Bend what goes too far back below 1, so that loud pieces still have louder sections."""
    if level > _KNEE:
        level = _KNEE + (1.0 - _KNEE) * tanh((level - _KNEE) / 0.4)
    elif level < _FLOOR:
        level = _FLOOR - (_FLOOR - _LOWEST) * tanh((_FLOOR - level) / 0.3)
    return round(level, 4)


def _in_words(style: Style, mood: Mood, arc: str, wanted: int, rng: Random) -> list[Block]:
    """Spell a plan of about ``wanted`` bars."""
    lengths = {name: stretch.bars for name, stretch in style.stretches.items()}
    misfits = [
        abs(log(sum(lengths[_word(item)] for item in plan.split()) / wanted))
        for plan in style.plans
    ]
    near = [p for p, off in zip(style.plans, misfits, strict=True) if off <= min(misfits) + 0.4]
    chosen = tuple(rng.choice(near).split())
    items, scaled = _fitted(chosen, tuple(lengths.items()), wanted)
    return _blocks(style, mood, arc, items, dict(scaled))


def _word(item: str) -> str:
    """The word without its modulation."""
    return item.partition("+")[0]


@lru_cache(maxsize=4096)
def _fitted(
    items: tuple[str, ...], lengths: tuple[tuple[str, int], ...], wanted: int
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Leave out or repeat words in the middle, or shorten all, until the length is right."""
    best_cost, best, best_lengths = inf, items, dict(lengths)
    sizes = dict(lengths)
    plain = sum(sizes[_word(item)] for item in items)
    # Short pieces have shorter sections, long ones longer sections rather than endless rounds.
    scales = ((1.0, 0.0), (0.5, 0.06), (0.25, 0.2)) if wanted < plain else ((1.0, 0.0), (2.0, 0.05))
    for scale, price in scales:
        if best_cost <= price:
            break
        scaled = {name: _scaled(bars, scale) for name, bars in lengths}
        edge = max(1, round(_EDGE_SHARE * wanted))
        first, last = _word(items[0]), _word(items[-1])
        edges = min(scaled[first], edge) + min(scaled[last], max(2, edge))
        cost, middle = _edited(items, scaled, wanted - edges, wanted)
        if cost + price < best_cost - 1e-9:
            best_cost, best = cost + price, (items[0], *middle, items[-1])
            best_lengths = scaled
    return best, tuple(best_lengths.items())


def _scaled(bars: int, scale: float) -> int:
    if scale == 1.0 or bars <= 2:
        return bars
    return max(2, round(bars * scale))


def _edited(
    items: Sequence[str], lengths: Mapping[str, int], room: int, wanted: int
) -> tuple[float, list[str]]:
    """The middle words that fill ``room`` bars best, and how much it cost to get there."""
    words = [_word(item) for item in items]
    allowed = set(pairwise(words))
    most = {word: max(3, words.count(word) + 1) for word in words}

    def cost(middle: Sequence[str]) -> float:
        spoken = [words[0], *map(_word, middle), words[-1]]
        total = sum(lengths[word] for word in spoken[1:-1])
        pairs = list(pairwise(spoken))
        strange = sum(pair not in allowed for pair in pairs)
        triples = sum(a == b and (b, c) == (a, b) for (a, b), (_, c) in pairwise(pairs))
        # What a form says often is what it is about.
        lost = sum(min(3, words.count(word)) for word in most if word not in spoken)
        moves = sum("+" in item for item in items[1:-1]) - sum("+" in item for item in middle)
        often = sum(max(0, spoken.count(word) - most[word]) for word in most)
        price = 0.05 * strange + 0.04 * lost + 0.05 * moves + 0.04 * triples + 0.02 * often
        return abs(total - room) / wanted + price

    middle = list(items[1:-1])
    lowest = cost(middle)
    while True:
        tries = []
        for start in range(len(middle)):
            for length in range(1, min(5, len(middle) - start + 1)):
                run = middle[start : start + length]
                if len(middle) > length:
                    tries.append(middle[:start] + middle[start + length :])
                again = [_word(item) for item in run]
                tries.append(middle[: start + length] + again + middle[start + length :])
        costs = [cost(candidate) for candidate in tries]
        if not costs or min(costs) >= lowest - 1e-9:
            return lowest, middle
        lowest = min(costs)
        middle = tries[costs.index(lowest)]


def _blocks(
    style: Style, mood: Mood, arc: str, items: Sequence[str], lengths: Mapping[str, int]
) -> list[Block]:
    """Words into sections: energies, keys, and the letters of those that borrow one."""
    words = [_word(item) for item in items]
    total = sum(lengths[word] for word in words)
    edge = max(1, round(_EDGE_SHARE * total))
    heard: dict[str, int] = {}
    blocks: list[Block] = []
    shift = at = 0
    for index, (item, word) in enumerate(zip(items, words, strict=True)):
        stretch = style.stretches[word]
        shift += int(item.partition("+")[2] or 0)
        bars = lengths[word]
        if index == 0:
            bars = min(bars, edge)
        elif index == len(items) - 1:
            bars = max(2, min(bars, max(2, edge)))
        # Returns gain a little, so that the last refrain is the strongest.
        count = heard.get(word, 0)
        heard[word] = count + 1
        gain = 0.0 if arc == "fade" else 0.03 * min(count, 3)
        level = style.energy + mood.energy + stretch.energy + gain
        # A piece that fades does so although its form has strong and weak sections.
        weight = 0.9 if arc == "fade" else 0.5 if arc == "build" else 0.4
        level += weight * _shape(arc, at / max(1, total - bars)) + stretch.swell / 2
        blocks.append(
            Block(
                name=word,
                letter=stretch.letter or _borrowed(style.stretches, words, index),
                bars=bars,
                level=_clamped(level),
                swell=stretch.swell,
                shift=(shift + stretch.shift) % 12,
                mode=stretch.mode,
                tune=stretch.tune,
                drums=stretch.drums,
                is_intro=index == 0 and not stretch.tune,
                borrows=not stretch.letter,
            )
        )
        at += bars
    return blocks


def _borrowed(stretches: Mapping[str, Stretch], words: Sequence[str], index: int) -> str:
    """The letter of the next section that has one; of the one before where none follows."""
    for word in (*words[index + 1 :], *reversed(words[:index])):
        if stretches[word].letter:
            return stretches[word].letter
    return "A"
