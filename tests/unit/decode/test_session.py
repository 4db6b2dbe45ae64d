from fractions import Fraction

import pytest
import torch
from torch import Tensor

from lm_models import ACOUSTIC, MULAN, SEMANTIC, codes, random_stage
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.session import Session
from musiclm.decode.stage import Stage
from musiclm.lm.config import LMKind
from musiclm.prompt.timeline import TIMELINE_STREAM, level_of, unguided

KINDS: tuple[LMKind, ...] = ("prefix", "delay", "masked")


def _session(stage: Stage, given: tuple[Tensor, ...], n_frames: int | None) -> Session:
    rng = torch.Generator().manual_seed(4)
    return stage.session(rng, n_batch=len(given[0]), n_frames=n_frames, guidance_scale=2.0)


def _drain(session: Session, given: tuple[Tensor, ...], **limits: int) -> Tensor:
    parts = list(session.write(given, **limits))
    empty = session.codes[..., :0]
    return torch.cat([empty, *parts], dim=-1)


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_conditions_that_come_bit_by_bit_give_the_same_codes(kind: LMKind) -> None:
    stage = random_stage(kind, condition_lookahead=2 if kind == "delay" else 0)
    mulan, semantic = codes(MULAN, 2, 0), codes(SEMANTIC, 2, 33)
    whole = _drain(_session(stage, (mulan, semantic), 33), (mulan, semantic))
    session = _session(stage, (mulan, semantic), 33)
    parts = [
        _drain(session, (mulan, semantic[..., :reach]), chunk=5)
        for reach in (1, 4, 9, 10, 17, 25, 32, 33)
    ]
    assert whole.shape[-1] == 33
    assert torch.equal(torch.cat(parts, dim=-1), whole)
    assert torch.equal(session.codes, whole)


@torch.inference_mode()
def test_a_delayed_session_keeps_behind_its_conditions_by_lookahead_and_delay() -> None:
    stage = random_stage("delay", condition_lookahead=2)
    given = codes(MULAN, 1, 0), codes(SEMANTIC, 1, 8)
    session = _session(stage, given, None)
    assert _drain(session, given).shape[-1] == 8 - 2 - (ACOUSTIC.n_q - 1)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
@torch.inference_mode()
def test_a_session_stops_where_it_is_told_and_goes_on(kind: LMKind) -> None:
    stage = random_stage(kind, condition_lookahead=2 if kind == "delay" else 0)
    given = codes(MULAN, 1, 0), codes(SEMANTIC, 1, 40)
    session = _session(stage, given, 40)
    reached = []
    for until in (3, 3, 12, 30):
        _drain(session, given, until=until)
        reached.append(session.n_written)
    assert reached == [3, 3, 12, 30]
    _drain(session, given)
    whole = _drain(_session(stage, given, 40), given)
    assert torch.equal(session.codes, whole)


@torch.inference_mode()
def test_other_untimed_conditions_take_over_where_they_come() -> None:
    stage = random_stage("delay", condition_lookahead=2)
    semantic = codes(SEMANTIC, 1, 40)
    calm, wild = codes(MULAN, 1, 0), codes(MULAN, 1, 0, seed=5)
    assert not torch.equal(calm, wild)
    plain, story = (_session(stage, (calm, semantic), 40) for _ in range(2))
    _drain(plain, (calm, semantic))
    _drain(story, (calm, semantic), until=12)  # in the middle of the window of frames 5 to 15
    _drain(story, (wild, semantic))
    assert torch.equal(story.codes[..., :12], plain.codes[..., :12])
    # At once, and not only from the next window on.
    assert not torch.equal(story.codes[..., 12:15], plain.codes[..., 12:15])
    # Under unchanged conditions nothing turns.
    same = _session(stage, (calm, semantic), 40)
    _drain(same, (calm, semantic), until=15)
    _drain(same, (calm.clone(), semantic))
    assert torch.equal(same.codes, plain.codes)


@torch.inference_mode()
def test_a_piece_without_end_goes_on_in_windows() -> None:
    stage = random_stage("delay", condition_lookahead=2)
    given = codes(MULAN, 1, 0), codes(SEMANTIC, 1, 95)
    session = _session(stage, given, None)
    _drain(session, given, until=70)
    assert session.n_written == 70
    assert SEMANTIC.frame_rate == Fraction(25)


@torch.inference_mode()
def test_guidance_strengthens_what_the_timeline_says_of_chords_and_not_of_beats() -> None:
    timeline = torch.zeros(1, TIMELINE_STREAM.n_q, 10, dtype=torch.int64)
    timeline[:, level_of("beat")] = 3
    stage = random_stage("delay", condition_lookahead=2, conditions=(MULAN, TIMELINE_STREAM))
    mulan = codes(MULAN, 1, 0)
    greedy = SamplingConfig(greedy=True)

    def logits(said: Tensor, *, drop: bool) -> Tensor:
        return stage.model((mulan, said), written, drop=torch.tensor([drop]))

    chords = timeline.clone()
    chords[:, level_of("chord")] = 7
    rng = torch.Generator().manual_seed(0)
    written = stage.generate((mulan, chords), 0.4, rng, sampling=greedy, guidance_scale=3.0)
    # The other row does not know the chord, but it does know the beat.
    off, on = logits(timeline, drop=True), logits(chords, drop=False)
    assert torch.equal((off + 3.0 * (on - off)).argmax(dim=-1), written)
    assert torch.equal(unguided(chords), timeline)
