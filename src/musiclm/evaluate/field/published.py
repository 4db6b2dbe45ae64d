"""Our measurements in, a table beside the published ones out, with what is not comparable and why.

A number of this field means little without the network that listened and the recordings it was
compared with; one system's scores differ between two papers. So every published column names its
measure, embedder and reference, and a number of ours enters it only under the same three names.

Published numbers are copied, not measured again, and those that a third party noted are marked so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from musiclm.errors import ConfigError
from musiclm.evaluate.report import Cell, markdown_table

__all__ = ["PUBLISHED", "Column", "PublishedTable", "Row", "published_table"]


@dataclass(frozen=True, slots=True)
class Column:
    """What was measured, who listened, compared with what."""

    measure: str
    """``fad``, ``kld``, ``cosine`` (text to audio), ``wins``, ``quality`` or ``relevance``."""
    embedder: str
    """The network that listened, with its last activation where that matters; or ``listeners``."""
    reference: str
    """The recordings compared with, or the set whose captions were the prompts."""
    label: str
    """How the paper heads it; the arrow points to the better."""

    @property
    def key(self) -> str:
        """``measure/embedder/reference``."""
        return f"{self.measure}/{self.embedder}/{self.reference}"

    @property
    def open_to_others(self) -> bool:
        """Whether a measurement elsewhere may stand in it: none of people, none not certain."""
        return self.embedder != "listeners" and "?" not in self.key


@dataclass(frozen=True, slots=True)
class Row:
    """A system and its numbers, in the order of the table's columns; ``None`` where none stands."""

    system: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """Numbers that one source measured in one way."""

    title: str
    source: str
    """Paper and table."""
    read_from: str
    """Whether the source itself was read, or somebody's note about it."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


_FAD_VGGISH = Column("fad", "vggish", "musiccaps", "FAD, VGGish ↓")
_KLD_PASST = Column("kld", "passt-softmax", "musiccaps", "KL, PaSST ↓")
_CLAP = Column("cosine", "clap-laion-music", "musiccaps", "CLAP ↑")
_AUDIOCRAFT = (_FAD_VGGISH, _KLD_PASST, _CLAP)

PUBLISHED: tuple[PublishedTable, ...] = (
    PublishedTable(
        "MusicLM",
        "MusicLM (arXiv 2301.11325), table 1; the last row from its ablation",
        "the paper",
        (
            Column("fad", "trill", "musiccaps", "FAD, TRILL ↓"),
            _FAD_VGGISH,
            Column("kld", "leaf-audioset", "musiccaps", "KLD, LEAF ↓"),
            Column("cosine", "mulan-google", "musiccaps", "MCC, MuLan ↑"),
            Column("wins", "listeners", "musiccaps", "wins of 600 ↑"),
        ),
        (
            Row("Riffusion", (0.76, 13.4, 1.19, 0.34, 158)),
            Row("Mubert", (0.45, 9.6, 1.58, 0.32, 97)),
            Row("MusicLM", (0.44, 4.0, 1.01, 0.51, 312)),
            Row("MusicCaps recordings", (None, None, None, None, 472)),
            Row("MusicLM without semantic stage", (0.42, 4.0, 1.05, 0.49, None)),
        ),
    ),
    PublishedTable(
        "MusicGen",
        "MusicGen (arXiv 2306.05284), results on MusicCaps",
        "a third party's note about the paper",
        (
            *_AUDIOCRAFT,
            Column("quality", "listeners", "musiccaps", "OVL ↑"),
            Column("relevance", "listeners", "musiccaps", "REL ↑"),
        ),
        (
            Row("Riffusion", (14.8, 2.06, 0.19, 79.31, 74.20)),
            Row("Mousai", (7.5, 1.59, 0.23, 76.11, 77.35)),
            Row("MusicLM", (4.0, None, None, 80.51, 82.35)),
            Row("Noise2Music", (2.1, None, None, None, None)),
            Row("MusicGen 300M", (3.1, 1.28, 0.31, 78.43, 81.11)),
            Row("MusicGen 1.5B", (3.4, 1.23, 0.32, 80.74, 83.70)),
            Row("MusicGen 3.3B", (3.8, 1.22, 0.31, 84.81, 82.47)),
            Row("MusicGen 1.5B, random melody", (5.0, 1.31, 0.28, 81.30, 81.98)),
        ),
    ),
    PublishedTable(
        "Public weights of MusicGen and MAGNeT",
        "model cards of MusicGen; MAGNeT (arXiv 2401.04577), its model cards",
        "official cards",
        _AUDIOCRAFT,
        (
            Row("MusicGen small", (4.88, 1.42, 0.27)),
            Row("MusicGen medium", (5.14, 1.38, 0.28)),
            Row("MusicGen large", (5.48, 1.37, 0.28)),
            Row("MusicGen melody", (4.93, 1.41, 0.27)),
            Row("MAGNeT small, 10 s", (4.22, 1.11, 0.28)),
            Row("MAGNeT medium, 10 s", (4.61, 1.14, None)),
            Row("MAGNeT small, 30 s", (4.35, 1.17, None)),
            Row("MAGNeT medium, 30 s", (4.63, 1.20, None)),
        ),
    ),
    PublishedTable(
        "Magenta RealTime",
        "Magenta RealTime (2025), its comparison",
        "a third party's note; embedder and reference are not certain, so nothing enters here",
        (
            Column("fad", "openl3?", "song-describer?", "FD ↓"),
            Column("kld", "unnamed?", "song-describer?", "KL ↓"),
            Column("cosine", "clap?", "song-describer?", "CLAP ↑"),
        ),
        (
            Row("Magenta RealTime 760M", (72.14, 0.47, 0.35)),
            Row("Stable Audio Open", (96.51, 0.55, 0.41)),
            Row("MusicGen large", (190.47, 0.52, 0.31)),
        ),
    ),
)
"""Every published table that we know, its columns and rows in the source's order."""

_GENERAL = (
    "The same names are not yet the same measurement. Riffusion has FAD 13.4 and KLD 1.19 in "
    "MusicLM's paper, 14.8 and 2.06 in MusicGen's; resampler, durations, number of clips and "
    "version of the embedder differ.",
    "Published FADs are not corrected for their number of clips, which raises them. FAD on "
    "MusicCaps rewards its low-fidelity recordings: MusicGen's grows with the model, while "
    "listeners prefer the largest.",
)
_SYNTHETIC = (
    "Our corpus is synthetic: this model learned from pieces that a program composed and "
    "rendered, MusicLM from 280,000 hours of recorded music and MusicGen from 20,000. Against "
    "MusicCaps it is judged on sounds that it never met; against its own corpus, on an easier "
    "set than theirs."
)
_KLD_LAW = (
    "KLD depends on the tagger and its last layer. MusicLM's is a LEAF network for AudioSet's "
    "labels, where several hold at once (a sigmoid each); audiocraft's is PaSST with one softmax "
    "over all labels. A KLD of one is no KLD of the other, nor of ours."
)
_LISTENERS = (
    "Wins, OVL and REL are answers of listeners: each holds within its own test, among the systems "
    "that the same people heard, and cannot be carried over."
)


def published_table(
    ours: Mapping[str, float], *, system: str = "ours", synthetic: bool = True
) -> str:
    """Print our measurements beside the published ones, with warnings, as Markdown.

    Args:
        ours: By ``measure/embedder/reference``, as ``fad/vggish/musiccaps``; the names of the
            published ones stand in ``PUBLISHED``. Values that are not finite count as withheld.
        system: What our row is called.
        synthetic: Whether what was measured learned from this project's composed corpus alone.

    Raises:
        ConfigError: A key is not three names with ``/`` between; lists every such key.

    Example:
        >>> text = published_table({"fad/vggish/musiccaps": 21.0, "fad/mel/corpus": 3.5})
        >>> "| **ours** | - | 21 | - | - | - |" in text
        True
        >>> "| fad | mel | corpus | 3.5 |" in text
        True
    """
    values = {"/".join(_names(key)): value for key, value in ours.items() if key.count("/") == 2}
    if faults := [key for key in ours if not all(_names(key)) or key.count("/") != 2]:
        raise ConfigError(
            "expected measure/embedder/reference, as fad/vggish/musiccaps, got: "
            + ", ".join(repr(key) for key in faults)
        )
    columns = [column for table in PUBLISHED for column in table.columns]
    entered = {column.key for column in columns if column.open_to_others}
    parts = [_with_ours(table, values, system) for table in PUBLISHED]
    apart = {key: value for key, value in values.items() if key not in entered}
    if apart:
        parts.append(_rows_apart(apart, system))
    warnings = _warnings(values, apart, synthetic=synthetic)
    parts.append("What must not be compared\n\n" + "\n".join(f"- {text}" for text in warnings))
    return "\n\n".join(parts)


def _names(key: str) -> tuple[str, ...]:
    """A key's parts in one spelling."""
    return tuple(
        part.strip().lower().replace(" ", "-").replace("_", "-") for part in key.split("/")
    )


def _with_ours(table: PublishedTable, values: Mapping[str, float], system: str) -> str:
    rows: list[dict[str, Cell]] = [
        {"system": row.system, **_cells(table, map(_as_published, row.values))}
        for row in table.rows
    ]
    mine = [values.get(column.key) if column.open_to_others else None for column in table.columns]
    if any(value is not None for value in mine):
        rows.append({"system": f"**{system}**", **_cells(table, map(_figure, mine))})
    heading = f"{table.title}. Source: {table.source}. Read from: {table.read_from}."
    return f"{heading}\n\n{markdown_table(rows)}"


def _cells(table: PublishedTable, values: Iterable[str]) -> dict[str, Cell]:
    labels = (column.label for column in table.columns)
    return dict(zip(labels, values, strict=True))


def _as_published(value: float | None) -> str:
    """As many digits as the source gave: a column may hold 0.44 and 13.4."""
    return "-" if value is None else str(value)


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isfinite(value) else "withheld"


def _rows_apart(apart: Mapping[str, float], system: str) -> str:
    rows: list[dict[str, Cell]] = []
    for key, value in apart.items():
        measure, embedder, reference = key.split("/")
        rows.append(
            {
                "measure": measure,
                "embedder": embedder,
                "reference": reference,
                "value": _figure(value),
                "why apart": "; ".join(_why_apart(measure, embedder, reference)),
            }
        )
    return f"Of {system}, in no published column\n\n{markdown_table(rows)}"


def _why_apart(measure: str, embedder: str, reference: str) -> Iterator[str]:
    published = [c for table in PUBLISHED for c in table.columns if c.measure == measure]
    if not published:
        yield "no paper here publishes this measure"
        return
    if embedder == "listeners":
        yield "another listening test"
        return
    published = [column for column in published if column.open_to_others]
    same_embedder = [column for column in published if column.embedder == embedder]
    if not same_embedder:
        listener = "tagger" if measure == "kld" else "embedder"
        yield f"another {listener} than {_listed(column.embedder for column in published)}"
    if reference not in {column.reference for column in same_embedder or published}:
        references = (column.reference for column in same_embedder or published)
        yield f"another reference than {_listed(references)}"


def _listed(names: Iterator[str]) -> str:
    return " or ".join(dict.fromkeys(names))


def _warnings(
    values: Mapping[str, float], apart: Mapping[str, float], *, synthetic: bool
) -> Iterator[str]:
    yield from _GENERAL
    measures = {key.split("/")[0] for key in values}
    if "fad" in {key.split("/")[0] for key in apart}:
        yield (
            "A Frechet distance is measured in the units of its embedder and against one reference "
            "set: of two with other embedders or other references not even the order means "
            "anything. Read ours against the floors and ceilings of the same report."
        )
    if "kld" in measures:
        yield _KLD_LAW
    if "cosine" in measures:
        yield (
            "A cosine between text and audio has its own zero and ceiling in every joint "
            "embedding, and favours systems that are conditioned by the same embedding, as "
            "MusicLM's is by MuLan and ours by ours."
        )
    if any(not isfinite(value) for value in values.values()):
        yield "A value that is withheld was asked of too few clips, or could not be measured."
    yield _LISTENERS
    if synthetic:
        yield _SYNTHETIC
