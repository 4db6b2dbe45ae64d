"""Facts of clips in, numbers out: labels for auxiliary heads, and the heads.

A contrastive loss alone is content once it can tell the clips of a batch apart, by whatever means.
Heads that must read style, mood, lead, tempo and drums from *both* embeddings, with the same
weights, make sure that what people ask for is in there and lies in the same place for both. Of a
text they ask only what it states.
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

LABELLED = (
    "style",
    "mood",
    "lead",
    "lead_family",
    "tempo_class",
    "drums",
    "mode",
    "dynamics",
    "metre",
    "density",
    "production",
)
"""Facts that the heads must tell."""
WANTED = ("style", "mood")
"""Those of which a request names several, any of which would do."""


@dataclass(frozen=True, slots=True)
class FactLabels:
    """The values that each fact takes in a corpus, in a fixed order."""

    values: dict[str, tuple[str, ...]]
    instruments: tuple[str, ...]

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, Any]]) -> "FactLabels":
        """Collect all values of all facts."""
        values = {
            name: tuple(sorted({str(one[name]) for one in facts if name in one}))
            for name in LABELLED
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
                if name in one and value in self.values[name]:
                    classes[row, column] = self.values[name].index(value)
            for key in one.get("instruments", ()):
                if key in columns:
                    sounding[row, columns[key]] = 1.0
        return classes, sounding


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
        self.axes = nn.Linear(dim, 4)

    def of_audio(
        self,
        embeddings: Float[Tensor, "B D"],
        classes: Int[Tensor, "B K"],
        sounding: Float[Tensor, "B V"],
        axes: Float[Tensor, "B 4"],
    ) -> Float[Tensor, ""]:
        """All facts of clips: classes, sounding instruments, and the four axes of mood."""
        scaled = self.gain * embeddings
        total = self.of_text(embeddings, classes)
        if sounding.shape[1]:
            logits = self.instruments(scaled)
            # Per positive, not per cell: most of the many instruments are silent.
            binary = functional.binary_cross_entropy_with_logits(logits, sounding, reduction="sum")
            total = total + 0.1 * binary / sounding.sum().clamp(min=1.0)
        return total + 0.5 * functional.mse_loss(self.axes(scaled), axes)

    def of_text(
        self, embeddings: Float[Tensor, "B D"], classes: Int[Tensor, "B K"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy of the known facts, each relative to its chance level."""
        scaled = self.gain * embeddings
        total = embeddings.new_zeros(())
        # Asked for all facts at once: a GPU would be waited for at every single one.
        known = (classes >= 0).any(0).cpu().tolist()
        for name, reader in self.readers.items():
            column = LABELLED.index(name)
            if known[column]:
                logits = reader(scaled)
                chance = math.log(logits.shape[1])
                total = total + functional.cross_entropy(logits, classes[:, column]) / chance
        return total / max(1, len(self.readers))

    def of_request(
        self, embeddings: Float[Tensor, "B D"], wanted: Mapping[str, Float[Tensor, "B _"]]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy from what requests would accept, relative to chance."""
        scaled = self.gain * embeddings
        total = embeddings.new_zeros(())
        for name, shares in wanted.items():
            known = shares.sum(1) > 0
            if name in self.readers and bool(known.any()):
                logits = functional.log_softmax(self.readers[name](scaled[known]), dim=-1)
                lost = -(shares[known] * logits).sum(-1).mean()
                total = total + lost / math.log(shares.shape[1])
        return total / max(1, len(wanted))

    @torch.no_grad()
    def accuracy(
        self, embeddings: Float[Tensor, "B D"], classes: Int[Tensor, "B K"]
    ) -> dict[str, float]:
        """Share of clips whose fact is told correctly, by fact."""
        scaled = self.gain * embeddings
        shares = {}
        for name, reader in self.readers.items():
            labels = classes[:, LABELLED.index(name)]
            known = labels >= 0
            if bool(known.any()):
                right = reader(scaled).argmax(-1) == labels
                shares[name] = float(right[known].float().mean())
        return shares
