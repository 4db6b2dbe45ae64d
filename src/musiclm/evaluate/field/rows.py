"""A CSV, TSV or JSONL file in, its rows as dictionaries out; every fault names file and row.

Tables from elsewhere are untrusted text: lists inside cells are read as literals, never run. What
the columns mean is not known here.
"""

import ast
import csv
import io
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclm.errors import DataError

_LONGEST_LIST = 20_000  # characters; Python's parser may overflow its stack on hostile nesting


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table and where it stands."""

    values: dict[str, Any]
    """By column; text in a CSV, anything that JSON has in a JSONL."""
    path: Path
    place: str
    """Such as ``row 3 (line 5)``: rows count from 1 without the header; the line is its last."""

    @property
    def where(self) -> str:
        """File and place, as messages begin."""
        return f"{self.path}, {self.place}"


def read_rows(path: Path) -> list[Row]:
    """Read all rows of a table, at least one.

    Args:
        path: JSONL when it ends in ``.jsonl`` or ``.ndjson``, tabs between cells when in ``.tsv``,
            else CSV with commas. A byte order mark is passed over.

    Raises:
        DataError: Missing, empty, not UTF-8, a broken row, or a header that names a column twice.
    """
    text = _decoded(path)
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = list(_json_rows(text, path))
    else:
        rows = list(_csv_rows(text, path, "\t" if path.suffix.lower() == ".tsv" else ","))
    if not rows:
        raise DataError(f"{path} holds no row: expected a header and a row a caption")
    return rows


def list_of(row: Row, column: str) -> tuple[str, ...]:
    """Short texts of a cell: a JSON list, a Python list written as text, or commas between them.

    Raises:
        DataError: A list that is broken or holds something other than text; names the row.

    Example:
        >>> list_of(Row({"aspect_list": "['slow', 'mellow piano']"}, Path("a.csv"), "row 1"),
        ...         "aspect_list")
        ('slow', 'mellow piano')
    """
    value = row.values.get(column)
    if value is None:
        return ()
    if isinstance(value, str) and not value.lstrip().startswith("["):
        value = value.split(",")
    elif isinstance(value, str):
        value = _literal(value.strip(), row, column)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise DataError(f"{row.where}: expected a list of texts in column {column}, got {value!r}")
    return tuple(entry.strip() for entry in value if entry.strip())


def _literal(text: str, row: Row, column: str) -> Any:
    fault = f"{row.where}: column {column} holds no list of texts"
    if len(text) > _LONGEST_LIST:
        raise DataError(f"{fault} but {len(text)} characters, more than {_LONGEST_LIST}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a backslash in a caption is no fault
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise DataError(f"{fault}: {text[:60]!r}") from None


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"no captions at {path}: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}: not UTF-8 (byte {content[error.start]:#04x}): save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path}, line {line}: holds a zero byte, so it is no text file")
    if not text.strip():
        raise DataError(f"{path} is empty")
    return text


def _csv_rows(text: str, path: Path, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    number = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                if twice := sorted({name for name in header if header.count(name) > 1}):
                    raise DataError(f"{path}: the header names {', '.join(twice)} twice")
                continue
            number += 1
            place = f"row {number} (line {reader.line_num})"
            if len(cells) != len(header):
                raise DataError(
                    f"{path}, {place}: {len(cells)} cell(s), but the header names "
                    f"{len(header)} column(s): {', '.join(header)}"
                )
            yield Row(dict(zip(header, cells, strict=True)), path, place)
    except csv.Error as error:
        raise DataError(
            f"{path}, row {number + 1} (line {reader.line_num}): {error}: is a quotation mark "
            "not closed?"
        ) from None


def _json_rows(text: str, path: Path) -> Iterator[Row]:
    # Not splitlines(): captions may hold characters that it takes for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, {place}: no JSON: {error}") from None
        if not isinstance(values, dict):
            raise DataError(f"{path}, {place}: expected a JSON object, got {line.strip()[:60]!r}")
        yield Row(values, path, place)
