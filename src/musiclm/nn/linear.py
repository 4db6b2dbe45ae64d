"""Which number format a device computes fastest in, and int8 weights for decoding on a CPU.

Decoding reads every weight once a step, so its speed is the number of bytes read. Rows of int8 with
one scale each are half of bfloat16, and on a CPU PyTorch's kernel for them is also much faster than
its small bfloat16 matrix products. Training never uses this file's layer, and which matrices of a
model take it is decided in ``nn/precision.py``.
"""

from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int8
from torch import Tensor, nn

from musiclm.errors import ShapeError

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


@cache
def int8_kernel_available() -> bool:
    """Whether this PyTorch multiplies bfloat16 rows by packed int8 weights on the CPU.

    Compares with a product that is exact in bfloat16.
    """
    rng = torch.Generator().manual_seed(0)
    weight = torch.randint(-127, 128, (32, 32), generator=rng, dtype=torch.int8)
    x = torch.zeros(2, 32)
    x[0, 3], x[1, 30] = 1, -1
    try:
        product = torch._weight_int8pack_mm(
            x.to(torch.bfloat16), weight, torch.full((32,), 0.5, dtype=torch.bfloat16)
        )
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return torch.equal(product.float(), x @ weight.float().t() * 0.5)


def fits_int8(n_in: int) -> bool:
    """Whether a matrix of any number of rows by ``n_in`` can be multiplied here."""
    return n_in % 32 == 0 and int8_kernel_available()


def quantize_rows(
    weight: Float[Tensor, "O I"],
) -> tuple[Int8[Tensor, "O I"], Float[Tensor, " O"]]:
    """Round each row to int8 with its own scale; ``codes * scale[:, None]`` is close to it."""
    scale = weight.float().abs().amax(dim=1).clamp_min(1e-12) / 127
    codes = torch.round(weight.float() / scale[:, None]).clamp(-127, 127)
    return codes.to(torch.int8), scale


class Int8Linear(nn.Module):
    """``nn.Linear`` without bias, with int8 rows, for decoding only; gives the type it is given.

    ``weight`` and ``scale`` are buffers, because nothing here is trained: ``.to(dtype)`` leaves the
    codes alone, and what it does to the scales is undone in each call. The kernel reads beyond the
    end of rows whose length is no multiple of 32 (it ended the process), so those are refused.

    Raises:
        ShapeError: ``fits_int8`` says that the kernel does not take this matrix.
    """

    weight: Tensor
    scale: Tensor

    def __init__(self, weight: Float[Tensor, "O I"]) -> None:
        super().__init__()
        if not fits_int8(weight.shape[1]):
            raise ShapeError(
                f"no int8 rows for {weight.shape[1]} inputs: they must be a multiple of 32, and "
                "PyTorch must have the kernel"
            )
        codes, scale = quantize_rows(weight.detach())
        self.register_buffer("weight", codes)
        self.register_buffer("scale", scale.to(torch.bfloat16))

    def forward(self, x: Float[Tensor, "*rows I"]) -> Float[Tensor, "*rows O"]:
        """Multiply every row of ``x`` by the transposed weights."""
        return int8_linear(x, self.weight, self.scale)


def int8_linear(
    x: Float[Tensor, "*rows I"], weight: Int8[Tensor, "O I"], scale: Float[Tensor, " O"]
) -> Float[Tensor, "*rows O"]:
    """``F.linear`` for int8 rows, in bfloat16: the kernel is ten times slower in float32."""
    if x.dim() == 2 and x.dtype == scale.dtype == torch.bfloat16 and len(x) <= _MAX_INT8_ROWS:
        return torch._weight_int8pack_mm(x.contiguous(), weight, scale)  # A decoding step.
    rows = x.reshape(-1, x.shape[-1]).to(torch.bfloat16)
    scale = scale.to(torch.bfloat16)
    if rows.shape[0] <= _MAX_INT8_ROWS:
        product = torch._weight_int8pack_mm(rows.contiguous(), weight, scale)
    else:
        product = F.linear(rows, weight.to(torch.bfloat16)) * scale
    return product.view(*x.shape[:-1], weight.shape[0]).to(x.dtype)
