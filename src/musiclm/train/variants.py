"""What is compared, in: sizes and settings of one stage as text; checked variants and a budget out.

The runner is ``scaling.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musiclm.config import Frozen, read_toml
from musiclm.errors import ConfigError

SIZES = ("128x4", "224x6", "384x8", "576x10")
"""Features and blocks: each three to five times as much work a position as the one before."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What every variant may spend; at least one of them."""

    minutes: float | None = None
    """Wall-clock time."""
    flops: float | None = None
    """Compute by the formula of ``train/flops.py``, in whole steps."""
    max_steps: int | None = None
    """Steps; makes a result repeatable on a CPU."""

    def __post_init__(self) -> None:
        given = [value for value in (self.minutes, self.flops, self.max_steps) if value is not None]
        if not given or min(given) <= 0:
            raise ConfigError(
                "variants need an equal budget above 0: give minutes, flops or max_steps, "
                f"got {self.minutes}, {self.flops} and {self.max_steps}"
            )


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train the stage."""

    name: str
    overrides: tuple[str, ...] = ()
    """Settings of the stage's recipe, ``key=value`` each."""
    size: tuple[int, int] | None = None
    """Features and blocks of the core, if not the recipe's."""
    data_share: float = 1.0
    """Share of the training clips that is used: less is repeated more often in the same time."""


class VariantsFile(Frozen):
    """What a TOML file of variants holds."""

    variants: dict[str, tuple[str, ...]]
    """Settings of each variant, by its name; ``size=448x6`` and ``data_share=0.25`` are ours."""


def variant_of(name: str, settings: Sequence[str]) -> Variant:
    """A variant from ``key=value`` texts, of which ``size`` and ``data_share`` are not a recipe's.

    Raises:
        ConfigError: A size or share that is none, or a name that is no plain file name.

    Example:
        >>> variant_of("deep", ["size=256x12", "optimizer=adamw"]).size
        (256, 12)
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise ConfigError(f'a variant is named with letters, digits, "_" and "-", got "{name}"')
    overrides, size, share = [], None, 1.0
    for text in settings:
        key, _, value = text.partition("=")
        if key == "size":
            size = parse_size(value)
        elif key == "data_share":
            share = _share(value)
        else:
            overrides.append(text)
    return Variant(name, tuple(overrides), size, share)


def parse_size(text: str) -> tuple[int, int]:
    """Features and blocks of ``"384x8"``.

    Raises:
        ConfigError: Not two numbers above 0.
    """
    parts = text.strip().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ConfigError(f'a size is features x blocks, for example 384x8, got "{text}"')
    return int(parts[0]), int(parts[1])


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise ConfigError(f'data_share is above 0 and at most 1, got "{text}"')
    return share


def read_variants(path: Path) -> list[Variant]:
    """The variants of a TOML file, in its order.

    Raises:
        ConfigError: No such file, or faults in it.
    """
    file = VariantsFile.from_mapping(read_toml(path), source=str(path))
    if not file.variants:
        raise ConfigError(f"{path} has no variant: write for example base = [] under [variants]")
    return [variant_of(name, settings) for name, settings in file.variants.items()]
