"""A tiny corpus of test pieces and crops of noise, for the tests of the codec's measures."""

import json
import math
from pathlib import Path

import torch

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.evaluate.codec.clips import HeldOut

RATE = 24_000


def sound(seed: int, seconds: float = 1.0) -> torch.Tensor:
    """A tone in each channel and a little noise, other frequencies for other seeds."""
    rng = torch.Generator().manual_seed(seed)
    t = torch.arange(round(seconds * RATE)) / RATE
    tones = [torch.sin(2 * math.pi * (300.0 + 70.0 * seed) * k * t) for k in (1.0, 1.5)]
    return 0.2 * torch.stack(tones) + 0.01 * torch.randn(2, len(t), generator=rng)


def clips(n_clips: int = 4, seconds: float = 1.0) -> list[HeldOut]:
    return [HeldOut(f"p{n}", n % 2 == 1, sound(n, seconds)) for n in range(n_clips)]


def write_corpus(
    folder: Path, pieces: dict[str, tuple[str, list[str]]], *, seconds: float = 8.0
) -> Path:
    """Pieces by id: their split, and what of them is unseen."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for seed, (name, (split, unseen)) in enumerate(pieces.items()):
        write_audio(folder / f"{name}.wav", Waveform(sound(seed, seconds), RATE))
        entry = {
            "id": name,
            "audio": f"{name}.wav",
            "seconds": seconds,
            "split": split,
            "unseen": unseen,
            "captions": [],
        }
        lines.append(json.dumps(entry))
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder
