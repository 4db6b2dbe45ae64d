"""Parameters of a module in, optimizers out; one guarded optimizer step; averaged weights."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from musiclm.errors import ConfigError

OptimizerKind = Literal["adamw", "muon"]

# Muon is for matrices between hidden vectors. Rows of embeddings and of output heads belong to
# single codes and see sparse gradients; orthogonalising them would mix unrelated codes.
_NOT_HIDDEN = re.compile(r"(^|[._])(\w*embed\w*|heads?|codebooks?|null\w*|bias)([._]|$)")


def make_optimizers(
    module: nn.Module,
    *,
    learning_rate: float,
    table_learning_rate: float | None = None,
    weight_decay: float = 0.0,
    kind: OptimizerKind = "adamw",
    betas: tuple[float, float] = (0.9, 0.95),
) -> dict[str, Optimizer]:
    """Optimizers that together cover every trainable parameter of ``module`` once.

    Args:
        module: What is trained.
        learning_rate: The highest rate of the run. Muon's updates are scaled to the size of
            AdamW's, so the same number serves both.
        table_learning_rate: That of vectors, embeddings and heads; by default the same.
        weight_decay: Decoupled decay of matrices; vectors, embeddings and heads have none.
        kind: ``"muon"`` orthogonalises the updates of hidden matrices (in bfloat16) and leaves
            the rest to AdamW; ``"adamw"`` leaves everything to AdamW.
        betas: AdamW's averaging factors.

    Returns:
        ``{"adamw": ...}`` and, with ``"muon"`` and at least one hidden matrix, ``{"muon": ...}``.

    Raises:
        ConfigError: Nothing to train.
    """
    embedding_weights = {
        id(child.weight) for child in module.modules() if isinstance(child, nn.Embedding)
    }
    hidden: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad:
            continue
        is_table = id(parameter) in embedding_weights or _NOT_HIDDEN.search(name) is not None
        if parameter.ndim < 2 or is_table:
            plain.append(parameter)
        elif kind == "muon" and parameter.ndim == 2 and min(parameter.shape) > 1:
            hidden.append(parameter)
        else:
            decayed.append(parameter)
    if not hidden and not decayed and not plain:
        raise ConfigError("the module has no trainable parameter: nothing to optimise")

    optimizers: dict[str, Optimizer] = {}
    slow = learning_rate if table_learning_rate is None else table_learning_rate
    groups = [
        {"params": params, "weight_decay": decay, "lr": rate, "base_lr": rate}
        for params, decay, rate in ((decayed, weight_decay, learning_rate), (plain, 0.0, slow))
        if params
    ]
    if groups:
        optimizers["adamw"] = AdamW(groups, lr=learning_rate, betas=betas, eps=1e-8)
    if hidden:
        optimizers["muon"] = Muon(
            [{"params": hidden, "base_lr": learning_rate}],
            lr=learning_rate,
            weight_decay=weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
    return optimizers


def apply_gradients(
    loss: Tensor,
    parameters: Sequence[nn.Parameter],
    optimizers: Mapping[str, Optimizer],
    *,
    max_norm: float = 1.0,
) -> dict[str, Tensor]:
    """Backward, clip, step, clear; a loss or gradient that is not finite changes no weight.

    Returns:
        ``gradient_norm`` before clipping, and ``skipped`` (1 when the step was left out):
        ``fit`` counts those and stops a run that produces too many in a row.
    """
    if not bool(torch.isfinite(loss.detach())):
        norm = torch.full((), float("nan"))
    else:
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(parameters, max_norm).detach()
    finite = bool(torch.isfinite(norm))
    for optimizer in optimizers.values():
        if finite:
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return {"gradient_norm": norm, "skipped": torch.tensor(0.0 if finite else 1.0)}


class Ema:
    """Averaged weights of one module: smoother than the last step's, and better to sample from.

    State: ``shadow`` (float32 copies of the trainable parameters) and ``updates`` (how many times
    ``update`` ran). Buffers are not averaged: ``swapped`` leaves the module's own in place.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ConfigError(f"ema decay must be in [0, 1), got {decay}")
        self.module = module
        self.decay = decay
        self.updates = 0
        self.shadow: dict[str, Tensor] = {
            name: parameter.detach().to(torch.float32, copy=True)
            for name, parameter in module.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the module's present weights.

        Early on the average is short, or it would be dominated by the random initial weights.
        """
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        parameters = dict(self.module.named_parameters())
        shadows = list(self.shadow.values())
        present = [parameters[name].detach().float() for name in self.shadow]
        torch._foreach_lerp_(shadows, present, 1 - decay)

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Inside the block the module holds the averaged weights; after it, its own again."""
        parameters = dict(self.module.named_parameters())
        own = {name: parameters[name].detach().clone() for name in self.shadow}
        self.copy_to(self.module)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, value in own.items():
                    parameters[name].copy_(value)

    @torch.no_grad()
    def copy_to(self, module: nn.Module) -> None:
        """Write the averaged weights into ``module`` (of the same architecture)."""
        parameters = dict(module.named_parameters())
        for name, value in self.shadow.items():
            parameters[name].copy_(value)
