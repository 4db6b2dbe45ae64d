"""Latents ``[B, D, T]`` in, codes ``[B, K, T]`` out, and back: factorised residual quantization.

The other way to a codebook than ``quantizer.py``: each level looks up in a space of a few features
and by direction only, and codebooks and projections are learned by gradients (Kumar et al. 2023,
"High-fidelity audio compression with improved RVQGAN", sec. 3.2). Few dimensions keep entries
from dying, so nothing is revived here.

Two things differ from the publication. Gradients pass every lookup straight to the encoder, and
not along the chain of residuals: there, twelve levels of 8 features over 64 latents diverge within
some hundred steps. And levels start from data.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.errors import ConfigError
from musiclm.nn.kmeans import kmeans, nearest
from musiclm.nn.quantizer import (
    Quantized,
    QuantizerLevel,
    ResidualQuantizer,
    check_latents,
    rows_of,
)


class FactorizedLevel(QuantizerLevel):
    """One level: vectors ``[N, D]`` to the entry of nearest direction, in a space of ``code_dim``.

    Parameters: ``down`` and ``up``, the projections; ``codebook``, whose name keeps it out of
    Muon's hands.
    """

    def __init__(self, dim: int, codebook_size: int, code_dim: int) -> None:
        super().__init__()
        self.down = nn.Linear(dim, code_dim)
        self.up = nn.Linear(code_dim, dim)
        self.codebook = nn.Parameter(torch.randn(codebook_size, code_dim))

    def choose(self, projected: Float[Tensor, "N d"]) -> Int[Tensor, " N"]:
        """The entry whose direction is nearest to that of each projected vector."""
        codes, _ = nearest(_unit(projected.detach()), _unit(self.codebook.detach()))
        return codes

    def encode(self, vectors: Float[Tensor, "N D"]) -> Int[Tensor, " N"]:
        """The entry of each vector."""
        return self.choose(self.down(vectors))

    def decode(self, codes: Int[Tensor, " N"]) -> Float[Tensor, "N D"]:
        """The entries, projected back."""
        vectors: Tensor = self.up(nn.functional.embedding(codes, self.codebook))
        return vectors

    @torch.no_grad()
    def init_from(
        self, vectors: Float[Tensor, "N D"], rng: torch.Generator, *, iterations: int
    ) -> None:
        """Start from the data: projections on its main axes, entries where its directions lie.

        The published start is random; with few steps to spend, a level that explains something
        from the first one on is worth more.
        """
        code_dim = self.codebook.shape[1]
        mean = vectors.mean(dim=0)
        centred = vectors - mean
        # The last axes of the ascending order carry most of the power. A space wider than the
        # latents has features left over, which start silent.
        axes = torch.linalg.eigh(centred.T @ centred / len(vectors)).eigenvectors[:, -code_dim:]
        self.down.weight.zero_()
        self.down.weight[: axes.shape[1]] = axes.T
        self.down.bias.copy_(-self.down.weight @ mean)
        self.up.weight[:, : axes.shape[1]] = axes
        self.up.bias.copy_(mean)
        projected = self.down(vectors)
        size = len(self.codebook)
        self.codebook.copy_(kmeans(_unit(projected), size, rng, iterations=iterations))
        # Directions are found, lengths are those of the vectors that go there.
        codes = self.choose(projected)
        counts = torch.bincount(codes, minlength=size)[:, None]
        sums = torch.zeros_like(self.codebook).index_add_(0, codes, projected)
        self.codebook.copy_(torch.where(counts > 0, sums / counts.clamp(min=1), self.codebook))


class FactorizedQuantizer(ResidualQuantizer):
    """Maps latents ``[B, D, T]`` to codes ``[B, K, T]`` and back.

    Everything is a parameter: ``forward`` moves nothing by itself, and its ``commitment`` must be
    part of the loss or the codebooks never learn.
    """

    def __init__(
        self,
        dim: int,
        n_q: int,
        codebook_size: int,
        *,
        code_dim: int = 8,
        codebook_weight: float = 4.0,
    ) -> None:
        """Make random levels.

        Args:
            dim: Features of a latent, ``D``.
            n_q: Levels, ``K``.
            codebook_size: Entries a level, ``V``.
            code_dim: Features in which entries are looked up; 8 in improved RVQGAN.
            codebook_weight: Weight of the pull on codebooks within ``commitment``, relative to
                the pull on the encoder; published are 1 and 0.25.

        Raises:
            ConfigError: A size is not positive, or the weight is.
        """
        if min(dim, n_q, code_dim) < 1 or codebook_size < 2 or codebook_weight <= 0:
            raise ConfigError(
                "a factorised quantizer needs dim, n_q, code_dim >= 1, codebook_size >= 2 and "
                f"codebook_weight > 0, got {dim=} {n_q=} {code_dim=} {codebook_size=} "
                f"{codebook_weight=}"
            )
        levels = [FactorizedLevel(dim, codebook_size, code_dim) for _ in range(n_q)]
        super().__init__(levels, dim=dim, codebook_size=codebook_size)
        self.codebook_weight = codebook_weight

    def level(self, index: int) -> FactorizedLevel:
        """One level, typed."""
        level = self.levels[index]
        if not isinstance(level, FactorizedLevel):
            raise ConfigError(f"level {index} is a {type(level).__name__}, not a FactorizedLevel")
        return level

    def forward(
        self,
        latents: Float[Tensor, "B D T"],
        rng: torch.Generator,
        *,
        n_levels: Int[Tensor, " B"] | None = None,
    ) -> Quantized:
        """Quantize for training; gradients pass straight through every lookup.

        Every level learns its codebook from every item, whatever ``n_levels`` says.

        Args:
            latents: Encoder output.
            rng: Starts the levels, if nothing else has.
            n_levels: Levels that reach the output, per item; 0 passes the latents unquantized
                (quantizer bypass). All levels by default.

        Raises:
            ShapeError: The latents have another width than the quantizer.
        """
        check_latents(latents, self.dim)
        n_batch, _, n_frames = latents.shape
        flat = rows_of(latents.float())
        if self.training and not bool(self.ready):
            self.init_from(flat.detach(), rng)
        data = flat.detach()
        kept = None if n_levels is None else n_levels.repeat_interleave(n_frames)[:, None]
        power = data.square().mean().clamp(min=1e-12)
        commitment = flat.new_zeros(())
        quantized, output = torch.zeros_like(data), torch.zeros_like(data)
        codes, residuals = [], []
        for index in range(self.n_q):
            level = self.level(index)
            # What is left depends on the input, but sends no gradient to the levels below: with
            # as many code features as latent ones they would learn to cancel each other, and grow.
            projected = level.down(flat - quantized)
            code = level.choose(projected)
            entry = nn.functional.embedding(code, level.codebook)
            to_entry = (projected - entry.detach()).square().mean()
            to_vector = (entry - projected.detach()).square().mean()
            commitment = commitment + to_entry + self.codebook_weight * to_vector
            # The projections learn from the output as if nothing had been looked up.
            straight = level.down(data - quantized)
            straight = straight + (entry - straight).detach()
            vectors = level.up(straight)
            output = output + (vectors if kept is None else vectors * (kept > index))
            quantized = quantized + vectors.detach()
            codes.append(code.view(n_batch, n_frames))
            residuals.append((data - quantized).square().mean() / power)
        # So does the encoder, whatever the projections are at present.
        output = output + (flat - data)
        if kept is not None:
            output = torch.where(kept == 0, flat, output)
        return Quantized(
            latents=output.view(n_batch, n_frames, self.dim).transpose(1, 2),
            codes=torch.stack(codes, dim=1),
            commitment=commitment / self.n_q,
            residual=torch.stack(residuals),
        )


def _unit(vectors: Float[Tensor, "N d"]) -> Float[Tensor, "N d"]:
    """The directions of vectors."""
    return nn.functional.normalize(vectors, dim=1)
