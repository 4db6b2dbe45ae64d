"""Settings of the joint text-audio model: two towers, one sphere, one codebook chain.

Named presets hold every number once: ``TINY`` learns from nothing in a minute, ``SMALL`` is the
model in the box, ``PAPER`` has the sizes of MuLan (arXiv 2208.12415) as MusicLM uses it.
"""

from typing import Literal

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.tokens.stream import TokenStream


class TextTowerConfig(Frozen):
    """A BERT-shaped encoder: learned positions, normalisation after each half, mean pooling."""

    tokenizer: Literal["hashed", "wordpiece"] = "hashed"
    """``hashed`` needs no file (each word falls into one of ``vocab_size`` rows); ``wordpiece``
    reads the ``tokenizer.json`` that travels inside the artifact."""
    vocab_size: int = Field(default=2048, ge=16)
    """Rows of the word table."""
    max_tokens: int = Field(default=128, ge=4)
    """Longer prompts are cut here; two of the tokens are the begin and end marks."""
    dim: int = Field(default=64, ge=8)
    """Width."""
    depth: int = Field(default=2, ge=1)
    """Layers."""
    n_heads: int = Field(default=4, ge=1)
    """Attention heads; divides ``dim``."""
    ff_dim: int = Field(default=128, ge=8)
    """Inner width of each feed-forward half."""
    adapter_dim: int = Field(default=0, ge=0)
    """Width of a small residual network after each layer; 0 for none. Training only these leaves
    a pre-trained encoder as it is (Houlsby et al., arXiv 1902.00751)."""
    project_dim: int = Field(default=0, ge=0)
    """Inner width of the map from sentences onto the sphere; 0 makes it linear."""

    @model_validator(mode="after")
    def _heads_divide(self) -> "TextTowerConfig":
        if self.dim % self.n_heads:
            raise ValueError(f"n_heads={self.n_heads} does not divide dim={self.dim}")
        return self


class AudioTowerConfig(Frozen):
    """Log-mel in, convolutions that shrink it, then a pre-norm transformer over what is left."""

    n_mels: int = Field(default=32, ge=8)
    """Mel bands of the mid (mono) signal."""
    n_fft: int = Field(default=1440, ge=64)
    """Analysis window in samples, a multiple of ``hop_length``."""
    hop_length: int = Field(default=480, ge=16)
    """Samples between mel frames."""
    chroma_hops: int = Field(default=0, ge=0)
    """Mel frames that one frame of pitch classes covers, in a window of three; 0 for a tower that
    reads none, as before version 0.5."""
    conv_channels: tuple[int, ...] = (16, 32)
    """Output channels of each convolution; each halves the bands, the first takes every fourth
    frame, the second every second of those."""
    dim: int = Field(default=64, ge=8)
    """Width of the transformer."""
    depth: int = Field(default=1, ge=1)
    """Layers of the transformer."""
    n_heads: int = Field(default=4, ge=1)
    """Attention heads; divides ``dim``."""
    n_lags: int = Field(default=64, ge=8)
    """Lags of the onset autocorrelation that tells the tower the tempo, in mel frames."""

    @property
    def n_features(self) -> int:
        """Rows of what the tower reads: mel bands, and twelve pitch classes if it reads them."""
        return self.n_mels + (12 if self.chroma_hops else 0)

    @model_validator(mode="after")
    def _shapes_fit(self) -> "AudioTowerConfig":
        if self.dim % self.n_heads:
            raise ValueError(f"n_heads={self.n_heads} does not divide dim={self.dim}")
        if self.n_fft % self.hop_length:
            raise ValueError(f"hop_length={self.hop_length} does not divide n_fft={self.n_fft}")
        shrink = 2 ** len(self.conv_channels)
        if not self.conv_channels or self.n_mels % shrink:
            raise ValueError(
                f"n_mels={self.n_mels} is no multiple of {shrink}, "
                f"which {len(self.conv_channels)} halving convolutions need"
            )
        return self


class MulanConfig(Frozen):
    """Both towers, the windows that audio is cut into, and the token stream that comes out."""

    sample_rate: int = Field(default=24_000, ge=1000)
    """Of the audio, Hz."""
    window_seconds: float = Field(default=10.0, gt=0)
    """What the audio tower hears at once (MusicLM, sec. 4.1: 10 s)."""
    hop_seconds: float = Field(default=5.0, gt=0)
    """Distance of the windows whose embeddings are averaged (MusicLM, sec. 4.1: 1 s)."""
    dim: int = Field(default=128, ge=4)
    """Width of the joint embedding (MuLan: 128)."""
    n_q: int = Field(default=12, ge=1, le=64)
    """Residual levels, and so MuLan tokens a clip."""
    codebook_size: int = Field(default=256, ge=2)
    """Entries of each level's codebook."""
    text: TextTowerConfig = TextTowerConfig()
    """The text tower."""
    audio: AudioTowerConfig = AudioTowerConfig()
    """The audio tower."""

    @property
    def stream(self) -> TokenStream:
        """The untimed stream of MuLan tokens: one frame a clip, ``n_q`` levels."""
        return TokenStream(name="mulan", codebook_size=self.codebook_size, n_q=self.n_q)


TINY = MulanConfig(n_q=4, codebook_size=16, dim=32, audio=AudioTowerConfig(chroma_hops=5))
"""Learns from nothing on one core; text words are hashed, so that no file is needed."""

SMALL = MulanConfig(
    # The shape of MiniLM-L6-H384: its trained weights start the text tower.
    text=TextTowerConfig(
        tokenizer="wordpiece",
        vocab_size=30_522,
        dim=384,
        depth=6,
        n_heads=12,
        ff_dim=1536,
        project_dim=512,
    ),
    audio=AudioTowerConfig(
        n_mels=96,
        chroma_hops=5,
        conv_channels=(32, 64, 96),
        dim=256,
        depth=3,
        n_heads=8,
        n_lags=96,
    ),
)
"""The model in the box: MiniLM-shaped text tower, audio tower of about 3 million parameters."""

PAPER = MulanConfig(
    hop_seconds=1.0,
    codebook_size=1024,
    # MuLan: BERT-base uncased, at most 512 tokens, and an AST-sized (ViT-Base) audio tower that
    # reads 128 mel bands every 10 ms.
    text=TextTowerConfig(
        tokenizer="wordpiece",
        vocab_size=30_522,
        max_tokens=512,
        dim=768,
        depth=12,
        n_heads=12,
        ff_dim=3072,
    ),
    audio=AudioTowerConfig(
        n_mels=128,
        # MuLan: 25 ms every 10 ms; ours must be whole hops, so 30 ms.
        n_fft=720,
        hop_length=240,
        conv_channels=(64, 128, 256, 256),
        dim=768,
        depth=12,
        n_heads=12,
        n_lags=192,
    ),
)
"""MusicLM's MuLan: BERT-base and ViT-Base towers, 128-d sphere, 12 levels of 1024 codes."""

PRESETS: dict[str, MulanConfig] = {"tiny": TINY, "small": SMALL, "paper": PAPER}
"""Named configurations, for recipes."""
