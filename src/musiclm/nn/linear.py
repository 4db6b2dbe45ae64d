"""Which number format a device computes fastest in, and int8 weights for decoding on a CPU.

Decoding reads every weight once a step, so its speed is the number of bytes read. Rows of int8 with
one scale each are half of bfloat16, and on a CPU PyTorch's kernel for them is also much faster than
its small bfloat16 matrix products. Training never uses this file's layer.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int8
from torch import Tensor, nn

from musiclm.errors import ConfigError

# Above this many rows unpacking the weights is cheaper than the int8 kernel, whose time grows with
# every row: measured equal at 16 to 24 rows for all matrices of the small stages; at 232, the
# frames that a window carries on, the kernel took three times as long.
_MAX_INT8_ROWS = 24


def preferred_dtype(device: torch.device | str = "cpu") -> torch.dtype:
    """The fastest safe floating type: bfloat16 where the hardware multiplies it, else float32."""
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if kind != "cpu":
        return torch.float32
    capabilities = torch.cpu.get_capabilities()
    has_bf16 = capabilities.get("avx512_bf16", False) or capabilities.get("amx_bf16", False)
    return torch.bfloat16 if has_bf16 else torch.float32


def compute_dtype(x: Tensor) -> torch.dtype:
    """What matrix products of ``x`` come out in: autocast's type where it is on."""
    kind = x.device.type
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return x.dtype


def int8_kernel_available() -> bool:
    """Whether this PyTorch multiplies bfloat16 rows by packed int8 weights on the CPU."""
    try:
        product = torch._weight_int8pack_mm(
            torch.ones(1, 32, dtype=torch.bfloat16),
            torch.ones(32, 32, dtype=torch.int8),
            torch.ones(32, dtype=torch.bfloat16),
        )
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return bool((product == 32).all())


def quantize_rows(
    weight: Float[Tensor, "O I"],
) -> tuple[Int8[Tensor, "O I"], Float[Tensor, " O"]]:
    """Round each row to int8 with its own scale; ``codes * scale[:, None]`` is close to it."""
    scale = weight.float().abs().amax(dim=1).clamp_min(1e-12) / 127
    codes = torch.round(weight.float() / scale[:, None]).clamp(-127, 127)
    return codes.to(torch.int8), scale


class Int8Linear(nn.Module):
    """``nn.Linear`` with int8 rows, for decoding only: bfloat16 in, bfloat16 out.

    ``weight`` and ``scale`` are buffers, because nothing here is trained.
    """

    weight: Tensor
    scale: Tensor

    def __init__(self, weight: Float[Tensor, "O I"]) -> None:
        super().__init__()
        codes, scale = quantize_rows(weight.detach())
        self.register_buffer("weight", codes)
        self.register_buffer("scale", scale.to(torch.bfloat16))

    def forward(self, x: Float[Tensor, "*rows I"]) -> Float[Tensor, "*rows O"]:
        """Multiply every row of ``x`` by the transposed weights."""
        return int8_linear(x, self.weight, self.scale)


def int8_linear(
    x: Float[Tensor, "*rows I"], weight: Int8[Tensor, "O I"], scale: Float[Tensor, " O"]
) -> Float[Tensor, "*rows O"]:
    """``F.linear`` for int8 rows."""
    rows = x.reshape(-1, x.shape[-1])
    if rows.shape[0] <= _MAX_INT8_ROWS:
        product = torch._weight_int8pack_mm(rows.contiguous(), weight, scale)
    else:
        product = F.linear(rows, weight.to(x.dtype)) * scale
    return product.view(*x.shape[:-1], weight.shape[0])


def quantize_linears(module: nn.Module) -> None:
    """Replace every bias-free ``nn.Linear`` inside ``module`` by an ``Int8Linear``, in place.

    Raises:
        ConfigError: This PyTorch build has no int8 kernel for the CPU.
    """
    if not int8_kernel_available():
        raise ConfigError('this PyTorch has no int8 CPU kernel: choose precision "bfloat16"')
    for name, child in module.named_children():
        if isinstance(child, nn.Linear) and child.bias is None and child.in_features % 32 == 0:
            setattr(module, name, Int8Linear(child.weight))
        else:
            quantize_linears(child)
