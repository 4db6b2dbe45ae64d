"""What generating gives back: waveform, tokens, seed and timings, and how it is saved.

Beside ``out.wav`` stands ``out.wav.json`` with every fact needed to make the same music again;
the same facts, less the timings, are in the file's own tags, so that bytes depend on the seed only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm._version import __version__
from musiclm.audio.io import AudioFormat, Sink, format_of, write_audio, write_file
from musiclm.audio.waveform import Waveform
from musiclm.errors import GenerationError
from musiclm.pipeline.rank import Merit, ranking
from musiclm.pipeline.record import Request

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
class Clip:
    """One finished clip, before it is joined with others of the same call."""

    samples: Float[Tensor, "C N"]
    tokens: Mapping[str, Tensor]
    prompt: str
    understood: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    merit: Merit | None
    seed: int
    silent: bool
    retries: int
    request: Request


@dataclass(frozen=True, slots=True)
class Generation:
    """One or more finished clips of the same duration, and how they came about."""

    waveform: Float[Tensor, "B C N"]  # finished samples in [-1, 1]
    sample_rate: int  # Hz
    tokens: dict[str, Tensor]  # by stream: "mulan" [B, M], "semantic" [B, 1, T], "acoustic" ...
    prompts: tuple[str, ...]  # of each clip
    understood: tuple[Mapping[str, Any], ...]  # hard facts read from each prompt
    events: tuple[tuple[Mapping[str, Any], ...], ...]  # of each clip: what took effect when
    retries: tuple[int, ...]  # how often a second of each clip was composed again: see ``events``
    merits: tuple[Merit, ...]  # what speaks for each clip; empty for single clips
    seeds: tuple[int, ...]  # of each clip; with it alone, a clip can be made again
    requests: tuple[Request, ...]  # of each clip: makes it again
    timings: Timings  # of the whole call
    silent: tuple[bool, ...]  # whether a clip came out silent, which deserves a word
    model: str  # name of the model
    model_version: str  # of its weights
    weights_sha256: str  # checksum over the model folder
    precision: str  # in which the stages computed
    licence: str | None = None  # of the weights, where it binds what may be done with the music

    @classmethod
    def of(
        cls,
        clips: Sequence[Clip],
        *,
        sample_rate: int,
        timings: Timings,
        model: str,
        model_version: str,
        weights_sha256: str,
        precision: str,
        licence: str | None = None,
    ) -> Self:
        """Join clips of one call; they are equally long."""
        merits = [clip.merit for clip in clips if clip.merit is not None]
        single = len(clips) == 1  # Ten minutes need not be in memory twice.
        return cls(
            waveform=clips[0].samples[None] if single else torch.stack([c.samples for c in clips]),
            sample_rate=sample_rate,
            tokens={
                name: torch.cat([clip.tokens[name] for clip in clips]) for name in clips[0].tokens
            },
            prompts=tuple(clip.prompt for clip in clips),
            understood=tuple(clip.understood for clip in clips),
            events=tuple(clip.events for clip in clips),
            retries=tuple(clip.retries for clip in clips),
            merits=tuple(merits) if len(merits) == len(clips) else (),
            seeds=tuple(clip.seed for clip in clips),
            requests=tuple(clip.request for clip in clips),
            timings=timings,
            silent=tuple(clip.silent for clip in clips),
            model=model,
            model_version=model_version,
            weights_sha256=weights_sha256,
            precision=precision,
            licence=licence,
        )

    @property
    def scores(self) -> tuple[float, ...]:
        """Agreement of each clip with its prompt; empty for single clips."""
        return tuple(merit.agreement for merit in self.merits)

    @property
    def settings(self) -> dict[str, Any]:
        """Seconds of each clip, and how each stage drew its tokens."""
        request = self.requests[0]
        stages = {name: record.model_dump(mode="json") for name, record in request.settings.items()}
        return {"duration_seconds": request.duration, "stages": stages}

    @property
    def seed(self) -> int:
        """Seed of the first clip; the others follow by one."""
        return self.seeds[0]

    @property
    def ranking(self) -> tuple[int, ...]:
        """Numbers of the clips, the best first: see ``rank.py``."""
        return tuple(ranking(self.merits) if self.merits else range(len(self)))

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
            "events": [dict(event) for event in self.events[index]],
            "retries": self.retries[index],
            **({"score": round(self.scores[index], 4)} if self.merits else {}),
            **({"merit": self.merits[index].to_dict()} if self.merits else {}),
            "seed": self.seeds[index],
            "model": self.model,
            "model_version": self.model_version,
            "weights_sha256": self.weights_sha256,
            **({"licence": self.licence} if self.licence else {}),
            "musiclm_version": __version__,
            "torch_version": torch.__version__,
            "precision": self.precision,
            "threads": torch.get_num_threads(),
            "sample_rate": self.sample_rate,
            "n_channels": self.waveform.shape[1],
            "silent": self.silent[index],
            "settings": self.settings,
            "request": self.requests[index].to_dict(),
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
            **({"licence": self.licence} if self.licence else {}),
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
            path: Ends in ``.wav``, ``.flac`` or ``.ogg``.
            index: Write only this clip, to ``path`` itself.

        Returns:
            The audio files written.

        Raises:
            AudioError: The suffix is none of these.
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
