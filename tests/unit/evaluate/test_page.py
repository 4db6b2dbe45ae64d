import base64
import io
import math
import struct
import zlib
from pathlib import Path
from urllib.parse import unquote

import pytest
import soundfile
import torch
from html_checks import StrictHtml

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.page import Figure, Page, Player, Section, write_page
from musiclm.evaluate.report import markdown_table, provenance

HOSTILE = "</style></script><script>alert('x')</script> \"quoted\" & <b>bold</b>\x00"


def picture(path: Path, width: int = 3, height: int = 2) -> Path:
    """A PNG of one colour, written by hand."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(width)) * height)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    return path


def sound(path: Path, *, seconds: float = 1.0, rate: int = 24_000, n_channels: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = 0.3 * torch.sin(torch.arange(int(seconds * rate)) * (2 * math.pi * 220 / rate))
    write_audio(path, Waveform(tone.repeat(n_channels, 1), rate), format="wav")
    return path


def written(folder: Path, page: Page, **settings: float) -> tuple[str, StrictHtml]:
    """The page's text, and the page read strictly."""
    target = folder / "report.html"
    write_page(target, page, **settings)
    text = target.read_bytes().decode()
    return text, StrictHtml(text)


def embedded(source: str) -> tuple[float, int, int]:
    """Seconds, rate and channels of a sound in a page."""
    kind, _, content = source.partition(",")
    assert kind == "data:audio/ogg;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(content)), always_2d=True)
    assert abs(samples).max() > 0.1
    return len(samples) / rate, rate, samples.shape[1]


@pytest.fixture
def whole(tmp_path: Path) -> Page:
    """A page with everything."""
    rows = [
        {"measure": "tempo", "n": 311, "value": 0.861, "bar": "0.85 met"},
        {"measure": "style", "n": 437, "value": 0.512, "bar": "0.60 missed"},
    ]
    clip = sound(tmp_path / "clips" / "0001.wav")
    return Page(
        title="Model small 6",
        about="Weights `abc`.\n\nEvery number with its **chance**.",
        sections=(
            Section(
                "Adherence",
                about="Two clips.",
                tables=(markdown_table(rows), f"By language:\n\n{markdown_table(rows)}"),
                figures=(Figure(picture(tmp_path / "a.png"), "Measures as bars"),),
                players=(
                    Player("0001", clip, "calm piano", "en"),
                    Player("0001", clip, "piano calme", "fr"),
                ),
            ),
            Section(
                "Adherence", tables=("## Deep\n\n#### Deeper\n\nAim 1.5: missed (aim 2: met).",)
            ),
        ),
        provenance={
            **provenance(),
            "model": {"name": "small", "weights_sha256": "ab"},
            "seeds": [],
        },
    )


def test_page_is_valid_and_accessible(tmp_path: Path, whole: Page) -> None:
    text, page = written(tmp_path / "out", whole)
    assert page.faults == []
    assert text.startswith("<!DOCTYPE html>\n")
    assert page.all("html")[0].attributes["lang"] == "en"
    assert [each.text for each in page.all("h1")] == ["Model small 6"]
    assert [each.text for each in page.all("h2")] == ["Adherence", "Adherence", "Made with"]
    assert [each.text for each in page.all("h3") + page.all("h4")] == ["Deep", "Deeper"]
    assert len(page.all("table")) == len(page.all("caption")) == 3
    assert all(each.text for each in page.all("caption"))
    assert [each.text for each in page.all("caption")][1] == "By language"
    (image,) = page.all("img")
    assert image.attributes["alt"] == "Measures as bars"
    assert (image.attributes["width"], image.attributes["height"]) == ("3", "2")
    labels = [each.attributes["aria-labelledby"] for each in page.all("audio")]
    assert len(labels) == len(set(labels)) == 2
    assert [each.attributes.get("lang") for each in page.of_class("prompt")] == ["en", "fr"]
    for region in page.of_class("scroll"):
        assert region.attributes["tabindex"] == "0"
    assert all(each.attributes["scope"] in ("col", "row") for each in page.all("th"))


def test_page_needs_nothing_but_itself(tmp_path: Path, whole: Page) -> None:
    text, page = written(tmp_path, whole)
    assert "http:" not in text
    assert "https:" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert not page.all("link")
    for element in page.elements:
        source = element.attributes.get("src")
        assert source is None or source.startswith("data:")
        assert not [name for name in element.attributes if name.startswith("on")]
    policy = next(e for e in page.all("meta") if "http-equiv" in e.attributes)
    assert (policy.attributes["content"] or "").startswith("default-src 'none';")


def test_contents_link_to_sections_and_count_their_verdicts(tmp_path: Path, whole: Page) -> None:
    _, page = written(tmp_path, whole)
    items = [each.text for each in page.all("li")]
    assert items == ["Adherence: 2 met, 2 missed", "Adherence: 1 met, 1 missed", "Made with"]
    assert [each.attributes["href"] for each in page.all("a")] == [
        "#adherence",
        "#adherence-2",
        "#made-with",
    ]


def test_provenance_is_shown_flat(tmp_path: Path, whole: Page) -> None:
    _, page = written(tmp_path, whole)
    (facts,) = page.of_class("facts")
    assert "model: weights sha256ab" in facts.text
    assert f"torch{torch.__version__}" in facts.text
    assert "seeds-" in facts.text


def test_nothing_that_a_prompt_says_becomes_html(tmp_path: Path) -> None:
    page = Page(
        HOSTILE,
        HOSTILE,
        (
            Section(
                HOSTILE,
                HOSTILE,
                (f"{HOSTILE}:\n\n{markdown_table([{'a': HOSTILE, HOSTILE: HOSTILE}])}",),
                (
                    Figure(picture(tmp_path / "a.png"), HOSTILE),
                    Figure(tmp_path / "none.png", HOSTILE),
                ),
                (Player(HOSTILE, sound(tmp_path / "a.wav"), HOSTILE, '"><script>'),),
            ),
        ),
        {HOSTILE: HOSTILE},
    )
    text, read = written(tmp_path, page)
    assert read.faults == []
    assert "\x00" not in text
    assert [element.tag for element in read.elements if element.tag in ("script", "b")] == [
        "script"
    ]
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert [element.text for element in read.all("h2")] == [shown, "Made with"]
    assert read.all("img")[0].attributes["alt"] == shown
    assert [each.text for each in read.all("td")] == [shown, shown]


@pytest.mark.parametrize(
    ("rate", "n_channels", "wanted"),
    [
        (24_000, 2, (24_000, 2)),
        (44_100, 1, (44_100, 1)),
        (4_000, 1, (24_000, 1)),
        (96_000, 2, (24_000, 2)),
        (24_000, 6, (24_000, 1)),
    ],
)
def test_sounds_are_inside_whatever_their_form(
    tmp_path: Path, rate: int, n_channels: int, wanted: tuple[int, int]
) -> None:
    clip = sound(tmp_path / "a.wav", rate=rate, n_channels=n_channels)
    _, page = written(tmp_path, Page("A", "", (Section("B", players=(Player("a", clip),)),)))
    seconds, *form = embedded(page.all("audio")[0].attributes["src"] or "")
    assert tuple(form) == wanted
    assert seconds == pytest.approx(1.0, abs=0.01)
    assert "Sounds inside this page were made small" in page.of_class("note")[0].text


def test_sounds_beyond_the_limit_are_links_that_work_and_the_page_says_so(tmp_path: Path) -> None:
    clips = [
        sound(tmp_path / "clips #1" / f"é 100% {number}.wav", seconds=4.0) for number in range(6)
    ]
    players = tuple(Player(clip.stem, clip) for clip in clips)
    _, page = written(
        tmp_path / "out", Page("A", "", (Section("B", players=players),)), max_megabytes=0.06
    )
    sources = [each.attributes["src"] or "" for each in page.all("audio")]
    n_inside = sum(source.startswith("data:") for source in sources)
    assert 1 <= n_inside < 6
    assert all(source.startswith("data:") for source in sources[:n_inside])
    for clip, source in zip(clips[n_inside:], sources[n_inside:], strict=True):
        assert (tmp_path / "out" / unquote(source)).resolve() == clip.resolve()
        assert "#" not in source
    note = page.of_class("note")[0].text
    assert f"inside this page: {n_inside}; links to files: {6 - n_inside}" in note
    assert "larger than 0.06 MB" in note
    assert (tmp_path / "out" / "report.html").stat().st_size <= 60_000


def test_a_long_sound_is_linked_and_those_after_it_are_not(tmp_path: Path) -> None:
    long = sound(tmp_path / "long.wav", seconds=121.0, rate=8_000, n_channels=1)
    players = (Player("long", long), Player("short", sound(tmp_path / "short.wav")))
    _, page = written(tmp_path, Page("A", "", (Section("B", players=players),)))
    first, second = (each.attributes["src"] or "" for each in page.all("audio"))
    assert first == "./long.wav"
    assert second.startswith("data:audio/ogg")


def test_what_cannot_be_read_is_named_and_the_page_is_written(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    (tmp_path / "text.png").write_bytes(b"text")
    figures = (Figure(tmp_path / "none.png", "Loss"), Figure(tmp_path / "text.png", "Text"))
    players = (
        Player("broken", broken),
        Player("missing", tmp_path / "none.wav"),
        Player("good", sound(tmp_path / "good.wav")),
    )
    section = Section("B", figures=figures, players=players)
    _, page = written(tmp_path, Page("A", "", (section,)))
    assert page.faults == []
    notes = [each.text for each in page.of_class("note")]
    assert "Sounds that could not be read: 2." in notes[0]
    assert notes[1:3] == ["No picture none.png: Loss", "text.png is no PNG picture."]
    assert "broken.wav" in notes[3]
    assert "none.wav" in notes[4]
    assert len(page.all("audio")) == 1


def test_page_without_sounds_is_the_same_bytes_again(tmp_path: Path) -> None:
    page = Page("A", "Words.", (Section("B", tables=("| a |\n| --- |\n| 1 |",)),), {"x": 1})
    assert written(tmp_path / "1", page)[0] == written(tmp_path / "2", page)[0]


def test_bare_page(tmp_path: Path) -> None:
    _, page = written(tmp_path, Page("A", "", ()))
    assert page.faults == []
    assert not page.all("nav")


def test_impossible_settings_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ConfigError, match="max_megabytes must be 0 or more, got"):
            write_page(target, Page("A", "", ()), max_megabytes=wrong)
    with pytest.raises(ConfigError, match="needs a title"):
        write_page(target, Page(" ", "", ()))
    assert not target.exists()
