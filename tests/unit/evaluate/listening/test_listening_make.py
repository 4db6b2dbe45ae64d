"""The page: blind, whole, alone; its clips equally loud and long."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from listening_folders import RATE, write_system

from musiclm.audio.io import read_audio
from musiclm.audio.loudness import integrated_loudness, true_peak_dbtp
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError
from musiclm.evaluate.listening.answers import read_key, read_page
from musiclm.evaluate.listening.make import equal_length, equal_loudness, make_page

VOID = {"meta", "link", "input", "br", "img"}


class Parsed(HTMLParser):
    """Tags, attributes and the embedded test of a page; fails on tags that do not balance."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            kind = self.tags[-1][1].get("type") or "script"
            self.texts[kind] = self.texts.get(kind, "") + data


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two systems with names that stand nowhere else, one of them louder and longer."""
    place = tmp_path_factory.mktemp("systems")
    return [
        write_system(place / "zanzibar-v7", gain=0.05),
        write_system(place / "quixotic-v8", gain=0.5, hertz=607.0, seconds=1.5),
    ]


@pytest.fixture(scope="module")
def made(folders: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tests") / "deep" / "test"
    done = make_page(folders, out, n_pairs=4, seed=1)
    assert done.page == out / "page" / "index.html"
    assert done.key == out / "key.json"
    assert (done.n_trials, done.systems) == (4, ("zanzibar-v7", "quixotic-v8"))
    assert done.notes == ("4 pair(s) of unequal length, cut to the shorter clip",)
    return out


def test_nothing_served_names_a_system(made: Path) -> None:
    served = [path for path in (made / "page").rglob("*") if path.is_file()]
    assert len(served) == 2 + 8
    for path in served:
        content = path.read_bytes().lower() + path.name.encode()
        for word in (b"zanzibar", b"quixotic", b"systems0", str(made.parent).encode()):
            assert word not in content
    assert not (made / "page" / "key.json").exists()
    assert sorted(path.name for path in made.iterdir()) == ["key.json", "page"]


def test_the_page_is_whole_and_needs_nothing_else(made: Path) -> None:
    text = (made / "page" / "index.html").read_text(encoding="utf-8")
    parsed = Parsed(text)
    embedded = json.loads(parsed.texts["application/json"])
    assert embedded == json.loads(read_page(made).to_json())
    for trial in embedded["trials"]:
        for side in "ab":
            assert (made / "page" / trial[side]).is_file()
    assert "{{" not in text
    assert not re.search(r"https?://|//[a-z]|@import|url\(", text.replace("blob:", ""))
    for tag, attributes in parsed.tags:
        assert not attributes.get("src")
        assert tag != "link" or attributes["href"] == "data:,"
    assert len(text) < 30_000


def test_the_page_can_be_used_without_a_mouse_or_eyes(made: Path) -> None:
    parsed = Parsed((made / "page" / "index.html").read_text(encoding="utf-8"))
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert ("html", {"lang": "en"}) in parsed.tags
    for tag, attributes in parsed.tags:
        if attributes.get("type") == "range" or tag == "progress":
            assert attributes["aria-label"]
        if label := attributes.get("aria-labelledby"):
            assert label in ids
    assert any(attributes.get("aria-live") == "polite" for _, attributes in parsed.tags)
    # Every element that the script asks for is there.
    script = parsed.texts["script"]
    for name in re.findall(r'\bel\("([a-z-]+)"\)', script):
        assert name in ids
    for name in re.findall(r'\bel\("([a-z]+-)" \+', script):
        assert {f"{name}a", f"{name}b"} <= set(ids)


def test_the_key_says_who_is_who(folders: list[Path], made: Path) -> None:
    key, page = read_key(made), read_page(made)
    assert key.systems == ("zanzibar-v7", "quixotic-v8")
    assert (key.seed, key.loudness_lufs, key.kind) == (1, -20.0, "text-fit")
    assert {side.clip for side in key.trials} == {"one", "two", "three", "four"}
    for sides, trial in zip(key.trials, page.trials, strict=True):
        assert sides.id == trial.id
        assert trial.prompt == f"a tone, number {sides.clip}"
        assert {sides.a, sides.b} == set(key.systems)
        # The clip is the one that the key names: the same pitch, from the folder of that system.
        for name, path in ((sides.a, trial.a), (sides.b, trial.b)):
            folder = folders[key.systems.index(name)]
            heard = read_audio(made / "page" / path).samples[0, :RATE]
            source = read_audio(folder / f"{sides.clip}.wav").samples[0, : len(heard)]
            assert torch.corrcoef(torch.stack([heard, source]))[0, 1] > 0.99


def test_clips_of_a_pair_are_equally_loud_and_long(made: Path) -> None:
    for trial in read_page(made).trials:
        a, b = (read_audio(made / "page" / path) for path in (trial.a, trial.b))
        assert a.n_samples == b.n_samples == RATE
        assert integrated_loudness(a) == pytest.approx(integrated_loudness(b), abs=0.3)


def test_loudness_stays_below_full_scale_and_equal() -> None:
    spiky = torch.zeros(1, RATE)
    spiky[0, ::2_000] = 0.5
    tone = 0.05 * torch.sin(torch.arange(RATE) * 0.2)[None]
    silence = Waveform(torch.zeros(1, RATE), RATE)
    evened = equal_loudness([Waveform(spiky, RATE), Waveform(tone, RATE), silence], -10.0)
    levels = [integrated_loudness(each) for each in evened[:2]]
    assert levels[0] == pytest.approx(levels[1], abs=1e-3)
    assert levels[0] < -10.0
    assert max(true_peak_dbtp(each) for each in evened[:2]) == pytest.approx(-1.0, abs=1e-3)
    assert evened[2] is silence
    exact = equal_loudness([Waveform(tone, RATE)], -30.0)[0]
    assert integrated_loudness(exact) == pytest.approx(-30.0, abs=1e-3)
    assert equal_loudness([silence], None) == [silence]


def test_equal_length_cuts_softly() -> None:
    short, long = (Waveform(torch.ones(1, n), RATE) for n in (RATE, 2 * RATE))
    cut = equal_length([short, long])
    assert cut[0] is short
    assert cut[1].n_samples == RATE
    assert float(cut[1].samples[0, -1]) < 0.01
    assert float(cut[1].samples[0, RATE // 2]) == 1.0


def test_the_same_seed_is_the_same_test(folders: list[Path], made: Path, tmp_path: Path) -> None:
    make_page(folders, tmp_path / "again", n_pairs=4, seed=1)
    make_page(folders, tmp_path / "other", n_pairs=4, seed=2)

    def contents(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert contents(tmp_path / "again") == contents(made)
    assert read_key(tmp_path / "other").test_id != read_key(made).test_id


def test_quality_is_asked_without_a_text(tmp_path: Path) -> None:
    folders = [write_system(tmp_path / name, prompts=False) for name in "xyz"]
    seen: list[tuple[str, int, int]] = []
    make_page(
        folders, tmp_path / "out", n_pairs=5, question="quality", loudness_lufs=None,
        longest_seconds=0.5, on_progress=lambda *each: seen.append(each),
    )  # fmt: skip
    page = read_page(tmp_path / "out")
    assert page.kind == "quality"
    assert {trial.prompt for trial in page.trials} == {None}
    assert "quality of the audio" not in page.task
    assert read_key(tmp_path / "out").loudness_lufs is None
    assert seen[-1] == ("pairs", 5, 5)
    sound = read_audio(tmp_path / "out" / "page" / page.trials[0].a)
    assert sound.seconds == 0.5
    assert sound.peak() == pytest.approx(0.1, abs=0.01)


def test_a_prompt_cannot_end_the_data(tmp_path: Path) -> None:
    folders = [write_system(tmp_path / name, ["a"]) for name in ("x", "y")]
    nasty = 'loud</script><script>alert("{{QUESTION}}")\u2028<!--'
    given = tmp_path / "prompts.json"
    given.write_text(json.dumps({"a": nasty}))
    make_page(folders, tmp_path / "out", n_pairs=1, prompts=given)
    text = (tmp_path / "out" / "page" / "index.html").read_text(encoding="utf-8")
    parsed = Parsed(text)
    assert json.loads(parsed.texts["application/json"])["trials"][0]["prompt"] == nasty
    assert [tag for tag, _ in parsed.tags].count("script") == 2


def test_silence_is_kept_and_told_and_surround_is_mixed(tmp_path: Path) -> None:
    folders = [write_system(tmp_path / name, ["a"]) for name in ("x", "y")]
    soundfile.write(folders[0] / "a.wav", np.zeros(RATE), RATE)
    soundfile.write(folders[1] / "a.wav", np.full((RATE, 6), 0.1), RATE)
    done = make_page(folders, tmp_path / "out", n_pairs=1)
    assert done.notes == (f"{folders[0] / 'a.wav'} is silent",)
    page = read_page(tmp_path / "out")
    channels = [read_audio(tmp_path / "out/page" / p).n_channels for p in
                (page.trials[0].a, page.trials[0].b)]  # fmt: skip
    assert sorted(channels) == [1, 2]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("exists", "out is there already: give a new folder, or remove the old one"),
        ("unreadable", "one.wav cannot be read as audio"),
        ("not finite", "holds samples that are not finite"),
        ("too short", "one.wav is 0.10 s long, too short to be judged: expected 0.5 s or more"),
        ("pairs", r"2 systems and 4 common clip\(s\) allow 1 to 4 pairs, got 5"),
        ("loudness", "loudness must be -60 to -5 LUFS, got 3"),
        ("seconds", "clips must be 0.5 s or longer, got nan"),
    ],
)
def test_a_failed_test_leaves_nothing(tmp_path: Path, case: str, message: str) -> None:
    folders = [write_system(tmp_path / "in" / name) for name in ("x", "y")]
    out = tmp_path / "place" / "out"
    if case == "exists":
        out.mkdir(parents=True)
    elif case == "unreadable":
        (folders[0] / "one.wav").write_bytes(b"no music")
    elif case == "not finite":
        soundfile.write(folders[0] / "one.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    elif case == "too short":
        soundfile.write(folders[0] / "one.wav", np.full(RATE // 10, 0.1), RATE)
    with pytest.raises((ConfigError, AudioError), match=message):
        make_page(
            folders,
            out,
            n_pairs=5 if case == "pairs" else 4,
            loudness_lufs=3.0 if case == "loudness" else -20.0,
            longest_seconds=float("nan") if case == "seconds" else 30.0,
        )
    left = list((tmp_path / "place").iterdir()) if (tmp_path / "place").exists() else []
    assert left == ([out] if case == "exists" else [])
