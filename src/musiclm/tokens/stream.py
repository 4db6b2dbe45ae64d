"""What two models must agree on before integers may pass between them: the token stream.

No torch, no audio: names, sizes and rates only.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from musiclm.config import Frozen
from musiclm.errors import StreamMismatchError

Rate = Annotated[
    Fraction,
    Field(ge=0),
    BeforeValidator(lambda value: Fraction(value)),
    PlainSerializer(str, return_type=str),
]
"""An exact rate in Hz; written ``"25"`` or ``"24000/960"`` in files."""


class TokenStream(Frozen):
    """A named stream of codes in ``[0, codebook_size)``, ``n_q`` levels a frame."""

    name: str = Field(min_length=1, pattern=r"^[a-z_]+$")
    """What the stream is called everywhere: ``mulan``, ``semantic``, ``acoustic``."""
    codebook_size: int = Field(ge=2, le=65536)
    """Codes per level, ``V``."""
    n_q: int = Field(ge=1, le=64)
    """Quantizer levels a frame, ``K``."""
    frame_rate: Rate = Fraction(0)
    """Frames a second; 0 means that the stream has no time axis (one frame a clip)."""

    @property
    def pad_id(self) -> int:
        """What empty cells hold: the first integer outside the codebook."""
        return self.codebook_size

    @property
    def timed(self) -> bool:
        """Whether frames follow each other in time."""
        return self.frame_rate > 0

    @property
    def bits_per_second(self) -> float:
        """Bits of a second of codes, ``n_q * log2(codebook_size) * frame_rate``."""
        import math

        return float(self.n_q * math.log2(self.codebook_size) * self.frame_rate)

    def levels(self, first: int, last: int) -> "TokenStream":
        """The same stream with levels ``first`` to ``last - 1`` only.

        Raises:
            StreamMismatchError: The range is not inside ``[0, n_q]``.
        """
        if not 0 <= first < last <= self.n_q:
            raise StreamMismatchError(
                f'stream "{self.name}" has levels 0 to {self.n_q}, '
                f"asked for {first} to {last}: give a range inside"
            )
        return TokenStream(
            name=self.name,
            codebook_size=self.codebook_size,
            n_q=last - first,
            frame_rate=self.frame_rate,
        )


class VectorStream(Frozen):
    """A condition of vectors ``[B, M, F]`` from an outside encoder, where others are tokens.

    A row of zeros is no vector: it is filler that nobody looks at.
    """

    name: str = Field(min_length=1, pattern=r"^[a-z_]+$")
    """What it is called in messages: ``text``, ``chroma``."""
    dim: int = Field(ge=1)
    """Features of a vector."""
    null: Literal["zeros", "first"] = "zeros"
    """What stands for "not given": nothing, or vectors that are 1 in their first feature only."""

    @property
    def timed(self) -> bool:
        """Never: however many vectors there are, they hold for the whole window."""
        return False


def require_same(expected: TokenStream, got: TokenStream, *, where: str) -> None:
    """Refuse to join two components whose idea of a stream differs.

    Raises:
        StreamMismatchError: Names every field that differs.
    """
    differences = [
        f"{field} {getattr(expected, field)} against {getattr(got, field)}"
        for field in ("name", "codebook_size", "n_q", "frame_rate")
        if getattr(expected, field) != getattr(got, field)
    ]
    if differences:
        raise StreamMismatchError(
            f"{where}: the two sides disagree ({'; '.join(differences)}): "
            "use components that were trained together"
        )
