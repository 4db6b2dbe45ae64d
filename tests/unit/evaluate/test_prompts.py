import numpy as np
import pytest

from musiclm.corpus.captions import captions_of
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import facts_of
from musiclm.errors import ConfigError
from musiclm.evaluate.prompts import SHOWCASE, held_out_prompts, turn


def test_turns_cover_all_styles_in_both_languages() -> None:
    for n_styles in (12, 13):
        styles = [str(number) for number in range(n_styles)]
        turns = [turn(index, styles) for index in range(2 * n_styles)]
        assert len(set(turns)) == 2 * n_styles
        assert [language for _, language in turns].count("en") == n_styles


def test_prompts_follow_the_turns() -> None:
    prompts = held_out_prompts(3)
    assert [prompt.labels["style"] for prompt in prompts] == sorted(STYLES)[:3]
    assert [prompt.language for prompt in prompts] == ["en", "fr", "en"]


def test_prompts_ask_for_what_their_labels_say() -> None:
    words = {
        ("en", "slow"): "slow",
        ("en", "fast"): "fast",
        ("fr", "slow"): "lent",
        ("fr", "fast"): "rapide",
    }
    for prompt in held_out_prompts(10):
        text = prompt.text.lower()
        word = words.get((prompt.language, prompt.labels["tempo"]))
        assert word is None or word in text
        without = any(w in text for w in ("drumless", "zero drums", "pas de batterie", "aucune"))
        assert without == (prompt.labels["drums"] == "no drums")


def test_no_prompt_is_a_sentence_that_the_caption_writer_could_have_written() -> None:
    rng = np.random.default_rng(0)
    captions = {
        caption.text.lower()
        for seed, style in enumerate(sorted(STYLES)[:4])
        for caption in captions_of(facts_of(compose(style, seed=seed, seconds=20)), rng, n=40)
    }
    assert len(captions) > 50
    assert not {prompt.text.lower() for prompt in held_out_prompts(8)} & captions


def test_another_seed_gives_other_prompts() -> None:
    first = {prompt.text for prompt in held_out_prompts(4)}
    assert first.isdisjoint({prompt.text for prompt in held_out_prompts(4, seed=1)})


def test_no_prompts_at_all_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least one prompt is needed, got 0"):
        held_out_prompts(0)


def test_showcase_is_ten_english_and_ten_french_sentences() -> None:
    assert [language for language, _ in SHOWCASE].count("en") == 10
    assert [language for language, _ in SHOWCASE].count("fr") == 10
    assert len({text for _, text in SHOWCASE}) == 20
