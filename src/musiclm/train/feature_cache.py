"""Cached audio in, cached features out: spectrograms of a corpus, computed once before training.

Training steps on a CPU are dominated by whatever is computed again and again; a spectrogram is
not worth it. Frames of all clips lie behind each other in one memory-mapped float16 file.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from musiclm.data.audio_cache import AudioCache
from musiclm.errors import DataError

_INDEX, _FRAMES = "index.json", "frames.float16"


class FeatureCache:
    """Frames of the clips of an ``AudioCache``, by the same clip numbers.

    State: ``lengths``, clip number to frames, for the clips that were asked for.
    """

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        self.fingerprint: str = index["fingerprint"]
        self.n_features: int = index["n_features"]
        self.lengths: dict[int, int] = {int(k): v for k, v in index["lengths"].items()}
        self._first: dict[int, int] = {}
        total = 0
        for clip, length in self.lengths.items():
            self._first[clip] = total
            total += length
        path = folder / _FRAMES
        if not path.exists() or path.stat().st_size != total * self.n_features * 2:
            raise DataError(f"{path} is cut off: delete {folder} and train again")
        self._frames: NDArray[np.float16] = np.memmap(
            path, dtype=np.float16, mode="r", shape=(total, self.n_features)
        )

    @classmethod
    def build(
        cls,
        audio: AudioCache,
        folder: Path,
        *,
        clips: Sequence[int],
        features: Callable[[Float[Tensor, "C N"]], Float[Tensor, "D T"]],
        settings: str,
    ) -> Self:
        """Compute the features of ``clips``, or open what an earlier call left behind.

        Args:
            audio: Where the samples come from.
            folder: Where the file goes.
            clips: Numbers of clips.
            features: Samples of a whole clip to its frames.
            settings: Text that changes whenever ``features`` would give other values.

        Raises:
            DataError: There is no clip.
        """
        if not clips:
            raise DataError("no clip to compute features of: the corpus is empty")
        text = f"{audio.fingerprint}|{settings}|{list(clips)}"
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        try:
            cache = cls(folder)
            if cache.fingerprint == fingerprint:
                return cache
        except (FileNotFoundError, ValueError, KeyError, DataError):
            pass  # None yet, or a broken one: written anew below.
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_FRAMES}.{os.getpid()}.partial"
        lengths: dict[int, int] = {}
        n_features = 0
        with partial.open("wb") as file, torch.no_grad():
            for clip in clips:
                frames = features(audio.crop(clip, 0, audio.clips[clip].n_samples)).T
                lengths[clip], n_features = frames.shape
                file.write(frames.to(torch.float16).contiguous().numpy().tobytes())
        partial.replace(folder / _FRAMES)
        index = {"fingerprint": fingerprint, "n_features": n_features, "lengths": lengths}
        (folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")
        return cls(folder)

    def crop(self, clip: int, first: int, n_frames: int) -> Float[Tensor, "D T"]:
        """Frames of a clip; beyond its end the last frame is repeated."""
        length = self.lengths[clip]
        begin = self._first[clip] + min(first, length - 1)
        end = self._first[clip] + min(first + n_frames, length)
        frames = torch.from_numpy(self._frames[begin:end].astype(np.float32))
        missing = n_frames - len(frames)
        if missing > 0:
            frames = torch.cat((frames, frames[-1:].expand(missing, -1)))
        return frames.T
