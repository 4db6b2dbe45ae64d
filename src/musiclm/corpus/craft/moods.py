"""Moods as data: where each lies on four axes, and how that bends mode, tempo, notes and sound.

The axes follow the psychology of music: how pleasant (valence), how awake (arousal), how uneasy
(tension) and how close to the body (warmth), each -1..1. What a composer does with a mood follows
from the axes by one set of rules, so that moods that feel alike are composed alike; the few
numbers that are set by hand say what the rules cannot know.
"""

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Mood:
    """One mood; every number but the axes is a shift from the resting place of a style."""

    valence: float  # -1 sad, bitter .. 1 glad
    arousal: float  # -1 asleep .. 1 frantic
    tension: float  # -1 released .. 1 unbearable
    warmth: float  # -1 cold, distant .. 1 close, tender
    minor: float  # factor on the weight of minor-like modes; major-like ones get its inverse
    pace: float  # -1 slowest .. 1 fastest end of the style's tempo range
    energy: float  # added to the intensity of all sections
    density: float  # melody notes per second, added
    register: int  # semitones that the melody moves
    brightness: float  # added to production brightness
    reverb: float  # added to production reverb
    staccato: float = 1.0  # factor on note lengths of the melody
    arcs: tuple[str, ...] = ()  # arcs that suit it twice as well


def _mood(
    valence: float,
    arousal: float,
    tension: float,
    warmth: float,
    *,
    pace: float | None = None,
    energy: float | None = None,
    register: int | None = None,
    reverb: float = 0.0,
    staccato: float | None = None,
) -> Mood:
    """A mood from its axes; what is given by hand replaces (reverb: adds to) the rule."""
    arcs = []
    if tension > 0.45 or (arousal > 0.3 and valence > 0.5 and tension > -0.3):
        arcs.append("build")
    if arousal < -0.3:
        arcs += ["fade", "arch"]
    elif arousal > 0.6:
        arcs += ["steady", "waves"]
    elif tension <= 0.45:
        arcs += ["arch", "waves"]
    lightness = 0.8 * valence + 0.4 * arousal - 0.5 * max(0.0, tension)
    return Mood(
        valence=valence,
        arousal=arousal,
        tension=tension,
        warmth=warmth,
        minor=round(min(9.0, max(0.11, exp(-2.1 * valence + 1.2 * tension))), 3),
        pace=round(0.85 * arousal + 0.1 * valence, 3) if pace is None else pace,
        energy=round(0.21 * arousal + 0.03 * tension, 3) if energy is None else energy,
        density=round(0.6 * arousal + 0.15 * valence, 3),
        register=round(3 * lightness) if register is None else register,
        brightness=round(0.13 * valence + 0.07 * arousal - 0.07 * warmth, 3),
        reverb=round(0.04 - 0.1 * arousal - 0.04 * warmth + reverb, 3),
        staccato=(
            round(1.0 - 0.14 * max(0.0, arousal - 0.5 * warmth), 3)
            if staccato is None
            else staccato
        ),
        arcs=tuple(arcs),
    )


MOODS: dict[str, Mood] = {
    "happy": _mood(0.85, 0.4, -0.4, 0.4),
    "sad": _mood(-0.75, -0.7, 0.05, 0.1),
    "melancholic": _mood(-0.6, -0.5, 0.1, 0.2),
    "calm": _mood(0.25, -0.85, -0.6, 0.3),
    "tense": _mood(-0.45, 0.4, 0.9, -0.4, register=-1),
    "dark": _mood(-0.65, -0.15, 0.6, -0.6, register=-5),
    "romantic": _mood(0.35, -0.45, -0.3, 0.9, register=1),
    "energetic": _mood(0.35, 0.95, 0.1, 0.0),
    "dreamy": _mood(0.3, -0.6, -0.35, 0.2, register=3, reverb=0.12),
    "epic": _mood(0.1, 0.65, 0.5, -0.1, pace=0.2, energy=0.18, register=1, reverb=0.12),
    "playful": _mood(0.75, 0.45, -0.2, 0.2, register=4, staccato=0.7),
    "nostalgic": _mood(0.05, -0.35, -0.1, 0.6, reverb=0.04),
    "mysterious": _mood(-0.3, -0.3, 0.7, -0.4, register=-2, reverb=0.06),
    "hopeful": _mood(0.65, 0.1, -0.05, 0.4),
    # Glad and awake.
    "joyful": _mood(0.9, 0.6, -0.3, 0.4),
    "cheerful": _mood(0.8, 0.35, -0.45, 0.35),
    "euphoric": _mood(0.9, 0.9, 0.1, 0.2, reverb=0.06),
    "triumphant": _mood(0.8, 0.7, 0.15, 0.1, pace=0.25, energy=0.2, reverb=0.08),
    "festive": _mood(0.85, 0.75, -0.2, 0.3),
    "uplifting": _mood(0.75, 0.45, -0.15, 0.3),
    "confident": _mood(0.5, 0.4, -0.2, 0.2, pace=0.1),
    "groovy": _mood(0.55, 0.45, -0.2, 0.4, pace=0.0, staccato=0.85),
    "carefree": _mood(0.7, 0.15, -0.7, 0.4),
    "whimsical": _mood(0.55, 0.3, 0.05, 0.1, register=5, staccato=0.75),
    "quirky": _mood(0.35, 0.45, 0.25, 0.0, staccato=0.7),
    "adventurous": _mood(0.5, 0.65, 0.3, 0.1),
    "heroic": _mood(0.5, 0.75, 0.4, 0.1, pace=0.3, energy=0.18, reverb=0.06),
    "majestic": _mood(0.45, 0.3, 0.1, 0.0, pace=-0.4, energy=0.16, reverb=0.14),
    "magical": _mood(0.5, -0.1, 0.15, 0.2, register=5, reverb=0.14),
    # Glad and quiet.
    "peaceful": _mood(0.5, -0.75, -0.8, 0.5),
    "serene": _mood(0.4, -0.8, -0.8, 0.1, reverb=0.08),
    "relaxed": _mood(0.4, -0.5, -0.7, 0.5),
    "tender": _mood(0.4, -0.6, -0.4, 0.95),
    "warm": _mood(0.45, -0.3, -0.5, 1.0),
    "gentle": _mood(0.35, -0.65, -0.5, 0.7),
    "sentimental": _mood(0.1, -0.4, -0.1, 0.8),
    "sensual": _mood(0.3, -0.35, 0.1, 0.9, register=-3),
    "spiritual": _mood(0.3, -0.55, -0.1, 0.3, reverb=0.2),
    "contemplative": _mood(0.0, -0.6, -0.05, 0.2),
    "hypnotic": _mood(0.0, 0.0, 0.25, -0.1, pace=-0.1, reverb=0.05),
    # Sore or cold, and quiet.
    "bittersweet": _mood(-0.1, -0.3, 0.1, 0.5),
    "wistful": _mood(-0.2, -0.45, 0.05, 0.4),
    "longing": _mood(-0.3, -0.35, 0.3, 0.5),
    "lonely": _mood(-0.55, -0.65, 0.15, -0.4, reverb=0.08),
    "mournful": _mood(-0.8, -0.7, 0.2, 0.2, register=-4),
    "solemn": _mood(-0.25, -0.55, 0.2, -0.1, register=-3, reverb=0.1),
    "bleak": _mood(-0.75, -0.6, 0.35, -0.8, reverb=0.06),
    "cold": _mood(-0.35, -0.4, 0.25, -1.0),
    "haunting": _mood(-0.5, -0.4, 0.55, -0.4, register=3, reverb=0.16),
    "eerie": _mood(-0.5, -0.35, 0.8, -0.7, register=2, reverb=0.14),
    # Uneasy or hard, and awake.
    "suspenseful": _mood(-0.35, 0.1, 0.95, -0.5, register=-2),
    "anxious": _mood(-0.55, 0.55, 0.85, -0.3),
    "restless": _mood(-0.15, 0.6, 0.5, -0.1),
    "urgent": _mood(-0.1, 0.85, 0.65, -0.2),
    "frantic": _mood(-0.2, 1.0, 0.8, -0.4, staccato=0.75),
    "menacing": _mood(-0.7, 0.3, 0.85, -0.8, register=-5),
    "ominous": _mood(-0.65, -0.1, 0.8, -0.7, register=-5, reverb=0.08),
    "angry": _mood(-0.7, 0.85, 0.7, -0.5, register=-2),
    "aggressive": _mood(-0.5, 0.95, 0.6, -0.6, register=-2),
    "rebellious": _mood(0.0, 0.8, 0.35, -0.2),
    "defiant": _mood(0.1, 0.65, 0.4, -0.1, register=-1),
    "determined": _mood(0.25, 0.6, 0.35, 0.0),
    "desperate": _mood(-0.75, 0.5, 0.75, 0.1),
    "bold": _mood(0.3, 0.7, 0.2, -0.1),
}
"""Every mood by its name."""
