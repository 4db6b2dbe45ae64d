import re
from functools import cache

import numpy as np
import pytest

from musiclm.corpus.captions import captions_of, lexicon
from musiclm.corpus.captions.draft import Draft
from musiclm.corpus.captions.write import repeats
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import Facts, facts_of


@pytest.mark.parametrize(
    ("language", "noun", "form", "wanted"),
    [
        ("en", "piano", "a", "a piano"),
        ("en", "organ", "a", "an organ"),
        ("en", "8-bit tune", "a", "an 8-bit tune"),
        ("en", "u jazz", "a", "jazz"),
        ("en", "p strings", "the", "the strings"),
        ("fr", "m piano", "au", "au piano"),
        ("fr", "m orgue", "au", "à l'orgue"),
        ("fr", "f guitare", "du", "de la guitare"),
        ("fr", "fp cordes", "au", "aux cordes"),
        ("fr", "m hautbois", "le", "le hautbois"),
        ("fr", "m harmonica", "le", "l'harmonica"),
        ("fr", "f ambient", "de", "d'ambient"),
        ("fr", "m orgue", "ce", "cet orgue"),
        ("es", "f arpa", "el", "el arpa"),
        ("es", "m piano", "del", "del piano"),
        ("es", "fp cuerdas", "al", "a las cuerdas"),
        ("de", "f akustisch~ Gitarre", "dem", "der akustischen Gitarre"),
        ("de", "f akustisch~ Gitarre", "dat", "akustischer Gitarre"),
        ("de", "m langsam~ Blues", "einen", "einen langsamen Blues"),
        ("de", "n Klavier", "am", "am Klavier"),
        ("de", "p Streicher", "dat", "Streichern"),
        ("de", "p weich~ Streicher", "vom", "von den weichen Streichern"),
        ("de", "p Drums", "dat", "Drums"),
        ("it", "m sassofono", "il", "il sassofono"),
        ("it", "m xilofono", "al", "allo xilofono"),
        ("it", "m organo", "dal", "dall'organo"),
        ("it", "f arpa", "un", "un'arpa"),
        ("it", "mp archi", "il", "gli archi"),
        ("it", "m synth", "un", "un synth"),
        ("pt", "f bateria", "pelo", "pela bateria"),
        ("pt", "mp metais", "no", "nos metais"),
        ("pt", "m piano", "ao", "ao piano"),
    ],
)
def test_articles_prepositions_and_cases(language: str, noun: str, form: str, wanted: str) -> None:
    grammar = lexicon(language).grammar
    assert grammar.phrase(grammar.noun(noun), form) == wanted


@pytest.mark.parametrize(
    ("language", "noun", "form", "adjectives", "wanted"),
    [
        ("en", "tune", "a", ["old", "sad"], "an old sad tune"),
        ("en", "tune", "a", [">full of life", "sad"], "a sad tune full of life"),
        ("fr", "f valse", "un", ["joyeux"], "une valse joyeuse"),
        ("fr", "f valse", "un", ["lent", "joyeux"], "une valse lente et joyeuse"),
        ("fr", "fp cordes", "le", ["doux/douce"], "les cordes douces"),
        ("fr", "mp cuivres", "le", ["triomphal"], "les cuivres triomphaux"),
        ("fr", "f danse", "un", ["plein* d'énergie"], "une danse pleine d'énergie"),
        ("fr", "f danse", "un", ["=au tempo modéré", "gai/gaie"], "une danse gaie au tempo modéré"),
        ("es", "f pieza", "un", ["soñador", "lento"], "una pieza soñadora y lenta"),
        ("es", "f pieza", "un", ["alegre", "íntimo"], "una pieza alegre e íntima"),
        ("es", "fp voces", "el", ["veloz"], "las voces veloces"),
        ("de", "m Walzer", "einen", ["langsam", "traurig"], "einen langsamen, traurigen Walzer"),
        ("de", "n Stück", "ein", ["dunkel/dunkl"], "ein dunkles Stück"),
        ("de", "f Musik", "dat", ["sanft", ">voller Energie"], "sanfter Musik voller Energie"),
        ("it", "f marcia", "un", ["malinconico"], "una marcia malinconica"),
        ("it", "mp archi", "il", ["malinconico", "dolce"], "gli archi malinconici e dolci"),
        ("it", "f aria", "un", ["sognante"], "un'aria sognante"),
        ("pt", "f valsa", "um", ["encantado", "sonhador"], "uma valsa encantada e sonhadora"),
        ("pt", "fp cordas", "o", ["sentimental"], "as cordas sentimentais"),
    ],
)
def test_adjectives_agree(
    language: str, noun: str, form: str, adjectives: list[str], wanted: str
) -> None:
    grammar = lexicon(language).grammar
    bent = [grammar.adjective(text) for text in adjectives]
    assert grammar.phrase(grammar.noun(noun), form, bent) == wanted


@pytest.mark.parametrize(
    ("language", "key", "wanted"),
    [
        ("en", ("Bb", "minor"), {"B flat minor", "Bb minor"}),
        ("fr", ("Bb", "minor"), {"si bémol mineur"}),
        ("es", ("F#", "major"), {"fa sostenido mayor"}),
        ("de", ("Bb", "major"), {"B-Dur"}),
        ("de", ("B", "minor"), {"h-Moll"}),
        ("de", ("C#", "minor"), {"cis-Moll"}),
        ("it", ("Eb", "dorian"), {"mi bemolle dorico"}),
        ("pt", ("A", "minor"), {"lá menor"}),
    ],
)
def test_keys_are_spoken_as_musicians_do(
    language: str, key: tuple[str, str], wanted: set[str]
) -> None:
    from random import Random

    words = lexicon(language)
    spoken = {
        Draft(words, {"key": key}, {}, "musician", Random(seed), held_out=False).text(
            words.template("{key.name}")
        )
        for seed in range(20)
    }
    assert spoken == wanted


WRONG = {
    "en": r"\b[Aa] [aeio](?!ne\b|nce)\w|\b[Aa]n [bcdfgjklmpqrstvwxz]\w",
    "fr": r"\b(le|la|de|du|au|à la|de la|ce|que) [aeéèêàâîôœ]\w|\bde le\b|\bà le\b",
    "es": r"\bde el\b|\ba el\b|\by i[^e]",
    "de": r"\bzu dem\b|\bvon dem\b|\bein \w+(er|en|em) Stück",
    "it": r"\bdi il\b|\ba il\b|\bun (zi|sp|st|sc|xi)\w|\buna a\w|\bil (sp|st|z|x)\w|\bla a\w",
    "pt": r"\bde o\b|\bem o\b|\bpor o\b|\bem um\b",
}


@cache
def pieces() -> list[Facts]:
    return [
        facts_of(compose(style, seed=seed, seconds=20))
        for seed, style in enumerate(("ambient", "tango", "string quartet", "ska"))
    ]


@pytest.mark.parametrize("language", sorted(WRONG))
def test_captions_elide_and_contract(language: str) -> None:
    rng = np.random.default_rng(3)
    texts = [
        caption.text
        for facts in pieces()
        for caption in captions_of(facts, rng, n=80, languages=(language,))
    ]
    assert len(texts) == 320
    assert [text for text in texts if re.search(WRONG[language], text)] == []


def test_repetitions_are_noticed() -> None:
    assert repeats([("style", "slow blues"), ("tempo", "slow")])
    assert repeats([("mood", "dreamy"), ("scene", "a dream of dreamy hills")])
    assert not repeats([("lead", "electric guitar"), ("others", "electric bass")])
    assert repeats([("lead", "guitar"), ("others", "guitar")])
    assert not repeats([("style", "swing"), ("mood", "sad")])


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "what a odd waltz, a unique one", "what an odd waltz, a unique one"),
        (
            "fr",
            "plein de espoir, quelque chose de de fête",
            "plein d'espoir, quelque chose de fête",
        ),
        ("fr", "une sorte de deuil de le soir", "une sorte de deuil du soir"),
        ("es", "el tono de el piano", "el tono del piano"),
        ("de", "in dem Wald, ein Stück, in dem es klingt", "im Wald, ein Stück, in dem es klingt"),
        ("pt", "cheio de desejo, em um bar", "cheio de desejo, num bar"),
    ],
)
def test_words_merge_where_they_meet(language: str, text: str, wanted: str) -> None:
    assert lexicon(language).grammar.contracted(text) == wanted
