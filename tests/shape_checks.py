"""The type checker that the test run puts on every function of musiclm: beartype."""

import typing
from collections.abc import Callable
from typing import Any, TypeVar

from beartype import BeartypeConf, beartype

# An int is welcome where a float is asked for, as type checkers see it.
_CONF = BeartypeConf(is_pep484_tower=True)

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def _beyond_beartype(hint: Any) -> bool:
    """``Self`` on a single method, and protocols that promise no check at run time."""
    if isinstance(hint, list | tuple):  # the parameters of a Callable
        return any(_beyond_beartype(part) for part in hint)
    protocol = getattr(hint, "_is_protocol", False)
    unchecked_protocol = protocol and not getattr(hint, "_is_runtime_protocol", False)
    return hint is typing.Self or unchecked_protocol or _beyond_beartype(typing.get_args(hint))


def typechecked(function: FunctionT) -> FunctionT:
    """Beartype, less the few hints that it cannot check, which become ``Any``."""
    hints = getattr(function, "__annotations__", {})
    if any(_beyond_beartype(hint) for hint in hints.values()):
        function.__annotations__ = {
            name: Any if _beyond_beartype(hint) else hint for name, hint in hints.items()
        }
    return beartype(function, conf=_CONF)
