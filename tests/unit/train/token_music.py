"""Tokens with rules that a tiny language model can learn in a few steps."""

from fractions import Fraction
from pathlib import Path

import torch

from musiclm.data.token_shards import ClipTokens, write_index, write_shard
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM, facts_tokens
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream

STREAMS = {
    "acoustic": TokenStream(name="acoustic", codebook_size=64, n_q=2, frame_rate=Fraction(25)),
    "semantic": TokenStream(name="semantic", codebook_size=64, n_q=1, frame_rate=Fraction(25)),
    "mulan": TokenStream(name="mulan", codebook_size=16, n_q=4),
    "facts": FACTS_STREAM,
    "timeline": TIMELINE_STREAM,
    "ensemble": ENSEMBLE_STREAM,
}


def write_tokens(folder: Path, *, n_clips: int = 6, n_frames: int = 400) -> Path:
    """Scales that rise at the pace of their clip; the last clip is held out."""
    clips = []
    for number in range(n_clips):
        frames = torch.arange(n_frames)
        semantic = ((frames // 4 + 7 * number) % 32)[None]
        mulan = torch.full((3, 4), number % 16)
        clips.append(
            ClipTokens(
                id=str(number),
                split="valid" if number == n_clips - 1 else "train",
                acoustic=torch.cat([semantic, (semantic + frames % 3) % 64]),
                semantic=semantic,
                mulan_audio=mulan,
                mulan_text=mulan,
                facts=torch.tensor([facts_tokens(tempo_bpm=60 + 10 * number)]),
                timeline=torch.zeros(TIMELINE_STREAM.n_q, n_frames, dtype=torch.int64),
                ensemble=torch.zeros(ENSEMBLE_STREAM.n_q, n_frames, dtype=torch.int64),
            )
        )
    write_shard(folder, 0, clips)
    write_index(folder, STREAMS, n_shards=1, fingerprint="0" * 64)
    return folder
