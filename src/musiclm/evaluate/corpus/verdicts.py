"""Measured pieces in, one line a measure out: value, threshold, and whether it holds.

The thresholds are those of the corpus's specification; the few that it leaves open are argued
for where they are set.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from musiclm.evaluate.corpus.neighbours import RUN_NOTES, Nearest
from musiclm.evaluate.corpus.piece import HAS_A_BEAT, NO_KEY, Measured, Written
from musiclm.evaluate.corpus.style_classifier import CLIP_SECONDS, StylesApart

LOUDNESS_LUFS = -16.0
LOUDNESS_SPREAD = 1.5
LONGEST_SILENCE_SECONDS = 2.0
PLANED = ("impressionism", "horror")
"""Classical styles that move chords and clusters in parallel on purpose."""
RELATED = ("exact", "relative", "parallel", "fifth")

MELODY_FIT = 0.90
FIFTHS = 0.02
# Chords moved as blocks move by their roots, about four semitones; voices that keep common tones
# and step elsewhere move by no more than a whole tone on average.
VOICE_MOTION = 2.0
# Half way between chance and certainty, and a little more: forms vary their repeats.
FORM = 0.80
TEMPO = 0.95
KEY_EXACT, KEY_RELATED = 0.80, 0.95
STYLES = 0.85
SHARED_RUNS = 0.60
# Sixty times real time on two cores.
TIMES_REAL_TIME = 30.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure of the corpus."""

    measure: str
    value: float | None  # None: there was nothing to measure
    bound: float | None  # None: only told, not judged
    at_least: bool  # whether the bound is a least or a most
    detail: str

    @property
    def holds(self) -> bool | None:
        """Whether the value is within the bound; ``None`` where nothing is judged."""
        if self.value is None or self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def verdicts_of(
    pieces: Sequence[Measured], apart: StylesApart | None, nearest: Nearest | None
) -> list[Verdict]:
    """Judge everything measured."""
    return [
        *_of_notes([piece.written for piece in pieces]),
        *_of_beat_and_key(pieces),
        *_of_sound(pieces),
        *_of_many(apart, nearest),
        _speed(pieces),
    ]


def fifths_counted(written: Written) -> bool:
    """Whether parallel fifths are a fault in this style."""
    return written.family == "classical" and written.style not in PLANED


def ratio(parts: Iterable[float], wholes: Iterable[float]) -> float | None:
    """Sum over sum; ``None`` over nothing."""
    whole = sum(wholes)
    return sum(parts) / whole if whole else None


def share(pieces: Sequence[Measured], holds: Callable[[Measured], bool]) -> float | None:
    """Share of pieces for which something holds."""
    return sum(map(holds, pieces)) / len(pieces) if pieces else None


def _of_notes(pieces: Sequence[Written]) -> list[Verdict]:
    strict = [piece.parallels for piece in pieces if fifths_counted(piece)]
    chance = ratio([p.fit.chance * p.fit.n_notes for p in pieces], [p.fit.n_notes for p in pieces])
    octaves = ratio([p.n_octaves for p in strict], [p.n_moves for p in strict])
    all_moves = ratio([p.n_fifths for p in strict], [p.n_all_moves for p in strict])
    roots = ratio([p.root_motion for p in pieces], [p.n_changes for p in pieces])
    faults = sum(len(piece.out_of_range) for piece in pieces)
    return [
        Verdict(
            "melody notes in the sounding chord or scale",
            ratio([p.fit.n_fit for p in pieces], [p.fit.n_notes for p in pieces]),
            MELODY_FIT,
            True,
            f"{sum(p.fit.n_notes for p in pieces)} notes; random ones: {_number(chance)}",
        ),
        Verdict(
            "parallel fifths, classical family",
            ratio([p.n_fifths for p in strict], [p.n_moves for p in strict]),
            FIFTHS,
            False,
            f"of {sum(p.n_moves for p in strict)} moves of two voices in one direction"
            f" (of moves in any direction {_number(all_moves)}; octaves {_number(octaves)});"
            f" without {' and '.join(PLANED)}, which move in parallel on purpose",
        ),
        Verdict(
            "voice motion at a change of chord, semitones",
            ratio([p.voice_motion for p in pieces], [p.n_voices for p in pieces]),
            VOICE_MOTION,
            False,
            f"chord and pad parts; their roots move by {_number(roots)}",
        ),
        Verdict(
            "notes out of range",
            float(faults),
            0.0,
            False,
            ", ".join(sorted({fault for p in pieces for fault in p.out_of_range})[:5]) or "none",
        ),
    ]


def _of_beat_and_key(pieces: Sequence[Measured]) -> list[Verdict]:
    forms = [piece.heard.form for piece in pieces if piece.heard.form is not None]
    beating = [piece for piece in pieces if piece.has_beat]
    keyed = [piece for piece in pieces if piece.heard.key_relation is not None]
    same = share(beating, lambda piece: piece.heard.tempo_factor == "1")
    return [
        Verdict(
            "form heard: same sections more alike than different ones (AUC)",
            fmean(forms) if forms else None,
            FORM,
            True,
            f"{len(forms)} pieces in which a section comes back; chance 0.50",
        ),
        Verdict(
            "tempo heard within 2 %, octave aside",
            share(beating, lambda piece: piece.heard.tempo_factor is not None),
            TEMPO,
            True,
            f"{len(beating)} pieces with notes on {HAS_A_BEAT:.0%} of their beats;"
            f" the very tempo in {_number(same)}",
        ),
        Verdict(
            "key heard, exact",
            share(keyed, lambda piece: piece.heard.key_relation == "exact"),
            KEY_EXACT,
            True,
            f"{len(keyed)} pieces; not asked of {', '.join(NO_KEY)} and of symmetric scales",
        ),
        Verdict(
            "key heard, exact or related",
            share(keyed, lambda piece: piece.heard.key_relation in RELATED),
            KEY_RELATED,
            True,
            "relative, parallel, or a fifth away",
        ),
    ]


def _of_sound(pieces: Sequence[Measured]) -> list[Verdict]:
    sounds = [piece.heard.sound for piece in pieces]
    loudness = [sound.loudness_lufs for sound in sounds]
    silence = max((sound.longest_silence_seconds for sound in sounds), default=0.0)
    return [
        Verdict(
            f"pieces outside {LOUDNESS_LUFS:.0f} +- {LOUDNESS_SPREAD} LUFS",
            float(sum(abs(lufs - LOUDNESS_LUFS) > LOUDNESS_SPREAD for lufs in loudness)),
            0.0,
            False,
            f"from {min(loudness):.1f} to {max(loudness):.1f} LUFS" if loudness else "",
        ),
        Verdict(
            f"silences longer than {LONGEST_SILENCE_SECONDS:.0f} s inside a piece",
            float(sum(sound.longest_silence_seconds > LONGEST_SILENCE_SECONDS for sound in sounds)),
            0.0,
            False,
            f"the longest {silence:.1f} s",
        ),
        Verdict(
            "clipped samples",
            float(sum(sound.n_clipped for sound in sounds)),
            0.0,
            False,
            f"highest peak {max((sound.peak for sound in sounds), default=0.0):.3f}",
        ),
    ]


def _of_many(apart: StylesApart | None, nearest: Nearest | None) -> list[Verdict]:
    found = []
    if apart:
        found.append(
            Verdict(
                f"styles told apart, clips of {CLIP_SECONDS:.0f} s of unseen pieces",
                apart.accuracy,
                STYLES,
                True,
                f"{len(apart.styles)} styles, {apart.n_clips} clips of {apart.n_pieces} pieces;"
                f" chance {1 / len(apart.styles):.3f}; by vote of a piece's clips"
                f" {apart.piece_accuracy:.3f}",
            )
        )
    if nearest:
        found.append(
            Verdict(
                f"melody in common, runs of {RUN_NOTES} notes, nearest pair",
                nearest.share,
                SHARED_RUNS,
                False,
                f"of {nearest.n_pieces} pieces with tunes",
            )
        )
    return found


def _speed(pieces: Sequence[Measured]) -> Verdict:
    music = [piece.heard.sound.seconds for piece in pieces]
    took = [piece.written.compose_seconds + piece.heard.render_seconds for piece in pieces]
    composing = ratio(music, [piece.written.compose_seconds for piece in pieces])
    rendering = ratio(music, [piece.heard.render_seconds for piece in pieces])
    return Verdict(
        "composing and rendering, times real time per core",
        ratio(music, took),
        TIMES_REAL_TIME,
        True,
        f"{sum(music) / 3600:.1f} hours of music; composing {_number(composing, 0)},"
        f" rendering {_number(rendering, 0)}; processor time, files not written",
    )


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
