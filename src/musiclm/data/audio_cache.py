"""A corpus in, random crops of its samples out, as fast as memory can be copied.

FLAC must be decoded from its beginning; training wants thousands of short crops a minute. The
cache holds the whole corpus once as 16-bit samples in one memory-mapped file (an hour of stereo
at 24 kHz is 346 MB), with an index of where each clip lies.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from musiclm.audio.io import read_audio
from musiclm.data.manifest import Clip, Split, read_manifest
from musiclm.errors import DataError

_FULL_SCALE = 32768
_INDEX, _SAMPLES = "index.json", "samples.int16"


@dataclass(frozen=True, slots=True)
class CachedClip:
    """Where one clip lies in the cache."""

    id: str
    split: Split
    first: int
    """Sample position (per channel) of its beginning in the file."""
    n_samples: int


class AudioCache:
    """Samples of a corpus, mapped into memory read-only; safe to use from several threads.

    State: ``clips`` in the manifest's order, ``sample_rate``, ``n_channels``.
    """

    def __init__(self, folder: Path) -> None:
        """Open a cache that ``build`` wrote.

        Raises:
            DataError: There is none, or its file is shorter than its index says.
        """
        try:
            index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            raise DataError(
                f"no audio cache at {folder}: build it with AudioCache.build(corpus, folder)"
            ) from None
        self.sample_rate: int = index["sample_rate"]
        self.n_channels: int = index["n_channels"]
        self.fingerprint: str = index["fingerprint"]
        self.clips = [CachedClip(**entry) for entry in index["clips"]]
        n_samples = sum(clip.n_samples for clip in self.clips)
        path = folder / _SAMPLES
        expected = n_samples * self.n_channels * 2
        if not path.exists() or path.stat().st_size != expected:
            raise DataError(f"{path} should hold {expected} bytes: delete {folder} and build again")
        # Interleaved, so that a crop is one contiguous piece of the file.
        self._samples: NDArray[np.int16] = np.memmap(
            path, dtype=np.int16, mode="r", shape=(n_samples, self.n_channels)
        )

    @classmethod
    def build(
        cls,
        corpus: Path,
        out: Path | None = None,
        *,
        sample_rate: int = 24_000,
        n_channels: int = 2,
        jobs: int = 2,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Decode every clip of ``corpus`` once, or open what an earlier call left behind.

        Args:
            corpus: Folder with ``manifest.jsonl``.
            out: Where the cache goes; ``None`` means ``corpus/cache/<rate>x<channels>``, so that
                all trainings of one corpus share it.
            sample_rate: Samples a second; other files are resampled.
            n_channels: Channels; other files are mixed.
            jobs: Files decoded at a time (decoding happens outside Python's lock).
            on_progress: Receives (clips done, clips in all).

        Raises:
            DataError: The manifest is broken.
            AudioError: A file cannot be read.
        """
        folder = out or corpus / "cache" / f"{sample_rate}x{n_channels}"
        clips = read_manifest(corpus)
        fingerprint = _fingerprint(corpus, sample_rate, n_channels)
        try:
            cache = cls(folder)
            if cache.fingerprint == fingerprint:
                return cache
        except DataError:
            pass  # None yet, or a broken one: written anew below.

        def decode(clip: Clip) -> NDArray[np.int16]:
            waveform = read_audio(clip.audio, sample_rate=sample_rate, n_channels=n_channels)
            scaled = (waveform.samples.T * _FULL_SCALE).round()
            return scaled.clamp(-_FULL_SCALE, _FULL_SCALE - 1).to(torch.int16).numpy()

        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_SAMPLES}.{os.getpid()}.partial"
        entries: list[dict[str, object]] = []
        first = 0
        with partial.open("wb") as file, ThreadPoolExecutor(jobs) as pool:
            pending: deque[Future[NDArray[np.int16]]] = deque()
            ahead = iter(clips)
            for done, clip in enumerate(clips, start=1):
                # A bounded look-ahead: a whole corpus of decoded clips would not fit in memory.
                while len(pending) < 2 * jobs and (coming := next(ahead, None)) is not None:
                    pending.append(pool.submit(decode, coming))
                samples = pending.popleft().result()
                file.write(samples.tobytes())
                entries.append(
                    {"id": clip.id, "split": clip.split, "first": first, "n_samples": len(samples)}
                )
                first += len(samples)
                if on_progress is not None:
                    on_progress(done, len(clips))
        index = {
            "sample_rate": sample_rate,
            "n_channels": n_channels,
            "fingerprint": fingerprint,
            "clips": entries,
        }
        partial.replace(folder / _SAMPLES)
        partial_index = folder / f"{_INDEX}.{os.getpid()}.partial"
        partial_index.write_text(json.dumps(index), encoding="utf-8")
        partial_index.replace(folder / _INDEX)
        return cls(folder)

    def indices(self, split: Split, *, at_least: int = 1) -> list[int]:
        """Indices of the clips of a split that have ``at_least`` so many samples.

        A corpus so tiny that the split is empty lends its training clips instead.

        Raises:
            DataError: No clip is long enough.
        """
        for wanted in (split, "train"):
            found = [
                index
                for index, clip in enumerate(self.clips)
                if clip.split == wanted and clip.n_samples >= at_least
            ]
            if found:
                return found
        raise DataError(
            f'no clip of the split "{split}" has {at_least} samples at {self.sample_rate} Hz: '
            "use shorter crops or build a corpus with longer pieces"
        )

    def crop(self, clip: int, first: int, n_samples: int) -> Float[Tensor, "C N"]:
        """``n_samples`` of clip number ``clip`` from sample ``first`` on, in ``[-1, 1)``.

        Beyond the clip's end there is silence, so that batches of short clips have one shape.

        Raises:
            DataError: ``first`` is negative or ``n_samples`` not positive.
        """
        if first < 0 or n_samples <= 0:
            raise DataError(f"a crop needs first >= 0 and n_samples > 0, got {first}, {n_samples}")
        entry = self.clips[clip]
        begin = entry.first + min(first, entry.n_samples)
        end = entry.first + min(first + n_samples, entry.n_samples)
        samples = np.zeros((self.n_channels, n_samples), dtype=np.float32)
        np.divide(
            self._samples[begin:end].T, np.float32(_FULL_SCALE), out=samples[:, : end - begin]
        )
        return torch.from_numpy(samples)


def _fingerprint(corpus: Path, sample_rate: int, n_channels: int) -> str:
    """Changes when the manifest or the form of the cache changes."""
    manifest = (corpus / "manifest.jsonl").read_bytes()
    return hashlib.sha256(manifest + f"|1|{sample_rate}|{n_channels}".encode()).hexdigest()
