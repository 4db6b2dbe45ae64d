"""Scripts as people wrote them for audiocraft, with another import: they run as they stand.

Each test is such a script. What it loads is a tiny checkpoint with random weights, so it is asked
what comes out, not how it sounds.
"""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor

from musiclm.audio.io import read_audio

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen
from musiclm import MusicGen, audio_write
from musiclm.pipeline.musicgen_windows import Tune


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints by what audiocraft calls them."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_musicgen(folder / "small")
    write_musicgen(folder / "melody", melody=True)
    write_musicgen(folder / "stereo-small", stereo=True)
    return folder


@pytest.fixture(scope="module")
def small(folders: Path) -> MusicGen:
    return MusicGen.get_pretrained(str(folders / "small"))


@pytest.fixture(scope="module")
def melody_model(folders: Path) -> MusicGen:
    return MusicGen.get_pretrained(str(folders / "melody"))


def bip_bip(bip_duration: float = 0.125, frequency: float = 440, duration: float = 0.5) -> Tensor:
    """The bips of audiocraft's demonstration: ``[1, T]`` at 32 kHz."""
    t = torch.arange(int(duration * 32_000)).float() / 32_000
    wav = torch.cos(2 * torch.pi * frequency * t)[None]
    return wav * ((t % (2 * bip_duration)) / (2 * bip_duration) < 0.5).float()


def require(wav: object, *shape: int) -> None:
    assert isinstance(wav, Tensor)
    assert wav.shape == shape
    assert wav.dtype == torch.float32
    assert bool(torch.isfinite(wav).all())
    assert not wav.requires_grad


def test_the_readme(folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torchaudio_load = (torch.randn(1, 44_100), 44_100)

    model = MusicGen.get_pretrained(str(folders / "melody"))
    model.set_generation_params(duration=1)  # generate 1 second.
    wav = model.generate_unconditional(4)  # generates 4 unconditional audio samples
    require(wav, 4, 1, 32_000)
    descriptions = ["happy rock", "energetic EDM", "sad jazz"]
    wav = model.generate(descriptions)  # generates 3 samples.
    require(wav, 3, 1, 32_000)

    melody, sr = torchaudio_load
    # generates using the melody from the given audio and the provided descriptions.
    wav = model.generate_with_chroma(descriptions, melody[None].expand(3, -1, -1), sr)
    require(wav, 3, 1, 32_000)

    for idx, one_wav in enumerate(wav):
        # Will save under {idx}.wav, with loudness normalization at -14 db LUFS.
        audio_write(
            f"{idx}", one_wav.cpu(), model.sample_rate, strategy="loudness",
            loudness_compressor=True,
        )  # fmt: skip
    for name in ("0.wav", "1.wav", "2.wav"):
        kept = read_audio(tmp_path / name)
        assert kept.samples.shape == (1, 32_000)
        assert kept.sample_rate == 32_000
        assert kept.peak() > 0.01


def test_every_parameter_by_its_name(small: MusicGen) -> None:
    small.set_generation_params(
        use_sampling=True,
        top_k=250,
        top_p=0.0,
        temperature=1.0,
        duration=0.5,
        cfg_coef=3.0,
        two_step_cfg=False,
        extend_stride=18,
    )
    require(small.generate(["calm piano"], progress=False), 1, 1, 16_000)
    small.set_generation_params(True, 250, 0.0, 1.0, 0.5, 3.0, None, True, 18)
    require(small.generate(descriptions=["calm piano"]), 1, 1, 16_000)
    assert (small.duration, small.cfg_coef, small.extend_stride) == (0.5, 3.0, 18)
    assert (small.sample_rate, small.audio_channels, small.frame_rate) == (32_000, 1, 50)
    assert (small.device.type, small.max_duration) == ("cpu", 30)


def test_descriptions_of_different_lengths(small: MusicGen) -> None:
    small.set_generation_params(duration=0.3, use_sampling=False)
    texts = ["80s pop track with bassy drums and synth, " * 9, "jazz", "", None]
    batch = small.generate(texts)
    require(batch, 4, 1, 9_600)
    alone = small.generate(["jazz"])
    torch.testing.assert_close(batch[1:2], alone, atol=1e-4, rtol=0)


def test_melodies_in_every_form(melody_model: MusicGen) -> None:
    model = melody_model
    model.set_generation_params(duration=0.3)
    tune, rate = bip_bip(), 32_000
    require(model.generate_with_chroma(["jazz"], tune, rate), 1, 1, 9_600)
    require(model.generate_with_chroma(["jazz"], tune[None], rate, progress=False), 1, 1, 9_600)
    stereo = tune.expand(2, -1)
    require(model.generate_with_chroma(["jazz", "rock"], [stereo, None], 44_100), 2, 1, 9_600)
    wav = model.generate_with_chroma(
        descriptions=[
            "80s pop track with bassy drums and synth",
            "90s rock song with loud guitars",
        ],
        melody_wavs=tune[None].expand(2, -1, -1),
        melody_sample_rate=rate,
        progress=True,
    )
    require(wav, 2, 1, 9_600)


def test_a_tune_changes_what_is_played(melody_model: MusicGen) -> None:
    melody_model.set_generation_params(duration=0.5, use_sampling=False)
    low, high = (bip_bip(frequency=each) for each in (261.6, 466.2))
    codes = [
        melody_model.generate_with_chroma(["jazz"], tune, 32_000, return_tokens=True)[1]
        for tune in (low, high)
    ]
    assert not torch.equal(*codes)


def test_continuations(small: MusicGen) -> None:
    small.set_generation_params(use_sampling=True, top_k=250, duration=1)
    res = small.generate_continuation(
        bip_bip(0.125).expand(2, -1, -1),
        32_000,
        ["Jazz jazz and only jazz", "Heartful EDM with beautiful synths and chords"],
        progress=True,
    )
    require(res, 2, 1, 32_000)
    prompt_waveform, prompt_sr = bip_bip(), 32_000
    prompt_waveform = prompt_waveform[..., : int(0.4 * prompt_sr)]
    output = small.generate_continuation(
        prompt_waveform, prompt_sample_rate=prompt_sr, progress=True, return_tokens=True
    )
    require(output[0], 1, 1, 32_000)
    # What is continued is its beginning.
    known = small.parts.codec.encode(prompt_waveform[None])
    assert torch.equal(output[1][..., : known.shape[-1]], known)


def test_tokens_and_their_sound(small: MusicGen) -> None:
    small.set_generation_params(duration=0.5)
    wav, tokens = small.generate(["calm piano", "rock"], return_tokens=True)
    require(wav, 2, 1, 16_000)
    assert tokens.shape == (2, 4, 25)
    assert tokens.dtype == torch.int64
    assert torch.equal(small.generate_audio(tokens), wav)
    tokens[..., 10:] = 0  # They are the caller's own.
    require(small.generate_audio(tokens), 2, 1, 16_000)
    assert len(small.generate_unconditional(1, return_tokens=True)) == 2


def test_a_progress_callback(small: MusicGen, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []

    def _progress(generated_tokens: int, tokens_to_generate: int) -> None:
        seen.append((generated_tokens, tokens_to_generate))

    small.set_generation_params(duration=0.5)
    small.set_custom_progress_callback(_progress)
    small.generate(["jazz"])
    assert seen[-1] == (25, 25)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    small.set_custom_progress_callback(None)
    n_seen = len(seen)
    capsys.readouterr()
    small.generate(["jazz"], progress=True)
    assert len(seen) == n_seen
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "25 /     25" in caught.err


def test_stereo(folders: Path, tmp_path: Path) -> None:
    model = MusicGen.get_pretrained(folders / "stereo-small", device="cpu")
    model.set_generation_params(duration=0.5)
    wav = model.generate(["calm piano", "rock"])
    require(wav, 2, 2, 16_000)
    assert not torch.equal(wav[:, 0], wav[:, 1])
    path = audio_write(tmp_path / "a" / "b", wav[0].cpu(), model.sample_rate, strategy="loudness")
    assert str(path).endswith("b.wav")
    assert read_audio(path).samples.shape == (2, 16_000)
    require(model.generate_continuation(bip_bip(duration=0.2)[None], 32_000), 1, 2, 16_000)


def test_longer_than_the_model_sees(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []
    window = Tune.window

    def spy(self: Tune, seconds: float, length: float) -> Tensor:
        begun.append(seconds)
        return window(self, seconds, length)

    monkeypatch.setattr(Tune, "window", spy)
    model = MusicGen.get_pretrained(str(folders / "melody"))
    model.set_generation_params(duration=31, extend_stride=20)
    require(model.generate_with_chroma(["jazz"], bip_bip(), 32_000), 1, 1, 31 * 32_000)
    # The second window moves on 20 s, and is given the tune from there.
    assert sorted(set(begun)) == [0, 20]


def test_manual_seed(small: MusicGen) -> None:
    small.set_generation_params(duration=0.5)
    torch.manual_seed(7)
    one, other = small.generate(["jazz"]), small.generate(["jazz"])
    torch.manual_seed(7)
    assert torch.equal(small.generate(["jazz"]), one)
    assert torch.equal(small.generate(["jazz"]), other)
    assert not torch.equal(one, other)


def test_nucleus_and_greedy(small: MusicGen) -> None:
    small.set_generation_params(duration=0.5, top_p=0.9, temperature=0.8)
    require(small.generate(["jazz"]), 1, 1, 16_000)
    small.set_generation_params(duration=0.5, use_sampling=False)
    assert torch.equal(small.generate(["jazz"]), small.generate(["jazz"]))
    small.set_generation_params(duration=0.5, top_k=1, cfg_coef=1.0)
    drawn = small.generate(["jazz"])
    small.set_generation_params(duration=0.5, use_sampling=False, cfg_coef=1.0)
    assert torch.equal(small.generate(["jazz"]), drawn)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"duration": 0}, "duration must be above 0 and at most 3600 seconds, got 0"),
        ({"duration": float("nan")}, "duration must be above 0"),
        ({"extend_stride": 30}, "extend_stride must be above 0 and below 30, got 30"),
        ({"cfg_coef": -1}, "cfg_coef must be >= 0 and finite, got -1: 1 means none"),
        ({"cfg_coef_beta": 2.0}, "cfg_coef_beta is for style models, which are not supported"),
        ({"top_k": -1}, "generation parameters has 1 fault(s):\n  top_k: "),
        ({"top_p": 1.5}, "generation parameters has 1 fault(s):\n  top_p: "),
        ({"temperature": -1}, "generation parameters has 1 fault(s):\n  temperature: "),
    ],
)
def test_impossible_parameters(small: MusicGen, wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        small.set_generation_params(**wrong)  # type: ignore[arg-type]


def test_impossible_requests(small: MusicGen, melody_model: MusicGen) -> None:
    with pytest.raises(ValueError, match=r'descriptions are a list of texts, got .*\["happy rock"'):
        small.generate("happy rock")
    with pytest.raises(ValueError, match="descriptions are a list of texts"):
        small.generate([])
    with pytest.raises(ValueError, match="num_samples must be 1 or more, got 0"):
        small.generate_unconditional(0)
    with pytest.raises(ValueError, match='" follows no melody: use a melody model, such as'):
        small.generate_with_chroma(["jazz"], bip_bip(), 32_000)
    with pytest.raises(ValueError, match="1 melodies for 2 descriptions: give one each, or None"):
        melody_model.generate_with_chroma(["jazz", "rock"], bip_bip(), 32_000)
    with pytest.raises(ValueError, match="melody_wavs must be "):
        melody_model.generate_with_chroma(["jazz"], torch.zeros(1, 1, 1, 100), 32_000)
    with pytest.raises(ValueError, match=r"each melody must be \[C, N\], got shape"):
        melody_model.generate_with_chroma(["jazz"], [torch.zeros(1, 1, 100)], 32_000)
    with pytest.raises(ValueError, match="2 descriptions for 1 prompts"):
        small.generate_continuation(bip_bip(), 32_000, ["jazz", "rock"])
    small.set_generation_params(duration=0.5)
    with pytest.raises(
        ValueError, match=r"lasts 0\.5 s and the duration is 0.5 s: set a longer dur"
    ):
        small.generate_continuation(bip_bip(), 32_000)
    with pytest.raises(ValueError, match=r"prompt must be \[B, C, N\] or \[C, N\], got shape"):
        small.generate_continuation(torch.zeros(100), 32_000)
    with pytest.raises(ValueError, match="has one or two channels, got 3: mix it down"):
        small.generate_continuation(torch.zeros(3, 100), 32_000)
    with pytest.raises(ValueError, match="needs samples, and finite ones"):
        small.generate_continuation(torch.full((1, 100), float("nan")), 32_000)
    with pytest.raises(ValueError, match="sample_rate must be at least 1 Hz, got 0"):
        small.generate_continuation(bip_bip(), 0)


def test_devices_that_are_not_there(folders: Path) -> None:
    with pytest.raises(ValueError, match=r'device "nonsense" cannot be used .*: use "cpu"'):
        MusicGen.get_pretrained(str(folders / "small"), device="nonsense")
