"""A model folder in, the parts of the chain out, checked to speak the same token streams.

Every part verifies its own bytes before it reads them; this file then checks that the parts belong
together: the same checksums as ``model.json`` names, and agreeing streams from end to end.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musiclm.artifact import read_manifest
from musiclm.codec.model import Codec
from musiclm.config import replace
from musiclm.decode.stage import Stage, StageConfig
from musiclm.errors import StreamMismatchError
from musiclm.mulan.model import Mulan
from musiclm.nn.precision import Precision
from musiclm.pipeline.folder import (
    ModelDescription,
    assemble_model,
    read_description,
    require_digest,
)
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream, require_same

__all__ = ["Parts", "assemble_model", "check_streams", "load_model"]


@dataclass(frozen=True, slots=True)
class Parts:
    """A loaded model, in evaluation mode."""

    description: ModelDescription  # name, version, defaults
    tokenizer_folder: Path | None  # of the semantic tokenizer, for those who continue recordings
    sha256: str  # checksum over everything
    mulan: Mulan  # the text tower alone
    mulan_folder: Path  # where its audio tower is, for those who need it
    semantic: Stage | None  # none in a model of one stage
    acoustic: tuple[Stage, ...]  # in the order in which they run
    codec: Codec

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages in the order in which they run."""
        return (*(() if self.semantic is None else (self.semantic,)), *self.acoustic)


def load_model(folder: Path, *, precision: Precision | None = None) -> Parts:
    """Load and check a model folder.

    Args:
        folder: Written by ``assemble_model``.
        precision: Of the stages' weights; by default what this processor computes fastest.

    Raises:
        ArtifactError: A file is missing, altered or cut off.
        StreamMismatchError: The parts were not trained together.
    """
    # Every decoding step attends to one position more, a new shape for oneDNN, which by default
    # keeps the code for the last 1,024 shapes: 1.2 GiB for 30 s of music, and no faster.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    description, digest = read_description(folder)
    parts = description.components
    for component in parts.each:
        _, found = read_manifest(folder / component.folder)
        require_digest(folder, component, found)
    mulan = Mulan.load(folder / parts.mulan.folder, towers="text")
    semantic = None
    if parts.semantic is not None:
        semantic = Stage.load(folder / parts.semantic.folder, precision=precision)
    acoustic = tuple(
        Stage.load(folder / part.folder, precision=precision) for part in parts.acoustic
    )
    codec = Codec.load(folder / parts.codec.folder)
    loaded = Parts(
        description=description,
        tokenizer_folder=None if parts.tokenizer is None else folder / parts.tokenizer.folder,
        sha256=digest,
        mulan=mulan.eval(),
        mulan_folder=folder / parts.mulan.folder,
        semantic=semantic,
        acoustic=acoustic,
        codec=codec.eval(),
    )
    check_streams(mulan.stream, [stage.config for stage in loaded.stages], codec.stream)
    return loaded


def check_streams(mulan: TokenStream, stages: Sequence[StageConfig], codec: TokenStream) -> None:
    """Follow the data through the chain and refuse the first joint that does not fit.

    Args:
        mulan: What the prompt becomes.
        stages: Settings of the stages in the order in which they run.
        codec: What the last stage's codes must be; they may lack its finest levels.

    Raises:
        StreamMismatchError: A stage needs a stream that nothing before it makes, or a stream has
            another size or rate on the other side.
    """
    given = (mulan, FACTS_STREAM, TIMELINE_STREAM, ENSEMBLE_STREAM)
    made: dict[str, TokenStream] = {stream.name: stream for stream in given}
    for stage in stages:
        for condition in stage.conditions:
            if condition.name not in made:
                raise StreamMismatchError(
                    f'stage "{stage.name}" needs "{condition.name}" tokens, but only '
                    f"{', '.join(made)} are made before it: assemble the model with the stage "
                    "that makes them, in front of this one"
                )
            require_same(
                condition, made[condition.name], where=f'stage "{stage.name}", {condition.name}'
            )
        made[stage.target.name] = _joined(made.get(stage.target.name), stage)
    if codec.name not in made:
        raise StreamMismatchError(
            f'no stage makes "{codec.name}" codes, which the codec decodes: add one'
        )
    # Any prefix of its levels decodes, so stages may leave out the finest ones.
    codes = made[codec.name]
    require_same(codec.levels(0, min(codec.n_q, codes.n_q)), codes, where="codec")


def _joined(lower: TokenStream | None, stage: StageConfig) -> TokenStream:
    """The stream after a stage: its target, on top of the levels that were there."""
    target = stage.target
    if lower is None:
        return target
    require_same(replace(lower, n_q=target.n_q), target, where=f'stage "{stage.name}" adds levels')
    return replace(lower, n_q=lower.n_q + target.n_q)
