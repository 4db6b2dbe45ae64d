"""Free sentences: reading the file, what answers them, chance."""

from pathlib import Path

import numpy as np
import pytest
from mulan_pool import noise, one, pieces

from musiclm.errors import DataError
from musiclm.evaluate.mulan.estimate import draws_of
from musiclm.evaluate.mulan.sentences import Sentence, read_sentences, sentence_scores


def sentence(language: str = "en", **wishes: set[str]) -> Sentence:
    sets = {name: frozenset(wishes.get(name, ())) for name in ("styles", "moods", "instruments")}
    return Sentence(language, "something", **sets)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sentences.txt"
    path.write_text(
        "# language | sentence | styles | moods | instruments\n\n"
        "en | banjo, please! | bluegrass, folk | happy | banjo\n"
        "fr | un peu de calme | | calm, peaceful |\n",
        encoding="utf-8",
    )
    first, second = read_sentences(path)
    assert first.text == "banjo, please!"
    assert first.styles == {"bluegrass", "folk"}
    assert first.instruments == {"banjo"}
    assert (second.language, second.styles, second.moods) == ("fr", set(), {"calm", "peaceful"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# nothing", "holds no sentence"),
        ("en | two columns", r"line 1: expected language .* got 2 column"),
        ("xx | a | rock | |", 'line 1: language "xx" is none of en'),
        ("en | | rock | |", "line 1: the sentence is empty"),
        ("en | a | rokc | | kazoo", "line 1: unknown name.* rokc"),
        ("en | a | rock | | kazoo", "line 1: unknown name.* kazoo"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sentences.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_sentences(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no sentences at"):
        read_sentences(tmp_path / "none.txt")


def test_what_a_sentence_accepts() -> None:
    clip = one(style="folk", instruments=["banjo", "violin"])
    assert sentence(styles={"folk", "rock"}).accepts(clip)
    assert not sentence(styles={"rock"}).accepts(clip)
    assert sentence(styles={"folk"}, instruments={"flute", "banjo"}).accepts(clip)
    assert not sentence(styles={"folk"}, instruments={"flute"}).accepts(clip)
    assert sentence(instruments={"strings"}).accepts(clip)


def test_scores_by_hand() -> None:
    facts = [one(style=style, mood="calm" if style == "folk" else "angry")
             for style in ("folk", "folk", *["rock"] * 6)]  # fmt: skip
    audio = np.eye(8)
    asked = [sentence(styles={"folk"}, moods={"angry"}), sentence("fr", styles={"folk"})]
    ranks = np.array([8.0, 7, 6, 5, 4, 3, 2, 1])
    text = np.stack([ranks, ranks[::-1]])  # the folk clips first; the folk clips last
    found = sentence_scores(asked, text, audio, facts, draws_of(2, seed=0))
    assert found["sentences/top1/en"].value == 1.0
    assert found["sentences/top1/fr"].value == 0.0
    assert found["sentences/top1/all"].value == 0.5
    assert found["sentences/mean5/en"].value == pytest.approx(2 / 5)
    assert found["sentences/any5/all"].value == 0.5
    assert found["sentences/top1/all"].chance == pytest.approx(0.25)
    # Five of six rock clips of all fives out of eight.
    assert found["sentences/any5/all"].chance == pytest.approx(1 - 6 / 56)
    assert found["sentences/mood_top1/all"].value == 0.0
    assert found["sentences/mood_mean5/en"].value == pytest.approx(3 / 5)
    assert found["sentences/mood_top1/all"].n == 1  # the other names no mood
    assert "sentences/top1/de" not in found


def test_random_vectors_score_chance() -> None:
    facts = pieces()
    styles = sorted({fact.style for fact in facts})
    asked = [sentence(styles={*styles[i % 12 : i % 12 + 3]}) for i in range(300)]
    found = sentence_scores(
        asked, noise(300, seed=3), noise(len(facts), seed=4), facts, draws_of(300, seed=0)
    )
    for name in ("top1", "mean5", "any5"):
        answer = found[f"sentences/{name}/all"]
        assert answer.chance is not None
        assert answer.value == pytest.approx(answer.chance, abs=0.08)
