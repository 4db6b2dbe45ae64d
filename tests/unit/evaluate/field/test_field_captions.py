"""Files of captions: three kinds, their clips, and what is said about bad ones."""

import codecs
import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.field.captions import Captioned, read_captions
from musiclm.evaluate.field.clip_files import names_by_path, names_by_video

MUSICCAPS = (
    "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,"
    "is_balanced_subset,is_audioset_eval"
).split(",")
SONG_DESCRIBER = (
    "caption_id,track_id,caption,is_valid_subset,familiarity,artist_id,album_id,path,duration"
).split(",")
IDS = ("-aB3_dEfGh1", "xY_z-098765", "0123456_789")


def table(columns: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


def musiccaps_row(ytid: str, **changes: Any) -> list[Any]:
    row = {
        "ytid": ytid,
        "start_s": "30",
        "end_s": "40",
        "audioset_positive_labels": "/m/0155w,/m/01lyv",
        "aspect_list": "['low quality', \"singer's breath\", 'slow tempo']",
        "caption": 'A low quality clip, "live", of a slow tune.\nIt ends.',
        "author_id": "4",
        "is_balanced_subset": "False",
        "is_audioset_eval": "True",
    }
    return list({**row, **changes}.values())


def song_row(caption: str, path: str, valid: str = "True") -> list[str]:
    return [caption, "1004", f"Caption {caption}", valid, "0", "7", "9", path, "201.5"]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def clip(path: Path) -> Path:
    """A tenth of a second of real, quiet sound; the suffix may claim another format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(800, 0.01), 8000, format="WAV", subtype="PCM_16")
    return path


def test_musiccaps_is_read(tmp_path: Path) -> None:
    rows = [musiccaps_row(IDS[0]), musiccaps_row(IDS[1], is_audioset_eval="False")]
    path = write(tmp_path / "musiccaps-public.csv", table(MUSICCAPS, rows))
    found = read_captions(path)
    assert found.items[0] == Captioned(
        id=IDS[0],
        text='A low quality clip, "live", of a slow tune.\nIt ends.',
        audio=None,
        aspects=("low quality", "singer's breath", "slow tempo"),
        start_seconds=30.0,
        end_seconds=40.0,
        is_eval=True,
        language="en",
    )
    assert found.items[1].is_eval is False
    assert (found.n_missing, found.missing, found.source) == (0, (), path)
    assert found.about == "MusicCaps: 2 captions, no clips looked for"


@pytest.mark.parametrize(
    "name",
    [
        "[{}].wav",
        "{}.wav",
        "{}.mp3",
        "{}-30-40.wav",
        "{}_30_40.flac",
        "{}_30.wav",
        "{}_30000_40000.ogg",
        "{}_30.0_40.0.wav",
        "[{}]-[30-40].wav",
        "[{}]-30-40.wav",
        "A title with [words] [{}].wav",
        "train/wav/{}.WAV",
    ],
)
def test_clips_are_found_by_the_names_that_tools_give(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "captions.csv", table(MUSICCAPS, [musiccaps_row(i) for i in IDS]))
    wanted = {clip(tmp_path / "clips" / name.format(ytid)) for ytid in IDS}
    found = read_captions(path, audio=tmp_path / "clips")
    assert {item.audio for item in found.with_audio} == wanted
    assert found.n_missing == 0


def test_missing_clips_are_counted_and_named(tmp_path: Path) -> None:
    path = write(tmp_path / "captions.csv", table(MUSICCAPS, [musiccaps_row(i) for i in IDS]))
    clip(tmp_path / "clips" / f"{IDS[1]}.wav")
    clip(tmp_path / "clips" / f"{IDS[0]}-50-60.wav")  # ten other seconds of that video
    clip(tmp_path / "clips" / f"{IDS[2]}x.wav")
    write(tmp_path / "clips" / f"{IDS[2]}.txt", "video is private")
    clip(tmp_path / "clips" / f"._{IDS[2]}.wav")
    found = read_captions(path, audio=tmp_path / "clips")
    assert found.missing == (IDS[0], IDS[2])
    assert found.n_missing == 2
    assert [item.id for item in found.items] == list(IDS)
    assert [item.id for item in found.with_audio] == [IDS[1]]
    assert found.about == "MusicCaps: 3 captions, 2 of 3 clips missing"


def test_an_id_that_ends_like_a_second_is_not_confused() -> None:
    assert "abc" not in names_by_video("abc_30", 30.0, 40.0)
    assert "abc_30" in names_by_video("abc", 30.0, 40.0)
    assert names_by_video("abc", None, None) == ("abc", "[abc]")


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("04/1004.2min.mp3", True),
        ("04/1004.mp3", True),
        ("1004.mp3", True),
        ("1004.2min.wav", True),
        ("07/1004.mp3", False),
        ("04/10040.mp3", False),
    ],
)
def test_song_describer_is_read(tmp_path: Path, place: str, found: bool) -> None:
    rows = [song_row("1", "04/1004.mp3"), song_row("2", "04/1004.mp3", "False")]
    path = write(tmp_path / "song_describer.csv", table(SONG_DESCRIBER, rows))
    audio = clip(tmp_path / "audio" / place)
    read = read_captions(path, audio=tmp_path / "audio")
    assert [item.id for item in read.items] == ["1", "2"]
    assert [item.is_eval for item in read.items] == [True, False]
    assert [item.audio for item in read.items] == [audio if found else None] * 2
    # One clip with two captions is missing once.
    assert read.missing == (() if found else ("04/1004.mp3",))
    assert read.about == f"Song Describer: 2 captions, {0 if found else 1} of 1 clips missing"


def test_plain_tables_are_read(tmp_path: Path) -> None:
    clip(tmp_path / "a.wav")
    text = table(["file", "prompt"], [["a.wav", "a slow waltz"], ["b.wav", "a fast one"]])
    found = read_captions(write(tmp_path / "list.csv", text), audio=tmp_path, language="fr")
    assert [(item.id, item.text, item.language) for item in found.items] == [
        ("1", "a slow waltz", "fr"),
        ("2", "a fast one", "fr"),
    ]
    assert found.items[0].audio == tmp_path / "a.wav"
    assert found.missing == ("b.wav",)
    tabs = write(tmp_path / "list.tsv", "id\tcaption\nx\tone, two\n")
    assert [(item.id, item.text) for item in read_captions(tabs).items] == [("x", "one, two")]


def test_lines_of_json_are_read(tmp_path: Path) -> None:
    lines = [
        {"id": 7, "text": "un vals", "language": "es", "aspects": ["lento"], "is_eval": True},
        {"id": "b", "text": "a march\u2028in two lines", "start_seconds": 1.5, "end_seconds": 3},
        {"id": "c", "text": "tags", "aspects": "slow, warm , "},
    ]
    text = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    clip(tmp_path / "deep" / "7.flac")
    found = read_captions(write(tmp_path / "x.jsonl", text), audio=tmp_path)
    first, second, third = found.items
    assert (first.id, first.language, first.aspects, first.is_eval) == ("7", "es", ("lento",), True)
    assert first.audio == tmp_path / "deep" / "7.flac"
    assert (second.start_seconds, second.end_seconds, second.is_eval) == (1.5, 3.0, None)
    assert third.aspects == ("slow", "warm")
    assert found.missing == ("b", "c")


def test_columns_can_be_named(tmp_path: Path) -> None:
    text = table([*MUSICCAPS, "fr"], [[*musiccaps_row(IDS[0]), "une valse lente"]])
    path = write(tmp_path / "both.csv", text)
    found = read_captions(path, text_column="fr", id_column="ytid", language="fr")
    assert [(item.id, item.text) for item in found.items] == [(IDS[0], "une valse lente")]
    with pytest.raises(ConfigError, match="has no column de: it has ytid, start_s"):
        read_captions(path, text_column="de")


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_bytes(codecs.BOM_UTF8 + table(MUSICCAPS, [musiccaps_row(IDS[0])]).encode())
    assert read_captions(path).items[0].id == IDS[0]
    path = tmp_path / "bom.jsonl"
    path.write_bytes(codecs.BOM_UTF8 + b'{"text": "a"}\r\n{"text": "b"}\r\n')
    assert [item.text for item in read_captions(path).items] == ["a", "b"]


def test_where_a_clip_is_there_twice_the_choice_is_always_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "id,text\na,slow\n")
    for name in ("z/a.wav", "a.mp3", "a.flac"):
        clip(tmp_path / "clips" / name)
    assert read_captions(path, audio=tmp_path / "clips").items[0].audio == (
        tmp_path / "clips" / "a.flac"
    )


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/secret.wav", "a/../../secret.wav"])
def test_no_clip_is_found_outside_the_folder(tmp_path: Path, name: str) -> None:
    clip(tmp_path / "secret.wav")
    clip(tmp_path / "clips" / "other.wav")
    path = write(tmp_path / "x.csv", table(["audio", "text"], [[name, "slow"]]))
    assert read_captions(path, audio=tmp_path / "clips").missing == (name,)
    assert names_by_path("a\\b.wav")[0] == "a/b"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"caption": " "}, r"row 2 \(line 4\): expected text in column caption, got ' '"),
        ({"ytid": ""}, "row 2 .*: expected text in column ytid"),
        ({"ytid": IDS[0]}, rf'row 2 .*: the id "{IDS[0]}" appears twice, first in row 1'),
        ({"start_s": "soon"}, "row 2 .*: expected seconds in column start_s, got 'soon'"),
        ({"start_s": "nan"}, "row 2 .*: expected seconds in column start_s, got 'nan'"),
        ({"start_s": "-1"}, "row 2 .*: expected seconds in column start_s, got '-1'"),
        ({"end_s": "30"}, "row 2 .*: the clip ends at 30 s, before it starts"),
        ({"is_audioset_eval": "maybe"}, "row 2 .*: expected True or False in column is_audioset"),
        ({"aspect_list": "['a', "}, "row 2 .*: column aspect_list holds no list of texts"),
        ({"aspect_list": "[1, 2]"}, r"row 2 .*: expected a list of texts .* got \[1, 2\]"),
        ({"aspect_list": "[print('x')]"}, "row 2 .*: column aspect_list holds no list of texts"),
        ({"aspect_list": "[" * 500 + "]" * 500}, "row 2 .*: column aspect_list holds no list"),
        ({"aspect_list": "[" + "-" * 50_000 + "1]"}, "but 50003 characters, more than 20000"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    rows = [musiccaps_row(IDS[0]), musiccaps_row(**{"ytid": IDS[1], **changes})]
    path = write(tmp_path / "captions.csv", table(MUSICCAPS, rows))
    with pytest.raises(DataError, match=message):
        read_captions(path)


def test_a_list_with_a_backslash_is_no_fault(tmp_path: Path) -> None:
    text = table(MUSICCAPS, [musiccaps_row(IDS[0], aspect_list=r"['slow\dance']")])
    assert read_captions(write(tmp_path / "x.csv", text)).items[0].aspects == (r"slow\dance",)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", " \n\n", "a.csv is empty"),
        ("a.csv", "id,caption\n", "a.csv holds no row"),
        ("a.csv", "id,title\n1,x\n", "no column of captions: it has id, title, and needs one of"),
        ("a.csv", "id;caption\n1;x\n", "no column of captions: it has id;caption"),
        (
            "a.csv",
            "ytid,caption\nx,y\n",
            "looks like MusicCaps but lacks the column.s. start_s, end_s, aspect_list: it has "
            "ytid, caption, and needs ytid, start_s",
        ),
        (
            "a.csv",
            "caption_id,track_id,caption\n1,2,x\n",
            "looks like Song Describer but lacks the column.s. path: it has caption_id",
        ),
        ("a.csv", "id,caption,id\n1,x,2\n", "the header names id twice"),
        ("a.csv", "id,caption\n1,x\n2,y,z\n", r"row 2 \(line 3\): 3 cell.s., but the header names"),
        ("a.csv", 'id,caption\n1,"x\n2,y\n', r"row 1 \(line 3\): .*quotation mark"),
        ("a.csv", "id,caption\n1,x\0\n", "a.csv, line 2: holds a zero byte"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', "a.jsonl, line 2: no JSON"),
        (
            "a.jsonl",
            '{"text": "x"}\n[1]\n',
            r"a.jsonl, line 2: expected a JSON object, got '\[1\]'",
        ),
        ("a.jsonl", '{"text": "x"}\n{"txt": "y"}\n', "line 2: expected text in column text, got N"),
        ("a.jsonl", '{"text": {"a": 1}}\n', "line 1: expected text in column text, got {"),
        (
            "a.jsonl",
            '{"text": "x", "end_seconds": NaN}\n',
            "line 1: expected seconds in column end",
        ),
        ("a.jsonl", '{"text": "x", "aspects": {}}\n', "line 1: expected a list of texts"),
        (
            "a.jsonl",
            '{"id": "a", "text": "x"}\n' * 2,
            'line 2: the id "a" appears twice, first in l',
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_captions(write(tmp_path / name, text))


def test_other_encodings_and_missing_files_are_said(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("id,caption\n1,plain\n2,caf\xe9\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin.csv, line 3: not UTF-8 \(byte 0xe9\): save it"):
        read_captions(path)
    with pytest.raises(DataError, match=r"no captions at .*none.csv: No such file"):
        read_captions(tmp_path / "none.csv")
    with pytest.raises(DataError, match="no captions at"):
        read_captions(tmp_path)
    good = write(tmp_path / "good.csv", "caption\nslow\n")
    with pytest.raises(DataError, match=r"no folder of clips at .*nowhere"):
        read_captions(good, audio=tmp_path / "nowhere")
