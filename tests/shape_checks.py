"""The type checker that the test run puts on every function of musiclm: beartype."""

import typing
from collections.abc import Callable
from typing import Any, TypeVar

from beartype import BeartypeConf, beartype

# An int is welcome where a float is asked for, as type checkers see it.
_CONF = BeartypeConf(is_pep484_tower=True)

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
    return beartype(function, conf=_CONF)
