"""What a corpus card counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from musiclm.cli.main import main
from musiclm.corpus.card import card_text, distributions_of, write_card
from musiclm.corpus.record import PieceRecord
from musiclm.errors import DataError


def record(number: int, **changes: Any) -> PieceRecord:
    values: dict[str, Any] = {
        "id": f"{number:06d}",
        "audio": f"audio/{number}.flac",
        "seconds": 1_800.0,
        "split": "train",
        "licence": "CC0-1.0",
        "sound": "own",
        "code_version": "9.9.9+abc",
        "facts": {"style": "waltz", "tempo_bpm": 95, "instruments": ["flute", "harp"]},
        "captions": [{"text": "a waltz", "language": "en", "register": "title"}],
    }
    return PieceRecord.from_mapping(values | changes)


RECORDS = [
    record(1),
    record(2, split="test", unseen=["style"], seconds=3_600.0),
    record(3, facts={"style": "ska", "tempo_bpm": 121, "instruments": ["flute"]}),
]


def test_values_are_counted_commonest_first_and_histograms_keep_their_gaps() -> None:
    counts = {d.title: d.counts for d in distributions_of(RECORDS)}
    assert list(counts["style"].items()) == [("waltz", 2), ("ska", 1)]
    assert counts["instrument"] == {"flute": 3, "harp": 2}
    assert counts["tempo, felt beats a minute"] == {"90": 2, "100": 0, "110": 0, "120": 1}
    assert counts["captions by language"] == {"en": 3}


def test_the_card_says_how_much_and_whose() -> None:
    text = card_text(RECORDS, distributions_of(RECORDS))
    assert "| train | 2 | 1.00 |" in text
    assert "| test | 1 | 1.00 |" in text
    assert "| all | 3 | 2.00 |" in text
    assert "1 are in a style and 0 played by a sound font that no training piece has" in text
    assert "The music: CC0-1.0." in text
    assert "9.9.9+abc" in text


def test_the_command_writes_text_and_plot(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "manifest.jsonl").write_bytes(b"".join(each.to_line() for each in RECORDS))
    assert main(["corpus", "card", "--out", str(tmp_path)]) == 0
    assert capfd.readouterr().out.strip() == str(tmp_path / "card.md")
    assert "![distributions](card.png)" in (tmp_path / "card.md").read_text()
    assert (tmp_path / "card.png").read_bytes().startswith(b"\x89PNG")


def test_broken_and_missing_manifests_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no corpus at .*: make one with"):
        write_card(tmp_path)
    (tmp_path / "manifest.jsonl").write_text(json.dumps({"id": "1"}) + "\n")
    with pytest.raises(DataError, match=r"manifest.jsonl, line 1: not a clip: audio: Field requ"):
        write_card(tmp_path)
