"""A score in, what a listener could say about it out: the ground truth behind every caption.

Captions quote these facts and evaluation checks generated audio against them, so each is a
statement about what sounds, counted from the notes, not about what the composer meant. Choosing
words is the business of ``captions/``.
"""

from typing import Literal, cast

from pydantic import Field

from musiclm.config import Frozen
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part, Score, Section
from musiclm.corpus.styles import FAMILIES

TempoClass = Literal["slow", "medium", "fast"]
Dynamics = Literal["soft", "steady", "loud", "growing", "fading"]
Density = Literal["sparse", "moderate", "busy"]
Ending = Literal["ring", "cold", "fade"]

SLOW_BELOW_BPM = 90
FAST_FROM_BPM = 126
SPARSE_BELOW_ONSETS = 3.5  # a second, notes struck together counted once
BUSY_FROM_ONSETS = 7.5
SWING_FROM = 0.3

ABSENTEES: dict[str, tuple[str, ...]] = {
    "drums": ("drums",),
    "bass": ("bass",),
    "strings": ("strings",),
    "brass": ("brass",),
    "guitar": ("guitar",),
    "piano": ("piano",),
    "synths": ("synth_lead", "synth_pad"),
    "choir": ("choir",),
}
"""What can be said to be missing, and the families of instruments that would disprove it."""
_SYNTHETIC = ("synth", "pad", "saw", "chip", "acid", "reese", "wobble", "sub_bass", "fm_")


class SectionFacts(Frozen):
    """When a section sounds."""

    name: str
    start_seconds: float
    seconds: float
    intensity: float = 0.5
    """0 barely there .. 1 everything plays."""
    key: str = ""
    mode: str = ""
    instruments: list[str] = Field(default_factory=list)
    """Instrument keys that sound in it, in the order of the piece."""
    drums: bool = False


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
    scene: str = ""
    """Key of ``SCENES``, or empty for music for no scene in particular."""
    family: str = ""
    """Family of the style, such as ``jazz_blues``."""
    roles: dict[str, str] = Field(default_factory=dict)
    """Instrument key -> what it does: lead, chords, bass, ..."""
    form: list[str] = Field(default_factory=list)
    """Names of the sections in order."""
    production: str = "natural"
    """The treatment of the sound, a key of ``mix.TREATMENTS``."""
    density: Density = "moderate"
    swing: bool = False
    modulates: bool = False
    """Whether sections differ in key or mode."""
    ending: Ending = "ring"
    absent: list[str] = Field(default_factory=list)
    """Keys of ``ABSENTEES`` that never sound."""
    valence: float = 0.0
    """-1 sad .. 1 glad; like the following three that of the mood."""
    arousal: float = 0.0
    tension: float = 0.0
    warmth: float = 0.0


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
    kits = [part for part in score.parts if part.is_drums and part.notes and drums]
    named += [part.instrument for part in kits]
    mood = MOODS.get(score.mood)
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
        scene=score.scene,
        family=next(
            (name for name, styles in FAMILIES.items() if score.style in {s.name for s in styles}),
            "",
        ),
        # Prominent parts come first, and the first role of an instrument is what one hears.
        roles={part.instrument: part.role for part in reversed([*pitched, *kits])},
        form=[section.name for section in score.sections],
        production=score.treatment,
        density=_density(score),
        swing=score.swing >= SWING_FROM,
        modulates=len({_key_of(score, section) for section in score.sections}) > 1,
        ending=cast("Ending", score.ending),
        absent=_absent(score),
        valence=mood.valence if mood else 0.0,
        arousal=mood.arousal if mood else 0.0,
        tension=mood.tension if mood else 0.0,
        warmth=mood.warmth if mood else 0.0,
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


def _key_of(score: Score, section: Section) -> tuple[str, str]:
    return section.key or score.key, section.mode or score.mode


def _density(score: Score) -> Density:
    """How many moments a second at which something is struck."""
    # Twenty bins a second: a strum is one stroke.
    bins = 20 * 60 / score.tempo_bpm
    onsets = {round(note.start * bins) for part in score.parts for note in part.notes}
    rate = len(onsets) / max(1.0, score.seconds())
    if rate < SPARSE_BELOW_ONSETS:
        return "sparse"
    return "busy" if rate >= BUSY_FROM_ONSETS else "moderate"


def _absent(score: Score) -> list[str]:
    """What never sounds: a negation must hold for every part, however quiet."""
    sounding = [part.instrument for part in score.parts if part.notes]
    families = {INSTRUMENTS[key].family for key in sounding}
    roles = {part.role for part in score.parts if part.notes}
    missing = [name for name, disproof in ABSENTEES.items() if not families & set(disproof)]
    if "bass" in roles and "bass" in missing:
        missing.remove("bass")
    if "synths" in missing and any(mark in key for key in sounding for mark in _SYNTHETIC):
        missing.remove("synths")
    return missing


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
    beats = score.beats_per_bar
    for index, section in enumerate(score.sections):
        first, after = section.start_bar * beats, (section.start_bar + section.n_bars) * beats
        start = score.beat_to_seconds(first)
        last = index + 1 == len(score.sections)
        end = score.seconds() if last else score.beat_to_seconds(after)
        key, mode = _key_of(score, section)
        sounding = [part for part in score.parts if _sounds(part.notes, first, after)]
        facts.append(
            SectionFacts(
                name=section.name,
                start_seconds=round(start, 3),
                seconds=round(end - start, 3),
                intensity=round(section.intensity, 3),
                key=key,
                mode=mode,
                instruments=list(dict.fromkeys(part.instrument for part in sounding)),
                drums=any(_drums_in(part, first, after, beats) for part in sounding),
            )
        )
    return facts


def _sounds(notes: tuple[Note, ...], first: float, after: float) -> bool:
    """Whether notes begin in a stretch of beats, and not only as a pick-up to the next."""
    return any(first - 0.1 <= note.start < after - 0.6 for note in notes)


def _drums_in(part: Part, first: float, after: float, beats: int) -> bool:
    """Whether a kit plays in at least half of the bars of a stretch."""
    if not part.is_drums:
        return False
    bars = {int(n.start // beats) for n in part.notes if first - 0.1 <= n.start < after - 0.1}
    return 2 * len(bars) >= (after - first) / beats
