"""Tokens in, a tempo out: ``120 bpm``, ``BPM 90``, ``♩=96``, ``a 140 battiti al minuto``."""

from musiclm.prompt.found import Found, said
from musiclm.prompt.numbers import Quantity, quantity_at
from musiclm.prompt.text import Tokens
from musiclm.prompt.words import table

BPM_RANGE = (30.0, 300.0)
# After the word tempo alone a small number is something else: tempo 1, "tempo 2/4".
_LEAST_AFTER_TEMPO = 20.0
_EQUALS = ("=", ":", "~", "≈")


def tempo_at(tokens: Tokens, index: int) -> Found | None:
    """The tempo that begins at a token."""
    return _number_first(tokens, index) or _word_first(tokens, index)


def _number_first(tokens: Tokens, index: int) -> Found | None:
    """``120 bpm``, ``100-110 beats per minute``, ``120-ish bpm``."""
    quantity = quantity_at(tokens, index)
    if quantity is None:
        return None
    after = quantity.after
    while tokens.word(after) in ("ish", "+", "or", "so", "~"):
        after += 1
    unit = table("bpm").at(tokens, after)
    if unit is None:
        return None
    return _tempo(quantity, index, after + unit.size)


def _word_first(tokens: Tokens, index: int) -> Found | None:
    """``bpm: 90``, ``tempo around 120``, ``♩ = 96``; a note value needs its equals sign."""
    word = table("tempo").at(tokens, index)
    beat = table("beat").at(tokens, index) if word is None else None
    name = word or beat
    if name is None:
        return None
    start = after = index + name.size
    while tokens.word(after) in _EQUALS:
        after += 1
    if beat is not None and after == start:
        return None
    about = table("about").at(tokens, after)
    after += about.size if about else 0
    quantity = quantity_at(tokens, after)
    if quantity is None or tokens.word(quantity.after) in ("/", "%"):
        return None
    unit = table("bpm").at(tokens, quantity.after)
    if unit is not None:
        # "bpm 90 bpm"; but of "120 bpm 90 bpm" the second number has a unit of its own.
        return _tempo(quantity, index, quantity.after + unit.size)
    is_bpm = table("bpm").at(tokens, index) is not None
    if not is_bpm and (quantity.spelled or quantity.value < _LEAST_AFTER_TEMPO):
        return None
    if table("unit").at(tokens, quantity.after) is not None:
        return None
    return _tempo(quantity, index, quantity.after)


def _tempo(quantity: Quantity, first: int, after: int) -> Found:
    low, high = BPM_RANGE
    fault = ""
    if not low <= quantity.value <= high:
        fault = f"a tempo of {said(quantity.value)} bpm is outside {low:g} to {high:g}: ignored"
    return Found("tempo", quantity.value, first, after, fault)
