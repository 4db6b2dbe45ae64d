"""``musiclm compare``: the same prompts to several systems, differences clip by clip."""

import json
from pathlib import Path

import numpy as np
import pytest
from sounds import beats

from factories import tiny_model
from musiclm.audio.io import write_audio
from musiclm.cli.main import main
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.compare import Comparison
from musiclm.evaluate.model.cases import cases
from musiclm.evaluate.model.clips import collected
from musiclm.evaluate.model.scores import paired_difference
from musiclm.evaluate.schema import Subject


def clips(folder: Path, n: int, *, hertz: float = 300.0) -> Path:
    folder.mkdir()
    for index in range(n):
        sound = beats(bpm=100, hertz=hertz, noisy=False, seconds=5.5, seed=index)
        write_audio(folder / f"{index:04d}-of-something.wav", sound)
    return folder


def test_a_model_and_a_folder_answer_the_same_prompts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path)
    other = clips(tmp_path / "other", 2)
    words = [str(model), str(other), "--ears", str(model), "--out", str(tmp_path / "report")]
    assert main(["compare", *words, "-n", "2", "-d", "5"]) == 0
    assert f"| other less {model.name} |" in capfd.readouterr().out
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["prompts"] == [case.text for case in cases(2, seconds=5.0)]
    measure = "nearness to the prompt (MuLan cosine)"
    mine, theirs = (np.array(report["scores"][name][measure]) for name in (model.name, "other"))
    assert mine.shape == theirs.shape == (2,)
    (difference,) = report["differences"]
    assert difference["value"] == pytest.approx((theirs - mine).mean())
    assert len(list((tmp_path / "report" / model.name / "clips").glob("*.flac"))) == 2


def test_own_prompts_from_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = tiny_model(tmp_path)
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"id": "a", "text": "a harp"}\n{"id": "b", "text": "a drum"}\n')
    one, two = clips(tmp_path / "one", 2), clips(tmp_path / "two", 2, hertz=900.0)
    words = ["--ears", str(model), "--out", str(tmp_path / "r"), "--prompts", str(asked)]
    assert main(["compare", str(one), str(two), *words, "-d", "5"]) == 0
    report = json.loads((tmp_path / "r" / "report.json").read_text(encoding="utf-8"))
    assert report["prompts"] == ["a harp", "a drum"]
    assert "two less one" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        (["one"], "at least two systems, got 1"),
        (["one", "nowhere"], '"nowhere" is neither a model'),
    ],
)
def test_what_cannot_be_compared(
    systems: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    clips(tmp_path / "one", 1)
    assert main(["compare", *systems, "--out", "r", "-d", "5"]) == 4
    assert message in capfd.readouterr().err


def test_a_folder_needs_one_file_for_each_prompt(tmp_path: Path) -> None:
    folder = clips(tmp_path / "some", 2)
    found = collected(cases(2, seconds=5.0), folder, seconds=5.0)
    assert [made.audio.name[:4] for made in found] == ["0000", "0001"]
    assert collected(cases(1, seconds=5.0), folder, seconds=5.0)[0].waveform().seconds == 5.0
    with pytest.raises(DataError, match="none or several for 1 of them: 0002"):
        collected(cases(3, seconds=5.0), folder, seconds=5.0)
    (folder / "0001.wav").write_bytes(b"")
    with pytest.raises(DataError, match="none or several for 1 of them: 0001"):
        collected(cases(2, seconds=5.0), folder, seconds=5.0)
    with pytest.raises(DataError, match="evaluate ask"):
        collected(cases(1, seconds=5.0), tmp_path / "nowhere", seconds=5.0)


def test_systems_are_told_apart_only_beyond_their_intervals() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=60)
    found = Comparison(
        systems=("a", "b", "c"),
        subjects=(Subject(kind="audio", name="x"),) * 3,
        scores=(
            {"x": base},
            {"x": base + 0.2 + 0.1 * rng.normal(size=60)},
            {"x": base + 0.1 * rng.normal(size=60)},
        ),
        prompts=("p",) * 60,
        audio=((), (), ()),
        seed=0,
    )
    apart = found.differences("x")
    assert set(apart) == {("a", "b"), ("a", "c"), ("b", "c")}
    assert apart["a", "b"].low > 0.1
    assert apart["a", "c"].low < 0 < apart["a", "c"].high
    assert "| b less a | +0.2" in found.table()
    # Apart, the two sets could not be told from one another: this is what pairing is for.
    first, second = found.means("x")[:2]
    assert first.low < second.value < first.high


def test_paired_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        common = 3 * rng.normal(size=80)
        first, second = common + rng.normal(size=80) + 0.5, common + rng.normal(size=80)
        found = paired_difference(first, second, seed=trial)
        hits += found.low <= 0.5 <= found.high
    assert 0.90 <= hits / 200 <= 0.99
    with pytest.raises(DataError, match="the same clips, got 2 and 3"):
        paired_difference(np.zeros(2), np.zeros(3))


def test_names_of_equal_folders_are_numbered() -> None:
    from musiclm.evaluate.compare import system_names

    assert system_names(["a/clips", "b/clips", "small"]) == ["clips (1)", "clips (2)", "small"]
    with pytest.raises(ConfigError, match="at least two"):
        system_names(["small"])
