import pytest
import torch

from musiclm.errors import ShapeError
from musiclm.mulan.audio_tower import AudioTower, mel_frames, onset_autocorrelation
from musiclm.mulan.config import AudioTowerConfig

CONFIG = AudioTowerConfig(n_mels=16, conv_channels=(4, 8), dim=16, depth=1, n_heads=2, n_lags=20)


@pytest.fixture
def tower() -> AudioTower:
    torch.manual_seed(0)
    return AudioTower(CONFIG, sample_rate=24_000, window_samples=48_000, joint_dim=8).eval()


def test_embeddings_have_unit_length_and_ignore_their_neighbours(tower: AudioTower) -> None:
    mel = torch.randn(3, 16, 100)
    with torch.no_grad():
        together, alone = tower(mel), tower(mel[1:2])
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(3))
    torch.testing.assert_close(together[1:2], alone, atol=1e-6, rtol=1e-5)


def test_a_window_of_another_length_is_refused(tower: AudioTower) -> None:
    with pytest.raises(ShapeError, match="expected windows of 16 bands and 100 frames"):
        tower(torch.randn(1, 16, 99))


def test_mel_frames_are_one_a_hop() -> None:
    for n_samples in (48_000, 48_479, 480):
        mel = mel_frames(torch.randn(1, 2, n_samples), CONFIG, sample_rate=24_000)
        assert mel.shape == (1, 16, n_samples // 480)


def test_the_autocorrelation_peaks_at_the_beat() -> None:
    mel = torch.zeros(1, 16, 200)
    mel[..., ::10] = 5.0  # an onset every ten frames
    correlation = onset_autocorrelation(mel, n_lags=15).view(4, 15)
    assert correlation.argmax(-1).tolist() == [9, 9, 9, 9]  # lag 10 stands at position 9


def test_silence_gives_finite_numbers(tower: AudioTower) -> None:
    with torch.no_grad():
        assert torch.isfinite(tower(tower.mel(torch.zeros(1, 2, 48_000)))).all()


def test_bands_are_normalised_by_training_data(tower: AudioTower) -> None:
    mel = 3.0 + 2.0 * torch.randn(16, 500)
    tower.set_scale(mel)
    torch.testing.assert_close(tower.mel_mean, mel.mean(1))
    torch.testing.assert_close(tower.mel_std, mel.std(1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_heads": 3}, "n_heads=3 does not divide dim=64"),
        ({"n_mels": 30}, "n_mels=30 is no multiple of 4"),
        ({"hop_length": 500}, "hop_length=500 does not divide n_fft=1440"),
    ],
)
def test_impossible_towers_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AudioTowerConfig(**changes)
