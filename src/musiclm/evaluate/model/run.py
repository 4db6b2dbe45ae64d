"""A model or a folder of clips and wishes in, a report out; what is finished is never made again.

Every suite writes its own folder as soon as it is done; the report folder itself gets all of them
in one ``report.json``, ``table.md`` and ``report.html``.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model.clips import Progress
from musiclm.evaluate.model.outcome import Outcome
from musiclm.evaluate.model.runners import RUNNERS
from musiclm.evaluate.model.tagger import check_tagger
from musiclm.evaluate.model.work import (
    OF_A_PLAN,
    STRUCTURE_SEED,
    SUITES,
    Wishes,
    Work,
    check_wishes,
    planner_of,
)
from musiclm.evaluate.page.parts import Page
from musiclm.evaluate.page.write import write_page
from musiclm.evaluate.report import write_report
from musiclm.evaluate.schema import versioned
from musiclm.pipeline.folder import find_model
from musiclm.pipeline.musiclm import MusicLM


def evaluate(
    model: str | None,
    wishes: Wishes,
    *,
    out: Path,
    further: Mapping[str, Callable[[Work], Outcome]] | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Outcome]:
    """Measure a model, or the folder of clips that ``wishes`` names, and write its report.

    Args:
        model: Name or folder; ``None`` for a folder of clips.
        wishes: What to measure.
        out: Report folder; clips that are there are not made again.
        further: Suites that are not ours to know, by name; they come last.
        on_progress: Told what is being done and how far it is.

    Raises:
        ConfigError: A suite is unknown, or lacks what it needs; said before any music is made.
        ModelNotFoundError: There is no such model.
        DataError: The folder lacks clips.
    """
    check_wishes(wishes)
    tagger = Judge.load(wishes.tagger) if wishes.tagger else None
    if tagger and wishes.tagger:
        check_tagger(tagger, source=wishes.tagger)
    music = MusicLM.from_pretrained(model) if model else None
    if music is not None and set(OF_A_PLAN) & set(wishes.suites):
        planner_of(music)
    work = Work(
        music,
        wishes,
        out,
        find_model(model) if model else None,
        on_progress,
    )
    found: dict[str, Outcome] = {}
    for name in SUITES:
        if name in wishes.suites:
            found[name] = RUNNERS[name](work, tagger)
            _write(out / name, work, {name: found[name]})
    for name, run in (further or {}).items():
        found[name] = run(work)
        _write(out / name, work, {name: found[name]})
    _write(out, work, found)
    return found


def _write(folder: Path, work: Work, found: Mapping[str, Outcome]) -> None:
    """The report of one suite, or of all: ``report.json``, ``table.md``, ``report.html``."""
    wishes, subject = work.wishes, work.subject()
    about = f"Measured: {subject.kind} {subject.name} {subject.version}".rstrip() + "."
    embedders = {facts.identity: facts for each in found.values() for facts in each.embedders}
    references = [each.reference for each in found.values() if each.reference is not None]
    whole = versioned(
        {name: each.results for name, each in found.items()},
        about=about,
        subject=subject,
        seeds={"clips": wishes.seed, "pieces": wishes.seed + STRUCTURE_SEED},
        n={name: count for each in found.values() for name, count in each.n.items()},
        weights=work.weights(),
        embedders=list(embedders.values()),
        reference=references[0] if references else None,
        wishes=asdict(wishes),
    )
    table = "\n\n".join(
        f"## {name.capitalize()}\n\n{each.about}\n\n{each.table}" for name, each in found.items()
    )
    write_report(folder, results=whole, table=table, about=about)
    page = Page(
        title=f"musiclm evaluate {' '.join(found)}",
        about=about,
        sections=tuple(each.section(name.capitalize()) for name, each in found.items()),
        provenance={
            name: value for name, value in whole.items() if name not in ("results", "about")
        },
    )
    write_page(folder / "report.html", page)
