"""Prompts and their clips in, how near each clip lies to its prompt in a joint space out.

With MuLan this is MusicLM's *MuLan cycle consistency* (sec. 5): the mean cosine of a prompt's text
embedding and its clip's audio embedding, the mean over windows. It favours models that are
conditioned on the same MuLan, as this project's are: they were told that very embedding, and may
satisfy it without sounding right. CLAP is a judge that no stage of this project knows; it needs
the extra ``hf`` and weights from a hub or a folder. A cosine has no absolute meaning: read it
between chance (the same clips, shuffled prompts) and real audio of the same prompts. Cosines of
two different spaces cannot be compared.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError, DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import N_RESAMPLES, Row, mean_estimate
from musiclm.mulan.model import Mulan

Array = NDArray[np.float64]
EmbedTexts = Callable[[Sequence[str]], Array]
"""Texts in, one vector a text out."""
EmbedClip = Callable[[Waveform], Array]
"""A clip in, its vector out."""

CLAP = "laion/larger_clap_music"
"""Music weights of the hub; what is published mostly names its own."""
_CLAP_WINDOW_SECONDS = 10.0


def mulan_row(
    mulan: Mulan,
    prompts: Sequence[str],
    clips: Sequence[Made | Waveform],
    *,
    real: Sequence[Made | Waveform] | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Row:
    """MuLan cycle consistency.

    Args:
        mulan: With both towers.
        prompts: One a clip.
        clips: Made for them.
        real: Real audio of the same prompts, one a prompt.
        seed: Of resamples and shufflings.
        on_progress: Told how far this is.

    Raises:
        ConfigError: Only the text tower was loaded.
        DataError: Not one clip for each prompt.
        AudioError: A clip has no samples.
    """
    text, audio = _mulan(mulan)
    return cycle_row(
        "MuLan cycle consistency (mean cosine)",
        prompts,
        clips,
        text,
        audio,
        real=real,
        seed=seed,
        on_progress=on_progress,
    )


def mulan_cosines(
    mulan: Mulan,
    prompts: Sequence[str],
    clips: Sequence[Made | Waveform],
    *,
    on_progress: Progress | None = None,
) -> Array:
    """Cosine of each prompt and its clip, one a clip; arguments and errors as for ``mulan_row``."""
    table = _table(prompts, clips, *_mulan(mulan), on_progress)
    return table.diagonal().astype(np.float64)


def clap_row(
    prompts: Sequence[str],
    clips: Sequence[Made | Waveform],
    *,
    weights: str | Path = CLAP,
    real: Sequence[Made | Waveform] | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Row:
    """CLAP score: the same with a judge that no stage was trained with.

    Args:
        prompts: One a clip. CLAP reads English; prompts in other languages lower the ceiling too.
        clips: Made for them.
        weights: Name on the hub, or a folder that ``save_pretrained`` wrote.
        real: Real audio of the same prompts, one a prompt.
        seed: Of resamples and shufflings.
        on_progress: Told how far this is.

    Raises:
        ConfigError: transformers is not installed, or there are no such weights.
        DataError: Not one clip for each prompt.
        AudioError: A clip has no samples.
    """
    text, audio = _clap(weights)
    return cycle_row(
        f"CLAP score (mean cosine, {Path(weights).name})",
        prompts,
        clips,
        text,
        audio,
        real=real,
        seed=seed,
        on_progress=on_progress,
    )


def cycle_row(
    measure: str,
    prompts: Sequence[str],
    clips: Sequence[Made | Waveform],
    embed_texts: EmbedTexts,
    embed_clip: EmbedClip,
    *,
    real: Sequence[Made | Waveform] | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Row:
    """The mean cosine of prompts and clips in any joint space.

    Args:
        measure: Name of the row.
        prompts: One a clip.
        clips: Made for them.
        embed_texts: Of the space.
        embed_clip: Of the space.
        real: Real audio of the same prompts, one a prompt.
        seed: Of resamples and shufflings.
        on_progress: Told how far this is.

    Raises:
        DataError: No prompt, or not one clip for each.
        AudioError: A clip has no samples.
    """
    for name, each in (("clips", clips), ("real clips", real)):
        if each is not None and (not prompts or len(each) != len(prompts)):
            raise DataError(
                f"expected one of {name} for each of {len(prompts)} prompts, got {len(each)}"
            )
    table = _table(prompts, clips, embed_texts, embed_clip, on_progress)
    ceiling = None
    if real is not None:
        ceiling = _table(prompts, real, embed_texts, embed_clip, on_progress).diagonal()
    return agreement_row(measure, table, ceiling=ceiling, seed=seed)


def agreement_row(
    measure: str,
    table: Array,
    *,
    ceiling: Array | None = None,
    bar: float | None = None,
    seed: int = 0,
) -> Row:
    """A row from how well every clip agrees with every wish: any number, the more the better.

    Args:
        measure: Name of the row.
        table: ``[clips, wishes]``; a clip's own wish is on the diagonal.
        ceiling: Agreement of real audio with its own wish, ``[wishes]``.
        bar: At least so much is wanted.
        seed: Of resamples and shufflings.

    Raises:
        DataError: The table is empty or not square.

    Example:
        >>> row = agreement_row("x", np.eye(50), seed=1)
        >>> row.found.value, round(row.chance, 2), row.n
        (1.0, 0.02, 50)
    """
    if table.ndim != 2 or not len(table) or table.shape[0] != table.shape[1]:
        raise DataError(
            f"expected a table of as many wishes as clips, got {' by '.join(map(str, table.shape))}"
        )
    own = table.diagonal().astype(np.float64)
    rng = np.random.default_rng(seed)
    places = np.arange(len(own))
    orders = rng.permuted(np.tile(places, (N_RESAMPLES, 1)), axis=1)
    shuffled = table[places, orders].mean(axis=1)
    as_good = int((shuffled >= own.mean() - 1e-12).sum())
    return Row(
        measure=measure,
        found=mean_estimate(own, seed=seed),
        chance=float(shuffled.mean()),
        p_value=(1 + as_good) / (1 + N_RESAMPLES),
        ceiling=None if ceiling is None else mean_estimate(ceiling, seed=seed),
        bar=bar,
        n=len(own),
    )


def _table(
    prompts: Sequence[str],
    clips: Sequence[Made | Waveform],
    embed_texts: EmbedTexts,
    embed_clip: EmbedClip,
    on_progress: Progress | None,
) -> Array:
    """Cosine of every clip (row) and every prompt (column)."""
    unique = list(dict.fromkeys(prompts))
    places = {prompt: place for place, prompt in enumerate(unique)}
    wanted = _unit(embed_texts(unique))[[places[prompt] for prompt in prompts]]
    cosines: Array = _embedded(clips, embed_clip, "embedding", on_progress) @ wanted.T
    return cosines


def _mulan(mulan: Mulan) -> tuple[EmbedTexts, EmbedClip]:
    """The two doors of MuLan."""

    def text(texts: Sequence[str]) -> Array:
        vectors: Array = mulan.embed_text(list(texts)).double().cpu().numpy()
        return vectors

    def audio(clip: Waveform) -> Array:
        samples = resample(clip.samples, clip.sample_rate, mulan.sample_rate).float()
        vector: Array = mulan.embed_audio(samples[None].to(mulan.device))[0].double().cpu().numpy()
        return vector

    return text, audio


def _embedded(
    clips: Sequence[Made | Waveform],
    embed_clip: EmbedClip,
    say: str,
    on_progress: Progress | None,
) -> Array:
    """Unit vectors of clips, read one at a time."""
    vectors: list[Array] = []
    for clip in clips:
        waveform = clip.waveform() if isinstance(clip, Made) else clip
        if not waveform.n_samples:
            raise AudioError(f"clip {len(vectors)} has no samples: leave it out, with its prompt")
        vectors.append(embed_clip(waveform))
        if on_progress:
            on_progress(say, len(vectors), len(clips))
    return _unit(np.stack(vectors))


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit


def _clap(weights: str | Path) -> tuple[EmbedTexts, EmbedClip]:
    """The two doors of CLAP."""
    try:
        from transformers import ClapModel, ClapProcessor
    except ImportError:
        raise ConfigError('the CLAP score needs transformers: pip install "musiclm[hf]"') from None
    try:
        network: Any = ClapModel.from_pretrained(str(weights))
        model = network.eval()
        processor = ClapProcessor.from_pretrained(str(weights))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no CLAP weights at {weights} ({error}): give a name of the hub, or a folder that "
            "save_pretrained wrote"
        ) from None
    rate = int(processor.feature_extractor.sampling_rate)

    @torch.no_grad()
    def texts_of(texts: Sequence[str]) -> Array:
        vectors = []
        for text in texts:
            # One by one: a text's vector must not depend on its neighbours' padding.
            inputs = processor.tokenizer([text], return_tensors="pt", truncation=True)
            vectors.append(_pooled(model.get_text_features(**inputs)))
        found: Array = torch.cat(vectors).double().numpy()
        return found

    @torch.no_grad()
    def clip_of(clip: Waveform) -> Array:
        mono = resample(clip.mono().samples, clip.sample_rate, rate)[0].float()
        windows = [
            processor.feature_extractor(part.numpy(), sampling_rate=rate, return_tensors="pt")
            for part in _windows(mono, round(_CLAP_WINDOW_SECONDS * rate))
        ]
        vectors = [_pooled(model.get_audio_features(**window)) for window in windows]
        found: Array = functional.normalize(torch.cat(vectors), dim=-1).mean(0).double().numpy()
        return found

    return texts_of, clip_of


def _windows(mono: Tensor, size: int) -> list[Tensor]:
    """Equal parts of at most a window: of anything longer CLAP takes a random part."""
    n_parts = max(1, math.ceil(len(mono) / size))
    return list(torch.chunk(mono, n_parts))


def _pooled(found: Any) -> Tensor:
    """Vectors, which newer versions of transformers wrap."""
    vectors: Tensor = found if isinstance(found, Tensor) else found.pooler_output
    return vectors
