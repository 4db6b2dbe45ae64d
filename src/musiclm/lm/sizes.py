"""Named sizes of the core: what ``size = "small"`` in a recipe means.

``paper`` is MusicLM's 24 x 1024 with gated feed-forward layers, the reading of its text that gives
the 430M parameters it reports (two matrices a layer would give 302M).
"""

from typing import Literal

from musiclm.config import replace
from musiclm.nn.config import TransformerConfig

SizeName = Literal["tiny", "small", "small_semantic", "small_masked", "paper", "paper_masked"]

TINY = TransformerConfig(
    dim=64, depth=2, n_heads=2, ff_mult=2.0, positions="rotary", max_positions=2048
)
"""For tests and one-minute recipes."""

# Few wide heads: attention on a CPU costs per head, and 128 features measured twice as fast as 64.
# 12 levels of 1024 codes cost 24,576 * dim parameters beside the core, hence the modest width.
SMALL = TransformerConfig(
    dim=448, depth=6, n_heads=4, ff_mult=2.0, positions="rotary", max_positions=2048
)
"""Acoustic stages of the model in the box."""

SMALL_SEMANTIC = TransformerConfig(
    dim=384, depth=8, n_heads=3, ff_mult=2.75, positions="rotary", max_positions=2048
)
"""The semantic stage of the model in the box: deeper, because structure is its only task."""

PAPER = TransformerConfig(
    dim=1024,
    depth=24,
    n_heads=16,
    ff_mult=4.0,
    activation="gelu",
    positions="t5",
    norm="rms",
    dropout=0.1,
    max_positions=4096,
)
"""MusicLM, sec. 4.2; T5 1.1's gated GELU."""

# A Conformer block has two feed-forward layers and a convolution more: fewer, narrower blocks.
SMALL_MASKED = TransformerConfig(
    dim=384,
    depth=6,
    n_heads=3,
    ff_mult=1.0,
    causal=False,
    conv_kernel=5,
    positions="rotary",
    max_positions=2048,
)
"""The parallel acoustic stage at the small scale."""

PAPER_MASKED = TransformerConfig(
    dim=1024,
    depth=12,
    n_heads=16,
    ff_mult=4.0,
    gated=False,
    causal=False,
    conv_kernel=5,
    positions="rotary",
    dropout=0.1,
    max_positions=4096,
)
"""SoundStorm, sec. 4: 12 Conformer blocks, kernel 5, rotary, 350M with embeddings and heads."""

SIZES: dict[str, TransformerConfig] = {
    "tiny": TINY,
    "small": SMALL,
    "small_semantic": SMALL_SEMANTIC,
    "small_masked": SMALL_MASKED,
    "paper": PAPER,
    "paper_masked": PAPER_MASKED,
}


def bidirectional(core: TransformerConfig, *, conv_kernel: int = 5) -> TransformerConfig:
    """The Conformer of the same width, for a ``MaskedLM``; unchanged if it is one already."""
    if not core.causal:
        return core
    return replace(core, causal=False, conv_kernel=conv_kernel, positions="rotary")
