import numpy as np
import pytest
import torch
from quality_sounds import RATE, tune

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.features import features_of
from musiclm.evaluate.judge import Example, Judge, train_judge
from musiclm.evaluate.quality.divergence import (
    EPSILON,
    Tags,
    paired_divergence,
    set_divergence,
    tag_probabilities,
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    examples = []
    for seed in range(10):
        fast = seed % 2 == 0
        sound = tune(2.5, bpm=160 if fast else 70, seed=seed, brushes=0.3 if fast else 0.0)
        labels = {"style": "techno" if fast else "ambient", "has_brush": "yes" if fast else "no"}
        examples.append(Example(f"{seed:06d}", features_of(sound), labels, clean=True))
    return train_judge(examples, n_epochs=6, window_seconds=2.5)


def random_tags(n_clips: int, seed: int, n_styles: int = 5) -> list[Tags]:
    rng = np.random.default_rng(seed)
    tags: list[Tags] = []
    for _ in range(n_clips):
        families = rng.dirichlet(np.ones(2), size=2)
        tags.append(
            {
                "style": rng.dirichlet(np.full(n_styles, 0.3)),
                "has_piano": families[0],
                "has_organ": families[1],
            }
        )
    return tags


def test_probabilities_are_means_over_windows(judge: Judge) -> None:
    sound = tune(5.0, bpm=160, seed=40, brushes=0.3)
    found = tag_probabilities(judge, sound)
    assert set(found) == {"style", "has_brush"}
    assert {name: each.sum() for name, each in found.items()} == pytest.approx(
        {"style": 1.0, "has_brush": 1.0}
    )
    each = [
        tag_probabilities(judge, sound.slice(start, start + 2.5))["style"]
        for start in (0.0, 1.25, 2.5)
    ]
    assert found["style"] == pytest.approx(np.mean(each, axis=0), abs=1e-6)
    assert found["style"][judge.config.classes["style"].index("techno")] > 0.5
    with pytest.raises(AudioError, match="at least 2"):
        tag_probabilities(judge, Waveform(torch.zeros(1, RATE), RATE))


def test_paired_divergence_equals_the_definition() -> None:
    known, new = random_tags(6, 0), random_tags(6, 1)

    def divergence(name: str, i: int, j: int) -> float:
        p, q = known[i][name] + EPSILON, new[j][name] + EPSILON
        p, q = p / p.sum(), q / q.sum()
        return float(sum(a * np.log(a / b) for a, b in zip(p, q, strict=True)))

    found = paired_divergence(known, new)
    assert set(found) == {"style", "instruments"}
    style = [[divergence("style", i, j) for j in range(6)] for i in range(6)]
    assert found["style"].value == pytest.approx(np.mean(np.diag(style)))
    wrong = [style[i][j] for i in range(6) for j in range(6) if i != j]
    assert found["style"].chance == pytest.approx(np.mean(wrong))
    families = [divergence(name, i, i) for name in ("has_piano", "has_organ") for i in range(6)]
    assert found["instruments"].value == pytest.approx(np.mean(families))


def test_the_same_clips_diverge_by_nothing_and_others_by_chance() -> None:
    known = random_tags(40, 0)
    same = paired_divergence(known, known, seed=1)["style"]
    assert same.value == pytest.approx(0.0, abs=1e-9)
    assert same.chance > 1.0
    other = paired_divergence(known, random_tags(40, 1), seed=1)["style"]
    assert other.low < other.value < other.high
    assert other.low < other.chance < other.high  # these pairs have nothing in common
    assert (other.n_reference, other.n_made) == (40, 40)


def test_an_impossible_answer_costs_much_but_not_infinitely_much() -> None:
    yes: list[Tags] = [{"style": np.array([1.0, 0.0])}] * 2
    no: list[Tags] = [{"style": np.array([0.0, 1.0])}] * 2
    assert paired_divergence(yes, no)["style"].value == pytest.approx(-np.log(EPSILON), rel=1e-3)


def test_sets_are_compared_by_their_means_without_pairs() -> None:
    known = random_tags(60, 0)
    turned = set_divergence(known, known[::-1])["style"]
    assert turned.value == pytest.approx(0.0, abs=1e-12)
    rng = np.random.default_rng(5)
    biased: list[Tags] = [
        {**tags, "style": rng.dirichlet([3.0, 0.3, 0.3, 0.3, 0.3])} for tags in known
    ]
    found = set_divergence(known, biased[:40])["style"]
    assert found.value > 3 * found.chance
    assert 0 <= found.low <= found.value <= found.high
    assert (found.n_reference, found.n_made) == (60, 40)
    alike = set_divergence(known, random_tags(60, 9))["style"]
    assert alike.value < 3 * alike.chance
    means = [np.mean([tags["style"] for tags in each], axis=0) for each in (known, biased[:40])]
    p, q = ((mean + EPSILON) / (1 + 5 * EPSILON) for mean in means)
    assert found.value == pytest.approx(float((p * np.log(p / q)).sum()))


def test_what_cannot_be_compared_is_refused() -> None:
    tags = random_tags(3, 0)
    with pytest.raises(DataError, match="as many made clips as real ones, got 2 and 3"):
        paired_divergence(tags, tags[:2])
    with pytest.raises(DataError, match="two clips on each side, got 1 and 1"):
        set_divergence(tags[:1], tags[:1])
    with pytest.raises(DataError, match="use one tagger for both sets"):
        paired_divergence(tags, random_tags(3, 0, n_styles=4))
