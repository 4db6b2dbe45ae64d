"""A token language model and how long it was trained in, tokens, FLOPs and utilisation out.

A training step of ``B`` crops costs, forward and backward together::

    6 * B * (P_core * S + P_head * R)   products with weights
    12 * B * depth * D * S^2 / 2        products of positions with positions; whole if not causal

``P_core`` are the weights of all matrices of the core, ``S`` the positions it sees, ``P_head`` the
weights of the head of one level and ``R`` the rows that are scored in it, over all levels. A
product of a matrix and a vector costs two FLOPs a weight; backward does it twice more. Tables,
norms and the optimizer are left out, as is usual (Kaplan et al., arXiv 2001.08361, sec. 2.1).
Cross-attention counts its own keys and values: ``12 * B * depth * D * S * M`` for a context of
``M`` tokens, and projects it as often as positions, which is a little too much.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from musiclm.decode.stage_config import StageConfig
from musiclm.errors import ConfigError
from musiclm.lm.build import build_lm
from musiclm.lm.config import LMConfig
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import Seconds, convert_frames, whole_frames

# What SoundStorm's masks leave to be scored: one level an item, after a boundary that lies in the
# middle on average, and there cos(u) of the frames, whose mean over [0, pi/2] is 2 / pi.
_MASKED_ROWS = 0.5 * 2.0 / math.pi


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What a training took and what it got through."""

    core_parameters: int
    """Weights of the core's matrices, each used at every position."""
    head_parameters: int
    """Weights of all levels' heads."""
    positions: int
    """Positions of one crop that the core sees, conditions included."""
    tokens: int
    """Codes of the target in all crops of all steps, repeats included."""
    music_seconds: float
    """Music in all crops of all steps, repeats included."""
    flops_per_step: float
    """By the formula above."""
    flops: float
    """Of the whole training."""
    seconds: float
    """Wall-clock time."""

    @property
    def flops_per_second(self) -> float:
        """What the machine did; 0 when no time has passed."""
        return self.flops / self.seconds if self.seconds > 0 else 0.0

    def utilisation(self, peak: float) -> float:
        """Share of ``peak`` FLOPs a second that went into the formula's products."""
        return self.flops_per_second / peak


def training_cost(
    config: LMConfig, *, crop_seconds: Seconds, batch_size: int, steps: int, seconds: float
) -> TrainingCost:
    """Count what a training of a token language model costs.

    Args:
        config: The model.
        crop_seconds: Length of a crop.
        batch_size: Crops a step.
        steps: Steps of the whole training.
        seconds: Wall-clock time of the whole training.

    Raises:
        ConfigError: A batch, a number of steps or a time below zero.
    """
    if batch_size < 1 or steps < 0 or seconds < 0:
        raise ConfigError(
            "a training has batch_size >= 1, steps >= 0 and seconds >= 0, got "
            f"{batch_size}, {steps} and {seconds}"
        )
    n_frames = whole_frames(crop_seconds, config.target.frame_rate)
    core, heads = matmul_parameters(config)
    positions = _positions(config, n_frames)
    n_context = _context(config)
    transformer = config.transformer
    rows = n_frames * (_MASKED_ROWS / config.target.n_q if config.kind == "masked" else 1.0)
    weights = 6.0 * (core * positions + heads * rows)
    pairs = positions**2 / (2.0 if transformer.causal else 1.0) + positions * n_context
    attention = 12.0 * transformer.depth * transformer.dim * pairs
    per_step = batch_size * (weights + attention)
    return TrainingCost(
        core_parameters=core,
        head_parameters=heads,
        positions=positions,
        tokens=steps * batch_size * n_frames * config.target.n_q,
        music_seconds=steps * batch_size * float(n_frames / config.target.frame_rate),
        flops_per_step=per_step,
        flops=steps * per_step,
        seconds=seconds,
    )


def matmul_parameters(config: LMConfig) -> tuple[int, int]:
    """Weights of a model that are multiplied: those of its core, and those of its heads."""
    with torch.device("meta"):  # Shapes alone: nothing is allocated or drawn.
        model = build_lm(config)
    heads = _matrices(model.heads)
    return _matrices(model) - heads, heads


def _matrices(module: nn.Module) -> int:
    matrices = (child for child in module.modules() if isinstance(child, nn.Linear | nn.Conv1d))
    return sum(matrix.weight.numel() for matrix in matrices)


def _positions(config: LMConfig, n_frames: int) -> int:
    """Positions that the core sees of a crop of ``n_frames`` target frames."""
    target = config.target
    if config.kind == "masked":
        return n_frames
    untimed = sum(stream.n_q for stream in config.conditions if not stream.timed)
    if config.kind == "delay":
        # Timed conditions are added to the steps; the last levels end later than the first.
        return n_frames + target.n_q - 1 + (0 if _context(config) else untimed)
    timed = sum(_n_tokens(stream, target, n_frames) for stream in config.conditions if stream.timed)
    # BOS stands in front, and nothing follows the last code.
    return untimed + timed + n_frames * target.n_q


def _n_tokens(stream: TokenStream, target: TokenStream, n_frames: int) -> int:
    return stream.n_q * convert_frames(n_frames, target.frame_rate, stream.frame_rate)


def _context(config: LMConfig) -> int:
    """Tokens that cross-attention looks at."""
    if not config.transformer.cross_attention:
        return 0
    return sum(stream.n_q for stream in config.conditions if not stream.timed)


def measure_peak(
    device: torch.device, dtype: torch.dtype, *, size: int | None = None, rounds: int = 5
) -> float:
    """FLOPs a second of the fastest of a few products of two square matrices.

    What a machine reaches in practice is the honest denominator: data sheets count sparse
    matrices and clocks that no heat allows. Whatever else computes meanwhile lowers it.

    Args:
        device: Where.
        dtype: In which numbers.
        size: Rows of the matrices; by default enough to fill the device.
        rounds: Products; the fastest counts.
    """
    n = size or (8192 if device.type == "cuda" else 1024)
    left, right = (torch.ones(n, n, device=device, dtype=dtype) for _ in range(2))
    wait: Callable[[], None] = torch.cuda.synchronize if device.type == "cuda" else _nothing
    left @ right  # The first product picks its kernel.
    times = []
    for _ in range(rounds):
        wait()
        began = time.perf_counter()
        left @ right
        wait()
        times.append(time.perf_counter() - began)
    return 2.0 * n**3 / max(min(times), 1e-9)


def _nothing() -> None:
    """CPUs have no queue to wait for."""


def cost_lines(
    config: StageConfig,
    *,
    batch_size: int,
    steps: int,
    seconds: float,
    bfloat16: bool,
    peak: float | None = None,
) -> list[str]:
    """Lines of a stage's card: tokens, FLOPs, and how much of the machine they used.

    Args:
        config: The stage.
        batch_size: Crops a step.
        steps: Steps of the whole training.
        seconds: Wall-clock time of the whole training.
        bfloat16: Whether products ran in bfloat16.
        peak: FLOPs a second of the machine; measured now when ``None``.
    """
    cost = training_cost(
        config.lm,
        crop_seconds=config.crop_seconds,
        batch_size=batch_size,
        steps=steps,
        seconds=seconds,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    if peak is None:
        peak = measure_peak(device, dtype)
    name = torch.cuda.get_device_name() if device.type == "cuda" else _threads()
    return [
        f"- {cost.tokens / 1e6:.3g} million codes, {cost.music_seconds / 3600:.3g} hours of music "
        "counting repeats",
        f"- {cost.flops:.2e} FLOPs, {cost.flops_per_step / 1e9:.3g} GFLOPs a step "
        f"({cost.positions} positions a crop, {batch_size} crops)",
        f"- {cost.utilisation(peak):.0%} of the {peak / 1e9:.3g} GFLOPs a second that a product of "
        f"large matrices reaches in {str(dtype).removeprefix('torch.')} on {name}",
    ]


def _threads() -> str:
    n_threads = torch.get_num_threads()
    return f"{n_threads} CPU thread{'s' if n_threads > 1 else ''}"
