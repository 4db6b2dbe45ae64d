"""Which answers count, and what is counted: by hand, by simulation, by published examples."""

from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from listening_folders import TEST, answers_of, key_of

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.listening.answers import collect_answers, read_key, read_page
from musiclm.evaluate.listening.documents import Answers, Key
from musiclm.evaluate.listening.report import score_text, score_values
from musiclm.evaluate.listening.score import krippendorff_alpha, score_test, signed_rank_p


@pytest.fixture
def key() -> Key:
    return key_of([("x", "y"), ("y", "x"), ("x", "z"), ("z", "y")], ["x", "y", "z"])


def write(folder: Path, name: str, answers: Answers) -> Path:
    path = folder / name
    path.write_text(answers.to_json())
    return path


def test_wins_by_hand(key: Key) -> None:
    # x wins 1 (strongly), 2 is a tie, z wins 3 (slightly), y wins 4 (slightly).
    score = score_test(key, [answers_of({1: 1, 2: 3, 3: 4, 4: 4})])
    found = {each.system: each for each in score.systems}
    assert [(s, e.wins, e.ties, e.losses, e.n_ratings) for s, e in sorted(found.items())] == [
        ("x", 1, 1, 1, 3), ("y", 1, 1, 1, 3), ("z", 1, 0, 1, 2)
    ]  # fmt: skip
    assert score.systems[0].system == "z"  # one of two beats one of three
    assert found["x"].win_rate.value == pytest.approx(1 / 3)
    assert found["x"].split_rate.value == pytest.approx(0.5)
    by_couple = {(each.first, each.second): each for each in score.pairs}
    assert list(by_couple) == [("x", "y"), ("x", "z"), ("y", "z")]
    first = by_couple["x", "y"]
    assert (first.first_wins, first.ties, first.second_wins, first.n_pairs) == (1, 1, 0, 2)
    assert first.mean_preference == 1.0
    assert by_couple["x", "z"].mean_preference == -1.0
    assert by_couple["y", "z"].mean_preference == 1.0
    assert (score.n_raters, score.n_ratings, score.over) == (1, 4, "pairs")
    assert score.a_share == pytest.approx(1 / 3)
    assert score.agreement.alpha is None


def test_sides_do_not_matter() -> None:
    """The same opinions with sides swapped give the same score."""
    straight = key_of([("x", "y")] * 6, ["x", "y"])
    swapped = key_of([("y", "x")] * 6, ["x", "y"])
    said = {1: 1, 2: 2, 3: 3, 4: 4, 5: 1, 6: 2}
    one = score_test(straight, [answers_of(said)])
    other = score_test(swapped, [answers_of({t: 6 - r for t, r in said.items()})])
    assert one.pairs == other.pairs
    assert one.systems == other.systems


def test_the_test_is_scipys_on_means_of_trials_and_is_corrected() -> None:
    rng = np.random.default_rng(0)
    n = 40
    key = key_of([("x", "y")] * n + [("x", "z"), ("y", "z")], ["x", "y", "z"])
    raters = [
        answers_of({t: int(rng.choice([1, 2, 2, 3, 4])) for t in range(1, n + 1)}, rater=r)
        for r in range(3)
    ]
    score = score_test(key, raters)
    means = [
        np.mean([3 - r.answers[t].rating for r in raters]) for t in range(n)
    ]  # all trials have x as A
    expected = float(scipy.stats.wilcoxon([m for m in means if m]).pvalue)
    assert score.pairs[0].p_value == pytest.approx(expected)
    assert score.pairs[0].corrected == pytest.approx(min(1.0, 3 * expected))
    assert score.pairs[0].significant
    assert not score_test(key, raters, alpha=expected).pairs[0].significant
    # Nobody rated the other couples.
    assert score.pairs[1].p_value == score.pairs[1].corrected == 1.0
    assert np.isnan(score.systems[-1].win_rate.value)


def test_more_raters_of_the_same_opinion_are_no_more_pairs() -> None:
    """Ten raters who all heard three pairs do not make thirty independent ratings."""
    key = key_of([("x", "y")] * 3, ["x", "y"])
    many = [answers_of({1: 1, 2: 2, 3: 1}, rater=r) for r in range(10)]
    assert score_test(key, many).pairs[0].p_value == score_test(key, many[:1]).pairs[0].p_value


def test_false_alarms_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(1)
    p_values = np.array([signed_rank_p(rng.integers(-2, 3, size=30).tolist()) for _ in range(400)])
    assert (p_values < 0.05).mean() < 0.08
    assert p_values.mean() == pytest.approx(0.5, abs=0.06)
    assert signed_rank_p([1.0]) == 1.0
    assert signed_rank_p([]) == 1.0


def test_intervals_cover_what_other_pairs_would_say() -> None:
    rng = np.random.default_rng(2)
    inside = []
    for trial in range(40):
        key = key_of([("x", "y")] * 60, ["x", "y"])
        said = {t: 1 if rng.random() < 0.6 else 5 for t in range(1, 61)}
        score = score_test(key, [answers_of(said)], seed=trial)
        rate = next(each for each in score.systems if each.system == "x").win_rate
        inside.append(rate.low <= 0.6 <= rate.high)
    assert np.mean(inside) >= 0.88  # 95 %, less the chance of 40 draws


def test_intervals_over_raters_from_five_on() -> None:
    key = key_of([("x", "y")] * 4, ["x", "y"])
    raters = [answers_of(dict.fromkeys(range(1, 5), 1 + 4 * (r % 2)), rater=r) for r in range(6)]
    score = score_test(key, raters)
    assert score.over == "raters"
    assert score.systems[0].win_rate.low < 0.3 < 0.7 < score.systems[0].win_rate.high
    over_pairs = score_test(key, raters, over="pairs")
    assert over_pairs.systems[0].win_rate.low == over_pairs.systems[0].win_rate.high == 0.5
    assert score_test(key, raters[:4]).over == "pairs"


def test_agreement_is_krippendorffs() -> None:
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four observers, twelve
    # units, interval metric: 0.849.
    nothing = None
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nothing, nothing, nothing],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nothing, 3],
        [nothing, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nothing],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nothing],
    ]
    units = [[float(v) for v in unit if v is not None] for unit in zip(*observers, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.849, abs=5e-4)
    assert krippendorff_alpha([[1.0], [2.0]]) is None
    assert krippendorff_alpha([[2.0, 2.0], [2.0, 2.0]]) is None
    rng = np.random.default_rng(0)
    chance = krippendorff_alpha(rng.integers(1, 6, size=(2_000, 3)).astype(float).tolist())
    assert chance == pytest.approx(0.0, abs=0.05)


def test_raters_who_agree_and_who_do_not(key: Key) -> None:
    said = {1: 1, 2: 5, 3: 3, 4: 2}
    same = score_test(key, [answers_of(said, rater=1), answers_of(said, rater=2)]).agreement
    assert (same.n_shared, same.alpha, same.same_side) == (4, 1.0, 1.0)
    turned = answers_of({t: 6 - r for t, r in said.items()}, rater=2)
    against = score_test(key, [answers_of(said, rater=1), turned]).agreement
    assert against.alpha is not None
    assert against.alpha < 0
    assert against.same_side == 0.25  # the tie alone


def test_what_does_not_count_is_named(tmp_path: Path, key: Key) -> None:
    early = write(tmp_path, "a.json", answers_of({1: 1, 2: 1}, rater=1, minute=1))
    whole = write(tmp_path, "b.json", answers_of({1: 1, 2: 1, 3: 1, 4: 2}, rater=1, minute=5))
    part = write(tmp_path, "c.json", answers_of({1: 4}, rater=2))
    other = write(tmp_path, "d.json", answers_of({1: 1}, rater=3, test_id="f" * 16))
    strange = write(tmp_path, "e.json", answers_of({9: 1}, rater=4))
    (tmp_path / "f.json").write_text('{"schema_version": 1}')
    (tmp_path / "g.json").write_bytes(b"\xff\xfe")
    (tmp_path / "h.json").write_text(answers_of({1: 1}, rater=5).to_json().replace(": 1,", ": 6,"))
    (tmp_path / "i.json").write_bytes(b" " * 1_000_001)
    (tmp_path / "note.txt").write_text("not meant")
    found = collect_answers([tmp_path, whole], key)
    assert [each.rater[-1] for each in found.answers] == ["1", "2"]
    assert len(found.answers[0].answers) == 4
    assert [(each.path, each.n_missing) for each in found.incomplete] == [(part, 3)]
    reasons = {each.path.name: each.reason for each in found.left_out}
    assert sorted(reasons) == ["a.json", "d.json", "e.json", "f.json", "g.json", "h.json", "i.json"]
    assert reasons[early.name] == "a second file of the rater of b.json, which is used"
    assert reasons[other.name] == f"answers to test {'f' * 16}, not to {TEST}"
    assert reasons[strange.name] == "names trials that the test lacks: 0009"
    assert "test_id: Field required" in reasons["f.json"]
    assert "is not UTF-8 text" in reasons["g.json"]
    assert "more than 1000000 bytes" in reasons["i.json"]


def test_a_trial_is_answered_once() -> None:
    values = answers_of({1: 1, 2: 2}).model_dump(mode="json")
    values["answers"][1]["trial"] = "0001"
    with pytest.raises(ConfigError, match="a trial is answered twice"):
        Answers.from_mapping(values)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["nowhere.json"], "no answers .*nowhere.json: give files or folders"),
        (["."], "no answer files: give files or folders"),
        (["damaged.txt"], "none of 1 answer file.s. can be used .*damaged.txt: it has 1 fault"),
    ],
)
def test_no_answers_at_all(tmp_path: Path, key: Key, names: list[str], message: str) -> None:
    (tmp_path / "damaged.txt").write_text("{")
    with pytest.raises(DataError, match=message):
        collect_answers([tmp_path / name for name in names], key)


def test_keys_and_pages_that_are_none(tmp_path: Path, key: Key) -> None:
    with pytest.raises(DataError, match=r"no file .*key.json: give the folder that"):
        read_key(tmp_path)
    with pytest.raises(DataError, match=r"no file .*test.json: give the folder that"):
        read_page(tmp_path)
    (tmp_path / "key.json").write_text(key.to_json().replace('"a": "x"', '"a": "w"'))
    with pytest.raises(DataError, match="trials name w, which systems does not"):
        read_key(tmp_path)
    (tmp_path / "key.json").write_text(key.to_json().replace("0002", "0001"))
    with pytest.raises(DataError, match="two trials have the same id"):
        read_key(tmp_path)


def test_settings_that_are_impossible(key: Key) -> None:
    with pytest.raises(ConfigError, match="alpha must lie between 0 and 1, got 1"):
        score_test(key, [answers_of({1: 1})], alpha=1.0)
    with pytest.raises(ConfigError, match="a score needs the answers of at least one rater"):
        score_test(key, [])


def test_the_report_says_it_all(tmp_path: Path, key: Key) -> None:
    write(tmp_path, "a.json", answers_of({1: 1, 2: 3, 3: 4}, rater=1))
    write(tmp_path, "b.json", answers_of({1: 1}, rater=2, test_id="f" * 16))
    found = collect_answers([tmp_path], key)
    score = score_test(key, found.answers)
    text = score_text(score, key, found, alpha=0.01)
    assert "1 rater(s), 3 rating(s) of 4 pair(s)" in text
    assert "| x | 3 | 1 | 1 | 1 | 0.33 [0.00, 1.00] |" in text
    assert "| y | z | 0 | 0 | 0 | 0 | nan | 1.0000 | 1.0000 | no |" in text
    assert "bootstrap over pairs" in text
    assert f"- {tmp_path / 'a.json'}: 1 pair(s) not rated" in text
    assert f"- {tmp_path / 'b.json'}: answers to test" in text
    values = score_values(score, key, found, alpha=0.01)
    assert values["pairs"][2]["mean_preference"] is None
    assert values["systems"][0]["win_rate"]["value"] == 1.0
    assert values["left_out"][0]["path"] == str(tmp_path / "b.json")
    assert (values["n_pairs"], values["test_id"], values["alpha"]) == (4, TEST, 0.01)
