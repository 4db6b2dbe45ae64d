"""A corpus in, held-out crops out; half are played by a sound font that training never hears."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from torch import Tensor

from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import SPLITS, read_manifest
from musiclm.errors import DataError
from musiclm.tokens.timing import seconds_to_samples

SECONDS = 5.0
_AUDIBLE_RMS = 1e-3  # -60 dB: a crop quieter than that is a pause.
_TRIES = 8


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A crop of a piece that no training saw."""

    piece: str
    """Id in the manifest; crops of one piece are not independent of each other."""
    unseen_font: bool
    """Played by the sound font that is kept for testing."""
    samples: Float[Tensor, "C N"]
    """At the codec's rate."""

    @property
    def group(self) -> str:
        """How tables call its kind."""
        return "unseen font" if self.unseen_font else "seen font"


def held_out_clips(
    corpus: Path,
    *,
    n_clips: int,
    sample_rate: int,
    n_channels: int,
    seconds: float = SECONDS,
    seed: int = 0,
) -> list[HeldOut]:
    """Cut crops of the test split; half with the unseen font, as far as the corpus has it.

    Every piece lends one crop before any lends a second, each from another place. Where the test
    split has no piece of a known font, the validation split lends its own; a corpus so tiny that
    it has neither lends training pieces (good for a try, no measurement). Pauses are avoided.

    Args:
        corpus: Folder of a corpus; its audio cache is built when missing.
        n_clips: Crops in all.
        sample_rate: Of the crops, Hz.
        n_channels: Of the crops.
        seconds: Length of each; a shorter piece is followed by silence.
        seed: Same seed, same crops.

    Raises:
        DataError: The corpus is broken or ``n_clips`` is not positive.
    """
    if n_clips < 1:
        raise DataError(f"expected at least one clip to measure, got {n_clips}")
    cache = AudioCache.build(corpus, sample_rate=sample_rate, n_channels=n_channels)
    fonts = {clip.id: "font" in clip.unseen for clip in read_manifest(corpus)}
    split: dict[str, list[int]] = {name: [] for name in SPLITS}
    for index, clip in enumerate(cache.clips):
        split[clip.split].append(index)
    unseen = [index for index in split["test"] if fonts[cache.clips[index].id]]
    seen = [index for index in split["test"] if not fonts[cache.clips[index].id]]
    if len(seen) < n_clips // 2:
        seen += split["valid"]
    if not seen and not unseen:
        seen = split["train"]
    n_unseen = n_clips if not seen else n_clips // 2 if unseen else 0
    rng = np.random.default_rng(seed)
    n_samples = seconds_to_samples(seconds, sample_rate)
    return [
        HeldOut(cache.clips[index].id, group is unseen, _crop(cache, index, part, n_samples, rng))
        for group, wanted in ((seen, n_clips - n_unseen), (unseen, n_unseen))
        for index, part in _places(group, wanted, rng)
    ]


def _places(
    pieces: Sequence[int], n_crops: int, rng: np.random.Generator
) -> list[tuple[int, tuple[float, float]]]:
    """Pieces in turn, each with the part of its length (from, to) that this crop begins in."""
    order = rng.permutation(len(pieces))
    places = []
    for number in range(n_crops):
        nth, place = divmod(number, len(pieces))
        n_parts = -(-(n_crops - place) // len(pieces))  # Crops that this piece lends in all.
        places.append((pieces[order[place]], (nth / n_parts, (nth + 1) / n_parts)))
    return places


def _crop(
    cache: AudioCache,
    index: int,
    part: tuple[float, float],
    n_samples: int,
    rng: np.random.Generator,
) -> Float[Tensor, "C N"]:
    """A crop that begins in a part of the piece and is no pause, if the part has such a place."""
    last = max(0, cache.clips[index].n_samples - n_samples)
    for _ in range(_TRIES):
        crop = cache.crop(index, int(last * rng.uniform(*part)), n_samples)
        if float(crop.square().mean().sqrt()) > _AUDIBLE_RMS:
            break
    return crop
