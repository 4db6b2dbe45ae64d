"""Requests by hand: every file of the package, and what is said about a broken one."""

from collections import Counter

import pytest

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.captions.requests import SAID, Request, read_requests, requests
from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.errors import DataError

SENTENCES = "one\ndeux\ntres\nvier\ncinque\nseis\n"
BLOCK = f"= tango, waltz | sad | bandoneon, violin | slow, no drums\n{SENTENCES}"


def read(text: str) -> list[Request]:
    return list(read_requests(text, source="here.txt"))


def test_a_block_is_read() -> None:
    (wish,) = read(f"# A comment.\n\n{BLOCK}")
    assert wish.texts == ("one", "deux", "tres", "vier", "cinque", "seis")
    assert (wish.styles, wish.moods) == (("tango", "waltz"), ("sad",))
    assert (wish.instruments, wish.said) == (("bandoneon", "violin"), ("slow", "no drums"))
    (open_wish,) = read(f"= tango | sad | | \n{SENTENCES}")
    assert (open_wish.instruments, open_wish.said) == ((), ())
    assert [w.styles[0] for w in read(f"{BLOCK}{BLOCK}\n{BLOCK}")] == ["tango"] * 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one\n", "here.txt, line 1: expected a header that begins with '=', got a sentence"),
        (f"{BLOCK}sette\n", "here.txt, line 8: expected a header"),
        (f"\n= tango | sad | slow\n{SENTENCES}", "line 2: expected '= styles | moods | instr"),
        (f"= | sad | | \n{SENTENCES}", "line 1: expected '= styles | moods | instruments | f"),
        (f"= tango | | | \n{SENTENCES}", "line 1: expected '= styles | moods | instruments | f"),
        ("= tango | sad | | \none\ntwo\n", "line 1: expected a sentence in each of en, fr, es"),
        (f"{BLOCK}\n= tango | sad | | \none\n\ntres\nvier\ncinque\nseis\n", "line 9: expected a s"),
        (f"= tango | sad | | \none\ntwo\n{BLOCK}", "line 1: expected a sentence in each of"),
    ],
)
def test_a_broken_block_is_named_by_its_line(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(text)
    assert message in str(caught.value)


def test_the_package_holds_thousands_of_requests_in_six_languages() -> None:
    found = requests()
    assert len(found) >= 2500
    assert requests() is found
    for wish in found:
        assert len(wish.texts) == len(LANGUAGES) == 6
        assert all(text == text.strip() and len(text) > 1 for text in wish.texts), wish


def test_what_they_ask_for_is_known_to_the_corpus() -> None:
    for wish in requests():
        assert set(wish.styles) <= set(STYLES), wish
        assert set(wish.moods) <= set(MOODS), wish
        assert set(wish.instruments) <= set(INSTRUMENTS), wish
        assert set(wish.said) <= set(SAID), wish
        for names in (wish.styles, wish.moods, wish.instruments, wish.said):
            assert len(set(names)) == len(names), wish


def test_nothing_is_asked_for_and_ruled_out_at_once() -> None:
    for wish in requests():
        assert len({"slow", "medium", "fast"} & set(wish.said)) <= 1, wish
        assert not {"drums", "no drums"} <= set(wish.said), wish
        assert not {"sparse", "busy"} <= set(wish.said), wish
        kits = any(INSTRUMENTS[key].is_drums for key in wish.instruments)
        assert not (kits and "no drums" in wish.said), wish


def test_no_english_sentence_comes_twice() -> None:
    counts = Counter(wish.texts[0].lower().strip(" .!?") for wish in requests())
    assert [text for text, n in counts.items() if n > 1] == []


def test_sentences_are_translated() -> None:
    # Few words are the same everywhere ("matcha"); more would be a column that was copied.
    same = [wish.texts for wish in requests() if len(set(wish.texts)) < len(LANGUAGES)]
    assert len(same) < 0.01 * len(requests())
    assert all(len(text) < 60 for texts in same for text in texts)


def test_every_style_mood_and_instrument_is_asked_for() -> None:
    assert {name for wish in requests() for name in wish.styles} == set(STYLES)
    assert {name for wish in requests() for name in wish.moods} == set(MOODS)
    assert {name for wish in requests() for name in wish.instruments} == set(INSTRUMENTS)


def test_about_one_in_sixteen_is_kept_for_validation() -> None:
    kept = sum(wish.reserved for wish in requests())
    assert kept / len(requests()) == pytest.approx(1 / 16, abs=0.015)
    # By the English text alone, so that a header may be corrected without moving a request.
    places = []
    for block in (BLOCK, BLOCK.replace("waltz", "folk").replace("deux", "2")):
        many = [read(block.replace("one", f"number {n}"))[0] for n in range(200)]
        places.append([number for number, wish in enumerate(many) if wish.reserved])
    assert places[0] == places[1] != []
