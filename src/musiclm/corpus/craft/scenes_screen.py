"""Scenes of the screen as data: games and films."""

from musiclm.corpus.craft.scene import Scene, scene

SCREEN: dict[str, Scene] = {
    # Games and chases.
    "boss battle": scene(
        "aggressive, epic, urgent, menacing, angry",
        "",
        "metal, orchestral film, chiptune, dubstep, drum and bass, horror",
        pace=0.25,
        energy=0.14,
    ),
    "car chase": scene(
        "urgent, frantic, tense, energetic",
        "",
        "rock, funk, drum and bass, techno, bebop, suspense, punk",
        pace=0.3,
        energy=0.1,
    ),
    "village in a video game": scene(
        "peaceful, cheerful, playful, warm, nostalgic",
        "",
        "chiptune, celtic, folk, waltz, music box, baroque",
    ),
    "puzzle level": scene(
        "playful, quirky, whimsical, contemplative, mysterious",
        "",
        "chiptune, minimalism, gamelan, music box, lofi hip hop, bossa nova",
    ),
    "dungeon": scene(
        "dark, ominous, eerie, tense", "", "chiptune, suspense, drone, horror, gamelan, techno"
    ),
    "victory fanfare": scene(
        "triumphant, heroic, joyful, majestic",
        "",
        "march, orchestral film, chiptune, baroque",
        energy=0.12,
    ),
    "high score table": scene(
        "euphoric, confident, playful, triumphant", "", "chiptune, synthwave, disco, house"
    ),
    "stealth mission": scene(
        "suspenseful, tense, mysterious, cold",
        "",
        "suspense, techno, cool jazz, drone, drum and bass, trap",
        energy=-0.08,
    ),
    # Film.
    "end credits": scene(
        "nostalgic, hopeful, triumphant, bittersweet, epic",
        "pop_rock, classical",
        "orchestral film, piano ballad, pop ballad, indie rock, synthwave, gospel",
    ),
    "opening titles": scene(
        "adventurous, majestic, mysterious, confident, heroic",
        "classical",
        "orchestral film, synthwave, funk, march",
        energy=0.06,
    ),
    "training montage": scene(
        "determined, energetic, uplifting, triumphant",
        "pop_rock",
        "rock, synthwave, hip hop, funk, metal",
        pace=0.15,
        energy=0.08,
    ),
    "farewell": scene(
        "bittersweet, sad, tender, mournful, longing",
        "classical",
        "piano ballad, pop ballad, string quartet, romantic piano, tango, folk, soul",
        pace=-0.15,
    ),
    "first kiss": scene(
        "tender, romantic, dreamy, hopeful, sentimental",
        "",
        "piano ballad, pop ballad, r&b, waltz, string quartet, impressionism, romantic piano",
        pace=-0.1,
    ),
    "love letter": scene(
        "romantic, longing, tender, sentimental",
        "",
        "romantic piano, bossa nova, pop ballad, soul, string quartet, waltz, r&b, flamenco",
    ),
    "heartbreak": scene(
        "sad, desperate, lonely, mournful, bittersweet",
        "pop_rock",
        "pop ballad, slow blues, soul, r&b, tango, country, piano ballad",
        pace=-0.15,
    ),
    "haunted house": scene(
        "eerie, haunting, ominous, mysterious, anxious",
        "",
        "horror, music box, suspense, waltz, drone, baroque",
        reverb=0.1,
    ),
    "detective's office": scene(
        "mysterious, melancholic, suspenseful, sensual",
        "",
        "cool jazz, slow blues, swing jazz, suspense, tango",
        pace=-0.15,
        brightness=-0.05,
    ),
    "heist": scene(
        "confident, suspenseful, groovy, playful, tense",
        "",
        "funk, cool jazz, bebop, swing jazz, afrobeat, suspense, disco",
    ),
    "battle on the plain": scene(
        "epic, heroic, urgent, aggressive, desperate",
        "",
        "orchestral film, metal, march, celtic",
        pace=0.15,
        energy=0.14,
    ),
    "funeral": scene(
        "mournful, solemn, sad, spiritual",
        "",
        "march, baroque, string quartet, romantic piano, gospel, drone, klezmer",
        pace=-0.3,
        energy=-0.1,
        reverb=0.08,
    ),
    "coronation": scene(
        "majestic, solemn, triumphant, festive",
        "",
        "march, baroque, orchestral film, gospel",
        pace=-0.1,
        energy=0.1,
        reverb=0.1,
    ),
    "spaceship adrift": scene(
        "lonely, cold, mysterious, dreamy, bleak",
        "",
        "ambient, drone, synthwave, suspense, minimalism, techno",
        pace=-0.2,
        reverb=0.16,
    ),
    "flight over mountains": scene(
        "majestic, uplifting, adventurous, serene",
        "classical",
        "orchestral film, celtic, trance, ambient, minimalism",
        reverb=0.1,
    ),
    "underwater": scene(
        "dreamy, serene, mysterious, hypnotic, magical",
        "",
        "ambient, impressionism, drone, lofi hip hop, gamelan, trance",
        pace=-0.15,
        reverb=0.15,
        brightness=-0.06,
    ),
    "enchanted forest": scene(
        "magical, mysterious, dreamy, whimsical, gentle",
        "",
        "impressionism, celtic, music box, ambient, orchestral film, japanese, gamelan",
        reverb=0.1,
    ),
    "western standoff": scene(
        "suspenseful, tense, lonely, defiant",
        "",
        "country, suspense, flamenco, rock, slow blues",
        pace=-0.2,
        reverb=0.08,
    ),
    "silent comedy": scene(
        "playful, quirky, frantic, cheerful",
        "",
        "boogie, swing jazz, march, klezmer, waltz",
        pace=0.2,
    ),
    "nature documentary": scene(
        "serene, majestic, contemplative, hopeful, gentle",
        "classical",
        "ambient, orchestral film, minimalism, impressionism, afrobeat",
    ),
    "science documentary": scene(
        "contemplative, hypnotic, mysterious, hopeful, cold",
        "",
        "minimalism, ambient, techno, drone, synthwave, lofi hip hop",
    ),
}
"""Games, chases and films."""
