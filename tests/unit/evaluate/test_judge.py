from pathlib import Path

import numpy as np
import pytest
import torch
from sounds import beats

from musiclm.artifact import load_artifact, save_artifact
from musiclm.config import replace
from musiclm.data.manifest import Clip
from musiclm.errors import ArtifactError, DataError
from musiclm.evaluate.features import features_of
from musiclm.evaluate.judge import (
    Example,
    Judge,
    JudgeConfig,
    train_judge,
    windows_of,
)
from musiclm.evaluate.judge_data import examples_of, worsen


def style_of(clip: Clip, start: float, seconds: float) -> dict[str, str]:
    return {"style": str(clip.facts["style"])}


def known_music() -> list[Example]:
    """Twelve pieces: fast with noise and high, or slow without and low."""
    examples = []
    for piece in range(12):
        fast = piece % 2 == 0
        sound = beats(
            bpm=160 if fast else 70,
            hertz=880 if fast else 220,
            noisy=fast,
            seconds=2.5,
            seed=piece,
        )
        labels = {
            "tempo": "fast" if fast else "slow",
            "drums": "drums" if fast else "no drums",
            "lead": "flute" if fast else "bass",
            "style": "techno" if fast else "ambient",
        }
        examples.append(Example(f"{piece:06d}", features_of(sound), labels, clean=True))
    return examples


@pytest.fixture(scope="module")
def judge() -> Judge:
    return train_judge(known_music(), n_epochs=6, window_seconds=2.5)


def test_judge_tells_apart_what_it_learned_and_knows_how_well(judge: Judge) -> None:
    assert judge.config.ceiling == {"tempo": 1.0, "drums": 1.0, "lead": 1.0, "style": 1.0}
    assert judge.config.prior["tempo"] == 0.5
    new = beats(bpm=160, hertz=880, noisy=True, seconds=2.5, seed=99)
    assert judge.answers(new) == {
        "tempo": "fast",
        "drums": "drums",
        "lead": "flute",
        "style": "techno",
    }


def test_ceiling_of_random_labels_is_no_better_than_chance() -> None:
    # If pieces leaked from training into the held-out fold, this would come out near 1.
    rng = np.random.default_rng(3)
    doubled = [
        Example(e.piece, e.features, {**e.labels, "tempo": str(rng.integers(2))}, clean=True)
        for e in known_music()
    ]
    same_label = {e.piece: e.labels for e in doubled}
    examples = doubled + [
        Example(e.piece, e.features, same_label[e.piece], clean=True) for e in doubled
    ]
    assert train_judge(examples, n_epochs=4).config.ceiling["tempo"] < 0.85


def test_worsened_copies_are_learned_from_but_not_counted() -> None:
    examples = known_music()
    copies = [Example(e.piece, e.features, e.labels, clean=False) for e in examples]
    assert train_judge(examples + copies, n_epochs=1).config.n_windows == len(examples)


def test_judge_survives_saving(judge: Judge, tmp_path: Path) -> None:
    judge.save(tmp_path / "judge", card="# Judge\n")
    loaded = Judge.load(tmp_path / "judge")
    features = torch.from_numpy(np.stack([e.features for e in known_music()]))
    for name, probabilities in judge.probabilities(features).items():
        torch.testing.assert_close(loaded.probabilities(features)[name], probabilities)
    assert loaded.config == judge.config


def test_same_seed_same_judge_whatever_the_global_seed() -> None:
    torch.manual_seed(1)
    first = train_judge(known_music(), n_epochs=1)
    torch.manual_seed(2)
    second = train_judge(known_music(), n_epochs=1)
    features = torch.from_numpy(known_music()[0].features)[None]
    assert torch.equal(
        first.probabilities(features)["style"], second.probabilities(features)["style"]
    )


def test_judge_of_other_features_is_refused(judge: Judge, tmp_path: Path) -> None:
    judge.save(tmp_path / "judge")
    artifact = load_artifact(tmp_path / "judge", kind="judge")
    config = replace(JudgeConfig.from_json(artifact.config_json), feature_version=99)
    save_artifact(
        tmp_path / "judge", kind="judge", config=config, tensors=artifact.tensors, card=""
    )
    with pytest.raises(ArtifactError, match=r"features of version 99, this is version 1"):
        Judge.load(tmp_path / "judge")


def test_too_little_music_is_refused() -> None:
    with pytest.raises(DataError, match="at least 5 pieces of music, got 4"):
        train_judge(known_music()[:4])


def test_windows_overlap_by_half_and_stay_inside() -> None:
    sound = beats(bpm=100, hertz=300, noisy=False, seconds=7.0)
    windows = windows_of(sound, 2.0)
    assert [window.seconds for window in windows] == [2.0] * 6
    assert torch.equal(windows[1].samples, sound.samples[:, 24_000:72_000])
    assert windows_of(sound, 10.0) == [sound]


def test_examples_of_a_corpus_pass_through_the_codec_given(tmp_path: Path) -> None:
    from musiclm.audio.io import write_audio
    from musiclm.audio.waveform import Waveform

    path = tmp_path / "a.wav"
    write_audio(path, beats(bpm=100, hertz=300, noisy=True, seconds=5.0))
    clip = Clip("000000", path, 5.0, "train", {"style": "rock"}, ())
    heard: list[float] = []

    def coder(waveform: Waveform) -> Waveform:
        heard.append(waveform.seconds)
        return waveform

    examples = examples_of([clip] * 6, style_of, window_seconds=2.5, coder=coder)
    assert 1 <= len(heard) <= 5  # two copies in three, by chance
    assert set(heard) == {2.5}
    assert [example.clean for example in examples] == [True, False, True] * 6
    assert all(example.labels["style"] == "rock" for example in examples)


def test_worsening_changes_the_sound_but_not_its_shape() -> None:
    sound = beats(bpm=100, hertz=300, noisy=True, seconds=2.5)
    worse = worsen(sound, np.random.default_rng(0))
    assert worse.samples.shape == sound.samples.shape
    assert not torch.allclose(worse.samples, sound.samples, atol=1e-3)
    again = worsen(sound, np.random.default_rng(0))
    assert torch.equal(worse.samples, again.samples)
