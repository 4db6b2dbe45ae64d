"""Facts and a mention in, one French caption out: articles, agreement and elision included."""

import numpy as np

from musiclm.corpus.captions import fr_words as words
from musiclm.corpus.captions.draw import capital, pick, shuffled, spoken_key, tempo_band
from musiclm.corpus.captions.mention import Mention, Register
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS

Noun = tuple[str, str]  # (gender "m", "f", "mp", "fp"; noun without article)

_PIECES: tuple[Noun, ...] = (
    ("m", "morceau"),
    ("f", "musique"),
    ("m", "titre"),
    ("m", "instrumental"),
    ("f", "pièce"),
)
_VOWELS = "aeiouyàâäéèêëîïôöùûüœ"
_MUTE_H = ("harmonica", "harmonium", "hiver", "histoire", "heure", "homme")


def write(facts: Facts, mention: Mention, register: Register, rng: np.random.Generator) -> str:
    """One French caption."""
    if register == "tags":
        return _tags(facts, mention, rng)
    if register == "short":
        return _short(facts, mention, rng)
    if register == "sentence":
        return _sentence(facts, mention, rng)
    if register == "scene":
        return _scene(facts, mention, rng)
    return _technical(facts, mention, rng)


def elided(word: str) -> bool:
    """Whether ``le``, ``la``, ``de`` lose their vowel before ``word``.

    Example:
        >>> elided("orgue"), elided("harpe"), elided("harmonica"), elided("piano")
        (True, False, True, False)
    """
    lower = word.lower()
    return lower[0] in _VOWELS or lower.startswith(_MUTE_H)


def au(noun: Noun) -> str:
    """``au piano``, ``à la guitare``, ``à l'orgue``, ``aux cordes``."""
    gender, name = noun
    if gender.endswith("p"):
        return f"aux {name}"
    if elided(name):
        return f"à l'{name}"
    return f"au {name}" if gender == "m" else f"à la {name}"


def le(noun: Noun) -> str:
    """``le piano``, ``la guitare``, ``l'orgue``, ``les cordes``."""
    gender, name = noun
    if gender.endswith("p"):
        return f"les {name}"
    if elided(name):
        return f"l'{name}"
    return f"le {name}" if gender == "m" else f"la {name}"


def un(noun: Noun) -> str:
    """``un piano``, ``une guitare``, ``des cordes``."""
    gender, name = noun
    return f"{'des' if gender.endswith('p') else 'un' if gender == 'm' else 'une'} {name}"


def du(noun: Noun) -> str:
    """``du piano``, ``de la guitare``, ``de l'orgue``, ``des cordes``."""
    gender, name = noun
    if gender.endswith("p"):
        return f"des {name}"
    if elided(name):
        return f"de l'{name}"
    return f"du {name}" if gender == "m" else f"de la {name}"


def de(name: str) -> str:
    """``de jazz``, ``d'ambient``."""
    return f"d'{name}" if elided(name) else f"de {name}"


def _tags(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """Bare words: ``piano calme``, ``rock, rapide, guitare, batterie``."""
    nouns = [_instrument(key, rng)[1] for key in _instruments(mention)]
    if mention.style:
        nouns.insert(0, _style(mention.style, rng)[1])
    adjectives = _adjectives(facts, mention, "m", rng)
    drums = []
    if mention.drums is not None:
        drums.append(_drums(mention, rng)[1] if mention.drums else pick(words.NO_DRUMS, rng))
    tags = [*nouns, *adjectives, *drums, *_extras(facts, mention, rng)]
    separator = pick((" ", ", ", ", "), rng)
    if separator == ", " and rng.random() < 0.6:
        tags = shuffled(tags, rng)
    return separator.join(dict.fromkeys(tags))


def _short(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """A phrase: ``jazz lent et mélancolique au piano, sans batterie``."""
    instruments = [_instrument(key, rng) for key in _instruments(mention)]
    if mention.style:
        head = _style(mention.style, rng)
    elif instruments and rng.random() < 0.5:
        head = instruments.pop(0)
    else:
        head = pick((("f", "musique"), ("m", "morceau"), ("m", "instrumental")), rng)
    text = _qualified(head[1], _adjectives(facts, mention, head[0], rng))
    # "Ballade au piano au piano" says it twice.
    instruments = [noun for noun in instruments if noun[1] not in text]
    if instruments and rng.random() < 0.55:
        text += " " + _and([au(noun) for noun in instruments])
        instruments = []
    if mention.drums:
        instruments.append(_drums(mention, rng))
    if instruments:
        text += " avec " + _and([pick((un, du, _bare), rng)(noun) for noun in instruments])
    tail = _extras(facts, mention, rng)
    if mention.drums is False:
        tail.insert(0, pick(words.NO_DRUMS, rng))
    return ", ".join([text, *tail])


def _sentence(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """A full sentence or two."""
    noun = _piece(mention, rng)
    adjectives = _adjectives(facts, mention, noun[0], rng)
    text = _qualified(un(noun), adjectives)
    if mention.lead:
        lead = _instrument(mention.lead, rng)
        plays = "jouent" if lead[0].endswith("p") else "joue"
        leads = "mènent" if lead[0].endswith("p") else "mène"
        text += " " + pick(
            (
                f"où {le(lead)} {plays} la mélodie",
                f"où {le(lead)} {leads} le jeu",
                f"avec {un(lead)} au premier plan",
                au(lead),
                f"porté{'e' if noun[0] == 'f' else ''} par {le(lead)}",
            ),
            rng,
        )
    backing = [_instrument(key, rng) for key in mention.others]
    if mention.drums:
        backing.append(_drums(mention, rng))
    if backing:
        participle = "accompagnée" if noun[0] == "f" else "accompagné"
        text += pick(
            (
                ", avec " + _and([un(item) for item in backing]),
                ", avec " + _and([du(item) for item in backing]),
                f", {participle} par " + _and([le(item) for item in backing]),
            ),
            rng,
        )
    if mention.tempo == "bpm":
        text += ", " + _bpm(facts, rng)
    if mention.key:
        text += ", en " + _key(facts)
    if mention.drums is False and rng.random() < 0.6:
        text += ", " + pick(words.NO_DRUMS, rng)
    sentences = [pick(("", "", "C'est ", "Je voudrais ", "Compose "), rng) + text]
    if mention.drums is False and not any(text.endswith(phrase) for phrase in words.NO_DRUMS):
        sentences.append(
            pick(("Il n'y a pas de batterie", "Pas de batterie", "Aucune percussion"), rng)
        )
    if mention.dynamics:
        sentences.append(pick(words.DYNAMICS_SENTENCES[facts.dynamics], rng))
    return ". ".join(capital(sentence) for sentence in sentences) + "."


def _scene(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """What it is music for, then a few facts."""
    known = words.STYLES.get(facts.style.replace("_", " "))
    scene = pick(known.scenes, rng) if known and known.scenes else "un moment tranquille"
    noun = _style(mention.style, rng) if mention.style else ("f", "musique")
    head = _qualified(noun[1], _adjectives(facts, mention, noun[0], rng))
    instruments = [_instrument(key, rng) for key in _instruments(mention)]
    if mention.drums:
        instruments.append(_drums(mention, rng))
    by = ""
    if instruments:
        by = " avec " + _and([pick((un, du), rng)(item) for item in instruments])
    without = f", {pick(words.NO_DRUMS, rng)}" if mention.drums is False else ""
    templates = [
        f"{head} pour {scene}{by}{without}",
        f"pour {scene} : {head}{by}{without}",
        f"musique pour {scene} : {head}{by}{without}",
    ]
    if scene.startswith(("un ", "une ", "des ", "le ", "la ", "l'")):
        templates += [f"{scene}, {head}{by}{without}", f"imaginez {scene} : {head}{by}{without}"]
    text = pick(templates, rng)
    if mention.tempo == "bpm":
        text += f", {_bpm(facts, rng)}"
    return capital(text) if rng.random() < 0.6 else text


def _technical(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """Like a line in a music library."""
    parts = [_piece(mention, rng)[1]]
    if mention.mood:
        parts.append(f"ambiance {_mood(mention.mood, 'f', rng)}")
    if mention.tempo == "bpm":
        parts.append(_bpm(facts, rng))
    elif mention.tempo:
        parts.append(_tempo_clause(facts, rng))
    if mention.key:
        parts.append(pick(("{}", "en {}", "tonalité de {}"), rng).format(_key(facts)))
    if mention.metre:
        parts.append(pick((f"mesure à {facts.metre}", facts.metre), rng))
    if mention.lead:
        lead = _instrument(mention.lead, rng)
        parts.append(
            pick(
                (
                    f"instrument principal : {lead[1]}",
                    f"mélodie : {lead[1]}",
                    f"mélodie {au(lead)}",
                ),
                rng,
            )
        )
    if mention.others:
        listed = _and([_instrument(key, rng)[1] for key in mention.others])
        parts.append(pick((f"accompagnement : {listed}", listed), rng))
    if mention.drums is not None:
        parts.append(_drums(mention, rng)[1] if mention.drums else pick(words.NO_DRUMS, rng))
    if mention.dynamics:
        parts.append(pick(words.DYNAMICS[facts.dynamics], rng))
    text = pick((", ", " ; ", ", "), rng).join(parts)
    return capital(text) + "." if rng.random() < 0.5 else text


def _adjectives(facts: Facts, mention: Mention, gender: str, rng: np.random.Generator) -> list[str]:
    """Tempo and mood, agreeing with a noun of this gender."""
    found = []
    if mention.tempo == "word":
        found.append(_agree(pick(words.TEMPI[tempo_band(facts.tempo_bpm)], rng), gender))
    if mention.mood and mention.mood in words.MOODS:
        found.append(_mood(mention.mood, gender, rng))
    return shuffled(found, rng)


def _qualified(noun: str, adjectives: list[str]) -> str:
    """``valse lente et triste``; phrases such as "au tempo modéré" come after the adjectives."""
    phrases = [item for item in adjectives if item.startswith(("à ", "au "))]
    plain = [item for item in adjectives if item not in phrases]
    return " ".join([noun, *([_and(plain)] if plain else []), *phrases])


def _extras(facts: Facts, mention: Mention, rng: np.random.Generator) -> list[str]:
    """Numbers, key and dynamics as tags."""
    tags = []
    if mention.tempo == "bpm":
        tags.append(_bpm(facts, rng))
    if mention.key:
        tags.append(pick(("en {}", "{}"), rng).format(_key(facts)))
    if mention.metre:
        tags.append(f"mesure à {facts.metre}")
    if mention.dynamics:
        tags.append(pick(words.DYNAMICS[facts.dynamics], rng))
    return tags


def _piece(mention: Mention, rng: np.random.Generator) -> Noun:
    """``valse``, ``morceau de jazz swing``, or just ``morceau``."""
    if not mention.style:
        return pick(_PIECES, rng)
    known = words.STYLES.get(mention.style.replace("_", " "))
    if known and known.pieces and rng.random() < 0.6:
        return pick(known.pieces, rng)
    gender, name = pick((_PIECES[0], _PIECES[0], _PIECES[2]), rng)
    return gender, f"{name} {de(_style(mention.style, rng)[1])}"


def _style(style: str, rng: np.random.Generator) -> Noun:
    known = words.STYLES.get(style.replace("_", " "))
    return pick(known.names, rng) if known else ("m", style.replace("_", " "))


def _mood(mood: str, gender: str, rng: np.random.Generator) -> str:
    known = words.MOODS.get(mood)
    return _agree(pick(known, rng), gender) if known else mood.replace("_", " ")


def _agree(forms: tuple[str, str], gender: str) -> str:
    """The right form of an adjective; plurals get an ``s`` unless they end in one."""
    form = forms[1] if gender.startswith("f") else forms[0]
    plain = " " not in form and not form.endswith(("s", "x"))
    return form + "s" if gender.endswith("p") and plain else form


def _instruments(mention: Mention) -> list[str]:
    """Lead first, then the others."""
    return [*([mention.lead] if mention.lead else []), *mention.others]


def _instrument(key: str, rng: np.random.Generator) -> Noun:
    """A name; the first, most exact one comes as often as all others together."""
    own = INSTRUMENTS[key]
    names = words.INSTRUMENTS.get(key, ((own.gender, own.french),))
    return names[0] if rng.random() < 0.5 else pick(names, rng)


def _drums(mention: Mention, rng: np.random.Generator) -> Noun:
    """The drums as a noun."""
    if mention.kit:
        return _instrument(mention.kit, rng)
    return words.DRUMS[0] if rng.random() < 0.75 else pick(words.DRUMS, rng)


def _tempo_clause(facts: Facts, rng: np.random.Generator) -> str:
    """``tempo lent``."""
    forms = [m for m, _ in words.TEMPI[tempo_band(facts.tempo_bpm)] if "tempo" not in m]
    return f"tempo {pick(forms, rng)}"


def _bpm(facts: Facts, rng: np.random.Generator) -> str:
    return pick(("{} bpm", "à {} bpm", "{} BPM", "{} battements par minute"), rng).format(
        facts.tempo_bpm
    )


def _key(facts: Facts) -> str:
    return spoken_key(facts.key, facts.mode, words.KEYS, words.MODES)


def _bare(noun: Noun) -> str:
    """The noun alone, as in "jazz avec piano et contrebasse"."""
    return noun[1]


def _and(items: list[str]) -> str:
    """``a``, ``a et b``, ``a, b et c``; repeats dropped."""
    unique = list(dict.fromkeys(items))
    if len(unique) < 2:
        return "".join(unique)
    return ", ".join(unique[:-1]) + " et " + unique[-1]
