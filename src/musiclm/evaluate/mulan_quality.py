"""A MuLan and held-out clips in, numbers out: do text and music of the same piece meet?

Four questions: does a caption find its clip (recall); does the clip that a caption finds *besides
its own* share the facts it names (agreement, against what a random clip would share); how far apart
do the two modalities lie (gap); do both doors give the same tokens, level by level. Every number
comes with its value at chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.io import read_audio
from musiclm.data.manifest import Clip, Split, of_split, read_manifest
from musiclm.errors import DataError
from musiclm.mulan.loss import recall_at
from musiclm.mulan.model import Mulan
from musiclm.nn.quantizer import effective_codes

FACTS = ("style", "mood", "lead", "lead_family", "tempo_class", "drums", "mode")
"""Facts whose agreement is measured."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Held-out clips as both towers see them."""

    clips: tuple[Clip, ...]
    text: Float[Tensor, "B D"]
    """Of each clip's longest caption."""
    audio: Float[Tensor, "B D"]


@torch.no_grad()
def embed_clips(
    mulan: Mulan, corpus: Path, *, split: Split = "test", at_most: int = 128
) -> Embedded:
    """Embed clips of a split and the longest caption of each, which names most facts.

    Raises:
        DataError: Fewer than two clips have captions.
    """
    clips = [clip for clip in of_split(read_manifest(corpus), split) if clip.captions][:at_most]
    if len(clips) < 2:
        raise DataError(f"{corpus} has {len(clips)} captioned clip(s) to compare: give at least 2")
    captions = [max((c.text for c in clip.captions), key=len) for clip in clips]
    audio = []
    for clip in clips:
        waveform = read_audio(clip.audio, sample_rate=mulan.sample_rate)
        audio.append(mulan.embed_audio(waveform.samples[None])[0])
    return Embedded(tuple(clips), mulan.embed_text(captions), torch.stack(audio))


def mulan_quality(mulan: Mulan, embedded: Embedded) -> dict[str, float]:
    """All numbers by name; ``.../chance`` is what no knowledge would give.

    Args:
        mulan: Both towers and fitted codebooks.
        embedded: From ``embed_clips``.
    """
    text, audio = embedded.text, embedded.audio
    n_clips = len(embedded.clips)
    numbers: dict[str, float] = {"clips": float(n_clips)}
    for k in (1, 5, 10):
        numbers[f"recall/{k}"] = recall_at(text, audio, k)
        numbers[f"recall/{k}/chance"] = min(1.0, k / n_clips)
    numbers |= fact_agreement(embedded)
    similarity = text @ audio.T
    others = ~torch.eye(n_clips, dtype=torch.bool)
    numbers["cosine/own"] = float(similarity.diagonal().mean())
    numbers["cosine/others"] = float(similarity[others].mean())
    numbers["gap"] = float((text.mean(0) - audio.mean(0)).norm())
    text_tokens = mulan.tokens_from_embeddings(text, source="text")
    audio_tokens = mulan.tokens_from_embeddings(audio, source="audio")
    return numbers | token_agreement(text_tokens, audio_tokens, mulan.config.codebook_size)


def fact_agreement(embedded: Embedded) -> dict[str, float]:
    """How often the nearest clip that is *not* the caption's own has the same fact."""
    others = ~torch.eye(len(embedded.clips), dtype=torch.bool)
    similarity = (embedded.text @ embedded.audio.T).masked_fill(~others, -torch.inf)
    found = similarity.argmax(-1)
    numbers: dict[str, float] = {}
    for fact in FACTS:
        codes = _numbered([str(clip.facts.get(fact, "")) for clip in embedded.clips])
        numbers[f"agreement/{fact}"] = float((codes == codes[found]).float().mean())
        same = codes[:, None] == codes[None, :]
        numbers[f"agreement/{fact}/chance"] = float(same[others].float().mean())
    return numbers


def token_agreement(
    text: Int[Tensor, "B M"], audio: Int[Tensor, "B M"], codebook_size: int
) -> dict[str, float]:
    """Share of clips whose two doors agree, by level, against another clip's; and codes in use.

    Example:
        >>> tokens = torch.tensor([[0], [1]])
        >>> token_agreement(tokens, tokens, 2)["tokens/0"]
        1.0
    """
    numbers: dict[str, float] = {}
    others = ~torch.eye(len(text), dtype=torch.bool)
    used = effective_codes(audio.T.unsqueeze(0), codebook_size)
    for level in range(text.shape[1]):
        same = text[:, level][:, None] == audio[:, level][None, :]
        numbers[f"tokens/{level}"] = float(same.diagonal().float().mean())
        numbers[f"tokens/{level}/chance"] = float(same[others].float().mean())
        numbers[f"tokens/{level}/codes"] = float(used[level])
    return numbers


def _numbered(values: Sequence[str]) -> Int[Tensor, " B"]:
    """Each value as its place among the distinct ones."""
    places = {value: place for place, value in enumerate(sorted(set(values)))}
    return torch.tensor([places[value] for value in values])
