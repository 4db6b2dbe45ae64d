"""Which language a text is in."""

from collections import Counter

import numpy as np
import pytest

from musiclm.corpus.captions import LANGUAGES as CAPTION_LANGUAGES
from musiclm.corpus.captions import captions_of
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import facts_of
from musiclm.prompt import guess_language, unsupported_warning
from musiclm.prompt.words import LANGUAGES


def test_the_languages_are_those_of_the_captions() -> None:
    assert LANGUAGES == CAPTION_LANGUAGES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a slow song for the night with soft drums", "en"),
        ("something for a rainy sunday, not too sad", "en"),
        ("un truc pour un dimanche pluvieux, pas trop triste", "fr"),
        ("une valse lente avec du piano", "fr"),
        ("algo para un domingo de lluvia, sin que sea demasiado triste", "es"),
        ("irgendwas für einen verregneten Sonntag, aber nicht zu traurig", "de"),
        ("qualcosa per una domenica di pioggia, non troppo triste", "it"),
        ("qualquer coisa para um domingo de chuva, sem ser muito triste", "pt"),
        ("een rustig liedje met piano en zonder drums voor het slapen", "other"),
        ("spokojna muzyka fortepianowa bez perkusji dla dzieci", "other"),
        ("för en lugn kväll med piano och utan trummor", "other"),
        ("davulsuz, piyano ile yavaş bir müzik", "other"),
        ("спокойная музыка для сна", "other"),
        ("静かなピアノ", "other"),
        ("موسيقى هادئة", "other"),
        ("ήρεμη μουσική", "other"),
        ("jazz", None),
        ("120 bpm", None),
        ("Dm 120", None),
        ("", None),
        ("🎹🎹🎹", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert guess_language(text) == language


def test_captions_are_told_apart() -> None:
    rng = np.random.default_rng(3)
    right: Counter[bool | None] = Counter()
    for seed, style in enumerate(("bossa nova", "tango", "house", "baroque", "folk")):
        for caption in captions_of(facts_of(compose(style, seed, seconds=12)), rng, n=60):
            if len(caption.text.split()) >= 5:
                guess = guess_language(caption.text)
                right[None if guess is None else guess == caption.language] += 1
    assert right[True] >= 0.9 * right.total()
    assert right[False] <= 0.03 * right.total()


def test_only_other_languages_are_warned_about() -> None:
    warning = unsupported_warning("спокойная музыка для сна")
    assert warning is not None
    assert "English, French, Spanish, German, Italian or Portuguese" in warning
    assert unsupported_warning("a calm piano for the night") is None
    assert unsupported_warning("jazz") is None
