"""Size and kind of the one Transformer: numbers and names only, no framework."""

from typing import Literal, Self

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.errors import ConfigError

Activation = Literal["gelu", "silu"]
NormKind = Literal["layer", "rms"]


class TransformerConfig(Frozen):
    """Size and kind of a pre-norm Transformer."""

    dim: int = Field(ge=8)
    """Model width, features."""
    depth: int = Field(ge=1)
    """Blocks."""
    n_heads: int = Field(ge=1)
    """Query heads; ``dim / n_heads`` features each."""
    n_kv_heads: int | None = None
    """Key and value heads, shared by groups of query heads; as many as query heads if not given."""
    ff_mult: float = Field(default=4.0, gt=0)
    """Hidden width of the feed-forward layers over ``dim`` (of each half where gated)."""
    gated: bool = True
    """Gated feed-forward (three matrices) instead of plain (two)."""
    activation: Activation = "silu"
    """Nonlinearity of the feed-forward layers."""
    causal: bool = True
    """Whether a position sees only itself and earlier ones."""
    positions: Literal["rotary", "t5", "sinusoidal", "none"] = "rotary"
    """How places are told apart."""
    max_positions: int = Field(default=4096, ge=1)
    """Longest sequence, steps."""
    cross_attention: bool = False
    """Whether every block also attends to a context."""
    conv_kernel: int = Field(default=0, ge=0)
    """Positions that a Conformer convolution covers, odd; 0 means plain Transformer blocks."""
    norm: NormKind = "layer"
    """Which norm, always before a sublayer and once at the end."""
    norm_bias: bool = False
    """Whether norms add a bias, as MusicGen's do; of ``norm="layer"`` only."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Probability in attention weights, hidden features and sublayer outputs."""

    @property
    def kv_heads(self) -> int:
        """Key and value heads."""
        return self.n_kv_heads or self.n_heads

    @property
    def head_dim(self) -> int:
        """Features of one head."""
        return self.dim // self.n_heads

    @property
    def ff_dim(self) -> int:
        """Hidden features of a feed-forward layer."""
        return round(self.dim * self.ff_mult)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        faults = []
        if self.dim % self.n_heads:
            faults.append(f"dim={self.dim} is no multiple of n_heads={self.n_heads}")
        elif self.positions == "rotary" and self.head_dim % 2:
            faults.append(f"rotary positions need an even head size, got {self.head_dim}")
        if self.n_kv_heads is not None and (self.n_kv_heads < 1 or self.n_heads % self.n_kv_heads):
            faults.append(f"n_heads={self.n_heads} is no multiple of n_kv_heads={self.n_kv_heads}")
        if self.positions == "sinusoidal" and self.dim % 2:
            faults.append(f"sinusoidal positions need an even dim, got {self.dim}")
        if self.norm_bias and self.norm != "layer":
            faults.append('norm_bias=true is for norm="layer" only')
        if self.conv_kernel and self.causal:
            faults.append("conv_kernel > 0 looks ahead: set causal=false or conv_kernel=0")
        if self.conv_kernel and self.conv_kernel % 2 == 0:
            faults.append(f"conv_kernel must be odd to stay centred, got {self.conv_kernel}")
        if faults:
            raise ConfigError("TransformerConfig: " + "; ".join(faults))
        return self
