"""The score of a listening test in, Markdown for a reader and plain values for a file out."""

from dataclasses import asdict
from typing import Any

from musiclm.evaluate.codec.intervals import Mean
from musiclm.evaluate.listening.answers import Collected
from musiclm.evaluate.listening.documents import TASKS, Key
from musiclm.evaluate.listening.score import Score
from musiclm.evaluate.report import Cell, markdown_table, provenance


def score_text(score: Score, key: Key, collected: Collected, *, alpha: float) -> str:
    """Tables, what they mean, and what was left out."""
    shared = score.agreement
    lines = [
        f"{TASKS[key.kind][0]} {score.n_raters} rater(s), {score.n_ratings} rating(s) of "
        f"{len(key.trials)} pair(s).",
        "",
        markdown_table([_system_row(each) for each in score.systems]),
        "",
        "A win is any preference, strong or slight. Win rate: wins of all ratings, ties count for "
        f"nobody. Intervals: 95 %, bootstrap over {score.over}.",
        "",
        markdown_table([_pair_row(each) for each in score.pairs]),
        "",
        "Preference: from -2 (strongly for the second) to 2 (strongly for the first). p: Wilcoxon "
        "signed-rank test over pairs, mean of raters; corrected: times "
        f"{len(score.pairs)} comparison(s) of systems (Bonferroni), significant below {alpha:g}.",
        "",
        f"Agreement over {shared.n_shared} pair(s) with two or more raters: Krippendorff's alpha "
        f"{_or_dash(shared.alpha)}, the same winner named {_or_dash(shared.same_side)}. "
        f"Of all preferences {_or_dash(score.a_share)} were for clip A.",
    ]
    if collected.incomplete:
        lines += ["", f"{len(collected.incomplete)} incomplete file(s), which count:"]
        lines += [f"- {e.path}: {e.n_missing} pair(s) not rated" for e in collected.incomplete]
    if collected.left_out:
        lines += ["", f"{len(collected.left_out)} file(s) left out:"]
        lines += [f"- {each.path}: {_one_line(each.reason)}" for each in collected.left_out]
    return "\n".join(lines)


def score_values(score: Score, key: Key, collected: Collected, *, alpha: float) -> dict[str, Any]:
    """Everything as plain values for JSON; what is not defined is null."""
    whole: dict[str, Any] = _plain(asdict(score))
    return {
        "schema_version": 1,
        "made_with": provenance(),
        "test_id": key.test_id,
        "kind": key.kind,
        "seed": key.seed,
        "loudness_lufs": key.loudness_lufs,
        "n_pairs": len(key.trials),
        "alpha": alpha,
        **whole,
        "incomplete": [
            {"path": str(each.path), "n_missing": each.n_missing} for each in collected.incomplete
        ],
        "left_out": [
            {"path": str(each.path), "reason": each.reason} for each in collected.left_out
        ],
    }


def _system_row(each: Any) -> dict[str, Cell]:
    return {
        "system": each.system,
        "ratings": each.n_ratings,
        "wins": each.wins,
        "ties": each.ties,
        "losses": each.losses,
        "win rate": _mean_text(each.win_rate),
        "with ties split": _mean_text(each.split_rate),
    }


def _pair_row(each: Any) -> dict[str, Cell]:
    return {
        "first": each.first,
        "second": each.second,
        "pairs": each.n_pairs,
        "first wins": each.first_wins,
        "ties": each.ties,
        "second wins": each.second_wins,
        "preference": each.mean_preference,
        "p": _p_text(each.p_value),
        "corrected": _p_text(each.corrected),
        "significant": each.significant,
    }


def _mean_text(mean: Mean) -> str:
    """Without an interval where one group alone was there to draw from."""
    if mean.value != mean.value:
        return "-"
    return f"{mean.value:.2f}" if mean.low == mean.high else mean.text()


def _p_text(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _one_line(text: str) -> str:
    return "; ".join(part.strip() for part in text.splitlines())


def _plain(value: Any) -> Any:
    """NaN becomes null, which JSON can hold."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value
