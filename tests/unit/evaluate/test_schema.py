import json
import math
from pathlib import Path
from typing import Any

import pytest

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.model.scores import Estimate, Row
from musiclm.evaluate.report import provenance, write_report
from musiclm.evaluate.schema import (
    SCHEMA_VERSION,
    EmbedderFacts,
    ReferenceSet,
    Subject,
    read_report,
    versioned,
)

SHA = "0123456789abcdef" * 4
ADHERENCE = {
    # As `evaluate/model/run.py` has it: rows, tables by language, and every clip.
    "rows": [
        {
            "measure": "tempo",
            "found": {"value": 0.86, "low": 0.82, "high": 0.9},
            "chance": 0.12,
            "p_value": 0.0005,
            "ceiling": None,
            "bar": 0.85,
            "n": 311,
            "met": True,
        }
    ],
    "by_language": {"de": {"tempo": 0.92}, "en": {"tempo": math.nan}},
    "clips": [
        {"audio": Path("clips/0000.flac"), "asked": {"bpm": 125}, "heard": {"key": [9, "a"]}}
    ],
}


def facts(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "results": {"adherence": ADHERENCE, "frechet": {"generated": 2.14}},
        "about": "Model small 6.",
        "subject": Subject(kind="model", name="small", version="6"),
        "seeds": {"clips": 0, "bootstrap": 0},
        "n": {"clips": 500},
        "weights": {"model": SHA, "tagger": SHA},
        "embedders": [EmbedderFacts(name="mel", identity="1", n_dimensions=64, window_seconds=1.0)],
        "reference": ReferenceSet(name="composed", n_files=500, sha256=SHA),
        "wishes": {"suites": ("adherence",), "tagger": Path("tagger"), "tokens": None, "seed": 0},
    }
    return {**given, **changes}


def written(folder: Path, **changes: Any) -> Path:
    given = facts(**changes)
    write_report(folder, results=versioned(**given), table="| a |", about=given["about"])
    return folder / "report.json"


def test_report_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    report = read_report(path)
    assert report == read_report(tmp_path)
    assert report.schema_version == SCHEMA_VERSION
    assert report.subject == Subject(kind="model", name="small", version="6")
    assert report.suites == ("adherence", "frechet")
    assert report.made_with == provenance()
    assert report.weights == {"model": SHA, "tagger": SHA}
    assert report.seeds == {"clips": 0, "bootstrap": 0}
    assert report.n == {"clips": 500}
    assert report.embedders[0].n_dimensions == 64
    assert report.reference == ReferenceSet(name="composed", n_files=500, sha256=SHA)
    assert report.wishes["tagger"] == "tagger"
    assert report.results["frechet"] == {"generated": 2.14}
    adherence = report.results["adherence"]
    assert adherence["rows"] == ADHERENCE["rows"]
    assert adherence["by_language"] == {"de": {"tempo": 0.92}, "en": {"tempo": None}}
    assert adherence["clips"][0]["audio"] == "clips/0000.flac"
    row = {**adherence["rows"][0], "found": Estimate(**adherence["rows"][0]["found"])}
    met = row.pop("met")
    assert Row(**row).met is met is True


def test_same_wishes_have_the_same_hash_in_any_order(tmp_path: Path) -> None:
    first, second, other = (
        read_report(written(tmp_path / str(number), wishes=wishes)).wishes_sha256
        for number, wishes in enumerate(({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}))
    )
    assert first == second
    assert first != other


def test_an_audio_folder_needs_no_weights_and_no_reference(tmp_path: Path) -> None:
    subject = Subject(kind="audio", name="clips")
    path = written(tmp_path, subject=subject, weights=None, embedders=(), reference=None)
    report = read_report(path)
    assert report.subject.kind == "audio"
    assert report.weights == {}
    assert report.reference is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"results": {}}, "suites is empty"),
        ({"weights": {"model": "abc"}}, "weights.model"),
        ({"n": {"clips": -1}}, "n.clips"),
    ],
)
def test_what_the_form_does_not_allow_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        versioned(**facts(**changes))


def test_missing_report(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no report .*report\.json: give a report folder"):
        read_report(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b'{"schema_version": NaN}', b"[" * 100_000],
    ids=["empty", "not UTF-8", "cut off", "NaN", "deep"],
)
def test_damaged_report(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read as a report: .*make the report again"):
        read_report(path)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (2, "has schema_version 2, expected 1: update musiclm"),
        (0, "has schema_version 0, expected 1: make the report again"),
        ("1", "has schema_version '1', expected 1"),
        (True, "has schema_version True, expected 1"),
        (None, "states no schema_version, expected 1"),
    ],
)
def test_report_of_another_form(tmp_path: Path, version: object, message: str) -> None:
    path = written(tmp_path)
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**values, "schema_version": version}), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_report(path)


def test_report_that_is_no_object_or_of_an_older_musiclm(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for content in ("[]", '{"made_with": {}, "about": "", "suites": ["adherence"], "rows": []}'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="states no schema_version"):
            read_report(path)


@pytest.mark.parametrize("field", ["seeds", "weights", "n", "made_with", "results", "subject"])
def test_missing_field_is_named(tmp_path: Path, field: str) -> None:
    path = written(tmp_path)
    values = json.loads(path.read_text(encoding="utf-8"))
    del values[field]
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DataError, match=f"(?s)1 fault.*{field}.*make the report again"):
        read_report(path)


def test_results_must_be_those_of_the_suites(tmp_path: Path) -> None:
    path = written(tmp_path)
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["results"]["frechet"]
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DataError, match="suites names adherence, frechet, results holds adherence"):
        read_report(path)
