"""Latents ``[B, D, T]`` in, codes ``[B, K, T]`` out, and back: residual vector quantization.

Each level quantizes what the levels below left over (SoundStream, sec. III-C). Codebooks are not
trained by gradients but follow the data as moving averages; an entry that hardly any vector
chooses is moved onto a vector of the current batch. The codec and MuLan share this file.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.errors import ConfigError, ShapeError
from musiclm.nn.kmeans import kmeans, nearest
from musiclm.nn.ranks import copy_from_first_rank, from_first_rank, sum_over_ranks


@dataclass(frozen=True, slots=True)
class Quantized:
    """What quantizing a batch gives."""

    latents: Float[Tensor, "B D T"]
    """Sum of the chosen entries, passing gradients straight through to the input."""
    codes: Int[Tensor, "B K T"]
    """Chosen entries, in ``[0, codebook_size)``."""
    commitment: Float[Tensor, ""]
    """Mean squared distance of the residuals to their entries. It pulls the encoder only; with
    learned codebooks the same distance, weighted, pulls them as well."""
    residual: Float[Tensor, " K"]
    """Share of the input's power left after each level, 1 = nothing explained; no gradient."""


class QuantizerLevel(nn.Module, ABC):
    """One level: vectors ``[N, D]`` to one of ``V`` entries, and back."""

    @abstractmethod
    def encode(self, vectors: Float[Tensor, "N D"]) -> Int[Tensor, " N"]:
        """The entry of each vector."""

    @abstractmethod
    def decode(self, codes: Int[Tensor, " N"]) -> Float[Tensor, "N D"]:
        """The entries themselves."""

    @abstractmethod
    def init_from(
        self, vectors: Float[Tensor, "N D"], rng: torch.Generator, *, iterations: int
    ) -> None:
        """Start from data."""


class ResidualQuantizer(nn.Module):
    """Levels that each quantize what the levels below left over: codes ``[B, K, T]`` and back.

    ``init_from`` must run once before training or use; ``ready`` tells. Any number of leading
    levels decodes. How levels learn is up to the ``forward`` of a subclass.
    """

    ready: Tensor

    def __init__(self, levels: Sequence[QuantizerLevel], *, dim: int, codebook_size: int) -> None:
        super().__init__()
        self.dim = dim
        self.n_q = len(levels)
        self.codebook_size = codebook_size
        self.levels = nn.ModuleList(levels)
        self.register_buffer("ready", torch.tensor(False))

    @torch.no_grad()
    def init_from(
        self, data: Float[Tensor, "N D"], rng: torch.Generator, *, iterations: int = 10
    ) -> None:
        """Start every level from what the levels below leave of ``data``.

        Raises:
            ShapeError: The vectors have another size than the quantizer.
        """
        if data.ndim != 2 or data.shape[1] != self.dim:
            raise ShapeError(
                f"expected vectors [N, {self.dim}], got {tuple(data.shape)}: "
                "move features last and flatten the rest"
            )
        residual = data.float()
        for index in range(self.n_q):
            level = self._level(index)
            level.init_from(residual, rng, iterations=iterations)
            residual = residual - level.decode(level.encode(residual))
        self.ready.fill_(True)
        copy_from_first_rank(self)

    @torch.no_grad()
    def encode(
        self, latents: Float[Tensor, "B D T"], *, n_q: int | None = None
    ) -> Int[Tensor, "B K T"]:
        """Codes of the first ``n_q`` levels, all by default.

        Raises:
            ShapeError: The latents have another width than the quantizer.
            ConfigError: ``n_q`` is not in ``1..K``.
        """
        check_latents(latents, self.dim)
        n_levels = self.n_q if n_q is None else n_q
        if not 1 <= n_levels <= self.n_q:
            raise ConfigError(f"n_q must be 1 to {self.n_q}, got {n_levels}")
        n_batch, _, n_frames = latents.shape
        residual = rows_of(latents.float())
        codes = []
        for index in range(n_levels):
            level = self._level(index)
            code = level.encode(residual)
            residual = residual - level.decode(code)
            codes.append(code.view(n_batch, n_frames))
        return torch.stack(codes, dim=1)

    def decode(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "B D T"]:
        """Sum of the entries of the levels given, which are the lowest ones.

        Raises:
            ShapeError: There are more levels than the quantizer has, or none, or a code is
                outside the codebook.
        """
        check_codes(codes, self.n_q, self.codebook_size)
        n_batch, n_levels, n_frames = codes.shape
        total = self._level(0).decode(codes[:, 0].reshape(-1))
        for index in range(1, n_levels):
            total = total + self._level(index).decode(codes[:, index].reshape(-1))
        return total.view(n_batch, n_frames, self.dim).transpose(1, 2)

    def _level(self, index: int) -> QuantizerLevel:
        level = self.levels[index]
        if not isinstance(level, QuantizerLevel):
            raise ConfigError(f"level {index} is a {type(level).__name__}, not a QuantizerLevel")
        return level


class VectorQuantizer(QuantizerLevel):
    """One level: vectors ``[N, D]`` to the nearest entry of a codebook ``[V, D]``.

    Buffers: ``codebook``; ``counts`` and ``sums``, the moving averages behind it (training only).
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, dim: int, codebook_size: int, *, decay: float, dead_below: float) -> None:
        super().__init__()
        self.codebook_size = codebook_size
        self.decay = decay
        self.dead_below = dead_below
        self.register_buffer("codebook", torch.zeros(codebook_size, dim))
        self.register_buffer("counts", torch.zeros(codebook_size))
        self.register_buffer("sums", torch.zeros(codebook_size, dim))

    def encode(self, vectors: Float[Tensor, "N D"]) -> Int[Tensor, " N"]:
        """The nearest entry of each vector."""
        return nearest(vectors, self.codebook)[0]

    def decode(self, codes: Int[Tensor, " N"]) -> Float[Tensor, "N D"]:
        """The entries themselves."""
        return nn.functional.embedding(codes, self.codebook)

    @torch.no_grad()
    def init_from(
        self, vectors: Float[Tensor, "N D"], rng: torch.Generator, *, iterations: int
    ) -> None:
        """Start the codebook as k-means centroids of ``vectors``."""
        self.codebook.copy_(kmeans(vectors, self.codebook_size, rng, iterations=iterations))
        counts = torch.bincount(self.encode(vectors), minlength=self.codebook_size).float()
        # The averages start at the size of the data itself, but never at zero: an entry lives on
        # for a while before it may be called dead.
        self.counts.copy_(counts.clamp(min=1.0))
        self.sums.copy_(self.codebook * self.counts[:, None])

    @torch.no_grad()
    def update(
        self, vectors: Float[Tensor, "N D"], codes: Int[Tensor, " N"], rng: torch.Generator
    ) -> None:
        """Let the codebook follow one batch, and revive dead entries from it.

        Processes that train together count their batches as one.
        """
        counts = torch.bincount(codes, minlength=self.codebook_size).to(self.counts.dtype)
        sums = torch.zeros_like(self.sums).index_add_(0, codes, vectors)
        seen = sum_over_ranks(torch.cat((counts[:, None], sums), dim=1))
        self.counts.lerp_(seen[:, 0], 1.0 - self.decay)
        self.sums.lerp_(seen[:, 1:], 1.0 - self.decay)
        dead = torch.nonzero(self.counts < self.dead_below)[:, 0]
        if len(dead):
            choice = torch.randint(len(vectors), (len(dead),), generator=rng, device=rng.device)
            fresh_count = max(self.dead_below, float(self.counts.mean()))
            fresh = from_first_rank(vectors[choice.to(vectors.device)])
            self.counts[dead] = fresh_count
            self.sums[dead] = fresh * fresh_count
        self.codebook.copy_(self.sums / self.counts.clamp(min=1e-6)[:, None])


class ResidualVectorQuantizer(ResidualQuantizer):
    """Maps latents ``[B, D, T]`` to codes ``[B, K, T]`` and back.

    ``forward`` is for training: in training mode it also moves the codebooks.
    """

    def __init__(
        self,
        dim: int,
        n_q: int,
        codebook_size: int,
        *,
        decay: float = 0.99,
        dead_below: float = 2.0,
    ) -> None:
        """Make empty codebooks.

        Args:
            dim: Features of a latent, ``D``.
            n_q: Levels, ``K``.
            codebook_size: Entries a level, ``V``.
            decay: Memory of the moving averages; 0.99 in SoundStream, sec. III-C.
            dead_below: An entry chosen less often than that in a batch, on average, is revived;
                2 in SoundStream, for its large batches: use less than vectors / ``V``.

        Raises:
            ConfigError: A size is not positive, or ``decay`` is outside ``[0, 1)``.
        """
        if min(dim, n_q) < 1 or codebook_size < 2 or not 0 <= decay < 1 or dead_below < 0:
            raise ConfigError(
                "a quantizer needs dim >= 1, n_q >= 1, codebook_size >= 2, 0 <= decay < 1 and "
                f"dead_below >= 0, got {dim=} {n_q=} {codebook_size=} {decay=} {dead_below=}"
            )
        levels = [
            VectorQuantizer(dim, codebook_size, decay=decay, dead_below=dead_below)
            for _ in range(n_q)
        ]
        super().__init__(levels, dim=dim, codebook_size=codebook_size)

    def perplexities(self) -> Float[Tensor, " K"]:
        """How many entries each level used over the last batches of training."""
        return perplexity(torch.stack([self.level(index).counts for index in range(self.n_q)]))

    def level(self, index: int) -> VectorQuantizer:
        """One level, typed."""
        level = self.levels[index]
        if not isinstance(level, VectorQuantizer):
            raise ConfigError(f"level {index} is a {type(level).__name__}, not a VectorQuantizer")
        return level

    def forward(
        self,
        latents: Float[Tensor, "B D T"],
        rng: torch.Generator,
        *,
        n_levels: Int[Tensor, " B"] | None = None,
    ) -> Quantized:
        """Quantize for training; in training mode the codebooks follow the batch.

        Every level learns from every item, whatever ``n_levels`` says: quantizer dropout is
        about what the decoder sees.

        Args:
            latents: Encoder output.
            rng: Chooses the vectors that revive dead entries, and the start of the codebooks.
            n_levels: Levels that reach the output, per item; 0 passes the latents unquantized
                (quantizer bypass). All levels by default.

        Raises:
            ShapeError: The latents have another width than the quantizer.
        """
        check_latents(latents, self.dim)
        n_batch, _, n_frames = latents.shape
        flat = rows_of(latents.float())
        data = flat.detach()
        if self.training and not bool(self.ready):
            self.init_from(data, rng)
        kept = None if n_levels is None else n_levels.repeat_interleave(n_frames)[:, None]
        power = data.square().mean().clamp(min=1e-12)
        commitment = flat.new_zeros(())
        residual, output = data, torch.zeros_like(data)
        quantized = torch.zeros_like(data)
        codes, residuals = [], []
        for index in range(self.n_q):
            level = self.level(index)
            code = level.encode(residual)
            entry = level.decode(code)
            # Gradient flows through `flat` only: what is left of it after the entries so far.
            commitment = commitment + (flat - quantized - entry).square().mean()
            if self.training:
                level.update(residual, code, rng)
            quantized = quantized + entry
            output = output + (entry if kept is None else entry * (kept > index))
            residual = data - quantized
            codes.append(code.view(n_batch, n_frames))
            residuals.append(residual.square().mean() / power)
        if kept is not None:
            output = torch.where(kept == 0, data, output)
        straight = flat + (output - data)
        return Quantized(
            latents=straight.view(n_batch, n_frames, self.dim).transpose(1, 2),
            codes=torch.stack(codes, dim=1),
            commitment=commitment / self.n_q,
            residual=torch.stack(residuals),
        )


def check_latents(latents: Tensor, dim: int) -> None:
    """Refuse what is not ``[B, dim, T]``.

    Raises:
        ShapeError: It is not.
    """
    if latents.ndim != 3 or latents.shape[1] != dim:
        raise ShapeError(
            f"expected latents [B, {dim}, T], got {tuple(latents.shape)}: "
            "features come before frames"
        )


def check_codes(codes: Tensor, n_q: int, codebook_size: int) -> None:
    """Refuse codes with more levels than ``n_q``, with none, or outside the codebook.

    Raises:
        ShapeError: They are such.
    """
    if codes.ndim != 3 or not 1 <= codes.shape[1] <= n_q:
        raise ShapeError(
            f"expected codes [B, 1 to {n_q}, T], got {tuple(codes.shape)}: pass codes[:, :n_q]"
        )
    if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < codebook_size:
        raise ShapeError(
            f"codes must be in [0, {codebook_size}), got {int(codes.min())} to "
            f"{int(codes.max())}: remove pad and mask ids first"
        )


def rows_of(latents: Float[Tensor, "B D T"]) -> Float[Tensor, "N D"]:
    """Every frame of every item as one row."""
    return latents.transpose(1, 2).reshape(-1, latents.shape[1])


def effective_codes(codes: Int[Tensor, "B K T"], codebook_size: int) -> Float[Tensor, " K"]:
    """How many codes a level really uses: the exponential of the entropy of its histogram.

    Example:
        >>> effective_codes(torch.tensor([[[0, 1, 0, 1]]]), 4)
        tensor([2.])
    """
    counts = [
        torch.bincount(level.reshape(-1), minlength=codebook_size) for level in codes.unbind(1)
    ]
    return perplexity(torch.stack(counts).float())


def perplexity(counts: Float[Tensor, "K V"]) -> Float[Tensor, " K"]:
    """The exponential of the entropy of each histogram: as if so many entries were used alike."""
    share = counts / counts.sum(dim=1, keepdim=True).clamp(min=1e-9)
    return torch.exp(-torch.special.xlogy(share, share).sum(dim=1))
