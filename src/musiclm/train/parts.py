"""One part of a run by name: what it needs from the run's folder, and who trains it.

A run is a folder with one sub-folder a part. This is the only file that knows their names::

    RUN/corpus  RUN/codec  RUN/mulan  RUN/tokenizer  RUN/tokens
    RUN/semantic  RUN/acoustic | RUN/coarse RUN/fine | RUN/soundstorm  RUN/model  RUN/report
    RUN/musicgen, which needs no semantic stage  RUN/model-musicgen  RUN/report-musicgen
"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import nn

from musiclm.config import Frozen
from musiclm.errors import ArtifactError, ConfigError, DataError
from musiclm.train.recipe import StageRecipe, TokensRecipe, limits_of, write_resolved

STAGES = ("semantic", "acoustic", "coarse", "fine", "soundstorm", "musicgen")
"""The token language models."""
PARTS = ("codec", "mulan", "tokenizer", "tokens", *STAGES)
"""Everything that can be trained alone, in the order of the data's way."""

OnProgress = Callable[[int, int], None]
ModuleT = TypeVar("ModuleT", bound=nn.Module)


def train_part(
    part: str,
    recipe: Frozen,
    *,
    scale: str,
    run: Path,
    corpus: Path | None = None,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    on_progress: OnProgress | None = None,
) -> Path:
    """Train or make one part of a run, or go on with it after an interrupt.

    Args:
        part: One of ``PARTS``.
        recipe: Its settings.
        scale: Name of the recipe, for ``recipe.resolved.json`` and messages.
        run: Folder of the whole run.
        corpus: Corpus folder; ``run/corpus`` by default.
        max_steps: Instead of the recipe's own limits.
        max_seconds: Instead of the recipe's own limits.
        on_progress: Receives (clips done, clips in all) from ``tokens``.

    Returns:
        The artifact's folder, or the token folder.

    Raises:
        ConfigError: An unknown part, no limit, or a folder that belongs to another recipe.
        DataError: The corpus or the tokens are missing.
        ArtifactError: A model that this part builds on is missing.
    """
    out = run / part
    if part == "tokens":
        _require_corpus(corpus or run / "corpus", part)
        write_resolved(out, part, scale, recipe)
        return _make_tokens(
            cast("TokensRecipe", recipe), scale, run, corpus or run / "corpus", on_progress
        )
    if part not in PARTS:
        raise ConfigError(f'no part "{part}" to train: choose one of {", ".join(PARTS)}')
    limits = limits_of(recipe, max_steps=max_steps, max_seconds=max_seconds)
    if part in STAGES:
        tokens = run / "tokens"
        if not (tokens / "tokens.json").exists():
            raise DataError(
                f"training {part} needs tokens, and {tokens} has none: make them first with "
                f"`musiclm train tokens --recipe {scale} --out {run}`"
            )
        from musiclm.train.stage import train_stage

        write_resolved(out, part, scale, recipe, limits)
        return train_stage(
            cast("StageRecipe", recipe), name=part, tokens=tokens, out=out, limits=limits
        )
    _require_corpus(corpus or run / "corpus", part)
    write_resolved(out, part, scale, recipe, limits)
    return _trainer(part)(recipe, corpus=corpus or run / "corpus", out=out, limits=limits)


def artifact_of(run: Path, part: str, *, needed_by: str, scale: str) -> Path:
    """The artifact of a finished part.

    Raises:
        ArtifactError: It is not there; says how to make it.
    """
    folder = run / part / "artifact"
    if not (folder / "manifest.json").exists():
        raise ArtifactError(
            f"{needed_by} needs the {part}, and there is none at {folder}: train it first with "
            f"`musiclm train {part} --recipe {scale} --out {run}`"
        )
    return folder


def _trainer(part: str) -> Callable[..., Path]:
    if part == "codec":
        from musiclm.train.codec import train_codec

        return train_codec
    if part == "mulan":
        from musiclm.train.mulan import train_mulan

        return train_mulan
    from musiclm.train.semantic import train_semantic

    return train_semantic


def _require_corpus(corpus: Path, part: str) -> None:
    if not (corpus / "manifest.jsonl").exists():
        raise DataError(
            f"training {part} needs a corpus, and {corpus} has none: give --corpus DIR, or make "
            f"one with `musiclm corpus build --out {corpus} --hours 1`"
        )


def _make_tokens(
    recipe: TokensRecipe, scale: str, run: Path, corpus: Path, on_progress: OnProgress | None
) -> Path:
    folders = {
        part: artifact_of(run, part, needed_by="tokens", scale=scale)
        for part in ("codec", "tokenizer", "mulan")
    }
    from musiclm.codec.model import Codec
    from musiclm.mulan.model import Mulan
    from musiclm.semantic.tokenizer import SemanticTokenizer
    from musiclm.train.tokens import tokenize_corpus

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    models: dict[str, Any] = {
        "codec": Codec.load(folders["codec"]),
        "tokenizer": SemanticTokenizer.load(folders["tokenizer"]),
        "mulan": Mulan.load(folders["mulan"], towers="both"),
    }
    for model in models.values():
        if isinstance(model, nn.Module):
            model.eval().to(device)
    tokenize_corpus(
        corpus,
        run / "tokens",
        models["codec"],
        models["tokenizer"],
        models["mulan"],
        recipe=recipe,
        models_hash=_hash_of(folders.values()),
        n_channels=models["codec"].n_channels,
        device=None if device.type == "cpu" else device,
        on_progress=on_progress,
    )
    return run / "tokens"


def _hash_of(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        digest.update((folder / "manifest.json").read_bytes())
    return digest.hexdigest()
