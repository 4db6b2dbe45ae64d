"""Answers asked for and answers heard in, how often they agree out, with its uncertainty.

For each attribute: the accuracy, two chance levels (the same answers against shuffled prompts,
and the best constant answer), a 95% bootstrap interval over clips, the probability that shuffling
alone would score as well, and the judge's ceiling. Clips are made by whatever function is given;
finished ones are kept, so that an interrupted run goes on.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.prompts import HeldOutPrompt
from musiclm.evaluate.report import markdown_table, write_report

N_RESAMPLES = 2_000

Make = Callable[[str, int], Waveform]
"""A prompt and a seed in, a clip out."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often one attribute of the clips is what its prompts asked for."""

    attribute: str
    accuracy: float  # share of clips, 0 to 1
    low: float  # 95% bootstrap interval over clips
    high: float
    chance: float  # mean accuracy of the same clips against shuffled prompts
    constant: float  # accuracy of always giving the commonest wanted answer
    p_value: float  # share of shufflings that score at least as well
    ceiling: float | None  # accuracy of the judge on real held-out audio
    n_clips: int


def agreement(
    attribute: str,
    wanted: Sequence[str],
    heard: Sequence[str],
    *,
    ceiling: float | None = None,
    seed: int = 0,
) -> Agreement:
    """Compare answers pairwise.

    Raises:
        DataError: No clip, or not one answer heard for each wanted.

    Example:
        >>> agreement("drums", ["yes", "no"] * 50, ["yes", "no"] * 50).accuracy
        1.0
    """
    if not wanted or len(wanted) != len(heard):
        raise DataError(f"expected as many answers as clips, got {len(heard)} for {len(wanted)}")
    rng = np.random.default_rng(seed)
    _, codes = np.unique([*wanted, *heard], return_inverse=True)
    asked, got = codes[: len(wanted)], codes[len(wanted) :]
    right = asked == got
    picks = rng.integers(len(right), size=(N_RESAMPLES, len(right)))
    low, high = np.percentile(right[picks].mean(axis=1), [2.5, 97.5])
    orders = rng.permuted(np.tile(asked, (N_RESAMPLES, 1)), axis=1)
    shuffled = (orders == got).mean(axis=1)
    accuracy = float(right.mean())
    _, counts = np.unique(asked, return_counts=True)
    return Agreement(
        attribute=attribute,
        accuracy=accuracy,
        low=float(low),
        high=float(high),
        chance=float(shuffled.mean()),
        constant=float(counts.max() / len(asked)),
        p_value=float((1 + (shuffled >= accuracy - 1e-12).sum()) / (1 + N_RESAMPLES)),
        ceiling=ceiling,
        n_clips=len(right),
    )


def measure_adherence(
    make: Make,
    judge: Judge,
    prompts: Sequence[HeldOutPrompt],
    *,
    out: Path,
    model: Mapping[str, str],
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Agreement]:
    """Make a clip for every prompt, judge it, and write ``report.json`` and ``table.md``.

    Args:
        make: Called with a prompt and its seed; the clip is kept as FLAC in ``out/clips``.
        judge: Who listens.
        prompts: What to ask for.
        out: Report folder; clips found there for the same model, prompt and seed are reused.
        model: What the clips depend on beside prompt and seed: name, weights hash, settings.
        seed: Clip ``i`` is made with ``seed + i``.
        on_progress: Told clips done and clips in all.
    """
    clips = out / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    entries = []
    for index, prompt in enumerate(prompts):
        key = json.dumps([dict(model), prompt.text, seed + index], sort_keys=True)
        name = f"{index:04d}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.flac"
        if not (clips / name).exists():
            write_audio(clips / name, make(prompt.text, seed + index))
        entries.append({"clip": f"clips/{name}", **asdict(prompt), **_hear(judge, clips / name)})
        if on_progress:
            on_progress(index + 1, len(prompts))
    rows = [
        agreement(
            attribute,
            [prompt.labels[attribute] for prompt in prompts],
            [entry["heard"][attribute] for entry in entries],
            ceiling=judge.config.ceiling.get(attribute),
        )
        for attribute in judge.config.classes
    ]
    about = (
        f"{len(prompts)} clips of held-out prompts, English and French, judged by a classifier "
        f"trained on {judge.config.n_pieces} separately rendered pieces "
        "(chance: the same clips against shuffled prompts)."
    )
    results = {
        "model": dict(model),
        "seed": seed,
        "judge": json.loads(judge.config.to_json()),
        "agreement": [asdict(row) for row in rows],
        "by_language": _by_language(prompts, entries),
        "clips": entries,
    }
    write_report(out, results=results, table=adherence_table(rows), about=about)
    return rows


def adherence_table(rows: Sequence[Agreement]) -> str:
    """The table for a model card."""
    return markdown_table(
        [
            {
                "attribute": row.attribute,
                "accuracy": row.accuracy,
                "95% interval": f"{row.low:.2f} to {row.high:.2f}",
                "chance (shuffled)": row.chance,
                "best constant": row.constant,
                "p": f"{row.p_value:.4f}",
                "judge's ceiling": row.ceiling,
            }
            for row in rows
        ]
    )


def _hear(judge: Judge, path: Path) -> dict[str, dict[str, str]]:
    """The judge's answers; a clip that cannot be judged counts as wrong everywhere."""
    try:
        return {"heard": judge.answers(read_audio(path))}
    except AudioError as error:
        _log.warning("%s cannot be judged: %s", path.name, error)
        return {"heard": {attribute: "(unusable)" for attribute in judge.config.classes}}


def _by_language(
    prompts: Sequence[HeldOutPrompt], entries: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """Accuracy of each attribute within each language."""
    result: dict[str, dict[str, float]] = {}
    for language in sorted({prompt.language for prompt in prompts}):
        pairs = [
            (prompt, entry)
            for prompt, entry in zip(prompts, entries, strict=True)
            if prompt.language == language
        ]
        result[language] = {
            name: float(np.mean([p.labels[name] == e["heard"][name] for p, e in pairs]))
            for name in pairs[0][0].labels
        }
    return result
