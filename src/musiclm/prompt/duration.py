"""Tokens in, a length in seconds out: ``90 s``, ``1:30``, ``a minute and a half``.

What is not the length of a piece is left alone: decades ("60s rock"), times of the day, and times
inside the piece ("a 10-second intro", "after 20 seconds").
"""

from musiclm.prompt.found import Found, said
from musiclm.prompt.numbers import number_at, quantity_at
from musiclm.prompt.tempo import tempo_at
from musiclm.prompt.text import Tokens, is_word
from musiclm.prompt.words import table

SECONDS_RANGE = (1.0, 600.0)
_MINUTE = 60
_MACHINES = ("303", "606", "707", "808", "909")  # drum machines, in the plural
_BACK = 2  # words before a number in which "after", "the first" count


def duration_at(tokens: Tokens, index: int) -> Found | None:
    """The duration that begins at a token."""
    found = _clock(tokens, index) or _half(tokens, index) or _counted(tokens, index)
    if found is None:
        return None
    seconds, after = found
    if _is_moment(tokens, index, after):
        return None
    low, high = SECONDS_RANGE
    fault = ""
    if not low <= seconds <= high:
        fault = f"a duration of {said(seconds)} s is outside {low:g} to {high:g} s: ignored"
    return Found("duration", seconds, index, after, fault)


def _clock(tokens: Tokens, index: int) -> tuple[float, int] | None:
    """``1:30``, ``0:01:30``, ``2'30``."""
    parts = [tokens.word(index)]
    after = index + 1
    if not parts[0].isdecimal() or len(parts[0]) > 2:
        return None
    sign = tokens.word(after)
    if sign not in (":", "'", "’", "′"):
        return None
    while tokens.word(after) == sign and tokens.glued(after) and tokens.glued(after + 1):
        part = tokens.word(after + 1)
        if not part.isdecimal() or len(part) != 2 or int(part) >= _MINUTE:
            return None
        parts.append(part)
        after += 2
    if not 2 <= len(parts) <= 3 or tokens.word(after) == sign:
        return None
    seconds = 0.0
    for part in parts:
        seconds = seconds * _MINUTE + int(part)
    unit = table("unit").at(tokens, after)
    return seconds, after + (unit.size if unit else 0)


def _half(tokens: Tokens, index: int) -> tuple[float, int] | None:
    """Ways to say half a minute and the like."""
    found = table("half").at(tokens, index)
    return (float(found.key), index + found.size) if found else None


def _counted(tokens: Tokens, index: int) -> tuple[float, int] | None:
    """``90 seconds``, ``two and a half minutes``, ``2 min 30``, ``1 to 2 minutes``."""
    quantity = quantity_at(tokens, index)
    if quantity is None:
        return None
    value, after = quantity.value, quantity.after
    half = table("and.half").at(tokens, after)
    if half is not None:
        value, after = value + 0.5, after + half.size
    unit = table("unit").at(tokens, after)
    if unit is None or _is_other(tokens, index, after, quantity.spelled, value):
        return None
    if unit.key == "1":
        return value, after + unit.size
    seconds, after = value * int(unit.key), after + unit.size
    half = table("and.half").at(tokens, after)
    if half is not None:
        return seconds + int(unit.key) / 2, after + half.size
    rest = _rest(tokens, after) if int(unit.key) == _MINUTE and not quantity.span else None
    return (seconds + rest[0], rest[1]) if rest else (seconds, after)


def _rest(tokens: Tokens, index: int) -> tuple[float, int] | None:
    """The seconds behind the minutes."""
    joint = table("and").at(tokens, index)
    start = index + (joint.size if joint else 0)
    number = number_at(tokens, start)
    if number is None or not 0 < number.value < _MINUTE or tempo_at(tokens, start):
        return None
    unit = table("unit").at(tokens, number.after)
    if unit is not None and unit.key == "1":
        return number.value, number.after + unit.size
    bare = joint is None and unit is None and not number.spelled
    return (number.value, number.after) if bare and tokens.word(number.after) != "/" else None


def _is_other(tokens: Tokens, index: int, unit: int, spelled: bool, value: float) -> bool:
    """Whether a number with a word for a unit is no duration: a decade, an ordinal."""
    word = tokens.word(unit)
    if word == "s":
        return (
            spelled
            or tokens.word(index) in _MACHINES
            or (_is_touching(tokens, unit) and _is_decade(tokens, index, unit))
        )
    # A second voice, un segundo violín, the second part: ordinals.
    return (
        spelled
        and value == 1
        and table("unit").at(tokens, unit) is not None
        and (word.startswith(("sec", "seg", "sek")) and not word.startswith("sekund"))
    )


def _is_touching(tokens: Tokens, index: int) -> bool:
    return tokens.glued(index) or bool(tokens.between(index).strip())


def _is_decade(tokens: Tokens, index: int, unit: int) -> bool:
    """``80s``, ``1980s``, ``80's``: unless something says that a length is meant."""
    digits = tokens.word(index)
    if (
        not digits.isdecimal()
        or int(digits) % 10
        or not (10 < int(digits) < 100 or len(digits) == 4)
    ):
        return not tokens.glued(unit)
    if table("decade.before").ends_at(tokens, index) or not tokens.glued(unit):
        return True
    if table("length").ends_at(tokens, index) or tokens.word(index - 1) in ("=", ":"):
        return False
    if table("clip").at(tokens, unit + 1) is not None and int(digits) <= 30:
        return False
    alone = not is_word(tokens.word(unit + 1)) and not is_word(tokens.word(index - 1))
    return not (alone and int(digits) <= 40)


def _is_moment(tokens: Tokens, first: int, after: int) -> bool:
    """Whether a time is one inside the piece or of the day."""
    if table("moment.after").at(tokens, after) is not None:
        return True
    if table("length").ends_at(tokens, first):
        return False
    return any(
        table("moment.before").ends_at(tokens, first - step)
        for step in range(_BACK)
        if step == 0 or is_word(tokens.word(first - step))
    )
