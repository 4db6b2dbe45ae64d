"""Tensors of one process in, what all processes of a training agree on out.

A training may run as several processes, *ranks*, each with its own part of every batch (started by
``torchrun``; see ``train/ranks.py``). What the ranks must share goes through these functions, so
that weights and codebooks stay equal everywhere. A process of its own gets back what it gave.
"""

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn


def n_ranks() -> int:
    """Processes that train together; 1 for a process of its own."""
    return dist.get_world_size() if _together() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if _together() else 0


def own_items(drawn: Tensor) -> Tensor:
    """This rank's part of what was drawn at random for the items of all.

    Drawing for all and keeping a part leaves the generators of the ranks equal, and the items
    different: just as if one process had drawn for one large batch.
    """
    return torch.chunk(drawn, n_ranks())[rank()]


def wait_for_all(device: torch.device) -> None:
    """Return once every rank has come here.

    Args:
        device: Where this rank computes, which is how its messages travel.
    """
    sum_over_ranks(torch.zeros(1, device=device))
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def sum_over_ranks(tensor: Tensor) -> Tensor:
    """The sum of what every rank gave; changed in place."""
    if n_ranks() > 1:
        dist.all_reduce(tensor)
    return tensor


def max_over_ranks(tensor: Tensor) -> Tensor:
    """The largest of what the ranks gave, element by element; changed in place."""
    if n_ranks() > 1:
        dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return tensor


def from_first_rank(tensor: Tensor) -> Tensor:
    """What rank 0 gave; changed in place."""
    if n_ranks() > 1:
        dist.broadcast(tensor, src=0)
    return tensor


@torch.no_grad()
def copy_from_first_rank(module: nn.Module) -> None:
    """Give a module the weights and buffers that it has on rank 0."""
    if n_ranks() > 1:
        for tensor in (*module.parameters(), *module.buffers()):
            dist.broadcast(tensor.detach(), src=0)


@torch.no_grad()
def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give every parameter the mean of its gradients over all ranks.

    The ranks must have gradients of the same parameters, which they have as long as the same
    losses were taken on each.
    """
    if n_ranks() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    # One message for all: a model of some hundred small tensors would spend its time in greetings.
    together = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(together)
    together /= n_ranks()
    parts = torch.split(together, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def _together() -> bool:
    return dist.is_available() and dist.is_initialized()
