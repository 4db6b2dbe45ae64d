"""Sound files of every kind through ``musiclm codec``, and the catalogue of what is wrong in them.

Each ends in a right result or in one line and the right code, with nothing left behind.
"""

import json
import os
import resource
from pathlib import Path

import numpy as np
import pytest
import soundfile

from journeys.outcome import Outcome, Run

CODEC_RATE = 24_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder; every refusal ends by looking at it."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def write(path: Path, n_samples: int, n_channels: int = 2, rate: int = 24_000, **how: str) -> Path:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (n_samples, n_channels))
    soundfile.write(path, samples, rate, **how)
    return path


def encode(run: Run, source: Path, model: Path, *words: str) -> Outcome:
    target = str(source.with_name("out.mcodes"))
    return run("codec", "encode", str(source), "-o", target, "--model", str(model), "-q", *words)


def refused(run: Run, source: Path, model: Path, *words: str) -> str:
    """The one line about a sound that is refused."""
    before = sorted(source.parent.iterdir())
    done = encode(run, source, model, *words)
    assert done.code == 4, done.err
    assert done.out == ""
    assert sorted(source.parent.iterdir()) == before
    return done.message


@pytest.mark.parametrize(
    ("name", "rate", "n_channels", "how", "suffix"),
    [
        ("a.wav", 8_000, 1, {"subtype": "PCM_U8"}, ".wav"),
        ("a.wav", 192_000, 2, {"subtype": "PCM_24"}, ".flac"),
        ("a.wav", 44_100, 2, {"subtype": "FLOAT"}, ".ogg"),
        ("a.wav", 44_100, 8, {"subtype": "DOUBLE"}, ".wav"),
        ("a.wav", 22_050, 2, {"format": "RF64", "subtype": "PCM_16"}, ".flac"),
        ("a.flac", 96_000, 6, {"subtype": "PCM_24"}, ".ogg"),
        ("a.ogg", 44_100, 2, {"subtype": "VORBIS"}, ".wav"),
        ("a.opus", 48_000, 1, {"format": "OGG", "subtype": "OPUS"}, ".flac"),
        ("a.mp3", 44_100, 2, {"subtype": "MPEG_LAYER_III"}, ".ogg"),
        ("a.aiff", 32_000, 1, {"subtype": "PCM_32"}, ".ogg"),
        ("named wrongly.txt", 24_000, 3, {"format": "WAV", "subtype": "PCM_16"}, ".wav"),
    ],
)
def test_sound_of_every_kind(
    run: Run, folder: Path, model: Path, name: str, rate: int, n_channels: int,
    how: dict[str, str], suffix: str,
) -> None:  # fmt: skip
    source = write(folder / name, rate // 2, n_channels, rate, **how)
    done = encode(run, source, model, "--levels", "2", "--json")
    assert (done.code, done.err) == (0, "")
    facts = json.loads(done.out)
    assert (facts["levels"], facts["n_samples"]) == (2, CODEC_RATE // 2)
    out = folder / f"back{suffix}"
    codes = str(folder / "out.mcodes")
    assert run("codec", "decode", codes, "-o", str(out), "--model", str(model), "-q").code == 0
    with soundfile.SoundFile(out) as file:
        assert file.samplerate == CODEC_RATE
        assert file.frames == CODEC_RATE // 2
        assert file.channels == min(2, n_channels)
        assert np.abs(file.read()).max() > 0


@pytest.mark.parametrize(("rate", "n_samples"), [(8_000, 3), (24_000, 1), (192_000, 1)])
def test_one_sample(run: Run, folder: Path, model: Path, rate: int, n_samples: int) -> None:
    done = encode(run, write(folder / "a.wav", 1, 1, rate), model, "--json")
    assert json.loads(done.out)["n_samples"] == n_samples
    words = ("codec", "decode", str(folder / "out.mcodes"), "-o", str(folder / "b.wav"))
    assert run(*words, "--model", str(model)).code == 0
    assert soundfile.info(folder / "b.wav").frames == n_samples


@pytest.mark.parametrize(
    ("suffix", "message"),
    [
        (".wav", "holds no samples: give a file with sound"),
        (".ogg", "holds no samples: give a file with sound"),
        (".flac", "cannot be read as audio: Format not recognised."),  # It is a file of no bytes.
    ],
)
def test_no_samples(run: Run, folder: Path, model: Path, suffix: str, message: str) -> None:
    source = write(folder / f"a{suffix}", 0)
    assert refused(run, source, model) == f"{source} {message}"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 69_999])
def test_numbers_that_are_none(run: Run, folder: Path, model: Path, value: float, at: int) -> None:
    samples = np.zeros(70_000)
    samples[at] = value
    soundfile.write(folder / "a.wav", samples, 24_000, subtype="FLOAT")
    assert refused(run, folder / "a.wav", model) == (
        f"{folder / 'a.wav'} holds samples that are not finite: export it again"
    )


def test_numbers_beyond_every_scale(run: Run, folder: Path, model: Path) -> None:
    soundfile.write(folder / "a.wav", np.full(5_000, 1e30), 24_000, subtype="FLOAT")
    done = encode(run, folder / "a.wav", model)
    assert done.code in (0, 4)
    assert "Traceback" not in done.err
    if done.code == 0:
        words = ("codec", "decode", str(folder / "out.mcodes"), "-o", str(folder / "b.wav"))
        assert run(*words, "--model", str(model), "-q").code == 0
        assert np.isfinite(soundfile.read(folder / "b.wav")[0]).all()


def test_channels_without_end(run: Run, folder: Path, model: Path) -> None:
    for n_channels in (9, 200):
        assert refused(run, write(folder / "a.wav", 10, n_channels), model) == (
            f"{folder / 'a.wav'} has {n_channels} channels, at most 8 are read: mix it down before"
        )
    message = refused(run, write(folder / "a.ogg", 9_000, 6), model)
    assert message.endswith("whose order is not known: convert it to FLAC")


@pytest.mark.parametrize("rate", [1, 999, 768_001, 2**31 - 1])
def test_rates_without_sense(run: Run, folder: Path, model: Path, rate: int) -> None:
    message = refused(run, write(folder / "a.wav", 10, rate=rate), model)
    assert f"a.wav has a sample rate of {rate} Hz, 1000 to 768000 are read" in message


def test_encodings_that_are_refused(run: Run, folder: Path, model: Path) -> None:
    for subtype in ("IMA_ADPCM", "MS_ADPCM", "GSM610"):
        source = write(folder / "a.wav", 4_000, 1, 8_000, subtype=subtype)
        assert refused(run, source, model) == (
            f"{source} is encoded as {subtype}, which is refused: convert it to FLAC"
        )


def test_what_is_no_sound_file(run: Run, folder: Path, model: Path) -> None:
    assert "is a folder: give the path of a WAV" in refused(run, folder, model)
    assert "no audio file /dev/zero" in encode_to(run, Path("/dev/zero"), folder, model).message
    os.mkfifo(folder / "pipe")
    assert "no audio file" in refused(run, folder / "pipe", model)
    for name, content in (("a.wav", b""), ("b.wav", b"RIFF"), ("c.flac", b"fLaC" + bytes(99))):
        (folder / name).write_bytes(content)
        assert "cannot be read as audio" in refused(run, folder / name, model)
    (folder / "a.raw").write_bytes(bytes(999))
    assert "its name says it has no header" in refused(run, folder / "a.raw", model)
    rng = np.random.default_rng(0)
    for start in (b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"fLaC\0\0\0\x22", b"OggS\0\x02", b"ID3\x04"):
        (folder / "a.bin").write_bytes(start + rng.bytes(3_000))
        assert "a.bin" in refused(run, folder / "a.bin", model)


def encode_to(run: Run, source: Path, folder: Path, model: Path) -> Outcome:
    return run(
        "codec", "encode", str(source), "-o", str(folder / "a.mcodes"), "--model", str(model)
    )


@pytest.mark.parametrize("tenths", range(10))
def test_a_flac_that_is_cut_off(run: Run, folder: Path, model: Path, tenths: int) -> None:
    content = write(folder / "whole.flac", 50_000).read_bytes()
    (folder / "a.flac").write_bytes(content[: 60 + (len(content) - 60) * tenths // 10])
    message = refused(run, folder / "a.flac", model)
    assert "a.flac cannot be read as audio" in message or "a.flac is cut off" in message


@pytest.mark.parametrize("stated", [0, 3, 1_001, 0x7FFF_FFF0, 0xFFFF_FFFF])
def test_a_header_that_lies_about_its_length(
    run: Run, folder: Path, model: Path, stated: int
) -> None:
    content = bytearray(write(folder / "a.wav", 30_000).read_bytes())
    content[40:44] = stated.to_bytes(4, "little")
    (folder / "a.wav").write_bytes(content)
    if stated < 4:
        assert "holds no samples" in refused(run, folder / "a.wav", model)
        return
    done = encode(run, folder / "a.wav", model, "--json")
    assert json.loads(done.out)["n_samples"] == min(30_000, stated // 4)


def test_a_flac_that_states_years(run: Run, folder: Path, model: Path) -> None:
    content = bytearray(write(folder / "a.flac", 30_000).read_bytes())
    content[21] |= 0x0F
    content[22:26] = b"\xff" * 4
    (folder / "a.flac").write_bytes(content)
    assert "is longer than 24 hours: cut it" in refused(run, folder / "a.flac", model)
    message = refused(run, folder / "a.flac", model, "--max-hours", "1e6")
    assert "is cut off: it states 68719476735 samples and holds 30000" in message


def test_more_than_a_day_is_refused_by_its_header(run: Run, folder: Path, model: Path) -> None:
    write(folder / "a.wav", 1, 1, 8_000, subtype="PCM_U8")
    n_samples = 25 * 3600 * 8_000
    content = bytearray((folder / "a.wav").read_bytes())
    content[40:44] = n_samples.to_bytes(4, "little")
    (folder / "a.wav").write_bytes(content)
    os.truncate(folder / "a.wav", 44 + n_samples)  # 720 MB that take no room.
    assert refused(run, folder / "a.wav", model) == (
        f"{folder / 'a.wav'} is longer than 24 hours: cut it, or allow more"
    )


def test_more_than_is_allowed_is_noticed_without_a_header(
    run: Run, folder: Path, model: Path
) -> None:
    """Silence takes 2,000 times less room as FLAC, and its header need not tell."""
    soundfile.write(folder / "a.flac", np.zeros(2_000_000), 24_000)
    content = bytearray((folder / "a.flac").read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    (folder / "a.flac").write_bytes(content)
    message = refused(run, folder / "a.flac", model, "--max-hours", "0.01")
    assert message.endswith("is longer than 0.01 hours: cut it, or allow more")


@pytest.mark.parametrize("harm", ["flipped", "cut", "longer", "version 1", "empty", "garbage"])
def test_codes_that_are_not_intact(run: Run, folder: Path, model: Path, harm: str) -> None:
    assert encode(run, write(folder / "a.wav", 30_000), model).code == 0
    path = folder / "out.mcodes"
    content = path.read_bytes()
    path.write_bytes(
        {
            "flipped": content[:60] + bytes([content[60] ^ 8]) + content[61:],
            "cut": content[:-20],
            "longer": content + b"\0",
            "version 1": content[:4] + b"\x01" + content[5:],
            "empty": b"",
            "garbage": b"MLMC\x02" + np.random.default_rng(0).bytes(500),
        }[harm]
    )
    before = sorted(folder.iterdir())
    done = run("codec", "decode", str(path), "-o", str(folder / "b.wav"), "--model", str(model))
    assert done.code == 3
    assert done.message.startswith(f"{path}: the file of codes ")
    assert run("codec", "info", str(path)).code == 3
    assert sorted(folder.iterdir()) == before


def test_codes_of_another_model(run: Run, folder: Path, model: Path) -> None:
    assert encode(run, write(folder / "a.wav", 3_000), model).code == 0
    done = run("codec", "decode", str(folder / "out.mcodes"), "-o", str(folder / "b.wav"))
    assert done.code == 3
    assert done.message.endswith("name the model that encoded it with --model, or encode again")


def test_places_that_take_nothing(run: Run, folder: Path, model: Path) -> None:
    source = write(folder / "a.wav", 3_000)
    words = ("codec", "encode", str(source), "--model", str(model), "-q", "-o")
    (folder / "full.mcodes").symlink_to("/dev/full")
    (folder / "folder.mcodes").mkdir()
    for name, message in (
        ("full.mcodes", "No space left on device: free some space or choose another folder"),
        ("folder.mcodes", "Is a directory: give the name of a file"),
    ):
        done = run(*words, str(folder / name))
        assert done.code == 1
        assert done.message == f"cannot write {folder / name}: {message}"
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("name", ["b.wav", "b.flac", "b.ogg"])
def test_a_disk_that_fills_up_half_way(run: Run, folder: Path, model: Path, name: str) -> None:
    assert encode(run, write(folder / "a.wav", 240_000), model).code == 0
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        codes, out = str(folder / "out.mcodes"), str(folder / name)
        done = run("codec", "decode", codes, "-o", out, "--model", str(model), "-q")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done.code == 1
    assert done.message == (
        f"cannot write {out}: the disk took no more (System error): choose another place"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["a.wav", "out.mcodes"]
