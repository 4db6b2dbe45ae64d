"""The record beside a clip: everything that it takes to make it again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from factories import tiny_model, tiny_music, tiny_tokenizer
from musiclm.audio.io import write_audio
from musiclm.errors import GenerationError
from musiclm.pipeline.generation import Generation
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.replay import differences, read_record
from musiclm.pipeline.wish import Options


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> MusicLM:
    folder = tiny_model(tmp_path_factory.mktemp("model"), tokenizer=tiny_tokenizer())
    return MusicLM.from_pretrained(folder)


Make = Callable[[MusicLM, Path], Generation]


def plain(music: MusicLM, song: Path) -> Generation:
    return music.generate(
        [("calm piano, no drums", 1), ("rain", 0.5), ("rock", -0.25)],
        duration=1.5,
        seed=2**40 + 3,
        options=Options(negative_prompt="choir", bpm=90, key="Dm", metre="3/4"),
        controls=Controls(bass=True, density=4, brightness=0.25, chords="Dm | Gm A"),
        temperature={"semantic": 0.7},
        top_k=9,
        guidance_scale={"acoustic": 2.0},
    )


def samples(music: MusicLM, song: Path) -> Generation:
    return music.generate(["jazz", "calm piano"], duration=1, seed=5, num_samples=2)


def varied(music: MusicLM, song: Path) -> Generation:
    return music.generate("jazz", duration=1, seed=5, num_samples=3, vary=["acoustic"])


def story(music: MusicLM, song: Path) -> Generation:
    cues = [(0, "calm piano"), (1.2, [("rock", 1.0), ("jazz", 0.5)])]
    return music.story(cues, duration=3, seed=5, transition="blend", blend_seconds=1.5)


def continued(music: MusicLM, song: Path) -> Generation:
    return music.generate("jazz", duration=1, seed=5, continue_from=song)


def alike(music: MusicLM, song: Path) -> Generation:
    options = Options(like=((song, 0.5), (str(song), 1.5)))
    return music.generate("", duration=1, seed=5, options=options)


@pytest.mark.parametrize("make", [plain, samples, varied, story, continued, alike])
def test_a_replay_is_the_same_bytes(music: MusicLM, tmp_path: Path, make: Make) -> None:
    write_audio(tmp_path / "song.flac", tiny_music(2.0))
    made = make(music, tmp_path / "song.flac")
    paths = made.save(tmp_path / "out.wav")
    # The last is the one that is not like a call without samples or variations.
    record = read_record(paths[-1].with_name(paths[-1].name + ".json"))
    assert record.piece.request == made.requests[-1]
    again = music.make([record.piece])
    again.save(tmp_path / "again.wav")
    assert (tmp_path / "again.wav").read_bytes() == paths[-1].read_bytes()
    kept, new = ({**json.loads(path.read_text())} for path in sidecars(paths[-1], tmp_path))
    for facts in (kept, new):
        for name in ("timings", "score", "merit"):
            facts.pop(name, None)
    assert kept == new
    facts = record.facts
    assert differences(facts, weights_sha256=music.weights_sha256, precision=music.precision) == []


def sidecars(path: Path, folder: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + ".json"), folder / "again.wav.json"


def test_what_the_record_says(music: MusicLM, tmp_path: Path) -> None:
    request = plain(music, tmp_path).facts()["request"]
    assert request["kind"] == "generate"
    assert request["prompt"] == [["calm piano, no drums", 1.0], ["rain", 0.5], ["rock", -0.25]]
    assert request["options"] == {
        "negative_prompt": "choir", "bpm": 90.0, "key": "Dm", "metre": "3/4",
    }  # fmt: skip
    assert request["controls"] == {
        "bass": True, "density": 4, "brightness": 0.25, "chords": "Dm | Gm A",
    }  # fmt: skip
    assert (request["duration"], request["seed"]) == (1.5, 2**40 + 3)
    assert request["settings"]["semantic"]["temperature"] == 0.7
    assert request["settings"]["acoustic"] == {
        "temperature": 1.0, "top_k": 9, "top_p": 0.98, "greedy": False, "guidance_scale": 2.0,
    }  # fmt: skip
    last = varied(music, tmp_path).facts(2)["request"]
    assert (last["vary"], last["variation"], last["seed"]) == (["acoustic"], 2, 5)
    told = story(music, tmp_path).facts()["request"]
    assert told["cues"][1] == {"at": 1.2, "prompt": [["rock", 1.0], ["jazz", 0.5]]}
    assert (told["kind"], told["transition"], told["blend_seconds"]) == ("story", "blend", 1.5)


def test_variations_of_the_sound_share_the_structure(music: MusicLM, tmp_path: Path) -> None:
    made = varied(music, tmp_path)
    assert made.seeds == (5, 5, 5)
    first = music.generate("jazz", duration=1, seed=5)
    assert torch.equal(first.waveform[0], made.waveform[0])
    for other in (1, 2):
        assert torch.equal(made.tokens["semantic"][0], made.tokens["semantic"][other])
        assert torch.equal(made.tokens["timeline"][0], made.tokens["timeline"][other])
        assert not torch.equal(made.tokens["acoustic"][0], made.tokens["acoustic"][other])
    with pytest.raises(GenerationError, match="vary names fine: this model has the stages sem"):
        music.generate("jazz", duration=1, vary=["fine"])


@pytest.fixture
def record(music: MusicLM, tmp_path: Path) -> Path:
    write_audio(tmp_path / "song.wav", tiny_music(2.0))
    continued(music, tmp_path / "song.wav").save(tmp_path / "out.wav")
    return tmp_path / "out.wav.json"


def test_recordings_are_looked_up_beside_the_record(record: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("song.wav", "out.wav.json"):
        shutil.move(tmp_path / name, moved / name)
    assert read_record(moved / "out.wav.json").piece.recording is not None
    # An old file of that name elsewhere does not get in the way.
    write_audio(tmp_path / "song.wav", tiny_music(2.0, seed=1))
    assert read_record(moved / "out.wav.json").piece.recording is not None
    (moved / "song.wav").unlink()
    with pytest.raises(GenerationError, match=r"song.wav is not the recording that this clip was"):
        read_record(moved / "out.wav.json")
    (tmp_path / "song.wav").unlink()
    with pytest.raises(GenerationError, match=r"no recording .*song.wav, which this clip was made"):
        read_record(moved / "out.wav.json")


def test_samples_from_memory_cannot_be_found_again(music: MusicLM, tmp_path: Path) -> None:
    made = music.generate("jazz", duration=1, seed=5, continue_from=tiny_music(2.0))
    made.save(tmp_path / "out.wav")
    with pytest.raises(GenerationError, match="made with samples from memory, which no file holds"):
        read_record(tmp_path / "out.wav.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: "{", "is no record of a clip"),
        (lambda facts: [1], "is no record of a clip"),
        (lambda facts: {**facts, "request": None}, "does not say what was asked for"),
        (lambda facts: {**facts, "request": {"kind": "dance"}}, "request has 4 fault.s."),
        (
            lambda facts: {**facts, "request": {**facts["request"], "kind": "story"}},
            "cues belong to a story",
        ),
        (
            lambda facts: {**facts, "request": {**facts["request"], "volume": 11}},
            "volume: Extra inputs",
        ),
    ],
)
def test_records_that_cannot_be_used(
    record: Path, change: Callable[[Any], Any], message: str
) -> None:
    changed = change(json.loads(record.read_text()))
    record.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    with pytest.raises(GenerationError, match=message):
        read_record(record)
    with pytest.raises(GenerationError, match=r"no record .*none.json: give the path of the .json"):
        read_record(record.with_name("none.json"))


def test_what_has_changed_since_is_told(record: Path) -> None:
    facts = json.loads(record.read_text())
    facts |= {"torch_version": "1.0", "musiclm_version": "0.0", "threads": 99}
    told = differences(facts, weights_sha256="0" * 64, precision="float64")
    words = ("weights", "musiclm (0.0 then", "torch (1.0 then", "precision", "threads (99 then")
    assert len(told) == len(words)
    for text, word in zip(told, words, strict=True):
        assert word in text


def test_another_models_stages_are_refused(music: MusicLM, tmp_path: Path) -> None:
    piece = read_record_of(music, tmp_path)
    other = MusicLM.from_pretrained(tiny_model(tmp_path / "other", acoustic="coarse_fine"))
    with pytest.raises(GenerationError, match="settings are for the stages acoustic, semantic: th"):
        other.make([piece])


def read_record_of(music: MusicLM, folder: Path) -> Any:
    music.generate("jazz", duration=1, seed=5).save(folder / "out.wav")
    return read_record(folder / "out.wav.json").piece
