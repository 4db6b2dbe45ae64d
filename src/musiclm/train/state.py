"""Everything that a training run must remember to go on as if it had never stopped."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.optim import Optimizer

from musiclm.train.optim import Ema


@dataclass(slots=True)
class TrainState:
    """What ``fit`` carries from step to step, and what a checkpoint holds.

    The position in the data is no part of it: batches are a pure function of the step number.
    """

    modules: dict[str, nn.Module]
    """Everything with weights or buffers, by name."""
    optimizers: dict[str, Optimizer]
    """By name; their groups hold ``base_lr`` once ``set_learning_rates`` has seen them."""
    generator: torch.Generator
    """The only source of randomness of a step, besides torch's own (dropout), saved as well."""
    step: int = 0
    """Steps done."""
    seconds: float = 0.0
    """Seconds of training behind, over all sessions of the run."""
    ema: Ema | None = None
    """Averaged weights of one of the modules."""
