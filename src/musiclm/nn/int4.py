"""Weights of four bits for decoding on a CPU: a scale and a zero for every group of a row.

A decoding step is as fast as its weights are read. Four bits, with 32 bits for each group of 32
inputs, are five eighths of int8. The kernel's value is ``(code - 8) * scale + zero``, with codes
from 0 to 15.

How PyTorch packs codes depends on the processor, so packed weights are never stored. Nothing here
is trained, and nothing here chooses which matrices take it: that is ``nn/precision.py``.
"""

from functools import cache

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from musiclm.errors import ShapeError

GROUP = 32
"""Inputs that share a scale. The kernel takes as long with 64 or 128 when the weights are in a
cache, and 3 to 10 % less when they are not; the error of a Gaussian matrix is 7.4 % with 32, 8.6 %
with 64 and 9.6 % with 128. And more widths are a multiple of 32."""

# Above this many rows unpacking is cheaper than the kernel, whose time grows with every row:
# measured equal at 80 to 96 rows for the matrices of small stages and at 88 to 100 for 1,024 by
# 4,096; at 256 the kernel took nearly twice as long.
_MAX_KERNEL_ROWS = 88
_PASSES = 2
_ROUNDED_AT_ONCE = 2**20  # weights; what rounding needs beside them stays small


def round_groups(
    weight: Float[Tensor, "O I"],
) -> tuple[UInt8[Tensor, "O I"], Float[Tensor, "G O"], Float[Tensor, "G O"]]:
    """Round every group of a row to 16 values; ``(codes - 8) * scale + zero`` is close to it.

    The values first reach from the least weight of a group to its greatest. Then, twice, scale and
    zero become those with the least squared error for the codes, which costs 5 ns a weight and
    makes the error 6 % smaller; searching 16 narrower ranges found 4 %, for twice the time.

    Args:
        weight: Rows whose length is a multiple of ``GROUP``.

    Returns:
        Codes 0 to 15, and scale and zero of group ``g`` of each row; both are exact in bfloat16,
        which is how the kernel reads them.
    """
    n_out, n_in = weight.shape
    codes = torch.empty(n_out, n_in, dtype=torch.uint8)
    scales = torch.empty(2, n_in // GROUP, n_out)
    n_rows = max(1, _ROUNDED_AT_ONCE // n_in)
    for start in range(0, n_out, n_rows):
        part = slice(start, min(start + n_rows, n_out))
        groups = weight[part].detach().float().view(-1, n_in // GROUP, GROUP)
        found, scale, zero = _round(groups)
        codes[part] = (found + 8).to(torch.uint8).view(-1, n_in)
        scales[0, :, part], scales[1, :, part] = scale[..., 0].t(), zero[..., 0].t()
    return codes, scales[0], scales[1]


def _round(
    groups: Float[Tensor, "O G E"],
) -> tuple[Float[Tensor, "O G E"], Float[Tensor, "O G 1"], Float[Tensor, "O G 1"]]:
    """Codes -8 to 7 of each group, its scale and its zero."""
    low, high = groups.amin(dim=-1, keepdim=True), groups.amax(dim=-1, keepdim=True)
    centre = groups.mean(dim=-1, keepdim=True)
    apart = groups - centre
    scale = _as_read((high - low) / 15).clamp_min_(1e-12)
    zero = _as_read(low + 8 * scale)
    codes = _nearest(groups, scale, zero)
    for _ in range(_PASSES):
        # The line through codes and weights of a group; codes rise with weights, so it rises too.
        mean = codes.mean(dim=-1, keepdim=True)
        from_mean = codes - mean
        covariance = (from_mean * apart).sum(dim=-1, keepdim=True)
        variance = from_mean.square().sum(dim=-1, keepdim=True).clamp_min_(1e-12)
        scale = _as_read(covariance / variance).clamp_min_(1e-12)
        zero = _as_read(centre - scale * mean)
        codes = _nearest(groups, scale, zero)
    return codes, scale, zero


def _nearest(groups: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
    return ((groups - zero) / scale).round_().clamp_(-8, 7)


def _as_read(x: Tensor) -> Tensor:
    """As the kernel will read it."""
    return x.to(torch.bfloat16).float()


class Int4Linear(nn.Module):
    """``nn.Linear`` without bias on packed codes, for decoding only; gives the type it is given.

    ``packed`` holds two codes a byte and ``scales`` a scale and a zero for each group and output.
    Both are buffers, so ``.to(dtype)`` leaves the codes alone, and what it does to the scales is
    undone in each call. Not for ``state_dict`` files: other processors pack otherwise.

    Raises:
        ShapeError: ``fits_int4`` says that the kernel does not take this matrix.
    """

    packed: Tensor
    scales: Tensor

    def __init__(self, weight: Float[Tensor, "O I"]) -> None:
        super().__init__()
        n_out, n_in = weight.shape
        if not fits_int4(n_in, n_out):
            raise ShapeError(
                f"no packed int4 for a matrix of {n_out} rows by {n_in}: "
                f"inputs must be a multiple of {GROUP}, and rows what the kernel takes"
            )
        codes, scale, zero = round_groups(weight)
        self.register_buffer("packed", _pack(codes))
        self.register_buffer("scales", torch.stack((scale, zero), dim=-1).to(torch.bfloat16))

    def forward(self, x: Float[Tensor, "*rows I"]) -> Float[Tensor, "*rows O"]:
        """Multiply every row of ``x`` by the transposed weights."""
        scales = self.scales
        if (
            x.dim() == 2
            and x.dtype == scales.dtype == torch.bfloat16
            and len(x) <= _MAX_KERNEL_ROWS
        ):
            # A decoding step.
            return torch._weight_int4pack_mm_for_cpu(x.contiguous(), self.packed, GROUP, scales)
        scales = scales.to(torch.bfloat16)
        rows = x.reshape(-1, x.shape[-1]).to(torch.bfloat16)
        if rows.shape[0] <= _MAX_KERNEL_ROWS or _layout(scales.shape[1]) is None:
            product = torch._weight_int4pack_mm_for_cpu(
                rows.contiguous(), self.packed, GROUP, scales
            )
        else:
            product = rows @ unpack(self.packed, scales)
        return product.view(*x.shape[:-1], -1).to(x.dtype)


@cache
def int4_kernel_available(n_out: int = 64) -> bool:
    """Whether this PyTorch multiplies bfloat16 rows by ``n_out`` rows of packed int4 on the CPU.

    Compares with a product that is exact in bfloat16. Current kernels take multiples of 16.
    """
    rng = torch.Generator().manual_seed(0)
    codes = torch.randint(16, (n_out, GROUP), generator=rng, dtype=torch.uint8)
    zero = torch.randint(-4, 5, (1, n_out), generator=rng)
    x = torch.zeros(2, GROUP)
    x[0, :4], x[1, -4:] = 1, -1
    scales = torch.stack((torch.full((1, n_out), 0.5), zero), dim=-1).to(torch.bfloat16)
    try:
        product = torch._weight_int4pack_mm_for_cpu(
            x.to(torch.bfloat16), _pack(codes), GROUP, scales
        )
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    exact = x @ ((codes.float() - 8) * 0.5 + zero.t()).t()
    return torch.equal(product.float(), exact)


def fits_int4(n_in: int, n_out: int) -> bool:
    """Whether a matrix of ``n_out`` rows by ``n_in`` can be packed and multiplied here."""
    return n_in % GROUP == 0 and int4_kernel_available(n_out)


def unpack(packed: UInt8[Tensor, "O half"], scales: Float[Tensor, "G O 2"]) -> Float[Tensor, "I O"]:
    """The transposed weights in bfloat16, for many rows at once.

    Args:
        packed: Codes, as ``Int4Linear`` keeps them.
        scales: Scale and zero of each group and output, bfloat16.

    Raises:
        ShapeError: How this processor packs so many outputs is not known.
    """
    n_groups, n_out, _ = scales.shape
    layout = _layout(n_out)
    if layout is None:
        raise ShapeError(f"how {n_out} rows of int4 are packed here is not known: use the kernel")
    codes = _codes(packed, layout).view(n_groups, GROUP, n_out)
    # Contiguous, because with scales two apart the product takes ten times as long.
    scale, zero = scales.permute(2, 0, 1).contiguous()[:, :, None]
    weight = codes.to(torch.bfloat16).mul_(scale).add_(zero - 8 * scale)
    return weight.view(-1, n_out)


def _pack(codes: UInt8[Tensor, "O I"]) -> Tensor:
    """Two codes a byte, in the order that this processor's kernel reads."""
    packed: Tensor = torch._convert_weight_to_int4pack_for_cpu(codes.to(torch.int32), 1)
    return packed


# Rows of a run of blocks, rows of each block, and where in a block's codes each row's code lies.
_Layout = tuple[tuple[int, int, Tensor | None], ...]


@cache
def _layout(n_out: int) -> _Layout | None:
    """How ``_pack`` orders codes, found by packing known ones; None if it is another way.

    Assumed and then checked: rows in blocks of equal size, a smaller one last; in a block one input
    after the other; of each input the codes of all rows, in an order that only the size decides.
    """
    rng = torch.Generator().manual_seed(0)
    codes = torch.randint(16, (n_out, 2 * GROUP), generator=rng, dtype=torch.uint8)
    try:
        layout = _assumed_layout(n_out)
        right = torch.equal(_codes(_pack(codes), layout), codes.t())
    except (RuntimeError, IndexError):  # pragma: no cover - needs another processor
        return None
    return layout if right else None


def _assumed_layout(n_out: int) -> _Layout:
    column = torch.arange(GROUP, dtype=torch.uint8).remainder(16)
    of_columns = _pack(column.expand(n_out, GROUP)).flatten() & 15
    block = 2 * int(of_columns.nonzero()[0])
    row = torch.arange(n_out)
    of_rows = torch.zeros(n_out * GROUP // 2, 2, dtype=torch.int64)
    for shift in (0, 4, 8, 12):
        digit = ((row >> shift) & 15).to(torch.uint8)
        packed = _pack(digit[:, None].expand(n_out, GROUP)).flatten().long()
        of_rows += torch.stack((packed & 15, packed >> 4), dim=-1) << shift
    n_whole = n_out // block * block
    layout = []
    for start, n_rows, size in ((0, n_whole, block), (n_whole, n_out - n_whole, n_out - n_whole)):
        if n_rows:
            first = start * GROUP // 2
            order = of_rows[first : first + size // 2].t().flatten().argsort()
            in_order = torch.equal(order, torch.arange(size))
            layout.append((n_rows, size, None if in_order else order))
    return tuple(layout)


def _codes(packed: UInt8[Tensor, "O half"], layout: _Layout) -> UInt8[Tensor, "I O"]:
    """Packed codes in the order of inputs and outputs."""
    n_in = 2 * packed.shape[1]
    parts, start = [], 0
    for n_rows, size, order in layout:
        blocks = packed[start : start + n_rows].view(-1, n_in, size // 2)
        codes = torch.cat((blocks & 15, blocks >> 4), dim=-1)
        if order is not None:
            codes = codes[..., order]
        parts.append(codes.transpose(0, 1).reshape(n_in, n_rows))
        start += n_rows
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
