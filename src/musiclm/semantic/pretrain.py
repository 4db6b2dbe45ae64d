"""Frame descriptions in, a loss out: masked prediction of random-projection codes (BEST-RQ).

A frozen random matrix projects each frame onto a frozen random codebook; the encoder hears the
music with spans replaced by noise and must name the codes of what was hidden. Four projections
instead of one: two see the mel part of a frame, two its semitones, so that neither timbre nor
harmony can be ignored. Needed in training only.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from musiclm.nn.transformer import Transformer
from musiclm.semantic.encoder import SemanticEncoder, transformer_config

N_CODEBOOKS = 4
_CODE_DIM = 16  # BEST-RQ, sec. 3.1


class BestRq(nn.Module):
    """The encoder, the layers above it, one head per codebook, and the frozen quantizers.

    Buffers: ``projections`` and ``codebooks``, random and never trained.
    """

    projections: Tensor
    codebooks: Tensor

    def __init__(
        self, encoder: SemanticEncoder, *, n_codes: int, generator: torch.Generator | None
    ) -> None:
        super().__init__()
        config = encoder.config
        self.encoder = encoder
        self.upper = Transformer(transformer_config(config, config.upper_depth))
        self.heads = nn.ModuleList(nn.Linear(config.dim, n_codes) for _ in range(N_CODEBOOKS))
        projections = torch.zeros(N_CODEBOOKS, config.n_features, _CODE_DIM)
        n_mel = config.stack * config.n_mels
        for index in range(N_CODEBOOKS):
            part = slice(0, n_mel) if index < N_CODEBOOKS // 2 else slice(n_mel, None)
            rows = projections[index, part]
            rows.copy_(torch.randn(rows.shape, generator=generator) / rows.shape[0] ** 0.5)
        books = torch.randn(N_CODEBOOKS, n_codes, _CODE_DIM, generator=generator)
        self.register_buffer("projections", projections)
        self.register_buffer("codebooks", functional.normalize(books, dim=-1))

    @torch.no_grad()
    def labels(self, normalised: Float[Tensor, "B T F"]) -> Int[Tensor, "B K T"]:
        """The code of every frame under each projection: nearest by angle."""
        projected = torch.einsum("btd,kdh->bkth", normalised, self.projections)
        similarity = torch.einsum(
            "bkth,kvh->bktv", functional.normalize(projected, dim=-1), self.codebooks
        )
        return similarity.argmax(-1)

    def forward(
        self,
        inputs: Float[Tensor, "B T F"],
        masked: Bool[Tensor, "B T"],
        noise: Float[Tensor, "B T F"],
    ) -> dict[str, Float[Tensor, ""]]:
        """Cross-entropy on the masked frames, and how often the best guess is right.

        Args:
            inputs: Descriptions, not normalised.
            masked: Frames that the encoder does not hear.
            noise: What it hears there.
        """
        normalised = self.encoder.normalise(inputs)
        labels = self.labels(normalised)
        heard = torch.where(masked.unsqueeze(-1), noise, normalised)
        hidden = self.upper(self.encoder(heard))[masked]
        losses, right = [], []
        for index, head in enumerate(self.heads):
            logits = head(hidden).float()
            wanted = labels[:, index][masked]
            losses.append(functional.cross_entropy(logits, wanted))
            right.append((logits.detach().argmax(-1) == wanted).float().mean())
        half = N_CODEBOOKS // 2
        return {
            "loss": torch.stack(losses).mean(),
            "accuracy/mel": torch.stack(right[:half]).mean(),
            "accuracy/pitch": torch.stack(right[half:]).mean(),
        }


def span_mask(
    n_batch: int,
    n_frames: int,
    *,
    start_probability: float,
    span: int,
    generator: torch.Generator,
) -> Bool[Tensor, "B T"]:
    """Frames inside spans that start anywhere with ``start_probability``; never none at all.

    Example:
        >>> rng = torch.Generator().manual_seed(0)
        >>> span_mask(2, 40, start_probability=0.04, span=5, generator=rng).any().item()
        True
    """
    starts = torch.rand(n_batch, n_frames, generator=generator) < start_probability
    if not bool(starts.any()):
        starts[0, n_frames // 2] = True
    widened = functional.max_pool1d(
        functional.pad(starts.float(), (span - 1, 0)), kernel_size=span, stride=1
    )
    return widened > 0
