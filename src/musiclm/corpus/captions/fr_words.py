"""French vocabulary: styles, moods, instruments, tempi and dynamics, with their genders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StyleWords:
    """How a style is called."""

    names: tuple[tuple[str, str], ...]  # (gender, name): "jazz swing", as in "morceau de ..."
    pieces: tuple[tuple[str, str], ...] = ()  # (gender, countable noun): "une valse"
    scenes: tuple[str, ...] = ()  # with their article, after "pour"


_S = StyleWords

STYLES: dict[str, StyleWords] = {
    "piano ballad": _S(
        (("f", "ballade au piano"), ("f", "ballade"), ("f", "ballade de piano")),
        (("f", "ballade au piano"), ("f", "ballade"), ("f", "ballade de piano")),
        (
            "une soirée tranquille",
            "une lettre d'amour",
            "un générique de fin",
            "une pièce aux chandelles",
        ),
    ),
    "swing jazz": _S(
        (("m", "jazz swing"), ("m", "jazz"), ("m", "swing"), ("m", "jazz qui swingue")),
        (("m", "morceau de jazz"), ("m", "standard de jazz"), ("m", "air de swing")),
        ("un club de jazz enfumé", "un bar à cocktails", "un bal des années quarante"),
    ),
    "rock": _S(
        (("m", "rock"), ("m", "rock à guitares"), ("m", "rock classique")),
        (("m", "morceau de rock"), ("m", "titre rock"), ("f", "chanson rock")),
        ("un concert dans un stade", "un long trajet en voiture", "une répétition dans un garage"),
    ),
    "house": _S(
        (
            ("f", "musique électronique"),
            ("f", "musique électronique dansante"),
            ("f", "house"),
            ("f", "musique house"),
            ("f", "deep house"),
            ("f", "musique de club"),
        ),
        (("m", "morceau de house"), ("m", "titre house"), ("m", "morceau pour danser")),
        (
            "une piste de danse bondée",
            "une fête sur un toit",
            "une boîte de nuit",
            "une séance de sport",
        ),
    ),
    "ambient": _S(
        (
            ("f", "musique atmosphérique"),
            ("f", "musique ambient"),
            ("f", "musique d'ambiance"),
            ("f", "musique planante"),
        ),
        (("m", "paysage sonore"), ("f", "nappe sonore"), ("m", "morceau d'ambient")),
        ("la méditation", "un voyage dans l'espace", "un lac dans la brume", "s'endormir"),
    ),
    "string quartet": _S(
        (
            ("f", "musique classique"),
            ("m", "quatuor à cordes"),
            ("f", "musique de chambre"),
            ("m", "quatuor classique"),
        ),
        (("m", "quatuor à cordes"), ("f", "pièce de musique de chambre")),
        ("un salon élégant", "une cérémonie de mariage", "un film d'époque"),
    ),
    "bossa nova": _S(
        (
            ("f", "musique latine"),
            ("f", "bossa nova"),
            ("f", "bossa"),
            ("f", "bossa nova brésilienne"),
            ("m", "jazz latin"),
        ),
        (("f", "bossa nova"), ("m", "air de bossa nova")),
        ("une plage de Rio", "une terrasse de café", "une soirée d'été au bord de la mer"),
    ),
    "funk": _S(
        (("m", "funk"), ("m", "funk des années soixante-dix"), ("m", "funk dansant")),
        (("m", "morceau de funk"), ("m", "titre funky"), ("m", "groove funk")),
        ("une fête de quartier", "une course-poursuite", "une piste de danse à roulettes"),
    ),
    "chiptune": _S(
        (
            ("f", "musique de jeu vidéo"),
            ("f", "musique 8 bits"),
            ("f", "musique de jeu vidéo rétro"),
            ("f", "chiptune"),
        ),
        (("m", "thème de jeu vidéo"), ("m", "morceau chiptune"), ("m", "air 8 bits")),
        ("un jeu de plateforme rétro", "une salle d'arcade", "un combat contre le boss final"),
    ),
    "orchestral film": _S(
        (
            ("f", "musique symphonique"),
            ("f", "musique de film orchestrale"),
            ("f", "musique orchestrale"),
            ("f", "musique de film"),
            ("m", "orchestre symphonique"),
        ),
        (("m", "thème orchestral"), ("f", "bande originale de film"), ("m", "thème de film")),
        ("le voyage d'un héros", "une bande-annonce", "un vaste paysage", "une bataille décisive"),
    ),
    "lofi hip hop": _S(
        (
            ("m", "hip-hop"),
            ("m", "hip-hop lo-fi"),
            ("m", "lo-fi"),
            ("m", "lofi hip hop"),
            ("m", "chillhop"),
        ),
        (("m", "morceau lo-fi"), ("m", "beat lo-fi"), ("m", "beat hip-hop lo-fi")),
        ("réviser", "un après-midi de pluie", "travailler tard le soir", "un petit café"),
    ),
    "slow blues": _S(
        (("m", "blues lent"), ("m", "blues"), ("m", "blues électrique")),
        (("m", "blues lent"), ("m", "blues"), ("m", "morceau de blues")),
        ("un bar à l'heure de la fermeture", "une véranda au crépuscule", "une route de nuit"),
    ),
    "reggae": _S(
        (("m", "reggae"), ("m", "reggae roots"), ("m", "reggae jamaïcain")),
        (("m", "morceau de reggae"), ("m", "titre reggae"), ("m", "air de reggae")),
        ("une plage au soleil", "un après-midi sous les tropiques", "une sieste dans un hamac"),
    ),
    "folk": _S(
        (
            ("f", "musique acoustique"),
            ("m", "folk"),
            ("m", "folk acoustique"),
            ("f", "musique folk"),
        ),
        (("f", "chanson folk"), ("m", "air folk"), ("m", "morceau de folk")),
        ("un feu de camp", "une promenade à la campagne", "une cabane dans les bois"),
    ),
    "waltz": _S(
        (
            ("f", "valse classique"),
            ("f", "valse"),
            ("f", "valse viennoise"),
            ("f", "valse de salon"),
        ),
        (("f", "valse"), ("f", "valse viennoise"), ("f", "valse de bal")),
        ("une grande salle de bal", "un couple qui danse", "un manège"),
    ),
    "synthwave": _S(
        (
            ("f", "musique électronique"),
            ("f", "synthwave"),
            ("f", "musique synthé des années quatre-vingt"),
            ("f", "retrowave"),
        ),
        (("m", "morceau de synthwave"), ("m", "titre synthwave")),
        ("une ville au néon la nuit", "une autoroute déserte", "un film des années quatre-vingt"),
    ),
    "techno": _S(
        (
            ("f", "musique électronique"),
            ("f", "techno"),
            ("f", "techno minimale"),
            ("f", "musique techno"),
        ),
        (("m", "morceau de techno"), ("m", "titre techno")),
        ("un entrepôt sombre", "un club souterrain", "une rave à cinq heures du matin"),
    ),
    "metal": _S(
        (("m", "hard rock"), ("m", "metal"), ("m", "heavy metal"), ("m", "thrash metal")),
        (("m", "morceau de metal"), ("m", "titre de heavy metal")),
        ("un combat de géants", "un festival de metal", "la fosse d'un concert"),
    ),
    "march": _S(
        (("f", "marche"), ("f", "marche militaire"), ("f", "fanfare")),
        (("f", "marche"), ("f", "marche militaire"), ("f", "marche de fanfare")),
        ("un défilé", "une fanfare sur la place", "une fête nationale"),
    ),
    "celtic": _S(
        (
            ("f", "musique traditionnelle irlandaise"),
            ("f", "musique celtique"),
            ("f", "musique irlandaise"),
            ("m", "folk irlandais"),
        ),
        (("m", "air celtique"), ("f", "gigue irlandaise"), ("m", "air irlandais")),
        ("un pub irlandais", "des collines vertes", "une danse au village", "une taverne"),
    ),
    "lullaby": _S(
        (("f", "berceuse"), ("f", "musique pour dormir"), ("f", "berceuse pour enfant")),
        (("f", "berceuse"), ("f", "berceuse pour bébé")),
        (
            "un enfant qui s'endort",
            "une chambre d'enfant",
            "l'heure du coucher",
            "une nuit étoilée",
        ),
    ),
}

# Mood -> (masculine, feminine) adjectives that follow the noun.
MOODS: dict[str, tuple[tuple[str, str], ...]] = {
    "happy": (
        ("joyeux", "joyeuse"),
        ("gai", "gaie"),
        ("ensoleillé", "ensoleillée"),
        ("enjoué", "enjouée"),
    ),
    "sad": (("triste", "triste"), ("mélancolique", "mélancolique"), ("douloureux", "douloureuse")),
    "melancholic": (
        ("mélancolique", "mélancolique"),
        ("nostalgique", "nostalgique"),
        ("triste", "triste"),
    ),
    "calm": (
        ("calme", "calme"),
        ("paisible", "paisible"),
        ("tranquille", "tranquille"),
        ("apaisant", "apaisante"),
        ("relaxant", "relaxante"),
    ),
    "tense": (("tendu", "tendue"), ("angoissant", "angoissante"), ("inquiet", "inquiète")),
    "dark": (("sombre", "sombre"), ("ténébreux", "ténébreuse"), ("lugubre", "lugubre")),
    "romantic": (
        ("romantique", "romantique"),
        ("tendre", "tendre"),
        ("sentimental", "sentimentale"),
    ),
    "energetic": (
        ("énergique", "énergique"),
        ("dynamique", "dynamique"),
        ("entraînant", "entraînante"),
        ("puissant", "puissante"),
    ),
    "dreamy": (
        ("rêveur", "rêveuse"),
        ("onirique", "onirique"),
        ("éthéré", "éthérée"),
        ("vaporeux", "vaporeuse"),
    ),
    "epic": (
        ("épique", "épique"),
        ("grandiose", "grandiose"),
        ("héroïque", "héroïque"),
        ("majestueux", "majestueuse"),
    ),
    "playful": (
        ("espiègle", "espiègle"),
        ("amusant", "amusante"),
        ("malicieux", "malicieuse"),
        ("léger", "légère"),
    ),
    "nostalgic": (
        ("nostalgique", "nostalgique"),
        ("mélancolique", "mélancolique"),
        ("rétro", "rétro"),
    ),
    "mysterious": (
        ("mystérieux", "mystérieuse"),
        ("énigmatique", "énigmatique"),
        ("envoûtant", "envoûtante"),
    ),
    "hopeful": (
        ("plein d'espoir", "pleine d'espoir"),
        ("optimiste", "optimiste"),
        ("inspirant", "inspirante"),
        ("lumineux", "lumineuse"),
    ),
    "relaxed": (("détendu", "détendue"), ("décontracté", "décontractée")),
    "gentle": (("doux", "douce"), ("délicat", "délicate")),
    "angry": (("furieux", "furieuse"), ("agressif", "agressive")),
    "triumphant": (("triomphant", "triomphante"), ("glorieux", "glorieuse")),
    "groovy": (("groovy", "groovy"), ("entraînant", "entraînante")),
}

# What people say besides the instrument's own name: (gender, noun), "p" marks plurals.
INSTRUMENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "acoustic_grand_piano": (("m", "piano"), ("m", "piano à queue"), ("m", "piano acoustique")),
    "electric_piano": (("m", "piano électrique"), ("m", "Rhodes")),
    "nylon_guitar": (("f", "guitare classique"), ("f", "guitare nylon"), ("f", "guitare")),
    "steel_guitar": (("f", "guitare acoustique"), ("f", "guitare folk"), ("f", "guitare")),
    "jazz_guitar": (("f", "guitare jazz"), ("f", "guitare électrique"), ("f", "guitare")),
    "clean_guitar": (
        ("f", "guitare électrique claire"),
        ("f", "guitare électrique"),
        ("f", "guitare"),
    ),
    "overdriven_guitar": (("f", "guitare saturée"), ("f", "guitare électrique"), ("f", "guitare")),
    "distortion_guitar": (
        ("f", "guitare saturée"),
        ("f", "guitare électrique saturée"),
        ("fp", "guitares lourdes"),
        ("f", "guitare électrique"),
    ),
    "acoustic_bass": (("f", "contrebasse"), ("f", "basse acoustique"), ("f", "basse")),
    "finger_bass": (("f", "basse électrique"), ("f", "basse")),
    "slap_bass": (("f", "basse slap"), ("f", "basse")),
    "synth_bass": (("f", "basse synthé"), ("f", "basse synthétique"), ("f", "basse")),
    "violin": (("m", "violon"), ("m", "violon solo")),
    "string_ensemble": (("fp", "cordes"), ("m", "ensemble à cordes"), ("mp", "violons")),
    "pizzicato_strings": (("fp", "cordes pincées"), ("fp", "cordes en pizzicato")),
    "brass_section": (("mp", "cuivres"), ("f", "section de cuivres")),
    "soprano_sax": (("m", "saxophone soprano"), ("m", "saxophone"), ("m", "saxo")),
    "alto_sax": (("m", "saxophone alto"), ("m", "saxophone"), ("m", "saxo")),
    "tenor_sax": (("m", "saxophone ténor"), ("m", "saxophone"), ("m", "saxo")),
    "french_horn": (("m", "cor"), ("m", "cor d'harmonie")),
    "square_lead": (("m", "synthé carré"), ("m", "synthétiseur"), ("m", "synthé")),
    "saw_lead": (("m", "synthé lead"), ("m", "synthétiseur"), ("m", "synthé")),
    "warm_pad": (("f", "nappe chaude"), ("f", "nappe de synthé"), ("fp", "nappes")),
    "new_age_pad": (("f", "nappe cristalline"), ("f", "nappe de synthé")),
    "poly_pad": (("f", "nappe de synthé"), ("m", "synthétiseur")),
    "halo_pad": (("f", "nappe aérienne"), ("f", "nappe de synthé")),
    "sweep_pad": (("f", "nappe ondulante"), ("f", "nappe de synthé")),
    "choir_aahs": (("m", "chœur"), ("fp", "voix")),
    "drawbar_organ": (("m", "orgue Hammond"), ("m", "orgue")),
    "rock_organ": (("m", "orgue rock"), ("m", "orgue électrique"), ("m", "orgue")),
    "church_organ": (("m", "orgue d'église"), ("m", "orgue"), ("fp", "grandes orgues")),
    "standard_kit": (("f", "batterie"), ("f", "batterie")),
    "jazz_kit": (("f", "batterie jazz"), ("f", "batterie")),
    "brush_kit": (("f", "batterie aux balais"), ("mp", "balais"), ("f", "batterie douce")),
    "electronic_kit": (("f", "batterie électronique"), ("f", "boîte à rythmes")),
    "tr808_kit": (("f", "boîte à rythmes 808"), ("f", "boîte à rythmes")),
    "power_kit": (("f", "grosse batterie"), ("f", "batterie puissante"), ("f", "batterie")),
    "orchestra_kit": (("fp", "percussions d'orchestre"), ("fp", "percussions")),
}

# Band -> adjectives (masculine, feminine), and what follows "tempo".
TEMPI: dict[str, tuple[tuple[str, str], ...]] = {
    "very slow": (("très lent", "très lente"), ("lent", "lente")),
    "slow": (("lent", "lente"), ("posé", "posée"), ("plutôt lent", "plutôt lente")),
    "medium": (
        ("modéré", "modérée"),
        ("à tempo moyen", "à tempo moyen"),
        ("au tempo modéré", "au tempo modéré"),
    ),
    "fast": (("rapide", "rapide"), ("vif", "vive"), ("enlevé", "enlevée")),
    "very fast": (("très rapide", "très rapide"), ("effréné", "effrénée"), ("rapide", "rapide")),
}

DYNAMICS: dict[str, tuple[str, ...]] = {
    "soft": ("joué doucement", "en douceur", "nuance douce"),
    "steady": ("intensité constante", "nuance égale"),
    "loud": ("fort et plein", "son puissant", "joué fort"),
    "growing": ("qui monte en puissance", "en crescendo", "de plus en plus fort"),
    "fading": ("qui s'éteint peu à peu", "en decrescendo", "de plus en plus doux"),
}

DYNAMICS_SENTENCES: dict[str, tuple[str, ...]] = {
    "soft": ("Le jeu reste doux du début à la fin", "Tout est joué en douceur"),
    "steady": ("L'intensité reste constante", "Le niveau ne change guère"),
    "loud": ("Le son est plein et puissant", "Tout est joué fort"),
    "growing": ("L'intensité monte peu à peu", "Tout commence doucement puis grandit"),
    "fading": ("Tout s'éteint peu à peu", "L'intensité retombe vers la fin"),
}

DRUMS: tuple[tuple[str, str], ...] = (("f", "batterie"), ("f", "rythmique entraînante"))
NO_DRUMS: tuple[str, ...] = (
    "sans batterie",
    "pas de batterie",
    "sans percussions",
    "sans rythmique",
)

KEYS: dict[str, str] = {
    "C": "do",
    "C#": "do dièse",
    "Db": "ré bémol",
    "D": "ré",
    "D#": "ré dièse",
    "Eb": "mi bémol",
    "E": "mi",
    "F": "fa",
    "F#": "fa dièse",
    "Gb": "sol bémol",
    "G": "sol",
    "G#": "sol dièse",
    "Ab": "la bémol",
    "A": "la",
    "A#": "la dièse",
    "Bb": "si bémol",
    "B": "si",
    "Cb": "do bémol",
}
MODES: dict[str, str] = {
    "major": "majeur",
    "minor": "mineur",
    "harmonic_minor": "mineur",
    "melodic_minor": "mineur",
    "dorian": "dorien",
    "phrygian": "phrygien",
    "lydian": "lydien",
    "mixolydian": "mixolydien",
    "aeolian": "mineur",
    "ionian": "majeur",
    "locrian": "locrien",
}
