"""MuLan, the tokenizer and the tokens on another device than the CPU, without having one.

A tensor that is *elsewhere* says that its device is ``meta`` and refuses, as a GPU's would, to be
computed with together with one of the CPU, or to be read without being moved back; its numbers are
computed on the CPU all the same. So a training elsewhere must end where it ends here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.train.music import write_corpus
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from musiclm.artifact import load_artifact
from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.data.token_shards import TokenShards
from musiclm.mulan.config import TINY
from musiclm.mulan.model import Mulan
from musiclm.semantic.config import TINY as TINY_SEMANTIC
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.stream import TokenStream
from musiclm.train.fit import Limits
from musiclm.train.mulan import MulanRecipe, teach, train_mulan
from musiclm.train.recipe import TokensRecipe, load_recipe
from musiclm.train.semantic import SemanticRecipe, train_semantic
from musiclm.train.tokens import tokenize_corpus

ELSEWHERE = torch.device("meta")
_MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class Elsewhere(Tensor):
    """A tensor of the other device, around one of the CPU that holds its numbers."""

    here: Tensor

    @staticmethod
    @torch.inference_mode(False)  # A view of an ordinary tensor must be ordinary, too.
    def __new__(cls, here: Tensor) -> "Elsewhere":
        made: Elsewhere = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=ELSEWHERE,
        )
        made.here = here
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


class OtherDevice(TorchDispatchMode):
    """Inside, ``meta`` is a device that computes."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


def computed(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """One operation, where its tensors are."""
    if func.overloadpacket is torch.ops.aten.to:
        # In inference mode it comes here whole, and not yet as the copy that it is.
        with OtherDevice():
            return func.decompose(*args, **kwargs)
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [isinstance(tensor, Elsewhere) for tensor in tensors]
    moves = func in _MOVES
    # A GPU takes single numbers of the CPU as they are.
    strangers = any(not away and one.ndim for one, away in zip(tensors, there, strict=True))
    if any(there) and strangers and not moves:
        shapes = [(str(one.device), tuple(one.shape)) for one in tensors]
        raise RuntimeError(f"{func} mixes devices: {shapes}")
    if kwargs.get("device") is not None:
        goes = torch.device(kwargs["device"]) == ELSEWHERE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    else:
        goes = there[0] if moves else any(there)
    own_args, own_kwargs = tree_map_only(Elsewhere, lambda one: one.here, (args, kwargs))
    result = func(*own_args, **own_kwargs)
    if not goes:
        return result
    if func._schema.is_mutable and isinstance(result, Tensor):
        return args[0]
    return tree_map_only(Tensor, Elsewhere, result)


@contextmanager
def another_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, there is another device, and trainings choose it."""
    autocast = torch.autocast

    def known(kind: str, *rest: Any, **options: Any) -> torch.autocast:
        return autocast("cpu" if kind == ELSEWHERE.type else kind, *rest, **options)

    with monkeypatch.context() as patch, OtherDevice():
        patch.setattr(torch, "autocast", known)
        for part in ("mulan", "semantic"):
            patch.setattr(f"musiclm.train.{part}.choose_device", lambda kind: ELSEWHERE)
        yield


def ends(folder: Path, kind: str) -> dict[str, Tensor]:
    return load_artifact(folder, kind=kind).tensors


def test_the_other_device_is_as_strict_as_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_device(monkeypatch):
        layer = torch.nn.Linear(2, 2).to(ELSEWHERE)
        given = torch.ones(3, 2)
        with pytest.raises(RuntimeError, match="mixes devices"):
            layer(given)
        with pytest.raises((RuntimeError, TypeError)):
            given.to(ELSEWHERE).numpy()
        loss = layer(given.to(ELSEWHERE)).square().mean()
        loss.backward()
        assert isinstance(layer.weight.grad, Elsewhere)
        assert float(loss.detach()) > 0
        assert not isinstance(loss.detach().cpu(), Elsewhere)


def test_mulan_is_trained_where_the_recipe_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    recipe = load_recipe("tiny", "mulan")
    assert isinstance(recipe, MulanRecipe)
    recipe = replace(recipe, batch_size=4, n_texts=16)
    config = replace(TINY, window_seconds=2.0, hop_seconds=1.0)
    monkeypatch.setattr("musiclm.train.mulan.config_of", lambda recipe: config)
    limits = Limits(max_steps=2)
    here = train_mulan(recipe, corpus=corpus, out=tmp_path / "here", limits=limits)
    with another_device(monkeypatch):
        there = train_mulan(recipe, corpus=corpus, out=tmp_path / "there", limits=limits)
    expected, found = ends(here, "mulan"), ends(there, "mulan")
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        # Codebooks begin with whatever point is nearest, and so with a last bit.
        if not name.startswith("quantizer."):
            torch.testing.assert_close(found[name], tensor, atol=1e-3, rtol=1e-2, msg=name)


def test_the_teacher_speaks_where_the_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    mulan = Mulan(TINY)
    expected = teach(mulan)
    with another_device(monkeypatch):
        found = teach(mulan.to(ELSEWHERE))
        assert isinstance(found, Elsewhere)
        torch.testing.assert_close(found.cpu(), expected)


def test_the_tokenizer_is_trained_where_the_recipe_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    recipe = load_recipe("tiny", "tokenizer")
    assert isinstance(recipe, SemanticRecipe)
    recipe = replace(recipe, crop_frames=60)
    limits = Limits(max_steps=2)
    here = train_semantic(recipe, corpus=corpus, out=tmp_path / "here", limits=limits)
    with another_device(monkeypatch):
        there = train_semantic(recipe, corpus=corpus, out=tmp_path / "there", limits=limits)
    expected, found = ends(here, "semantic_tokenizer"), ends(there, "semantic_tokenizer")
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        if name != "centroids":
            torch.testing.assert_close(found[name], tensor, atol=1e-3, rtol=1e-2, msg=name)


class SilentCodec:
    """A codec that hears nothing, but looks at where its samples are."""

    stream = TokenStream(name="acoustic", codebook_size=4, n_q=2, frame_rate=Fraction(25))
    sample_rate = 16_000
    """Another one than that of the other models, so that audio is resampled for them."""

    def __init__(self, place: type[Tensor]) -> None:
        self.place = place

    def encode(self, samples: Tensor, /) -> Tensor:
        assert isinstance(samples, self.place)
        n_frames = -(-samples.shape[-1] // 640)
        return torch.zeros(1, 2, n_frames, dtype=torch.int64, device=samples.device)


def test_tokens_are_made_where_the_models_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus", n_clips=2)
    rng = torch.Generator().manual_seed(0)
    tokenizer = SemanticTokenizer(replace(TINY_SEMANTIC, clusters="both")).eval()
    sound = AudioCache.build(corpus).crop(0, 0, 72_000)[None]
    frames = tokenizer.features(describe_frames(sound, tokenizer.config))[0]
    tokenizer.fit_centroids(frames, rng)
    mulan = Mulan(replace(TINY, window_seconds=2.0)).eval()
    points = torch.nn.functional.normalize(torch.randn(200, 32, generator=rng), dim=1)
    mulan.quantizer.init_from(points, rng)

    def make(out: str, codec: SilentCodec, device: torch.device | None) -> TokenShards:
        return tokenize_corpus(
            corpus,
            tmp_path / out,
            codec,
            tokenizer,
            mulan,
            recipe=TokensRecipe(extra_captions=0),
            models_hash="",
            n_channels=2,
            device=device,
        )

    here = make("here", SilentCodec(Tensor), None)
    with another_device(monkeypatch):
        tokenizer.to(ELSEWHERE)
        mulan.to(ELSEWHERE)
        there = make("there", SilentCodec(Elsewhere), ELSEWHERE)
    for clip in range(2):
        expected, found = (shards.codes(clip, "semantic", 0, 75) for shards in (here, there))
        assert len(expected.unique()) > 1, "tokens that never change would tell nothing"
        assert torch.equal(found, expected)
        for table in ("mulan_text", "mulan_audio"):
            # The first level; the others start from what is left, and so from the last bit.
            assert here.untimed(clip, table, 0)[0] == there.untimed(clip, table, 0)[0]
