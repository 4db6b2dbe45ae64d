"""A score in, what a listener could say about it out: the ground truth behind every caption.

Captions quote these facts and evaluation checks generated audio against them, so each is a
statement about what sounds, counted from the notes, not about what the composer meant. Choosing
words is the business of ``captions/``.
"""

from typing import Literal

from musiclm.config import Frozen
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Part, Score

TempoClass = Literal["slow", "medium", "fast"]
Dynamics = Literal["soft", "steady", "loud", "growing", "fading"]

SLOW_BELOW_BPM = 90
FAST_FROM_BPM = 126


class SectionFacts(Frozen):
    """When a section sounds."""

    name: str
    start_seconds: float
    seconds: float


class Facts(Frozen):
    """What is true of a piece."""

    style: str
    mood: str
    tempo_bpm: int
    """Felt beats per minute, rounded."""
    tempo_class: TempoClass
    key: str
    mode: str
    metre: str
    """As written on paper, such as ``4/4``."""
    drums: bool
    """Drums or percussion sound in at least half of all bars."""
    instruments: list[str]
    """Instrument keys, the most prominent first, without repeats."""
    lead: str
    """Instrument key of the melody, or of the most prominent part where there is none."""
    lead_family: str
    dynamics: Dynamics
    sections: list[SectionFacts]
    seconds: float


def tempo_class(bpm: float) -> TempoClass:
    """Slow, medium or fast.

    Example:
        >>> tempo_class(89), tempo_class(90), tempo_class(126)
        ('slow', 'medium', 'fast')
    """
    if bpm < SLOW_BELOW_BPM:
        return "slow"
    return "medium" if bpm < FAST_FROM_BPM else "fast"


def facts_of(score: Score) -> Facts:
    """Count the facts of ``score`` from its notes, sections and tempo."""
    pitched = [part for part in score.parts if not part.is_drums and part.notes]
    lead = lead_part(score)
    pitched.sort(key=lambda part: (part is not lead, -_prominence(part)))
    drums = has_drums(score)
    named = [part.instrument for part in pitched]
    named += [part.instrument for part in score.parts if part.is_drums and part.notes and drums]
    return Facts(
        style=score.style,
        mood=score.mood,
        tempo_bpm=round(score.tempo_bpm),
        tempo_class=tempo_class(round(score.tempo_bpm)),
        key=score.key,
        mode=score.mode,
        metre=f"{score.metre[0]}/{score.metre[1]}",
        drums=drums,
        instruments=list(dict.fromkeys(named)),
        lead=lead.instrument,
        lead_family=INSTRUMENTS[lead.instrument].family,
        dynamics=_dynamics(score),
        sections=_sections(score),
        seconds=round(score.seconds(), 3),
    )


def has_drums(score: Score) -> bool:
    """Whether drums or percussion sound in at least half of all bars."""
    bars = {
        int(note.start // score.beats_per_bar)
        for part in score.parts
        if part.is_drums
        for note in part.notes
    }
    return 2 * len(bars) >= score.n_bars


def lead_part(score: Score) -> Part:
    """The part that carries the melody: role ``lead``, or else the most prominent pitched part."""
    sounding = [part for part in score.parts if part.notes]
    leads = [part for part in sounding if part.role == "lead"]
    pitched = [part for part in sounding if not part.is_drums and part.role != "bass"]
    return max(leads or pitched or sounding, key=_prominence)


def _prominence(part: Part) -> float:
    """How much of a part one hears: sounding beats weighted by level (a rough ranking only)."""
    weight = 10 ** (part.gain_db / 20)
    return sum(note.duration * note.velocity for note in part.notes) * weight


def _dynamics(score: Score) -> Dynamics:
    """How loud, or where loudness goes: means of the thirds of the piece by section intensity."""
    levels = [section.intensity for section in score.sections for _ in range(section.n_bars)]
    third = max(1, len(levels) // 3)
    first = sum(levels[:third]) / third
    last = sum(levels[-third:]) / third
    mean = sum(levels) / len(levels)
    if last - first > 0.22:
        return "growing"
    if first - last > 0.22:
        return "fading"
    if mean < 0.42:
        return "soft"
    return "loud" if mean > 0.72 else "steady"


def _sections(score: Score) -> list[SectionFacts]:
    """Sections in seconds; the last one holds whatever rings on."""
    facts = []
    for index, section in enumerate(score.sections):
        start = score.beat_to_seconds(section.start_bar * score.beats_per_bar)
        end = (
            score.beat_to_seconds((section.start_bar + section.n_bars) * score.beats_per_bar)
            if index + 1 < len(score.sections)
            else score.seconds()
        )
        facts.append(
            SectionFacts(
                name=section.name,
                start_seconds=round(start, 3),
                seconds=round(end - start, 3),
            )
        )
    return facts
