"""Scenes of life as data: the road, feasts, places and everyday uses."""

from musiclm.corpus.craft.scene import Scene, scene

LIFE: dict[str, Scene] = {
    # On the road.
    "rainy night drive": scene(
        "melancholic, nostalgic, lonely, dreamy, contemplative",
        "electronic, jazz_blues",
        "synthwave, lofi hip hop, cool jazz, slow blues, trap, r&b",
        pace=-0.1,
        reverb=0.08,
        brightness=-0.06,
    ),
    "highway at dawn": scene(
        "hopeful, uplifting, carefree, adventurous",
        "pop_rock",
        "indie rock, country, synthwave, rock, folk",
    ),
    "train journey": scene(
        "wistful, contemplative, hopeful, nostalgic, hypnotic",
        "classical, pop_rock",
        "minimalism, folk, bluegrass, country, techno",
    ),
    "street racing": scene(
        "aggressive, energetic, urgent, confident",
        "electronic",
        "drum and bass, dubstep, metal, trap, techno, punk",
        pace=0.2,
        energy=0.08,
    ),
    "walk through the city": scene(
        "groovy, confident, relaxed, carefree, playful",
        "groove, jazz_blues",
        "funk, hip hop, bossa nova, cool jazz",
    ),
    "sailing on open sea": scene(
        "adventurous, hopeful, majestic, carefree, uplifting",
        "classical",
        "celtic, orchestral film, folk",
    ),
    "camel caravan": scene(
        "hypnotic, mysterious, longing, contemplative", "", "maqam, raga, flamenco", pace=-0.1
    ),
    # Celebrations.
    "wedding": scene(
        "joyful, romantic, tender, festive, warm",
        "",
        "waltz, string quartet, soul, pop ballad, klezmer, baroque, swing jazz, disco, gospel",
    ),
    "birthday party": scene(
        "festive, joyful, playful, happy",
        "groove, pop_rock",
        "disco, funk, ska, house, cumbia, boogie",
        energy=0.06,
    ),
    "street carnival": scene(
        "festive, euphoric, joyful, energetic",
        "",
        "samba, salsa, cumbia, afrobeat, ska, march, klezmer",
        pace=0.15,
        energy=0.1,
    ),
    "village dance": scene(
        "festive, cheerful, playful, joyful",
        "",
        "celtic, klezmer, bluegrass, waltz, cumbia, folk, country, tango",
        pace=0.1,
    ),
    "ballroom": scene(
        "romantic, festive, majestic, joyful, nostalgic",
        "",
        "waltz, swing jazz, tango, string quartet, romantic piano",
    ),
    "new year's eve": scene(
        "euphoric, hopeful, festive, uplifting",
        "electronic, groove",
        "disco, house, trance, swing jazz",
        energy=0.08,
    ),
    "sunday service": scene(
        "spiritual, hopeful, joyful, solemn", "", "gospel, baroque, soul, piano ballad", reverb=0.08
    ),
    "christmas market": scene(
        "warm, festive, magical, nostalgic, gentle",
        "",
        "music box, swing jazz, waltz, lullaby, baroque, klezmer",
        brightness=0.05,
    ),
    # Places.
    "market in the sun": scene(
        "cheerful, festive, carefree, playful, warm",
        "world",
        "afrobeat, cumbia, salsa, reggae, ska, maqam",
    ),
    "beach bar": scene(
        "relaxed, carefree, warm, groovy, happy",
        "",
        "bossa nova, reggae, ska, cumbia, salsa, house, lofi hip hop",
        pace=-0.1,
    ),
    "smoky club": scene(
        "sensual, melancholic, groovy, contemplative, relaxed",
        "jazz_blues",
        "cool jazz, slow blues, soul, r&b, bebop",
        brightness=-0.06,
    ),
    "dance floor at midnight": scene(
        "euphoric, energetic, hypnotic, groovy",
        "electronic",
        "house, techno, disco, trance, drum and bass, funk",
        pace=0.1,
        energy=0.08,
    ),
    "warehouse rave": scene(
        "hypnotic, aggressive, energetic, dark",
        "",
        "techno, drum and bass, dubstep, trance",
        pace=0.15,
        energy=0.1,
        reverb=0.05,
    ),
    "stadium concert": scene(
        "euphoric, energetic, rebellious, bold, triumphant",
        "",
        "rock, metal, pop ballad, indie rock, punk, trance",
        energy=0.12,
        reverb=0.08,
    ),
    "garage rehearsal": scene(
        "rebellious, energetic, defiant, playful", "", "punk, rock, indie rock, ska, metal, funk"
    ),
    "coffee shop": scene(
        "relaxed, warm, gentle, contemplative, nostalgic",
        "jazz_blues",
        "lofi hip hop, bossa nova, folk, cool jazz, indie rock",
        energy=-0.06,
    ),
    "hotel lobby": scene(
        "relaxed, gentle, sensual, warm",
        "",
        "bossa nova, cool jazz, swing jazz, piano ballad, lofi hip hop, waltz",
        energy=-0.1,
    ),
    "elegant dinner": scene(
        "relaxed, romantic, warm, gentle",
        "",
        "string quartet, bossa nova, swing jazz, baroque, romantic piano, cool jazz",
        energy=-0.08,
    ),
    "campfire": scene(
        "warm, nostalgic, peaceful, gentle, bittersweet",
        "",
        "folk, country, bluegrass, celtic, indie rock",
        energy=-0.08,
    ),
    "mountain temple": scene(
        "spiritual, serene, solemn, contemplative",
        "",
        "japanese, gamelan, raga, drone, ambient",
        pace=-0.2,
        reverb=0.12,
    ),
    "desert at dusk": scene(
        "mysterious, longing, hypnotic, lonely",
        "",
        "maqam, drone, flamenco, slow blues, ambient, raga",
        reverb=0.08,
    ),
    "tea ceremony": scene(
        "serene, contemplative, gentle, solemn", "", "japanese, gamelan, impressionism", pace=-0.2
    ),
    "royal court": scene(
        "majestic, playful, solemn, cheerful", "", "baroque, string quartet, march, waltz"
    ),
    "winter landscape": scene(
        "cold, serene, lonely, magical, wistful",
        "",
        "ambient, impressionism, minimalism, string quartet, music box, celtic",
        pace=-0.1,
        reverb=0.08,
    ),
    "thunderstorm": scene(
        "ominous, menacing, restless, epic, desperate",
        "",
        "orchestral film, romantic piano, horror, metal, drone, dubstep",
        energy=0.08,
    ),
    "spring morning": scene(
        "hopeful, cheerful, gentle, peaceful, joyful",
        "classical",
        "baroque, folk, celtic, string quartet, impressionism, japanese",
        brightness=0.05,
    ),
    "abandoned factory": scene(
        "bleak, cold, ominous, menacing", "", "techno, drone, horror, dubstep, metal", reverb=0.12
    ),
    # Everyday uses.
    "meditation": scene(
        "peaceful, serene, spiritual, calm",
        "",
        "ambient, drone, raga, japanese, gamelan, minimalism",
        pace=-0.3,
        energy=-0.14,
        reverb=0.12,
    ),
    "yoga class": scene(
        "calm, serene, warm, peaceful",
        "",
        "ambient, raga, drone, lofi hip hop, japanese",
        pace=-0.2,
        energy=-0.1,
        reverb=0.08,
    ),
    "studying late": scene(
        "calm, contemplative, relaxed, hypnotic",
        "",
        "lofi hip hop, minimalism, ambient, cool jazz, romantic piano, techno",
        energy=-0.1,
    ),
    "falling asleep": scene(
        "peaceful, gentle, dreamy, tender, calm",
        "",
        "lullaby, ambient, music box, drone, piano ballad, impressionism",
        pace=-0.3,
        energy=-0.16,
        brightness=-0.06,
    ),
    "workout": scene(
        "energetic, determined, aggressive, euphoric",
        "electronic",
        "house, drum and bass, metal, trap, dubstep, punk, hip hop",
        pace=0.25,
        energy=0.12,
    ),
    "morning coffee": scene(
        "cheerful, relaxed, hopeful, warm",
        "",
        "bossa nova, folk, lofi hip hop, swing jazz, soul, indie rock, samba",
    ),
    "cooking together": scene(
        "groovy, cheerful, carefree, warm",
        "groove",
        "bossa nova, salsa, swing jazz, cumbia, afrobeat",
    ),
    "children's bedtime story": scene(
        "gentle, magical, tender, whimsical",
        "",
        "lullaby, music box, waltz, impressionism",
        pace=-0.2,
        energy=-0.1,
    ),
    "circus": scene(
        "quirky, playful, whimsical, festive", "", "march, waltz, klezmer, boogie, ska", pace=0.15
    ),
    "product advertisement": scene(
        "uplifting, confident, happy, hopeful",
        "pop_rock, groove",
        "house, indie rock, minimalism, funk",
    ),
    "news programme": scene(
        "urgent, determined, confident, tense",
        "",
        "orchestral film, minimalism, techno, synthwave, suspense",
    ),
    "quiz show": scene(
        "suspenseful, playful, quirky, confident", "", "suspense, funk, disco, synthwave, techno"
    ),
    "football match": scene(
        "energetic, triumphant, bold, festive",
        "",
        "march, samba, rock, punk, house, trap, ska",
        pace=0.1,
        energy=0.1,
    ),
    "rooftop at sunset": scene(
        "relaxed, nostalgic, sensual, dreamy, warm",
        "",
        "lofi hip hop, r&b, house, bossa nova, soul, synthwave, trap",
        pace=-0.1,
    ),
    "street corner cypher": scene(
        "confident, rebellious, groovy, defiant", "", "hip hop, trap, funk, lofi hip hop"
    ),
    "protest march": scene(
        "defiant, determined, rebellious, hopeful, bold",
        "",
        "punk, reggae, afrobeat, hip hop, folk, gospel, march, ska",
    ),
    "memories of childhood": scene(
        "nostalgic, wistful, tender, bittersweet",
        "",
        "music box, piano ballad, folk, lullaby, impressionism, waltz, lofi hip hop",
    ),
}
"""On the road, celebrations, places, everyday uses."""
