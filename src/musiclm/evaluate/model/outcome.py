"""What a suite found: its sentence, tables, plain values, pictures and a few of its sounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from musiclm.evaluate.page.parts import Figure, Player, Section
from musiclm.evaluate.schema import EmbedderFacts, ReferenceSet


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one suite found."""

    about: str
    table: str
    """Markdown: paragraphs and tables."""
    results: Mapping[str, Any]
    n: Mapping[str, int] = field(default_factory=dict)
    """What was counted, to how many."""
    embedders: tuple[EmbedderFacts, ...] = ()
    reference: ReferenceSet | None = None
    figures: tuple[Figure, ...] = ()
    players: tuple[Player, ...] = ()

    def section(self, title: str) -> Section:
        """Its part of the page."""
        return Section(title, self.about, (self.table,), self.figures, self.players)
