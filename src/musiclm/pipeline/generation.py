"""What generating gives back: waveform, tokens, seed and timings, and how it is saved.

Beside ``out.wav`` stands ``out.wav.json`` with every fact needed to make the same music again;
the same facts, less the timings, are in the file's own tags, so that bytes depend on the seed only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm._version import __version__
from musiclm.audio.io import AudioFormat, Sink, format_of, write_audio, write_file
from musiclm.audio.waveform import Waveform
from musiclm.errors import GenerationError

SCHEMA_VERSION = 1
"""Of the JSON beside the audio; raised when a field changes its meaning."""

_LONGEST_TAG = 500  # Some players read only 2 KiB of tags.


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of one generation went, wall clock."""

    stage_seconds: Mapping[str, float]  # by stage name, in order; "mulan" and "codec" included
    first_token_seconds: float  # from the call to the first semantic token
    first_audio_seconds: float  # to the first decoded samples, which loudness must still wait for
    total_seconds: float  # from the call to finished samples
    audio_seconds: float  # audio made, all clips together

    @property
    def real_time_factor(self) -> float:
        """Seconds of computing for a second of audio: below 1 is faster than it plays."""
        return self.total_seconds / self.audio_seconds

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, rounded to the millisecond."""
        return {
            "stage_seconds": {name: round(value, 3) for name, value in self.stage_seconds.items()},
            "first_token_seconds": round(self.first_token_seconds, 3),
            "first_audio_seconds": round(self.first_audio_seconds, 3),
            "total_seconds": round(self.total_seconds, 3),
            "audio_seconds": round(self.audio_seconds, 3),
            "real_time_factor": round(self.real_time_factor, 3),
        }


@dataclass(frozen=True, slots=True)
class Generation:
    """One or more finished clips of the same duration, and how they came about."""

    waveform: Float[Tensor, "B C N"]  # finished samples in [-1, 1]
    sample_rate: int  # Hz
    tokens: dict[str, Tensor]  # by stream: "mulan" [B, M], "semantic" [B, 1, T], "acoustic" ...
    prompts: tuple[str, ...]  # of each clip
    understood: tuple[Mapping[str, Any], ...]  # hard facts read from each prompt
    scores: tuple[float, ...]  # agreement of each clip with its prompt; empty for single clips
    seeds: tuple[int, ...]  # of each clip; with it alone, a clip can be made again
    settings: Mapping[str, Any]  # duration, temperatures, guidance scale
    timings: Timings  # of the whole call
    silent: tuple[bool, ...]  # whether a clip came out silent, which deserves a word
    model: str  # name of the model
    model_version: str  # of its weights
    weights_sha256: str  # checksum over the model folder

    @property
    def seed(self) -> int:
        """Seed of the first clip; the others follow by one."""
        return self.seeds[0]

    @property
    def ranking(self) -> tuple[int, ...]:
        """Numbers of the clips, the one that agrees best with its prompt first."""
        if not self.scores:
            return tuple(range(len(self)))
        return tuple(sorted(range(len(self)), key=lambda index: -self.scores[index]))

    def __len__(self) -> int:
        """Number of clips."""
        return self.waveform.shape[0]

    def clip(self, index: int = 0) -> Waveform:
        """One clip as a ``Waveform``."""
        return Waveform(self.waveform[index], self.sample_rate)

    def facts(self, index: int = 0) -> dict[str, Any]:
        """What the sidecar says about one clip."""
        return {
            "schema_version": SCHEMA_VERSION,
            "ai_generated": True,
            "prompt": self.prompts[index],
            "understood": dict(self.understood[index]),
            **({"score": round(self.scores[index], 4)} if self.scores else {}),
            "seed": self.seeds[index],
            "model": self.model,
            "model_version": self.model_version,
            "weights_sha256": self.weights_sha256,
            "musiclm_version": __version__,
            "torch_version": torch.__version__,
            "sample_rate": self.sample_rate,
            "n_channels": self.waveform.shape[1],
            "silent": self.silent[index],
            "settings": dict(self.settings),
            "timings": self.timings.to_dict(),
        }

    def tags(self, index: int = 0) -> dict[str, str]:
        """The same facts for the audio file's own tags, without what differs between runs."""
        prompt = self.prompts[index]
        short = prompt if len(prompt) <= _LONGEST_TAG else prompt[: _LONGEST_TAG - 3] + "..."
        facts = {
            "ai_generated": True,
            "prompt": short,
            "seed": self.seeds[index],
            "model": self.model,
            "weights_sha256": self.weights_sha256,
            "musiclm_version": __version__,
        }
        return {
            "title": short[:100],
            "artist": f"musiclm {self.model}",
            "comment": "AI-generated " + json.dumps(facts, ensure_ascii=False),
            "software": f"musiclm {__version__}",
        }

    def save(self, path: str | Path, *, index: int | None = None) -> list[Path]:
        """Write each clip, and beside it its facts as JSON.

        One clip goes to ``path`` itself; several to numbered names, ``out-1.wav``, ``out-2.wav``.

        Args:
            path: Ends in ``.wav`` or ``.flac``.
            index: Write only this clip, to ``path`` itself.

        Returns:
            The audio files written.

        Raises:
            AudioError: The suffix is neither of the two.
            OSError: The place cannot be written to; nothing is left there by half.
        """
        target = Path(path)
        format_of(target)
        if index is not None or len(self) == 1:
            self._save_one(target, index or 0)
            return [target]
        paths = numbered(target, len(self))
        for number, numbered_path in enumerate(paths):
            self._save_one(numbered_path, number)
        return paths

    def write(self, file: Sink, *, index: int = 0, format: AudioFormat = "wav") -> None:
        """Write one clip to an open file, for example standard output; no JSON."""
        write_audio(file, self.clip(index), format=format, tags=self.tags(index))

    def _save_one(self, path: Path, index: int) -> None:
        if not 0 <= index < len(self):
            raise GenerationError(f"there is no clip {index}: this generation has {len(self)}")
        if path.exists() and not path.is_file():  # A device or pipe has no place beside it.
            write_audio(path, self.clip(index), tags=self.tags(index))
            return
        sidecar = sidecar_of(path)
        content = json.dumps(self.facts(index), indent=2, ensure_ascii=False) + "\n"
        # The small file first: if the audio fails, the folder is left as it was found.
        known = sidecar.exists()
        write_file(sidecar, content.encode())
        try:
            write_audio(path, self.clip(index), tags=self.tags(index))
        except BaseException:
            if not known:
                sidecar.unlink(missing_ok=True)
            raise


def sidecar_of(path: Path) -> Path:
    """The JSON file beside an audio file: its whole name and ``.json``.

    Example:
        >>> sidecar_of(Path("out.wav")).name
        'out.wav.json'
    """
    return path.with_name(path.name + ".json")


def numbered(path: Path, count: int) -> list[Path]:
    """``count`` names beside ``path``, with as many digits as the last needs.

    Example:
        >>> [each.name for each in numbered(Path("out.wav"), 2)]
        ['out-1.wav', 'out-2.wav']
    """
    digits = len(str(count))
    return [
        path.with_name(f"{path.stem}-{number:0{digits}d}{path.suffix}")
        for number in range(1, count + 1)
    ]
