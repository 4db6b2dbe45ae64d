"""What torchrun says in, a device and a group of processes out.

``torchrun --nproc-per-node 4 -m musiclm.cli.main train codec ...`` starts the same command four
times. Each process is a *rank* with a device and batches of its own; what they share goes through
``nn/ranks.py``. Without torchrun nothing here does anything.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

import torch
import torch.distributed as dist

from musiclm.errors import ConfigError

DeviceKind = Literal["auto", "cpu", "cuda"]
"""Where to compute; ``auto`` is a GPU if there is one."""

_PATIENCE = timedelta(minutes=30)  # Rank 0 may decode hours of music while the others wait.


def choose_device(kind: DeviceKind) -> torch.device:
    """The device of this process; each rank of a machine gets a GPU of its own.

    Raises:
        ConfigError: A GPU is wanted, and there is none, or none is left for this rank.
    """
    if kind == "cpu" or (kind == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    local = int(os.environ.get("LOCAL_RANK", "0"))
    n_devices = torch.cuda.device_count()
    if local >= n_devices:
        raise ConfigError(
            f"process {local} of this machine needs a GPU of its own, and there are {n_devices}: "
            "start fewer processes, or set device=cpu"
        )
    device = torch.device("cuda", local)
    torch.cuda.set_device(device)
    return device


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[None]:
    """Inside the block this process trains together with all that torchrun started."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or dist.is_initialized():
        yield
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()
