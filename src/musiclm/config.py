"""Settings at the door: TOML or JSON in, frozen and validated models out.

Whatever comes from a file, the command line or an artifact is a ``Frozen`` model; what lives only
between our functions is a plain dataclass. This module imports no framework.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from musiclm.errors import ConfigError

ConfigT = TypeVar("ConfigT", bound="Frozen")


class Frozen(BaseModel):
    """Base of every configuration: immutable, strict about types, closed to unknown keys.

    ``validate_default`` catches the slip ``field: int = 5,`` (a tuple), which pydantic would
    otherwise accept in silence.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    def to_json(self) -> str:
        """Every value, defaults included, as indented JSON."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, source: str = "configuration") -> Self:
        """Validate plain values as read from TOML or JSON.

        Goes through JSON because strict mode accepts arrays for tuples only there.

        Args:
            values: Nested plain values.
            source: What the message names, for example a file name.

        Raises:
            ConfigError: Lists every fault with its path.
        """
        return cls.from_json(json.dumps(values), source=source)

    @classmethod
    def from_json(cls, text: str, *, source: str = "configuration") -> Self:
        """Validate JSON text; raises ``ConfigError`` listing every fault with its path."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(_all_faults(error, source)) from None


def replace(config: ConfigT, **changes: Any) -> ConfigT:
    """Copy ``config`` with ``changes``, validated again (pydantic's own copy skips validation).

    Example:
        >>> class Size(Frozen):
        ...     dim: int = 4
        >>> replace(Size(), dim=8).dim
        8
    """
    values = json.loads(config.model_dump_json())
    for key, value in changes.items():
        values[key] = json.loads(value.model_dump_json()) if isinstance(value, BaseModel) else value
    return type(config).from_mapping(values, source=type(config).__name__)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file into plain values.

    Raises:
        ConfigError: The file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"no file {path}: give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _all_faults(error: ValidationError, source: str) -> str:
    """One line a fault, each with its path, so that a user repairs all of them at once."""
    faults = error.errors(include_url=False)
    lines = [
        f"  {'.'.join(str(part) for part in fault['loc']) or '(whole)'}: {fault['msg']}"
        f" (got {fault['input']!r:.80})"
        for fault in faults
    ]
    return f"{source} has {len(faults)} fault(s):\n" + "\n".join(lines)
