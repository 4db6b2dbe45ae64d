"""A semantic stage and its training pieces in, how much of them it can say by heart out.

MusicLM's protocol (sec. 5): the stage is given the MuLan tokens of a training piece and its first
0 to 10 seconds of semantic tokens, and goes on greedily for 5 seconds. An *exact* match repeats
all 125 tokens; an *approximate* one has nearly the same tokens (``transport.py``). What else the
stage could be told (facts, timeline) is left unsaid, as the paper's was told nothing else. The
same pieces' continuations against other pieces say how often matches come by chance; the same
protocol on held-out pieces says how often music simply goes on as anyone would have guessed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor

from musiclm.data.manifest import Split
from musiclm.data.token_shards import TokenShards
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage import Stage
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Progress, named
from musiclm.evaluate.model.scores import (
    Estimate,
    interval_text,
    mean_estimate,
    share_estimate,
)
from musiclm.evaluate.model.transport import (
    Array,
    Codes,
    calibrated_threshold,
    entropy_bits,
    transport_cost,
)
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.tokens.timing import frames_to_seconds, seconds_to_frames

PREFIX_SECONDS = (0, 2, 5, 10)
CONTINUATION_SECONDS = 5
EXACT_BAR = 0.002
PAPERS_THRESHOLD = 0.85
"""The paper's, for its own centroids; ours is calibrated to the same share of false matches."""

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Recall:
    """What came of one length of prefix."""

    split: Split
    prefix_seconds: int
    exact: Estimate  # share of pieces
    tokens_right: Estimate  # share of tokens that are those of the piece, place by place
    approximate: Estimate | None  # share of pieces; None where no centroids are known
    threshold: float | None  # transport cost below which a pair matches
    n_negatives: int
    entropy: float  # mean bits of a continuation
    entropy_of_matches: float | None  # of those that match approximately
    n: int


def measure_memorization(
    stage: Stage,
    shards: TokenShards,
    folder: Path,
    *,
    model: dict[str, str],
    distances: Array | None,
    n_pieces: int = 2_000,
    prefixes: Sequence[int] = PREFIX_SECONDS,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> list[Recall]:
    """Run the protocol on training pieces and, for comparison, on held-out ones.

    Args:
        stage: The semantic stage.
        shards: The tokens that it was trained on.
        folder: Where continuations are kept.
        model: What they depend on: name and weights.
        distances: Between tokens, from ``token_distances``; without them only exact matches.
        n_pieces: At most so many of each split.
        prefixes: Seconds that the stage is given.
        seed: Chooses pieces.
        on_progress: Told how far this is.

    Raises:
        DataError: No piece is long enough.
        StreamMismatchError: The shards are not what the stage was trained on.
    """
    conditions = [stream for stream in stage.config.conditions if stream.name in shards.streams]
    shards.require_streams([*conditions, stage.config.target], where="memorization")
    found = []
    for split in ("train", "test"):
        pieces = _pieces(shards, split, stage, max(prefixes), n_pieces, seed)
        if not pieces:
            if split == "train":
                longest = max(prefixes) + CONTINUATION_SECONDS
                raise DataError(f"{shards.folder} has no training piece of at least {longest} s")
            continue
        for prefix in prefixes:
            made, targets = continuations(
                stage,
                shards,
                pieces,
                prefix,
                folder / f"{split}-{prefix:02d}",
                model=model,
                say=f"{split} pieces from {prefix} s",
                on_progress=on_progress,
            )
            found.append(_recall(split, prefix, made, targets, distances, seed))
    return found


def continuations(
    stage: Stage,
    shards: TokenShards,
    pieces: Sequence[int],
    prefix_seconds: int,
    folder: Path,
    *,
    model: dict[str, str],
    say: str = "pieces",
    on_progress: Progress | None = None,
) -> tuple[Codes, Codes]:
    """Greedy continuations of pieces, and how the pieces themselves go on: ``[pieces, tokens]``."""
    rate = stage.config.target.frame_rate
    n_prefix = seconds_to_frames(prefix_seconds, rate)
    n_new = seconds_to_frames(CONTINUATION_SECONDS, rate)
    made, targets = [], []
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, len(pieces), _BATCH):
        batch = pieces[first : first + _BATCH]
        codes = torch.stack(
            [shards.codes(piece, stage.config.target.name, 0, n_prefix + n_new) for piece in batch]
        )
        ids = [shards.clips[piece].id for piece in batch]
        key = {**model, "ids": ids, "tokens": shards.fingerprint}
        path = folder / f"{first:05d}-{named(key, '', prefix_seconds)}.safetensors"
        if not path.exists():
            whole = stage.generate(
                tuple(
                    _condition(stage, shards, name, batch, n_prefix + n_new)
                    for name in _names(stage)
                ),
                frames_to_seconds(n_prefix + n_new, rate),
                torch.Generator().manual_seed(0),
                sampling=SamplingConfig(greedy=True),
                prompt=codes[..., :n_prefix] if n_prefix else None,
            )
            partial = path.with_suffix(".partial")
            save_file({"codes": whole[:, 0, n_prefix:].cpu().numpy()}, partial)
            partial.replace(path)
        made.append(load_file(path)["codes"].astype(np.int64))
        targets.append(codes[:, 0, n_prefix:].numpy())
        if on_progress:
            on_progress(say, min(first + _BATCH, len(pieces)), len(pieces))
    return np.concatenate(made), np.concatenate(targets)


def recall_table(found: Sequence[Recall]) -> str:
    """One line a split and prefix."""
    rows: list[dict[str, Cell]] = []
    for recall in found:
        met = recall.exact.value < EXACT_BAR
        rows.append(
            {
                "pieces": recall.split,
                "prefix, s": recall.prefix_seconds,
                "n": recall.n,
                "exact": _percent(recall.exact),
                "tokens right": _percent(recall.tokens_right),
                "approximate": "-" if recall.approximate is None else _percent(recall.approximate),
                "entropy, bits": recall.entropy,
                "of matches": recall.entropy_of_matches,
                "bar": f"under 0.2 %, {'met' if met else 'missed'}"
                if recall.split == "train"
                else "",
            }
        )
    return markdown_table(rows)


def recall_results(found: Sequence[Recall]) -> list[dict[str, Any]]:
    """Plain values."""
    return [asdict(recall) for recall in found]


def _recall(
    split: Split, prefix: int, made: Codes, targets: Codes, distances: Array | None, seed: int
) -> Recall:
    same = (made == targets).astype(np.float64)
    approximate, threshold, n_negatives, of_matches = None, None, 0, None
    entropies = np.array([entropy_bits(row) for row in made])
    if distances is not None and len(made) > 1:
        threshold, n_negatives = calibrated_threshold(targets, made, distances, seed=seed)
        costs = [
            transport_cost(one, other, distances) for one, other in zip(made, targets, strict=True)
        ]
        matches = np.array(costs) < threshold
        approximate = share_estimate(matches)
        of_matches = float(entropies[matches].mean()) if matches.any() else None
    return Recall(
        split=split,
        prefix_seconds=prefix,
        exact=share_estimate((made == targets).all(axis=1)),
        tokens_right=mean_estimate(same.mean(axis=1), seed=seed),
        approximate=approximate,
        threshold=threshold,
        n_negatives=n_negatives,
        entropy=float(entropies.mean()),
        entropy_of_matches=of_matches,
        n=len(made),
    )


def _pieces(
    shards: TokenShards, split: Split, stage: Stage, prefix: int, at_most: int, seed: int
) -> list[int]:
    """A random choice of the pieces that are long enough for the longest prefix."""
    target = stage.config.target
    needed = seconds_to_frames(prefix + CONTINUATION_SECONDS, target.frame_rate)
    able = [
        index
        for index, clip in enumerate(shards.clips)
        if clip.split == split and clip.n_rows(target.name) >= needed
    ]
    chosen = np.random.default_rng(seed).permutation(len(able))[:at_most]
    return sorted(able[place] for place in chosen)


def _names(stage: Stage) -> list[str]:
    return [stream.name for stream in stage.config.conditions]


def _condition(
    stage: Stage, shards: TokenShards, name: str, pieces: Sequence[int], n_frames: int
) -> Tensor:
    """MuLan tokens of the first window; of anything else nothing is said (code 0)."""
    stream = next(each for each in stage.config.conditions if each.name == name)
    if name == "mulan":
        return torch.stack([shards.untimed(piece, "mulan_audio", 0) for piece in pieces])
    if stream.timed:
        return torch.zeros(len(pieces), stream.n_q, n_frames, dtype=torch.int64)
    return torch.zeros(len(pieces), stream.n_q, dtype=torch.int64)


def _percent(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.2f} % ({interval_text(Estimate(0.0, low, high))})"
