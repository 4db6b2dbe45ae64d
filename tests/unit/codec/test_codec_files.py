"""Files through a codec: the same codes and samples as in memory, in pieces of bounded size."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch

from factories import tiny_codec
from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.codec.bitstream import Header, pack, unpack
from musiclm.codec.files import NamedCodec, decode_file, encode_file, levels_for, read_facts
from musiclm.codec.model import Codec
from musiclm.errors import ArtifactError, AudioError, ConfigError

RATE, HOP = 24_000, 960


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> NamedCodec:
    folder = tmp_path_factory.mktemp("codec") / "codec"
    tiny_codec().save(folder)
    return NamedCodec.load(folder)


def sound(n_samples: int, n_channels: int = 2, rate: int = RATE) -> Waveform:
    rng = torch.Generator().manual_seed(n_samples)
    return Waveform(torch.rand(n_channels, n_samples, generator=rng) - 0.5, rate)


@pytest.mark.parametrize("n_samples", [1, HOP, HOP + 1, 300_001])
def test_codes_and_samples_are_those_of_the_codec(
    named: NamedCodec, tmp_path: Path, n_samples: int
) -> None:
    write_audio(tmp_path / "a.wav", sound(n_samples))
    samples = read_audio(tmp_path / "a.wav").samples
    said = encode_file(named, tmp_path / "a.wav", tmp_path / "a.mcodes", n_q=3)
    found = unpack((tmp_path / "a.mcodes").read_bytes())
    expected = named.codec.encode(samples[None], n_q=3)[0]
    assert found.codes.shape == expected.shape == (3, -(-n_samples // HOP))
    # Sums in another order may choose another code where two are as near.
    assert float((found.codes == expected).float().mean()) > 0.99
    assert (found.n_samples, found.header.codec_id) == (n_samples, named.codec_id)
    assert said == read_facts(tmp_path / "a.mcodes")
    assert decode_file(named, tmp_path / "a.mcodes", tmp_path / "b.wav") == said
    decoded = named.codec.decode(found.codes[None])[0, :, :n_samples].clamp(-1, 1)
    back = read_audio(tmp_path / "b.wav")
    assert back.sample_rate == RATE
    assert torch.allclose(back.samples, decoded, atol=1e-4)


@pytest.mark.parametrize(("n_channels", "kept"), [(1, 1), (2, 2), (6, 2)])
def test_channels(named: NamedCodec, tmp_path: Path, n_channels: int, kept: int) -> None:
    write_audio(tmp_path / "a.wav", sound(5_000, n_channels, 8_000))
    facts = encode_file(named, tmp_path / "a.wav", tmp_path / "a.mcodes")
    assert (facts.header.n_channels, facts.totals.n_samples) == (kept, 15_000)
    decode_file(named, tmp_path / "a.mcodes", tmp_path / "a.flac")
    assert read_audio(tmp_path / "a.flac").samples.shape == (kept, 15_000)


def test_sound_comes_to_the_codec_in_pieces_of_ten_seconds(
    named: NamedCodec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    stream_encode, stream_decode = Codec.stream_encode, Codec.stream_decode

    def noted(chunks: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
        for chunk in chunks:
            sizes.append(chunk.shape[-1])
            yield chunk

    monkeypatch.setattr(
        Codec, "stream_encode", lambda self, *what, **how: stream_encode(self, noted(*what), **how)
    )
    monkeypatch.setattr(
        Codec, "stream_decode", lambda self, *what: stream_decode(self, noted(*what))
    )
    write_audio(tmp_path / "a.wav", sound(600 * HOP))
    heard = []
    encode_file(
        named, tmp_path / "a.wav", tmp_path / "a.mcodes", on_progress=lambda *at: heard.append(at)
    )
    assert sizes == [256 * HOP, 256 * HOP, 88 * HOP]
    assert heard[-1] == (24.0, 24.0)
    sizes.clear()
    decode_file(
        named, tmp_path / "a.mcodes", tmp_path / "b.wav", on_progress=lambda *at: heard.append(at)
    )
    assert sizes == [256, 256, 88]
    assert heard[-1] == (24.0, 24.0)


def test_bitrates(named: NamedCodec) -> None:
    config = named.codec.config  # 4 levels of 64 codes at 25 frames a second
    assert [levels_for(config, rate) for rate in (150, 299, 300, 599, 600, 1e9)] == [
        1, 1, 2, 3, 4, 4,
    ]  # fmt: skip
    for rate in (149.0, 0.0, -1.0, float("nan")):
        with pytest.raises(ConfigError, match=r"one level takes 0.15 kbit/s, .* give 0.15 to 0.6"):
            levels_for(config, rate)
    facts = Header.of(config, codec_id=bytes(8), n_q=4, n_channels=2)
    assert facts.bits_per_second == 600


def test_refusals_of_encoding(named: NamedCodec, tmp_path: Path) -> None:
    source, target = tmp_path / "a.wav", tmp_path / "a.mcodes"
    write_audio(source, sound(8_001, rate=8_000))
    with pytest.raises(ConfigError, match="has 1 to 4 levels, asked for 5"):
        encode_file(named, source, target, n_q=5)
    with pytest.raises(AudioError, match=r"is longer than .* hours: cut it, or allow more"):
        encode_file(named, source, target, most_seconds=1.0)
    write_audio(source, sound(10, rate=900))
    with pytest.raises(AudioError, match="rate of 900 Hz, 1000 to 768000 are read"):
        encode_file(named, source, target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_codes_of_another_codec_are_refused(named: NamedCodec, tmp_path: Path) -> None:
    config = named.codec.config
    codes = torch.zeros(4, 3, dtype=torch.int64)
    path, target = tmp_path / "a.mcodes", tmp_path / "a.wav"
    for codec_id, message in (
        (b"another!", "encoded by codec 616e6f7468657221, this one is .* with --model, or encode"),
        (named.codec_id, None),
    ):
        header = Header.of(config, codec_id=codec_id, n_q=4, n_channels=2)
        path.write_bytes(pack(codes, header))
        if message:
            with pytest.raises(ArtifactError, match=message):
                decode_file(named, path, target)
            assert not target.exists()
        else:
            decode_file(named, path, target)
    path.write_bytes(pack(codes[:, :0], header))
    with pytest.raises(ArtifactError, match="holds no sound: encode again"):
        decode_file(named, path, target)
    with pytest.raises(ArtifactError, match="no file of codes"):
        read_facts(tmp_path)


def test_a_file_is_verified_to_its_end_before_it_is_decoded(
    named: NamedCodec, tmp_path: Path
) -> None:
    header = Header.of(named.codec.config, codec_id=named.codec_id, n_q=4, n_channels=2)
    data = pack(torch.zeros(4, 600, dtype=torch.int64), header)
    (tmp_path / "a.mcodes").write_bytes(data[:-1])
    heard = []
    with pytest.raises(ArtifactError, match=r"a.mcodes: the file of codes is cut off in the end"):
        decode_file(
            named,
            tmp_path / "a.mcodes",
            tmp_path / "a.wav",
            on_progress=lambda *at: heard.append(at),
        )
    assert heard == []
