import io
import re

import pytest

from musiclm.evaluate.page import table_for, table_text
from musiclm.evaluate.report import markdown_table

ROWS = markdown_table(
    [
        {
            "measure": name,
            "n": 311,
            "value": 0.861,
            "95% interval": "0.82 to 0.90",
            "chance": 0.12,
            "p": "0.0005",
            "real audio": "0.97 (0.95 to 0.99)",
            "bar": bar,
        }
        for name, bar in (
            ("tempo", "0.85 met"),
            ("named instruments heard (recall)", "0.70 missed"),
            ("key, relative or a fifth", ""),
        )
    ]
)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def words(text: str) -> list[str]:
    return sorted(text.replace("|", " ").split())


def test_table_fits_eighty_columns_and_cuts_nothing_off() -> None:
    text = table_text(f"{ROWS}\n\nMore.", title="Adherence")
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("Adherence\nmeasure")
    table = ROWS.splitlines()
    del table[1]
    assert words(text.removeprefix("Adherence\n")) == words("\n".join(table))


@pytest.mark.parametrize("width", [60, 40, 20])
def test_narrow_terminal_still_shows_every_sign(width: int) -> None:
    text = table_text(
        "| one word | value |\n| --- | ---: |\n| unbreakablewords | 12 |", width=width
    )
    assert max(map(len, text.splitlines())) <= width
    for sign in "unbreakablewords12":
        assert sign in text


def test_verdicts_are_coloured_on_a_terminal_only() -> None:
    coloured = table_text(ROWS, colour=True)
    assert "\x1b[32m0.85 met" in coloured
    assert "\x1b[31m0.70 missed" in coloured
    bare = table_text(ROWS)
    assert "\x1b" not in bare
    lines = ESCAPES.sub("", coloured).splitlines()
    assert [line.rstrip() for line in lines] == bare.splitlines()


def test_a_file_gets_a_line_a_row_and_a_terminal_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    lines = table_for(io.StringIO(), ROWS).splitlines()
    assert len(lines) == 4
    assert lines[1].split() == ROWS.splitlines()[2].replace("|", " ").split()
    assert "\x1b" not in "".join(lines)
    shown = table_for(Terminal(io.BytesIO(), encoding="utf-8"), ROWS)
    assert "\x1b[32m" in shown
    assert max(len(ESCAPES.sub("", line).rstrip()) for line in shown.splitlines()) <= 80


def test_a_stream_that_lacks_a_letter_is_no_reason_to_fail() -> None:
    text = "| title |\n| --- |\n| été |"
    assert table_for(Terminal(io.BytesIO(), encoding="ascii"), text).endswith("\\xe9t\\xe9\n")


def test_signs_that_steer_a_terminal_are_shown_as_text() -> None:
    text = table_text("| a |\n| --- |\n| \x1b[2J**b** `c` |", title="\x1b]0;x\x07")
    assert "\x1b" not in text
    assert "\\x1b[2Jb c" in text


def test_text_without_a_table_is_nothing() -> None:
    assert table_text("Words.") == ""
    assert table_text(markdown_table([]), title="Adherence") == ""
