"""Small random choices that both languages share."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    """One of ``choices``, all equally likely."""
    return choices[int(rng.integers(len(choices)))]


def shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    """The items in a random order."""
    return [items[index] for index in rng.permutation(len(items))]


def capital(text: str) -> str:
    """Upper-case first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def spoken_key(key: str, mode: str, names: dict[str, str], modes: dict[str, str]) -> str:
    """A key in words, such as ``D minor`` or ``ré mineur``, from tables of a language."""
    return f"{names.get(key, key)} {modes.get(mode, mode)}"


def tempo_band(bpm: int) -> str:
    """Finer than the three classes of the facts, and always inside them."""
    if bpm < 66:
        return "very slow"
    if bpm < 90:
        return "slow"
    if bpm < 126:
        return "medium"
    return "fast" if bpm < 160 else "very fast"
