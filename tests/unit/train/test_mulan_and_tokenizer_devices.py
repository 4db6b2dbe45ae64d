"""Training and tokenizing on another device than the CPU, without having one.

A tensor that is *elsewhere* says that its device is ``meta`` and refuses, as a GPU's would, to be
computed with together with one of the CPU, or to be read without being moved back; its numbers are
computed on the CPU all the same. So a training elsewhere must end with what it ends with here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only

ELSEWHERE = torch.device("meta")
_MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class Elsewhere(Tensor):
    """A tensor of the other device, around one of the CPU that holds its numbers."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> "Elsewhere":
        made: Elsewhere = Tensor._make_wrapper_subclass(
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=ELSEWHERE,
            requires_grad=here.requires_grad,
        )
        made.here = here
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        return computed(func, args, kwargs or {})


class OtherDevice(TorchDispatchMode):
    """Inside, ``meta`` is a device that computes."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        return computed(func, args, kwargs or {})


def computed(func: Any, args: Any, kwargs: dict[str, Any]) -> object:
    """One operation, on the device where its tensors are."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [isinstance(tensor, Elsewhere) for tensor in tensors]
    wanted = kwargs.get("device")
    if func not in _MOVES and any(there):
        # A GPU reads single numbers of the CPU by itself.
        strangers = [
            tensor for tensor, is_there in zip(tensors, there, strict=True)
            if not is_there and tensor.ndim
        ]  # fmt: skip
        if strangers:
            shapes = [(tuple(t.shape), str(t.device)) for t in tensors]
            raise RuntimeError(f"{func} mixes devices: {shapes}")
    if wanted is None:
        result_there = there[0] if func in _MOVES else any(there)
    else:
        result_there = torch.device(wanted) == ELSEWHERE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    here_args, here_kwargs = tree_map_only(Elsewhere, lambda t: t.here, (args, kwargs))
    result = func(*here_args, **here_kwargs)
    if not result_there:
        return result
    wrapped = tree_map_only(Tensor, Elsewhere, result)
    return return_and_correct_aliasing(func, args, kwargs, wrapped)


@contextmanager
def another_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, trainings choose the other device."""
    autocast = torch.autocast

    def known(kind: str, *rest: Any, **options: Any) -> Any:
        return autocast("cpu" if kind == ELSEWHERE.type else kind, *rest, **options)

    with monkeypatch.context() as patch, OtherDevice():
        patch.setattr(torch, "autocast", known)
        for part in ("mulan", "semantic"):
            patch.setattr(f"musiclm.train.{part}.choose_device", lambda kind: ELSEWHERE)
        yield


def test_the_other_device_is_as_strict_as_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_device(monkeypatch):
        layer = torch.nn.Linear(2, 2).to(ELSEWHERE)
        given = torch.ones(3, 2)
        with pytest.raises(RuntimeError, match="mixes devices"):
            layer(given)
        with pytest.raises((RuntimeError, NotImplementedError, TypeError)):
            given.to(ELSEWHERE).numpy()
        loss = layer(given.to(ELSEWHERE)).square().mean()
        loss.backward()
        assert isinstance(layer.weight.grad, Elsewhere)
        assert float(loss) > 0
        assert not isinstance(loss.detach().cpu(), Elsewhere)
