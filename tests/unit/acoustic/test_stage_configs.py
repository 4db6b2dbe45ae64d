"""The stages of every scale: sizes, streams and lengths are those of the papers."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch

from musiclm.acoustic.coarse import coarse_stage
from musiclm.acoustic.fine import fine_stage
from musiclm.acoustic.musicgen import delay_stage
from musiclm.acoustic.soundstorm import soundstorm_stage
from musiclm.config import replace
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.lm.build import build_lm
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.semantic.stage import semantic_stage
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import seconds_to_frames
from musiclm.train.stage_configs import stage_config

MULAN = TokenStream(name="mulan", codebook_size=1024, n_q=12)
SEMANTIC = TokenStream(name="semantic", codebook_size=1024, n_q=1, frame_rate=Fraction(25))
ACOUSTIC = TokenStream(name="acoustic", codebook_size=1024, n_q=12, frame_rate=Fraction(50))
SMALL_MULAN = TokenStream(name="mulan", codebook_size=256, n_q=12)
SMALL_SEMANTIC = TokenStream(name="semantic", codebook_size=512, n_q=1, frame_rate=Fraction(25))
SMALL_ACOUSTIC = TokenStream(name="acoustic", codebook_size=1024, n_q=12, frame_rate=Fraction(25))


def _all(scale: str) -> dict[str, StageConfig]:
    small = scale != "paper"
    mulan = SMALL_MULAN if small else MULAN
    semantic = SMALL_SEMANTIC if small else SEMANTIC
    acoustic = SMALL_ACOUSTIC if small else ACOUSTIC
    return {
        "semantic": semantic_stage(scale, prompt=(mulan,), semantic=semantic),
        "coarse": coarse_stage(scale, prompt=(mulan,), semantic=semantic, acoustic=acoustic),
        "fine": fine_stage(scale, acoustic=acoustic),
        "acoustic": delay_stage(scale, prompt=(mulan,), semantic=semantic, acoustic=acoustic),
        "soundstorm": soundstorm_stage(
            scale, prompt=(mulan,), semantic=semantic, acoustic=acoustic
        ),
    }


def _n_parameters(config: StageConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build_lm(config.lm).parameters())


@pytest.mark.parametrize("name", ["semantic", "coarse", "fine"])
def test_paper_stages_have_430_million_parameters(name: str) -> None:
    assert _n_parameters(_all("paper")[name]) == pytest.approx(430e6, rel=0.03)


@pytest.mark.parametrize("name", ["semantic", "acoustic", "coarse", "fine", "soundstorm"])
def test_small_stages_fit_their_budget(name: str) -> None:
    assert 10e6 < _n_parameters(_all("small")[name]) < 26e6


@pytest.mark.parametrize(
    ("name", "n_steps", "temperature"),
    [("semantic", 762, 1.0), ("coarse", 2262, 0.95), ("fine", 1800, 0.4)],
)
def test_paper_sequences_have_the_lengths_of_the_paper(
    name: str, n_steps: int, temperature: float
) -> None:
    config = _all("paper")[name]
    total = 0
    for stream in (*config.conditions, config.target):
        frames = seconds_to_frames(config.crop_seconds, stream.frame_rate)
        total += stream.n_q * (frames if stream.timed else 1)
    # BOS takes the place of the last code, which nothing follows.
    assert total == n_steps
    assert config.temperature == temperature
    assert config.core.max_positions >= n_steps
    with torch.device("meta"):
        lm = build_lm(config.lm)
        frames = seconds_to_frames(config.crop_seconds, config.target.frame_rate)
        given = tuple(
            torch.zeros(
                (1, s.n_q, seconds_to_frames(config.crop_seconds, s.frame_rate))
                if s.timed
                else (1, s.n_q),
                dtype=torch.int64,
            )
            for s in config.conditions
        )
        seen: list[int] = []
        lm.core.blocks[0].register_forward_hook(
            lambda module, inputs, output: seen.append(output.shape[1])
        )
        lm.eval()(given, torch.zeros(1, config.target.n_q, frames, dtype=torch.int64))
    assert seen == [n_steps]


@pytest.mark.parametrize("scale", ["tiny", "small", "paper"])
def test_streams_join_from_text_to_codes(scale: str) -> None:
    stages = _all(scale)
    acoustic = ACOUSTIC if scale == "paper" else SMALL_ACOUSTIC
    coarse, fine = stages["coarse"], stages["fine"]
    assert coarse.conditions[1] == stages["semantic"].target
    assert fine.conditions == (coarse.target,)
    assert (coarse.target.n_q, fine.target.n_q) == (4, 8)
    for name in ("acoustic", "soundstorm"):
        assert stages[name].target == acoustic


def test_fine_stage_may_hear_the_text() -> None:
    config = fine_stage("tiny", acoustic=SMALL_ACOUSTIC, prompt=(SMALL_MULAN,))
    assert [stream.name for stream in config.conditions] == ["mulan", "acoustic"]


@pytest.mark.parametrize("name", ["semantic", "acoustic", "coarse", "soundstorm"])
def test_stages_hear_text_and_facts_before_all_else(name: str) -> None:
    streams = {
        "mulan": SMALL_MULAN,
        "semantic": SMALL_SEMANTIC,
        "acoustic": SMALL_ACOUSTIC,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }
    config = stage_config("small", name, streams)
    assert config.conditions[:2] == (FACTS_STREAM, SMALL_MULAN)
    assert all(stream.timed for stream in config.conditions[2:])
    alone = stage_config("small", name, streams, with_facts=False)
    assert alone.conditions == (SMALL_MULAN, *config.conditions[2:])
    del streams["facts"]  # Tokens of an older version have none.
    assert stage_config("small", name, streams, with_facts=False) == alone


@pytest.mark.parametrize(("name", "kind"), [("semantic", "delay"), ("acoustic", "delay")])
def test_stages_that_can_hear_the_timeline_last_of_all(name: str, kind: str) -> None:
    streams = {
        "mulan": SMALL_MULAN,
        "semantic": SMALL_SEMANTIC,
        "acoustic": SMALL_ACOUSTIC,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }
    config = stage_config("small", name, streams)
    assert config.conditions[-2:] == (TIMELINE_STREAM, ENSEMBLE_STREAM)
    assert config.lm.lookahead_of(TIMELINE_STREAM) == 2
    assert config.lm.lookahead_of(ENSEMBLE_STREAM) == 0
    assert (config.kind, config.condition_lookahead) == (kind, 2)
    without = stage_config("small", name, streams, with_timeline=False, with_ensemble=False)
    assert not {TIMELINE_STREAM, ENSEMBLE_STREAM} & set(without.conditions)
    assert without.kind == ("prefix" if name == "semantic" else "delay")


def test_the_delayed_stage_without_a_plan_for_comparison() -> None:
    streams = {
        "mulan": SMALL_MULAN,
        "semantic": SMALL_SEMANTIC,
        "acoustic": SMALL_ACOUSTIC,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }
    told = stage_config("small", "acoustic", streams)
    untold = stage_config("small", "acoustic", streams, with_semantic=False)
    assert set(told.conditions) - set(untold.conditions) == {SMALL_SEMANTIC}
    assert untold.target == told.target
    alone = stage_config("small", "musicgen", streams)
    assert alone.name == "musicgen"
    assert alone == replace(untold, name="musicgen")
    assert alone.conditions[-2:] == (TIMELINE_STREAM, ENSEMBLE_STREAM)
    assert stage_config("small", "musicgen", streams, with_semantic=False) == alone
    bare = {"with_timeline": False, "with_ensemble": False, "with_facts": False}
    assert stage_config("small", "musicgen", streams, **bare).conditions == (SMALL_MULAN,)


def test_fine_stage_may_hear_text_and_facts() -> None:
    streams = {
        "mulan": SMALL_MULAN,
        "semantic": SMALL_SEMANTIC,
        "acoustic": SMALL_ACOUSTIC,
        "facts": FACTS_STREAM,
    }
    configs = [
        stage_config("tiny", "fine", streams),
        stage_config("tiny", "fine", streams, fine_sees_prompt=True),
        stage_config("tiny", "fine", streams, fine_sees_prompt=True, with_facts=False),
    ]
    names = [[stream.name for stream in config.conditions] for config in configs]
    assert names == [["acoustic"], ["facts", "mulan", "acoustic"], ["mulan", "acoustic"]]
    with pytest.raises(ConfigError, match='no stage "choir": choose semantic, acoustic, coarse'):
        stage_config("tiny", "choir", streams)


@pytest.mark.parametrize(
    "make",
    [
        lambda: semantic_stage("huge", prompt=(MULAN,), semantic=SEMANTIC),
        lambda: coarse_stage("huge", prompt=(MULAN,), semantic=SEMANTIC, acoustic=ACOUSTIC),
        lambda: fine_stage("huge", acoustic=ACOUSTIC),
        lambda: delay_stage("huge", prompt=(MULAN,), semantic=SEMANTIC, acoustic=ACOUSTIC),
        lambda: soundstorm_stage("huge", prompt=(MULAN,), semantic=SEMANTIC, acoustic=ACOUSTIC),
    ],
)
def test_unknown_scales_are_refused(make: Callable[[], StageConfig]) -> None:
    with pytest.raises(ConfigError, match='no scale "huge": choose tiny, small or paper'):
        make()


def test_one_level_has_no_fine_stage() -> None:
    with pytest.raises(ConfigError, match="a codec of one level has no fine stage"):
        fine_stage("tiny", acoustic=SMALL_ACOUSTIC.levels(0, 1))
