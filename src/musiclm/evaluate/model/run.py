"""A model and wishes in, all suites of its report out; what is finished is never made again.

Every suite writes its own folder, ``report.json``, ``table.md`` and pictures, as soon as it is
done; the report folder itself gets all of them in one ``report.json`` and one ``table.md``.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musiclm.corpus.render import sound_from_name
from musiclm.data.token_shards import TokenShards
from musiclm.errors import ConfigError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.judge_data import through
from musiclm.evaluate.model.ablation import measure_ablation
from musiclm.evaluate.model.adherence import (
    adherence_rows,
    by_family,
    by_group,
    listen_to_all,
    plain,
)
from musiclm.evaluate.model.clips import Progress, identity
from musiclm.evaluate.model.distance import measure_distances
from musiclm.evaluate.model.memorization import (
    PAPERS_THRESHOLD,
    measure_memorization,
    recall_results,
    recall_table,
)
from musiclm.evaluate.model.nearest import nearest_training_pieces
from musiclm.evaluate.model.plots import draw_rows, draw_similarities
from musiclm.evaluate.model.seams import measure_seams
from musiclm.evaluate.model.structure import measure_structure
from musiclm.evaluate.model.tagger import check_tagger, tagger_table
from musiclm.evaluate.model.transport import token_distances
from musiclm.evaluate.model.work import SUITES, Wishes, Work, check_wishes
from musiclm.evaluate.report import markdown_table, write_report
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_model, read_description
from musiclm.pipeline.musiclm import MusicLM
from musiclm.semantic.tokenizer import SemanticTokenizer

_PICTURED = 3  # generated pieces, and as many composed ones


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one suite found."""

    about: str
    table: str
    results: dict[str, Any]


def evaluate_model(
    model: str, wishes: Wishes, *, out: Path, on_progress: Progress | None = None
) -> dict[str, Outcome]:
    """Measure a model and write its report.

    Args:
        model: Name or folder.
        wishes: What to measure.
        out: Report folder; clips that are there are not made again.
        on_progress: Told what is being done and how far it is.

    Raises:
        ConfigError: A suite is unknown, or lacks what it needs; said before any music is made.
        ModelNotFoundError: There is no such model.
    """
    check_wishes(wishes)
    tagger = Judge.load(wishes.tagger) if wishes.tagger else None
    if tagger and wishes.tagger:
        check_tagger(tagger, source=wishes.tagger)
    music = MusicLM.from_pretrained(model)
    work = Work(music, wishes, out, find_model(model), on_progress)
    found: dict[str, Outcome] = {}
    for suite in SUITES:
        if suite in wishes.suites:
            found[suite] = _RUNNERS[suite](work, tagger)
            _write(out / suite, work, found[suite], (suite,))
    whole = Outcome(
        about=f"Model {music.name} {music.version}, weights {music.weights_sha256[:16]}.",
        table="\n\n".join(
            f"## {name.capitalize()}\n\n{each.about}\n\n{each.table}"
            for name, each in found.items()
        ),
        results={name: each.results for name, each in found.items()},
    )
    _write(out, work, whole, tuple(found))
    return found


def _adherence(work: Work, tagger: Judge | None) -> Outcome:
    if tagger is None:
        raise ConfigError("adherence needs a tagger")
    chosen, made = work.clips()
    heard = listen_to_all(tagger, made, say="listening", on_progress=work.say)
    real = listen_to_all(
        tagger, work.real("clips"), say="listening to real audio", on_progress=work.say
    )
    rows = adherence_rows(chosen, heard, real, seed=work.wishes.seed)
    languages = by_group(chosen, heard, lambda case: case.language)
    kinds = by_group(chosen, heard, lambda case: case.kind)
    draw_rows(work.out / "adherence" / "adherence.png", rows)
    config = tagger.config
    entries = [plain(case, each) for case, each in zip(chosen, heard, strict=True)]
    tables = [
        markdown_table([row.cells() for row in rows]),
        "By language:",
        markdown_table(
            [{"measure": name, **_across(languages, name)} for name in _measures(languages)]
        ),
        "By kind of prompt (bare facts, or captions in wording that is kept from training):",
        markdown_table([{"measure": name, **_across(kinds, name)} for name in _measures(kinds)]),
        f"The tagger ({config.n_windows} windows of {config.n_pieces} pieces), on pieces that it "
        "never heard:",
        tagger_table(config),
    ]
    return Outcome(
        about=f"{len(made)} clips of {work.wishes.clip_seconds:g} s for prompts that no training "
        "saw, six languages in turn. Chance: the same clips against shuffled prompts. Real audio: "
        "the same judges on the composed pieces that the prompts describe, played by "
        f"{sound_from_name(work.wishes.sound).name}. Intervals: 95 %, bootstrap over clips.",
        table="\n\n".join(tables),
        results={
            "rows": [asdict(row) | {"met": row.met} for row in rows],
            "by_language": languages,
            "by_kind": kinds,
            "by_family": by_family(chosen, heard),
            "tagger": {
                "f1": config.f1,
                "accuracy": config.ceiling,
                "n_pieces": config.n_pieces,
                "n_windows": config.n_windows,
            },
            "clips": [
                {"audio": f"clips/{clip.audio.name}", **entry}
                for clip, entry in zip(made, entries, strict=True)
            ],
        },
    )


def _frechet(work: Work, _tagger: Judge | None) -> Outcome:
    _, made = work.clips()
    found = measure_distances(
        made,
        work.real("clips"),
        through(work.model.codec, levels=work.model.defaults.codec_levels),
        seed=work.wishes.seed,
        on_progress=work.say,
    )
    return Outcome(
        "Frechet distance of generated clips to composed ones that no training heard, of the same "
        "facts and length.",
        found.table(),
        found.results(),
    )


def _structure(work: Work, _tagger: Judge | None) -> Outcome:
    chosen, made = work.pieces()
    real = work.real("pieces")
    found = measure_structure(
        made,
        real,
        seconds=work.wishes.piece_seconds,
        seed=work.wishes.seed,
        on_progress=work.say,
    )
    seams = measure_seams(
        made,
        [stage.config for stage in work.model.stages],
        seconds=work.wishes.piece_seconds,
        on_progress=work.say,
    )
    pictured = [(f"generated: {c.text}", m.waveform()) for c, m in zip(chosen, made, strict=True)][
        :_PICTURED
    ]
    pictured += [(f"composed: {c.style}", m.waveform()) for c, m in zip(chosen, real, strict=True)][
        :_PICTURED
    ]
    draw_similarities(work.out / "structure" / "self-similarity.png", pictured)
    return Outcome(
        f"{len(made)} generated pieces of {work.wishes.piece_seconds:g} s beside the composed "
        "pieces that their prompts describe (windows of 10 s; means with 95 % bootstrap intervals "
        "over pieces).",
        f"{found.table(seed=work.wishes.seed)}\n\nWhere windows of the stages meet, beside places "
        f"inside windows:\n\n{seams.table(seed=work.wishes.seed)}",
        {
            **found.results(seed=work.wishes.seed),
            "seams": seams.results(seed=work.wishes.seed),
        },
    )


def _ablation(work: Work, _tagger: Judge | None) -> Outcome:
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


def _memorization(work: Work, _tagger: Judge | None) -> Outcome:
    wishes = work.wishes
    if wishes.tokens is None:
        raise ConfigError("memorization needs token shards")
    shards = TokenShards(wishes.tokens)
    distances = None
    if wishes.tokenizer:
        centroids = SemanticTokenizer.load(wishes.tokenizer).centroids
        distances = token_distances(centroids.double().numpy())
    found = measure_memorization(
        work.model.semantic,
        shards,
        work.out / "memorization",
        model=identity(work.model),
        distances=distances,
        n_pieces=wishes.n_memorized,
        seed=wishes.seed,
        on_progress=work.say,
    )
    parts = read_description(work.folder)[0].components
    mulan = Mulan.load(work.folder / parts.mulan.folder, towers="both")
    _, made = work.clips()
    near = nearest_training_pieces(
        mulan, shards, made[: wishes.n_nearest], seed=wishes.seed, on_progress=work.say
    )
    return Outcome(
        "The semantic stage, given MuLan tokens and the first seconds of a piece, goes on greedily "
        "for 5 s. Exact: all tokens are the piece's. Approximate: transport between the tokens "
        "costs less than between all but 1 in 10,000 unrelated pairs (the paper's threshold "
        f"{PAPERS_THRESHOLD} was set likewise). Held-out pieces (test) are the baseline.",
        f"{recall_table(found)}\n\n{near.table(seed=wishes.seed)}",
        {"recall": recall_results(found), "nearest": near.results()},
    )


_RUNNERS: dict[str, Callable[[Work, Judge | None], Outcome]] = {
    "adherence": _adherence,
    "frechet": _frechet,
    "structure": _structure,
    "ablation": _ablation,
    "memorization": _memorization,
}


def _write(folder: Path, work: Work, outcome: Outcome, suites: Sequence[str]) -> None:
    wishes = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(work.wishes).items()
    }
    text = repr(sorted(wishes.items()))
    head = {
        "model": identity(work.model),
        "wishes": wishes,
        "wishes_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "suites": list(suites),
    }
    write_report(
        folder, results={**head, **outcome.results}, table=outcome.table, about=outcome.about
    )


def _measures(languages: dict[str, dict[str, float]]) -> list[str]:
    return list(dict.fromkeys(name for found in languages.values() for name in found))


def _across(languages: dict[str, dict[str, float]], name: str) -> dict[str, float | None]:
    return {language: found.get(name) for language, found in languages.items()}
