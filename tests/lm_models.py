"""Tiny language models whose every weight matters, for tests of lm, decode and acoustic.

Fresh models ignore attention and feed-forward (their output matrices start at zero); tests of
causality or caches on such a model would pass for a broken one, so all weights are redrawn here.
"""

from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from musiclm.config import replace
from musiclm.decode.parallel import ParallelConfig
from musiclm.decode.stage import Stage, StageConfig
from musiclm.lm.build import build_lm
from musiclm.lm.config import LMConfig, LMKind
from musiclm.lm.loss import TokenLM
from musiclm.nn.transformer import TransformerConfig
from musiclm.tokens.stream import TokenStream

MULAN = TokenStream(name="mulan", codebook_size=8, n_q=3)
SEMANTIC = TokenStream(name="semantic", codebook_size=12, n_q=1, frame_rate=Fraction(25))
SLOW = TokenStream(name="semantic", codebook_size=12, n_q=1, frame_rate=Fraction(25, 2))
ACOUSTIC = TokenStream(name="acoustic", codebook_size=10, n_q=3, frame_rate=Fraction(25))

CORE = TransformerConfig(dim=16, depth=2, n_heads=2, ff_mult=2.0, max_positions=256)


def config(kind: LMKind, **changes: Any) -> LMConfig:
    """MuLan and semantic tokens to three acoustic levels."""
    core = CORE if kind != "masked" else replace(CORE, causal=False, conv_kernel=3)
    values: dict[str, Any] = {
        "kind": kind,
        "conditions": (MULAN, SEMANTIC),
        "target": ACOUSTIC,
        "transformer": core,
        "condition_lookahead": 1 if kind == "delay" else 0,
    }
    return LMConfig(**(values | changes))


def model(lm_config: LMConfig, *, seed: int = 0) -> TokenLM:
    """A model with all weights drawn anew."""
    torch.manual_seed(seed)
    built = build_lm(lm_config)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return built.eval()


def codes(stream: TokenStream, n_batch: int, n_frames: int, *, seed: int = 0) -> Tensor:
    """Random codes of a stream: ``[B, M]`` untimed, ``[B, K, T]`` timed."""
    rng = torch.Generator().manual_seed(seed)
    shape = (n_batch, stream.n_q, n_frames) if stream.timed else (n_batch, stream.n_q)
    return torch.randint(stream.codebook_size, shape, generator=rng)


def conditions(lm_config: LMConfig, n_batch: int, n_frames: int) -> tuple[Tensor, ...]:
    """Random conditions over ``n_frames`` target frames."""
    made = []
    for index, stream in enumerate(lm_config.conditions):
        frames = n_frames * stream.frame_rate / lm_config.target.frame_rate
        made.append(codes(stream, n_batch, int(frames), seed=index + 1))
    return tuple(made)


def random_stage(kind: LMKind, **changes: Any) -> Stage:
    """A stage of random weights with windows of ten frames."""
    core = CORE if kind != "masked" else replace(CORE, causal=False, conv_kernel=3)
    values: dict[str, Any] = {
        "name": "stage",
        "kind": kind,
        "conditions": (MULAN, SEMANTIC),
        "target": ACOUSTIC,
        "size": "tiny",
        "transformer": core,
        "window_seconds": 0.4,
        "carry_seconds": 0.2,
        "crop_seconds": 0.4,
        "parallel": ParallelConfig(iterations=(4, 2)),
    }
    stage = Stage.create(StageConfig(**(values | changes)))
    rng = torch.Generator().manual_seed(0)
    for parameter in stage.model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=rng) * 0.3
    stage.model.eval()
    return stage
