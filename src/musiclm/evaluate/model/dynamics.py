"""A clip in, how loud it is second by second out; and whether loudness goes where it was wanted.

"Building up" or "dying away" is a statement about a course, not about a level, so loudness is
compared by rank: a crescendo is right however loud it begins. The wanted course comes from the
words of a prompt (``named_course``) or from the intensity of planned sections
(``course_of_sections``). What this does not do: read "quiet" or "loud", which no course shows once
music has been brought to one level, and read negations ("no crescendo").
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from musiclm.audio.loudness import integrated_loudness
from musiclm.audio.waveform import Waveform
from musiclm.corpus.facts import SectionFacts
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.cycle import agreement_row
from musiclm.evaluate.model.scores import Row

Array = NDArray[np.float64]
Direction = Literal["growing", "fading"]

WINDOW_SECONDS = 3.0
"""Short-term loudness of EBU Tech 3341."""
HOP_SECONDS = 1.0
SILENCE_LUFS = -70.0
RAMPS: dict[Direction, tuple[float, ...]] = {"growing": (0.0, 1.0), "fading": (1.0, 0.0)}
"""What the words ask for: any even rise or fall."""

_FEWEST_WINDOWS = 4  # With three ranks, one order in six is a crescendo.
_RANGE_GATE_LU = -20.0  # below the mean: EBU Tech 3342 leaves out what is quieter
_STEP_SECONDS = 0.25  # of the course of sections

# In English, French, Spanish, German, Italian and Portuguese.
_WORDS: dict[Direction, re.Pattern[str]] = {
    "growing": re.compile(
        r"\bcrescendo|\bbuil(d|ds|ding)[ -]?up|louder|growing in intensity|keeps growing"
        r"|intensity rises|swells? up"
        r"|montée en puissance|de plus en plus fort|intensité monte|ça monte|puis grandit"
        r"|\bcreciendo|cada vez más fuerte|intensidad crece|va a más|sube hasta"
        r"|immer lauter|steiger|intensität steigt|fängt leise an|geht es bergauf"
        r"|\bcresce\b|sempre più forte|sale fino"
        r"|cada vez mais forte|intensidade cresce|sobe até",
        re.IGNORECASE,
    ),
    "fading": re.compile(
        r"\b(de|di)[mc]\w*endo\b|\bfad(es|ing) (out|away)|\bfade[ -]?out|quieter|winding down"
        r"|d(ies|ying) away|calms down"
        r"|de plus en plus doux|retombe|s'éteint|plus doucement qu"
        r"|apagando|se apaga|cada vez más (flojo|suave)|intensidad baja|más suave que"
        r"|immer leiser|verkling|abebb|intensität lässt|endet leiser"
        r"|sempre più piano|si spegne|intensità cala|finisce più piano"
        r"|cada vez mais (baixo|suave)|sumindo|intensidade cai|mais baixo do que",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a clip is over its time."""

    curve_lufs: Array  # [windows] of 3 s, one a second; -70 where it is silent
    range_lu: float  # from the 10th to the 95th percentile of what is not far below the mean
    slope_lu_per_minute: float  # positive: crescendo

    @property
    def rise(self) -> float:
        """Rank correlation of loudness with time, -1 (only quieter) to 1 (only louder)."""
        return rank_correlation(self.curve_lufs, np.arange(len(self.curve_lufs), dtype=np.float64))


def loudness_of(waveform: Waveform) -> Loudness:
    """The loudness of windows of three seconds, one a second.

    Each window is measured as a whole sound is (ITU-R BS.1770 with its gates), so that rests within
    three seconds do not count.

    Raises:
        AudioError: Shorter than four windows, six seconds.
    """
    n_windows = math.floor((waveform.seconds - WINDOW_SECONDS) / HOP_SECONDS + 1e-6) + 1
    if n_windows < _FEWEST_WINDOWS:
        shortest = WINDOW_SECONDS + (_FEWEST_WINDOWS - 1) * HOP_SECONDS
        raise AudioError(
            f"a course of loudness needs at least {shortest:.0f} s of sound, got "
            f"{waveform.seconds:.1f} s"
        )
    starts = np.arange(n_windows) * HOP_SECONDS
    curve = np.array(
        [
            max(
                SILENCE_LUFS,
                integrated_loudness(waveform.slice(float(start), float(start) + WINDOW_SECONDS)),
            )
            for start in starts
        ]
    )
    return Loudness(
        curve_lufs=curve,
        range_lu=_range(curve),
        slope_lu_per_minute=60.0 * float(np.polyfit(starts, curve, 1)[0]),
    )


def loudness_of_all(
    clips: Sequence[Made | Waveform], *, say: str, on_progress: Progress | None = None
) -> list[Loudness]:
    """Measure clips one by one.

    Raises:
        AudioError: A clip is shorter than six seconds.
    """
    found: list[Loudness] = []
    for clip in clips:
        found.append(loudness_of(clip.waveform() if isinstance(clip, Made) else clip))
        if on_progress:
            on_progress(say, len(found), len(clips))
    return found


def named_course(text: str) -> Direction | None:
    """The course of loudness that a prompt names; ``None`` where it names none, or both.

    Example:
        >>> named_course("a solo piano, decrescendo"), named_course("immer lauter werdend")
        ('fading', 'growing')
    """
    named = [direction for direction, words in _WORDS.items() if words.search(text)]
    return named[0] if len(named) == 1 else None


def course_of_sections(sections: Sequence[SectionFacts]) -> Array:
    """The intensity that a plan wants, four values a second, from its first section to its last.

    Raises:
        DataError: No section.
    """
    if not sections:
        raise DataError("a course needs at least one section, got none")
    counts = [max(1, round(section.seconds / _STEP_SECONDS)) for section in sections]
    course: Array = np.repeat([section.intensity for section in sections], counts).astype(float)
    return course


def follows(heard: Loudness, wanted: Sequence[float] | Array) -> float:
    """How well loudness follows a course: Spearman's rank correlation, -1 to 1.

    The course may have any number of values; it is stretched over the clip. What does not move, on
    either side, follows nothing: 0.

    Args:
        heard: Of the clip.
        wanted: Values of any unit, evenly spaced in time, at least two.

    Raises:
        DataError: Fewer than two values.
    """
    if len(wanted) < 2:
        raise DataError(f"a course needs at least two values, got {len(wanted)}")
    # A window says most of its middle; all lie between the ends of the clip.
    n_windows = len(heard.curve_lufs)
    seconds = WINDOW_SECONDS + (n_windows - 1) * HOP_SECONDS
    middles = (WINDOW_SECONDS / 2 + np.arange(n_windows) * HOP_SECONDS) / seconds
    course = np.interp(middles, np.linspace(0.0, 1.0, len(wanted)), np.asarray(wanted, float))
    return rank_correlation(heard.curve_lufs, course)


def dynamics_row(
    measure: str,
    wanted: Sequence[Sequence[float] | Array | None],
    heard: Sequence[Loudness],
    *,
    real: Sequence[Loudness] | None = None,
    seed: int = 0,
) -> Row | None:
    """Mean rank correlation with the wanted course, over the clips whose prompts name one.

    Args:
        measure: Name of the row.
        wanted: A course a clip, such as ``RAMPS["growing"]``; ``None`` where none is asked for.
        heard: One a clip.
        real: Of real audio of the same facts.
        seed: Of resamples and shufflings.

    Returns:
        ``None`` if no prompt names a course. Where all name the same one, shuffling changes
        nothing and chance is the value itself.

    Raises:
        DataError: Not one answer for each wish.
    """
    if len(wanted) != len(heard) or (real is not None and len(real) != len(wanted)):
        raise DataError(f"expected one loudness for each of {len(wanted)} wishes")
    places = [index for index, wish in enumerate(wanted) if wish is not None]
    courses = [wish for wish in wanted if wish is not None]
    if not courses:
        return None
    table = np.array([[follows(heard[place], wish) for wish in courses] for place in places])
    ceiling = None
    if real is not None:
        ceiling = np.array(
            [follows(real[place], wish) for place, wish in zip(places, courses, strict=True)]
        )
    return agreement_row(measure, table, ceiling=ceiling, seed=seed)


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's; 0 where one side does not move.

    Example:
        >>> round(rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.0, 5.0, 6.0])), 6)
        1.0
    """
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (one, other)]
    size = math.sqrt(float(ranks[0] @ ranks[0]) * float(ranks[1] @ ranks[1]))
    return float(ranks[0] @ ranks[1]) / size if size else 0.0


def _range(curve: Array) -> float:
    """Loudness range (EBU Tech 3342) from windows that lie a second apart."""
    sounding = curve[curve > SILENCE_LUFS]
    if not len(sounding):
        return 0.0
    mean = 10 * math.log10(float(np.mean(10 ** (sounding / 10))))
    low, high = np.percentile(sounding[sounding > mean + _RANGE_GATE_LU], [10, 95])
    return float(high - low)
