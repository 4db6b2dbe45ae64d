"""A corpus of short tones with the facts of real pieces."""

import json
from pathlib import Path

import torch
from mulan_pool import pieces

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform


def write_corpus(folder: Path, *, n_clips: int = 6, hertz: float = 200.0) -> Path:
    """Six pieces of two lengths; the second half is the test split, the last of an unseen style."""
    (folder / "audio").mkdir(parents=True)
    lines = []
    for index, facts in enumerate(pieces(n_clips)):
        seconds = 2.0 if index % 2 else 3.0
        time = torch.arange(round(24_000 * seconds)) / 24_000
        wave = 0.3 * torch.sin(2 * torch.pi * (hertz + 100 * index) * time)
        path = f"audio/{index}.wav"
        write_audio(folder / path, Waveform(wave.expand(2, -1).clone(), 24_000))
        entry = {
            "id": f"{index:06d}",
            "audio": path,
            "seconds": seconds,
            "split": "test" if 2 * index >= n_clips else "train",
            "unseen": ["style"] if index + 1 == n_clips else [],
            "facts": facts.model_dump(mode="json"),
            "captions": [],
        }
        lines.append(json.dumps(entry))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
