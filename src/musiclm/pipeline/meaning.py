"""Wishes in, points of the joint space of texts and music out; and how well music meets a wish."""

from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.resample import resample
from musiclm.mulan.model import Mulan
from musiclm.pipeline.wish import Wish


class Meaning:
    """MuLan as generation uses it; its audio tower is loaded when music is first listened to.

    State: ``mulan``.
    """

    def __init__(self, mulan: Mulan, folder: Path, *, n_channels: int) -> None:
        """Begin with the text tower.

        Args:
            mulan: The text tower, or both.
            folder: Where its audio tower is.
            n_channels: Of the music that is made.
        """
        self.mulan = mulan
        self._folder, self._n_channels = folder, n_channels

    @torch.inference_mode()
    def point(self, wish: Wish) -> Float[Tensor, " D"]:
        """Where a wish lies, seen from the texts."""
        points: list[Tensor] = []
        weights: list[float] = []
        if wish.parts:
            texts, shares = zip(*wish.parts, strict=True)
            points, weights = list(self.mulan.embed_text(list(texts))), list(shares)
        for heard, weight in wish.like:
            listener = self.listener()
            samples = resample(heard.samples.float(), heard.sample_rate, listener.sample_rate)
            if len(samples) != self._n_channels:
                samples = samples.mean(dim=0, keepdim=True).expand(self._n_channels, -1)
            embedded = listener.embed_audio(samples[None])[0]
            # The two modalities lie apart: as far from the mean of texts as it is from its own.
            points.append(embedded - listener.audio_mean + listener.text_mean)
            weights.append(weight)
        if len(points) == 1:
            return points[0]
        return self.mulan.mix(torch.stack(points), weights)

    @torch.inference_mode()
    def tokens(self, point: Float[Tensor, " D"]) -> Int[Tensor, "1 M"]:
        """MuLan tokens of a point, for the stages."""
        return self.mulan.tokens_from_embeddings(point[None], source="text")

    @torch.inference_mode()
    def agreement(self, samples: Float[Tensor, "C N"], wish: Wish) -> float:
        """Cosine of music and wish, each seen from the middle of its kind: -1 to 1.

        Args:
            samples: At the model's rate and channels.
            wish: What is wanted.
        """
        listener = self.listener()
        heard = listener.embed_audio(samples[None])[0] - listener.audio_mean
        wanted = self.point(wish) - listener.text_mean
        return float(torch.cosine_similarity(heard, wanted, dim=0))

    def listener(self) -> Mulan:
        """MuLan with both towers."""
        if self.mulan.audio is None:
            self.mulan = Mulan.load(self._folder, towers="both").eval()
        return self.mulan
