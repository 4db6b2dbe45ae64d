"""Semantic tokens of pieces in, how much they repeat and how much they vary out.

A language model that collapses says the same few things again and again: the entropy of its tokens
falls and long runs come back. Music repeats itself too, and held tones more than anything, so
neither number is good or bad alone: generated pieces are read beside composed ones of the same
length. What comes back is counted exactly, so a repeat in another key or with another drum is none;
returns that are heard are measured in ``shape.py``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import Estimate, difference, interval_text, mean_estimate
from musiclm.evaluate.model.transport import entropy_bits
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.semantic.tokenizer import SemanticTokenizer

Codes = NDArray[np.int64]

SHORT_GRAM, LONG_GRAM = 8, 25
"""A third of a second, a note or two; and a second."""

MEASURES = {
    "repeated_short": f"{SHORT_GRAM}-grams that were there before",
    "repeated_long": f"{LONG_GRAM}-grams that were there before",
    "entropy_bits": "entropy, bits a token",
    "distinct": "different tokens",
    "held": "tokens like the one before",
}


@dataclass(frozen=True, slots=True)
class Variety:
    """How one piece repeats itself."""

    repeated_short: float  # share of its 8-grams that were there before
    repeated_long: float  # share of its 25-grams
    entropy_bits: float  # of the histogram of its tokens
    distinct: int  # different tokens
    held: float  # share of tokens that equal the one before: tones held, or a standstill


@dataclass(frozen=True, slots=True)
class TokenReport:
    """Both sets, every piece cut to the same length."""

    generated: tuple[Variety, ...]
    composed: tuple[Variety, ...]
    n_tokens: int  # of a piece

    def estimates(self, *, seed: int = 0) -> dict[str, dict[str, Estimate]]:
        """By measure: means of both sets and generated less composed, with 95 % intervals."""
        found = {}
        for name in MEASURES:
            made, real = _column(self.generated, name), _column(self.composed, name)
            found[name] = {
                "generated": mean_estimate(made, seed=seed),
                "composed": mean_estimate(real, seed=seed),
                "difference": difference(made, real, seed=seed),
            }
        return found

    def results(self, *, seed: int = 0) -> dict[str, Any]:
        """Plain values: every piece, every estimate."""
        return {
            "n_tokens": self.n_tokens,
            "estimates": {
                name: {kind: asdict(each) for kind, each in kinds.items()}
                for name, kinds in self.estimates(seed=seed).items()
            },
            "generated": [asdict(each) for each in self.generated],
            "composed": [asdict(each) for each in self.composed],
        }

    def table(self, *, seed: int = 0) -> str:
        """One line a measure."""
        rows: list[dict[str, Cell]] = [
            {
                "measure": MEASURES[name],
                **{
                    kind: f"{each.value:.2f} ({interval_text(each)})"
                    for kind, each in kinds.items()
                },
            }
            for name, kinds in self.estimates(seed=seed).items()
        ]
        return markdown_table(rows)


def compare_tokens(
    generated: Sequence[Codes], composed: Sequence[Codes], *, n_tokens: int | None = None
) -> TokenReport:
    """Measure two sets of pieces, all cut to one length: entropy and repeats grow with length.

    Args:
        generated: One row of tokens a piece.
        composed: Pieces that their model learned from, or that the prompts describe.
        n_tokens: The length; by default that of the shortest piece. Shorter pieces are left out.

    Raises:
        DataError: A set has no piece that is long enough.
    """
    lengths = [len(row) for row in [*generated, *composed]]
    size = min(lengths, default=0) if n_tokens is None else n_tokens
    if size <= LONG_GRAM:
        raise DataError(
            f"repeats of {LONG_GRAM} tokens need pieces of more tokens than that, "
            f"the common length is {size}: leave short pieces out"
        )
    kept = [
        tuple(variety_of(row[:size]) for row in rows if len(row) >= size)
        for rows in (generated, composed)
    ]
    if not kept[0] or not kept[1]:
        raise DataError(f"both sets need a piece of at least {size} tokens, one has none")
    return TokenReport(generated=kept[0], composed=kept[1], n_tokens=size)


def variety_of(tokens: Codes) -> Variety:
    """Measure one piece.

    Raises:
        DataError: Not a single row of more than 25 tokens.
    """
    if tokens.ndim != 1 or len(tokens) <= LONG_GRAM:
        raise DataError(
            f"expected one row of more than {LONG_GRAM} tokens, got shape {list(tokens.shape)}"
        )
    return Variety(
        repeated_short=repeated_share(tokens, SHORT_GRAM),
        repeated_long=repeated_share(tokens, LONG_GRAM),
        entropy_bits=entropy_bits(tokens),
        distinct=len(np.unique(tokens)),
        held=float((tokens[1:] == tokens[:-1]).mean()),
    )


def repeated_share(tokens: Codes, n: int) -> float:
    """Share of all runs of ``n`` tokens that have been there before in the piece.

    Raises:
        DataError: Fewer than ``n`` tokens, or ``n`` below 1.

    Example:
        >>> repeated_share(np.array([1, 2, 1, 2, 1]), 2)  # 12 21 12 21: two of four
        0.5
    """
    if n < 1 or len(tokens) < n:
        raise DataError(f"runs of {n} need at least as many tokens, got {len(tokens)}")
    runs = np.lib.stride_tricks.sliding_window_view(tokens, n)
    return 1.0 - len(np.unique(runs, axis=0)) / len(runs)


@torch.no_grad()
def tokens_of(
    tokenizer: SemanticTokenizer,
    clips: Sequence[Made | Waveform],
    *,
    say: str = "tokens",
    on_progress: Progress | None = None,
) -> list[Codes]:
    """Semantic tokens of audio, one row a clip: what composed and foreign audio is measured by.

    Generated pieces may be tokenized from their sound too, as is fair between models; the tokens
    that their stage wrote lie beside them (``Made.streams()["semantic"][0, 0]``).

    Args:
        tokenizer: The model's.
        clips: Of any rate.
        say: What progress calls them.
        on_progress: Told how far this is.

    Raises:
        ConfigError: The tokenizer was never fitted.
        ShapeError: A clip has no samples.
    """
    found: list[Codes] = []
    for clip in clips:
        waveform = clip.waveform() if isinstance(clip, Made) else clip
        samples = resample(waveform.samples, waveform.sample_rate, tokenizer.sample_rate).float()
        found.append(tokenizer.encode(samples[None])[0, 0].cpu().numpy().astype(np.int64))
        if on_progress:
            on_progress(say, len(found), len(clips))
    return found


def _column(found: Sequence[Variety], name: str) -> NDArray[np.float64]:
    return np.array([getattr(each, name) for each in found], dtype=np.float64)
