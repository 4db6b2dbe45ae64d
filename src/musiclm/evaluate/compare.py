"""Systems and prompts in, what each does better clip by clip out: ``musiclm compare A B [C]``.

A system is a model, which makes its clips here, or a folder of clips made for the same prompts.
All answer the same prompts, so differences are taken clip by clip: what is hard for all cancels
out, and the intervals are narrower than those of two reports held side by side.

Of prompts with known facts the tagger and the estimators of ``model/adherence.py`` say what is
right; of any prompt MuLan says how near the clip lies. Sets as a whole (Frechet distance) are the
suite ``quality``'s; listeners are asked by ``listening/``.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.errors import ConfigError, MusicLMError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model.adherence import Heard, key_is_exact, listen_to_all, tempo_is_right
from musiclm.evaluate.model.cases import Case, Wanted, families
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.cycle import mulan_cosines
from musiclm.evaluate.model.scores import (
    Estimate,
    f1_of,
    interval_text,
    mean_estimate,
    paired_difference,
)
from musiclm.evaluate.model.work import Wishes, Work
from musiclm.evaluate.page.parts import Page, Player, Section
from musiclm.evaluate.page.write import write_page
from musiclm.evaluate.report import Cell, markdown_table, provenance, write_report
from musiclm.evaluate.schema import Subject
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_model, find_part
from musiclm.pipeline.musiclm import MusicLM

Array = NDArray[np.float64]
_PLAYED = 6  # prompts whose clips are on the page
Scores = dict[str, Array]
"""A value a clip, by measure; NaN where the prompt does not ask."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What every system scored, clip by clip."""

    systems: tuple[str, ...]
    subjects: tuple[Subject, ...]
    scores: tuple[Scores, ...]  # one a system
    prompts: tuple[str, ...]
    audio: tuple[tuple[Path, ...], ...]  # one file a prompt, one row a system
    seed: int

    def means(self, measure: str) -> list[Estimate]:
        """The mean of each system."""
        return [mean_estimate(each[measure], seed=self.seed) for each in self.scores]

    def differences(self, measure: str) -> dict[tuple[str, str], Estimate]:
        """The second less the first, clip by clip, for every pair of systems."""
        return {
            (self.systems[one], self.systems[other]): paired_difference(
                self.scores[other][measure], self.scores[one][measure], seed=self.seed
            )
            for one, other in combinations(range(len(self.systems)), 2)
        }

    def table(self) -> str:
        """Means, then differences with their intervals."""
        rows: list[dict[str, Cell]] = []
        apart: list[dict[str, Cell]] = []
        for measure, first in self.scores[0].items():
            row: dict[str, Cell] = {"measure": measure, "n": int(np.isfinite(first).sum())}
            for name, mean in zip(self.systems, self.means(measure), strict=True):
                row[name] = f"{mean.value:.2f} ({interval_text(mean)})"
            rows.append(row)
            for (one, other), found in self.differences(measure).items():
                apart.append(
                    {
                        "measure": measure,
                        "pair": f"{other} less {one}",
                        "difference": f"{found.value:+.3f}",
                        "95% interval": f"{found.low:+.3f} to {found.high:+.3f}",
                        "told apart": "yes" if found.low > 0 or found.high < 0 else "no",
                    }
                )
        note = (
            "Differences clip by clip over the same prompts, intervals by bootstrap over clips. "
            f"Of {len(apart)} differences about one in twenty would be told apart by chance alone."
        )
        return f"{markdown_table(rows)}\n\n{markdown_table(apart)}\n\n{note}"

    def results(self) -> dict[str, Any]:
        """Plain values: every clip, every estimate."""
        return {
            "systems": {
                name: subject.model_dump()
                for name, subject in zip(self.systems, self.subjects, strict=True)
            },
            "n_prompts": len(self.prompts),
            "prompts": list(self.prompts),
            "scores": {
                name: {measure: values.tolist() for measure, values in each.items()}
                for name, each in zip(self.systems, self.scores, strict=True)
            },
            "differences": [
                {"measure": measure, "first": one, "second": other, **asdict(found)}
                for measure in self.scores[0]
                for (one, other), found in self.differences(measure).items()
            ],
        }


def write_comparison(found: Comparison, out: Path, *, about: str) -> None:
    """``report.json``, ``table.md`` and ``report.html``, where the first clips can be heard."""
    write_report(out, results=found.results(), table=found.table(), about=about)
    players = tuple(
        Player(f"{name}, {number:04d}", clips[number], prompt)
        for number, prompt in list(enumerate(found.prompts))[:_PLAYED]
        for name, clips in zip(found.systems, found.audio, strict=True)
    )
    section = Section("Comparison", about, (found.table(),), (), players)
    page = Page(f"musiclm compare {' '.join(found.systems)}", "", (section,), provenance())
    write_page(out / "report.html", page)


def compare(
    systems: Sequence[str],
    wishes: Wishes,
    *,
    out: Path,
    asked: Sequence[Case] | None = None,
    ears: str = "small",
    on_progress: Progress | None = None,
) -> Comparison:
    """Let several systems answer the same prompts.

    Args:
        systems: Models by name or folder, or folders of clips named by the number of their prompt.
        wishes: How many prompts, how long, by which tagger; ``audio`` is not looked at.
        out: Gets a folder of clips for each model; clips that are there are not made again.
        asked: The prompts; those of the suites by default, whose facts are known.
        ears: Model whose MuLan says how near clips lie to prompts.
        on_progress: Told what is being done and how far it is.

    Raises:
        ConfigError: Fewer than two systems, or one that is neither model nor folder of clips.
        DataError: A folder lacks clips.
    """
    names = system_names(systems)
    works = [
        _work(system, name, wishes, out, asked, on_progress)
        for system, name in zip(systems, names, strict=True)
    ]
    tagger = Judge.load(wishes.tagger) if wishes.tagger else None
    mulan = Mulan.load(find_part(ears, "mulan"), towers="both")
    scores = []
    for name, work in zip(names, works, strict=True):
        chosen, made = work.clips()
        scores.append(_scores(chosen, made, tagger, mulan, name, on_progress))
    known = [name for name in scores[0] if all(np.isfinite(each[name]).any() for each in scores)]
    return Comparison(
        systems=tuple(names),
        subjects=tuple(work.subject() for work in works),
        scores=tuple({name: each[name] for name in known} for each in scores),
        prompts=tuple(case.text for case in works[0].clips()[0]),
        audio=tuple(tuple(clip.audio for clip in work.clips()[1]) for work in works),
        seed=wishes.seed,
    )


def prompts_as_cases(texts: Sequence[str], languages: Sequence[str], seconds: float) -> list[Case]:
    """Prompts of which nothing is known but their words."""
    return [
        Case(
            text=text,
            language=language,
            kind="caption",
            wanted=Wanted(),
            style="",
            piece_seed=0,
            piece_seconds=seconds,
            start_seconds=0.0,
            seconds=seconds,
        )
        for text, language in zip(texts, languages, strict=True)
    ]


def system_names(systems: Sequence[str]) -> list[str]:
    """Short names that tell the systems apart.

    Raises:
        ConfigError: Fewer than two systems.

    Example:
        >>> system_names(["small", "musicgen/clips"])
        ['small', 'clips']
    """
    if len(systems) < 2:
        raise ConfigError(f"a comparison needs at least two systems, got {len(systems)}")
    short = [Path(system).name or system for system in systems]
    names = [
        name if short.count(name) == 1 else f"{name} ({place + 1})"
        for place, name in enumerate(short)
    ]
    return names


def _work(
    system: str,
    name: str,
    wishes: Wishes,
    out: Path,
    asked: Sequence[Case] | None,
    on_progress: Progress | None,
) -> Work:
    """A model where there is one of that name; else a folder of clips."""
    say = on_progress and (lambda what, done, all_: on_progress(f"{name}, {what}", done, all_))
    cases = list(asked) if asked is not None else None
    try:
        folder = find_model(system)
    except MusicLMError:
        if not Path(system).is_dir():
            raise ConfigError(
                f'"{system}" is neither a model (`musiclm models`) nor a folder of clips'
            ) from None
        own = dataclasses.replace(wishes, audio=Path(system))
        return Work(None, own, out / name, None, say, asked=cases)
    own = dataclasses.replace(wishes, audio=None)
    return Work(MusicLM.from_pretrained(folder), own, out / name, folder, say, asked=cases)


def _scores(
    chosen: Sequence[Case],
    made: Sequence[Made],
    tagger: Judge | None,
    mulan: Mulan,
    name: str,
    on_progress: Progress | None,
) -> Scores:
    cosines = mulan_cosines(mulan, [case.text for case in chosen], made, on_progress=on_progress)
    found: Scores = {"nearness to the prompt (MuLan cosine)": cosines}
    if tagger is None:
        return found
    heard = listen_to_all(tagger, made, say=f"{name}, listening", on_progress=on_progress)
    pairs = [(case.wanted, each) for case, each in zip(chosen, heard, strict=True)]
    found["tempo right"] = _asked(
        [(w.tempo_bpm is not None, tempo_is_right(w, h)) for w, h in pairs]
    )
    found["key right"] = _asked([(w.key is not None, key_is_exact(w, h)) for w, h in pairs])
    found["drums right"] = _asked([(w.drums is not None, h.drums is w.drums) for w, h in pairs])
    found["style right"] = _asked([(w.style is not None, h.style == w.style) for w, h in pairs])
    found["instruments (F1 of each clip)"] = np.array([_clip_f1(w, h) for w, h in pairs])
    return found


def _asked(answers: Sequence[tuple[bool, bool]]) -> Array:
    return np.array([float(right) if asks else np.nan for asks, right in answers])


def _clip_f1(wanted: Wanted, heard: Heard) -> float:
    if wanted.families is None:
        return float("nan")
    asked = np.array([name in wanted.families for name in families()])
    return f1_of(asked, heard.families)
