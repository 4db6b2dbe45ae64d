"""Embeddings of captions and their clips in, the shape of the space out: gap, tokens, codebooks."""

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, mean_of
from musiclm.mulan.model import Mulan


def space(mulan: Mulan, text: Array, audio: Array, draws: Draws) -> dict[str, Estimate]:
    """Everything about the space that needs the model's means and codebooks.

    Args:
        mulan: With fitted codebooks.
        text: Unit vectors of one caption a clip, ``[clips, D]``.
        audio: Unit vectors of the clips.
        draws: Resamples of the clips.

    Raises:
        ConfigError: The codebooks were never fitted.
    """
    points = {
        "text": text - mulan.text_mean.double().cpu().numpy(),
        "audio": audio - mulan.audio_mean.double().cpu().numpy(),
    }
    found = {
        "space/cosine/own": own_cosine(text, audio, draws),
        "space/gap/before": modality_gap(text, audio, draws),
        "space/gap/after": modality_gap(points["text"], points["audio"], draws),
    }
    codes: dict[str, NDArray[np.int64]] = {}
    for source, vectors in (("text", text), ("audio", audio)):
        tokens = mulan.tokens_from_embeddings(
            torch.from_numpy(vectors).float().to(mulan.text_mean.device),
            source="text" if source == "text" else "audio",
        )
        again = mulan.quantizer.decode(tokens.unsqueeze(-1)).squeeze(-1)
        codes[source] = tokens.cpu().numpy()
        found[f"space/quantized/{source}"] = own_cosine(
            points[source], again.double().cpu().numpy(), draws
        )
    return found | token_agreement(codes["text"], codes["audio"], draws)


def own_cosine(one: Array, other: Array, draws: Draws) -> Estimate:
    """Mean cosine of vectors that belong together; chance is that of all that do not."""
    lengths = [np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12) for v in (one, other)]
    cosines = (one / lengths[0]) @ (other / lengths[1]).T
    n = len(cosines)
    own = cosines.diagonal().copy()
    return mean_of(own, draws, chance=float((cosines.sum() - own.sum()) / (n * (n - 1))))


def modality_gap(text: Array, audio: Array, draws: Draws) -> Estimate:
    """Distance of the mean caption from the mean clip.

    Chance is the distance that so many clips would show by their spread alone, had the two clouds
    the same middle.
    """
    difference = text - audio
    n = len(difference)
    means = draws.astype(np.float64) @ difference / n
    spread = float(np.sqrt(difference.var(axis=0, ddof=1).sum() / n))
    value = float(np.linalg.norm(difference.mean(axis=0)))
    # The distance of noisy means is too large.
    return Estimate(value, np.linalg.norm(means, axis=1), spread, n, centred=True)


def token_agreement(
    text: NDArray[np.int64], audio: NDArray[np.int64], draws: Draws
) -> dict[str, Estimate]:
    """Share of tokens that both doors give alike, in all and by level, and the codes in use.

    Args:
        text: Tokens of captions, ``[clips, M]``.
        audio: Of their clips.
        draws: Resamples of the clips.
    """
    n = len(text)
    equal = (text == audio).astype(np.float64)
    chances = [
        float(((text[:, [m]] == audio[:, m]).sum() - equal[:, m].sum()) / (n * (n - 1)))
        for m in range(text.shape[1])
    ]
    found = {
        "space/tokens/equal": mean_of(equal.mean(axis=1), draws, chance=float(np.mean(chances)))
    }
    for level, chance in enumerate(chances):
        found[f"space/tokens/level_{level}"] = mean_of(equal[:, level], draws, chance=chance)
        for source, codes in (("text", text), ("audio", audio)):
            found[f"space/codes/{source}/level_{level}"] = codes_in_use(codes[:, level], draws)
    return found


def codes_in_use(codes: NDArray[np.int64], draws: Draws) -> Estimate:
    """How many codes are really used: the exponential of the entropy of their histogram."""
    _, places = np.unique(codes, return_inverse=True)
    member = np.eye(places.max() + 1)[places]
    shares = np.concatenate([np.ones((1, len(codes))), draws]) @ member / len(codes)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    used = np.exp(-(shares * logs).sum(axis=1))
    # A resample leaves out a third of the clips, and their codes with them.
    return Estimate(float(used[0]), used[1:], None, len(codes), centred=True)
