"""EnCodec in the shape of our codec."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from musiclm.acoustic.checkpoint import Checkpoint, read_checkpoint
from musiclm.acoustic.official import stage_config
from musiclm.codec.encodec import Encodec
from musiclm.config import replace
from musiclm.errors import ArtifactError, AudioError, ShapeError

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codecs")
    write_musicgen(folder / "mono")
    write_musicgen(folder / "stereo", stereo=True)
    return folder


def codec_of(checkpoint: Checkpoint, **changes: Any) -> Encodec:
    return Encodec.from_tensors(
        checkpoint.config.audio_encoder,
        checkpoint.below("audio_encoder."),
        n_channels=checkpoint.config.decoder.audio_channels,
        stream=replace(stage_config(checkpoint).target, **changes),
    )


@pytest.fixture(params=["mono", "stereo"])
def codec(request: pytest.FixtureRequest, folders: Path) -> Encodec:
    return codec_of(read_checkpoint(folders / request.param))


def test_shapes(codec: Encodec) -> None:
    assert (codec.sample_rate, codec.hop_length) == (32_000, 640)
    samples = torch.randn(3, codec.n_channels, 1_281)
    codes = codec.encode(samples)
    assert codes.shape == (3, codec.n_q, 3)
    assert codec.n_q == 4 * codec.n_channels
    assert codec.decode(codes).shape == (3, codec.n_channels, 3 * 640)


def test_sides_and_items_do_not_mix(folders: Path) -> None:
    codec = codec_of(read_checkpoint(folders / "stereo"))
    samples = torch.randn(2, 2, 2_000)
    codes = codec.encode(samples)
    swapped = codec.encode(samples.flip(1))
    # Levels stand in turns: left, right, left, right ...
    assert torch.equal(codes[:, 0::2], swapped[:, 1::2])
    assert torch.equal(codes[:, 1::2], swapped[:, 0::2])
    assert torch.equal(codec.encode(samples[1:]), codes[1:])
    sound = codec.decode(codes)
    back = codec.decode(swapped)
    torch.testing.assert_close(sound, back.flip(1))
    torch.testing.assert_close(codec.decode(codes[1:]), sound[1:])


@pytest.mark.parametrize("lengths", [[1] * 12, [12], [5, 0, 7], [3, 4, 5], [11, 1]])
def test_bit_by_bit_is_at_once(codec: Encodec, lengths: list[int]) -> None:
    codes = torch.randint(64, (2, codec.n_q, 12))
    session = codec.decode_session()
    parts = [session.push(part) for part in codes.split(lengths, dim=-1)]
    parts.append(session.finish())
    torch.testing.assert_close(torch.cat(parts, dim=-1), codec.decode(codes), atol=1e-5, rtol=0)
    assert session.finish().shape[-1] == 0


def test_samples_that_came_out_are_final(codec: Encodec) -> None:
    """Whatever comes later, what was handed out is not changed by it."""
    codes = torch.randint(64, (1, codec.n_q, 40))
    for _ in range(3):
        other = torch.cat((codes[..., :20], torch.randint(64, (1, codec.n_q, 20))), dim=-1)
        session = codec.decode_session()
        early = session.push(codes[..., :20])
        n_early = early.shape[-1]
        assert n_early > 0
        torch.testing.assert_close(codec.decode(other)[..., :n_early], early, atol=1e-5, rtol=0)


def test_nothing_comes_of_nothing(codec: Encodec) -> None:
    session = codec.decode_session()
    assert session.finish().shape == (1, codec.n_channels, 0)
    assert session.push(torch.zeros(2, codec.n_q, 0, dtype=torch.long)).shape[-1] == 0


def test_what_does_not_fit(codec: Encodec) -> None:
    with pytest.raises(AudioError, match=f"have 3 channels, this codec takes {codec.n_channels}"):
        codec.encode(torch.zeros(1, 3, 1_000))
    with pytest.raises(
        ShapeError, match=f"codes have 3 levels, this codec takes {codec.n_q}: pass"
    ):
        codec.decode(torch.zeros(1, 3, 5, dtype=torch.long))
    with pytest.raises(ShapeError, match="codes have 3 levels"):
        codec.decode_session().push(torch.zeros(1, 3, 5, dtype=torch.long))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"normalize": True}, "works in chunks of its own loudness"),
        ({"chunk_length_s": 1.0}, "works in chunks of its own loudness"),
        ({"use_causal_conv": True}, "use_causal_conv True"),
        ({"kernel_size": 5}, "does not fit its config: "),
    ],
)
def test_other_codecs(folders: Path, changes: dict[str, Any], message: str) -> None:
    checkpoint = read_checkpoint(folders / "mono")
    for name, value in changes.items():
        setattr(checkpoint.config.audio_encoder, name, value)
    with pytest.raises(ArtifactError, match=message):
        codec_of(checkpoint)


def test_more_levels_than_it_has(folders: Path) -> None:
    checkpoint = read_checkpoint(folders / "mono")
    with pytest.raises(
        ArtifactError, match="EnCodec has 4 levels, but its language model writes 6"
    ):
        codec_of(checkpoint, n_q=6)
