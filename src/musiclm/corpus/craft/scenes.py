"""Scenes as data: what a piece of music may be for, and what that asks of it.

A scene has moods of its own, the families and styles that suit it, and a pull on tempo, energy
and room. A style is not told how to play a scene: the scene bends the same numbers that moods
bend, so every style can serve every scene it suits without knowing of it.
"""

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


def _scene(
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


SCENES: dict[str, Scene] = {
    # On the road.
    "rainy night drive": _scene(
        "melancholic, nostalgic, lonely, dreamy, contemplative",
        "electronic, jazz_blues",
        "synthwave, lofi hip hop, cool jazz, slow blues, trap, r&b",
        pace=-0.1,
        reverb=0.08,
        brightness=-0.06,
    ),
    "highway at dawn": _scene(
        "hopeful, uplifting, carefree, adventurous",
        "pop_rock",
        "indie rock, country, synthwave, rock, folk",
    ),
    "train journey": _scene(
        "wistful, contemplative, hopeful, nostalgic, hypnotic",
        "classical, pop_rock",
        "minimalism, folk, bluegrass, country, techno",
    ),
    "street racing": _scene(
        "aggressive, energetic, urgent, confident",
        "electronic",
        "drum and bass, dubstep, metal, trap, techno, punk",
        pace=0.2,
        energy=0.08,
    ),
    "walk through the city": _scene(
        "groovy, confident, relaxed, carefree, playful",
        "groove, jazz_blues",
        "funk, hip hop, bossa nova, cool jazz",
    ),
    "sailing on open sea": _scene(
        "adventurous, hopeful, majestic, carefree, uplifting",
        "classical",
        "celtic, orchestral film, folk",
    ),
    "camel caravan": _scene(
        "hypnotic, mysterious, longing, contemplative", "", "maqam, raga, flamenco", pace=-0.1
    ),
    # Games and chases.
    "boss battle": _scene(
        "aggressive, epic, urgent, menacing, angry",
        "",
        "metal, orchestral film, chiptune, dubstep, drum and bass, horror",
        pace=0.25,
        energy=0.14,
    ),
    "car chase": _scene(
        "urgent, frantic, tense, energetic",
        "",
        "rock, funk, drum and bass, techno, bebop, suspense, punk",
        pace=0.3,
        energy=0.1,
    ),
    "village in a video game": _scene(
        "peaceful, cheerful, playful, warm, nostalgic",
        "",
        "chiptune, celtic, folk, waltz, music box, baroque",
    ),
    "puzzle level": _scene(
        "playful, quirky, whimsical, contemplative, mysterious",
        "",
        "chiptune, minimalism, gamelan, music box, lofi hip hop, bossa nova",
    ),
    "dungeon": _scene(
        "dark, ominous, eerie, tense", "", "chiptune, suspense, drone, horror, gamelan, techno"
    ),
    "victory fanfare": _scene(
        "triumphant, heroic, joyful, majestic",
        "",
        "march, orchestral film, chiptune, baroque",
        energy=0.12,
    ),
    "high score table": _scene(
        "euphoric, confident, playful, triumphant", "", "chiptune, synthwave, disco, house"
    ),
    "stealth mission": _scene(
        "suspenseful, tense, mysterious, cold",
        "",
        "suspense, techno, cool jazz, drone, drum and bass, trap",
        energy=-0.08,
    ),
    # Film.
    "end credits": _scene(
        "nostalgic, hopeful, triumphant, bittersweet, epic",
        "pop_rock, classical",
        "orchestral film, piano ballad, pop ballad, indie rock, synthwave, gospel",
    ),
    "opening titles": _scene(
        "adventurous, majestic, mysterious, confident, heroic",
        "classical",
        "orchestral film, synthwave, funk, march",
        energy=0.06,
    ),
    "training montage": _scene(
        "determined, energetic, uplifting, triumphant",
        "pop_rock",
        "rock, synthwave, hip hop, funk, metal",
        pace=0.15,
        energy=0.08,
    ),
    "farewell": _scene(
        "bittersweet, sad, tender, mournful, longing",
        "classical",
        "piano ballad, pop ballad, string quartet, romantic piano, tango, folk, soul",
        pace=-0.15,
    ),
    "first kiss": _scene(
        "tender, romantic, dreamy, hopeful, sentimental",
        "",
        "piano ballad, pop ballad, r&b, waltz, string quartet, impressionism, romantic piano",
        pace=-0.1,
    ),
    "love letter": _scene(
        "romantic, longing, tender, sentimental",
        "",
        "romantic piano, bossa nova, pop ballad, soul, string quartet, waltz, r&b, flamenco",
    ),
    "heartbreak": _scene(
        "sad, desperate, lonely, mournful, bittersweet",
        "pop_rock",
        "pop ballad, slow blues, soul, r&b, tango, country, piano ballad",
        pace=-0.15,
    ),
    "haunted house": _scene(
        "eerie, haunting, ominous, mysterious, anxious",
        "",
        "horror, music box, suspense, waltz, drone, baroque",
        reverb=0.1,
    ),
    "detective's office": _scene(
        "mysterious, melancholic, suspenseful, sensual",
        "",
        "cool jazz, slow blues, swing jazz, suspense, tango",
        pace=-0.15,
        brightness=-0.05,
    ),
    "heist": _scene(
        "confident, suspenseful, groovy, playful, tense",
        "",
        "funk, cool jazz, bebop, swing jazz, afrobeat, suspense, disco",
    ),
    "battle on the plain": _scene(
        "epic, heroic, urgent, aggressive, desperate",
        "",
        "orchestral film, metal, march, celtic",
        pace=0.15,
        energy=0.14,
    ),
    "funeral": _scene(
        "mournful, solemn, sad, spiritual",
        "",
        "march, baroque, string quartet, romantic piano, gospel, drone, klezmer",
        pace=-0.3,
        energy=-0.1,
        reverb=0.08,
    ),
    "coronation": _scene(
        "majestic, solemn, triumphant, festive",
        "",
        "march, baroque, orchestral film, gospel",
        pace=-0.1,
        energy=0.1,
        reverb=0.1,
    ),
    "spaceship adrift": _scene(
        "lonely, cold, mysterious, dreamy, bleak",
        "",
        "ambient, drone, synthwave, suspense, minimalism, techno",
        pace=-0.2,
        reverb=0.16,
    ),
    "flight over mountains": _scene(
        "majestic, uplifting, adventurous, serene",
        "classical",
        "orchestral film, celtic, trance, ambient, minimalism",
        reverb=0.1,
    ),
    "underwater": _scene(
        "dreamy, serene, mysterious, hypnotic, magical",
        "",
        "ambient, impressionism, drone, lofi hip hop, gamelan, trance",
        pace=-0.15,
        reverb=0.15,
        brightness=-0.06,
    ),
    "enchanted forest": _scene(
        "magical, mysterious, dreamy, whimsical, gentle",
        "",
        "impressionism, celtic, music box, ambient, orchestral film, japanese, gamelan",
        reverb=0.1,
    ),
    "western standoff": _scene(
        "suspenseful, tense, lonely, defiant",
        "",
        "country, suspense, flamenco, rock, slow blues",
        pace=-0.2,
        reverb=0.08,
    ),
    "silent comedy": _scene(
        "playful, quirky, frantic, cheerful",
        "",
        "boogie, swing jazz, march, klezmer, waltz",
        pace=0.2,
    ),
    "nature documentary": _scene(
        "serene, majestic, contemplative, hopeful, gentle",
        "classical",
        "ambient, orchestral film, minimalism, impressionism, afrobeat",
    ),
    "science documentary": _scene(
        "contemplative, hypnotic, mysterious, hopeful, cold",
        "",
        "minimalism, ambient, techno, drone, synthwave, lofi hip hop",
    ),
    # Celebrations.
    "wedding": _scene(
        "joyful, romantic, tender, festive, warm",
        "",
        "waltz, string quartet, soul, pop ballad, klezmer, baroque, swing jazz, disco, gospel",
    ),
    "birthday party": _scene(
        "festive, joyful, playful, happy",
        "groove, pop_rock",
        "disco, funk, ska, house, cumbia, boogie",
        energy=0.06,
    ),
    "street carnival": _scene(
        "festive, euphoric, joyful, energetic",
        "",
        "samba, salsa, cumbia, afrobeat, ska, march, klezmer",
        pace=0.15,
        energy=0.1,
    ),
    "village dance": _scene(
        "festive, cheerful, playful, joyful",
        "",
        "celtic, klezmer, bluegrass, waltz, cumbia, folk, country, tango",
        pace=0.1,
    ),
    "ballroom": _scene(
        "romantic, festive, majestic, joyful, nostalgic",
        "",
        "waltz, swing jazz, tango, string quartet, romantic piano",
    ),
    "new year's eve": _scene(
        "euphoric, hopeful, festive, uplifting",
        "electronic, groove",
        "disco, house, trance, swing jazz",
        energy=0.08,
    ),
    "sunday service": _scene(
        "spiritual, hopeful, joyful, solemn", "", "gospel, baroque, soul, piano ballad", reverb=0.08
    ),
    "christmas market": _scene(
        "warm, festive, magical, nostalgic, gentle",
        "",
        "music box, swing jazz, waltz, lullaby, baroque, klezmer",
        brightness=0.05,
    ),
    # Places.
    "market in the sun": _scene(
        "cheerful, festive, carefree, playful, warm",
        "world",
        "afrobeat, cumbia, salsa, reggae, ska, maqam",
    ),
    "beach bar": _scene(
        "relaxed, carefree, warm, groovy, happy",
        "",
        "bossa nova, reggae, ska, cumbia, salsa, house, lofi hip hop",
        pace=-0.1,
    ),
    "smoky club": _scene(
        "sensual, melancholic, groovy, contemplative, relaxed",
        "jazz_blues",
        "cool jazz, slow blues, soul, r&b, bebop",
        brightness=-0.06,
    ),
    "dance floor at midnight": _scene(
        "euphoric, energetic, hypnotic, groovy",
        "electronic",
        "house, techno, disco, trance, drum and bass, funk",
        pace=0.1,
        energy=0.08,
    ),
    "warehouse rave": _scene(
        "hypnotic, aggressive, energetic, dark",
        "",
        "techno, drum and bass, dubstep, trance",
        pace=0.15,
        energy=0.1,
        reverb=0.05,
    ),
    "stadium concert": _scene(
        "euphoric, energetic, rebellious, bold, triumphant",
        "",
        "rock, metal, pop ballad, indie rock, punk, trance",
        energy=0.12,
        reverb=0.08,
    ),
    "garage rehearsal": _scene(
        "rebellious, energetic, defiant, playful", "", "punk, rock, indie rock, ska, metal, funk"
    ),
    "coffee shop": _scene(
        "relaxed, warm, gentle, contemplative, nostalgic",
        "jazz_blues",
        "lofi hip hop, bossa nova, folk, cool jazz, indie rock",
        energy=-0.06,
    ),
    "hotel lobby": _scene(
        "relaxed, gentle, sensual, warm",
        "",
        "bossa nova, cool jazz, swing jazz, piano ballad, lofi hip hop, waltz",
        energy=-0.1,
    ),
    "elegant dinner": _scene(
        "relaxed, romantic, warm, gentle",
        "",
        "string quartet, bossa nova, swing jazz, baroque, romantic piano, cool jazz",
        energy=-0.08,
    ),
    "campfire": _scene(
        "warm, nostalgic, peaceful, gentle, bittersweet",
        "",
        "folk, country, bluegrass, celtic, indie rock",
        energy=-0.08,
    ),
    "mountain temple": _scene(
        "spiritual, serene, solemn, contemplative",
        "",
        "japanese, gamelan, raga, drone, ambient",
        pace=-0.2,
        reverb=0.12,
    ),
    "desert at dusk": _scene(
        "mysterious, longing, hypnotic, lonely",
        "",
        "maqam, drone, flamenco, slow blues, ambient, raga",
        reverb=0.08,
    ),
    "tea ceremony": _scene(
        "serene, contemplative, gentle, solemn", "", "japanese, gamelan, impressionism", pace=-0.2
    ),
    "royal court": _scene(
        "majestic, playful, solemn, cheerful", "", "baroque, string quartet, march, waltz"
    ),
    "winter landscape": _scene(
        "cold, serene, lonely, magical, wistful",
        "",
        "ambient, impressionism, minimalism, string quartet, music box, celtic",
        pace=-0.1,
        reverb=0.08,
    ),
    "thunderstorm": _scene(
        "ominous, menacing, restless, epic, desperate",
        "",
        "orchestral film, romantic piano, horror, metal, drone, dubstep",
        energy=0.08,
    ),
    "spring morning": _scene(
        "hopeful, cheerful, gentle, peaceful, joyful",
        "classical",
        "baroque, folk, celtic, string quartet, impressionism, japanese",
        brightness=0.05,
    ),
    "abandoned factory": _scene(
        "bleak, cold, ominous, menacing", "", "techno, drone, horror, dubstep, metal", reverb=0.12
    ),
    # Everyday uses.
    "meditation": _scene(
        "peaceful, serene, spiritual, calm",
        "",
        "ambient, drone, raga, japanese, gamelan, minimalism",
        pace=-0.3,
        energy=-0.14,
        reverb=0.12,
    ),
    "yoga class": _scene(
        "calm, serene, warm, peaceful",
        "",
        "ambient, raga, drone, lofi hip hop, japanese",
        pace=-0.2,
        energy=-0.1,
        reverb=0.08,
    ),
    "studying late": _scene(
        "calm, contemplative, relaxed, hypnotic",
        "",
        "lofi hip hop, minimalism, ambient, cool jazz, romantic piano, techno",
        energy=-0.1,
    ),
    "falling asleep": _scene(
        "peaceful, gentle, dreamy, tender, calm",
        "",
        "lullaby, ambient, music box, drone, piano ballad, impressionism",
        pace=-0.3,
        energy=-0.16,
        brightness=-0.06,
    ),
    "workout": _scene(
        "energetic, determined, aggressive, euphoric",
        "electronic",
        "house, drum and bass, metal, trap, dubstep, punk, hip hop",
        pace=0.25,
        energy=0.12,
    ),
    "morning coffee": _scene(
        "cheerful, relaxed, hopeful, warm",
        "",
        "bossa nova, folk, lofi hip hop, swing jazz, soul, indie rock, samba",
    ),
    "cooking together": _scene(
        "groovy, cheerful, carefree, warm",
        "groove",
        "bossa nova, salsa, swing jazz, cumbia, afrobeat",
    ),
    "children's bedtime story": _scene(
        "gentle, magical, tender, whimsical",
        "",
        "lullaby, music box, waltz, impressionism",
        pace=-0.2,
        energy=-0.1,
    ),
    "circus": _scene(
        "quirky, playful, whimsical, festive", "", "march, waltz, klezmer, boogie, ska", pace=0.15
    ),
    "product advertisement": _scene(
        "uplifting, confident, happy, hopeful",
        "pop_rock, groove",
        "house, indie rock, minimalism, funk",
    ),
    "news programme": _scene(
        "urgent, determined, confident, tense",
        "",
        "orchestral film, minimalism, techno, synthwave, suspense",
    ),
    "quiz show": _scene(
        "suspenseful, playful, quirky, confident", "", "suspense, funk, disco, synthwave, techno"
    ),
    "football match": _scene(
        "energetic, triumphant, bold, festive",
        "",
        "march, samba, rock, punk, house, trap, ska",
        pace=0.1,
        energy=0.1,
    ),
    "rooftop at sunset": _scene(
        "relaxed, nostalgic, sensual, dreamy, warm",
        "",
        "lofi hip hop, r&b, house, bossa nova, soul, synthwave, trap",
        pace=-0.1,
    ),
    "street corner cypher": _scene(
        "confident, rebellious, groovy, defiant", "", "hip hop, trap, funk, lofi hip hop"
    ),
    "protest march": _scene(
        "defiant, determined, rebellious, hopeful, bold",
        "",
        "punk, reggae, afrobeat, hip hop, folk, gospel, march, ska",
    ),
    "memories of childhood": _scene(
        "nostalgic, wistful, tender, bittersweet",
        "",
        "music box, piano ballad, folk, lullaby, impressionism, waltz, lofi hip hop",
    ),
}
"""Every scene by its name."""
