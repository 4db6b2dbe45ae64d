"""What a token language model is built from: its kind, streams and core."""

from typing import Literal, Self

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.errors import ConfigError
from musiclm.nn.config import TransformerConfig
from musiclm.tokens.stream import TokenStream, VectorStream

LMKind = Literal["prefix", "delay", "masked"]


class LMConfig(Frozen):
    """Everything needed to build a ``PrefixLM``, ``DelayLM`` or ``MaskedLM``."""

    kind: LMKind
    """Which of the three."""
    conditions: tuple[TokenStream, ...]
    """Streams that the model is given, in the order of its ``conditions`` argument."""
    target: TokenStream
    """The stream that it writes; must have a time axis."""
    transformer: TransformerConfig
    """The core."""
    condition_lookahead: int = Field(default=0, ge=0, le=8)
    """Frames of timed conditions after the current one that a ``DelayLM`` step sees."""
    steady_conditions: tuple[str, ...] = ()
    """Names of timed conditions that change too slowly for a lookahead to be worth its table."""
    vectors: tuple[VectorStream, ...] = ()
    """Conditions of a ``DelayLM`` that are vectors, after the tokens in its ``conditions``."""
    delays: tuple[int, ...] = ()
    """Steps that each level of a ``DelayLM`` comes later; empty means 0, 1, 2 ..."""

    @property
    def inputs(self) -> tuple[TokenStream | VectorStream, ...]:
        """All conditions, in the order of the model's ``conditions`` argument."""
        return (*self.conditions, *self.vectors)

    @property
    def level_delays(self) -> tuple[int, ...]:
        """Steps that each level comes later."""
        return self.delays or tuple(range(self.target.n_q))

    def lookahead_of(self, stream: TokenStream) -> int:
        """Frames of one condition after the current one that a ``DelayLM`` step sees."""
        return 0 if stream.name in self.steady_conditions else self.condition_lookahead

    @model_validator(mode="after")
    def _possible(self) -> Self:
        faults = []
        if not self.target.timed:
            faults.append(f'target stream "{self.target.name}" needs a frame_rate above 0')
        if self.transformer.causal == (self.kind == "masked"):
            faults.append(
                f"transformer.causal={self.transformer.causal} does not fit kind={self.kind!r}: "
                "prefix and delay are causal, masked is not"
            )
        if self.transformer.cross_attention:
            if self.kind != "delay":
                faults.append("cross_attention is for kind='delay' only")
            elif all(stream.timed for stream in self.inputs):
                faults.append("cross_attention needs a condition without time axis as its context")
        if self.condition_lookahead and self.kind != "delay":
            faults.append("condition_lookahead is for kind='delay' only")
        if (self.vectors or self.delays) and self.kind != "delay":
            faults.append("vectors and delays are for kind='delay' only")
        if self.delays and (len(self.delays) != self.target.n_q or min(self.delays) != 0):
            faults.append(
                f"delays={self.delays} must name {self.target.n_q} levels, the first ones at 0"
            )
        if faults:
            raise ConfigError("LMConfig: " + "; ".join(faults))
        return self
