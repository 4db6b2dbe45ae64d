"""A corpus of a few seconds that MuLan and the semantic tokenizer can learn something from."""

import json
from pathlib import Path

import torch

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform

STYLES = ("techno", "waltz", "ambient")


def write_corpus(folder: Path, *, n_clips: int = 6, seconds: int = 3) -> Path:
    """Clips whose pitch and noise depend on their style; one in six is held out."""
    (folder / "audio").mkdir(parents=True)
    time = torch.arange(24_000 * seconds) / 24_000
    lines = []
    for index in range(n_clips):
        style = index % len(STYLES)
        rng = torch.Generator().manual_seed(index)
        wave = 0.3 * torch.sin(2 * torch.pi * (220.0 * (style + 1)) * time)
        drums = style == 0
        if drums:
            wave += 0.2 * torch.randn(time.shape, generator=rng) * torch.exp(-(time % 0.5) * 20)
        path = f"audio/{index}.flac"
        write_audio(folder / path, Waveform(wave.expand(2, -1).clone(), 24_000))
        facts = {
            "style": STYLES[style],
            "mood": "calm" if style else "wild",
            "tempo_bpm": 120,
            "tempo_class": "medium",
            "key": "D",
            "mode": "minor",
            "metre": "4/4",
            "drums": drums,
            "instruments": ["saw_lead", "standard_kit"] if drums else ["flute"],
            "lead": "saw_lead" if drums else "flute",
            "lead_family": "synth_lead" if drums else "flute",
            "dynamics": "steady",
            "sections": [],
            "seconds": float(seconds),
        }
        caption = {
            "text": f"{STYLES[style]} {facts['mood']} {facts['lead']}",
            "language": "en",
            "register": "tags",
        }
        entry = {
            "id": f"{index:06d}",
            "audio": path,
            "seconds": float(seconds),
            "split": "test" if index % 6 == 5 else "valid" if index % 6 == 4 else "train",
            "facts": facts,
            "captions": [caption],
        }
        lines.append(json.dumps(entry))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
