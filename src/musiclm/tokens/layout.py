"""Where codes sit in an LM's sequence: pure, invertible rearrangements of ``[B, K, T]`` codes.

Nothing here knows a model. Every function has an exact inverse in this file, except
``align_frames``, which resamples a condition to the frames of a target.
"""

from collections.abc import Sequence
from fractions import Fraction

import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.errors import ConfigError, ShapeError


def delay_levels(
    codes: Int[Tensor, "B K T"], *, delays: Sequence[int], pad_id: int
) -> Int[Tensor, "B K S"]:
    """Shift each quantizer level right by its own delay (the MusicGen delay pattern).

    The code of level ``k`` at frame ``t`` moves to step ``t + delays[k]``, so that one LM step
    predicts one code of every level, and level ``k`` already sees the lower levels of its own
    frame when ``delays`` is ``(0, 1, ..., K - 1)``. ``undelay_levels`` is the exact inverse.

    Args:
        codes: Codebook indices; ``T`` counts frames.
        delays: One delay per level, in frames, lowest level first; each ``>= 0``.
        pad_id: What cells hold that no code reaches.

    Returns:
        ``S = T + max(delays)`` steps.

    Raises:
        ShapeError: ``len(delays)`` is not ``K``.
        ConfigError: A delay is negative.

    Example:
        >>> codes = torch.tensor([[[1, 2, 3], [4, 5, 6]]])  # B=1, K=2, T=3
        >>> delay_levels(codes, delays=(0, 1), pad_id=9)[0]
        tensor([[1, 2, 3, 9],
                [9, 4, 5, 6]])
    """
    n_batch, n_q, n_frames = codes.shape
    _check_delays(delays, n_q)
    delayed = codes.new_full((n_batch, n_q, n_frames + max(delays)), pad_id)
    for level, delay in enumerate(delays):
        delayed[:, level, delay : delay + n_frames] = codes[:, level]
    return delayed


def undelay_levels(delayed: Int[Tensor, "B K S"], *, delays: Sequence[int]) -> Int[Tensor, "B K T"]:
    """Undo ``delay_levels``: keep the ``S - max(delays)`` frames that hold codes.

    Raises:
        ShapeError: ``len(delays)`` is not ``K``, or there are fewer steps than the longest delay.
        ConfigError: A delay is negative.
    """
    _check_delays(delays, delayed.shape[1])
    n_frames = delayed.shape[-1] - max(delays)
    if n_frames < 0:
        raise ShapeError(
            f"{delayed.shape[-1]} steps cannot hold a delay of {max(delays)} frames: "
            "pass what delay_levels returned"
        )
    levels = [delayed[:, level, delay : delay + n_frames] for level, delay in enumerate(delays)]
    return torch.stack(levels, dim=1)


def flatten_levels(codes: Int[Tensor, "B K T"]) -> Int[Tensor, "B S"]:
    """Write codes as one row, frame by frame, all levels of a frame together.

    Example:
        >>> flatten_levels(torch.tensor([[[1, 2, 3], [4, 5, 6]]]))
        tensor([[1, 4, 2, 5, 3, 6]])
    """
    return codes.transpose(1, 2).flatten(1)


def unflatten_levels(flat: Int[Tensor, "B S"], *, n_q: int) -> Int[Tensor, "B K T"]:
    """Undo ``flatten_levels``.

    Raises:
        ShapeError: The row is no whole number of frames.
    """
    if flat.shape[1] % n_q:
        raise ShapeError(
            f"{flat.shape[1]} codes are no whole number of frames of n_q={n_q} levels: "
            "cut the row at a frame"
        )
    return flat.reshape(flat.shape[0], -1, n_q).transpose(1, 2)


def split_levels(
    codes: Int[Tensor, "B K T"], *, n_coarse: int
) -> tuple[Int[Tensor, "B Kc T"], Int[Tensor, "B Kf T"]]:
    """Divide levels into coarse and fine; ``join_levels`` is the inverse.

    Raises:
        ShapeError: A side would be empty.
    """
    if not 0 < n_coarse < codes.shape[1]:
        raise ShapeError(
            f"n_coarse={n_coarse} must leave both sides a level of the {codes.shape[1]}: "
            f"choose 1 to {codes.shape[1] - 1}"
        )
    return codes[:, :n_coarse], codes[:, n_coarse:]


def join_levels(
    coarse: Int[Tensor, "B Kc T"], fine: Int[Tensor, "B Kf Tf"]
) -> Int[Tensor, "B K T"]:
    """Stack coarse and fine levels of the same frames.

    Raises:
        ShapeError: The two have different numbers of frames.
    """
    if coarse.shape[-1] != fine.shape[-1]:
        raise ShapeError(
            f"coarse has {coarse.shape[-1]} frames but fine has {fine.shape[-1]}: "
            "generate both for the same duration"
        )
    return torch.cat((coarse, fine), dim=1)


def align_frames(
    codes: Int[Tensor, "B K Tc"],
    *,
    from_rate: Fraction,
    to_rate: Fraction,
    n_frames: int,
    pad_id: int,
) -> Int[Tensor, "B K T"]:
    """Give every target frame the condition frame that sounds when it begins.

    A slower condition is repeated, a faster one is strided; frames after its end hold ``pad_id``.

    Example:
        >>> slow = torch.tensor([[[7, 8]]])
        >>> align_frames(slow, from_rate=Fraction(25), to_rate=Fraction(50), n_frames=5, pad_id=0)
        tensor([[[7, 7, 8, 8, 0]]])
    """
    if from_rate == to_rate:
        index = torch.arange(n_frames, device=codes.device)
    else:
        ratio = from_rate / to_rate
        index = torch.arange(n_frames, device=codes.device) * ratio.numerator // ratio.denominator
    padded = torch.nn.functional.pad(codes, (0, 1), value=pad_id)
    return padded[:, :, index.clamp_max(codes.shape[-1])]


def _check_delays(delays: Sequence[int], n_q: int) -> None:
    if len(delays) != n_q:
        raise ShapeError(
            f"delays has {len(delays)} entries but codes has {n_q} levels: give one per level"
        )
    if min(delays) < 0:
        raise ConfigError(f"delays must be >= 0 frames, got {tuple(delays)}")
