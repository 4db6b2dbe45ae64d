"""Naming classes: perfect and ignorant readers, neighbours of moods, words of classes."""

import numpy as np
import pytest
from mulan_pool import PerfectReader, noise, pieces

from musiclm.corpus.captions import LANGUAGES
from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.evaluate.mulan.class_texts import class_texts
from musiclm.evaluate.mulan.estimate import draws_of
from musiclm.evaluate.mulan.zero_shot import (
    accuracy,
    class_vectors,
    mean_average_precision,
    near_moods,
    zero_shot,
)

QUESTIONS = ("style", "mood", "mood_near", "tempo", "drums", "mode", "instruments")


def test_perfect_reader_is_always_right() -> None:
    facts = pieces()
    reader = PerfectReader(facts)
    found = zero_shot({"en": reader.classes()}, reader.audio(), facts, draws_of(len(facts), seed=0))
    for name in QUESTIONS:
        answer = found[f"zero_shot/{name}/en"]
        assert (name, answer.value, *answer.interval) == (name, *[pytest.approx(1.0)] * 3)
        assert answer.chance is not None
        assert answer.chance < 0.85
    assert "zero_shot/style/gap" not in found  # there is no other language


def test_random_vectors_score_chance() -> None:
    facts = pieces()
    reader = PerfectReader(facts)
    answers: dict[str, list[float]] = {}
    for seed in range(12):
        classes = {
            question: dict(zip(names, noise(len(names), seed=100 + seed), strict=True))
            for question, names in reader.classes().items()
        }
        audio = noise(len(facts), seed=seed)
        for name, answer in zero_shot(
            {"en": classes}, audio, facts, draws_of(len(facts), seed=0)
        ).items():
            assert answer.chance is not None
            answers.setdefault(name, []).append(answer.value - answer.chance)
    for name, misses in answers.items():
        assert abs(np.mean(misses)) < 0.05, name


def test_a_language_that_knows_less_lies_below_english() -> None:
    facts = pieces()
    reader = PerfectReader(facts)
    deaf = reader.classes() | {"style": dict.fromkeys(reader.classes()["style"], np.zeros(1))}
    deaf["style"] = {name: np.roll(vector, 1) for name, vector in reader.classes()["style"].items()}
    found = zero_shot(
        {"en": reader.classes(), "fr": deaf}, reader.audio(), facts, draws_of(len(facts), seed=0)
    )
    assert found["zero_shot/style/gap"].value > 50
    assert found["zero_shot/style/gap"].value == pytest.approx(
        100 * (1 - found["zero_shot/style/fr"].value)
    )
    assert found["zero_shot/mood/gap"].value == pytest.approx(0.0)


def test_unseen_styles_are_not_asked_about() -> None:
    facts = pieces()
    reader = PerfectReader(facts)
    unseen = frozenset({facts[0].style})
    found = zero_shot(
        {"en": reader.classes()},
        reader.audio(),
        facts,
        draws_of(len(facts), seed=0),
        unseen_styles=unseen,
    )
    assert found["zero_shot/style/en"].n == sum(fact.style not in unseen for fact in facts)
    assert found["zero_shot/mood/en"].n == len(facts)


def test_always_the_commonest_answer_earns_nothing() -> None:
    scores = np.tile([1.0, 0.0], (100, 1))
    right = np.zeros((100, 2), dtype=bool)
    right[:80, 0] = right[80:, 1] = True
    found = accuracy(scores, right, draws_of(100, seed=0))
    assert found.value == found.chance == pytest.approx(0.8)


def test_one_of_three_answers_is_enough_where_three_are_given() -> None:
    scores = np.tile([4.0, 3.0, 2.0, 1.0], (4, 1))
    found = accuracy(scores, np.eye(4, dtype=bool), draws_of(4, seed=0), k=3)
    assert found.value == found.chance == 0.75


def test_average_precision_by_hand() -> None:
    scores = np.array([[4.0], [3.0], [2.0], [1.0]])
    sounds = np.array([[True], [False], [True], [False]])
    draws = draws_of(4, seed=0)
    found = mean_average_precision(scores, sounds, draws, at_least=2)
    assert found.value == pytest.approx((1 / 1 + 2 / 3) / 2)
    orders = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    by_hand = np.mean([(1 / (a + 1) + 2 / (b + 1)) / 2 for a, b in orders])
    assert found.chance == pytest.approx(by_hand)
    assert mean_average_precision(scores, sounds, draws, at_least=3).n == 0


def test_neighbours_of_a_mood_are_others() -> None:
    for mood in MOODS:
        assert len(near_moods(mood)) == 5
        assert mood not in near_moods(mood)
    assert "unheard of" not in MOODS
    assert near_moods("unheard of") == frozenset()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_words_of_its_own(language: str) -> None:
    texts = class_texts(language, styles=STYLES, instruments=INSTRUMENTS, moods=MOODS)
    for question, classes in texts.items():
        firsts = [names[0].lower() for names in classes.values()]
        assert all(firsts)
        assert len(firsts) - len({*firsts}) <= len(firsts) * 0.06, question
    assert set(texts["tempo"]) == {"slow", "medium", "fast"}
    assert not {*texts["mode"]["major"]} & {*texts["mode"]["minor"]}
    assert not any(mark in name for names in texts["style"].values() for name in names
                   for mark in "~+{}|")  # fmt: skip


def test_class_vectors_are_means_of_unit_length() -> None:
    table = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, -1.0]}
    texts = {"drums": {"yes": ("a", "b"), "no": ("c",)}}
    vectors = class_vectors(texts, lambda names: np.array([table[name] for name in names]))
    assert vectors["drums"]["yes"] == pytest.approx([0.5**0.5, 0.5**0.5])
    assert vectors["drums"]["no"] == pytest.approx([0.0, -1.0])
