"""Clips and texts as batches: pure functions of their number, with what fits what."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.train.mulan_pieces import composed_clips
from tests.unit.train.music import write_corpus

from musiclm.data.audio_cache import AudioCache
from musiclm.mulan.config import AudioTowerConfig, MulanConfig, TextTowerConfig
from musiclm.mulan.model import Mulan
from musiclm.train.mulan_data import MulanData, augment, axes_of
from musiclm.train.mulan_facts import LABELLED, FactHeads, FactLabels
from musiclm.train.mulan_texts import TextPlan, training_requests

CONFIG = MulanConfig(
    window_seconds=2.0,
    hop_seconds=1.0,
    dim=16,
    n_q=2,
    codebook_size=4,
    text=TextTowerConfig(vocab_size=256, dim=16, depth=1, n_heads=2, ff_dim=32),
    audio=AudioTowerConfig(
        n_mels=16,
        chroma_hops=5,
        conv_channels=(4, 8),
        dim=16,
        depth=1,
        n_heads=2,
        n_lags=20,
    ),
)
PLAN = TextPlan(n_twins=2, n_names=2, n_requests=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("mulan") / "corpus", n_clips=9)


def data_of(folder: Path, *, batch_size: int = 4, seed: int = 0) -> MulanData:
    """Short tones that have the facts of composed pieces; the first and last share a style."""
    clips = list(composed_clips()[:8])
    clips.append(replace(clips[0], id="000008"))
    return MulanData(
        CONFIG,
        clips,
        AudioCache.build(folder),
        folder.parent / "features",
        batch_size=batch_size,
        plan=PLAN,
        seed=seed,
    )


def test_batches_are_a_pure_function_of_their_number(folder: Path) -> None:
    tokenizer = Mulan(CONFIG).tokenizer
    data, fresh = data_of(folder), data_of(folder)
    data.batch_at(7, tokenizer)
    once, again = data.batch_at(3, tokenizer), fresh.batch_at(3, tokenizer)
    for name in ("features", "ids", "real", "mismatch", "classes", "said", "axes", "requests"):
        assert torch.equal(getattr(once, name), getattr(again, name)), name
    for other in (data.batch_at(4, tokenizer), data_of(folder, seed=1).batch_at(3, tokenizer)):
        assert not torch.equal(once.features, other.features)
        assert once.ids.shape != other.ids.shape or not torch.equal(once.ids, other.ids)


def test_a_batch_fits_together(folder: Path) -> None:
    data = data_of(folder)
    wishes = training_requests()
    for number in range(6):
        batch = data.batch_at(number, Mulan(CONFIG).tokenizer)
        n_texts = len(batch.ids)
        assert 4 + 2 + 3 <= n_texts <= 4 + 2 + 2 + 3
        assert batch.features.shape == (4, 16 + 12, 100)
        assert batch.mismatch.shape == (n_texts, 4)
        assert batch.said.shape == (n_texts, len(LABELLED))
        assert len(batch.real) == len(batch.requests) == n_texts
        # The first texts are the captions of the clips, in order.
        assert (batch.mismatch.diagonal() < 0.16).all()
        asked = batch.requests[batch.requests >= 0]
        assert len(asked) == 3
        assert (batch.requests[:6] == -1).all()
        assert int(asked.max()) < len(wishes)
        # What a caption states is what its clip is.
        stated = batch.said[:4] >= 0
        assert torch.equal(batch.said[:4][stated], batch.classes[stated])
        assert 0 < stated.float().mean() < 0.8
        assert batch.axes.abs().max() <= 1
        # Requests say what would do, evenly over the styles and moods that the corpus has.
        for name, shares in batch.wanted.items():
            assert shares.shape == (n_texts, len(data.labels.values[name]))
            totals = shares.sum(1)
            assert ((totals - 1).abs() < 1e-5).logical_or(totals == 0).all()
            assert not shares[batch.requests < 0].any()
            for row in range(n_texts):
                if batch.requests[row] >= 0:
                    wish = wishes[int(batch.requests[row])]
                    names = wish.styles if name == "style" else wish.moods
                    values = data.labels.values[name]
                    found = {v for v, s in zip(values, shares[row].tolist(), strict=True) if s}
                    assert found == set(values) & set(names)


def test_half_of_a_batch_has_a_mate_of_the_same_style(folder: Path) -> None:
    data = data_of(folder)
    style = str(data.clips[0].facts["style"])
    rng = np.random.default_rng(0)
    together = 0
    for _ in range(200):
        chosen = data.choose(rng)
        assert len(chosen) == 4
        assert len(set(chosen[:2])) == 2
        assert set(chosen) <= set(data.train)
        together += {0, 8} <= set(chosen)
        if style in {data.clips[clip].facts["style"] for clip in chosen[:2]}:
            assert {0, 8} <= set(chosen)
    assert 60 < together < 190
    assert len(data_of(folder, batch_size=7).choose(rng)) == 7


def test_crops_and_windows_are_pieces_of_the_features(folder: Path) -> None:
    data = data_of(folder)
    rng = np.random.default_rng(0)
    crops = [data.crop(0, rng) for _ in range(5)]
    assert all(crop.shape == (28, 100) for crop in crops)
    assert not torch.equal(crops[0], crops[1])
    windows = data.windows(0)  # three seconds: two windows, a second apart
    assert windows.shape == (2, 28, 100)
    assert torch.equal(windows[0][:, 50:], windows[1][:, :50])


def test_augmenting_leaves_pitch_classes_alone_and_most_of_the_picture() -> None:
    features = torch.randn(96 + 12, 100)
    before = features.clone()
    for seed in range(12):
        changed = augment(features, 96, np.random.default_rng(seed))
        assert torch.equal(features, before)
        assert torch.equal(changed[96:], features[96:])
        both = torch.stack([changed[:96].flatten(), features[:96].flatten()])
        assert torch.corrcoef(both)[0, 1] > 0.3
        assert not torch.equal(changed[:96], features[:96])
    assert torch.equal(changed, augment(features, 96, np.random.default_rng(11)))


def test_axes_of_older_facts_lie_in_the_middle() -> None:
    clip = composed_clips()[0]
    assert axes_of(clip) == [clip.facts[a] for a in ("valence", "arousal", "tension", "warmth")]
    assert axes_of(replace(clip, facts={})) == [0.0] * 4


def test_a_value_that_training_never_saw_is_no_label() -> None:
    labels = FactLabels.of([{"style": "waltz", "instruments": ["flute"]}, {"style": "rock"}])
    classes, sounding = labels.encode([{"style": "tango", "instruments": ["tuba"]}])
    assert classes[0, LABELLED.index("style")] == -100
    assert not sounding.any()


def test_a_fact_that_is_not_stated_is_no_label() -> None:
    # Some clips of a mixed corpus lack a fact; a caption that is silent does not state its lack.
    labels = FactLabels.of([{"style": "waltz", "density": "busy"}, {"style": "rock"}])
    classes, _ = labels.encode([{"style": "rock"}])
    assert classes[0, LABELLED.index("style")] >= 0
    assert classes[0, LABELLED.index("density")] == -100


def test_a_request_is_content_with_any_answer() -> None:
    torch.manual_seed(0)
    heads = FactHeads(FactLabels.of([{"style": s} for s in "abcd"]), 8)
    points = torch.nn.functional.normalize(torch.randn(2, 8), dim=1)
    silent = {"style": torch.zeros(2, 4), "mood": torch.zeros(2, 1)}
    assert heads.of_request(points, silent).item() == 0.0
    wanted = {"style": torch.tensor([[0.5, 0.5, 0.0, 0.0], [0.0] * 4]), "mood": torch.zeros(2, 1)}
    optimizer = torch.optim.Adam(heads.parameters(), lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        heads.of_request(points, wanted).backward()
        optimizer.step()
    shares = heads.readers["style"](heads.gain * points[:1]).softmax(-1)[0]
    torch.testing.assert_close(shares, wanted["style"][0], atol=0.03, rtol=0.0)


def test_heads_learn_only_from_what_is_known() -> None:
    torch.manual_seed(0)
    labels = FactLabels.of([{"style": s, "mood": m} for s in "ab" for m in "xyz"])
    heads = FactHeads(labels, 8)
    assert set(heads.readers) == {"style", "mood"}
    points = torch.nn.functional.normalize(torch.randn(2, 8), dim=1)
    silent, _ = labels.encode([{"tempo": "slow"}, {"mode": "minor"}])
    assert heads.of_text(points, torch.full_like(silent, -100)).item() == 0.0
    said = torch.full_like(silent, -100)
    said[0, LABELLED.index("style")] = 1
    heads.of_text(points, said).backward()
    assert heads.readers["style"].weight.grad is not None
    assert heads.readers["mood"].weight.grad is None
    assert heads.accuracy(points, said).keys() == {"style"}
