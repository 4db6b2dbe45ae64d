"""The end of a recording in, codes that a stream can go on from out; and the two joined again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.codec.model import Codec
from musiclm.decode.stage import Stage
from musiclm.errors import GenerationError
from musiclm.pipeline.stream import Beginning
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.stream import require_same
from musiclm.tokens.timing import (
    frames_to_samples,
    frames_to_seconds,
    samples_to_seconds,
    whole_frames,
)

LONGEST_SECONDS = 15.0
"""Of the recording's end that is listened to: what the semantic stage carries on; other stages
carry less."""
_SHORTEST_SECONDS = 1.0
_USUAL_DBFS = -19.0  # RMS of the mono sum of the composed corpus, on which codes are best


@dataclass(frozen=True, slots=True)
class Continued:
    """A recording and its end in codes."""

    beginning: Beginning
    recording: Float[Tensor, "C N"]  # whole, at the model's rate and channels
    rate: int  # of the recording, Hz
    gain: float  # by which the codes are louder than the recording
    seconds: float  # of the end that the codes hold

    @property
    def began(self) -> float:
        """Where in the recording the codes begin, in seconds."""
        rate = frames_to_samples(1, TIMELINE_STREAM.frame_rate, self.rate)
        n_held = self.beginning.n_frames * rate
        return samples_to_seconds(self.recording.shape[-1] - n_held, self.rate)

    def join(self, samples: Float[Tensor, "C n"], *, overlap: int, rate: int) -> Waveform:
        """The recording and what follows, crossfaded where both are.

        Args:
            samples: What follows; its first ``overlap`` samples are the recording's end as codes.
            overlap: Samples.
            rate: Hz.
        """
        follows = samples / self.gain
        overlap = min(overlap, follows.shape[-1], self.recording.shape[-1])
        fade = torch.linspace(0, 1, overlap)
        end = self.recording[:, self.recording.shape[-1] - overlap :]
        seam = end * (1 - fade) + follows[:, :overlap] * fade
        head = self.recording[:, : self.recording.shape[-1] - overlap]
        whole = torch.cat((head, seam, follows[:, overlap:]), dim=-1)
        # Nothing is normalized, because the recording must stay what it was; but nothing clips.
        return Waveform(whole.clamp(-1.0, 1.0), rate)


class Continuer:
    """Turns recordings into beginnings; loads the semantic tokenizer when it is first needed.

    A model whose stages write no semantic tokens needs none.
    """

    def __init__(self, folder: Path | None, codec: Codec, stages: Sequence[Stage]) -> None:
        """Remember where the tokenizer is.

        Args:
            folder: Artifact of the semantic tokenizer; ``None`` if the model has none.
            codec: Of the model.
            stages: Of the model.
        """
        self._folder, self._codec, self._stages = folder, codec, tuple(stages)
        self._tokenizer: SemanticTokenizer | None = None

    @torch.inference_mode()
    def prepare(self, recording: Waveform) -> Continued:
        """Listen to the end of a recording.

        Raises:
            GenerationError: The model lacks the semantic tokenizer that its stages need, or the
                recording is too short, silent or not finite.
            StreamMismatchError: The tokenizer is another than the stages were trained with.
        """
        codec = self._codec
        samples = _fitted(recording, codec.sample_rate, codec.n_channels)
        seconds = samples_to_seconds(samples.shape[-1], codec.sample_rate)
        if seconds < _SHORTEST_SECONDS:
            raise GenerationError(
                f"music to continue must last at least {_SHORTEST_SECONDS:g} s, got {seconds:.2f} s"
            )
        if not bool(torch.isfinite(samples).all()):
            raise GenerationError("the music to continue holds samples that are not finite")
        n_frames = whole_frames(min(seconds, LONGEST_SECONDS), TIMELINE_STREAM.frame_rate)
        n_samples = frames_to_samples(n_frames, TIMELINE_STREAM.frame_rate, codec.sample_rate)
        end = samples[:, -n_samples:]
        level = 10 * math.log10(float(end.mean(dim=0).square().mean()) + 1e-12)
        if level < -70.0:
            raise GenerationError("the end of the music to continue is silent: cut the silence off")
        gain = 10 ** ((_USUAL_DBFS - level) / 20)
        end = (end * gain)[None]
        written = {"acoustic": codec.encode(end)}
        if any(stage.config.target.name == "semantic" for stage in self._stages):
            written["semantic"] = self._load().encode(end)
        codes: dict[str, Tensor] = {}
        first: dict[str, int] = {}
        for stage in self._stages:
            target = stage.config.target
            level_from = first.get(target.name, 0)
            codes[stage.config.name] = written[target.name][:, level_from:][:, : target.n_q]
            first[target.name] = level_from + target.n_q
        held = frames_to_seconds(n_frames, TIMELINE_STREAM.frame_rate)
        return Continued(Beginning(codes, n_frames), samples, codec.sample_rate, gain, held)

    def _load(self) -> SemanticTokenizer:
        if self._tokenizer is None:
            if self._folder is None:
                raise GenerationError(
                    "this model has no semantic tokenizer, without which music cannot be "
                    "continued: assemble it with the one that it was trained with"
                )
            tokenizer = SemanticTokenizer.load(self._folder)
            target = next(
                s.config.target for s in self._stages if s.config.target.name == "semantic"
            )
            require_same(tokenizer.stream, target, where=f"{self._folder}")
            self._tokenizer = tokenizer
        return self._tokenizer


def _fitted(recording: Waveform, rate: int, n_channels: int) -> Float[Tensor, "C N"]:
    """A recording at another rate and number of channels."""
    samples = resample(recording.samples.float(), recording.sample_rate, rate)
    if samples.shape[0] == n_channels:
        return samples
    return samples.mean(dim=0, keepdim=True).expand(n_channels, -1)
