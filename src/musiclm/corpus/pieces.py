"""A seed and hours in, the list of pieces to make out: which style, how long, for which split.

Piece ``i`` of seed ``S`` is drawn from ``i`` and ``S`` alone, so a longer list begins with the
shorter one. Test pieces are of three kinds: like the training pieces, in a style that training
never hears, and played by a sound font that training never hears.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from musiclm.corpus.compose import STYLES
from musiclm.corpus.record import Split, Unseen
from musiclm.errors import ConfigError

SECONDS_RANGE = (30.0, 240.0)
"""Shortest and longest piece that the composer aims at by default."""
HELD_OUT_STYLES = ("cool jazz", "ska")
"""Both have near relatives in training (swing jazz, bebop; reggae, punk): a fair question."""
_VALID_PERCENT, _TEST_PERCENT = 3, 4


@dataclass(frozen=True, slots=True)
class PiecePlan:
    """What to compose; drawn from the corpus seed and the index alone."""

    id: str  # six digits or more, also the file name
    seed: int
    style: str
    target_seconds: float  # what the composer aims at
    split: Split
    unseen: tuple[Unseen, ...] = ()


def plan_pieces(
    *,
    hours: float,
    seed: int,
    styles: Sequence[str] | None = None,
    longest_seconds: float = SECONDS_RANGE[1],
) -> list[PiecePlan]:
    """Draw pieces until their target lengths fill ``hours``; styles come equally often.

    Args:
        hours: How much music; more hours extend the list and leave its beginning as it is.
        seed: Of the corpus.
        styles: Which styles; all that the composer knows by default.
        longest_seconds: Of a piece; a corpus of short pieces holds more different ones.

    Raises:
        ConfigError: ``hours`` is not positive, a style is unknown, or pieces would be too short.
    """
    if not longest_seconds >= SECONDS_RANGE[0]:
        raise ConfigError(
            f"the longest piece must take >= {SECONDS_RANGE[0]:g} s, got {longest_seconds:g}"
        )
    if not hours > 0:
        raise ConfigError(f"hours must be > 0, got {hours}")
    names = sorted(STYLES) if styles is None else list(styles)
    if not names or (unknown := sorted(set(names) - set(STYLES))):
        raise ConfigError(
            f"unknown style(s) {', '.join(unknown) if names else '(none)'}: "
            f"choose from {', '.join(sorted(STYLES))}"
        )
    # Who asks for held-out styles only wants them to train on.
    held_out = HELD_OUT_STYLES if set(names) - set(HELD_OUT_STYLES) else ()
    shortest, longest = (log(bound) for bound in (SECONDS_RANGE[0], longest_seconds))
    plans: list[PiecePlan] = []
    planned = 0.0
    while planned < hours * 3600.0:
        index = len(plans)
        rng = np.random.default_rng([seed, index])
        # Each round of len(names) pieces visits every style once, in an order of its own.
        order = np.random.default_rng([seed, index // len(names), 1]).permutation(len(names))
        style = names[order[index % len(names)]]
        piece_seed = int(rng.integers(2**31))
        split, unseen = split_of(piece_seed, style, held_out=held_out)
        plan = PiecePlan(
            id=f"{index:06d}",
            seed=piece_seed,
            style=style,
            # Short pieces more often than long ones: many tunes, and some that take their time.
            target_seconds=round(exp(rng.uniform(shortest, longest)), 1),
            split=split,
            unseen=unseen,
        )
        plans.append(plan)
        planned += plan.target_seconds
    return plans


def split_of(
    seed: int, style: str, *, held_out: Sequence[str] = HELD_OUT_STYLES
) -> tuple[Split, tuple[Unseen, ...]]:
    """Which split a piece is in, by its seed: 93 % train, 3 % valid, 4 % test.

    The same piece is in the same split in every corpus. Half of the test pieces are played by the
    sound font that is kept for them; held-out styles are test pieces whatever their seed.

    Returns:
        The split, and what of a test piece no training piece has.

    Example:
        >>> split_of(1, "rock"), split_of(1, "ska")
        (('train', ()), ('test', ('style',)))
    """
    digest = hashlib.sha256(str(seed).encode()).digest()
    percent = int.from_bytes(digest[:8], "big") % 100
    if style in held_out:
        return "test", ("style",)
    if percent < _VALID_PERCENT:
        return "valid", ()
    if percent < _VALID_PERCENT + _TEST_PERCENT:
        return "test", ("font",) if digest[8] % 2 else ()
    return "train", ()
