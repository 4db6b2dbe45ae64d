from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lm_models import ACOUSTIC, CORE, MULAN, SEMANTIC, SLOW, codes, random_stage
from musiclm.config import replace
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage import Stage
from musiclm.errors import ArtifactError, ConfigError, GenerationError, ShapeError
from musiclm.lm.config import LMKind
from musiclm.nn.linear import int8_kernel_available
from musiclm.nn.precision import Precision, best_precision

KINDS: tuple[LMKind, ...] = ("prefix", "delay", "masked")


def _given(n_batch: int = 1, n_frames: int = 40) -> tuple[Tensor, Tensor]:
    return codes(MULAN, n_batch, 0), codes(SEMANTIC, n_batch, n_frames)


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [0.04, 0.1, 0.4, 0.41, 1.0])
def test_any_duration_is_covered_exactly(kind: LMKind, seconds: float) -> None:
    written = random_stage(kind).generate(_given(), seconds, _rng())
    n_frames = -(-round(seconds * 100) // 4)
    assert written.shape == (1, 3, n_frames)
    assert 0 <= int(written.min()) <= int(written.max()) < ACOUSTIC.codebook_size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_same_seed_same_codes_in_any_batch(kind: LMKind, scale: float) -> None:
    stage = random_stage(kind)
    given = _given(3)
    # Other texts for other items, or they would all be alike.
    together = stage.generate(given, 0.6, _rng(1), guidance_scale=scale)
    again = stage.generate(given, 0.6, _rng(1), guidance_scale=scale)
    alone = stage.generate(tuple(part[:1] for part in given), 0.6, _rng(1), guidance_scale=scale)
    other = stage.generate(given, 0.6, _rng(2), guidance_scale=scale)
    assert torch.equal(together, again)
    assert torch.equal(together[:1], alone)
    assert not torch.equal(together, other)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_greedy_codes_are_the_argmax_of_the_whole_pass(kind: LMKind) -> None:
    stage = random_stage(kind)
    mulan, semantic = _given(2, 10)
    greedy = SamplingConfig(greedy=True)
    written = stage.generate((mulan, semantic), 0.4, _rng(), sampling=greedy)
    with torch.no_grad():
        logits = stage.model((mulan, semantic), written)
    assert torch.equal(logits.argmax(dim=-1), written)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_guided_greedy_codes_follow_the_formula(kind: LMKind) -> None:
    stage = random_stage(kind)
    given = _given(2, 10)
    written = stage.generate(
        given, 0.4, _rng(), sampling=SamplingConfig(greedy=True), guidance_scale=3.0
    )
    with torch.no_grad():
        on = stage.model(given, written)
        off = stage.model(given, written, drop=torch.tensor([True, True]))
    assert torch.equal((off + 3.0 * (on - off)).argmax(dim=-1), written)
    assert not torch.equal(on.argmax(dim=-1), written)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_a_cold_level_takes_the_likeliest_code_and_others_do_not(kind: LMKind) -> None:
    stage = random_stage(kind, level_temperatures=(1.0, 1e-4, 1.0))
    given = _given(1, 10)
    written = stage.generate(given, 0.4, _rng())
    with torch.no_grad():
        likeliest = stage.model(given, written).argmax(dim=-1)
    alike = (likeliest == written)[0].all(dim=-1)
    assert alike.tolist() == [False, True, False]


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_is_continued(kind: LMKind) -> None:
    stage = random_stage(kind)
    for n_prompt in (3, 9, 10, 14):
        prompt = codes(ACOUSTIC, 1, n_prompt, seed=9)
        written = stage.generate(_given(), 0.8, _rng(), prompt=prompt)
        assert torch.equal(written[..., :n_prompt], prompt)
        assert written.shape[-1] == 20
    only = codes(ACOUSTIC, 1, 5, seed=9)
    assert torch.equal(stage.generate(_given(), 0.2, _rng(), prompt=only), only)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_a_later_window_equals_a_piece_prompted_with_its_carry(kind: LMKind) -> None:
    stage = random_stage(kind)
    mulan, semantic = _given(1, 15)
    greedy = SamplingConfig(greedy=True)
    whole = stage.generate((mulan, semantic), 0.6, _rng(), sampling=greedy)
    part = stage.generate(
        (mulan, semantic[..., 5:]), 0.4, _rng(), sampling=greedy, prompt=whole[..., 5:10]
    )
    assert torch.equal(part, whole[..., 5:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_hands_out_what_generate_returns(kind: LMKind) -> None:
    stage = random_stage(kind)
    parts = list(stage.stream(_given(), 0.6, _rng(), chunk_seconds=0.12))
    assert torch.equal(torch.cat(parts, dim=-1), stage.generate(_given(), 0.6, _rng()))
    sizes = [part.shape[-1] for part in parts]
    assert sizes == ([10, 5] if kind == "masked" else [3, 3, 3, 1, 3, 2])


def test_a_stream_computes_no_further_than_it_is_read() -> None:
    stage = random_stage("delay")
    seen: list[float] = []
    parts: Iterator[Tensor] = stage.stream(
        _given(), 1.0, _rng(), chunk_seconds=0.04, on_progress=seen.append
    )
    next(parts)
    assert max(seen, default=0.0) < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_progress_rises_to_one_and_may_cancel(kind: LMKind) -> None:
    stage = random_stage(kind)
    seen: list[float] = []
    stage.generate(_given(), 1.0, _rng(), on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) >= 4

    def cancel(fraction: float) -> None:
        if fraction > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.generate(_given(), 1.0, _rng(), on_progress=cancel)


def test_a_condition_of_half_the_rate_is_cut_along() -> None:
    stage = random_stage(
        "delay",
        conditions=(MULAN, SLOW),
        window_seconds=0.48,
        carry_seconds=0.16,
        transformer=CORE,
    )
    given = (codes(MULAN, 1, 0), codes(SLOW, 1, 13))
    assert stage.generate(given, 1.0, _rng()).shape == (1, 3, 25)


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded_stages_write_the_same(kind: LMKind, tmp_path: Path) -> None:
    stage = random_stage(kind)
    stage.save(tmp_path / "stage", card="# A stage\n")
    loaded = Stage.load(tmp_path / "stage", precision="float32")
    assert loaded.config == stage.config
    before, after = (s.generate(_given(), 0.5, _rng()) for s in (stage, loaded))
    assert torch.equal(before, after)
    assert (tmp_path / "stage" / "card.md").read_text() == "# A stage\n"


def test_a_saved_stage_keeps_its_size_even_if_the_name_changes_meaning(tmp_path: Path) -> None:
    stage = Stage.create(replace(random_stage("delay").config, transformer=None))
    stage.save(tmp_path / "stage")
    loaded = Stage.load(tmp_path / "stage", precision="float32")
    assert loaded.config.transformer == stage.config.core


def test_another_kind_of_artifact_is_refused(tmp_path: Path) -> None:
    from musiclm.artifact import save_artifact

    save_artifact(
        tmp_path / "codec",
        kind="codec",
        config=random_stage("delay").config,
        tensors={"a": torch.zeros(1)},
        card="",
    )
    with pytest.raises(ArtifactError, match='holds a "codec", expected a "stage"'):
        Stage.load(tmp_path / "codec")


def _types() -> list[Precision]:
    here = best_precision("int4")[0]
    return ["bfloat16", *(["int8"] if int8_kernel_available() else []), *{here} - {"int8"}]


@pytest.mark.parametrize("precision", _types())
@pytest.mark.parametrize("kind", KINDS)
def test_converted_weights_predict_nearly_the_same(kind: LMKind, precision: Precision) -> None:
    core = replace(CORE, dim=32, causal=kind != "masked")
    stage = random_stage(kind, transformer=core)
    quick = stage.prepared(precision=precision)
    assert quick.precision == precision
    given, target = _given(1, 10), codes(ACOUSTIC, 1, 10)
    with torch.no_grad():
        exact = stage.model(given, target)
        rough = quick.model(given, target).float()
    bar = 0.3 if precision == "int4" else 0.1
    assert float((rough - exact).norm() / exact.norm()) < bar
    assert quick.generate(given, 0.4, _rng()).shape == (1, 3, 10)
    assert next(stage.model.parameters()).dtype == torch.float32
    if precision in ("int8", "int4"):
        with pytest.raises(ConfigError, match=f"converted to {precision}: save the one it was"):
            quick.save(Path("nowhere"))


def test_impossible_requests_are_refused() -> None:
    stage = random_stage("delay")
    mulan, semantic = _given(2, 10)
    with pytest.raises(GenerationError, match="seconds must be above 0, got 0"):
        stage.generate((mulan, semantic), 0.0, _rng())
    with pytest.raises(ShapeError, match=r"has 2 conditions \(mulan, semantic\), got 1"):
        stage.generate((mulan,), 0.4, _rng())
    with pytest.raises(ShapeError, match=r'"semantic" must be \[2, 1, frames\], got \[1, 1, 10\]'):
        stage.generate((mulan, semantic[:1]), 0.4, _rng())
    with pytest.raises(ShapeError, match=r'"mulan" has codes outside 0\.\.7: it comes from ano'):
        stage.generate((mulan + 8, semantic), 0.4, _rng())
    with pytest.raises(ShapeError, match='"semantic" has 10 frames but 15 are needed'):
        stage.generate((mulan, semantic), 0.6, _rng())
    with pytest.raises(GenerationError, match="the prompt has 12 frames but only 10 were asked"):
        stage.generate((mulan, semantic), 0.4, _rng(), prompt=codes(ACOUSTIC, 2, 12))
    with pytest.raises(GenerationError, match="guidance_scale must be >= 0"):
        stage.generate((mulan, semantic), 0.4, _rng(), guidance_scale=-1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"carry_seconds": 0.4}, "carry_seconds=0.4 leaves nothing new in a window of 0.4 s"),
        ({"level_weights": (1.0,)}, "level_weights has 1 entries for 3 levels"),
        (
            {"level_temperatures": (1.0, 0.0, 1.0)},
            r"level_temperatures must be above 0, got \(1.0, 0.0, 1.0\)",
        ),
        ({"window_seconds": 0.41}, 'window_seconds=0.41 is no whole number of "semantic" frames'),
        (
            {"transformer": replace(CORE, causal=False)},
            "transformer.causal=False does not fit kind='delay'",
        ),
    ],
)
def test_impossible_stages_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(random_stage("delay").config, **changes)
