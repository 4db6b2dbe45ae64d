"""What a causal language model remembers between two decoding steps."""

from dataclasses import dataclass

from torch import Tensor

from musiclm.nn.packed_cache import Cache


@dataclass(slots=True)
class DecodeState:
    """Made by ``prefill``, advanced by ``step``; never shared between generations."""

    cache: Cache  # keys and values of all positions so far
    n_steps: int  # steps whose codes the model has been given
    frames: Tensor | None = None  # condition vectors to add at each step, [B, S, D]
