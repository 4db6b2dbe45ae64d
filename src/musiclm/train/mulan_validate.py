"""A MuLan in training in, numbers on unheard clips and unread requests out."""

import numpy as np
import torch
from torch import nn

from musiclm.corpus.captions import LANGUAGES
from musiclm.corpus.captions.requests import requests
from musiclm.mulan.loss import recall_at
from musiclm.mulan.model import Mulan
from musiclm.train.mulan_data import MulanData
from musiclm.train.mulan_facts import FactHeads
from musiclm.train.mulan_texts import TextPlan, draw_texts

_AT_MOST = 256
_STORED = TextPlan(n_twins=0, n_names=0, n_requests=0, fresh_share=0.0)


@torch.no_grad()
def validate(mulan: Mulan, heads: nn.Module, data: MulanData) -> dict[str, float]:
    """Recall, facts and requests on one crop and one stored caption of each validation clip.

    ``requests/LANGUAGE`` is the share of reserved requests whose nearest clip has one of their
    styles. Their pool is the validation clips and as many training clips as fill it up.
    """
    if mulan.audio is None or not isinstance(heads, FactHeads):
        raise TypeError("validation needs both towers and the fact heads")
    rng = np.random.default_rng(0)
    chosen = data.valid[:_AT_MOST]
    pool = [*chosen, *data.train[: _AT_MOST - len(chosen)]]
    mulan.eval()
    windows = torch.stack([data.crop(clip, rng) for clip in pool])
    audio = torch.cat([mulan.audio(part.to(mulan.device)) for part in torch.split(windows, 32)])
    own = audio[: len(chosen)]
    captions, _ = draw_texts([data.clips[clip] for clip in chosen], _STORED, rng)
    text = mulan.embed_text([caption.words for caption in captions])
    classes, _ = data.labels.encode([data.clips[clip].facts for clip in chosen])
    numbers = {f"recall/{k}": recall_at(text, own, k) for k in (1, 5, 10)}
    numbers["recall/chance_10"] = min(1.0, 10 / len(chosen))
    for name, share in heads.accuracy(own, classes.to(mulan.device)).items():
        numbers[f"audio/{name}"] = share
    asked = [request for request in requests() if request.reserved]
    styles = [str(data.clips[clip].facts.get("style", "")) for clip in pool]
    if asked:
        answers = [[style in request.styles for style in styles] for request in asked]
        fits = torch.tensor(answers)
        numbers["requests/chance"] = float(fits.float().mean())
        for place, language in enumerate(LANGUAGES):
            wishes = mulan.embed_text([request.texts[place] for request in asked])
            nearest = (wishes @ audio.T).argmax(-1).cpu()
            found = fits[torch.arange(len(asked)), nearest]
            numbers[f"requests/{language}"] = float(found.float().mean())
    mulan.train()
    return {name: round(value, 4) for name, value in numbers.items()}
