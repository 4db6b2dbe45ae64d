"""Text or audio in, one unit vector or twelve integers out: MuLan, the model's sense of meaning.

Two towers share a sphere, and one residual codebook chain turns points of it into MuLan tokens.
Generation needs the text tower only, so an artifact can be loaded without the other. Training is
in ``train/mulan.py``; this class does not know it.

The two towers leave a gap: captions of a piece and the piece itself sit in two displaced clouds.
``Mulan.set_gap`` stores the mean of either cloud, and both doors subtract their own mean before
quantizing, so that the codebooks are spent on meaning and not on telling text from audio.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from musiclm.artifact import Storage, load_artifact, save_artifact
from musiclm.errors import ArtifactError, ConfigError, ShapeError
from musiclm.mulan.audio_tower import AudioTower
from musiclm.mulan.config import MulanConfig
from musiclm.mulan.text_tower import TextTokenizer, TextTower
from musiclm.nn.quantizer import ResidualVectorQuantizer
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import seconds_to_samples

KIND = "mulan"
TOKENIZER_FILE = "tokenizer.json"

Towers = Literal["text", "both"]

# Up to here prompts are embedded one by one, so that a prompt's tokens do not depend on its
# neighbours, not even by rounding. Long lists (captions of a corpus) go in padded batches.
_ONE_BY_ONE = 8
_TEXT_BATCH = 64
_WINDOW_BATCH = 32


class Mulan(nn.Module):
    """Maps prompts and music into one space, and from there to MuLan tokens ``[B, M]``.

    ``audio`` is ``None`` when only the text tower was loaded. Buffers: ``text_mean`` and
    ``audio_mean``, subtracted before quantizing.
    """

    text_mean: Tensor
    audio_mean: Tensor

    def __init__(
        self,
        config: MulanConfig,
        *,
        tokenizer_json: bytes | None = None,
        towers: Towers = "both",
    ) -> None:
        super().__init__()
        self.config = config
        self.tokenizer = TextTokenizer(config.text, tokenizer_json=tokenizer_json)
        self.text = TextTower(config.text, joint_dim=config.dim)
        self.audio: AudioTower | None = None
        if towers == "both":
            self.audio = AudioTower(
                config.audio,
                sample_rate=config.sample_rate,
                window_samples=self.window_samples,
                joint_dim=config.dim,
            )
        self.quantizer = ResidualVectorQuantizer(config.dim, config.n_q, config.codebook_size)
        self.register_buffer("text_mean", torch.zeros(config.dim))
        self.register_buffer("audio_mean", torch.zeros(config.dim))

    @property
    def stream(self) -> TokenStream:
        """What the tokens are, for whoever is conditioned on them."""
        return self.config.stream

    @property
    def sample_rate(self) -> int:
        """Of the audio that ``embed_audio`` takes, Hz."""
        return self.config.sample_rate

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.text_mean.device

    @property
    def window_samples(self) -> int:
        """Samples that the audio tower hears at once."""
        return seconds_to_samples(self.config.window_seconds, self.config.sample_rate)

    @torch.no_grad()
    def embed_text(self, texts: Sequence[str]) -> Float[Tensor, "B D"]:
        """Unit vectors of prompts; up to eight prompts do not influence each other at all.

        Raises:
            ShapeError: There is no prompt.
        """
        if isinstance(texts, str) or not texts:
            raise ShapeError('expected a list with at least one prompt: pass ["..."]')
        size = 1 if len(texts) <= _ONE_BY_ONE else _TEXT_BATCH
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        embeddings = torch.empty(len(texts), self.config.dim)
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            ids, real = self.tokenizer([texts[index] for index in chosen])
            embeddings[chosen] = self.text(ids.to(self.device), real.to(self.device)).cpu()
        return embeddings.to(self.device)

    def windows(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B W C window"]:
        """Overlapping windows (``W`` a clip); shorter audio is padded with silence to one.

        The last window ends with the audio, so nothing is left out.
        """
        size = self.window_samples
        if samples.shape[-1] <= size:
            return functional.pad(samples, (0, size - samples.shape[-1])).unsqueeze(1)
        hop = seconds_to_samples(self.config.hop_seconds, self.config.sample_rate)
        last = samples.shape[-1] - size
        starts = [*range(0, last, hop), last]
        return torch.stack([samples[..., start : start + size] for start in starts], dim=1)

    @torch.no_grad()
    def embed_audio(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B D"]:
        """Unit vectors of clips: the mean over windows, normalised again (MusicLM, sec. 4.1).

        Raises:
            ConfigError: Only the text tower was loaded.
            ShapeError: There are no samples, or the shape is not ``[B, C, N]``.
        """
        if self.audio is None:
            raise ConfigError(
                'this MuLan was loaded without its audio tower: use Mulan.load(..., towers="both")'
            )
        if samples.ndim != 3 or 0 in samples.shape:
            raise ShapeError(f"expected audio [B, C, N] with samples, got {tuple(samples.shape)}")
        windows = self.windows(samples)
        n_batch, n_windows = windows.shape[:2]
        embeddings = [
            self.audio(self.audio.features(part))
            for part in torch.split(windows.flatten(0, 1), _WINDOW_BATCH)
        ]
        return functional.normalize(
            torch.cat(embeddings).view(n_batch, n_windows, -1).mean(1), dim=-1
        )

    def tokens_from_embeddings(
        self, embeddings: Float[Tensor, "B D"], *, source: Literal["text", "audio"]
    ) -> Int[Tensor, "B M"]:
        """Quantize points of the sphere, after removing the mean of their modality.

        Raises:
            ConfigError: The codebooks were never fitted.
        """
        if not bool(self.quantizer.ready):
            raise ConfigError("MuLan's codebooks are empty: train it, or load a trained artifact")
        mean = self.text_mean if source == "text" else self.audio_mean
        return self.quantizer.encode((embeddings - mean).unsqueeze(-1)).squeeze(-1)

    def mix(
        self, embeddings: Float[Tensor, "n D"], weights: Sequence[float]
    ) -> Float[Tensor, " D"]:
        """One point of the sphere from several prompts, each with its weight.

        Mixing is done around the mean of all texts, so that a negative weight leads away from
        what a prompt says and not from text as such. Weights count relative to each other.

        Args:
            embeddings: From ``embed_text``.
            weights: One a row; at least one is positive.

        Raises:
            ShapeError: Another number of weights, or none of them positive.
        """
        factors = torch.tensor(weights, dtype=embeddings.dtype, device=embeddings.device)
        if len(factors) != len(embeddings) or not bool((factors > 0).any()):
            raise ShapeError(
                f"expected a weight for each of {len(embeddings)} prompts and one of them "
                f"positive, got {list(weights)}"
            )
        centred = embeddings - self.text_mean
        wanted = factors.clamp(min=0.0)
        # As far from the mean as the wanted prompts are: codebooks know no other distance.
        radius = (wanted * centred.norm(dim=-1)).sum() / wanted.sum()
        direction = functional.normalize((factors[:, None] * centred).sum(0), dim=0)
        mixed: Tensor = radius * direction + self.text_mean
        return mixed

    def tokens_from_text(self, texts: Sequence[str]) -> Int[Tensor, "B M"]:
        """MuLan tokens of prompts."""
        return self.tokens_from_embeddings(self.embed_text(texts), source="text")

    def tokens_from_audio(self, samples: Float[Tensor, "B C N"]) -> Int[Tensor, "B M"]:
        """MuLan tokens of clips of any length."""
        return self.tokens_from_embeddings(self.embed_audio(samples), source="audio")

    @torch.no_grad()
    def set_gap(self, *, text_mean: Float[Tensor, " D"], audio_mean: Float[Tensor, " D"]) -> None:
        """Store the mean embedding of either modality."""
        self.text_mean.copy_(text_mean)
        self.audio_mean.copy_(audio_mean)

    def save(self, folder: Path, *, card: str = "", storage: Storage = "float32") -> None:
        """Write an artifact; ``int8`` compresses the text tower and keeps the rest in float16."""
        json_bytes = self.tokenizer.json
        save_artifact(
            folder,
            kind=KIND,
            config=self.config,
            tensors={name: t for name, t in self.state_dict().items() if not _is_scratch(name)},
            card=card,
            storage=storage,
            int8_exclude=("audio.*", "quantizer.*", "text.project.*"),
            extra_files={} if json_bytes is None else {TOKENIZER_FILE: json_bytes},
        )

    @classmethod
    def load(cls, folder: Path, *, towers: Towers = "both") -> Self:
        """Read an artifact, in evaluation mode.

        Args:
            folder: Written by ``save``.
            towers: ``"text"`` leaves the audio tower out: all that generation needs.

        Raises:
            ArtifactError: Missing, altered, or its tensors do not fit its settings.
        """
        artifact = load_artifact(folder, kind=KIND)
        config = MulanConfig.from_json(artifact.config_json, source=f"{folder}/config.json")
        extra = artifact.extra.get(TOKENIZER_FILE)
        mulan = cls(
            config,
            tokenizer_json=None if extra is None else extra.read_bytes(),
            towers=towers,
        )
        tensors = {
            name: tensor
            for name, tensor in artifact.tensors.items()
            if towers == "both" or not name.startswith("audio.")
        }
        _load_state(mulan, tensors, folder)
        return mulan.eval()


def _is_scratch(name: str) -> bool:
    """Moving averages of codebooks, which only training would need."""
    return name.startswith("quantizer.") and name.endswith((".counts", ".sums"))


def _load_state(mulan: Mulan, tensors: Mapping[str, Any], folder: Path) -> None:
    try:
        missing, unexpected = mulan.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise ArtifactError(f"{folder}: tensors do not fit config.json: {error}") from None
    missing = [name for name in missing if not _is_scratch(name)]
    if missing or unexpected:
        raise ArtifactError(
            f"{folder}: weights.safetensors lacks {missing} and has unknown {unexpected}: "
            "use the library version that wrote it"
        )
