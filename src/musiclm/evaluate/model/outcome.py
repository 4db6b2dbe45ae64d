"""What a suite found: its sentence, tables, plain values, pictures and a few of its sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musiclm.evaluate.model.cases import Case
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.page.parts import Figure, Player, Section
from musiclm.evaluate.schema import EmbedderFacts, ReferenceSet
from musiclm.pipeline.folder import read_description

_PLAYED = 6  # clips on a page


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


def figures(*drawn: tuple[Path | None, str]) -> tuple[Figure, ...]:
    """Pictures that could be drawn, each with what it shows."""
    return tuple(Figure(path, alt) for path, alt in drawn if path is not None)


def players(
    chosen: Sequence[Case], made: Sequence[Made], real: Sequence[Made]
) -> tuple[Player, ...]:
    """The first few clips, each beside the composed piece that its prompt describes."""
    some = list(zip(chosen, made, real, strict=True))[:_PLAYED]
    return tuple(
        player
        for number, (case, clip, piece) in enumerate(some)
        for player in (
            Player(f"made, {number:04d}", clip.audio, case.text, case.language),
            Player(f"composed, {number:04d}", piece.audio),
        )
    )


def own_tokenizer(model: Path) -> Path | None:
    """Where a model's semantic tokenizer lies, if it brings one."""
    tokenizer = read_description(model)[0].components.tokenizer
    return None if tokenizer is None else model / tokenizer.folder
