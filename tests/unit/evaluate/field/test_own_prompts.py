"""The project's own prompts: in the manner of MusicCaps, all different, all of them readable."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from musiclm.corpus.captions.lexicon import LANGUAGES, lexicon
from musiclm.corpus.captions.requests import requests
from musiclm.corpus.compose import STYLES
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.theory import KEY_NAMES
from musiclm.evaluate.field.captions import read_captions
from musiclm.evaluate.mulan.sentences import read_sentences
from musiclm.prompt import read_prompt

DATA = Path(__file__).resolve().parents[3] / "data"
PROMPTS = DATA / "own_prompts.jsonl"
RECORDS: list[dict[str, Any]] = [
    json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").split("\n") if line
]
FIELDS = {"id", "text", "aspects", "styles", "bpm", "key", "instruments", "drums"}


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def plain(text: str) -> str:
    """Letters only, so that a comma or a capital does not make two of one."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


ALL = [sentence for record in RECORDS for sentence in sentences(record["text"])]


def test_there_are_two_hundred_and_the_loader_reads_them() -> None:
    found = read_captions(PROMPTS)
    assert len(found.items) == 200
    assert [item.text for item in found.items] == [record["text"] for record in RECORDS]
    assert found.items[0].aspects == tuple(RECORDS[0]["aspects"])
    assert {item.language for item in found.items} == {"en"}


def test_fields_are_what_they_should_be() -> None:
    for record in RECORDS:
        assert FIELDS <= set(record) <= FIELDS | {"vocals"}, record["id"]
        assert record["drums"] in (True, False, None)
        assert record.get("vocals") in (None, True)
        assert 8 <= len(record["aspects"]) <= 12, record["id"]
        assert len({plain(aspect) for aspect in record["aspects"]}) == len(record["aspects"])
        assert all(len(aspect.split()) <= 6 for aspect in record["aspects"]), record["id"]
        assert 1 <= len(record["styles"]) <= 5
        assert set(record["styles"]) <= set(STYLES), record["id"]
        assert set(record["instruments"]) <= set(INSTRUMENTS), record["id"]
        assert record["instruments"]
    assert sum(bool(record.get("vocals")) for record in RECORDS) <= 20


def test_drums_agree_with_the_instruments() -> None:
    for record in RECORDS:
        if any(INSTRUMENTS[name].family == "drums" for name in record["instruments"]):
            assert record["drums"] is True, record["id"]


def test_four_sentences_each_and_none_twice() -> None:
    assert {record["id"] for record in RECORDS if len(sentences(record["text"])) != 4} == set()
    assert [text for text, n in Counter(map(plain, ALL)).items() if n > 1] == []


def test_no_frame_of_words_is_filled_over_and_over() -> None:
    """Five words in a row that many sentences share would be a template."""
    runs: Counter[str] = Counter()
    for sentence in ALL:
        words = plain(sentence).split()
        runs.update({" ".join(words[i : i + 5]) for i in range(len(words) - 4)})
    assert [run for run, n in runs.items() if n > 3] == []


def test_every_style_is_wanted() -> None:
    wanted = Counter(style for record in RECORDS for style in record["styles"])
    assert {style for style in STYLES if wanted[style] < 2} == set()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_tempo_and_key_are_what_the_text_says(record: dict[str, Any]) -> None:
    said = {int(number) for number in re.findall(r"(\d+) BPM", record["text"])}
    assert said == ({record["bpm"]} if record["bpm"] else set())
    keys = re.findall(r"\b([A-G])( flat| sharp)? (major|minor)\b", record["text"])
    signs = {"": "", " flat": "b", " sharp": "#"}
    assert {f"{tonic}{signs[sign]} {mode}" for tonic, sign, mode in keys} == (
        {record["key"]} if record["key"] else set()
    )
    if record["key"]:
        assert record["key"].split()[0] in KEY_NAMES


def test_none_stands_in_the_corpus_or_in_the_free_sentences() -> None:
    known = {plain(sentence.text) for sentence in read_sentences(DATA / "free_sentences.txt")}
    known |= {plain(text) for request in requests() for text in request.texts}
    for language in LANGUAGES:
        words = lexicon(language)
        for patterns in (*words.patterns.values(), *words.reserved_patterns.values()):
            known |= {plain(pattern.text) for pattern in patterns}
    assert len(known) > 1000
    texts = [*ALL, *(record["text"] for record in RECORDS)]
    assert [text for text in texts if plain(text) in known] == []


def test_the_prompt_reader_understands_the_tempi() -> None:
    timed = [record for record in RECORDS if record["bpm"]]
    assert len(timed) > 20
    read = {record["id"]: read_prompt(record["text"]).tempo_bpm for record in timed}
    assert read == {record["id"]: record["bpm"] for record in timed}
