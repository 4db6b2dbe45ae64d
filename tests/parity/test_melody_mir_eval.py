"""Our measures of melodies and of boundaries against those of ``mir_eval``, on random courses."""

import numpy as np
import pytest

from musiclm.evaluate.model.melody import Melody, agreement
from musiclm.evaluate.model.novelty import hits

mir_eval = pytest.importorskip("mir_eval")


def _courses(seed: int) -> tuple[Melody, Melody]:
    """A tune, and what is heard: near it, an octave off, a guess in a rest, or nothing at all."""
    rng = np.random.default_rng(seed)
    n_frames = 300
    cents = 100.0 * rng.integers(0, 36, n_frames)
    sung = rng.random(n_frames) < 0.7
    off = rng.choice([0.0, 30.0, 49.0, 51.0, -45.0, 1200.0, -1230.0, 620.0, 2400.0], n_frames)
    guessed = rng.random(n_frames) < 0.9
    true = np.where(sung, 110.0 * 2 ** (cents / 1200), 0.0)
    heard = np.where(guessed, 110.0 * 2 ** ((cents + off) / 1200), 0.0)
    voiced = guessed & (rng.random(n_frames) < 0.8)
    return Melody(true, sung), Melody(heard, voiced)


def _cents(hertz: np.ndarray) -> np.ndarray:
    """As ``mir_eval`` has them: above 10 Hz, 0 for none."""
    found = np.zeros(len(hertz))
    found[hertz > 0] = mir_eval.melody.hz2cents(hertz[hertz > 0])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_melody_measures_are_those_of_mir_eval(seed: int) -> None:
    true, heard = _courses(seed)
    ours = agreement(true, heard)
    both = (
        true.voiced.astype(float),
        _cents(true.hertz),
        heard.voiced.astype(float),
        _cents(heard.hertz),
    )
    recall, false_alarm = mir_eval.melody.voicing_measures(both[0], both[2])
    assert ours.voicing_recall == pytest.approx(recall)
    assert ours.voicing_false_alarm == pytest.approx(false_alarm)
    assert ours.raw_pitch == pytest.approx(mir_eval.melody.raw_pitch_accuracy(*both))
    assert ours.raw_chroma == pytest.approx(mir_eval.melody.raw_chroma_accuracy(*both))
    assert ours.overall == pytest.approx(mir_eval.melody.overall_accuracy(*both))
    assert 0.1 < ours.raw_pitch < ours.raw_chroma < 1.0


@pytest.mark.filterwarnings("ignore:Reference melody has no voiced frames")
@pytest.mark.parametrize("voiced", [False, True])
def test_where_nothing_or_all_is_sung_they_agree_too(voiced: bool) -> None:
    hertz = np.full(10, 220.0 if voiced else 0.0)
    true = Melody(hertz, np.full(10, voiced))
    heard = Melody(np.full(10, 220.0), np.ones(10, bool))
    recall, false_alarm = mir_eval.melody.voicing_measures(
        true.voiced.astype(float), heard.voiced.astype(float)
    )
    ours = agreement(true, heard)
    assert (ours.voicing_recall, ours.voicing_false_alarm) == (recall, false_alarm)
    assert ours.raw_pitch == (1.0 if voiced else 0.0)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("within", [0.5, 3.0])
def test_boundary_hits_are_those_of_mir_eval(seed: int, within: float) -> None:
    rng = np.random.default_rng(seed)
    true = np.unique(np.round(rng.uniform(1, 59, rng.integers(1, 12)), 2))
    found = np.unique(np.round(rng.uniform(1, 59, rng.integers(1, 20)), 2))
    precision, recall, f1 = mir_eval.segment.detection(
        _intervals(true), _intervals(found), window=within, trim=True
    )
    ours = hits(true, found, within_seconds=within)
    assert (ours.precision, ours.recall, ours.f1) == pytest.approx((precision, recall, f1))


def _intervals(times: np.ndarray) -> np.ndarray:
    """Segments of a piece of a minute."""
    edges = np.concatenate(([0.0], times, [60.0]))
    return np.stack([edges[:-1], edges[1:]], axis=1)
