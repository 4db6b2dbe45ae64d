"""Facts and a mention in, one English caption out."""

import numpy as np

from musiclm.corpus.captions import en_words as words
from musiclm.corpus.captions.draw import capital, pick, shuffled, spoken_key, tempo_band
from musiclm.corpus.captions.mention import Mention, Register
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS

_PIECES = ("piece", "track", "instrumental", "tune", "composition")


def write(facts: Facts, mention: Mention, register: Register, rng: np.random.Generator) -> str:
    """One English caption."""
    if register == "tags":
        return _tags(facts, mention, rng)
    if register == "short":
        return _short(facts, mention, rng)
    if register == "sentence":
        return _sentence(facts, mention, rng)
    if register == "scene":
        return _scene(facts, mention, rng)
    return _technical(facts, mention, rng)


def _tags(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """Bare words: ``calm piano``, ``fast, rock, guitar, drums``."""
    tags = [*_adjectives(facts, mention, rng)]
    if mention.style:
        tags.append(_style(mention.style, rng))
    tags += [_instrument(key, rng) for key in _instruments(mention)]
    if mention.drums is not None:
        tags.append(_drums(mention, rng, tag=True))
    tags += _extras(facts, mention, rng)
    separator = pick((" ", ", ", ", "), rng)
    if rng.random() < 0.5:
        tags = shuffled(tags, rng)
    return separator.join(dict.fromkeys(tags))


def _short(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """A phrase: ``slow melancholic jazz with piano and double bass, no drums``."""
    head = [*_adjectives(facts, mention, rng)]
    instruments = [_instrument(key, rng) for key in _instruments(mention)]
    if mention.style:
        head.append(_style(mention.style, rng))
    elif instruments and rng.random() < 0.6:
        head += [instruments.pop(0)]
        if rng.random() < 0.4:
            head.append(pick(("music", "piece", "melody"), rng))
    else:
        head.append(pick(("music", "instrumental music", "instrumental", "piece"), rng))
    text = " ".join(head)
    if mention.drums:
        instruments.append(_drums(mention, rng))
    if instruments:
        joiner = pick(("with", "with", "featuring", "on"), rng)
        text += f" {joiner} {_listed(instruments)}"
    tail = _extras(facts, mention, rng)
    if mention.drums is False:
        tail.insert(0, pick(words.NO_DRUMS, rng))
    return ", ".join([text, *tail])


def _sentence(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """A full sentence or two."""
    noun = _noun(mention, rng)
    tempo_first = mention.tempo == "word" and rng.random() < 0.5
    adjectives = _adjectives(facts, mention, rng, tempo=tempo_first)
    text = _with_article(" ".join([*adjectives, noun]))
    if mention.lead:
        lead = _instrument(mention.lead, rng)
        the = "" if lead.endswith(("strings", "voices", "vibes", "bells")) else "the "
        text += " " + pick(
            (
                f"led by {the}{lead}",
                f"with {the}{lead} carrying the melody",
                f"where {the}{lead} takes the lead" if the else f"led by {lead}",
                f"featuring {lead}",
                f"played on {the}{lead}",
            ),
            rng,
        )
    backing = [_instrument(key, rng) for key in mention.others]
    if mention.drums:
        backing.append(_drums(mention, rng))
    if backing:
        text += ", " + pick(("with", "backed by", "over", "accompanied by", "together with"), rng)
        text += " " + _listed(backing)
    if mention.tempo and not tempo_first:
        text += ", " + _tempo_clause(facts, mention, rng)
    if mention.key:
        text += ", in " + _key(facts)
    sentences = [text]
    if mention.drums is False:
        sentences.append(
            pick(
                (
                    "There are no drums",
                    "No drums at all",
                    "It has no percussion",
                    "Without any drums",
                ),
                rng,
            )
        )
    if mention.dynamics:
        sentences.append(_dynamics_sentence(facts, rng))
    opening = pick(("", "", "This is ", "I want ", "Give me "), rng)
    sentences[0] = opening + sentences[0]
    return ". ".join(capital(sentence) for sentence in sentences) + "."


def _scene(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """What it is music for, then a few facts."""
    known = words.STYLES.get(facts.style.replace("_", " "))
    scene = pick(known.scenes, rng) if known and known.scenes else "a quiet moment"
    head = " ".join(
        [
            *_adjectives(facts, mention, rng),
            _style(mention.style, rng) if mention.style else "music",
        ]
    )
    instruments = [_instrument(key, rng) for key in _instruments(mention)]
    if mention.drums:
        instruments.append(_drums(mention, rng))
    by = f" with {_listed(instruments)}" if instruments else ""
    without = f", {pick(words.NO_DRUMS, rng)}" if mention.drums is False else ""
    text = pick(
        (
            f"{head} for {scene}{by}{without}",
            f"music for {scene}: {head}{by}{without}",
            f"{scene}, {head}{by}{without}",
            f"soundtrack to {scene}, {head}{by}{without}",
            f"imagine {scene}: {head}{by}{without}",
        ),
        rng,
    )
    if mention.tempo == "bpm":
        text += f", {_bpm(facts, rng)}"
    return capital(text) if rng.random() < 0.6 else text


def _technical(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """Like a line in a music library."""
    parts = [_noun(mention, rng)]
    if mention.mood:
        parts.append(f"mood: {_mood(mention.mood, rng)}")
    if mention.tempo:
        parts.append(
            _bpm(facts, rng) if mention.tempo == "bpm" else _tempo_clause(facts, mention, rng)
        )
    if mention.key:
        parts.append(_key(facts))
    if mention.metre:
        parts.append(pick((f"{facts.metre} time", f"{facts.metre} metre", facts.metre), rng))
    if mention.lead:
        lead = _instrument(mention.lead, rng)
        forms = ["lead: {}", "lead instrument: {}"]
        if not lead.endswith("lead"):
            forms.append("{} lead")
        parts.append(pick(forms, rng).format(lead))
    if mention.others:
        listed = _listed([_instrument(key, rng) for key in mention.others])
        parts.append(pick(("accompaniment: {}", "backing: {}", "{}"), rng).format(listed))
    if mention.drums is not None:
        parts.append(_drums(mention, rng, tag=True))
    if mention.dynamics:
        parts.append(pick(words.DYNAMICS[facts.dynamics], rng))
    separator = pick((", ", "; ", ", "), rng)
    text = separator.join(parts)
    return capital(text) + "." if rng.random() < 0.5 else text


def _adjectives(
    facts: Facts, mention: Mention, rng: np.random.Generator, *, tempo: bool = True
) -> list[str]:
    """Tempo and mood as words before a noun; without ``tempo`` that is left to a clause."""
    found = []
    if mention.tempo == "word" and tempo:
        found.append(_tempo_word(facts, rng))
    if mention.mood:
        found.append(_mood(mention.mood, rng))
    return shuffled(found, rng)


def _extras(facts: Facts, mention: Mention, rng: np.random.Generator) -> list[str]:
    """Numbers, key and dynamics as tags."""
    tags = []
    if mention.tempo == "bpm":
        tags.append(_bpm(facts, rng))
    if mention.key:
        tags.append(pick(("in {}", "{}"), rng).format(_key(facts)))
    if mention.metre:
        tags.append(f"{facts.metre} time")
    if mention.dynamics:
        tags.append(pick(words.DYNAMICS[facts.dynamics], rng))
    return tags


def _noun(mention: Mention, rng: np.random.Generator) -> str:
    """``swing jazz piece``, ``waltz``, or just ``piece``."""
    if not mention.style:
        return pick(_PIECES, rng)
    known = words.STYLES.get(mention.style.replace("_", " "))
    if known and known.pieces and rng.random() < 0.5:
        return pick(known.pieces, rng)
    return f"{_style(mention.style, rng)} {pick(_PIECES[:3], rng)}"


def _style(style: str, rng: np.random.Generator) -> str:
    known = words.STYLES.get(style.replace("_", " "))
    return pick(known.names, rng) if known else style.replace("_", " ")


def _mood(mood: str, rng: np.random.Generator) -> str:
    return pick(words.MOODS.get(mood, (mood.replace("_", " "),)), rng)


def _instruments(mention: Mention) -> list[str]:
    """Lead first, then the others."""
    return [*([mention.lead] if mention.lead else []), *mention.others]


def _instrument(key: str, rng: np.random.Generator) -> str:
    """A name; the first, most exact one comes as often as all others together."""
    names = words.INSTRUMENTS.get(key, (INSTRUMENTS[key].english,))
    return names[0] if rng.random() < 0.5 else pick(names, rng)


def _drums(mention: Mention, rng: np.random.Generator, *, tag: bool = False) -> str:
    """Drums or their absence, as a tag or as a noun that fits into a sentence."""
    if not mention.drums:
        return pick(words.NO_DRUMS, rng)
    if mention.kit:
        return _instrument(mention.kit, rng)
    names = words.DRUM_TAGS if tag else words.DRUMS
    return names[0] if rng.random() < 0.5 else pick(names, rng)


def _tempo_word(facts: Facts, rng: np.random.Generator) -> str:
    return pick(words.TEMPI[tempo_band(facts.tempo_bpm)], rng)


def _tempo_clause(facts: Facts, mention: Mention, rng: np.random.Generator) -> str:
    """``at a slow tempo`` or ``at 72 BPM``."""
    if mention.tempo == "bpm":
        return pick(("at ", "at about ", "around "), rng) + _bpm(facts, rng)
    word = (
        _tempo_word(facts, rng).replace(" tempo", "").replace("-paced", "").replace("ly paced", "")
    )
    word = word.replace("mid-tempo", "medium").replace("up-tempo", "fast")
    return pick(("at {} tempo", "in {} tempo", "at {} pace"), rng).format(_with_article(word))


def _bpm(facts: Facts, rng: np.random.Generator) -> str:
    return pick(("{} bpm", "{} BPM", "{} beats per minute"), rng).format(facts.tempo_bpm)


def _key(facts: Facts) -> str:
    return spoken_key(facts.key, facts.mode, words.KEYS, words.MODES)


def _dynamics_sentence(facts: Facts, rng: np.random.Generator) -> str:
    sentences = {
        "soft": ("It stays soft all along", "The playing is quiet and gentle"),
        "steady": ("The level stays even", "It keeps a steady intensity"),
        "loud": ("It is loud and full from the start", "The sound is big and powerful"),
        "growing": ("It builds up steadily", "It starts small and grows", "It swells to the end"),
        "fading": ("It slowly fades away", "It winds down towards the end"),
    }
    return pick(sentences[facts.dynamics], rng)


def _listed(items: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; repeats dropped."""
    unique = list(dict.fromkeys(items))
    if len(unique) < 2:
        return "".join(unique)
    return ", ".join(unique[:-1]) + " and " + unique[-1]


def _with_article(noun: str) -> str:
    """``a`` or ``an`` before ``noun``; by sound where the spelling misleads."""
    first = noun.lower()
    vowel = first[0] in "aeiou" or first.startswith(("8", "11", "18", "808"))
    if first.startswith(("uni", "eu", "one")):
        vowel = False
    return ("an " if vowel else "a ") + noun
