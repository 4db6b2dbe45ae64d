"""A song and an index in, what of the song stands in the index out: runs, near windows, a verdict.

Three questions, from strict to loose: does the song hold five seconds of tokens exactly as a piece
of the index has them; does it with one token in ten different, or ten seconds with three in ten;
does a window of ten seconds have nearly the same tokens as one of the training windows that MuLan
thinks nearest. Tokens are what the model's tokenizer hears: the harmony, the rhythm and somewhat
the sound, not the samples. So agreement is a reason to listen to both, and no agreement proves
nothing beyond the index.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.errors import ConfigError
from musiclm.evaluate.model.transport import entropy_bits, token_distances, transport_cost
from musiclm.evaluate.originality.hear import (
    RUN_SECONDS,
    WINDOW_SECONDS,
    Heard,
    Listeners,
    Tokens,
    hear,
    hear_late,
)
from musiclm.evaluate.originality.index import OriginalityIndex
from musiclm.evaluate.originality.runs import LOOSE_SLIPS, SLIPS, Run, RunFinder
from musiclm.evaluate.report import Cell, markdown_table, provenance
from musiclm.mulan.model import Mulan
from musiclm.tokens.timing import frames_to_seconds, seconds_to_frames

Verdict = Literal["copied", "nearly copied", "alike", "nothing found"]

LIMITS = (
    "Absence of a match says nothing about music outside the index, and nothing about what the "
    "tokens do not hold (words, melody in another key or tempo)."
)
"""What every report says."""

PLAIN_BITS = 2.0
"""Runs of less entropy are held notes or loops of few sounds, which agree without being copied."""

_SAYS: dict[Verdict, str] = {
    "copied": "five seconds or more stand in the index token by token: listen to both",
    "nearly copied": "five seconds or more stand in the index but for a tenth of tokens, or ten "
    "but for three tenths: listen to both",
    "alike": "a window has nearly the same tokens as a training window, not in the same order",
    "nothing found": "nothing in the index is as much like it as a copy would be",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A run of tokens that the song shares with a piece of the index."""

    piece: str
    song_seconds: float  # where it begins in the song
    piece_seconds: float  # where in the piece
    seconds: float
    n_tokens: int
    n_slips: int  # of them, those that differ
    entropy: float  # bits; a held note has none


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training window near a window of the song."""

    piece: str
    piece_seconds: float  # where the window begins in the piece
    cosine: float  # between MuLan embeddings, both decoded from tokens
    transport: float | None  # cost between the tokens; None where either is short of ten seconds


@dataclass(frozen=True, slots=True)
class Window:
    """Ten seconds of the song."""

    song_seconds: float
    exact: bool  # an exact run of five seconds begins in it
    nearest: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Originality:
    """What was found for one song."""

    song: str
    index: OriginalityIndex
    seconds: float
    verdict: Verdict
    exact: Match | None  # the longest run without slips
    slips: Match | None  # the longest of which a tenth may differ
    loose: Match | None  # the longest of which three tenths may differ
    windows: tuple[Window, ...]

    def results(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        config = self.index.config
        return {
            "format_version": 1,
            "made_with": provenance(),
            "song": self.song,
            "seconds": self.seconds,
            "verdict": self.verdict,
            "says": _SAYS[self.verdict],
            "limits": LIMITS,
            "longest_exact": None if self.exact is None else asdict(self.exact),
            "longest_with_slips": None if self.slips is None else asdict(self.slips),
            "longest_loose": None if self.loose is None else asdict(self.loose),
            "windows": [asdict(window) for window in self.windows],
            "thresholds": {
                "run_seconds": RUN_SECONDS,
                "share_of_slips": SLIPS,
                "loose_seconds": WINDOW_SECONDS,
                "share_of_loose_slips": LOOSE_SLIPS,
                "plain_bits": PLAIN_BITS,
                "calibration": config.calibration.model_dump(),
            },
            "index": {
                "pieces": len(config.pieces),
                "hours": config.seconds / 3600,
                "windows": len(self.index.starts),
                "source": config.source,
                "mulan": config.mulan,
                "tokenizer": config.tokenizer,
            },
        }

    def to_text(self) -> str:
        """For a reader: the verdict, the runs, the windows, what the thresholds are worth."""
        config = self.index.config
        known = config.calibration
        rows: list[dict[str, Cell]] = [
            {
                "from, s": window.song_seconds,
                "exact run": window.exact,
                "nearest piece": near.piece,
                "there from, s": near.piece_seconds,
                "cosine": near.cosine,
                "transport": near.transport,
            }
            for window in self.windows
            for near in window.nearest[:1]
        ]
        runs = [
            f"Longest {name}: {_said(match)}"
            for name, match in (
                ("exact run", self.exact),
                ("run of which a tenth may differ", self.slips),
                ("run of which three tenths may differ", self.loose),
            )
        ]
        worth = (
            f"Thresholds: runs of {RUN_SECONDS} s, loose ones of {WINDOW_SECONDS} s, and "
            f"{PLAIN_BITS:g} bits (of {known.n_pieces} pieces of the index {known.exact} share an "
            f"exact run of that length with another piece, {known.slips} one of which a tenth "
            f"differs, {known.loose} a loose one, whatever their bits); transport below "
            f"{known.transport:.3f} (undercut by at most 1 in 10,000, or none, of {known.n_pairs} "
            "pairs of unrelated windows; nearest windows are likelier to than those)."
        )
        about = (
            f"{self.seconds:.1f} s against {len(config.pieces)} pieces, "
            f"{config.seconds / 3600:.2f} hours, by exact search."
        )
        return "\n\n".join(
            [
                f"{self.song}: {self.verdict}: {_SAYS[self.verdict]}.",
                about,
                "\n".join(runs),
                markdown_table(rows, digits=3),
                worth,
                LIMITS,
            ]
        )


def check_song(
    song: Path,
    index: OriginalityIndex,
    listeners: Listeners,
    *,
    n_nearest: int = 3,
    source: str = "the index",
) -> Originality:
    """Look for what of a song stands in an index.

    Args:
        song: A sound file of at least five seconds, at any rate, with up to eight channels.
        index: What it is compared with.
        listeners: The model that made the index.
        n_nearest: Training windows that each window of the song is compared with.
        source: What messages call the index.

    Raises:
        AudioError: The song is missing, unreadable, not finite, silent or too short.
        ConfigError: ``n_nearest`` is below 1.
        StreamMismatchError: Other models made the index.
    """
    if n_nearest < 1:
        raise ConfigError(f"at least one nearest window must be wanted, got {n_nearest}")
    index.require(listeners, source=source)
    heard = hear(song, listeners)
    finder = index.finder()
    rate = listeners.tokenizer.stream.frame_rate
    n_run = seconds_to_frames(RUN_SECONDS, rate)
    late = hear_late(song, listeners.tokenizer)
    exact, slips, loose = (
        _longer(
            *(
                None if run is None else _match(run, tokens, index, float(rate))
                for tokens in (heard.semantic, late)
                for run in [seek(tokens)]
            )
        )
        for seek in (
            finder.longest_exact,
            finder.longest_with_slips,
            lambda tokens: finder.longest_with_slips(tokens, LOOSE_SLIPS),
        )
    )
    n_window = seconds_to_frames(WINDOW_SECONDS, rate)
    windows = _windows(heard, index, listeners, finder, n_nearest)
    return Originality(
        song=song.name,
        index=index,
        seconds=heard.seconds,
        verdict=_verdict(
            ((exact, n_run), (slips, n_run), (loose, n_window)),
            windows,
            index.config.calibration.transport,
        ),
        exact=exact,
        slips=slips,
        loose=loose,
        windows=windows,
    )


def _verdict(
    runs: Sequence[tuple[Match | None, int]], windows: tuple[Window, ...], threshold: float
) -> Verdict:
    """The strictest that holds, of the exact run, those with slips, and the windows."""
    enough = [
        run is not None and run.n_tokens >= least and run.entropy >= PLAIN_BITS
        for run, least in runs
    ]
    if any(enough):
        return "copied" if enough[0] else "nearly copied"
    costs = [near.transport for window in windows for near in window.nearest]
    return "alike" if any(c is not None and c < threshold for c in costs) else "nothing found"


@torch.inference_mode()
def _windows(
    heard: Heard, index: OriginalityIndex, listeners: Listeners, finder: RunFinder, n: int
) -> tuple[Window, ...]:
    """The nearest training windows of each window of the song."""
    rate = listeners.tokenizer.stream.frame_rate
    n_window = seconds_to_frames(WINDOW_SECONDS, rate)
    begins = finder.exact_of(heard.semantic, seconds_to_frames(RUN_SECONDS, rate))
    distances = token_distances(listeners.tokenizer.centroids.double().cpu().numpy())
    table = _points(listeners.mulan, index.mulan)
    own = _points(listeners.mulan, heard.mulan)
    found = []
    for point, first in zip(own, heard.starts.tolist(), strict=True):
        cosines, places = (table @ point).topk(min(n, len(table)))
        here = heard.semantic[first : first + n_window]
        nearest = []
        for cosine, place in zip(cosines.tolist(), places.tolist(), strict=True):
            piece, there = index.window_tokens(place, n_window)
            cost = None
            if len(here) == len(there) == n_window:
                cost = transport_cost(here.astype(np.int64), there.astype(np.int64), distances)
            begin = frames_to_seconds(int(index.starts[place]), rate)
            nearest.append(Neighbour(index.config.pieces[piece], begin, cosine, cost))
        # Windows with the same MuLan tokens are equally near: the likest tokens come first.
        nearest.sort(
            key=lambda near: (
                -round(near.cosine, 6),
                math.inf if near.transport is None else near.transport,
            )
        )
        exact = bool(((begins >= first) & (begins < first + n_window)).any())
        found.append(Window(frames_to_seconds(first, rate), exact, tuple(nearest)))
    return tuple(found)


def _points(mulan: Mulan, tokens: Tokens) -> Float[Tensor, "W D"]:
    """Unit vectors around the mean of all audio, decoded from tokens."""
    codes = torch.from_numpy(tokens.astype(np.int64)).to(mulan.device)
    decoded = mulan.quantizer.decode(codes.unsqueeze(-1)).squeeze(-1)
    points: Tensor = torch.nn.functional.normalize(decoded.float(), dim=1).cpu()
    return points


def _longer(one: Match | None, other: Match | None) -> Match | None:
    if one is None or other is None:
        return one or other
    return other if other.n_tokens > one.n_tokens else one


def _match(run: Run, song: Tokens, index: OriginalityIndex, rate: float) -> Match:
    piece, first = index.owner(run.place)
    shared = song[run.song : run.song + run.n_tokens]
    return Match(
        piece=index.config.pieces[piece],
        song_seconds=run.song / rate,
        piece_seconds=first / rate,
        seconds=run.n_tokens / rate,
        n_tokens=run.n_tokens,
        n_slips=run.n_slips,
        entropy=entropy_bits(shared.astype(np.int64)),
    )


def _said(match: Match | None) -> str:
    if match is None:
        return "none."
    return (
        f"{match.n_tokens} tokens ({match.seconds:.2f} s, {match.n_slips} of them differ, "
        f"{match.entropy:.1f} bits) from {match.song_seconds:.2f} s, in {match.piece} from "
        f"{match.piece_seconds:.2f} s."
    )
