"""Levels that each strategy reaches in the file, and nothing left of what fails."""

import inspect
import logging
import math
from pathlib import Path

import pytest
import soundfile
import torch
from torch import Tensor

from musiclm.audio.audio_write import ENERGY_FLOOR, audio_write
from musiclm.audio.io import read_audio
from musiclm.audio.loudness import integrated_loudness
from musiclm.errors import AudioError

RATE = 32_000
HALF_STEP = 0.51 / 32_768


def noise(n_channels: int = 1, level: float = 0.05, seconds: float = 2.0) -> Tensor:
    rng = torch.Generator().manual_seed(3)
    return torch.randn(n_channels, round(seconds * RATE), generator=rng) * level


def db(ratio: float) -> float:
    return 20 * math.log10(ratio)


def rms(samples: Tensor) -> float:
    return float(samples.square().mean().sqrt())


def test_the_signature_is_that_of_audiocraft() -> None:
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(audio_write).parameters.items()
    }
    none = inspect.Parameter.empty
    assert list(defaults.items()) == [
        ("stem_name", none),
        ("wav", none),
        ("sample_rate", none),
        ("format", "wav"),
        ("mp3_rate", 320),
        ("ogg_rate", None),
        ("normalize", True),
        ("strategy", "peak"),
        ("peak_clip_headroom_db", 1),
        ("rms_headroom_db", 18),
        ("loudness_headroom_db", 14),
        ("loudness_compressor", False),
        ("log_clipping", True),
        ("make_parent_dir", True),
        ("add_suffix", True),
    ]
    with pytest.raises(TypeError, match="unexpected keyword argument 'volume'"):
        audio_write("a", noise(), RATE, volume=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("level", [0.004, 0.05, 0.5, 3.0])
def test_peak(tmp_path: Path, level: float) -> None:
    path = audio_write(tmp_path / "a", noise(2, level), RATE)
    assert path == tmp_path / "a.wav"
    assert db(read_audio(path).peak()) == pytest.approx(-1, abs=0.01)
    path = audio_write(tmp_path / "b", noise(2, level), RATE, peak_clip_headroom_db=6)
    assert db(read_audio(path).peak()) == pytest.approx(-6, abs=0.01)


@pytest.mark.parametrize("level", [0.004, 0.5])
def test_rms_is_that_of_the_mean_of_the_channels(tmp_path: Path, level: float) -> None:
    path = audio_write(tmp_path / "a", noise(2, level), RATE, strategy="rms")
    assert db(rms(read_audio(path).samples.mean(dim=0))) == pytest.approx(-18, abs=0.01)
    path = audio_write(tmp_path / "b", noise(1, level), RATE, strategy="rms", rms_headroom_db=30)
    assert db(rms(read_audio(path).samples)) == pytest.approx(-30, abs=0.01)


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.1, 2.0, 10.0])
@pytest.mark.parametrize("level", [0.003, 0.05, 0.5])
@pytest.mark.parametrize("headroom", [14, 23])
def test_loudness_is_reached_in_the_file(
    tmp_path: Path, n_channels: int, seconds: float, level: float, headroom: float
) -> None:
    path = audio_write(
        tmp_path / "a",
        noise(n_channels, level, seconds),
        RATE,
        strategy="loudness",
        loudness_headroom_db=headroom,
    )
    assert integrated_loudness(read_audio(path)) == pytest.approx(-headroom, abs=0.1)


def test_an_independent_meter_hears_the_same_loudness(tmp_path: Path) -> None:
    import pyloudnorm

    path = audio_write(tmp_path / "a", noise(2, 0.3, 5.0), RATE, strategy="loudness")
    frames, rate = soundfile.read(path)
    loudness = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(frames)
    assert loudness == pytest.approx(-14, abs=0.5)


def test_the_compressor_bends_what_would_be_cut(tmp_path: Path) -> None:
    wav = noise(1, 0.2)
    loud = {"strategy": "loudness", "loudness_headroom_db": 5}
    cut = read_audio(audio_write(tmp_path / "cut", wav, RATE, **loud))  # type: ignore[arg-type]
    bent = read_audio(
        audio_write(tmp_path / "bent", wav, RATE, loudness_compressor=True, **loud)  # type: ignore[arg-type]
    )
    quiet = read_audio(audio_write(tmp_path / "quiet", wav, RATE, strategy="loudness"))
    scaled = quiet.samples * 10 ** (9 / 20)
    assert float((bent.samples - torch.tanh(scaled)).abs().max()) < 5 * HALF_STEP
    assert bent.peak() < 1 <= cut.peak() + 2 * HALF_STEP


def test_quiet_sound_and_silence_stay_as_they_are(tmp_path: Path) -> None:
    quiet = noise(2, ENERGY_FLOOR * 0.9)
    path = audio_write(tmp_path / "a", quiet, RATE, strategy="loudness", loudness_compressor=True)
    assert float((read_audio(path).samples - quiet).abs().max()) < HALF_STEP
    louder = audio_write(tmp_path / "b", noise(2, ENERGY_FLOOR * 1.1), RATE, strategy="loudness")
    assert integrated_loudness(read_audio(louder)) > -15
    # Energy that nobody hears has no loudness: one cycle a second.
    slow = 4e-3 * torch.sin(2 * math.pi * torch.arange(4 * RATE) / RATE)
    path = audio_write(tmp_path / "d", slow, RATE, strategy="loudness")
    assert float((read_audio(path).samples - slow).abs().max()) < HALF_STEP
    for strategy in ("clip", "peak", "rms", "loudness"):
        path = audio_write(tmp_path / "c", torch.zeros(2, 1_000), RATE, strategy=strategy)
        assert read_audio(path).peak() == 0


def test_clip_cuts_and_scales_nothing(tmp_path: Path) -> None:
    wav = torch.tensor([0.1, -0.2, 2.0, -2.0])
    back = read_audio(audio_write(tmp_path / "a", wav, RATE, strategy="clip")).samples[0]
    most = 10 ** (-1 / 20)
    wanted = torch.tensor([0.1, -0.2, most, -most])
    assert float((back - wanted).abs().max()) < HALF_STEP


@pytest.mark.parametrize("strategy", ["peak", "rms"])
def test_without_normalize_only_loud_sound_changes(tmp_path: Path, strategy: str) -> None:
    quiet = noise(1, 0.01)
    path = audio_write(tmp_path / "a", quiet, RATE, strategy=strategy, normalize=False)
    assert float((read_audio(path).samples - quiet).abs().max()) < HALF_STEP
    loud = noise(1, 2.0)
    twice = [
        audio_write(tmp_path / f"b{normalize}", loud, RATE, strategy=strategy, normalize=normalize)
        for normalize in (False, True)
    ]
    assert twice[0].read_bytes() == twice[1].read_bytes()


def test_cut_samples_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wav = torch.zeros(32_000)
    wav[::4_000] = 0.9  # Peaks that far above the mean are cut.
    for strategy in ("rms", "loudness"):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            path = audio_write(tmp_path / "a", wav, RATE, strategy=strategy)
        (record,) = caplog.records
        assert record.getMessage().startswith(f"{tmp_path / 'a'}: 0.025% of the samples are above")
        assert read_audio(path).peak() > 0.999
        caplog.clear()
        audio_write(tmp_path / "a", wav, RATE, strategy=strategy, log_clipping=False)
        assert caplog.records == []


def test_the_samples_of_the_caller_stay(tmp_path: Path) -> None:
    wav = noise(2, 2.0)
    before = wav.clone()
    for strategy in ("clip", "peak", "rms", "loudness"):
        audio_write(tmp_path / "a", wav, RATE, strategy=strategy)
    assert torch.equal(wav, before)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats_and_one_axis(tmp_path: Path, dtype: torch.dtype) -> None:
    path = audio_write(tmp_path / "a", noise()[0].to(dtype).requires_grad_(), RATE)
    assert read_audio(path).samples.shape == (1, 2 * RATE)


@pytest.mark.parametrize(
    ("format", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16"), ("ogg", "VORBIS")]
)
def test_formats(tmp_path: Path, format: str, subtype: str) -> None:
    path = audio_write(str(tmp_path / "a.b"), noise(2), RATE, format=format)
    assert path == tmp_path / f"a.b.{format}"
    info = soundfile.info(path)
    assert (info.format, info.subtype) == (format.upper(), subtype)
    assert (info.samplerate, info.channels, info.frames) == (RATE, 2, 2 * RATE)


def test_the_rate_of_ogg(tmp_path: Path) -> None:
    sizes = [
        audio_write(tmp_path / f"{rate}", noise(2), RATE, "ogg", ogg_rate=rate).stat().st_size
        for rate in (10, 64, 128, 320, 1_000)
    ]
    assert sizes[0] == sizes[1] < sizes[2] < sizes[3] < sizes[4]


def test_names_and_folders(tmp_path: Path) -> None:
    path = audio_write(tmp_path / "new" / "er" / "a", noise(), RATE)
    assert path.is_file()
    bare = audio_write(tmp_path / "take.one", noise(), RATE, format="flac", add_suffix=False)
    assert bare == tmp_path / "take.one"
    assert soundfile.info(bare).format == "FLAC"
    with pytest.raises(FileNotFoundError, match="missing"):
        audio_write(tmp_path / "missing" / "a", noise(), RATE, make_parent_dir=False)
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    ("wav", "changes", "message"),
    [
        (noise(), {"format": "mp3"}, 'the format must be "wav", "flac" or "ogg", got "mp3"'),
        (noise(), {"strategy": "loud"}, '"clip", "peak", "rms" or "loudness", got "loud"'),
        (noise()[None], {}, "got torch.float32 [1, 1, 64000]: write one item of a batch at a time"),
        (torch.ones(9, dtype=torch.int16), {}, "must be a float tensor [channels, samples] or ["),
        (torch.zeros(1, 0), {}, "there are no samples to write, got [1, 0]"),
        (torch.tensor([math.nan]), {}, "samples must be finite to be written"),
        (torch.tensor([math.inf]), {"strategy": "clip"}, "samples must be finite to be written"),
        (torch.tensor([0.5]), {"peak_clip_headroom_db": math.nan}, "samples must be finite"),
    ],
)
def test_refusals_leave_nothing(
    tmp_path: Path, wav: Tensor, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(AudioError) as caught:
        audio_write(tmp_path / "new" / "a", wav, RATE, **changes)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_survives_what_fails(tmp_path: Path) -> None:
    path = audio_write(tmp_path / "a", noise(), RATE)
    before = path.read_bytes()
    with pytest.raises(AudioError):
        audio_write(tmp_path / "a", torch.full((9,), math.inf), RATE)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]
