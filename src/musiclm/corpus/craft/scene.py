"""What a scene is: a use of music that draws moods, suits styles, and pulls on tempo and room."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from musiclm.corpus.craft.moods import Mood

_ALL = ("pop_rock", "jazz_blues", "groove", "electronic", "classical", "world")


@dataclass(frozen=True, slots=True)
class Scene:
    """One use of music."""

    moods: Mapping[str, float]  # mood -> weight
    families: tuple[str, ...] = ()  # style families that may serve it
    styles: tuple[str, ...] = ()  # styles that serve it best, of whatever family
    pace: float = 0.0  # added to the mood's
    energy: float = 0.0  # added to the mood's
    reverb: float = 0.0  # added to the mood's
    brightness: float = 0.0  # added to the mood's

    def suits(self, style: str, family: str) -> float:
        """How well a style serves the scene: 3 named, 1 of a family that does, 0 not at all."""
        if style in self.styles:
            return 3.0
        return 1.0 if family in self.families else 0.0

    def bend(self, mood: Mood) -> Mood:
        """The mood as this scene wants it."""
        return replace(
            mood,
            pace=max(-1.0, min(1.0, mood.pace + self.pace)),
            energy=mood.energy + self.energy,
            reverb=mood.reverb + self.reverb,
            brightness=mood.brightness + self.brightness,
        )


def scene(
    moods: str,
    families: str = "",
    styles: str = "",
    *,
    pace: float = 0.0,
    energy: float = 0.0,
    reverb: float = 0.0,
    brightness: float = 0.0,
) -> Scene:
    """A scene from comma-separated words; the moods named first weigh most."""

    def words(text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split(",") if word.strip())

    named = words(moods)
    weights = {name: float(len(named) + 2 - index) for index, name in enumerate(named)}
    chosen = _ALL if families == "all" else words(families)
    return Scene(weights, chosen, words(styles), pace, energy, reverb, brightness)
