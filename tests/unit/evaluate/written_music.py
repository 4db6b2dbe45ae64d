"""Small scores written by hand, so that a test knows what is right and what is wrong in them."""

from collections.abc import Sequence

from musiclm.corpus.score import ChordSpan, Note, Part, Score, Section

C_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def line(pitches: Sequence[int], *, beats: float = 1.0, start: float = 0.0) -> tuple[Note, ...]:
    """One note after the other."""
    return tuple(
        Note(start + index * beats, 0.95 * beats, pitch, 90) for index, pitch in enumerate(pitches)
    )


def score_of(
    *parts: Part,
    n_bars: int = 4,
    chords: tuple[ChordSpan, ...] = (),
    sections: tuple[Section, ...] = (),
    tempo: float = 120.0,
    style: str = "string quartet",
    key: str = "C",
    mode: str = "major",
) -> Score:
    """A piece in 4/4."""
    return Score(
        title="written by hand",
        style=style,
        mood="calm",
        tempo_bpm=tempo,
        tempo_curve=((0.0, tempo),),
        key=key,
        mode=mode,
        metre=(4, 4),
        swing=0.0,
        parts=parts,
        sections=sections or (Section("a", 0, n_bars, 0.6),),
        seed=1,
        chords=chords,
    )


def chord_of(start: float, beats: float, *pitch_classes: int) -> ChordSpan:
    """A chord of C major."""
    return ChordSpan(start, beats, "", pitch_classes[0], pitch_classes, C_MAJOR)
