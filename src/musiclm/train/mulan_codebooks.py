"""Trained towers in, fitted codebooks out: the last step of MuLan's training.

Both doors share the codebooks, each around its own mean. Audio counts as windows and as means of
whole clips, text as captions and as requests, because all of these are quantized later.
"""

import numpy as np
import torch
from torch.nn import functional

from musiclm.mulan.model import Mulan
from musiclm.train.mulan_data import MulanData
from musiclm.train.mulan_texts import draw_texts

_ITERATIONS = 20
_CLIPS_AT_ONCE = 64


@torch.no_grad()
def fit_codebooks(
    mulan: Mulan, data: MulanData, *, n_texts: int, seed: int, bfloat16: bool
) -> None:
    """Fit the residual codebooks on audio and texts of the training clips together.

    Args:
        mulan: In evaluation mode; its means and quantizer are set. All is computed where it is,
            but chosen by the CPU's generators.
        data: The training clips.
        n_texts: Texts, and at most as many points of audio.
        seed: Of the choice and the clustering.
        bfloat16: Whether products run in bfloat16.
    """
    if mulan.audio is None:
        raise TypeError("fitting the codebooks needs both towers")
    rng = np.random.default_rng(seed)
    windows, wholes = [], []
    for clip in rng.permutation(data.train)[:n_texts].tolist():
        with torch.autocast(mulan.device.type, torch.bfloat16, enabled=bfloat16):
            embeddings = mulan.audio(data.windows(clip).to(mulan.device))
        windows.append(embeddings)
        wholes.append(functional.normalize(embeddings.mean(0), dim=0))
    audio = torch.cat((*windows, torch.stack(wholes)))
    words: list[str] = []
    while len(words) < n_texts:
        chosen = rng.choice(data.train, _CLIPS_AT_ONCE).tolist()
        captions, others = draw_texts([data.clips[clip] for clip in chosen], data.plan, rng)
        words += [text.words for text in captions + others]
    with torch.autocast(mulan.device.type, torch.bfloat16, enabled=bfloat16):
        text = mulan.embed_text(words[:n_texts])
    mulan.set_gap(text_mean=text.mean(0), audio_mean=audio.mean(0))
    # As many of either kind, so that neither owns the codebooks.
    n_each = min(len(audio), len(text))
    generator = torch.Generator().manual_seed(seed)
    points = [
        kind[torch.randperm(len(kind), generator=generator)[:n_each].to(kind.device)] - mean
        for kind, mean in ((audio, mulan.audio_mean), (text, mulan.text_mean))
    ]
    mulan.quantizer.init_from(torch.cat(points), generator, iterations=_ITERATIONS)
