"""A corpus folder in, ``card.md`` and ``card.png`` out: what there is, how much, whose it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclm.corpus.font import licence_of
from musiclm.corpus.record import SPLITS, PieceRecord
from musiclm.errors import DataError

_BARS_AT_MOST = 30
_TEMPO_STEP = 10
_LENGTH_STEP = 20


@dataclass(frozen=True, slots=True)
class Distribution:
    """One property of the pieces and how often each value occurs."""

    title: str
    counts: dict[str, int]  # in the order of drawing


def write_card(corpus: Path) -> Path:
    """Describe the corpus in ``card.md`` beside its manifest, with ``card.png``.

    Returns:
        The path of the card.

    Raises:
        DataError: No manifest, or matplotlib is missing.
    """
    records = _read(corpus)
    distributions = distributions_of(records)
    _draw(distributions, corpus / "card.png")
    card = corpus / "card.md"
    card.write_text(card_text(records, distributions), encoding="utf-8")
    return card


def _read(corpus: Path) -> list[PieceRecord]:
    path = corpus / "manifest.jsonl"
    if not path.is_file():
        raise DataError(f"no corpus at {corpus}: make one with `musiclm corpus build --out ...`")
    lines = path.read_text(encoding="utf-8").split("\n")
    return [
        PieceRecord.from_line(line, where=f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def distributions_of(records: Sequence[PieceRecord]) -> list[Distribution]:
    """Count what a reader asks about."""
    facts = [record.facts for record in records]
    captions = [caption for record in records for caption in record.captions]
    return [
        _most("style", (str(fact.get("style")) for fact in facts), at_most=100),
        _most("mood", (str(fact.get("mood")) for fact in facts)),
        _most("scene", (str(fact["scene"]) for fact in facts if fact.get("scene"))),
        _most("instrument", (key for fact in facts for key in fact.get("instruments", ()))),
        _steps("tempo, felt beats a minute", [fact["tempo_bpm"] for fact in facts], _TEMPO_STEP),
        _steps("length, s", [record.seconds for record in records], _LENGTH_STEP),
        _most("tonic", (str(fact.get("key")) for fact in facts)),
        _most("mode", (str(fact.get("mode")) for fact in facts)),
        _most("metre", (str(fact.get("metre")) for fact in facts)),
        _most("production", (str(fact.get("production")) for fact in facts)),
        _most("dynamics", (str(fact.get("dynamics")) for fact in facts)),
        _most("captions by register", (caption.register for caption in captions)),
        _most("captions by language", (caption.language for caption in captions)),
        _most("played by", (record.sound for record in records)),
    ]


def _most(title: str, values: Iterable[str], *, at_most: int = _BARS_AT_MOST) -> Distribution:
    """The commonest values first; ties in the order of the alphabet."""
    counted = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return Distribution(title, dict(counted[:at_most]))


def _steps(title: str, values: Iterable[float], step: int) -> Distribution:
    """A histogram whose bars are named by their lower edge; empty ones in between stay."""
    counts = Counter(int(value // step) for value in values)
    edges = range(min(counts), max(counts) + 1) if counts else range(0)
    return Distribution(title, {str(edge * step): counts[edge] for edge in edges})


def card_text(records: Sequence[PieceRecord], distributions: Sequence[Distribution]) -> str:
    """The card as Markdown."""
    lines = [
        "# Corpus card",
        "",
        "Every note was composed, every sound rendered and every caption written by `musiclm`:",
        "no recording, score or text of anybody else is in it.",
        "",
        "| split | pieces | hours |",
        "|---|---:|---:|",
    ]
    for split in SPLITS:
        chosen = [record for record in records if record.split == split]
        lines.append(f"| {split} | {len(chosen)} | {_hours(chosen):.2f} |")
    lines.append(f"| all | {len(records)} | {_hours(records):.2f} |")
    unseen = Counter(kind for record in records for kind in record.unseen)
    lines += [
        "",
        f"Of the test pieces, {unseen['style']} are in a style and {unseen['font']} played by a"
        " sound font that no training piece has.",
        "",
        "## Licences",
        "",
        f"The music: {_names(record.licence for record in records)}. Its players:",
        "",
    ]
    for sound in sorted({record.sound for record in records}):
        lines.append(f"- {sound}: {licence_of(sound)}")
    lines += [
        "",
        f"Made by musiclm {_names(record.code_version for record in records)}.",
        "",
        "## Distributions",
        "",
        "![distributions](card.png)",
    ]
    for distribution in distributions:
        counts = ", ".join(f"{name} {count}" for name, count in distribution.counts.items())
        lines += ["", f"**{distribution.title}**: {counts or 'none'}"]
    return "\n".join(lines) + "\n"


def _hours(records: Iterable[PieceRecord]) -> float:
    return sum(record.seconds for record in records) / 3600.0


def _names(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(filter(None, values)))) or "not recorded"


def _draw(distributions: Sequence[Distribution], target: Path) -> None:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise DataError(
            "a corpus card has plots, and matplotlib is missing: pip install 'musiclm[corpus]'"
        ) from None
    columns = 3
    rows = -(-len(distributions) // columns)
    figure = Figure(figsize=(16, 4.2 * rows), layout="constrained")
    for number, distribution in enumerate(distributions, start=1):
        axes: Any = figure.add_subplot(rows, columns, number)
        names = list(distribution.counts)
        axes.bar(range(len(names)), list(distribution.counts.values()), width=0.8)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
        axes.set_title(distribution.title, fontsize=10)
        axes.margins(x=0.01)
    FigureCanvasAgg(figure)
    figure.savefig(target, dpi=70)
