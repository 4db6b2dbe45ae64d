"""Measurements, robustness and pictures in, one page and one JSON out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclm.evaluate.codec import tables
from musiclm.evaluate.codec.measure import Measurements
from musiclm.evaluate.codec.robustness import Robustness
from musiclm.evaluate.codec.verdicts import Verdict, verdict_lines, verdicts
from musiclm.evaluate.report import write_report


@dataclass(frozen=True, slots=True)
class CodecReport:
    """Everything that one call of ``musiclm evaluate codec`` found."""

    measured: Measurements
    """At every number of levels, and Opus."""
    robustness: Robustness | None = None
    """Hard sounds, and music at several gains."""
    pictures: tuple[Path, ...] = ()
    """Spectrograms that were drawn."""

    @property
    def about(self) -> str:
        """What was measured, in a sentence."""
        found = self.measured
        n_unseen = found.groups.count("unseen font")
        return (
            f"Codec on {len(found.pieces)} held-out clips of {len(set(found.pieces))} pieces "
            f"({found.seconds:.0f} s), {n_unseen} of them played by a sound font that training "
            "never hears."
        )

    def verdicts(self) -> list[Verdict]:
        """Every bar that was measured."""
        return verdicts(self.measured)

    def to_markdown(self) -> str:
        """The page without its first sentence."""
        found = self.measured
        opus = any(condition.levels is None for condition in found.conditions)
        sections = [tables.main_table(found), tables.LEGEND]
        if opus:
            sections.append("## Verdicts\n\n" + "\n".join(verdict_lines(self.verdicts())))
        if groups := tables.group_table(found):
            sections.append(f"## Sound fonts apart\n\n{groups}")
        sections.append(f"## Tones, by band of frequency\n\n{tables.band_table(found)}")
        if self.robustness is not None:
            sections.append(f"## Robustness\n\n{self.robustness.to_markdown()}")
        if self.pictures:
            shown = "\n".join(f"![{path.stem}]({path.name})" for path in self.pictures)
            sections.append(f"## Spectrograms\n\n{shown}")
        return "\n\n".join(sections)

    def results(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **tables.plain(self.measured),
            "verdicts": [answer.to_dict() for answer in self.verdicts()],
            "robustness": None if self.robustness is None else self.robustness.to_dict(),
            "pictures": [path.name for path in self.pictures],
        }

    def write(self, folder: Path, *, facts: Mapping[str, str]) -> None:
        """Write ``report.json`` and ``report.md``, with what identifies the codec."""
        results = {"codec": dict(facts), **self.results()}
        write_report(
            folder, results=results, table=self.to_markdown(), about=self.about, page="report.md"
        )
