"""Audio in, semantic tokens out: what is being played, frame by frame, at 25 tokens a second.

Features of each frame (of a middle encoder layer, of harmony and rhythm, or of both, as the
configuration says), each dimension normalised (AudioLM, sec. 3.1), go to the nearest of
``codebook_size`` centroids. Token ``t`` describes samples ``[t * hop, (t + 1) * hop)``.
"""

from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.artifact import Storage, load_artifact, save_artifact
from musiclm.errors import ArtifactError, ConfigError, ShapeError
from musiclm.nn.kmeans import kmeans, nearest
from musiclm.semantic.config import SemanticConfig
from musiclm.semantic.encoder import SemanticEncoder, describe_frames
from musiclm.semantic.harmony import feature_weights, harmony_and_rhythm
from musiclm.tokens.stream import TokenStream

KIND = "semantic_tokenizer"
# Beside harmony (1) and onsets (0.7): at 0.5 the tokens still tell 96 % of what they tell of bass
# and onsets without the layer (docs/experiments/semantic.md).
_LAYER_WEIGHT = 0.5
_CHUNKS_AT_ONCE = 8


class SemanticTokenizer(nn.Module):
    """Maps audio ``[B, C, N]`` to tokens ``[B, 1, T]``, ``T = ceil(N / hop_length)``.

    Deterministic. Buffers: ``feature_mean``, ``feature_std`` and ``centroids``, set by
    ``fit_centroids``; until then ``encode`` refuses.
    """

    feature_mean: Tensor
    feature_std: Tensor
    centroids: Tensor
    ready: Tensor

    def __init__(self, config: SemanticConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = None if config.clusters == "harmony" else SemanticEncoder(config)
        self._weights = _feature_weights(config)
        dim = len(self._weights)
        self.register_buffer("feature_mean", torch.zeros(dim))
        self.register_buffer("feature_std", torch.ones(dim))
        self.register_buffer("centroids", torch.zeros(config.codebook_size, dim))
        self.register_buffer("ready", torch.tensor(False))

    @property
    def stream(self) -> TokenStream:
        """What the tokens are, for whoever predicts or is conditioned on them."""
        return self.config.stream

    @property
    def sample_rate(self) -> int:
        """Of the audio that ``encode`` takes, Hz."""
        return self.config.sample_rate

    @torch.no_grad()
    def features(self, inputs: Float[Tensor, "B T F"]) -> Float[Tensor, "B T D"]:
        """Features of frame descriptions of any length, normalised by dimension."""
        groups = []
        if self.encoder is not None:
            groups.append(self._encoded(self.encoder, inputs))
        if self.config.clusters != "layer":
            groups.append(harmony_and_rhythm(inputs, self.config))
        return self._scaled(torch.cat(groups, dim=-1))

    def _encoded(
        self, encoder: SemanticEncoder, inputs: Float[Tensor, "B T F"]
    ) -> Float[Tensor, "B T D"]:
        """The encoder's layer, long input cut into overlapping chunks of equal length.

        A frame's features come from a chunk in which it has at least ``margin_frames`` of context
        on either side, or all there is.
        """
        size, margin = self.config.chunk_frames, self.config.margin_frames
        n_frames = inputs.shape[1]
        normalised = encoder.normalise(inputs)
        if n_frames <= size:
            whole: Tensor = encoder(normalised)
            return whole
        core = size - 2 * margin
        starts = [min(start, n_frames - size) for start in range(0, n_frames - 2 * margin, core)]
        starts = list(dict.fromkeys(starts))
        chunks = torch.stack([normalised[:, start : start + size] for start in starts])
        flat = [encoder(part) for part in torch.split(chunks.flatten(0, 1), _CHUNKS_AT_ONCE)]
        encoded = torch.cat(flat).view(len(starts), inputs.shape[0], size, -1)
        result = torch.empty_like(encoded[0, :, :1]).repeat(1, n_frames, 1)
        for index, start in enumerate(starts):
            # Later chunks overwrite the margin that an earlier one left at its end.
            first = margin if index else 0
            result[:, start + first : start + size] = encoded[index, :, first:]
        return result

    def encode(self, samples: Float[Tensor, "B C N"]) -> Int[Tensor, "B 1 T"]:
        """Tokens of audio of any length.

        Raises:
            ShapeError: There are no samples, or the shape is not ``[B, C, N]``.
            ConfigError: The centroids were never fitted.
        """
        if samples.ndim != 3 or 0 in samples.shape:
            raise ShapeError(f"expected audio [B, C, N] with samples, got {tuple(samples.shape)}")
        if not bool(self.ready):
            raise ConfigError(
                "the semantic tokenizer has no centroids: train it, or load a trained artifact"
            )
        features = self.features(describe_frames(samples, self.config))
        codes, _ = nearest(features.flatten(0, 1), self.centroids)
        return codes.view(samples.shape[0], 1, -1)

    @torch.no_grad()
    def fit_centroids(
        self, features: Float[Tensor, "N D"], rng: torch.Generator, *, iterations: int = 25
    ) -> None:
        """Learn normalisation and centroids from features of many training frames."""
        # ``features`` come from ``features()`` before this was fitted: not scaled yet.
        self.feature_mean.copy_(features.mean(0))
        # Dividing by less is counting for more: the weights need no place of their own.
        weights = self._weights.to(features.device)
        self.feature_std.copy_(features.std(0).clamp(min=1e-4) / weights)
        scaled = (features - self.feature_mean) / self.feature_std
        self.centroids.copy_(kmeans(scaled, self.config.codebook_size, rng, iterations=iterations))
        self.ready.fill_(True)

    def save(self, folder: Path, *, card: str = "", storage: Storage = "float32") -> None:
        """Write an artifact."""
        save_artifact(
            folder,
            kind=KIND,
            config=self.config,
            tensors=self.state_dict(),
            card=card,
            storage=storage,
            int8_exclude=("centroids",),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read an artifact, in evaluation mode.

        Raises:
            ArtifactError: Missing, altered, or its tensors do not fit its settings.
        """
        artifact = load_artifact(folder, kind=KIND)
        config = SemanticConfig.from_json(artifact.config_json, source=f"{folder}/config.json")
        tokenizer = cls(config)
        try:
            tokenizer.load_state_dict(artifact.tensors)
        except RuntimeError as error:
            raise ArtifactError(f"{folder}: tensors do not fit config.json: {error}") from None
        return tokenizer.eval()

    def _scaled(self, features: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        return (features.float() - self.feature_mean) / self.feature_std


def _feature_weights(config: SemanticConfig) -> Float[Tensor, " D"]:
    """What each normalised dimension counts in distances."""
    layer = torch.ones(config.dim)
    if config.clusters == "layer":
        return layer
    if config.clusters == "harmony":
        return feature_weights()
    return torch.cat((layer * _LAYER_WEIGHT * config.dim**-0.5, feature_weights()))
