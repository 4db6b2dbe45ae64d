"""What suites share in, the outcome of each suite out: one function a suite."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from musiclm.corpus.render import sound_from_name
from musiclm.data.token_shards import TokenShards
from musiclm.errors import ConfigError
from musiclm.evaluate.codec.run import Wishes as CodecWishes
from musiclm.evaluate.codec.run import evaluate_codec
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.judge_data import through
from musiclm.evaluate.model.adherence import (
    adherence_rows,
    by_family,
    by_group,
    listen_to_all,
    plain,
)
from musiclm.evaluate.model.clips import identity
from musiclm.evaluate.model.cycle import clap_row, mulan_row
from musiclm.evaluate.model.memorization import (
    PAPERS_THRESHOLD,
    measure_memorization,
    recall_results,
    recall_table,
)
from musiclm.evaluate.model.metre import metre_class, metre_of, metre_row
from musiclm.evaluate.model.nearest import nearest_training_pieces
from musiclm.evaluate.model.outcome import Outcome, figures, own_tokenizer, players
from musiclm.evaluate.model.plots import draw_rows
from musiclm.evaluate.model.runners_of_minutes import ablation, structure
from musiclm.evaluate.model.scores import Row
from musiclm.evaluate.model.tagger import tagger_table
from musiclm.evaluate.model.transport import token_distances
from musiclm.evaluate.model.work import Work, planner_of
from musiclm.evaluate.mulan.run import Wishes as MulanWishes
from musiclm.evaluate.mulan.run import evaluate_mulan
from musiclm.evaluate.quality.audio_set import MAX_SECONDS, files_of
from musiclm.evaluate.quality.divergence import tag_probabilities
from musiclm.evaluate.quality.hf_labels import load_hf_labeller
from musiclm.evaluate.quality.run import Labeller, measure_quality
from musiclm.evaluate.report import markdown_table
from musiclm.evaluate.schema import ReferenceSet
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_part, read_description
from musiclm.semantic.tokenizer import SemanticTokenizer

Runner = Callable[[Work, Judge | None], Outcome]


def _adherence(work: Work, tagger: Judge | None) -> Outcome:
    if tagger is None:
        raise ConfigError("adherence needs a tagger")
    chosen, made = work.clips()
    heard = listen_to_all(tagger, made, say="listening", on_progress=work.say)
    real = listen_to_all(
        tagger, work.real("clips"), say="listening to real audio", on_progress=work.say
    )
    rows = adherence_rows(chosen, heard, real, seed=work.wishes.seed)
    rows.append(
        mulan_row(
            Mulan.load(find_part(work.wishes.ears, "mulan"), towers="both"),
            [case.text for case in chosen],
            made,
            real=work.real("clips"),
            seed=work.wishes.seed,
            on_progress=work.say,
        )
    )
    if work.wishes.clap:
        rows.append(
            clap_row(
                [case.text for case in chosen],
                made,
                weights=work.wishes.clap,
                real=work.real("clips"),
                seed=work.wishes.seed,
                on_progress=work.say,
            )
        )
    if work.music is not None:
        rows.append(_metre(work))
    languages = by_group(chosen, heard, lambda case: case.language)
    kinds = by_group(chosen, heard, lambda case: case.kind)
    picture = draw_rows(work.out / "adherence" / "adherence.png", rows)
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
        f"{sound_from_name(work.wishes.sound).name}. Intervals: 95 %, bootstrap over clips. MuLan "
        f"cycle consistency by the MuLan of {work.wishes.ears}, which favours models that are "
        "conditioned on it.",
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
                {"audio": clip.audio.name, **entry}
                for clip, entry in zip(made, entries, strict=True)
            ],
        },
        n={"clips": len(made)},
        figures=figures((picture, "Every measure beside chance and real audio")),
        players=players(chosen, made, work.real("clips")),
    )


def _quality(work: Work, tagger: Judge | None) -> Outcome:
    wishes = work.wishes
    given = wishes.reference is not None
    made, real = _sets_of_quality(work)
    coder, identity_ = None, ""
    if work.music is not None:
        levels = work.music.defaults.codec_levels
        coder = through(work.music.codec, levels=levels)
        identity_ = f"{read_description(work.model_folder)[0].components.codec.sha256}|{levels}"
    found = measure_quality(
        made,
        real,
        embedders=wishes.embedders,
        folder=work.out / "quality",
        model_folder=wishes.ears,
        coder=coder,
        coder_identity=identity_,
        labeller=_labeller(wishes.labels, tagger),
        paired=not given,
        seconds=MAX_SECONDS if given else wishes.clip_seconds,
        seed=wishes.seed,
        jobs=wishes.jobs,
        strict=wishes.strict,
        say=work.say,
    )
    what = (
        f"audio of {wishes.reference}"
        if given
        else "composed clips that no training heard, of the same facts and length"
    )
    return Outcome(
        f"{len(made)} files against {len(real)} files of {what}. Limit: the Frechet distance of "
        "endless sets, by extrapolation; kernel: unbiased squared maximum mean discrepancy; "
        "density and coverage: 5 neighbours. Intervals: 95 %, bootstrap over files. Numbers of "
        "different embedders, and of other reference sets, cannot be compared.",
        found.table(),
        found.results(),
        n={"made files": len(made), "reference files": len(real)},
        embedders=tuple(each.facts for each in found.embeddings),
        reference=ReferenceSet(
            name=wishes.reference.name if wishes.reference else "composed for the prompts",
            n_files=len(real),
        ),
    )


def _labeller(name: str, tagger: Judge | None) -> Labeller | None:
    """Who labels: a published classifier where one is named, else the tagger."""
    if name:
        return load_hf_labeller(name)
    return None if tagger is None else partial(tag_probabilities, tagger)


def _sets_of_quality(work: Work) -> tuple[list[Path], list[Path]]:
    """Files that are judged and files of real music."""
    wishes = work.wishes
    if wishes.reference is None:
        _, made = work.clips()
        return [clip.audio for clip in made], [clip.audio for clip in work.real("clips")]
    if wishes.audio is not None:
        return files_of(wishes.audio), files_of(wishes.reference)
    _, made = work.clips()
    return [clip.audio for clip in made], files_of(wishes.reference)


def _metre(work: Work) -> Row:
    """Three or four beats in a bar, of prompts of their own, which name tempo and metre."""
    chosen, made = work.metre_clips()
    wanted = [metre_class(case.wanted.metre) for case in chosen]
    heard, real = (
        [
            metre_of(clip.waveform(), case.wanted.tempo_bpm)
            for case, clip in zip(chosen, clips, strict=True)
        ]
        for clips in (made, work.real("metre-clips"))
    )
    return metre_row(wanted, heard, real=real, seed=work.wishes.seed)


def _memorization(work: Work, tagger: Judge | None) -> Outcome:
    wishes = work.wishes
    if wishes.tokens is None:
        raise ConfigError("memorization needs token shards")
    shards = TokenShards(wishes.tokens)
    tokenizer = wishes.tokenizer or own_tokenizer(work.model_folder)
    distances = None
    if tokenizer is not None:
        centroids = SemanticTokenizer.load(tokenizer).centroids
        distances = token_distances(centroids.double().numpy())
    found = measure_memorization(
        planner_of(work.model),
        shards,
        work.out / "memorization",
        model=identity(work.model),
        distances=distances,
        n_pieces=wishes.n_memorized,
        seed=wishes.seed,
        on_progress=work.say,
    )
    mulan = Mulan.load(find_part(work.model_folder, "mulan"), towers="both")
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
        n={f"{each.split} pieces recalled": each.n for each in found},
    )


def _codec(work: Work, tagger: Judge | None) -> Outcome:
    report = evaluate_codec(
        find_part(work.model_folder, "codec"),
        work.corpus,
        CodecWishes(seed=work.wishes.seed),
        on_progress=work.saying("codec, clip"),
    )
    return Outcome(report.about, report.to_markdown(), report.results())


def _mulan(work: Work, tagger: Judge | None) -> Outcome:
    report = evaluate_mulan(
        str(find_part(work.model_folder, "mulan")),
        work.corpus,
        MulanWishes(seed=work.wishes.seed),
        on_progress=work.saying("mulan, clip"),
    )
    return Outcome(report.about, report.to_markdown(), report.results())


RUNNERS: dict[str, Runner] = {
    "quality": _quality,
    "adherence": _adherence,
    "structure": structure,
    "ablation": ablation,
    "memorization": _memorization,
    "codec": _codec,
    "mulan": _mulan,
}
"""In the order of ``work.SUITES``."""


def _measures(languages: dict[str, dict[str, float]]) -> list[str]:
    return list(dict.fromkeys(name for found in languages.values() for name in found))


def _across(languages: dict[str, dict[str, float]], name: str) -> dict[str, float | None]:
    return {language: found.get(name) for language, found in languages.items()}
