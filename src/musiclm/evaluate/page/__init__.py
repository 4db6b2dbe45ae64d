"""Results in, one page for a browser or a table for a terminal out."""

from musiclm.evaluate.page.parts import Figure, Page, Player, Section
from musiclm.evaluate.page.terminal import table_for, table_text
from musiclm.evaluate.page.write import write_page

__all__ = [
    "Figure",
    "Page",
    "Player",
    "Section",
    "table_for",
    "table_text",
    "write_page",
]
