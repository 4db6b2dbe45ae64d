"""Generated clips and the tokens of training pieces in, how near the nearest training piece is out.

Nearness is the cosine of MuLan audio embeddings. Training pieces are known by the MuLan tokens of
their windows of ten seconds, which decode to embeddings without any audio; whatever is compared
with them is quantized likewise. A near piece alone proves nothing: held-out pieces have a nearest
training piece too, and that is the baseline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.resample import resample
from musiclm.data.token_shards import TokenShards
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import Estimate, difference, interval_text, mean_estimate
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.mulan.model import Mulan


@dataclass(frozen=True, slots=True)
class Nearest:
    """Cosines to the nearest training piece."""

    generated: tuple[float, ...]
    held_out: tuple[float, ...]
    pieces: tuple[str, ...]  # nearest training piece of each generated clip
    n_training: int  # pieces
    n_windows: int  # of training pieces, all of which were compared

    def results(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "n_training": self.n_training,
            "n_windows": self.n_windows,
            "generated": list(self.generated),
            "held_out": list(self.held_out),
            "pieces": list(self.pieces),
        }

    def table(self, *, seed: int = 0) -> str:
        """Mean and highest cosine of either."""
        made, real = np.array(self.generated), np.array(self.held_out)
        rows: list[dict[str, Cell]] = [
            _row("generated clips", made, seed),
            _row("held-out pieces", real, seed),
        ]
        gap = difference(made, real, seed=seed)
        about = (
            f"Cosine to the nearest of {self.n_windows} windows of {self.n_training} training "
            f"pieces (exact search); generated less held-out: {gap.value:.3f} "
            f"({gap.low:.3f} to {gap.high:.3f})."
        )
        return f"{markdown_table(rows, digits=3)}\n\n{about}"


@torch.inference_mode()
def nearest_training_pieces(
    mulan: Mulan,
    shards: TokenShards,
    clips: Sequence[Made],
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Nearest:
    """Find the nearest training window of every clip and of as many held-out pieces.

    Args:
        mulan: The model's, with its audio tower.
        shards: What the model was trained on, and what was held out.
        clips: Generated ones.
        seed: Chooses held-out pieces.
        on_progress: Told how far this is.

    Raises:
        DataError: There is no training piece, no held-out one, or no clip.
    """
    owners, table = _training(mulan, shards)
    held_out = [index for index, clip in enumerate(shards.clips) if clip.split == "test"]
    if not clips or not len(owners) or not held_out:
        raise DataError(
            f"nearest pieces need clips, training and held-out pieces, got {len(clips)} clips, "
            f"{len(set(owners.tolist()))} training and {len(held_out)} held-out pieces"
        )
    chosen = np.random.default_rng(seed).permutation(len(held_out))[: len(clips)]
    known = torch.stack([shards.untimed(held_out[place], "mulan_audio", 0) for place in chosen])
    own, places = [], []
    for number, clip in enumerate(clips, start=1):
        sound = clip.waveform()
        samples = resample(sound.samples, sound.sample_rate, mulan.sample_rate)
        embedding = mulan.embed_audio(samples[None])
        tokens = mulan.tokens_from_embeddings(embedding, source="audio")
        cosine, place = (_unit(_decoded(mulan, tokens)) @ table.T).max(dim=1)
        own.append(float(cosine))
        places.append(int(place))
        if on_progress:
            on_progress("nearest training pieces", number, len(clips))
    real = (_unit(_decoded(mulan, known)) @ table.T).max(dim=1).values
    return Nearest(
        generated=tuple(own),
        held_out=tuple(float(value) for value in real),
        pieces=tuple(shards.clips[int(owners[place])].id for place in places),
        n_training=len(set(owners.tolist())),
        n_windows=len(owners),
    )


def _training(mulan: Mulan, shards: TokenShards) -> tuple[np.ndarray, Float[Tensor, "W D"]]:
    """Which piece each training window is of, and their points."""
    owners, tokens = [], []
    for index, clip in enumerate(shards.clips):
        if clip.split == "train":
            for row in range(clip.n_rows("mulan_audio")):
                owners.append(index)
                tokens.append(shards.untimed(index, "mulan_audio", row))
    if not tokens:
        return np.zeros(0, int), torch.zeros(0, 1)
    return np.array(owners), _unit(_decoded(mulan, torch.stack(tokens)))


def _decoded(mulan: Mulan, tokens: Int[Tensor, "B M"]) -> Float[Tensor, "B D"]:
    """Points around the mean of all audio, where cosines tell pieces apart best."""
    points: Tensor = mulan.quantizer.decode(tokens.unsqueeze(-1)).squeeze(-1)
    return points


def _unit(points: Float[Tensor, "B D"]) -> Float[Tensor, "B D"]:
    unit: Tensor = torch.nn.functional.normalize(points.float(), dim=1)
    return unit


def _row(name: str, values: np.ndarray, seed: int) -> dict[str, Cell]:
    mean: Estimate = mean_estimate(values, seed=seed)
    return {
        "what": name,
        "n": len(values),
        "mean cosine": mean.value,
        "95% interval": interval_text(mean),
        "median": float(np.median(values)),
        "highest": float(values.max()),
    }
