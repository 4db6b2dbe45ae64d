"""Rhythms of a style in, the themes of one piece out: motives, and how a phrase is made of them.

A motive is a rhythm of one bar with a contour in scale steps. A phrase states motives, repeats
them, moves them in sequence, answers them and closes. Themes know no chords and no keys, so the
same theme can return over other harmony; setting it to chords is the business of ``melody``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, pi, sin
from random import Random

# How a section is divided into units, by its length in bars; the first ones twice as often.
_SPLITS: Mapping[int, tuple[tuple[int, ...], ...]] = {
    5: ((5,), (2, 3), (3, 2)),
    6: ((3, 3), (6,), (2, 4), (4, 2)),
    7: ((7,), (4, 3), (3, 4)),
    8: ((4, 4), (8,), (4, 4), (2, 2, 4)),
    9: ((3, 3, 3), (4, 5)),
    10: ((5, 5), (4, 6), (4, 4, 2)),
    12: ((4, 4, 4), (4, 4, 4), (6, 6), (4, 8)),
    14: ((7, 7), (4, 4, 6)),
    16: ((4, 4, 4, 4), (8, 8), (4, 4, 8), (2, 2, 4, 8)),
}
# What the bars of a unit bring. "a" to "c" state a motive, "+1" moves it a step, "'" turns its
# tail, "^" turns it upside down, "~" takes only its head, "-" rests, "k" is the cadence.
_UNITS: Mapping[int, tuple[str, ...]] = {
    1: ("k", "a"),
    2: ("a k", "a b", "a a'", "a ~k"),
    3: ("a a' k", "a b k", "a a+1 k", "a a^ k", "a ~a k"),
    4: (
        "a a' b k",
        "a b a k",
        "a a b k",
        "a b b' k",
        "a a+1 b k",
        "a a-1 a-2 k",
        "a b a+1 k",
        "a ~a b k",
        "a b ~b k",
        "a a^ b k",
        "a b c k",
        "a - a' k",
        "a a k -",
        "a b k -",
    ),
    5: ("a b a b' k", "a a+1 a+2 b k", "a a' b ~b k", "a b c a k"),
    6: ("a b a+1 b+1 c k", "a a' b c c-1 k", "a a k b b' k", "a b k a b' k"),
    7: ("a b a b c c' k", "a a+1 a+2 b b' c k", "a a' b k a b k"),
    8: (
        "a b a k a b c k",
        "a b a+1 b+1 c c-1 b k",
        "a a' b k a a^ c k",
        "a b c k a b c' k",
        "a a+1 a+2 b c ~c b k",
        "a - a' - b b+1 c k",
        "a b a' k c c+1 b k",
    ),
}
_SHAPES = (
    (1, 1, 1, -1, 1),
    (-1, -1, 1, -1, -1),
    (1, 1, -1, -1, -1),
    (-1, -1, 1, 1, 1),
    (1, -1, 1, -1, 1),
    (0, 1, -1, 0, 1),
    (1, -1, -1, 1, 1),
    (-1, 1, 1, -1, -1),
    (0, 0, 1, 0, -1),
    (2, -1, -1, 1, -1),
    (-2, 1, 1, 1, -1),
    (1, 0, -1, 1, 0),
)


def _onsets(rhythm: str) -> int:
    return sum(character not in "-." for character in rhythm)


@dataclass(frozen=True, slots=True)
class Motive:
    """A one-bar rhythm and the scale steps between its notes; the first step leads nowhere."""

    rhythm: str
    contour: tuple[int, ...]

    def varied(self, rng: Random) -> "Motive":
        """Keep the head and turn the tail round."""
        if len(self.contour) < 2:
            return self
        keep = rng.randint(1, len(self.contour) - 1)
        tail = tuple(-interval or 1 for interval in self.contour[keep:])
        return Motive(self.rhythm, self.contour[:keep] + tail)

    def inverted(self) -> "Motive":
        """Upside down."""
        return Motive(self.rhythm, tuple(-interval for interval in self.contour))

    def head(self) -> "Motive":
        """Its first half, then again: a fragment that presses on."""
        half = len(self.rhythm) // 2
        first = self.rhythm[:half]
        count = _onsets(first)
        if count == 0 or len(self.rhythm) % 2:
            return self
        contour = self.contour[:count]
        return Motive(first + first, (*contour, 1, *contour[1:]))


@dataclass(frozen=True, slots=True)
class Turn:
    """One bar of a phrase: which motive, how changed, and how high it begins."""

    kind: str  # "play", "cadence" or "rest"
    motive: Motive
    height: float  # scale steps above the middle of the register


@dataclass(slots=True)
class Theme:
    """What one phrase letter sings, for as long as the piece lasts."""

    motives: tuple[Motive, Motive, Motive]
    cadences: tuple[str, str]  # rhythms of an open and of a closing one
    pickup: int  # notes that lead into a phrase; 0 for none
    lift: int  # scale steps above the other themes
    rng: Random
    splits: dict[int, tuple[int, ...]] = field(default_factory=dict)
    units: dict[tuple[int, int], tuple[Turn, ...]] = field(default_factory=dict)

    def split(self, bars: int) -> tuple[int, ...]:
        """Lengths of the units of a section."""
        if bars not in self.splits:
            known = _SPLITS.get(bars)
            if known:
                self.splits[bars] = self.rng.choice((known[0], *known))
            elif bars <= 4:
                self.splits[bars] = (bars,)
            else:
                whole, rest = divmod(bars, 4)
                tail = () if rest == 0 else (rest,) if rest > 1 else ()
                self.splits[bars] = (4,) * (whole - (rest == 1)) + ((5,) if rest == 1 else tail)
        return self.splits[bars]

    def unit(self, index: int, length: int) -> tuple[Turn, ...]:
        """The bars of a unit: a second unit of the same length mostly restates the first."""
        if (index, length) not in self.units:
            earlier = self.units.get((index - 1, length))
            if earlier and self.rng.random() < (0.75 if index % 2 else 0.35):
                self.units[index, length] = earlier
            else:
                self.units[index, length] = self._invented(length)
        return self.units[index, length]

    def _invented(self, length: int) -> tuple[Turn, ...]:
        rng = self.rng
        texts = rng.choice(_UNITS[length]).split() if length in _UNITS else ["a"] * length
        peak = rng.uniform(0.3, 0.85)
        span = rng.uniform(1.5, 4.5)
        floor = rng.uniform(-1.5, 1.0) + self.lift
        down = rng.random() < 0.2
        stated: dict[str, float] = {}
        turns = []
        for index, text in enumerate(texts):
            place = index / max(1, length - 1)
            rise = place / peak if place < peak else (1 - place) / (1 - peak)
            height = floor + span * sin(pi / 2 * (1 - rise if down else rise))
            name = text.strip("~'^+-0123456789")
            if name in stated and text[-1] not in "'^":
                # A restatement begins where the statement did, or a few steps off.
                height = stated[name] + (int(text[len(name) :]) if text[-1].isdigit() else 0)
            stated.setdefault(name, height)
            turns.append(self._turn(text, name, height))
        return tuple(turns)

    def _turn(self, text: str, name: str, height: float) -> Turn:
        if text == "-":
            return Turn("rest", self.motives[0], height)
        if name == "k":
            return Turn("cadence", self.motives[0], height)
        motive = self.motives["abc".index(name)]
        if text.startswith("~"):
            motive = motive.head()
        if text.endswith("'"):
            motive = motive.varied(self.rng)
        elif text.endswith("^"):
            motive = motive.inverted()
        return Turn("play", motive, height)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Invents the themes of one piece."""

    cells: Sequence[str]  # one-bar rhythms of the style
    cadences: Sequence[str]
    leaps: float  # share of intervals wider than a step
    notes_per_second: float
    bar_seconds: float
    rng: Random

    def theme(self, unlike: Theme | None) -> Theme:
        """Draw motives of the right density; a second theme avoids the first one's rhythm."""
        taken = unlike.motives[0].rhythm if unlike else ""
        first = self._motive(taken)
        second = self._motive(first.rhythm)
        third = self._motive(second.rhythm)
        return Theme(
            motives=(first, second, third),
            cadences=(self.rng.choice(self.cadences), self.rng.choice(self.cadences)),
            pickup=self.rng.choice((0, 0, 1, 1, 2, 3)),
            lift=0 if unlike is None else self.rng.choice((0, 1, 2, 3)),
            rng=Random(self.rng.getrandbits(32)),
        )

    def _motive(self, taken: str) -> Motive:
        """A rhythm near the wanted density, and a contour."""
        rng = self.rng
        cells = [cell for cell in self.cells if cell != taken] or list(self.cells)
        cells += [self._hybrid(*rng.sample(cells, 2)) for _ in range(4) if len(cells) > 1]
        weights = []
        for cell in cells:
            rate = _onsets(cell) / self.bar_seconds
            weights.append(0.02 + exp(-(((rate - self.notes_per_second) / 0.8) ** 2)))
        rhythm = rng.choices(cells, weights=weights)[0]
        return Motive(rhythm, self._contour(_onsets(rhythm)))

    def _hybrid(self, left: str, right: str) -> str:
        """The first half of one rhythm and the second of another."""
        if len(left) != len(right) or len(left) % 2 or not _onsets(left[: len(left) // 2]):
            return left
        return left[: len(left) // 2] + right[len(right) // 2 :]

    def _contour(self, count: int) -> tuple[int, ...]:
        rng = self.rng
        shape = rng.choice(_SHAPES)
        offset = rng.randrange(len(shape))
        contour = [0]
        leapt = 0
        for index in range(count - 1):
            direction = shape[(index + offset) % len(shape)]
            if rng.random() < 0.12:
                direction = -direction or rng.choice((-1, 1))
            if leapt:
                # A leap is answered by a step back.
                direction, leapt = (-1 if leapt > 0 else 1), 0
            elif direction and rng.random() < self.leaps:
                direction *= rng.choice((2, 2, 3, 4))
                leapt = direction
            elif abs(direction) > 1:
                leapt = direction
            contour.append(direction)
        return tuple(contour)
