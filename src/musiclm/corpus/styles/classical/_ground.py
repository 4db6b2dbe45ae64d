"""The ground plan of a piece with one tune: its bass, tune and inner voices, for an orchestrator.

Written once for the whole piece and against each other, so that whoever plays which voice, in
whatever rhythm, the parts do not run in consecutive fifths or octaves (doublings aside).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from musiclm.corpus.craft.blocks import Bar
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.styles.classical._stage import stream
from musiclm.corpus.styles.classical._themes import Idiom, Tunesmith, ending
from musiclm.corpus.styles.classical._voices import Rules, Tone, bass_line, inner_voices


@dataclass(frozen=True, slots=True)
class Ground:
    """All that is composed before it is orchestrated."""

    bass: list[Tone]
    tune: list[Tone]
    inner: list[list[Tone]]  # from the top


def lay_ground(
    brief: Brief,
    idiom: Idiom,
    *,
    bass: tuple[int, int] = (36, 55),
    inner: Sequence[tuple[int, int]] = ((58, 74), (52, 67)),
    shift: int = 0,
) -> Ground:
    """Compose bass, tune and inner voices.

    Args:
        brief: The piece.
        idiom: How its tunes move; the mood moves their register and density.
        bass: Range of the bass.
        inner: Ranges of the voices between, from the top.
        shift: Semitones that the tune's register moves.
    """
    up = max(-3, min(3, brief.mood.register)) + shift
    rules = replace(idiom.rules, low=idiom.rules.low + up, high=idiom.rules.high + up)
    idiom = replace(idiom, rules=rules)
    bars = brief.bars
    low = bass_line(bars, Rules(*bass, bass=True, pull=0.12), rng=stream(brief, "bass"))
    smith = Tunesmith(
        idiom, brief.metre, 60 / brief.tempo, 0.8 * brief.mood.density, stream(brief, "tune")
    )
    tune = smith.sing(bars, [low])
    tune += ending(bars, tune, rules)
    voices = inner_voices(bars, inner, [low, tune], rng=stream(brief, "inner"))
    return Ground(low, tune, voices)


def during(line: Sequence[Tone], bars: Sequence[Bar]) -> list[Tone]:
    """The tones that begin in ``bars``."""
    numbers = {bar.number for bar in bars}
    beats = bars[0].beats if bars else 1
    return [tone for tone in line if int((tone.start + 0.02) // beats) in numbers]
