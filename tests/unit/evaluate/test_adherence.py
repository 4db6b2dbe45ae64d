import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sounds import beats

from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.adherence import agreement, measure_adherence
from musiclm.evaluate.features import features_of
from musiclm.evaluate.judge import Example, Judge, train_judge
from musiclm.evaluate.prompts import HeldOutPrompt

ANSWERS = {
    True: {"tempo": "fast", "drums": "drums", "lead": "flute", "style": "techno"},
    False: {"tempo": "slow", "drums": "no drums", "lead": "bass", "style": "ambient"},
}
MODEL = {"name": "stand-in"}


def sound(fast: bool, seed: int) -> Waveform:
    return beats(
        bpm=160 if fast else 70,
        hertz=880 if fast else 220,
        noisy=fast,
        seconds=2.5,
        seed=seed,
    )


@pytest.fixture(scope="module")
def judge() -> Judge:
    examples = [
        Example(str(i), features_of(sound(i % 2 == 0, i)), ANSWERS[i % 2 == 0], clean=True)
        for i in range(10)
    ]
    return train_judge(examples, n_epochs=6, window_seconds=2.5)


def prompts() -> list[HeldOutPrompt]:
    return [
        HeldOutPrompt("fast" if i % 2 else "lent", "en" if i % 2 else "fr", ANSWERS[bool(i % 2)])
        for i in range(8)
    ]


def test_perfect_answers_stand_far_above_chance() -> None:
    wanted = ["a", "b", "c", "d"] * 25
    row = agreement("style", wanted, wanted, ceiling=0.9)
    assert (row.accuracy, row.low, row.high) == (1.0, 1.0, 1.0)
    assert row.chance == pytest.approx(0.25, abs=0.01)
    assert row.constant == 0.25
    assert row.p_value < 0.001
    assert row.ceiling == 0.9


def test_a_constant_answer_is_exposed_as_chance() -> None:
    wanted = ["drums"] * 70 + ["no drums"] * 30
    row = agreement("drums", wanted, ["drums"] * 100)
    assert row.accuracy == row.constant == 0.7
    assert row.chance == pytest.approx(0.7)
    assert row.p_value == 1.0
    assert row.low < 0.7 < row.high


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(40):
        right = rng.random(100) < 0.6
        row = agreement("x", ["a"] * 100, ["a" if r else "b" for r in right], seed=trial)
        covered += row.low <= 0.6 <= row.high
    assert covered >= 34


def test_unequal_answers_are_refused() -> None:
    with pytest.raises(DataError, match="got 1 for 2"):
        agreement("x", ["a", "b"], ["a"])


def test_a_model_that_obeys_scores_full_and_the_report_tells_all(
    judge: Judge, tmp_path: Path
) -> None:
    rows = measure_adherence(
        lambda text, seed: sound(text == "fast", seed), judge, prompts(), out=tmp_path, model=MODEL
    )
    assert {row.attribute: row.accuracy for row in rows} == dict.fromkeys(ANSWERS[True], 1.0)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["model"] == MODEL
    assert report["by_language"]["fr"]["tempo"] == 1.0
    assert len(report["clips"]) == 8
    assert (tmp_path / report["clips"][0]["clip"]).is_file()
    assert "| tempo | 1.00 |" in (tmp_path / "table.md").read_text()


def test_a_model_that_disobeys_scores_nothing(judge: Judge, tmp_path: Path) -> None:
    rows = measure_adherence(
        lambda text, seed: sound(text != "fast", seed), judge, prompts(), out=tmp_path, model=MODEL
    )
    assert all(row.accuracy == 0.0 for row in rows)


def test_an_interrupted_run_goes_on_and_another_model_starts_afresh(
    judge: Judge, tmp_path: Path
) -> None:
    made: list[str] = []

    def make(text: str, seed: int) -> Waveform:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(text)
        return sound(text == "fast", seed)

    with pytest.raises(KeyboardInterrupt):
        measure_adherence(make, judge, prompts(), out=tmp_path, model=MODEL)
    again: list[str] = []

    def make_rest(text: str, seed: int) -> Waveform:
        again.append(text)
        return sound(text == "fast", seed)

    measure_adherence(make_rest, judge, prompts(), out=tmp_path, model=MODEL)
    assert len(again) == 5
    measure_adherence(make_rest, judge, prompts(), out=tmp_path, model={"name": "other"})
    assert len(again) == 13


def test_a_clip_that_cannot_be_judged_counts_as_wrong(judge: Judge, tmp_path: Path) -> None:
    rows = measure_adherence(
        lambda text, seed: Waveform(torch.full((1, 2_400), 0.1), 24_000),
        judge,
        prompts(),
        out=tmp_path,
        model=MODEL,
    )
    assert all(row.accuracy == 0.0 for row in rows)
