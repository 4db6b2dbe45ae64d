"""Clips, measures, intervals and verdicts of ``musiclm evaluate codec``."""

import math
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from codec_clips import RATE, clips, write_corpus

from factories import tiny_codec
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.codec.clips import held_out_clips
from musiclm.evaluate.codec.intervals import bootstrap_mean
from musiclm.evaluate.codec.measure import BAND_MEASURES, Condition, Measurements, measure
from musiclm.evaluate.codec.tables import band_table, group_table, main_table
from musiclm.evaluate.codec.verdicts import verdict_lines, verdicts
from musiclm.evaluate.codec.visqol import Visqol


def cut(corpus: Path, n_clips: int, *, seed: int = 0) -> list[tuple[str, str]]:
    found = held_out_clips(
        corpus, n_clips=n_clips, sample_rate=RATE, n_channels=2, seconds=1.0, seed=seed
    )
    assert {tuple(clip.samples.shape) for clip in found} == {(2, RATE)}
    return [(clip.piece, clip.group) for clip in found]


def test_half_of_the_clips_have_the_unseen_font_and_training_lends_none(tmp_path: Path) -> None:
    pieces = {
        "a": ("train", []),
        "b": ("valid", []),
        "c": ("test", []),
        "d": ("test", ["style"]),
        "e": ("test", ["font"]),
    }
    corpus = write_corpus(tmp_path, pieces)  # type: ignore[arg-type]
    chosen = cut(corpus, 4)
    assert sorted(chosen) == sorted(
        [("c", "seen font"), ("d", "seen font"), ("e", "unseen font"), ("e", "unseen font")]
    )
    # Four test pieces of a known font are wanted and two are there: validation lends one.
    assert {piece for piece, _ in cut(corpus, 8)} == {"b", "c", "d", "e"}
    with pytest.raises(DataError, match="expected at least one clip"):
        cut(corpus, 0)


def test_crops_of_one_piece_are_from_different_places_and_repeat(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, {"a": ("train", [])})
    made = [
        held_out_clips(corpus, n_clips=3, sample_rate=RATE, n_channels=2, seconds=1.0)
        for _ in range(2)
    ]
    assert all((x.samples == y.samples).all() for x, y in zip(*made, strict=True))
    assert len({float(clip.samples.sum()) for clip in made[0]}) == 3


def test_interval_draws_whole_pieces() -> None:
    rng = np.random.default_rng(0)
    level = np.repeat(rng.normal(size=8), 20)  # Twenty clips a piece, nearly alike.
    values = level + 0.01 * rng.normal(size=160)
    pieces = [str(n // 20) for n in range(160)]
    by_piece = bootstrap_mean(values, pieces)
    by_clip = bootstrap_mean(values, [str(n) for n in range(160)])
    assert by_piece.value == pytest.approx(values.mean())
    assert by_piece.low < by_piece.value < by_piece.high
    assert by_piece.high - by_piece.low > 3 * (by_clip.high - by_clip.low)
    assert bootstrap_mean(values, pieces) == by_piece


def test_values_that_do_not_apply_are_left_out() -> None:
    nothing = float("nan")
    found = bootstrap_mean(np.array([1.0, nothing, 3.0]), ["a", "b", "c"])
    assert (found.value, found.low, found.high) == (2.0, 1.0, 3.0)
    assert math.isnan(bootstrap_mean(np.array([nothing]), ["a"]).value)


def test_every_level_is_measured_and_costs_what_it_costs() -> None:
    codec = tiny_codec()
    found = measure(codec, clips(2))
    levels = codec.stream.n_q
    assert [row.levels for row in found.conditions] == list(range(1, levels + 1))
    costs = [row.bits_per_second for row in found.conditions]
    assert costs == pytest.approx([codec.stream.levels(0, k + 1).bits_per_second for k in range(4)])
    assert found.at(costs[1]).levels == 2
    assert found.at(0.5 * costs[0]).levels == 1
    assert len(found.effective_codes) == levels
    last = found.conditions[-1]
    assert all(np.isfinite(last.values[name]).all() for name in last.values if name != "visqol")
    assert set(last.bands) == set(BAND_MEASURES)
    assert last.bands["flatness"].shape == (2, len(found.band_edges_hz))
    few = measure(codec, clips(1), levels=(1, 99))
    assert [row.levels for row in few.conditions] == [1, levels]


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected clips and levels >= 1, got 0 clips"):
        measure(tiny_codec(), [])
    with pytest.raises(ConfigError, match=r"got 1 clips and levels \(0,\)"):
        measure(tiny_codec(), clips(1), levels=(0,))


@pytest.mark.skipif(shutil.which("opusenc") is None, reason="opusenc is missing")
def test_opus_stands_in_the_same_tables() -> None:
    found = measure(tiny_codec(), clips(2), levels=(1,), opus=True)
    names = [row.name for row in found.conditions]
    assert names[-5:] == ["Opus 6", "Opus 12", "Opus 12 --music", "Opus 24", "Opus 48"]
    best = found.named("Opus 48")
    worst = found.conditions[0]
    assert best is not None
    assert best.levels is None
    for name in ("log_mel", "lines_lost", "side", "panning_db"):
        assert best.values[name].mean() < worst.values[name].mean(), name
    assert len(main_table(found).splitlines()) == 2 + len(names)
    assert "| Opus 48 |" in group_table(found)
    assert "8-12 kHz" in band_table(found)


def drawn(ours: float, opus: float, *, rate: float = 6_000.0) -> Measurements:
    """Two conditions on twenty clips that differ as the arguments say, and by chance."""
    rng = np.random.default_rng(0)
    hard = rng.normal(scale=0.3, size=20)  # What makes a clip hard for both.

    def condition(name: str, levels: int | None, mean: float, bits: float) -> Condition:
        values = mean + hard + rng.normal(scale=0.01, size=20)
        names = ("log_mel", "lines_lost", "harmonic_ratio_db", "flatness", "panning_db")
        return Condition(name, levels, bits, dict.fromkeys(names, values), {})

    return Measurements(
        pieces=tuple(str(n) for n in range(20)),
        groups=("seen font",) * 20,
        seconds=100.0,
        band_edges_hz=(),
        effective_codes=(1.0,),
        conditions=(condition("4 levels", 4, ours, rate), condition("Opus 12", None, opus, 13_100)),
    )


def test_verdict_needs_the_whole_interval_on_our_side() -> None:
    better, same = verdicts(drawn(0.5, 0.6)), verdicts(drawn(0.6, 0.6))
    duel = "log-mel distance at 6 kbit/s better than Opus 12 (13.1 kbit/s written)"
    assert {v.question: v.passed for v in better}[duel]
    assert not {v.question: v.passed for v in same}[duel]
    found = next(v for v in better if v.question == duel)
    # Clips differ by 0.3 and more, ours from Opus by 0.1 on each: pairs make this certain.
    assert found.difference.high < -0.08
    assert found.to_dict()["passed"] is True


def test_bar_of_the_distance_says_by_how_much() -> None:
    passed, missed = verdicts(drawn(0.4, 0.6))[0], verdicts(drawn(0.9, 0.6, rate=3_000.0))[0]
    assert passed.passed
    assert not missed.passed
    assert missed.difference.value == pytest.approx(missed.ours - 0.65)
    assert "at 6 kbit/s (measured at 3) at most 0.65" in missed.question
    line = verdict_lines([missed])[0]
    assert line.startswith("- **missed** (bar): log-mel distance at 6 kbit/s")


def test_missing_visqol_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "visqol", None)
    with pytest.raises(ImportError, match=r'pip install "musiclm\[codec-eval\]"'):
        Visqol()


def test_visqol_prefers_the_original() -> None:
    pytest.importorskip("visqol")
    listener = Visqol()
    clip = clips(1)[0].samples
    buzz = (4.0 * clip).clamp(-0.2, 0.2)
    same = listener(clip, clip, sample_rate=RATE)
    assert 4.5 < same <= 5.0
    assert listener(buzz, clip, sample_rate=RATE) < same - 0.5
    assert math.isnan(listener(clip, 0 * clip, sample_rate=RATE))
