"""Moods as data: how each bends mode, tempo, register, density, energy and sound."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """One mood; every number is a shift from the resting place of a style."""

    minor: float  # factor on the weight of minor-like modes; major-like ones get its inverse
    pace: float  # -1 slowest .. 1 fastest end of the style's tempo range
    energy: float  # added to the intensity of all sections
    density: float  # melody notes per second, added
    register: int  # semitones that the melody moves
    brightness: float  # added to production brightness
    reverb: float  # added to production reverb
    staccato: float = 1.0  # factor on note lengths of the melody
    arcs: tuple[str, ...] = ()  # arcs that suit it twice as well


MOODS: dict[str, Mood] = {
    "happy": Mood(0.15, 0.4, 0.08, 0.4, 2, 0.12, -0.05),
    "sad": Mood(5.0, -0.7, -0.14, -0.5, -2, -0.12, 0.08, arcs=("arch", "fade")),
    "melancholic": Mood(4.0, -0.4, -0.08, -0.3, -1, -0.1, 0.08, arcs=("arch", "fade")),
    "calm": Mood(0.6, -0.7, -0.22, -0.6, 0, -0.08, 0.1, arcs=("steady", "fade")),
    "tense": Mood(8.0, 0.3, 0.06, 0.2, -1, 0.0, 0.0, 0.85, arcs=("build",)),
    "dark": Mood(9.0, -0.2, 0.02, -0.2, -5, -0.2, 0.08, arcs=("build", "steady")),
    "romantic": Mood(0.7, -0.5, -0.08, -0.2, 1, -0.02, 0.06, arcs=("arch",)),
    "energetic": Mood(0.9, 0.8, 0.2, 0.6, 2, 0.12, -0.08, 0.9, arcs=("steady", "waves")),
    "dreamy": Mood(0.6, -0.5, -0.14, -0.3, 3, 0.0, 0.2, arcs=("arch", "fade")),
    "epic": Mood(1.8, 0.2, 0.18, 0.0, 1, 0.06, 0.12, arcs=("build",)),
    "playful": Mood(0.25, 0.5, 0.0, 0.6, 4, 0.1, -0.06, 0.7, arcs=("waves", "steady")),
    "nostalgic": Mood(0.9, -0.3, -0.08, -0.2, 0, -0.12, 0.08, arcs=("arch", "fade")),
    "mysterious": Mood(6.0, -0.3, -0.1, -0.3, -2, -0.08, 0.14, arcs=("build", "arch")),
    "hopeful": Mood(0.25, 0.1, 0.02, 0.0, 1, 0.08, 0.04, arcs=("build", "arch")),
}
