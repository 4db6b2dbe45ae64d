"""Any text at all: no exception, sound offsets, linear time."""

import subprocess
import sys
from random import Random

import pytest

from musiclm.errors import DataError
from musiclm.prompt import guess_language, read_prompt, unsupported_warning
from musiclm.prompt.text import tokens_of
from musiclm.prompt.words import LANGUAGES, _lines, entries

MEGABYTE = 1_000_000

ODD = [
    "",
    " \t\n ",
    "\x00\x01\x7f no drums \x1b[31m",
    "🎹🎸 no 🥁 120 bpm 🎻",
    "موسيقى هادئة 120 bpm بدون طبول",
    "\u202eno drums\u202c in D\u200b minor",
    "１２０ ｂｐｍ",
    "١٢٠ bpm",
    "re\u0301 mineur",
    "\ud800 no drums",
    "⅙ ½ ² ㎞ ﷺ bpm",
    "9" * 5000 + " bpm",
    "1,2,3,4 bpm 1:2:3:4 3/4/5/6",
    "no no no not without sans ohne sin",
    "without",
    "in",
    "key:",
    "♩=",
    "between 100 and",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_no_errors(text: str) -> None:
    facts = read_prompt(text)
    assert all(text[span.start : span.end] == span.text for span in facts.spans)
    assert guess_language(text) in (*LANGUAGES, "other", None)
    assert unsupported_warning(text) is None or guess_language(text) == "other"


def test_digits_and_accents_of_any_script_count() -> None:
    assert read_prompt("１２０ ｂｐｍ").tempo_bpm == 120
    assert read_prompt("١٢٠ bpm").tempo_bpm == 120
    assert read_prompt("re\u0301 mineur").key == "D"
    assert read_prompt("🎹 no drums 🥁").absent == ("drums",)


def test_random_mixtures_of_our_own_words_are_no_errors() -> None:
    random = Random(0)
    phrases = [phrase for language in LANGUAGES for _, _, phrase in entries(language)]
    phrases += [*"0123456789:/.,;-–'’#♭♯=()&+\n", "120", "3/4", "1:30", "Bb", "F#m"]
    n_spans = 0
    for _ in range(150):
        words = [random.choice(phrases) + random.choice(["", " "]) for _ in range(12)]
        text = "".join(words)
        facts = read_prompt(text)
        n_spans += len(facts.spans)
        assert all(text[span.start : span.end] == span.text != "" for span in facts.spans)
        assert all(0 <= item.start < item.end <= len(text) for item in facts.negated)
    assert n_spans > 40


@pytest.mark.parametrize(
    "unit",
    ["no ", "without drums, bass ", "1 ", "3/4", "1:30", "in the ", ", ", ".", "é", "(no drums)",
     "one hundred and ", "no bass in the intro "],
)  # fmt: skip
def test_many_words_take_no_more_steps_each(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from musiclm.prompt.text import Tokens

    n_steps = 0
    word = Tokens.word

    def counted(self: Tokens, index: int) -> str:
        nonlocal n_steps
        n_steps += 1
        return word(self, index)

    monkeypatch.setattr(Tokens, "word", counted)
    steps = []
    for n in (20, 80):
        n_steps = 0
        read_prompt(unit * n)
        steps.append(n_steps)
    assert steps[1] <= 4.4 * steps[0] + 50


def test_a_megabyte_is_read() -> None:
    # In a process of its own: here every call of every function has its types checked.
    code = (
        "from musiclm.prompt import read_prompt\n"
        "text = 'calm piano with strings, no brass, and more to say about it in D minor, '\n"
        f"text = text * ({MEGABYTE} // len(text)) + '120 bpm, no drums'\n"
        "facts = read_prompt(text)\n"
        "print(facts.tempo_bpm, facts.key, facts.absent, len(facts.spans) > 10_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "120.0 D ('brass', 'drums') True\n"


def test_no_word_stands_for_two_things_in_a_table() -> None:
    # "In" of a scale and the like are in tables of their own; boundaries may be in many.
    for section in ("mode", "metre", "group", "unit", "accidental", "scale"):
        keys: dict[tuple[str, ...], set[str]] = {}
        for language in LANGUAGES:
            for part, key, phrase in entries(language):
                if part == section:
                    keys.setdefault(tuple(tokens_of(phrase).words), set()).add(key)
        assert keys
        assert {words: found for words, found in keys.items() if len(found) > 1} == {}


def test_a_broken_table_names_its_line() -> None:
    with pytest.raises(DataError, match=r"xx.txt, line 2: expected 'key: a | b', got 'loose'"):
        list(_lines("[part]\nloose\n", "xx.txt"))
