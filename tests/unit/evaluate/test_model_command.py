"""The suites of ``musiclm evaluate`` from tagger to report, on a tiny model of random weights."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mulan_corpus import write_corpus

from factories import tiny_model, tiny_tokenizer
from musiclm.audio.io import read_audio
from musiclm.cli.main import BAD_INPUT, main
from musiclm.corpus.render import sound_from_name
from musiclm.errors import AudioError, ModelNotFoundError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model import examples
from musiclm.evaluate.model.cases import cases, families
from musiclm.evaluate.model.clips import BEYOND_SECONDS, generated, rendered
from musiclm.evaluate.model.examples import EXAMPLES, make_examples
from musiclm.evaluate.model.shares import generate_share, in_shares
from musiclm.pipeline.musiclm import MusicLM


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagger")
    corpus = write_corpus(folder / "corpus", n_clips=10)
    words = ["--corpus", str(corpus), "--out", str(folder / "tagger")]
    assert main(["evaluate", "tagger", *words]) == 0
    return folder / "tagger"


def test_a_tagger_knows_every_family_and_its_own_f1(tagger: Path) -> None:
    config = Judge.load(tagger).config
    assert {f"has_{name}" for name in families()} <= set(config.classes)
    assert set(config.f1) == set(config.thresholds)
    assert config.f1
    assert "held-out F1" in (tagger / "card.md").read_text(encoding="utf-8")


def test_adherence_from_prompts_to_report_and_again(
    tagger: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model, out = tiny_model(tmp_path), tmp_path / "report"
    words = ["--model", str(model), "--out", str(out), "--tagger", str(tagger)]
    words += ["-n", "3", "-d", "5", "--sound", "own", "--ears", str(model)]
    assert main(["evaluate", "adherence", *words, "--jobs", "2"]) == 0
    assert "| measure | n | value |" in capfd.readouterr().out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["subject"]["name"] == "tiny"
    assert report["wishes"]["n_prompts"] == 3
    rows = {row["measure"]: row for row in report["results"]["adherence"]["rows"]}
    assert rows
    assert all(row["ceiling"] is not None for row in rows.values())
    assert {"metre (beats in a bar)", "MuLan cycle consistency (mean cosine)"} <= set(rows)
    assert (out / "adherence" / "table.md").is_file()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 6  # three clips and what they describe
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("*.flac")}
    assert len(kept) == 10  # three clips, two that name a metre, and what they describe
    assert main(["evaluate", "adherence", *words]) == 0
    assert kept == {path: path.stat().st_mtime_ns for path in out.rglob("*.flac")}


def test_structure_of_a_model_and_of_a_folder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path, tokenizer=tiny_tokenizer())
    words = ["--pieces", "2", "--minutes", "0.5", "--sound", "own", "--ears", str(model)]
    out = tmp_path / "report"
    assert main(["evaluate", "structure", "--model", str(model), "--out", str(out), *words]) == 0
    assert "Where windows of the stages meet" in capfd.readouterr().out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["results"]["structure"]
    assert report["seams"]
    assert report["tokens"]["n_tokens"] > 25
    # The same pieces as a folder: the same shapes, and nothing about windows that nobody knows.
    again = tmp_path / "again"
    words = ["--audio", str(out / "pieces"), "--out", str(again), *words]
    assert main(["evaluate", "structure", *words]) == 0
    assert "Where windows" not in capfd.readouterr().out
    other = json.loads((again / "report.json").read_text(encoding="utf-8"))["results"]["structure"]
    assert other["generated"] == report["generated"]


def test_suites_about_the_plan_need_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model, out = str(tiny_model(tmp_path, acoustic="musicgen")), tmp_path / "report"
    words = ["--model", model, "--out", str(out)]
    for suite, more in (("ablation", []), ("memorization", ["--tokens", str(tmp_path)])):
        assert main(["evaluate", suite, *words, *more]) == BAD_INPUT
        assert 'the model "tiny" has none: leave these suites out' in capfd.readouterr().err
    # All suites are all that it can have; the tagger that is not there ends this early.
    assert main(["evaluate", "all", *words, "--tagger", str(tmp_path / "none")]) != 0
    said = capfd.readouterr().err
    for suite in ("ablation", "memorization"):
        assert f"{suite} is left out, it needs a model with a semantic stage" in said
    assert not out.exists()


def test_shares_make_each_clip_once(tmp_path: Path) -> None:
    model = MusicLM.from_pretrained(tiny_model(tmp_path))
    chosen = cases(3, seconds=5.0)
    for share, made in (((1, 2), {1}), ((0, 2), {0, 1, 2})):
        generated(
            model, chosen, tmp_path / "clips", seconds=2.0, seed=0, excerpts=True, share=share
        )
        assert {int(path.name[:4]) for path in (tmp_path / "clips").iterdir()} == made
    # An excerpt is the beginning of a longer piece, so it does not end.
    longer = model.generate(chosen[1].text, duration=2.0 + BEYOND_SECONDS, seed=1).clip()
    (second,) = (tmp_path / "clips").glob("0001-*")
    heard = read_audio(second).samples
    assert heard.shape == (2, 48_000)
    assert torch.allclose(heard, longer.samples[:, :48_000], atol=1e-4)
    rendered(chosen, tmp_path / "real", sound=sound_from_name("own"), share=(2, 3))
    assert [path.name[:4] for path in (tmp_path / "real").iterdir()] == ["0002"]


def test_a_share_that_fails_ends_all(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        in_shares(
            generate_share,
            {
                "model": tmp_path / "none",
                "cases": cases(2, seconds=5.0),
                "folder": tmp_path,
                "seconds": 2.0,
                "seed": 0,
                "excerpts": True,
                "with_tokens": False,
            },
            jobs=2,
            folder=tmp_path,
            total=2,
            say="clips",
        )
    assert not list(tmp_path.glob("*.flac"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["adherence"], "adherence needs --tagger"),
        (["memorization"], "memorization needs --tokens"),
        (["quality", "--model", "small", "--audio", "."], "--model and --audio are two things"),
    ],
)
def test_what_is_missing_is_said_before_any_music_is_made(
    words: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *words, "--out", str(tmp_path / "r")]) == 4
    assert message in capfd.readouterr().err
    assert not (tmp_path / "r").exists()


@pytest.mark.skipif(find_spec("transformers") is not None, reason="transformers is installed")
@pytest.mark.parametrize(
    "words",
    [
        ["quality", "--embedder", "mel,hf:someone/clap"],
        ["quality", "--labels", "hf:someone/ast"],
        ["adherence", "--tagger", "somewhere", "--clap", "someone/clap"],
    ],
)
def test_published_encoders_need_an_extra_and_it_is_said_first(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *words, "--out", str(tmp_path / "r")]) == 4
    assert 'pip install "musiclm[hf]"' in capfd.readouterr().err
    assert not (tmp_path / "r").exists()


def test_examples_make_a_page_of_small_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MusicLM.from_pretrained(tiny_model(tmp_path))
    total = make_examples(model, tmp_path / "page", examples=EXAMPLES[:2], seconds=4.0)
    page = (tmp_path / "page" / "README.md").read_text(encoding="utf-8")
    assert f"## 2. {EXAMPLES[1][1]}" in page
    assert "Language fr, seed 1: [02.ogg](02.ogg)" in page
    files = sorted(path.name for path in (tmp_path / "page").iterdir())
    assert files == ["01.ogg", "01.png", "02.ogg", "02.png", "README.md"]
    assert total == sum(path.stat().st_size for path in (tmp_path / "page").glob("*.ogg"))
    monkeypatch.setattr(examples, "LARGEST_BYTES", 10)
    with pytest.raises(AudioError, match="at most 10 are allowed"):
        make_examples(model, tmp_path / "page", examples=EXAMPLES[:1], seconds=1.0)


def test_examples_are_four_of_each_language() -> None:
    languages = [language for language, _ in EXAMPLES]
    assert {name: languages.count(name) for name in set(languages)} == dict.fromkeys(
        ("en", "fr", "es", "de", "it", "pt"), 4
    )
    assert len({text for _, text in EXAMPLES}) == 24
