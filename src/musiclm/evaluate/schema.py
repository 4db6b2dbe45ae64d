"""What an evaluation found in, ``report.json`` of a stated form out, and back, checked.

A report is read years later and by other programs: for comparing two models, for pages, for a
model's card. So its file says which form it has, what was measured, with which seeds, versions,
weights, embedders and reference set, and on how much. What each suite found lies under ``results``
as the suite wrote it: that part is the suite's own business and is not checked here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.report import provenance

SCHEMA_VERSION: Literal[1] = 1
"""Raised whenever a reader of the old form would misread the new one; never reused."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]

_AGAIN = "make the report again with `musiclm evaluate`"


class Subject(Frozen):
    """What was measured."""

    kind: Literal["model", "audio"]
    """A model that made clips, or a folder of audio."""
    name: str
    """Of the model, or of the folder."""
    version: str = ""
    """Of the model."""


class EmbedderFacts(Frozen):
    """Who turned sound into numbers for distances."""

    name: str
    identity: str
    """Changes whenever its numbers could: of its weights and its way of hearing."""
    n_dimensions: Annotated[int, Field(ge=1)]
    window_seconds: Annotated[float, Field(gt=0)]


class ReferenceSet(Frozen):
    """The audio that distances are measured to."""

    name: str
    n_files: Count
    sha256: Sha256 | None = None
    """Of its files' contents, where it was computed."""


class Report(Frozen):
    """The whole of ``report.json``."""

    schema_version: Literal[1] = SCHEMA_VERSION
    about: str
    """A sentence for people."""
    subject: Subject
    suites: tuple[str, ...]
    """In the order in which they ran."""
    made_with: dict[str, str]
    """Versions and machine."""
    weights: dict[str, Sha256]
    """Of the model and of every judge: name to SHA-256."""
    seeds: dict[str, int]
    """What they were used for, to the seed."""
    n: dict[str, Count]
    """What was counted, to how many: clips, prompts, files."""
    embedders: tuple[EmbedderFacts, ...] = ()
    reference: ReferenceSet | None = None
    wishes: dict[str, Any]
    """Every setting as it was given."""
    wishes_sha256: Sha256
    """Of the settings: two reports with the same can be compared."""
    results: dict[str, dict[str, Any]]
    """What each suite found."""

    @model_validator(mode="after")
    def _results_of_all_suites(self) -> Self:
        if not self.suites:
            raise ValueError("suites is empty: a report has at least one")
        if sorted(self.suites) != sorted(self.results):
            raise ValueError(
                f"suites names {', '.join(self.suites)}, results holds "
                f"{', '.join(self.results) or 'nothing'}: expected the same"
            )
        return self


def versioned(
    results: Mapping[str, Mapping[str, Any]],
    *,
    about: str,
    subject: Subject,
    seeds: Mapping[str, int],
    n: Mapping[str, int],
    weights: Mapping[str, str] | None = None,
    embedders: Sequence[EmbedderFacts] = (),
    reference: ReferenceSet | None = None,
    wishes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything for ``report.json``, to be given to ``write_report`` as its ``results``.

    Args:
        results: What each suite found, by suite in the order in which they ran.
        about: A sentence for people.
        subject: What was measured.
        seeds: What they were used for, to the seed.
        n: What was counted, to how many.
        weights: Name to SHA-256, of the model and of every judge.
        embedders: Who turned sound into numbers.
        reference: What distances are measured to.
        wishes: Every setting; paths become text.

    Raises:
        ConfigError: Lists everything that the form does not allow.
    """
    settings = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in (wishes or {}).items()
    }
    order = json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str)
    head = {
        "schema_version": SCHEMA_VERSION,
        "about": about,
        "subject": subject.model_dump(),
        "suites": list(results),
        "made_with": provenance(),
        "weights": dict(weights or {}),
        "seeds": dict(seeds),
        "n": dict(n),
        "embedders": [each.model_dump() for each in embedders],
        "reference": reference.model_dump() if reference else None,
        "wishes": json.loads(order),
        "wishes_sha256": hashlib.sha256(order.encode()).hexdigest(),
    }
    # Results may hold what only ``write_report`` makes plain: the form asks nothing of them.
    Report.from_mapping({**head, "results": {name: {} for name in results}}, source="the report")
    return {**head, "results": {name: dict(found) for name, found in results.items()}}


def read_report(path: Path) -> Report:
    """Read a ``report.json``.

    Args:
        path: The file, or the report folder that holds it.

    Raises:
        DataError: Missing, damaged, of another form version, or with faults; says which.
    """
    path = path / "report.json" if path.is_dir() else path
    try:
        text = path.read_bytes().decode()
        values = json.loads(text, parse_constant=_refused)
    except FileNotFoundError:
        raise DataError(f"no report {path}: give a report folder or its report.json") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as a report: {error}: {_AGAIN}") from None
    version = values.get("schema_version") if isinstance(values, dict) else None
    if version is None:
        raise DataError(
            f"{path} states no schema_version, expected {SCHEMA_VERSION}: it is no report of "
            f"`musiclm evaluate`, or an older one: {_AGAIN}"
        )
    if version != SCHEMA_VERSION or isinstance(version, bool):
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        raise DataError(
            f"{path} has schema_version {version!r:.40}, expected {SCHEMA_VERSION}: "
            f"{'update musiclm to read it' if newer else _AGAIN}"
        )
    try:
        return Report.from_json(text, source=str(path))
    except ConfigError as error:
        raise DataError(f"{error}\n{_AGAIN}") from None


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
