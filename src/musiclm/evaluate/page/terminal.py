"""A suite's Markdown in, its main table for a terminal out, or plain lines for a file or a pipe.

On a terminal cells wrap until the table fits, and verdicts are coloured; nothing is cut off. A
file or a pipe gets every row on one line, so that other programs can search it. The main table is
the first one; the others stand in the report's page.
"""

import shutil
from typing import Protocol, runtime_checkable

from musiclm.evaluate.page.markdown import MET, MISSED, Table, first_table

WIDTH = 80
"""Columns that a table fits into, even where a terminal has more."""

_GAP = "  "


@runtime_checkable
class Stream(Protocol):
    """Where text will be written, such as ``sys.stdout``."""

    @property
    def encoding(self) -> str | None:
        """Name of its encoding, if it has one."""

    def isatty(self) -> bool:
        """Whether people read it as it comes."""


def table_for(stream: Stream, text: str, *, title: str = "") -> str:
    """The main table as it suits where it will be written, see ``table_text``.

    Args:
        stream: Asked whether it is a terminal, and for its encoding; nothing is written to it.
        text: Markdown with a table in it, such as what ``markdown_table`` makes.
        title: Above the table.
    """
    on_terminal = stream.isatty()
    width = min(WIDTH, shutil.get_terminal_size().columns) if on_terminal else None
    made = table_text(text, title=title, width=width, colour=on_terminal)
    # A terminal whose encoding lacks a letter is no reason to fail after hours of work.
    encoding = stream.encoding or "utf-8"
    return made.encode(encoding, "backslashreplace").decode(encoding)


def table_text(
    text: str, *, title: str = "", width: int | None = WIDTH, colour: bool = False
) -> str:
    r"""The first table as lines that each end with a line break; empty where there is none.

    Args:
        text: Markdown with a table in it.
        title: Above the table.
        width: Columns to fit into, by wrapping cells; ``None`` wraps nothing.
        colour: With the escape codes of a terminal.

    Example:
        >>> text = "| measure | value | bar |\n| --- | ---: | --- |\n| tempo | 0.86 | 0.85 met |"
        >>> print(table_text(text), end="")
        measure  value  bar
        tempo     0.86  0.85 met
    """
    found = first_table(text)
    if found is None:
        return ""
    table = Table(
        tuple(map(_shown, found.heads)),
        found.sides,
        tuple(tuple(map(_shown, row)) for row in found.rows),
    )
    made = _plain(table) if width is None else _fitted(table, width, colour)
    lines = [_shown(title), *made] if title else made
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _plain(table: Table) -> list[str]:
    """Every row on one line, columns aligned."""
    rows = (table.heads, *table.rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(
            cell.rjust(width) if side == "number" else cell.ljust(width)
            for cell, width, side in zip(row, widths, table.sides, strict=True)
        )
        for row in rows
    ]


def _fitted(table: Table, width: int, colour: bool) -> list[str]:
    """Cells wrapped until everything fits."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=None, pad_edge=False, padding=(0, len(_GAP), 0, 0), header_style="bold")
    for head, side in zip(table.heads, table.sides, strict=True):
        grid.add_column(head, justify="right" if side == "number" else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    console = Console(
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as caught:
        console.print(grid)
    return caught.get().splitlines()


def _style(cell: str) -> str:
    """Green where a bar is met, red where it is missed; the word says it too."""
    last = cell.split()[-1:] or [""]
    return "green" if last[0] in MET else "red" if last[0] in MISSED else ""


def _shown(text: str) -> str:
    """Without marks of Markdown, and without signs that could steer a terminal."""
    text = text.replace("**", "").replace("`", "")
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
