import itertools
from pathlib import Path

import pytest
import torch
from tiny_codecs import noise, tiny_codec, tiny_config

from musiclm.codec.encoder import mid_side
from musiclm.codec.model import Codec
from musiclm.codec.vocoder_decoder import VocoderDecoder
from musiclm.errors import ArtifactError, ShapeError

ARCHITECTURES = ("soundstream", "spectral", "vocoder")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("n_samples", [1, 31, 64, 65, 200])
def test_any_length_is_padded_to_whole_frames(architecture: str, n_samples: int) -> None:
    codec = tiny_codec(architecture)
    codes = codec.encode(torch.randn(1, 2, n_samples))
    n_frames = -(-n_samples // codec.hop_length)
    assert codes.shape == (1, 3, n_frames)
    assert codec.decode(codes).shape == (1, 2, n_frames * codec.hop_length)


@pytest.mark.parametrize(
    ("architecture", "n_channels"),
    [("soundstream", 1), ("soundstream", 2), ("spectral", 1), ("spectral", 2), ("vocoder", 2)],
)
@pytest.mark.parametrize("n_levels", [1, 2, 3])
def test_every_prefix_of_levels_decodes(architecture: str, n_channels: int, n_levels: int) -> None:
    codec = tiny_codec(architecture, n_channels=n_channels)
    codes = codec.encode(noise(codec.config, 5))
    decoded = codec.decode(codes[:, :n_levels])
    assert decoded.shape == (2, n_channels, 5 * codec.hop_length)
    assert torch.isfinite(decoded).all()
    assert torch.equal(codec.encode(noise(codec.config, 5), n_q=n_levels), codes[:, :n_levels])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sizes", [(1,) * 40, (7, 1, 20, 12), (40,), (3, 0, 37)])
def test_streaming_equals_decoding_the_whole(architecture: str, sizes: tuple[int, ...]) -> None:
    codec = tiny_codec(architecture)
    codes = codec.encode(noise(codec.config, 40))
    ends = list(itertools.accumulate(sizes))
    chunks = [codes[..., end - size : end] for size, end in zip(sizes, ends, strict=True)]
    pieces = list(codec.stream_decode(chunks))
    assert torch.allclose(torch.cat(pieces, dim=-1), codec.decode(codes), atol=1e-4)
    assert codec.config.context_frames < 40  # or the memory would not be bounded here


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sizes", [(1,) * 60, (700, 1, 20, 559), (1277,), (3, 0, 1274)])
def test_stream_encoding_equals_encoding_the_whole(
    architecture: str, sizes: tuple[int, ...]
) -> None:
    codec = tiny_codec(architecture)
    n_samples = sum(sizes)
    samples = noise(codec.config, -(-n_samples // codec.hop_length))[..., :n_samples]
    chunks = torch.split(samples, list(sizes), dim=-1)
    streamed = torch.cat(list(codec.stream_encode(chunks)), dim=-1)
    assert torch.equal(streamed, codec.encode(samples))
    assert codec.config.encoder_context_frames < 40


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nothing_in_is_nothing_out(architecture: str) -> None:
    codec = tiny_codec(architecture)
    assert list(codec.stream_decode([])) == []
    assert list(codec.stream_encode([torch.zeros(1, 2, 0)])) == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_streaming_lags_by_no_more_than_the_stated_latency(architecture: str) -> None:
    codec = tiny_codec(architecture)
    codes = codec.encode(noise(codec.config, 30))
    received = sent = 0

    def chunks() -> itertools.chain[torch.Tensor]:
        nonlocal received
        for first in range(0, 30, 3):
            received += 3
            yield codes[..., first : first + 3]

    for piece in itertools.islice(codec.stream_decode(chunks()), 9):
        sent += piece.shape[-1]
        assert sent == received * codec.hop_length - codec.config.latency_samples


@pytest.mark.parametrize("architecture", ["soundstream", "spectral"])
def test_a_code_changes_nothing_before_its_stated_reach(architecture: str) -> None:
    codec = tiny_codec(architecture)
    codes = codec.encode(noise(codec.config, 30))
    changed = codes.clone()
    changed[..., 20] = (changed[..., 20] + 5) % 16
    difference = (codec.decode(changed) - codec.decode(codes)).abs().amax(dim=(0, 1))
    first = int(torch.nonzero(difference > 1e-6)[0])
    last = int(torch.nonzero(difference > 1e-6)[-1])
    assert first >= 20 * codec.hop_length - codec.config.latency_samples
    assert last < (21 + codec.config.context_frames) * codec.hop_length


def test_a_changed_code_of_the_vocoder_moves_later_phases_but_no_earlier_sample() -> None:
    codec = tiny_codec("vocoder")
    codes = codec.encode(noise(codec.config, 30))
    changed = codes.clone()
    changed[..., 20] = (changed[..., 20] + 5) % 16
    difference = (codec.decode(changed) - codec.decode(codes)).abs().amax(dim=(0, 1))
    first = int(torch.nonzero(difference > 1e-6)[0])
    assert first >= 20 * codec.hop_length - codec.config.latency_samples
    assert float(difference[-codec.hop_length :].max()) > 1e-6


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_parameter_gets_a_gradient(architecture: str) -> None:
    codec = tiny_codec(architecture).train()
    samples = noise(codec.config, 20)
    decoded, quantized = codec(samples, torch.Generator().manual_seed(0))
    loss = (decoded - samples).abs().mean() + quantized.commitment
    if isinstance(codec.decoder, VocoderDecoder):
        loss = loss + codec.decoder.guidance(codec.decoder.sheets(quantized.latents), samples)
    loss.backward()
    silent = [
        name
        for name, parameter in codec.named_parameters()
        if parameter.grad is None
        or not torch.isfinite(parameter.grad).all()
        or not parameter.grad.abs().sum() > 0
    ]
    assert silent == []


def test_the_published_soundstream_has_its_sizes() -> None:
    codec = Codec(
        tiny_config(
            "soundstream", n_channels=1, soundstream={"channels": 4, "strides": (3, 4, 5, 8)}
        )
    )
    # Channels double at each of four blocks: 4, 8, 16, 32, 64.
    widths = [
        layer.conv.out_channels
        for layer in codec.encoder.layers
        if getattr(getattr(layer, "conv", None), "stride", (1,)) != (1,)
    ]
    assert widths == [8, 16, 32, 64]
    assert codec.hop_length == 480


def test_soundstream_encoder_ignores_the_future() -> None:
    codec = tiny_codec("soundstream")
    samples = noise(codec.config, 30)
    codes = codec.encode(samples)
    assert torch.equal(codec.encode(samples[..., : 10 * codec.hop_length]), codes[..., :10])


def test_silence_has_a_spectrum_of_zeros_for_the_encoder_and_finite_audio() -> None:
    codec = tiny_codec("spectral")
    decoded = codec.decode(codec.encode(torch.zeros(1, 2, 640)))
    assert torch.isfinite(decoded).all()


def test_mid_side_is_its_own_inverse_and_keeps_power() -> None:
    samples = torch.randn(2, 2, 50)
    coded = mid_side(samples)
    assert torch.allclose(mid_side(coded), samples, atol=1e-6)
    assert float(coded.square().sum()) == pytest.approx(float(samples.square().sum()), rel=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_saving_and_loading_keeps_codes_and_audio(architecture: str, tmp_path: Path) -> None:
    codec = tiny_codec(architecture)
    codec.save(tmp_path / "codec", storage="float32")
    loaded = Codec.load(tmp_path / "codec")
    samples = noise(codec.config, 6)
    codes = codec.encode(samples)
    assert loaded.config == codec.config
    assert not loaded.training
    assert torch.equal(loaded.encode(samples), codes)
    assert torch.equal(loaded.decode(codes), codec.decode(codes))


def test_an_artifact_of_another_shape_is_refused(tmp_path: Path) -> None:
    from musiclm.artifact import save_artifact

    codec = tiny_codec("spectral")
    tensors = dict(codec.state_dict())
    del tensors["decoder.head.bias"]
    save_artifact(tmp_path / "codec", kind="codec", config=codec.config, tensors=tensors, card="")
    with pytest.raises(ArtifactError, match=r"decoder\.head\.bias \(1 in all\) are missing"):
        Codec.load(tmp_path / "codec")


def test_caller_mistakes_are_named() -> None:
    codec = tiny_codec("spectral")
    with pytest.raises(ShapeError, match=r"audio \[B, 2, N\], got \(1, 1, 64\): convert the chan"):
        codec.encode(torch.zeros(1, 1, 64))
    fresh = Codec(tiny_config("spectral"))
    with pytest.raises(ArtifactError, match="codebooks are empty: train the codec"):
        fresh.decode(torch.zeros(1, 3, 4, dtype=torch.int64))
    assert codec.decode(torch.zeros(1, 3, 0, dtype=torch.int64)).shape == (1, 2, 0)
