"""The suites of long pieces: what suites share in, ``structure`` and ``ablation`` out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model.ablation import measure_ablation
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.novelty import boundaries_of_all, novelty_estimates
from musiclm.evaluate.model.outcome import Outcome, figures, own_tokenizer, players
from musiclm.evaluate.model.plots import draw_similarities
from musiclm.evaluate.model.scores import interval_text
from musiclm.evaluate.model.seams import measure_seams
from musiclm.evaluate.model.structure import measure_structure
from musiclm.evaluate.model.tokens import compare_tokens, tokens_of
from musiclm.evaluate.model.work import Work
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.pipeline.folder import find_model
from musiclm.semantic.tokenizer import SemanticTokenizer

_PICTURED = 3  # generated pieces, and as many composed ones


def structure(work: Work, _tagger: Judge | None) -> Outcome:
    """Shapes of long pieces, boundaries, tokens, and seams where windows are known."""
    chosen, made = work.pieces()
    real = work.real("pieces")
    found = measure_structure(
        made,
        real,
        seconds=work.wishes.piece_seconds,
        seed=work.wishes.seed,
        on_progress=work.say,
    )
    seed = work.wishes.seed
    more_table, more = _forms(work, made, real)
    table = f"{found.table(seed=seed)}\n\n{more_table}"
    results = {**found.results(seed=seed), **more}
    if work.music is not None:  # Where windows meet is known of our own stages only.
        seams = measure_seams(
            made,
            [stage.config for stage in work.music.stages],
            seconds=work.wishes.piece_seconds,
            on_progress=work.say,
        )
        told = seams.table(seed=work.wishes.seed)
        table += f"\n\nWhere windows of the stages meet, beside places inside windows:\n\n{told}"
        results["seams"] = seams.results(seed=work.wishes.seed)
    pictured = [(f"generated: {c.text}", m.waveform()) for c, m in zip(chosen, made, strict=True)][
        :_PICTURED
    ]
    pictured += [(f"composed: {c.style}", m.waveform()) for c, m in zip(chosen, real, strict=True)][
        :_PICTURED
    ]
    picture = draw_similarities(work.out / "structure" / "self-similarity.png", pictured)
    return Outcome(
        f"{len(made)} generated pieces of {work.wishes.piece_seconds:g} s beside the composed "
        "pieces that their prompts describe (windows of 10 s; means with 95 % bootstrap intervals "
        "over pieces).",
        table,
        results,
        n={"pieces": len(made)},
        figures=figures((picture, "Self-similarity of generated and composed pieces")),
        players=players(chosen, made, real),
    )


def _forms(work: Work, made: Sequence[Made], real: Sequence[Made]) -> tuple[str, dict[str, Any]]:
    """Where something new begins, and how pieces repeat themselves, beside composed ones."""
    seed, ears = work.wishes.seed, work.wishes.ears
    bounds = [
        boundaries_of_all(pieces, say=f"boundaries of {name} pieces", on_progress=work.say)
        for name, pieces in (("made", made), ("real", real))
    ]
    tables = []
    results: dict[str, Any] = {}
    if all(any(len(each.times) for each in kind) for kind in bounds):
        found = novelty_estimates(bounds[0], bounds[1], seed=seed)
        rows: list[dict[str, Cell]] = [
            {
                "boundaries (self-similarity novelty)": name,
                **{
                    kind: f"{each.value:.2f} ({interval_text(each)})"
                    for kind, each in kinds.items()
                },
            }
            for name, kinds in found.items()
        ]
        tables.append(markdown_table(rows))
        results["boundaries"] = {
            name: {kind: asdict(each) for kind, each in kinds.items()}
            for name, kinds in found.items()
        }
    folder = own_tokenizer(find_model(ears))
    if folder is not None:
        tokenizer = SemanticTokenizer.load(folder)
        tokens = compare_tokens(
            tokens_of(tokenizer, made, say="tokens", on_progress=work.say),
            tokens_of(tokenizer, real, say="tokens of real pieces", on_progress=work.say),
        )
        tables.append(
            f"Semantic tokens of the sound ({tokens.n_tokens} a piece, tokenizer of {ears}):\n\n"
            f"{tokens.table(seed=seed)}"
        )
        results["tokens"] = tokens.results(seed=seed)
    return "\n\n".join(tables), results


def ablation(work: Work, _tagger: Judge | None) -> Outcome:
    """The same pieces again with a spoilt plan."""
    chosen, made = work.pieces()
    count = min(work.wishes.n_ablated, len(made))
    found = measure_ablation(
        work.model,
        chosen[:count],
        made[:count],
        work.out / "ablation",
        seconds=work.wishes.piece_seconds,
        seed=work.wishes.seed,
        on_progress=work.say,
    )
    return Outcome(
        f"{count} of the pieces again, their semantic plan shuffled in blocks of 2 s, or planned "
        "anew every 5 s without memory; the acoustic stages are the same. Lost: piece by piece.",
        found.table(seed=work.wishes.seed),
        found.results(seed=work.wishes.seed),
    )
