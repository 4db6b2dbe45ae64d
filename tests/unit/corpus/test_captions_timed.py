from typing import Any

import numpy as np
import pytest

from musiclm.corpus.captions import LANGUAGES, timed_captions
from musiclm.corpus.captions.check import contradictions
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import Facts, facts_of


def section(start: float, instruments: list[str], **changes: Any) -> dict[str, Any]:
    values = {
        "name": "verse", "start_seconds": start, "seconds": 10.0, "intensity": 0.5, "key": "C",
        "mode": "major", "instruments": instruments, "drums": "standard_kit" in instruments,
    }  # fmt: skip
    return values | changes


def piece(*sections: dict[str, Any]) -> Facts:
    facts = facts_of(compose("rock", seed=1, seconds=30))
    keys = sorted({key for s in sections for key in s["instruments"]})
    changes = {"lead": "acoustic_grand_piano", "sections": list(sections), "instruments": keys}
    return Facts.from_mapping(facts.model_dump(mode="json") | changes)


STORY = piece(
    section(0.0, ["acoustic_grand_piano"], intensity=0.2),
    section(10.0, ["acoustic_grand_piano", "standard_kit"], intensity=0.3),
    section(20.0, ["acoustic_grand_piano", "cello", "standard_kit"], intensity=0.3),
    section(30.0, ["acoustic_grand_piano", "cello", "standard_kit"], intensity=0.3),
    section(40.0, ["acoustic_grand_piano", "cello"], intensity=0.3, key="D"),
    section(50.0, ["acoustic_grand_piano", "cello"], intensity=0.9, key="D"),
)


def test_each_change_is_told_when_it_happens() -> None:
    told = timed_captions(STORY, np.random.default_rng(0), language="en")
    assert [start for start, _ in told] == [0.0, 10.0, 20.0, 40.0, 50.0]
    texts = [text.lower() for _, text in told]
    assert "piano" in texts[0]
    assert "drums" in texts[1] or "beat" in texts[1]
    assert "cello" in texts[2]
    assert "drums" in texts[3] or "beat" in texts[3]
    assert any(word in texts[3] for word in ("d major",))
    assert any(word in texts[4] for word in ("louder", "rises", "swells"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_tell_the_same_times(language: str) -> None:
    told = timed_captions(STORY, np.random.default_rng(1), language=language)
    assert [start for start, _ in told] == [0.0, 10.0, 20.0, 40.0, 50.0]
    for _, text in told:
        assert text[0].isupper() or not text[0].isalpha()
        assert not set("{}[]|#_") & set(text)


def test_a_piece_without_changes_has_no_story() -> None:
    still = [section(10.0 * n, ["acoustic_grand_piano"]) for n in range(3)]
    assert timed_captions(piece(*still), np.random.default_rng(0)) == []


def test_facts_that_do_not_say_what_sounds_tell_nothing() -> None:
    silent = [section(0.0, []), section(10.0, [])]
    facts = STORY.model_copy(update={"sections": piece(*silent).sections})
    assert timed_captions(facts, np.random.default_rng(0)) == []


def test_the_first_caption_contradicts_nothing() -> None:
    for seed in range(3):
        facts = facts_of(compose("waltz", seed=seed, seconds=20))
        for _, text in timed_captions(facts, np.random.default_rng(seed))[:1]:
            assert contradictions(text, "en", facts) == []
