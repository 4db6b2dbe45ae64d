"""Everything measured in, ``report.json`` and ``report.md`` out, with a table of every style."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from musiclm.corpus.pieces import PiecePlan
from musiclm.evaluate.corpus.neighbours import Nearest
from musiclm.evaluate.corpus.piece import Measured
from musiclm.evaluate.corpus.style_classifier import StylesApart
from musiclm.evaluate.corpus.verdicts import RELATED, Verdict, ratio, share, verdicts_of
from musiclm.evaluate.report import Cell, markdown_table, write_report


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run measured."""

    pieces: tuple[Measured, ...]
    apart: StylesApart | None
    nearest: Nearest | None
    nearest_pair: tuple[PiecePlan, PiecePlan] | None
    about: str

    def verdicts(self) -> list[Verdict]:
        """Every measure with its threshold."""
        return verdicts_of(self.pieces, self.apart, self.nearest)


def verdict_table(verdicts: Sequence[Verdict]) -> str:
    """One line a measure, for a reader."""
    return markdown_table(
        [
            {
                "measure": verdict.measure,
                "value": _value(verdict),
                "wanted": _wanted(verdict),
                "holds": verdict.holds,
                "detail": verdict.detail,
            }
            for verdict in verdicts
        ]
    )


def style_rows(findings: Findings) -> list[dict[str, Cell]]:
    """One line a style: where a weak one shows."""
    by_style: dict[str, list[Measured]] = defaultdict(list)
    for piece in findings.pieces:
        by_style[piece.written.style].append(piece)
    return [_style_row(style, by_style[style], findings.apart) for style in sorted(by_style)]


def write_findings(out: Path, findings: Findings, plots: Sequence[Path]) -> None:
    """Write the report; plots lie beside it already."""
    verdicts = findings.verdicts()
    rows = style_rows(findings)
    page = [
        verdict_table(verdicts),
        "## Styles",
        "Notes: melody fit, parallel fifths of moves, semitones a voice. Sound: share of pieces"
        " whose tempo and key are heard (key: exact / related), loudness, form, clips recognized.",
        markdown_table(rows),
    ]
    if findings.apart:
        pairs = findings.apart.confused()
        page += [
            "## Styles taken for others",
            markdown_table([{"style": a, "taken for": b, "clips": c} for a, b, c in pairs])
            or "None.",
        ]
    if findings.nearest and findings.nearest_pair:
        one, other = findings.nearest_pair
        page += [
            "## Nearest pair of tunes",
            f"{one.style}, seed {one.seed}, and {other.style}, seed {other.seed}, share"
            f" {findings.nearest.share:.0%} of the shorter tune's runs of eight notes.",
        ]
    page += [f"![{path.stem}]({path.name})" for path in plots]
    write_report(
        out,
        results=_results(findings, verdicts, rows),
        table="\n\n".join(page),
        about=findings.about,
        page="report.md",
    )


def _value(verdict: Verdict) -> str:
    if verdict.value is None:
        return "-"
    counted = verdict.bound == 0 or verdict.value > 10
    return f"{verdict.value:.0f}" if counted else f"{verdict.value:.3f}"


def _wanted(verdict: Verdict) -> str:
    if verdict.bound is None:
        return "-"
    if verdict.bound == 0:
        return "0"
    return f"{'>=' if verdict.at_least else '<='} {verdict.bound:g}"


def _style_row(
    style: str, pieces: Sequence[Measured], apart: StylesApart | None
) -> dict[str, Cell]:
    written = [piece.written for piece in pieces]
    moves = [piece.parallels for piece in written]
    beating = [piece for piece in pieces if piece.has_beat]
    keyed = [piece for piece in pieces if piece.heard.key_relation is not None]
    forms = [piece.heard.form for piece in pieces if piece.heard.form is not None]
    loudness = [piece.heard.sound.loudness_lufs for piece in pieces]
    exact = share(keyed, lambda piece: piece.heard.key_relation == "exact")
    related = share(keyed, lambda piece: piece.heard.key_relation in RELATED)
    took = [piece.written.compose_seconds + piece.heard.render_seconds for piece in pieces]
    return {
        "style": style,
        "family": written[0].family.replace("_", " "),
        "n": len(pieces),
        "fit": ratio([p.fit.n_fit for p in written], [p.fit.n_notes for p in written]),
        "fifths": ratio([m.n_fifths for m in moves], [m.n_moves for m in moves]),
        "voices": ratio([p.voice_motion for p in written], [p.n_voices for p in written]),
        "range": sum(len(p.out_of_range) for p in written),
        "tempo": share(beating, lambda piece: piece.heard.tempo_factor is not None),
        "key": "-" if exact is None else f"{exact:.2f} / {related:.2f}",
        "form": fmean(forms) if forms else None,
        "LUFS": f"{min(loudness):.1f} .. {max(loudness):.1f}",
        "known": apart.accuracy_of(style) if apart else None,
        "x real time": ratio([piece.heard.sound.seconds for piece in pieces], took),
    }


def _results(
    findings: Findings, verdicts: Sequence[Verdict], rows: Sequence[dict[str, Cell]]
) -> dict[str, Any]:
    results: dict[str, Any] = {
        "measures": [{**asdict(verdict), "holds": verdict.holds} for verdict in verdicts],
        "styles": rows,
        "pieces": [_piece(piece) for piece in findings.pieces],
    }
    if findings.apart:
        results["told_apart"] = {
            **asdict(findings.apart),
            "confused": findings.apart.confused(),
        }
    if findings.nearest and findings.nearest_pair:
        results["nearest"] = {
            "share": findings.nearest.share,
            "pair": [[plan.style, plan.seed] for plan in findings.nearest_pair],
        }
    return results


def _piece(piece: Measured) -> dict[str, Any]:
    """One piece's numbers, without what only serves to compare pieces."""
    written, heard = asdict(piece.written), asdict(piece.heard)
    del written["runs"], heard["clips"]
    return {"has_beat": piece.has_beat, "written": written, "heard": heard}
