"""A corpus and three tokenizers in, token shards out: what the language models learn from.

Reading audio once and writing small integers makes the later trainings independent of audio, of
the tokenizers, and of their speed.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.resample import resample
from musiclm.corpus.captions import captions_of
from musiclm.corpus.facts import Facts
from musiclm.data.audio_cache import AudioCache
from musiclm.data.ensemble import ensemble_of
from musiclm.data.manifest import Clip, read_manifest
from musiclm.data.timeline import timeline_of
from musiclm.data.token_shards import (
    AUDIO_WINDOW_HOP_SECONDS,
    AUDIO_WINDOW_SECONDS,
    ClipTokens,
    TokenShards,
    shard_is_whole,
    window_starts,
    write_index,
    write_shard,
)
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM, facts_tokens
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import samples_to_seconds, seconds_to_samples
from musiclm.train.recipe import TokensRecipe, recipe_hash

OnProgress = Callable[[int, int], None]
"""Receives (clips done, clips in all)."""


@runtime_checkable
class AudioTokenizer(Protocol):
    """What tokenizing needs of a codec or a semantic tokenizer."""

    @property
    def stream(self) -> TokenStream:
        """What the codes are."""

    @property
    def sample_rate(self) -> int:
        """Of the audio it takes, Hz."""

    def encode(self, samples: Float[Tensor, "B C N"], /) -> Int[Tensor, "B K T"]:
        """Audio to codes."""


@runtime_checkable
class JointTokenizer(Protocol):
    """What tokenizing needs of MuLan."""

    @property
    def stream(self) -> TokenStream:
        """What the tokens are."""

    @property
    def sample_rate(self) -> int:
        """Of the audio it takes, Hz."""

    def tokens_from_text(self, texts: list[str], /) -> Int[Tensor, "B M"]:
        """Captions to tokens."""

    def tokens_from_audio(self, samples: Float[Tensor, "B C N"], /) -> Int[Tensor, "B M"]:
        """Audio to tokens."""


@torch.inference_mode()
def tokenize_corpus(
    corpus: Path,
    out: Path,
    codec: AudioTokenizer,
    tokenizer: AudioTokenizer,
    mulan: JointTokenizer,
    *,
    recipe: TokensRecipe,
    models_hash: str,
    n_channels: int,
    device: torch.device | None = None,
    on_progress: OnProgress | None = None,
) -> TokenShards:
    """Tokenize every clip of ``corpus`` into ``out``, going on after the shards already there.

    Args:
        corpus: Folder with ``manifest.jsonl``.
        out: Folder for the shards.
        codec: Gives the acoustic codes.
        tokenizer: Gives the semantic tokens.
        mulan: Gives tokens of captions and of audio windows.
        recipe: Captions and sizes of shards.
        models_hash: Changes with the models; shards of others are written anew.
        n_channels: Channels of the audio that the models take.
        device: Where the models are; audio is sent there.
        on_progress: Called after each clip.

    Raises:
        DataError: The corpus is missing or broken.
    """
    clips = read_manifest(corpus)
    audio = AudioCache.build(corpus, sample_rate=codec.sample_rate, n_channels=n_channels)
    manifest = (corpus / "manifest.jsonl").read_bytes()
    key = f"|{models_hash}|{recipe_hash(recipe)}|{n_channels}"
    fingerprint = hashlib.sha256(manifest + key.encode()).hexdigest()
    # Shards of other models must not survive; the fingerprint is part of the folder of shards
    # in progress, which becomes the real one by the index.
    marker = out / "fingerprint.txt"
    if not marker.exists() or marker.read_text(encoding="utf-8") != fingerprint:
        for old in [*out.glob("shard-*"), *out.glob("tokens.json")]:
            old.unlink()
        out.mkdir(parents=True, exist_ok=True)
        marker.write_text(fingerprint, encoding="utf-8")

    size = recipe.clips_per_shard
    groups = [list(range(i, min(i + size, len(clips)))) for i in range(0, len(clips), size)]
    done = 0
    for number, group in enumerate(groups):
        if not shard_is_whole(out, number, [clips[index].id for index in group]):
            texts = [_texts(clips[index], recipe) for index in group]
            mulan_text = _text_tokens(mulan, texts, recipe.texts_per_batch)
            tokens = []
            for offset, index in enumerate(group):
                samples = audio.crop(index, 0, audio.clips[index].n_samples)
                if device is not None:
                    samples = samples.to(device)
                tokens.append(
                    ClipTokens(
                        id=clips[index].id,
                        split=clips[index].split,
                        acoustic=_encode(codec, samples, codec.sample_rate),
                        semantic=_encode(tokenizer, samples, codec.sample_rate),
                        mulan_audio=_window_tokens(mulan, samples, codec.sample_rate),
                        mulan_text=mulan_text[offset],
                        facts=_facts(clips[index]),
                        ensemble=ensemble_of(
                            clips[index].annotations,
                            style=clips[index].facts.get("style"),
                            prominent=clips[index].facts.get("instruments", ()),
                            seconds=samples_to_seconds(samples.shape[-1], codec.sample_rate),
                        ),
                        timeline=timeline_of(
                            clips[index].annotations,
                            seconds=samples_to_seconds(samples.shape[-1], codec.sample_rate),
                            samples=samples.cpu(),
                            sample_rate=codec.sample_rate,
                        ),
                    )
                )
                if on_progress is not None:
                    on_progress(done + offset + 1, len(clips))
            write_shard(out, number, tokens)
        elif on_progress is not None:
            on_progress(done + len(group), len(clips))
        done += len(group)
    streams = {
        "acoustic": codec.stream,
        "semantic": tokenizer.stream,
        "mulan": mulan.stream,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }
    write_index(out, streams, n_shards=len(groups), fingerprint=fingerprint)
    return TokenShards(out)


def _facts(clip: Clip) -> Int[Tensor, "1 4"]:
    """Tempo, key, metre and drums of a clip, as far as they hold from its first bar to its last."""
    facts = clip.facts
    stays = not facts.get("modulates", False)
    tokens = facts_tokens(
        tempo_bpm=facts.get("tempo_bpm"),
        key=facts.get("key") if stays else None,
        mode=facts.get("mode") if stays else None,
        metre=facts.get("metre"),
        drums=facts.get("drums"),
    )
    return torch.tensor([tokens])


def _texts(clip: Clip, recipe: TokensRecipe) -> list[str]:
    """The manifest's captions of a clip and some more of the same facts, none twice."""
    texts = [caption.text for caption in clip.captions]
    if recipe.extra_captions and clip.facts:
        facts = Facts.from_mapping(clip.facts, source=f"facts of clip {clip.id}")
        rng = np.random.default_rng([recipe.seed, *clip.id.encode()])
        texts += [c.text for c in captions_of(facts, rng, n=recipe.extra_captions)]
    return list(dict.fromkeys(texts))


def _text_tokens(mulan: JointTokenizer, texts: Sequence[list[str]], size: int) -> list[Tensor]:
    """MuLan tokens of several clips' captions, embedded in large batches."""
    flat = [text for own in texts for text in own]
    if not flat:
        return [torch.zeros(0, mulan.stream.n_q, dtype=torch.int64) for _ in texts]
    # Captions of like length together: padding costs as much as text.
    order = sorted(range(len(flat)), key=lambda index: len(flat[index]))
    rows = torch.empty(len(flat), mulan.stream.n_q, dtype=torch.int64)
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        rows[chosen] = mulan.tokens_from_text([flat[index] for index in chosen]).cpu()
    return list(torch.split(rows, [len(own) for own in texts]))


def _window_tokens(
    mulan: JointTokenizer, samples: Float[Tensor, "C N"], rate: int
) -> Int[Tensor, "W M"]:
    """MuLan tokens of overlapping windows of one clip."""
    # Resampling always ends on the CPU.
    samples = resample(samples, rate, mulan.sample_rate).to(samples.device)
    window = seconds_to_samples(AUDIO_WINDOW_SECONDS, mulan.sample_rate)
    hop = seconds_to_samples(AUDIO_WINDOW_HOP_SECONDS, mulan.sample_rate)
    n_samples = samples.shape[-1]
    if n_samples < window:
        samples = torch.nn.functional.pad(samples, (0, window - n_samples))
    starts = window_starts(n_samples, window=window, hop=hop)
    batch = torch.stack([samples[:, start : start + window] for start in starts])
    return mulan.tokens_from_audio(batch).cpu()


def _encode(
    tokenizer: AudioTokenizer, samples: Float[Tensor, "C N"], rate: int
) -> Int[Tensor, "K T"]:
    """Codes of a whole clip: no seams, and the same as at generation's other end."""
    resampled = resample(samples, rate, tokenizer.sample_rate).to(samples.device)
    return tokenizer.encode(resampled[None])[0].cpu()
