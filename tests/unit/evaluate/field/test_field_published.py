"""Published rows: copied right, and ours beside them only where the names agree."""

import math
from itertools import pairwise

import pytest

from musiclm.errors import ConfigError
from musiclm.evaluate.field.published import PUBLISHED, published_table


def line_of(text: str, start: str) -> list[str]:
    """Cells of the only line that begins so."""
    (line,) = [line for line in text.split("\n") if line.startswith(start)]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_rows_are_as_wide_as_their_tables_and_systems_stand_once() -> None:
    for table in PUBLISHED:
        assert {len(row.values) for row in table.rows} == {len(table.columns)}
        systems = [row.system for row in table.rows]
        assert len(set(systems)) == len(systems)
        assert len({column.label for column in table.columns}) == len(table.columns)
        assert table.source
        assert table.read_from


def test_numbers_of_the_papers() -> None:
    rows = {(table.title, row.system): row.values for table in PUBLISHED for row in table.rows}
    assert rows["MusicLM", "MusicLM"] == (0.44, 4.0, 1.01, 0.51, 312)
    assert rows["MusicLM", "Riffusion"] == (0.76, 13.4, 1.19, 0.34, 158)
    assert rows["MusicGen", "MusicGen 3.3B"] == (3.8, 1.22, 0.31, 84.81, 82.47)
    assert rows["MusicGen", "Noise2Music"] == (2.1, None, None, None, None)
    # Of 1,200 comparisons 161 were ties, so the four sources share 1,039 wins.
    wins = [rows["MusicLM", name][-1] or 0 for name in ("Riffusion", "Mubert", "MusicLM")]
    assert sum(wins) + 472 == 1039


def test_published_numbers_keep_their_digits() -> None:
    text = published_table({})
    assert "| Mubert | 0.45 | 9.6 | 1.58 | 0.32 | 97 |" in text
    assert "| MusicLM | 0.44 | 4.0 | 1.01 | 0.51 | 312 |" in text
    assert "190.47" in text
    assert "**ours**" not in text
    assert "in no published column" not in text


def test_the_same_three_names_share_a_column() -> None:
    text = published_table({"FAD/VGGish/MusicCaps": 21.25}, system="small")
    rows = [line for line in text.split("\n") if line.startswith("| **small** |")]
    # Three tables have that column; it is the second, the first and the first of theirs.
    assert rows == [
        "| **small** | - | 21.25 | - | - | - |",
        "| **small** | 21.25 | - | - | - | - |",
        "| **small** | 21.25 | - | - |",
    ]
    assert "in no published column" not in text


@pytest.mark.parametrize(
    ("key", "reasons"),
    [
        ("fad/mulan-own/musiccaps", ["another embedder than trill or vggish"]),
        ("fad/vggish/corpus", ["another reference than musiccaps"]),
        ("fad/mel/corpus", ["another embedder", "another reference"]),
        ("kld/judge-softmax/musiccaps", ["another tagger than leaf-audioset or passt-softmax"]),
        ("kad/mel/corpus", ["no paper here publishes this measure"]),
        ("wins/listeners/musiccaps", ["another listening test"]),
        ("kld/unnamed?/song-describer?", ["another tagger", "another reference"]),
    ],
)
def test_other_names_stand_apart_with_the_reason(key: str, reasons: list[str]) -> None:
    text = published_table({key: 3.0})
    assert "**ours**" not in text
    cells = line_of(text, "| " + " | ".join(key.split("/")))
    assert cells[3] == "3"
    for reason in reasons:
        assert reason in cells[4]
    # Nothing is blamed that is the same.
    assert ("reference" in cells[4]) == any("reference" in reason for reason in reasons)


def test_what_was_withheld_is_said() -> None:
    text = published_table({"fad/vggish/musiccaps": math.nan})
    assert "| **ours** | withheld | - | - |" in text
    assert "- A value that is withheld" in text
    assert "A value that is withheld" not in published_table({"fad/vggish/musiccaps": 1.0})


def test_warnings_name_what_is_not_comparable() -> None:
    always = published_table({})
    for word in ("Riffusion has FAD 13.4", "not corrected", "OVL and REL", "synthetic"):
        assert word in always
    assert "softmax" not in always.split("What must not be compared")[1]
    tagger = published_table({"kld/judge/corpus": 0.4}).split("What must not be compared")[1]
    assert "sigmoid" in tagger
    assert "softmax" in tagger
    assert "units of its embedder" in published_table({"fad/mel/corpus": 0.4})
    assert "units of its embedder" not in published_table({"fad/vggish/musiccaps": 0.4})
    assert "favours systems" in published_table({"cosine/mulan-own/corpus": 0.4})
    assert "synthetic" not in published_table({}, synthetic=False)


def test_the_markdown_has_tables_that_stand_free() -> None:
    lines = published_table({"fad/vggish/musiccaps": 1.0, "kad/mel/corpus": 1.0}).split("\n")
    widths = [line.count("|") for line in lines]
    for before, after in pairwise(widths):
        assert before == after or 0 in (before, after)


@pytest.mark.parametrize("key", ["fad", "fad/vggish", "a/b/c/d", "fad//musiccaps", ""])
def test_a_key_of_other_form_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="expected measure/embedder/reference") as refused:
        published_table({key: 1.0, "fad/vggish/musiccaps": 2.0})
    assert repr(key) in str(refused.value)
    assert "fad/vggish/musiccaps'" not in str(refused.value)
