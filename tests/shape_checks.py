"""The type checker that the test run puts on every function of musiclm: beartype."""

import typing
from collections.abc import Callable
from typing import Any, TypeVar

from beartype import beartype

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def _names_self(hint: Any) -> bool:
    return hint is typing.Self or any(_names_self(part) for part in typing.get_args(hint))


def typechecked(function: FunctionT) -> FunctionT:
    """Beartype, which knows ``Self`` only on whole classes, while jaxtyping hands it methods."""
    hints = getattr(function, "__annotations__", {})
    if any(_names_self(hint) for hint in hints.values()):
        function.__annotations__ = {
            name: Any if _names_self(hint) else hint for name, hint in hints.items()
        }
    return beartype(function)
