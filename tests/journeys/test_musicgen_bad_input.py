"""What users get wrong with MusicGen: one line, the right code, nothing left behind."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from journeys.outcome import Outcome, Run
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from safetensors.torch import load_file, save_file

from checkpoints import write_musicgen

WEIGHTS = "model.safetensors"
DECODER = "decoder.model.decoder."


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    write_musicgen(folder)
    return folder


@pytest.fixture(scope="module")
def melody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("melody")
    write_musicgen(folder, melody=True)
    return folder


@pytest.fixture
def harmed(whole: Path, tmp_path: Path) -> Path:
    """A copy to be harmed."""
    return Path(shutil.copytree(whole, tmp_path / "checkpoint"))


@pytest.fixture
def make(run: Run, tmp_path: Path) -> Callable[..., Outcome]:
    """``musiclm generate`` for a second; what fails must leave nothing behind."""
    (tmp_path / "work").mkdir()

    def of(model: Path | str, *words: str) -> Outcome:
        work = tmp_path / "work"
        done = run("generate", "piano", "-o", str(work / "a.wav"), "-d", "1",
                   "--model", str(model), *words)  # fmt: skip
        if done.code:
            assert list(work.iterdir()) == []
            assert len(done.message) < 600
            assert "a fault of musiclm" not in done.message
        return done

    return of


def config(folder: Path, part: str | None, **changes: Any) -> None:
    path = folder / "config.json"
    values = json.loads(path.read_bytes())
    (values if part is None else values[part]).update(changes)
    path.write_text(json.dumps(values))


def tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    held = load_file(folder / WEIGHTS)
    change(held)
    save_file(held, folder / WEIGHTS, metadata={"format": "pt"})


def sums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def flip(path: Path, place: int = -9) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_without_weights(make: Callable[..., Outcome], harmed: Path) -> None:
    (harmed / WEIGHTS).unlink()
    done = make(harmed)
    assert done.code == 3
    assert done.message == (
        f"{harmed} holds no weights (model.safetensors): download the checkpoint again"
    )


@pytest.mark.parametrize("name", ["pytorch_model.bin", "state_dict.pt", "weights.ckpt"])
def test_pickled_weights(make: Callable[..., Outcome], harmed: Path, name: str) -> None:
    (harmed / WEIGHTS).rename(harmed / name)
    done = make(harmed)
    assert done.code == 3
    assert done.message.startswith(
        f"{harmed} holds pickled weights only ({name}), and reading those runs code: get model"
    )
    assert ".save_pretrained(NEW_FOLDER)" in done.message


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file(make: Callable[..., Outcome], harmed: Path, share: float) -> None:
    content = (harmed / WEIGHTS).read_bytes()
    (harmed / WEIGHTS).write_bytes(content[: int(len(content) * share)])
    done = make(harmed)
    assert done.code == 3
    assert done.message.startswith(f"{harmed / WEIGHTS} cannot be read (")
    assert done.message.endswith("it is cut off or altered, download the checkpoint again")


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json"])
def test_an_altered_file_beside_its_sums(
    make: Callable[..., Outcome], harmed: Path, name: str
) -> None:
    sums(harmed)
    assert make(harmed).code == 0
    (harmed.parent / "work" / "a.wav").unlink()
    (harmed.parent / "work" / "a.wav.json").unlink()
    if name == WEIGHTS:
        flip(harmed / name)
    else:
        (harmed / name).write_text((harmed / name).read_text() + "\n")
    done = make(harmed)
    assert done.code == 3
    assert done.message == (
        f"{harmed / name} was altered (its SHA-256 differs): download the checkpoint again"
    )


def test_sums_that_are_none(make: Callable[..., Outcome], harmed: Path) -> None:
    (harmed / "SHA256SUMS").write_text("# these are my sums\n")
    assert make(harmed).message.startswith(f"{harmed / 'SHA256SUMS'}: expected lines of sha256sum")
    (harmed / "SHA256SUMS").unlink()
    (harmed / "SHA256SUMS").mkdir()
    done = make(harmed)
    assert done.code == 3
    assert done.message.startswith(f"{harmed / 'SHA256SUMS'} cannot be read (")


def test_a_missing_shard(make: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    write_musicgen(folder, shard="40KB")
    gone = sorted(folder.glob("model-*.safetensors"))[1]
    gone.unlink()
    done = make(folder)
    assert (done.code, done.message) == (3, f"{gone} is missing: download the checkpoint again")


@pytest.mark.parametrize(
    "index", ["{}", '{"weight_map": {"a": "../../etc/passwd"}}', '{"weight_map": [1]}', "]"]
)
def test_an_impossible_index(make: Callable[..., Outcome], harmed: Path, index: str) -> None:
    (harmed / WEIGHTS).unlink()
    (harmed / "model.safetensors.index.json").write_text(index)
    done = make(harmed)
    assert done.code == 3
    assert str(harmed / "model.safetensors.index.json") in done.message


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("decoder", {"hidden_size": 64}, "they are of different models"),
        ("decoder", {"ffn_dim": 96}, "they are of different models"),
        ("decoder", {"num_hidden_layers": 3}, "layers.2."),
        ("decoder", {"num_hidden_layers": 1}, "tensors that its config.json does not explain"),
        ("decoder", {"num_codebooks": 3}, "does not explain, such as"),
        ("decoder", {"num_codebooks": 5}, "has no tensor decoder."),
        ("decoder", {"num_codebooks": 0}, "describes no language model that can be built"),
        ("decoder", {"num_attention_heads": 0}, "describes no language model that can be built"),
        ("decoder", {"num_attention_heads": 5}, "hidden_size is no multiple of num_attention_head"),
        ("decoder", {"activation_function": "relu"}, "activation_function is relu, expected gelu"),
        ("decoder", {"scale_embedding": True}, "scale_embedding is True, expected False"),
        ("decoder", {"audio_channels": 3}, "is no config of MusicGen: Class validation error"),
        ("decoder", {"vocab_size": 32}, "audio_encoder.codebook_size is 64, expected 32"),
        ("decoder", {"hidden_size": "wide"}, "is no config of MusicGen"),
        ("audio_encoder", {"sampling_rate": 3}, "describes no language model that can be built"),
        ("audio_encoder", {"num_filters": 0}, "describes no EnCodec that can be built"),
        ("audio_encoder", {"num_filters": 8}, "the checkpoint's EnCodec does not fit its config"),
        ("audio_encoder", {"normalize": True}, "EnCodec works in chunks of its own loudness"),
        ("audio_encoder", {"use_causal_conv": True}, "EnCodec hears frames of other lengths than"),
        ("audio_encoder", {"model_type": "dac"}, 'the codec is "dac", expected "encodec"'),
        ("text_encoder", {"model_type": "bert"}, 'the text encoder is "bert", expected "t5"'),
        ("text_encoder", {"dense_act_fn": "spin"}, "describes no T5 that can be built ('spin')"),
        ("text_encoder", {"num_layers": 1}, "the checkpoint's T5 holds encoder.block.1."),
        ("text_encoder", {"num_layers": 3}, "the checkpoint's T5 should hold encoder.block.2."),
        (None, {"model_type": "llama"}, 'describes a "llama", expected one of musicgen, musicgen_'),
        (None, {"model_type": ["musicgen"]}, "describes a \"['musicgen']\", expected one of"),
        (None, {"decoder": []}, "is no config of MusicGen"),
    ],
)
def test_a_config_of_another_model(
    make: Callable[..., Outcome], harmed: Path, part: str | None, changes: dict[str, Any],
    message: str,
) -> None:  # fmt: skip
    config(harmed, part, **changes)
    done = make(harmed)
    assert done.code == 3
    assert message in done.message


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\ufeff{}", "[" * 100_000])
def test_a_config_that_is_none(make: Callable[..., Outcome], harmed: Path, content: str) -> None:
    (harmed / "config.json").write_text(content)
    done = make(harmed)
    assert done.code == 3
    assert str(harmed / "config.json") in done.message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{DECODER}layers.0.fc1.weight", "has no tensor decoder.model.decoder.layers.0.fc1.we"),
        ("decoder.lm_heads.3.weight", "has no tensor decoder.lm_heads.3.weight, which its config"),
        ("enc_to_dec_proj.bias", "has no tensor enc_to_dec_proj.bias"),
        ("audio_encoder.decoder.layers.0.conv.bias", "EnCodec lacks decoder.layers.0.conv.bias"),
        ("text_encoder.encoder.final_layer_norm.weight", "T5 should hold encoder.final_layer_norm"),
    ],
)
def test_a_missing_tensor(
    make: Callable[..., Outcome], harmed: Path, name: str, message: str
) -> None:
    tensors(harmed, lambda held: held.pop(name))
    done = make(harmed)
    assert done.code == 3
    assert message in done.message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lm.more", "holds 1 tensors that its config.json does not explain, such as lm.more"),
        (f"{DECODER}layers.0.fc1.bias", "does not explain, such as decoder.model.decoder.layers."),
        ("audio_encoder.more", "EnCodec holds more, which nothing uses"),
        ("text_encoder.more", "T5 holds more, which nothing uses"),
        ("audio_enc_to_dec_proj.weight", "does not explain, such as audio_enc_to_dec_proj.weight"),
    ],
)
def test_an_unknown_tensor(
    make: Callable[..., Outcome], harmed: Path, name: str, message: str
) -> None:
    tensors(harmed, lambda held: held.update({name: torch.zeros(2)}))
    done = make(harmed)
    assert done.code == 3
    assert message in done.message


@pytest.mark.parametrize(
    "name",
    [
        f"{DECODER}embed_tokens.1.weight",
        "text_encoder.shared.weight",
        "audio_encoder.decoder.layers.0.conv.bias",
    ],
)
@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_a_tensor_that_is_not_finite(
    make: Callable[..., Outcome], harmed: Path, name: str, value: float
) -> None:
    tensors(harmed, lambda held: held[name].view(-1)[5:6].fill_(value))
    done = make(harmed)
    assert done.code == 3
    assert f"{name} is not finite: download the checkpoint again" in done.message


def test_tokenizers(make: Callable[..., Outcome], harmed: Path) -> None:
    path = harmed / "tokenizer.json"
    content = path.read_text()
    values = json.loads(content)
    values["model"]["vocab"]["tuba"] = 900
    path.write_text(json.dumps(values))
    assert "the tokenizer is of another model: it numbers its words up to 900" in (
        make(harmed).message
    )
    path.write_text(content[: len(content) // 2])
    assert "the tokenizer cannot be read" in make(harmed).message
    path.unlink()
    done = make(harmed)
    assert done.code == 3
    assert "holds no tokenizer (tokenizer.json or spiece.model): download" in done.message


def test_code_in_a_folder_is_never_run(make: Callable[..., Outcome], harmed: Path) -> None:
    (harmed / "evil.py").write_text("raise SystemExit(99)\n")
    path = harmed / "tokenizer_config.json"
    values = json.loads(path.read_text())
    values["auto_map"] = {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}
    values["tokenizer_class"] = "Evil"
    path.write_text(json.dumps(values))
    config(harmed, None, auto_map={"AutoConfig": "evil.Evil", "AutoTokenizer": "evil.Evil"})
    done = make(harmed)
    assert done.code in (0, 3)
    if done.code:
        assert "the tokenizer cannot be read" in done.message
    assert "evil" not in sys.modules


@pytest.mark.parametrize(
    ("n_channels", "n_samples", "value", "message"),
    [
        (1, 0, 0.0, "a.wav holds no samples"),
        (6, 3_000, 0.1, "has 6 channels, a melody has 1 or 2: mix it down before"),
        (1, 3_000, float("nan"), "a.wav"),
        (2, 3_000, float("inf"), "a.wav"),
    ],
)
def test_melodies(
    make: Callable[..., Outcome], melody: Path, tmp_path: Path, n_channels: int, n_samples: int,
    value: float, message: str,
) -> None:  # fmt: skip
    import soundfile

    path = tmp_path / "a.wav"
    samples = torch.full((n_samples, n_channels), value)
    soundfile.write(path, samples.numpy(), 8_000, subtype="FLOAT")
    done = make(melody, "--melody", str(path))
    assert done.code == 4
    assert message in done.message


def test_a_melody_that_is_not_there(make: Callable[..., Outcome], melody: Path) -> None:
    done = make(melody, "--melody", "/nowhere/tune.wav")
    assert done.code == 4
    assert "/nowhere/tune.wav" in done.message


def test_a_long_melody_is_followed_as_far_as_the_music_goes(
    make: Callable[..., Outcome], melody: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tune = tmp_path / "tune.wav"
    write_audio(tune, Waveform(torch.randn(1, 200 * 4_000) * 0.1, 4_000))
    done = make(melody, "--melody", str(tune))
    assert done.code == 0
    lines = [line for line in caplog.messages if "melody lasts" in line]
    assert lines == ["the melody lasts 200 s and the music 1 s: the rest is not heard"]


def test_a_melody_for_those_who_follow_none(
    make: Callable[..., Outcome], whole: Path, model: Path, tmp_path: Path
) -> None:
    tune = tmp_path / "tune.wav"
    write_audio(tune, Waveform(torch.randn(1, 4_000) * 0.1, 4_000))
    done = make(whole, "--melody", str(tune))
    assert done.code == 4
    assert done.message == (
        f'"{whole}" follows no melody: use a melody model, such as facebook/musicgen-melody'
    )
    done = make(model, "--melody", str(tune))
    assert done.code == 4
    assert "follows no melody" in done.message


def test_recordings_to_be_like(make: Callable[..., Outcome], whole: Path, tmp_path: Path) -> None:
    tune = tmp_path / "tune.wav"
    write_audio(tune, Waveform(torch.randn(1, 4_000) * 0.1, 4_000))
    done = make(whole, "--like", str(tune))
    assert done.code == 4
    assert done.message.startswith("MusicGen takes no recording to be like: describe it in words")


def test_an_unknown_stage(make: Callable[..., Outcome], whole: Path) -> None:
    done = make(whole, "--temperature", "acoustic=1")
    assert done.code == 4
    assert done.message == "temperature given for acoustic: this model has the stages musicgen"


def test_names_that_are_none(make: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in (str(tmp_path / "empty"), str(tmp_path / "nowhere"), "no such", "a/b/c", "x\0y/z"):
        done = make(name)
        assert done.code == 3
        assert done.message.startswith('no model "')
