import json
import math
from pathlib import Path

from musiclm._version import __version__
from musiclm.evaluate.report import markdown_table, write_report


def test_table_aligns_numbers_and_escapes_text() -> None:
    table = markdown_table([{"a|b": "x|y", "n": 1.234, "ok": True}, {"a|b": "z", "n": None}])
    assert table.splitlines() == [
        "| a|b | n | ok |",
        "| --- | ---: | --- |",
        "| x\\|y | 1.23 | yes |",
        "| z | - | - |",
    ]
    assert markdown_table([]) == ""


def test_report_is_json_that_any_reader_accepts(tmp_path: Path) -> None:
    write_report(
        tmp_path / "new" / "folder",
        results={"loudness": -math.inf, "path": Path("a"), "list": (1, math.nan)},
        table="| a |",
        about="Été.",
    )
    report = json.loads((tmp_path / "new" / "folder" / "report.json").read_text(encoding="utf-8"))
    assert report["loudness"] is None
    assert report["list"] == [1, None]
    assert report["path"] == "a"
    assert report["made_with"]["musiclm"] == __version__
    text = (tmp_path / "new" / "folder" / "table.md").read_text(encoding="utf-8")
    assert text == "Été.\n\n| a |\n"
