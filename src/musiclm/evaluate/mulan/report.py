"""Estimates by name in, tables for a terminal or a page out, with the bars that they are held to.

Bars are printed beside the numbers and decide nothing.
"""

from collections.abc import Mapping

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.evaluate.mulan.estimate import Estimate
from musiclm.evaluate.report import Cell, markdown_table

BARS: dict[str, float] = {
    "zero_shot/style": 0.80,
    "zero_shot/instruments": 0.75,
    "zero_shot/mood": 0.60,
    "zero_shot/tempo": 0.80,
    "pairs/all": 0.85,
    "negation/all": 0.80,
    "sentences/top1": 0.70,
    "space/quantized/text": 0.95,
    "space/quantized/audio": 0.95,
}
"""At least so much is wanted; of measures by language, in each of them."""
WIDEST_GAP = 5.0
"""Points that a language may lie below English."""

_SECTIONS = {
    "retrieval": "Retrieval in the pool",
    "zero_shot": "Zero-shot (mood: one of three; mood_near: a neighbour counts)",
    "pairs": "Minimal pairs",
    "negation": "Negation",
    "sentences": "Free sentences",
    "space": "Space",
}


def bar_of(name: str) -> float | None:
    """What a number is held to, if to anything.

    Example:
        >>> bar_of("zero_shot/style/fr"), bar_of("zero_shot/style/gap"), bar_of("space/gap/after")
        (0.8, 5.0, None)
    """
    if name.startswith("zero_shot/") and name.endswith("/gap"):
        return WIDEST_GAP
    base, _, last = name.rpartition("/")
    return BARS.get(name, BARS.get(base) if last in (*LANGUAGES, "all") else None)


def mulan_tables(found: Mapping[str, Estimate]) -> str:
    """All sections; what was measured by language has a table of languages side by side."""
    parts: list[str] = []
    for section, title in _SECTIONS.items():
        names = [name for name in found if name.startswith(f"{section}/")]
        if not names:
            continue
        parts.append(f"## {title}")
        parts.append(markdown_table([_row(name, found) for name in names if _leads(name, found)]))
        if rows := _by_language(names, found):
            parts += ["By language:", markdown_table(rows)]
    return "\n\n".join(parts)


def _leads(name: str, found: Mapping[str, Estimate]) -> bool:
    """Whether a number has a row of its own: English, or all languages where they are pooled."""
    base, _, last = name.rpartition("/")
    return last not in LANGUAGES or (last == "en" and f"{base}/all" not in found)


def _row(name: str, found: Mapping[str, Estimate]) -> dict[str, Cell]:
    estimate = found[name]
    low, high = estimate.interval
    return {
        "measure": name.partition("/")[2],
        "value": estimate.value,
        "95% interval": f"{low:.2f} to {high:.2f}",
        "chance": estimate.chance,
        "n": estimate.n,
        "bar": _said(bar_of(name), estimate.value, at_most=name.endswith("/gap")),
    }


def _by_language(names: list[str], found: Mapping[str, Estimate]) -> list[dict[str, Cell]]:
    parts = [name.rpartition("/") for name in names]
    bases = dict.fromkeys(base for base, _, last in parts if last in LANGUAGES)
    rows: list[dict[str, Cell]] = []
    for base in bases:
        row: dict[str, Cell] = {"measure": base.partition("/")[2] or "right"}
        for language in LANGUAGES:
            there = found.get(f"{base}/{language}")
            row[language] = None if there is None else there.value
        rows.append(row)
    return rows


def _said(bar: float | None, value: float, *, at_most: bool) -> str:
    if bar is None:
        return ""
    met = value <= bar if at_most else value >= bar
    return f"{'at most' if at_most else 'at least'} {bar:.2f}{', met' if met else ''}"
