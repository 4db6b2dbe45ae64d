"""A MuLan and a corpus in, a pool of clips out: their embeddings, and what is true of each.

A clip is the middle of a piece, half a minute at most. Facts of a piece are narrowed to what can
be heard in that excerpt before anything is asked or written about it. Embeddings are kept in a
file if wanted, so that a second run only has to think.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from musiclm.artifact import verify_artifact
from musiclm.audio.io import read_audio, write_file
from musiclm.config import replace
from musiclm.corpus.captions import Caption, captions_of
from musiclm.corpus.facts import Facts, SectionFacts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.data.manifest import Clip, of_split, read_manifest
from musiclm.errors import DataError
from musiclm.evaluate.mulan.estimate import Array
from musiclm.mulan.model import Mulan

LONGEST_SECONDS = 30.0
# What sounds for less than this in an excerpt is not worth a word.
_HEARD_SECONDS = 1.0
_BATCH = 8
_SAVE_EVERY = 64
# From the middle of a file, which is where the excerpt is.
_MARKED_BYTES = 65_536
# Of so many captions in a language the one that states most is taken.
_DRAFTS = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pool:
    """Clips that are compared with one another."""

    clips: tuple[Clip, ...]
    facts: tuple[Facts, ...]  # of each clip's excerpt
    audio: Array  # unit vectors, [clips, D]
    unseen_styles: frozenset[str]  # that training never heard


def read_pool(
    folder: Path,
    mulan: Mulan,
    corpus: Path,
    *,
    split: Literal["all", "test"] = "test",
    at_most: int = 1_000,
    seed: int = 0,
    cache: Path | None = None,
    on_progress: Progress | None = None,
) -> Pool:
    """Choose clips and embed them.

    Args:
        folder: Artifact that ``mulan`` was loaded from; its checksum marks what is kept.
        mulan: Both towers.
        corpus: Of another seed than what the model was trained on.
        split: ``all`` takes pieces of every split.
        at_most: A random choice of so many, if there are more.
        seed: Decides the choice.
        cache: Where embeddings are kept.
        on_progress: Told clips done and clips in all.

    Raises:
        DataError: Fewer than two pieces, or a cache that is none.
        ConfigError: A piece lacks the facts that it is asked about.
    """
    everything = read_manifest(corpus)
    clips = everything if split == "all" else of_split(everything, "test")
    if len(clips) < 2:
        raise DataError(f"{corpus} has {len(clips)} piece(s) to compare: give at least 2")
    if len(clips) > at_most:
        chosen = np.random.default_rng(seed).permutation(len(clips))[:at_most]
        clips = [clips[index] for index in sorted(chosen)]
    facts = [
        heard(
            Facts.from_mapping(clip.facts, source=f"{corpus}, piece {clip.id}, facts"),
            *excerpt_of(clip),
        )
        for clip in clips
    ]
    audio = _embedded(folder, mulan, clips, cache, on_progress)
    unseen = {str(clip.facts.get("style")) for clip in everything if "style" in clip.unseen}
    return Pool(tuple(clips), tuple(facts), audio, frozenset(unseen))


def excerpt_of(clip: Clip) -> tuple[float, float]:
    """Where the middle of a piece begins and how long it is, seconds."""
    seconds = min(clip.seconds, LONGEST_SECONDS)
    return (clip.seconds - seconds) / 2, seconds


def heard(facts: Facts, start_seconds: float, seconds: float) -> Facts:
    """The facts of an excerpt: instruments, lead, drums, key and sections that sound in it.

    What is said of a piece as a whole (mood, dynamics, density, production, its ending) stays, and
    so does ``absent``: what a piece never has, no part of it has.
    """
    overlaps = [
        (section, overlap)
        for section in facts.sections
        if (overlap := _overlap(section, start_seconds, start_seconds + seconds)) > 0
    ]
    if not any(section.instruments for section, _ in overlaps):
        return facts  # of an older corpus, which did not say what sounds where
    durations: dict[str, float] = {}
    for section, overlap in overlaps:
        for key in section.instruments:
            durations[key] = durations.get(key, 0.0) + overlap
    drums = 2 * sum(overlap for section, overlap in overlaps if section.drums) >= seconds
    instruments = [
        key
        for key in dict.fromkeys([*facts.instruments, *durations])
        if durations.get(key, 0.0) >= _HEARD_SECONDS and (drums or not INSTRUMENTS[key].is_drums)
    ]
    pitched = [key for key in instruments if not INSTRUMENTS[key].is_drums]
    lead = facts.lead if facts.lead in instruments or not pitched else pitched[0]
    main, _ = max(overlaps, key=lambda entry: entry[1])
    return replace(
        facts,
        instruments=instruments or facts.instruments,
        lead=lead,
        lead_family=INSTRUMENTS[lead].family,
        drums=drums,
        key=main.key or facts.key,
        mode=main.mode or facts.mode,
        modulates=len({(section.key, section.mode) for section, _ in overlaps}) > 1,
        roles={key: role for key, role in facts.roles.items() if key in instruments},
        form=[section.name for section, _ in overlaps],
    )


def long_captions(pool: Pool, language: str, *, seed: int = 0) -> list[Caption]:
    """For each clip a caption that states much, in words and patterns kept from training."""
    chosen = []
    for clip, facts in zip(pool.clips, pool.facts, strict=True):
        rng = np.random.default_rng([seed, crc32(f"{clip.id}/{language}".encode())])
        captions = captions_of(facts, rng, n=_DRAFTS, languages=(language,), held_out=True)
        chosen.append(max(captions, key=lambda caption: (len(caption.states), len(caption.text))))
    return chosen


def text_vectors(mulan: Mulan, texts: Sequence[str]) -> Array:
    """Unit vectors of texts, each different text read once: ``[texts, D]``."""
    unique = list(dict.fromkeys(texts))
    places = {text: place for place, text in enumerate(unique)}
    vectors: Array = mulan.embed_text(unique).double().cpu().numpy()
    return vectors[[places[text] for text in texts]]


def _overlap(section: SectionFacts, start: float, end: float) -> float:
    return min(end, section.start_seconds + section.seconds) - max(start, section.start_seconds)


def _embedded(
    folder: Path,
    mulan: Mulan,
    clips: Sequence[Clip],
    cache: Path | None,
    on_progress: Progress | None,
) -> Array:
    """Embeddings of all clips; those found in the cache are not made again."""
    path = None if cache is None else cache / f"mulan-{verify_artifact(folder)[:16]}.safetensors"
    known = _kept(path) if path else {}
    keys = [_key(clip) for clip in clips]
    missing = [index for index, key in enumerate(keys) if key not in known]
    waiting: dict[tuple[int, ...], list[tuple[int, Tensor]]] = {}
    done = len(clips) - len(missing)
    for number, index in enumerate(missing, start=1):
        start, seconds = excerpt_of(clips[index])
        samples = read_audio(
            clips[index].audio,
            sample_rate=mulan.sample_rate,
            start_seconds=start,
            seconds=seconds,
        ).samples
        batch = waiting.setdefault(tuple(samples.shape), [])
        batch.append((index, samples))
        last = number == len(missing)
        for ready in list(waiting.values()) if last else [batch]:
            if not ready or (len(ready) < _BATCH and not last):
                continue
            vectors = mulan.embed_audio(torch.stack([part for _, part in ready])).float().cpu()
            known |= {keys[i]: v for (i, _), v in zip(ready, vectors.numpy(), strict=True)}
            done += len(ready)
            ready.clear()
            if on_progress:
                on_progress(done, len(clips))
        if path and (last or number % _SAVE_EVERY == 0):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, save(known))
    return np.stack([known[key] for key in keys]).astype(np.float64)


def _kept(path: Path) -> dict[str, np.ndarray]:
    """Vectors by key."""
    try:
        return dict(load(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except (SafetensorError, ValueError) as error:
        raise DataError(f"{path} is no cache of embeddings ({error}): delete it") from None


def _key(clip: Clip) -> str:
    """The clip's id and a mark of its sound: every corpus begins counting at 000000."""
    mark = hashlib.sha256(repr(clip.seconds).encode())
    try:
        with clip.audio.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, (size - _MARKED_BYTES) // 2))
            mark.update(str(size).encode() + file.read(_MARKED_BYTES))
    except OSError:
        pass  # whoever reads it says what is wrong
    return f"{clip.id}-{mark.hexdigest()[:16]}"
