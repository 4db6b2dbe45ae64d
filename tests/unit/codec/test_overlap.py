import pytest
import torch

from musiclm.audio.spectrogram import stft
from musiclm.codec.overlap import OverlapAdd


@pytest.mark.parametrize("sizes", [(40,), (1,) * 40, (7, 0, 30, 3), (39, 1)])
def test_frames_pushed_in_any_chunks_give_the_analysed_samples_back(sizes: tuple[int, ...]) -> None:
    n_fft, hop = 32, 8
    side = (n_fft - hop) // 2
    samples = torch.randn(2, 40 * hop, generator=torch.Generator().manual_seed(0))
    padded = torch.nn.functional.pad(samples, (side, side))
    frames = torch.fft.irfft(stft(padded, n_fft=n_fft, hop_length=hop), n=n_fft)
    adder = OverlapAdd(n_fft, hop)
    chunks = torch.split(frames, list(sizes), dim=-2)
    pieces = [adder.push(chunk) for chunk in chunks if chunk.shape[-2]] + [adder.finish()]
    assert torch.allclose(torch.cat(pieces, dim=-1), samples, atol=1e-5)


def test_a_single_frame_gives_one_hop() -> None:
    adder = OverlapAdd(32, 8)
    pieces = (adder.push(torch.ones(1, 1, 32)), adder.finish())
    assert torch.cat(pieces, dim=-1).shape == (1, 8)
