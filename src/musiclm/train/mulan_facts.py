"""Facts of clips in, numbers out: labels for the auxiliary heads, and how alike two clips are.

A contrastive loss alone is content once it can tell the clips of a batch apart, by whatever means.
Heads that must read style, mood, lead, tempo and drums from *both* embeddings, with the same
weights, make sure that what people ask for is in there and lies in the same place for both.
The heads are thrown away after training.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

WEIGHTS = {
    "style": 0.3,
    "mood": 0.2,
    "lead": 0.1,
    "lead_family": 0.1,
    "tempo_class": 0.15,
    "drums": 0.1,
    "mode": 0.05,
}
"""Facts that decide how alike two clips are, and their shares, which sum to 1."""

LABELLED = (*WEIGHTS, "dynamics", "metre")
"""Facts that the heads must tell."""


@dataclass(frozen=True, slots=True)
class FactLabels:
    """The values that each fact takes in a corpus, in a fixed order."""

    values: dict[str, tuple[str, ...]]
    instruments: tuple[str, ...]

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, Any]]) -> "FactLabels":
        """Collect all values; a fact that is missing counts as the empty text."""
        values = {
            name: tuple(sorted({str(one.get(name, "")) for one in facts})) for name in LABELLED
        }
        instruments = {key for one in facts for key in one.get("instruments", ())}
        return cls(values, tuple(sorted(instruments)))

    def encode(
        self, facts: Sequence[Mapping[str, Any]]
    ) -> tuple[Int[Tensor, "B K"], Float[Tensor, "B V"]]:
        """Per clip the number of each fact's value (-100 if unknown), and its instruments."""
        classes = torch.full((len(facts), len(LABELLED)), -100, dtype=torch.int64)
        sounding = torch.zeros(len(facts), len(self.instruments))
        columns = {key: column for column, key in enumerate(self.instruments)}
        for row, one in enumerate(facts):
            for column, name in enumerate(LABELLED):
                value = str(one.get(name, ""))
                if value in self.values[name]:
                    classes[row, column] = self.values[name].index(value)
            for key in one.get("instruments", ()):
                if key in columns:
                    sounding[row, columns[key]] = 1.0
        return classes, sounding


def similarity(classes: Int[Tensor, "B K"]) -> Float[Tensor, "B B"]:
    """Weighted share of facts that two clips have in common, 1 on the diagonal."""
    shares = torch.tensor([WEIGHTS.get(name, 0.0) for name in LABELLED])
    same = classes[:, None, :] == classes[None, :, :]
    return (same.float() * shares).sum(-1) / shares.sum()


class FactHeads(nn.Module):
    """One linear reader per fact, shared by both modalities."""

    def __init__(self, labels: FactLabels, dim: int) -> None:
        super().__init__()
        # Unit vectors have coordinates of about dim ** -0.5; logits need a larger range.
        self.gain = float(dim) ** 0.5
        # A corpus with one style teaches nothing about styles: such a fact has no reader.
        self.readers = nn.ModuleDict(
            {
                name: nn.Linear(dim, len(values))
                for name, values in labels.values.items()
                if len(values) > 1
            }
        )
        self.instruments = nn.Linear(dim, max(1, len(labels.instruments)))

    def loss(
        self,
        embeddings: Float[Tensor, "B D"],
        classes: Int[Tensor, "B K"],
        sounding: Float[Tensor, "B V"],
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy of all facts, each relative to its chance level, plus instruments."""
        scaled = self.gain * embeddings
        total = embeddings.new_zeros(())
        for name, reader in self.readers.items():
            logits = reader(scaled)
            chance = math.log(logits.shape[1])
            labels = classes[:, LABELLED.index(name)]
            total = total + functional.cross_entropy(logits, labels) / chance
        if sounding.shape[1]:
            logits = self.instruments(scaled)
            # Per positive, not per cell: most of the many instruments are silent.
            binary = functional.binary_cross_entropy_with_logits(logits, sounding, reduction="sum")
            total = total + 0.2 * binary / sounding.sum().clamp(min=1.0)
        return total / max(1, len(self.readers))

    @torch.no_grad()
    def accuracy(
        self, embeddings: Float[Tensor, "B D"], classes: Int[Tensor, "B K"]
    ) -> dict[str, float]:
        """Share of clips whose fact is told correctly, by fact."""
        scaled = self.gain * embeddings
        return {
            name: float(
                (reader(scaled).argmax(-1) == classes[:, LABELLED.index(name)]).float().mean()
            )
            for name, reader in self.readers.items()
        }
