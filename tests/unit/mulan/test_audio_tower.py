import pytest
import torch

from musiclm.config import replace
from musiclm.errors import ShapeError
from musiclm.mulan.audio_tower import AudioTower, onset_autocorrelation, tower_features
from musiclm.mulan.config import AudioTowerConfig

CONFIG = AudioTowerConfig(
    n_mels=16,
    chroma_hops=5,
    conv_channels=(4, 8),
    dim=16,
    depth=1,
    n_heads=2,
    n_lags=20,
)


@pytest.fixture
def tower() -> AudioTower:
    torch.manual_seed(0)
    return AudioTower(CONFIG, sample_rate=24_000, window_samples=48_000, joint_dim=8).eval()


def test_embeddings_have_unit_length_and_ignore_their_neighbours(tower: AudioTower) -> None:
    features = torch.randn(3, 28, 100)
    with torch.no_grad():
        together, alone = tower(features), tower(features[1:2])
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(3))
    torch.testing.assert_close(together[1:2], alone, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("shape", [(28, 99), (16, 100), (29, 100)])
def test_another_window_is_refused(tower: AudioTower, shape: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match="expected windows of 28 features and 100 frames, got "):
        tower(torch.randn(1, *shape))


@pytest.mark.parametrize("n_samples", [48_000, 48_479, 47_520, 2400, 480])
def test_features_are_one_a_hop(n_samples: int) -> None:
    features = tower_features(torch.randn(1, 2, n_samples), CONFIG, sample_rate=24_000)
    assert features.shape == (1, 16 + 12, n_samples // 480)
    norms = features[:, 16:].norm(dim=1)
    torch.testing.assert_close(norms, torch.ones_like(norms))


def test_features_are_those_of_the_mid_signal(tower: AudioTower) -> None:
    left, right = torch.randn(2, 1, 1, 48_000)
    stereo = tower.features(torch.cat((left, right), dim=1))
    torch.testing.assert_close(stereo, tower.features((left + right) / 2))


def test_features_of_a_crop_are_a_crop_of_the_features() -> None:
    samples = torch.randn(1, 1, 96_000)
    whole = tower_features(samples, CONFIG, sample_rate=24_000)
    part = tower_features(samples[..., 24_000:72_000], CONFIG, sample_rate=24_000)
    # Windows of pitch classes reach 7.5 frames beyond the first of the five that they stand for.
    torch.testing.assert_close(part[..., 10:-8], whole[..., 60:142], atol=1e-4, rtol=1e-4)


def test_pitch_classes_reach_the_embedding(tower: AudioTower) -> None:
    features = torch.rand(1, 28, 100)
    other = features.clone()
    other[:, 16:] = torch.rand(1, 12, 100)
    with torch.no_grad():
        assert (tower(features) - tower(other)).norm() > 1e-3


def test_a_tower_without_pitch_classes_reads_the_mel_alone(tower: AudioTower) -> None:
    plain = AudioTower(
        replace(CONFIG, chroma_hops=0), sample_rate=24_000, window_samples=48_000, joint_dim=8
    )
    samples = torch.randn(1, 2, 48_000)
    features = plain.features(samples)
    assert torch.equal(features, tower.features(samples)[:, :16])
    assert plain.eval()(features).shape == (1, 8)
    assert not [name for name, _ in plain.named_parameters() if "harmony" in name]
    with pytest.raises(ShapeError, match="expected windows of 16 features and 100 frames, got "):
        plain(torch.randn(1, 28, 100))


def test_the_autocorrelation_peaks_at_the_beat() -> None:
    mel = torch.zeros(1, 16, 200)
    mel[..., ::10] = 5.0  # an onset every ten frames
    correlation = onset_autocorrelation(mel, n_lags=15).view(4, 15)
    assert correlation.argmax(-1).tolist() == [9, 9, 9, 9]  # lag 10 stands at position 9


def test_silence_gives_finite_numbers(tower: AudioTower) -> None:
    with torch.no_grad():
        assert torch.isfinite(tower(tower.features(torch.zeros(1, 2, 48_000)))).all()


def test_bands_are_normalised_by_training_data(tower: AudioTower) -> None:
    features = 3.0 + 2.0 * torch.randn(28, 500)
    tower.set_scale(features)
    torch.testing.assert_close(tower.mel_mean, features[:16].mean(1))
    torch.testing.assert_close(tower.mel_std, features[:16].std(1))
    tower.set_scale(torch.zeros(28, 50))
    torch.testing.assert_close(tower.mel_std, torch.full((16,), 0.1))


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
