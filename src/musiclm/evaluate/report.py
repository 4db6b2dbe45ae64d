"""Rows of numbers in, a Markdown table and a JSON file out, with what it takes to repeat them."""

import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from musiclm._version import __version__
from musiclm.audio.io import write_file

Cell = str | float | int | bool | None


def markdown_table(rows: Sequence[Mapping[str, Cell]], *, digits: int = 2) -> str:
    """A table with a column per key of the first row; numbers aligned right.

    Example:
        >>> print(markdown_table([{"what": "tempo", "accuracy": 0.5}]))
        | what | accuracy |
        | --- | ---: |
        | tempo | 0.50 |
    """
    if not rows:
        return ""
    columns = list(rows[0])
    aligned = ["---:" if _is_number(rows[0][name]) else "---" for name in columns]
    lines = [columns, aligned]
    lines.extend([_text(row.get(name), digits) for name in columns] for row in rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_report(
    folder: Path,
    *,
    results: Mapping[str, Any],
    table: str,
    about: str,
    page: str = "table.md",
) -> None:
    """Write ``report.json`` and a page; numbers that JSON cannot hold become null.

    Args:
        folder: Made when missing.
        results: Everything measured, plain values.
        table: The same for a reader.
        about: A sentence above the table: what was measured, how.
        page: File name of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"made_with": provenance(), "about": about, **results}
    text = json.dumps(_plain(whole), indent=2, ensure_ascii=False, allow_nan=False)
    write_file(folder / "report.json", f"{text}\n".encode())
    write_file(folder / page, f"{about}\n\n{table}\n".encode())


def provenance() -> dict[str, str]:
    """Versions and machine, for whoever compares two reports."""
    return {
        "musiclm": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {torch.get_num_threads()} threads",
    }


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Cell, digits: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{digits}f}" if math.isfinite(value) else str(value)
    return str(value).replace("|", "\\|").replace("\n", " ")


def _plain(value: Any) -> Any:
    """Values that JSON can hold, whatever they were."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
