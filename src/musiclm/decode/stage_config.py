"""What a stage is: streams in and out, model, windows, sampling. Data, no behaviour.

Semantic, coarse, fine, delayed and masked acoustics are values of ``StageConfig``;
``decode/stage.py`` is what runs them.
"""

from typing import Self

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.decode.parallel import ParallelConfig
from musiclm.decode.sampling import SamplingConfig
from musiclm.errors import ConfigError
from musiclm.lm.config import LMConfig, LMKind
from musiclm.lm.sizes import SIZES, SizeName, bidirectional
from musiclm.nn.config import TransformerConfig
from musiclm.tokens.stream import TokenStream, VectorStream


class StageConfig(Frozen):
    """One arrow of the data's way, as data."""

    name: str = Field(min_length=1, pattern=r"^[a-z_]+$")
    """What the stage is called in progress, settings and files."""
    kind: LMKind
    """Which language model."""
    conditions: tuple[TokenStream, ...]
    """Streams that it is given, in the order of ``generate``'s conditions."""
    target: TokenStream
    """The stream that it writes."""
    size: SizeName
    """Named size of the core, unless ``transformer`` is given."""
    transformer: TransformerConfig | None = None
    """The core itself; a saved stage always holds it, so that sizes may change later."""
    condition_lookahead: int = Field(default=0, ge=0, le=8)
    """Frames of timed conditions after the current one that a delayed step sees."""
    steady_conditions: tuple[str, ...] = ()
    """Names of timed conditions that change too slowly to be looked ahead at."""
    vectors: tuple[VectorStream, ...] = ()
    """Conditions that are vectors of an outside encoder, after the tokens."""
    delays: tuple[int, ...] = ()
    """Steps that each level of a delayed model comes later; empty means 0, 1, 2 ..."""
    window_seconds: float = Field(gt=0)
    """What the model sees at most when it generates."""
    carry_seconds: float = Field(ge=0)
    """How much of it was generated in the window before."""
    crop_seconds: float = Field(gt=0)
    """What it sees in training."""
    temperature: float = Field(default=1.0, gt=0)
    """Default of sampling."""
    top_k: int = Field(default=0, ge=0)
    """Default of sampling; 0 means all codes."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Default of sampling."""
    parallel: ParallelConfig = ParallelConfig()
    """Passes of a masked model."""
    level_temperatures: tuple[float, ...] = ()
    """Factor on the temperature of each level; empty means 1. MusicLM, sec. 4, samples fine levels
    much colder than coarse ones (0.4 against 0.95). The small delayed model must not: at half the
    temperature its log-mel distance to real music doubled, because the fine levels went dull."""
    level_weights: tuple[float, ...] = ()
    """Weight of each level in the training loss; empty means equal."""

    @property
    def core(self) -> TransformerConfig:
        """The core that this stage is built with."""
        if self.transformer is not None:
            return self.transformer
        core = SIZES[self.size]
        return bidirectional(core) if self.kind == "masked" else core

    @property
    def inputs(self) -> tuple[TokenStream | VectorStream, ...]:
        """All conditions, in the order of ``generate``'s ``conditions``."""
        return (*self.conditions, *self.vectors)

    @property
    def lm(self) -> LMConfig:
        """The language model that this stage is built with."""
        return LMConfig(
            kind=self.kind,
            conditions=self.conditions,
            target=self.target,
            transformer=self.core,
            condition_lookahead=self.condition_lookahead,
            steady_conditions=self.steady_conditions,
            vectors=self.vectors,
            delays=self.delays,
        )

    @property
    def sampling(self) -> SamplingConfig:
        """How codes are chosen unless the caller says otherwise."""
        return SamplingConfig(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        faults = []
        if self.carry_seconds >= self.window_seconds:
            faults.append(
                f"carry_seconds={self.carry_seconds} leaves nothing new in a window of "
                f"{self.window_seconds} s"
            )
        for name in ("level_weights", "level_temperatures"):
            n_values = len(getattr(self, name))
            if n_values not in (0, self.target.n_q):
                faults.append(f"{name} has {n_values} entries for {self.target.n_q} levels")
        if any(factor <= 0 for factor in self.level_temperatures):
            faults.append(f"level_temperatures must be above 0, got {self.level_temperatures}")
        for name in ("window_seconds", "carry_seconds"):
            for stream in (*self.conditions, self.target):
                frames = getattr(self, name) * stream.frame_rate
                if stream.timed and abs(frames - round(frames)) > 1e-9:
                    faults.append(
                        f'{name}={getattr(self, name)} is no whole number of "{stream.name}" '
                        f"frames at {stream.frame_rate} Hz"
                    )
        if faults:
            raise ConfigError(f'stage "{self.name}": ' + "; ".join(faults))
        # Building it now refuses what the language model would refuse later.
        _ = self.lm
        return self
