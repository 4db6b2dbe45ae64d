"""English vocabulary: how people name styles, moods, instruments, tempi and dynamics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StyleWords:
    """How a style is called."""

    names: tuple[str, ...]  # stand alone and before "piece": "swing jazz", "a swing jazz piece"
    pieces: tuple[str, ...] = ()  # countable nouns of their own: "a waltz"
    scenes: tuple[str, ...] = ()  # where or what it is music for


_S = StyleWords

STYLES: dict[str, StyleWords] = {
    "piano ballad": _S(
        ("piano ballad", "ballad", "soft piano ballad", "slow piano ballad", "tender ballad"),
        ("piano ballad", "ballad", "ballad with piano"),
        (
            "a quiet evening alone",
            "a candlelit room",
            "an old love letter",
            "the end credits of a drama",
        ),
    ),
    "swing jazz": _S(
        ("swing jazz", "jazz", "swinging jazz", "straight-ahead jazz", "swing", "jazz combo"),
        ("swing tune", "jazz tune", "jazz number"),
        ("a smoky jazz club", "a late-night jazz club", "a 1940s dance hall", "a cocktail bar"),
    ),
    "rock": _S(
        ("rock", "guitar rock", "rock band", "classic rock", "straight rock"),
        ("rock song", "rock track", "rock anthem"),
        ("a stadium full of fans", "a garage rehearsal", "a road trip", "a sweaty club gig"),
    ),
    "house": _S(
        (
            "electronic dance music",
            "electronic music",
            "dance music",
            "house",
            "house music",
            "deep house",
            "four-on-the-floor house",
            "club house",
        ),
        ("house track", "dance track", "club track"),
        ("a crowded dance floor", "a rooftop party at sunset", "a night club", "a workout"),
    ),
    "ambient": _S(
        (
            "atmospheric music",
            "ambient",
            "ambient music",
            "atmospheric ambient",
            "drifting ambient",
            "soundscape",
        ),
        ("soundscape", "ambient piece"),
        ("meditation", "drifting through space", "fog over a lake", "falling asleep"),
    ),
    "string quartet": _S(
        (
            "classical music",
            "string quartet",
            "classical string quartet",
            "chamber music",
            "classical strings",
        ),
        ("string quartet", "string quartet movement", "chamber piece"),
        ("an elegant salon", "a wedding ceremony", "a chamber concert", "a period film"),
    ),
    "bossa nova": _S(
        (
            "Latin music",
            "bossa nova",
            "bossa",
            "Brazilian bossa nova",
            "Latin jazz",
            "soft bossa nova",
        ),
        ("bossa nova", "bossa tune"),
        ("a beach in Rio", "a café terrace", "a summer evening by the sea", "a hotel lounge"),
    ),
    "funk": _S(
        ("funk", "groovy funk", "seventies funk", "funky groove", "disco funk"),
        ("funk groove", "funk jam", "funk track"),
        ("a block party", "a seventies car chase", "a roller disco", "a dance battle"),
    ),
    "chiptune": _S(
        (
            "video game music",
            "chiptune",
            "8-bit",
            "8-bit video game music",
            "retro game music",
            "chip music",
        ),
        ("chiptune", "8-bit tune", "video game theme"),
        ("a retro platform game", "an arcade hall", "the final boss", "a pixel-art adventure"),
    ),
    "orchestral film": _S(
        (
            "symphonic music",
            "classical orchestra",
            "symphony orchestra",
            "orchestral film music",
            "cinematic orchestra",
            "film score",
            "orchestral",
            "cinematic",
        ),
        ("film score cue", "orchestral theme", "orchestral cue"),
        ("a hero's journey", "a film trailer", "a sweeping landscape", "a decisive battle"),
    ),
    "lofi hip hop": _S(
        (
            "hip hop",
            "chill hip hop",
            "lofi hip hop",
            "lo-fi hip hop",
            "lofi beats",
            "chillhop",
            "lofi",
        ),
        ("lofi beat", "lo-fi hip hop beat", "chill beat"),
        ("studying", "a rainy afternoon at home", "late-night homework", "a cosy coffee shop"),
    ),
    "slow blues": _S(
        ("slow blues", "blues", "twelve-bar blues", "electric blues", "bar-room blues"),
        ("slow blues", "blues tune", "blues jam"),
        ("a lonely bar at closing time", "a porch at dusk", "a long drive at night"),
    ),
    "reggae": _S(
        ("reggae", "roots reggae", "laid-back reggae", "Jamaican reggae", "off-beat reggae"),
        ("reggae tune", "reggae groove", "reggae song"),
        ("a sunny beach", "an island afternoon", "a hammock in the shade"),
    ),
    "folk": _S(
        (
            "acoustic music",
            "folk",
            "acoustic folk",
            "folk music",
            "singer-songwriter folk",
            "campfire folk",
        ),
        ("folk song", "folk tune"),
        ("a campfire", "a walk through the fields", "a cabin in the woods"),
    ),
    "waltz": _S(
        (
            "classical waltz",
            "dance in three",
            "waltz",
            "Viennese waltz",
            "waltz in three",
            "ballroom waltz",
            "three-four waltz",
        ),
        ("waltz", "ballroom waltz"),
        ("a grand ballroom", "a couple turning on the dance floor", "a carousel"),
    ),
    "synthwave": _S(
        (
            "electronic music",
            "retro electronic music",
            "synthwave",
            "retrowave",
            "eighties synthwave",
            "80s synth music",
            "outrun",
        ),
        ("synthwave track", "80s-style synth track"),
        ("a neon city at night", "driving on an empty highway", "an eighties movie"),
    ),
    "techno": _S(
        (
            "electronic music",
            "electronic dance music",
            "techno",
            "driving techno",
            "minimal techno",
            "warehouse techno",
            "club techno",
        ),
        ("techno track", "techno groove"),
        ("a dark warehouse", "an underground club", "five in the morning at a rave"),
    ),
    "metal": _S(
        (
            "hard rock",
            "heavy guitar music",
            "metal",
            "heavy metal",
            "metal riffs",
            "hard and heavy metal",
            "thrash metal",
        ),
        ("metal track", "heavy metal song"),
        ("a mosh pit", "a battle of giants", "a metal festival"),
    ),
    "march": _S(
        ("march", "marching band", "military march", "brass band march", "parade march"),
        ("march", "parade march"),
        ("a parade", "a brass band on the square", "soldiers on the move", "a national holiday"),
    ),
    "celtic": _S(
        (
            "traditional Irish music",
            "Celtic",
            "Celtic folk",
            "Irish folk",
            "Irish jig",
            "Celtic music",
        ),
        ("Celtic tune", "Irish tune"),
        ("an Irish pub", "green hills", "a village dance", "a tavern in a fantasy tale"),
    ),
    "lullaby": _S(
        ("lullaby", "cradle song", "baby lullaby", "bedtime music"),
        ("lullaby", "cradle song"),
        ("a child falling asleep", "a nursery at night", "bedtime", "a starry night"),
    ),
}

MOODS: dict[str, tuple[str, ...]] = {
    "happy": ("happy", "cheerful", "joyful", "sunny", "bright", "upbeat"),
    "joyful": ("joyful", "happy", "cheerful", "merry"),
    "cheerful": ("cheerful", "happy", "sunny", "light-hearted"),
    "sad": ("sad", "sorrowful", "mournful", "tearful", "melancholic"),
    "melancholic": ("melancholic", "wistful", "sad", "melancholy", "bittersweet"),
    "melancholy": ("melancholic", "wistful", "sad", "melancholy"),
    "bittersweet": ("bittersweet", "wistful", "melancholic"),
    "nostalgic": ("nostalgic", "wistful", "sentimental"),
    "calm": ("calm", "peaceful", "quiet", "relaxing", "soothing", "tranquil"),
    "peaceful": ("peaceful", "calm", "serene", "tranquil", "restful"),
    "serene": ("serene", "peaceful", "calm"),
    "relaxed": ("relaxed", "laid-back", "mellow", "easy-going", "chill"),
    "chill": ("chill", "relaxed", "mellow", "laid-back"),
    "gentle": ("gentle", "soft", "tender", "delicate"),
    "tender": ("tender", "gentle", "soft", "intimate"),
    "warm": ("warm", "mellow", "gentle"),
    "energetic": ("energetic", "lively", "driving", "powerful", "dynamic"),
    "lively": ("lively", "energetic", "spirited"),
    "excited": ("excited", "energetic", "exhilarating"),
    "dark": ("dark", "gloomy", "brooding", "ominous", "sombre"),
    "gloomy": ("gloomy", "dark", "bleak"),
    "tense": ("tense", "suspenseful", "anxious", "nervous", "uneasy"),
    "suspenseful": ("suspenseful", "tense", "thrilling"),
    "mysterious": ("mysterious", "eerie", "enigmatic", "haunting"),
    "eerie": ("eerie", "haunting", "spooky", "mysterious"),
    "dreamy": ("dreamy", "ethereal", "floating", "hazy"),
    "ethereal": ("ethereal", "dreamy", "heavenly"),
    "epic": ("epic", "grand", "majestic", "heroic", "powerful"),
    "heroic": ("heroic", "epic", "brave", "triumphant"),
    "triumphant": ("triumphant", "victorious", "glorious", "heroic"),
    "majestic": ("majestic", "grand", "stately", "noble"),
    "solemn": ("solemn", "grave", "dignified"),
    "romantic": ("romantic", "loving", "tender", "passionate"),
    "passionate": ("passionate", "fiery", "intense"),
    "playful": ("playful", "whimsical", "quirky", "fun", "bouncy"),
    "funny": ("funny", "comical", "playful"),
    "hopeful": ("hopeful", "optimistic", "uplifting", "inspiring"),
    "uplifting": ("uplifting", "inspiring", "positive", "feel-good"),
    "angry": ("angry", "aggressive", "furious", "fierce"),
    "aggressive": ("aggressive", "fierce", "angry", "hard-hitting"),
    "groovy": ("groovy", "funky", "catchy"),
    "cool": ("cool", "smooth", "laid-back"),
    "neutral": ("plain", "simple"),
}

# What people say besides the instrument's own name; the own name counts too.
INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "acoustic_grand_piano": ("piano", "grand piano", "acoustic piano"),
    "electric_piano": ("electric piano", "Rhodes", "e-piano"),
    "nylon_guitar": ("nylon guitar", "classical guitar", "nylon-string guitar", "guitar"),
    "steel_guitar": ("acoustic guitar", "steel-string guitar", "guitar"),
    "jazz_guitar": ("jazz guitar", "hollow-body guitar", "electric guitar", "guitar"),
    "clean_guitar": ("clean electric guitar", "clean guitar", "electric guitar", "guitar"),
    "overdriven_guitar": ("overdriven guitar", "electric guitar", "crunchy guitar", "guitar"),
    "distortion_guitar": ("distorted guitar", "heavy guitar", "electric guitar", "guitar"),
    "acoustic_bass": ("double bass", "upright bass", "acoustic bass", "bass"),
    "finger_bass": ("electric bass", "bass guitar", "bass"),
    "slap_bass": ("slap bass", "bass guitar", "bass"),
    "synth_bass": ("synth bass", "bass synth", "bass"),
    "violin": ("violin", "solo violin", "fiddle"),
    "cello": ("cello", "solo cello"),
    "contrabass": ("bowed double bass", "double bass"),
    "string_ensemble": ("strings", "string section", "string ensemble", "orchestral strings"),
    "synth_strings": ("synth strings", "strings"),
    "pizzicato_strings": ("pizzicato strings", "plucked strings"),
    "tremolo_strings": ("tremolo strings", "trembling strings", "strings"),
    "brass_section": ("brass section", "brass", "horn section"),
    "synth_brass": ("synth brass", "brass synth"),
    "soprano_sax": ("soprano saxophone", "soprano sax", "saxophone", "sax"),
    "alto_sax": ("alto saxophone", "alto sax", "saxophone", "sax"),
    "tenor_sax": ("tenor saxophone", "tenor sax", "saxophone", "sax"),
    "french_horn": ("french horn", "horn"),
    "square_lead": ("square-wave synth", "chip lead", "synth lead", "synthesizer"),
    "saw_lead": ("saw lead", "synth lead", "lead synth", "synthesizer"),
    "warm_pad": ("warm synth pad", "warm pad", "synth pad"),
    "new_age_pad": ("shimmering pad", "synth pad"),
    "poly_pad": ("synth pad", "polysynth pad", "synthesizer"),
    "halo_pad": ("halo pad", "airy pad", "synth pad"),
    "sweep_pad": ("sweeping pad", "evolving pad", "synth pad"),
    "choir_pad": ("choir pad", "vocal pad"),
    "choir_aahs": ("choir", "wordless choir", "voices"),
    "drawbar_organ": ("organ", "Hammond organ", "drawbar organ"),
    "rock_organ": ("rock organ", "organ", "electric organ"),
    "church_organ": ("church organ", "pipe organ", "organ"),
    "vibraphone": ("vibraphone", "vibes"),
    "glockenspiel": ("glockenspiel", "bells"),
    "standard_kit": ("drums", "drum kit"),
    "jazz_kit": ("jazz drums", "drums", "ride cymbal"),
    "brush_kit": ("brushed drums", "brushes", "soft drums"),
    "electronic_kit": ("electronic drums", "drum machine", "drums"),
    "tr808_kit": ("808 drums", "808 drum machine", "drum machine"),
    "power_kit": ("heavy drums", "loud drums", "drums"),
    "orchestra_kit": ("orchestral percussion", "percussion"),
}

TEMPI: dict[str, tuple[str, ...]] = {
    "very slow": ("very slow", "slow", "extremely slow"),
    "slow": ("slow", "unhurried", "slow-paced", "slow tempo"),
    "medium": ("mid-tempo", "medium tempo", "moderate tempo", "moderately paced"),
    "fast": ("fast", "quick", "up-tempo", "fast-paced"),
    "very fast": ("very fast", "fast", "breakneck"),
}

DYNAMICS: dict[str, tuple[str, ...]] = {
    "soft": ("soft", "quiet throughout", "softly played", "hushed"),
    "steady": ("steady dynamics", "even dynamics"),
    "loud": ("loud", "full and loud", "powerful sound"),
    "growing": ("building up", "growing in intensity", "crescendo", "getting louder"),
    "fading": ("fading away", "winding down", "diminuendo", "getting quieter"),
}

# As tags, and as nouns of a sentence.
DRUM_TAGS: tuple[str, ...] = (
    "drums",
    "with drums",
    "driving beat",
    "drum beat",
    "rhythm section",
    "with a steady beat",
)
DRUMS: tuple[str, ...] = ("drums", "a driving beat", "a drum beat", "a rhythm section")
NO_DRUMS: tuple[str, ...] = ("no drums", "without drums", "drumless", "no percussion", "beatless")

KEYS: dict[str, str] = {
    "C#": "C sharp",
    "Db": "D flat",
    "D#": "D sharp",
    "Eb": "E flat",
    "F#": "F sharp",
    "Gb": "G flat",
    "G#": "G sharp",
    "Ab": "A flat",
    "A#": "A sharp",
    "Bb": "B flat",
}
MODES: dict[str, str] = {"harmonic_minor": "minor", "melodic_minor": "minor"}
