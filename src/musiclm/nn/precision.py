"""A model and a precision in, the model ready to decode in it out: the one list of number formats.

A decoding step reads every weight once, so fewer bits are faster as far as a kernel reads them so.
What a machine has is tested and never assumed; ``best_precision`` says what it can have instead,
and why, so that whoever asked can be told.

Training's mixed precision is not here, nor how weights are stored (``artifact.py``).
"""

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from musiclm.errors import ConfigError
from musiclm.nn.int4 import Int4Linear, fits_int4, int4_kernel_available
from musiclm.nn.linear import Int8Linear, fits_int8, int8_kernel_available, preferred_dtype

Precision = Literal["float32", "bfloat16", "int8", "int4"]
"""``int8`` and ``int4`` are formats of matrices, on CPUs; all else is bfloat16 then."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def best_precision(
    wanted: Precision | None = None, device: torch.device | str = "cpu"
) -> tuple[Precision, str | None]:
    """What ``device`` can compute in, and why it is not what was wanted.

    Args:
        wanted: A precision, or None for the fastest that loses next to nothing: int8 where the
            CPU has bfloat16 instructions, bfloat16 where only those, else float32.
        device: Where the model is.

    Returns:
        The precision: what is wanted if it can be had, else the next of int4, int8, bfloat16 and
        float32. And a sentence for people if it is another than wanted, else None.

    Example:
        >>> best_precision("float32")
        ('float32', None)
    """
    kind = torch.device(device).type
    has_bfloat16 = preferred_dtype(device) == torch.bfloat16
    floating: Precision = "bfloat16" if has_bfloat16 else "float32"
    if wanted is None:
        return ("int8" if floating == "bfloat16" and _has("int8", kind) else floating), None
    if _has(wanted, kind) and (wanted != "bfloat16" or kind == "cpu" or has_bfloat16):
        return wanted, None
    found: Precision = floating
    if wanted == "int4" and _has("int8", kind):
        found = "int8"
    if wanted == "bfloat16":
        why = f"this {kind} device does not multiply bfloat16"
    elif kind != "cpu":
        why = f"{wanted} weights are for CPUs, and this is a {kind} device"
    else:
        why = f"this PyTorch has no {wanted} kernel for this CPU"
    return found, f"{why}: computing in {found}"


def convert(module: nn.Module, precision: Precision) -> None:
    """Make the weights inside ``module`` those of ``precision``, in place, to decode with.

    One matrix after the other, and each float matrix is let go at once, so that the most memory is
    what the float weights take and one matrix more. ``module`` itself is not replaced, only what is
    in it.

    Args:
        module: A model with floating weights.
        precision: What ``best_precision`` says this machine has.

    Raises:
        ConfigError: The machine does not have this precision, or the model was converted to int8
            or int4 before.
    """
    if any(isinstance(each, Int8Linear | Int4Linear) for each in module.modules()):
        raise ConfigError("this model has int8 or int4 weights already: load it again, in float32")
    if not _has(precision, "cpu"):
        raise ConfigError(
            f'this PyTorch has no {precision} CPU kernel: choose precision "bfloat16"'
        )
    for name, kind in packed_formats(module, precision).items():
        parent_name, _, own_name = name.rpartition(".")
        parent = module.get_submodule(parent_name)
        weight = parent.get_submodule(own_name).get_parameter("weight")
        setattr(parent, own_name, packed_linear(weight, kind))
    module.to(torch.float32 if precision == "float32" else torch.bfloat16)


def packed_formats(module: nn.Module, precision: Precision) -> dict[str, Precision]:
    """Which matrices inside ``module`` become int8 or int4, by their names; reads no weight.

    Loaders that pack matrix by matrix as they read ask this of a model on the meta device, and so
    never hold all float weights.

    * A layer with a bias stays floating, and so does one whose input width is no multiple of 32.
    * Of int4 the kernel takes only some numbers of outputs (multiples of 16 until now); which ones
      is tried, and a matrix with another number becomes int8.
    * Int8 instead of int4 is also what a module with ``keeps_int8 = True`` has, such as the heads
      that decide the codes, and the first block of a Transformer. The int4 error of that block
      alone was three quarters of the whole divergence in our acoustic stage of six blocks, and
      two fifths in our semantic stage of eight; that of no other block was above a fifth.

    Args:
        module: A model; its parameters need only shapes.
        precision: What is wanted; the floating ones pack nothing.
    """
    if precision not in ("int8", "int4"):
        return {}
    sensitive = _sensitive(module)
    found: dict[str, Precision] = {}
    for name, each in module.named_modules():
        if not (name and isinstance(each, nn.Linear) and each.bias is None):
            continue
        finer = precision == "int8" or name.startswith(sensitive)
        if not finer and fits_int4(each.in_features, each.out_features):
            found[name] = "int4"
        elif fits_int8(each.in_features):
            found[name] = "int8"
    return found


def _sensitive(module: nn.Module) -> tuple[str, ...]:
    """What the names of matrices begin with that keep int8."""
    found = []
    for name, each in module.named_modules():
        prefix = f"{name}." if name else ""
        if getattr(each, "keeps_int8", False):
            found.append(prefix)
    return tuple(found)


def packed_linear(weight: Float[Tensor, "O I"], precision: Precision) -> nn.Module:
    """A layer that multiplies by int8 or int4 weights, as close to ``weight`` as they are.

    Raises:
        ConfigError: The precision is a floating one.
        ShapeError: The kernel does not take this matrix.
    """
    if precision == "int8":
        return Int8Linear(weight)
    if precision == "int4":
        return Int4Linear(weight)
    raise ConfigError(f'only int8 and int4 weights are packed, got "{precision}"')


def _has(precision: Precision, kind: str) -> bool:
    """Whether there is a kernel; floating types are always computed, however slowly."""
    if precision == "int8":
        return kind == "cpu" and int8_kernel_available()
    if precision == "int4":
        return kind == "cpu" and int4_kernel_available()
    return True


def precision_of(module: nn.Module) -> Precision:
    """What ``convert`` made of a model, or what its weights were in from the beginning."""
    kinds = {type(each) for each in module.modules()}
    if Int4Linear in kinds:
        return "int4"
    if Int8Linear in kinds:
        return "int8"
    dtype = next(module.parameters()).dtype
    return "bfloat16" if dtype == torch.bfloat16 else "float32"
