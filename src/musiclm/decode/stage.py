"""A stage: conditions in, target codes of any duration out, over as many windows as it takes.

``StageConfig`` says which streams, which model, which windows and how to sample; this file runs it.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.artifact import load_artifact, save_artifact
from musiclm.config import replace
from musiclm.decode.sampling import SamplingConfig, item_generators
from musiclm.decode.session import Session
from musiclm.decode.stage_config import StageConfig
from musiclm.errors import ConfigError, GenerationError, ShapeError
from musiclm.lm.build import build_lm
from musiclm.lm.loss import TokenLM
from musiclm.lm.vectors import check_vectors
from musiclm.nn.precision import Precision, best_precision, convert, precision_of
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import frames_over, seconds_to_frames

__all__ = ["ARTIFACT_KIND", "Stage", "StageConfig"]

ARTIFACT_KIND = "stage"


@dataclass(slots=True)
class Stage:
    """A config and its model; ``generate`` is what the pipeline calls, once an arrow."""

    config: StageConfig
    model: TokenLM

    @classmethod
    def create(cls, config: StageConfig, *, seed: int = 0) -> Self:
        """A stage with fresh weights; the same seed gives the same ones."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, build_lm(config.lm))

    def save(
        self,
        folder: Path,
        *,
        card: str = "",
        storage: Literal["float32", "float16", "int8"] = "float32",
    ) -> None:
        """Write an artifact folder.

        Raises:
            ConfigError: The weights were converted for decoding; save the trained stage instead.
        """
        tensors = self.model.state_dict()
        if self.precision in ("int8", "int4"):
            raise ConfigError(
                f"this stage was converted to {self.precision}: save the one it was made from"
            )
        save_artifact(
            folder,
            kind=ARTIFACT_KIND,
            config=replace(self.config, transformer=self.config.core),
            tensors={name: tensor.float() for name, tensor in tensors.items()},
            card=card or f"# Stage {self.config.name}\n",
            storage=storage,
        )

    @classmethod
    def load(cls, folder: Path, *, precision: Precision | None = None) -> Self:
        """Read an artifact folder, ready to generate.

        Args:
            folder: What ``save`` wrote.
            precision: As in ``prepared``; ``float32`` to train further.

        Raises:
            ArtifactError: The folder is broken, altered or of another kind.
        """
        artifact = load_artifact(folder, kind=ARTIFACT_KIND)
        config = StageConfig.from_json(artifact.config_json, source=str(folder))
        stage = cls.create(config)
        stage.model.load_state_dict(artifact.tensors)
        stage._convert(precision)
        return stage

    def prepared(self, *, precision: Precision | None = None) -> "Stage":
        """A copy for decoding.

        Args:
            precision: Of the weights; by default the fastest that loses next to nothing on this
                CPU or GPU.

        Raises:
            ConfigError: This machine does not have it.
        """
        copy = Stage(self.config, deepcopy(self.model))
        copy._convert(precision)
        return copy

    def _convert(self, precision: Precision | None) -> None:
        self.model.eval()
        if precision is None:
            precision, _ = best_precision(None, self.device)
            # Parallel decoding has many rows at once, where int8 has no advantage.
            if precision == "int8" and self.config.kind == "masked":
                precision = "bfloat16"
        convert(self.model, precision)

    @property
    def precision(self) -> Precision:
        """What the weights are kept in."""
        return precision_of(self.model)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def generate(
        self,
        conditions: tuple[Tensor, ...],
        seconds: float,
        rng: torch.Generator,
        *,
        sampling: SamplingConfig | None = None,
        guidance_scale: float = 1.0,
        prompt: Int[Tensor, "B K P"] | None = None,
        on_progress: Callable[[float], None] | None = None,
    ) -> Int[Tensor, "B K T"]:
        """Write codes for ``seconds``, rounded up to whole frames.

        Args:
            conditions: One tensor a condition stream, for the whole duration.
            seconds: Any duration above 0, the prompt included.
            rng: Same state, same codes; each item gets its own numbers, whatever the batch.
            sampling: How codes are chosen; the config's by default.
            guidance_scale: 1 means none; else every item is computed twice.
            prompt: Codes to continue; they are the beginning of the result.
            on_progress: Called with the share that is done, 0 to 1; what it raises ends it all.

        Raises:
            GenerationError: The duration is not above 0, the prompt is longer, or the guidance is
                out of range.
            ShapeError: Conditions do not fit the streams or end too early.
        """
        parts = self.stream(
            conditions,
            seconds,
            rng,
            sampling=sampling,
            guidance_scale=guidance_scale,
            prompt=prompt,
            on_progress=on_progress,
        )
        return torch.cat(list(parts), dim=-1)

    @torch.inference_mode()
    def stream(
        self,
        conditions: tuple[Tensor, ...],
        seconds: float,
        rng: torch.Generator,
        *,
        sampling: SamplingConfig | None = None,
        guidance_scale: float = 1.0,
        prompt: Int[Tensor, "B K P"] | None = None,
        on_progress: Callable[[float], None] | None = None,
        chunk_seconds: float = 1.0,
    ) -> Iterator[Tensor]:
        """Like ``generate``, but hands out codes ``[B, K, t]`` as soon as they are whole.

        Args:
            conditions: As in ``generate``.
            seconds: As in ``generate``.
            rng: As in ``generate``.
            sampling: As in ``generate``.
            guidance_scale: As in ``generate``.
            prompt: As in ``generate``; handed out first.
            on_progress: As in ``generate``.
            chunk_seconds: Least new frames a time, but for the end of a window. A masked model
                finishes whole windows only.
        """
        target = self.config.target
        n_frames = seconds_to_frames(seconds, target.frame_rate)
        if n_frames < 1:
            raise GenerationError(f"seconds must be above 0, got {seconds}")
        n_batch = self._check(conditions, prompt, n_frames)
        for stream, tokens in zip(self.config.conditions, conditions, strict=False):
            needed = frames_over(n_frames, target.frame_rate, stream.frame_rate)
            if stream.timed and tokens.shape[-1] < needed:
                raise ShapeError(
                    f'"{stream.name}" has {tokens.shape[-1]} frames but {needed} are needed: '
                    "generate conditions for at least the same duration"
                )
        session = self.session(
            rng,
            n_batch=n_batch,
            sampling=sampling,
            guidance_scale=guidance_scale,
            prompt=prompt,
            n_frames=n_frames,
        )
        if session.n_written:
            yield session.codes
        chunk = seconds_to_frames(chunk_seconds, target.frame_rate)
        for codes in session.write(conditions, chunk=chunk):
            if on_progress is not None:
                on_progress(session.n_written / n_frames)
            yield codes

    def session(
        self,
        rng: torch.Generator,
        *,
        n_batch: int = 1,
        sampling: SamplingConfig | None = None,
        guidance_scale: float = 1.0,
        prompt: Int[Tensor, "B K P"] | None = None,
        n_frames: int | None = None,
        negative: tuple[Tensor, ...] | None = None,
    ) -> Session:
        """Begin a piece that is written bit by bit; see ``decode/session.py``.

        Args:
            rng: As in ``generate``.
            n_batch: Items.
            sampling: As in ``generate``.
            guidance_scale: As in ``generate``.
            prompt: As in ``generate``.
            n_frames: Frames of the whole piece; ``None`` while it has no end.
            negative: Conditions that guidance leads away from.
        """
        target = self.config.target
        if prompt is None:
            prompt = torch.zeros(n_batch, target.n_q, 0, dtype=torch.int64, device=self.device)
        return Session(
            self,
            item_generators(rng, n_batch),
            prompt,
            sampling=sampling or self.config.sampling,
            guidance_scale=guidance_scale,
            n_frames=n_frames,
            negative=negative,
        )

    def _check(self, conditions: tuple[Tensor, ...], prompt: Tensor | None, n_frames: int) -> int:
        """Refuse what cannot be generated; return the number of items."""
        streams, inputs = self.config.conditions, self.config.inputs
        if len(conditions) != len(inputs):
            names = ", ".join(stream.name for stream in inputs) or "none"
            raise ShapeError(
                f'stage "{self.config.name}" has {len(inputs)} conditions ({names}), '
                f"got {len(conditions)}: pass one tensor for each, in this order"
            )
        n_batch = prompt.shape[0] if prompt is not None else 1
        if conditions:
            n_batch = conditions[0].shape[0]
        if prompt is not None and prompt.shape[-1] > n_frames:
            raise GenerationError(
                f"the prompt has {prompt.shape[-1]} frames but only {n_frames} were asked for: "
                "ask for a longer duration"
            )
        check_vectors(self.config.vectors, conditions[len(streams) :], n_batch)
        tensors: Sequence[tuple[TokenStream, Tensor]] = [
            *zip(streams, conditions[: len(streams)], strict=True),
            *([(self.config.target, prompt)] if prompt is not None else []),
        ]
        for stream, tensor in tensors:
            rank = 3 if stream.timed else 2
            if tensor.dim() != rank or tensor.shape[:2] != (n_batch, stream.n_q):
                raise ShapeError(
                    f'stage "{self.config.name}": "{stream.name}" must be '
                    f"[{n_batch}, {stream.n_q}{', frames' if stream.timed else ''}], "
                    f"got {list(tensor.shape)}"
                )
            if tensor.numel() and not 0 <= int(tensor.min()) <= int(tensor.max()) < (
                stream.codebook_size
            ):
                raise ShapeError(
                    f'stage "{self.config.name}": "{stream.name}" has codes outside '
                    f"0..{stream.codebook_size - 1}: it comes from another tokenizer"
                )
        return n_batch
