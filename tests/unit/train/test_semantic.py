import math
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.train.music import write_corpus

from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.errors import DataError
from musiclm.semantic.config import TINY
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.train.feature_cache import FeatureCache
from musiclm.train.fit import Limits
from musiclm.train.recipe import load_recipe
from musiclm.train.semantic import SemanticRecipe, make_batch, train_semantic


def build(corpus: Path, folder: Path, *, settings: str = "s") -> FeatureCache:
    return FeatureCache.build(
        AudioCache.build(corpus),
        folder,
        clips=[0, 2],
        features=lambda samples: describe_frames(samples[None], TINY)[0].T,
        settings=settings,
    )


def test_the_feature_cache_holds_frames_of_the_clips_asked_for(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    cache = build(corpus, tmp_path / "frames")
    assert cache.lengths == {0: 75, 2: 75}
    audio = AudioCache.build(corpus)
    expected = describe_frames(audio.crop(2, 0, 72_000)[None], TINY)[0].T
    torch.testing.assert_close(cache.crop(2, 10, 20), expected[:, 10:30], atol=0.01, rtol=1e-3)
    beyond = cache.crop(2, 70, 10)
    assert beyond.shape == (TINY.n_features, 10)
    assert torch.equal(beyond[:, 5:], beyond[:, 4:5].expand(-1, 5))


def test_the_feature_cache_is_built_once_and_again_for_other_settings(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    file = tmp_path / "frames" / "frames.float16"
    build(corpus, tmp_path / "frames")
    first = file.stat().st_mtime_ns
    build(corpus, tmp_path / "frames")
    assert file.stat().st_mtime_ns == first
    build(corpus, tmp_path / "frames", settings="other")
    assert file.stat().st_mtime_ns != first
    file.write_bytes(b"short")
    with pytest.raises(DataError, match="is cut off: delete"):
        FeatureCache(tmp_path / "frames")


def test_batches_are_a_pure_function_of_the_step(tmp_path: Path) -> None:
    cache = build(write_corpus(tmp_path / "corpus"), tmp_path / "frames")
    recipe = SemanticRecipe(preset="tiny", batch_size=3, crop_frames=40)
    once, again, other = (make_batch(recipe, cache, [0, 2], step) for step in (3, 3, 4))
    assert torch.equal(once.inputs, again.inputs)
    assert torch.equal(once.masked, again.masked)
    assert torch.equal(once.noise, again.noise)
    assert not torch.equal(once.inputs, other.inputs)
    assert once.inputs.shape == (3, 40, TINY.n_features)
    assert 0.05 < once.noise.std() < 0.15


@pytest.mark.slow
def test_the_tiny_recipe_learns_tokens_that_tell_clips_apart(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    recipe = load_recipe("tiny", "tokenizer")
    assert isinstance(recipe, SemanticRecipe)
    recipe = replace(recipe, crop_frames=60)
    folder = train_semantic(
        recipe, corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=30)
    )
    lines = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 2
    tokenizer = SemanticTokenizer.load(folder)
    assert tokenizer.config == TINY
    audio = AudioCache.build(corpus)
    used = [
        set(tokenizer.encode(audio.crop(i, 0, 72_000)[None]).flatten().tolist()) for i in (1, 2)
    ]
    # Two tones an octave and more apart share no token but those of the edges.
    assert len(used[0] & used[1]) <= min(len(used[0]), len(used[1])) // 2
    assert np.isfinite(math.log(len(used[0])))
