import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from musiclm.corpus.captions import Caption, captions_of, en_words, fr_words
from musiclm.corpus.captions.en import _with_article
from musiclm.corpus.captions.fr import au, de, du, elided, le, un
from musiclm.corpus.captions.mention import REGISTERS, draw_mention
from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.errors import ConfigError

ABSENT = re.compile(
    r"no drums|without (any )?drums|drumless|no percussion|beatless|sans (batterie|percussions|"
    r"rythmique)|pas de batterie|aucune percussion",
    re.IGNORECASE,
)
PRESENT = re.compile(
    r"drum|driving beat|rhythm section|brushe|batterie|rythmique|boîte à rythmes|balais|percussion",
    re.IGNORECASE,
)


def facts_of(**changes: Any) -> Facts:
    values = {
        "style": "swing jazz",
        "mood": "melancholic",
        "tempo_bpm": 78,
        "tempo_class": "slow",
        "key": "Bb",
        "mode": "minor",
        "metre": "4/4",
        "drums": True,
        "instruments": ["tenor_sax", "acoustic_grand_piano", "acoustic_bass", "brush_kit"],
        "lead": "tenor_sax",
        "lead_family": "reed",
        "dynamics": "soft",
        "sections": [],
        "seconds": 40.0,
    }
    return Facts.from_mapping(values | changes)


def many(facts: Facts, n: int = 600, seed: int = 0) -> list[Caption]:
    return captions_of(facts, np.random.default_rng(seed), n=n)


DRUMMED = many(facts_of())
DRUMLESS = many(
    facts_of(drums=False, instruments=["tenor_sax", "acoustic_grand_piano", "acoustic_bass"])
)


def test_the_same_generator_gives_the_same_captions() -> None:
    assert many(facts_of(), n=12) == many(facts_of(), n=12)
    assert many(facts_of(), n=12) != many(facts_of(), n=12, seed=1)


def test_languages_alternate_and_every_register_comes() -> None:
    captions = captions_of(facts_of(), np.random.default_rng(0), n=12)
    assert len(captions) == 12
    assert Counter(caption.language for caption in captions) == {"en": 6, "fr": 6}
    for language in ("en", "fr"):
        registers = [c.register for c in captions if c.language == language]
        assert set(registers) == set(REGISTERS)


def test_captions_differ() -> None:
    texts = [caption.text for caption in DRUMMED]
    assert len(set(texts)) > 0.93 * len(texts)


def test_no_captions_for_none_and_an_error_below() -> None:
    assert captions_of(facts_of(), np.random.default_rng(0), n=0) == []
    with pytest.raises(ConfigError, match="n captions must be >= 0, got -1"):
        captions_of(facts_of(), np.random.default_rng(0), n=-1)


def test_drums_are_never_claimed_where_there_are_none_nor_denied_where_there_are() -> None:
    assert not [c.text for c in DRUMMED if ABSENT.search(c.text)]
    claimed = [c.text for c in DRUMLESS if PRESENT.search(ABSENT.sub("", c.text))]
    assert not claimed
    share = sum(bool(ABSENT.search(c.text)) for c in DRUMLESS) / len(DRUMLESS)
    assert 0.3 < share < 0.5


def test_each_fact_is_named_about_as_often_as_people_name_it() -> None:
    rng = np.random.default_rng(0)
    facts = facts_of()
    n = 2_000
    mentions = [draw_mention(facts, REGISTERS[i % 4], rng) for i in range(n)]
    shares = {
        "style": sum(m.style is not None for m in mentions) / n,
        "mood": sum(m.mood is not None for m in mentions) / n,
        "lead": sum(m.lead is not None for m in mentions) / n,
        "tempo": sum(m.tempo is not None for m in mentions) / n,
        "drums": sum(m.drums is not None for m in mentions) / n,
        "key": sum(m.key for m in mentions) / n,
    }
    wanted = {"style": 0.64, "mood": 0.57, "lead": 0.64, "tempo": 0.5, "drums": 0.4, "key": 0.1}
    for fact, share in shares.items():
        assert share == pytest.approx(wanted[fact], abs=0.06), fact
    assert all(m.style or m.mood or m.lead for m in mentions)


def test_only_instruments_of_the_piece_are_named() -> None:
    other = re.compile(r"guitar|violin|flute|trumpet|organ|synth|guitare|violon|flûte|orgue")
    assert not [c.text for c in DRUMMED if other.search(c.text)]


def test_tempo_words_and_numbers_are_true() -> None:
    fast = many(facts_of(tempo_bpm=150, tempo_class="fast"), n=300)
    for captions, wrong in (
        (DRUMMED, r"\b(fast|quick|up-tempo|rapide|vif|vive|mid-tempo|medium)\b"),
        (fast, r"\b(slow|unhurried|lente?|posée?|moderate|modérée?)\b"),
    ):
        assert not [c.text for c in captions if re.search(wrong, c.text)]
    for captions, bpm in ((DRUMMED, "78"), (fast, "150")):
        numbers = {
            number
            for c in captions
            for number in re.findall(r"(\d+) (?:bpm|BPM|beats per|battements)", c.text)
        }
        assert numbers == {bpm}


def test_keys_are_spoken_in_both_languages() -> None:
    texts = " | ".join(c.text for c in DRUMMED)
    assert "B flat minor" in texts
    assert "si bémol mineur" in texts


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_of_the_composer_has_words(style: str) -> None:
    for table in (en_words.STYLES, fr_words.STYLES):
        words = table[style]
        assert len(words.names) >= 3
        assert words.pieces
        assert len(words.scenes) >= 3


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_every_mood_of_the_composer_has_words(mood: str) -> None:
    assert len(en_words.MOODS[mood]) >= 3
    assert len(fr_words.MOODS[mood]) >= 3


def test_instrument_words_belong_to_instruments() -> None:
    assert set(en_words.INSTRUMENTS) <= set(INSTRUMENTS)
    assert set(fr_words.INSTRUMENTS) <= set(INSTRUMENTS)
    for names in fr_words.INSTRUMENTS.values():
        assert all(re.fullmatch("[mf]p?", gender) for gender, _ in names)


def test_unknown_styles_and_moods_are_spelled_out() -> None:
    captions = many(facts_of(style="space_polka", mood="zesty"), n=200)
    texts = " | ".join(c.text for c in captions)
    assert "space polka" in texts
    assert "space_polka" not in texts
    assert "zesty" in texts


@pytest.mark.parametrize("style", sorted(STYLES))
def test_captions_are_clean_text(style: str) -> None:
    for caption in many(facts_of(style=style, lead="church_organ"), n=120):
        text = caption.text
        assert text == text.strip()
        assert 3 <= len(text) <= 320
        assert not re.search(r"  |,,|\.\.| ,|_|None|\{|\}", text), text
        if caption.language == "fr":
            vowel = r"[aeiouyéèêàâîôœ]"
            wrong = rf"\b(le|la|de|du|au|à la|de la) {vowel}\w"
            exceptions = r"de onze|à la une"
            assert not re.search(wrong, re.sub(exceptions, "", text)), text
        elif re.search(r"\b[Aa] [aeio]\w|\b[Aa]n [^aeiouAEIOU8FMSX]", text):
            assert re.search(r"\b[Aa] (one|eu|uni)", text), text


def test_french_articles() -> None:
    assert [au(noun) for noun in (("m", "piano"), ("f", "guitare"), ("m", "orgue"))] == [
        "au piano",
        "à la guitare",
        "à l'orgue",
    ]
    assert au(("fp", "cordes")) == "aux cordes"
    assert [le(noun) for noun in (("m", "hautbois"), ("f", "harpe"), ("m", "harmonica"))] == [
        "le hautbois",
        "la harpe",
        "l'harmonica",
    ]
    assert [du(noun) for noun in (("f", "batterie"), ("m", "accordéon"), ("fp", "cordes"))] == [
        "de la batterie",
        "de l'accordéon",
        "des cordes",
    ]
    assert [un(noun) for noun in (("f", "basse"), ("mp", "cuivres"))] == [
        "une basse",
        "des cuivres",
    ]
    assert de("ambient") == "d'ambient"
    assert de("rock") == "de rock"
    assert elided("œuvre")


def test_french_adjectives_agree() -> None:
    captions = many(facts_of(style="waltz", mood="happy"), n=400)
    texts = [c.text for c in captions if c.language == "fr" and c.register == "sentence"]
    assert [t for t in texts if re.search(r"valse( viennoise| de bal)? (lente et )?joyeuse", t)]
    assert not [t for t in texts if re.search(r"[Uu]ne valse( viennoise| de bal)? joyeux", t)]


def test_english_articles() -> None:
    assert _with_article("8-bit tune") == "an 8-bit tune"
    assert _with_article("808 groove") == "an 808 groove"
    assert _with_article("unique waltz") == "a unique waltz"
    assert _with_article("Irish tune") == "an Irish tune"


@pytest.mark.parametrize(
    ("bpm", "tempo_class", "wanted"),
    [
        (48, "slow", "an extremely slow"),
        (72, "slow", "an unhurried"),
        (140, "fast", "a quick"),
    ],
)
def test_tempi_have_their_article(bpm: int, tempo_class: str, wanted: str) -> None:
    captions = many(facts_of(tempo_bpm=bpm, tempo_class=tempo_class), n=800)
    texts = [caption.text for caption in captions if caption.language == "en"]
    assert any(f" {wanted} tempo" in text or f" {wanted} pace" in text for text in texts)
    wrong = re.compile(r"\b(a [aeio]\w+|a un\w+|an [^aeiou8\W]\w+)( slow)? (tempo|pace)\b")
    assert not [text for text in texts if wrong.search(text)]
