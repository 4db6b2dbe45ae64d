"""Progress of a run in ``[0, 1]`` in, factor of the learning rate out: pure functions.

Schedules depend on progress and never on a number of steps, so that the same recipe works with a
budget of steps and with a budget of minutes.
"""

import math
from collections.abc import Mapping

from torch.optim import Optimizer

from musiclm.errors import ConfigError

_WARMUP_START = 0.01  # The very first step should already learn something.


def learning_rate(
    progress: float, *, warmup: float = 0.02, decay: float = 0.4, final: float = 0.0
) -> float:
    """Factor in ``[0, 1]``: linear warm-up, constant, then linear decay.

    Args:
        progress: How much of the run is behind, 0 to 1.
        warmup: Share of the run that warms up.
        decay: Share of the run, at its end, that decays. The long constant part lets one run
            be judged at any time; the linear end is worth several times its share of steps.
        final: The factor at the very end.

    Raises:
        ConfigError: A share is outside ``[0, 1]``, or the two together exceed the run.

    Example:
        >>> [round(learning_rate(p, warmup=0.1), 2) for p in (0.0, 0.1, 0.5, 0.8, 1.0)]
        [0.01, 1.0, 1.0, 0.5, 0.0]
    """
    if not (0 <= warmup <= 1 and 0 <= decay <= 1 and warmup + decay <= 1):
        raise ConfigError(
            f"warmup and decay are shares of a run that fit into it, got {warmup=} and {decay=}"
        )
    if not math.isfinite(progress):
        raise ConfigError(f"progress must be a number from 0 to 1, got {progress}")
    progress = min(1.0, max(0.0, progress))
    if progress < warmup:
        return _WARMUP_START + (1 - _WARMUP_START) * progress / warmup
    if decay and progress > 1 - decay:
        return final + (1 - final) * (1 - progress) / decay
    return 1.0


def set_learning_rates(optimizers: Mapping[str, Optimizer], factor: float) -> None:
    """Set every group to ``factor`` times its ``base_lr`` (its rate when first seen)."""
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = group.setdefault("base_lr", group["lr"]) * factor


def current_learning_rate(optimizers: Mapping[str, Optimizer]) -> float:
    """The rate of the first group of the first optimizer, for logs; 0 without optimizers."""
    for optimizer in optimizers.values():
        return float(optimizer.param_groups[0]["lr"])
    return 0.0
