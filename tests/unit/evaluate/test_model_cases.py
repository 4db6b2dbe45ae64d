from dataclasses import asdict

import numpy as np
import pytest

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.pieces import HELD_OUT_STYLES
from musiclm.errors import ConfigError
from musiclm.evaluate.model.cases import Case, case_of, cases, families_of
from musiclm.evaluate.model.words import worded
from musiclm.prompt import read_prompt


@pytest.fixture(scope="module")
def few() -> list[Case]:
    return cases(7, seconds=5.0)


def test_cases_take_turns_in_language_style_and_kind(few: list[Case]) -> None:
    assert {case.language for case in few[:6]} == set(LANGUAGES)
    assert len({case.style for case in few}) == 7
    assert {case.kind for case in few} == {"bare", "caption"}
    assert not {case.style for case in few} & set(HELD_OUT_STYLES)
    assert all(case.seconds == 5.0 for case in few)


def test_a_seed_gives_the_same_cases_and_another_others(few: list[Case]) -> None:
    assert asdict(cases(1, seconds=5.0)[0]) == asdict(few[0])
    assert cases(1, seconds=5.0, seed=1)[0].piece_seed != few[0].piece_seed


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_bare_prompt_states_is_read_back(language: str) -> None:
    stated = {
        "style": "waltz",
        "bpm": 97,
        "key": ("Eb", "minor"),
        "instruments": ("harp", "violin"),
        "drums": False,
    }
    for turn in range(6):
        facts = read_prompt(worded(stated, language, np.random.default_rng(turn)))
        assert (facts.tempo_bpm, facts.key, facts.mode) == (97.0, "Eb", "minor")
        assert facts.absent == ("drums",)


def test_what_is_wanted_is_what_was_stated() -> None:
    case = case_of("rock", 5, "en", np.random.default_rng(0), seconds=5.0, bare=True)
    assert set(case.stated) <= {"style", "bpm", "key", "drums", "instruments"}
    assert (case.wanted.tempo_bpm is None) == ("bpm" not in case.stated)
    assert (case.wanted.families is None) == ("instruments" not in case.stated)
    if "instruments" in case.stated:
        assert case.wanted.families == families_of(case.stated["instruments"])
        assert case.wanted.drums is not None


def test_no_prompt_is_no_evaluation() -> None:
    with pytest.raises(ConfigError, match="at least one prompt"):
        cases(0, seconds=5.0)
