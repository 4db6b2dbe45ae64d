"""Settings of the semantic tokenizer: what it hears, how large its encoder is, how many tokens.

Presets hold every number once. The published encoder is w2v-BERT (MusicLM, sec. 3.1); ours is
trained with the simpler BEST-RQ objective (arXiv 2202.01855), which needs no learned codebook and
no second loss.
"""

from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.tokens.stream import TokenStream


class SemanticConfig(Frozen):
    """Features of the audio, the encoder up to the layer in use, and the vocabulary."""

    clusters: Literal["layer", "harmony", "both"] = "layer"
    """What is clustered: a layer of the encoder, as published; pitch classes and onsets
    (``harmony.py``), for which there is no encoder; or both side by side."""
    sample_rate: int = Field(default=24_000, ge=1000)
    """Of the audio, Hz."""
    hop_length: int = Field(default=960, ge=16)
    """Samples a token: 960 at 24 kHz are 25 tokens a second (MusicLM, sec. 4.1)."""
    stack: int = Field(default=4, ge=1)
    """Mel frames stacked into one token's input; divides ``hop_length``."""
    n_mels: int = Field(default=64, ge=8)
    """Mel bands of each of the stacked frames."""
    mel_window: int = Field(default=960, ge=64)
    """Their analysis window in samples, a multiple of ``hop_length / stack``."""
    n_pitches: int = Field(default=84, ge=12)
    """Semitone bands, from ``lowest_pitch`` upwards."""
    lowest_pitch: int = Field(default=33, ge=0, le=127)
    """MIDI number of the lowest band; 33 is the A of 55 Hz."""
    pitch_window: int = Field(default=5760, ge=64)
    """Analysis window of the semitone bands in samples, a multiple of ``hop_length``: 240 ms tell
    semitones apart where chords lie, which mel bands of 40 ms cannot."""
    dim: int = Field(default=256, ge=8)
    """Width of the Conformer."""
    depth: int = Field(default=3, ge=1)
    """Conformer layers below the features that are clustered: all that the artifact keeps."""
    upper_depth: int = Field(default=3, ge=1)
    """Layers above them, which exist in training only."""
    n_heads: int = Field(default=2, ge=1)
    """Attention heads; divides ``dim``."""
    ff_mult: float = Field(default=1.0, gt=0)
    """Inner width of each of a layer's two gated feed-forward halves, in multiples of ``dim``."""
    conv_kernel: int = Field(default=5, ge=1)
    """Frames that a layer's convolution spans, odd."""
    codebook_size: int = Field(default=512, ge=2)
    """Centroids, and so tokens."""
    chunk_frames: int = Field(default=500, ge=2)
    """Longer audio is encoded in chunks of that many frames."""
    margin_frames: int = Field(default=50, ge=0)
    """Frames at either end of a chunk that only give context to the rest."""

    @model_validator(mode="after")
    def _fits(self) -> "SemanticConfig":
        faults = []
        if self.hop_length % self.stack or self.mel_window % (self.hop_length // self.stack):
            faults.append(
                f"stack={self.stack} must divide hop_length={self.hop_length}, and the quotient "
                f"must divide mel_window={self.mel_window}"
            )
        if self.pitch_window % self.hop_length:
            faults.append(
                f"hop_length={self.hop_length} must divide pitch_window={self.pitch_window}"
            )
        if self.clusters != "layer" and (self.n_pitches % 12 or self.n_mels % 8):
            faults.append(
                f'clusters = "{self.clusters}" needs whole octaves and eight groups of bands, got '
                f"n_pitches={self.n_pitches} and n_mels={self.n_mels}"
            )
        if 2 * self.margin_frames >= self.chunk_frames:
            faults.append(
                f"two margins of {self.margin_frames} frames leave nothing of a chunk of "
                f"{self.chunk_frames}"
            )
        if self.dim % self.n_heads or self.dim // self.n_heads % 2:
            faults.append(
                f"dim={self.dim} must be an even multiple of n_heads={self.n_heads} (rotary)"
            )
        if self.conv_kernel % 2 == 0:
            faults.append(f"conv_kernel={self.conv_kernel} must be odd to stay centred")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def n_features(self) -> int:
        """Numbers that describe one frame before the encoder."""
        return self.stack * self.n_mels + self.n_pitches

    @property
    def stream(self) -> TokenStream:
        """One semantic token a frame."""
        return TokenStream(
            name="semantic",
            codebook_size=self.codebook_size,
            n_q=1,
            frame_rate=Fraction(self.sample_rate, self.hop_length),
        )


TINY = SemanticConfig(
    n_mels=16,
    n_pitches=48,
    lowest_pitch=45,
    pitch_window=3840,
    dim=32,
    depth=1,
    upper_depth=1,
    codebook_size=64,
    chunk_frames=250,
    margin_frames=25,
)
"""Learns in seconds on one core."""

SMALL_LAYER = SemanticConfig()
"""The published way at a small size: 3 of 6 Conformer layers of 256 features."""

SMALL = SemanticConfig(clusters="both")
"""The model in the box: the layer, with harmony and rhythm beside it."""

PAPER = SemanticConfig(
    # w2v-BERT XL: 24 Conformer layers of 1024, 600M parameters; MusicLM, sec. 4.1 takes layer 7
    # of its masked-modelling half, which has 12: layer 19 of all.
    n_mels=80,
    dim=1024,
    depth=19,
    upper_depth=5,
    n_heads=8,
    # Gated halves have three matrices where the published ones have two: 8/3 instead of 4.
    ff_mult=8 / 3,
    codebook_size=1024,
    chunk_frames=750,
)
"""The published size, under the BEST-RQ objective."""

PRESETS: dict[str, SemanticConfig] = {
    "tiny": TINY,
    "small": SMALL,
    "small_layer": SMALL_LAYER,
    "paper": PAPER,
}
"""Named configurations, for recipes."""
