import numpy as np
import pytest
import torch

from factories import tiny_music, tiny_tokenizer
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.model.tokens import (
    compare_tokens,
    repeated_share,
    tokens_of,
    variety_of,
)


def test_repeats_are_those_that_a_count_by_hand_finds() -> None:
    rng = np.random.default_rng(0)
    row = rng.integers(0, 3, 60)
    for n in (1, 2, 5):
        seen: set[tuple[int, ...]] = set()
        again = 0
        for place in range(len(row) - n + 1):
            run = tuple(row[place : place + n].tolist())
            again += run in seen
            seen.add(run)
        assert repeated_share(row, n) == pytest.approx(again / (len(row) - n + 1))


def test_collapse_is_little_entropy_and_much_repetition() -> None:
    rng = np.random.default_rng(1)
    lively = variety_of(rng.integers(0, 500, 400))
    loop = variety_of(np.tile(rng.integers(0, 500, 40), 10))
    drone = variety_of(np.zeros(400, np.int64))
    assert lively.repeated_short == 0.0
    assert lively.entropy_bits > 7.5
    assert loop.repeated_long > 0.85
    assert loop.held < 0.1
    assert drone.entropy_bits == 0.0
    assert drone.distinct == 1
    assert drone.held == 1.0
    assert drone.repeated_long > 0.99


def test_both_sets_are_cut_to_one_length() -> None:
    rng = np.random.default_rng(2)
    generated = [np.tile(rng.integers(0, 50, 30), 8) for _ in range(6)]
    composed = [rng.integers(0, 50, size) for size in (100, 180, 300)]
    report = compare_tokens(generated, composed)
    assert report.n_tokens == 100
    found = report.estimates()
    assert found["repeated_long"]["difference"].low > 0.3
    assert found["entropy_bits"]["difference"].high < 0
    assert "25-grams that were there before" in report.table()
    assert len(report.results()["composed"]) == 3
    # A longer length leaves out the pieces that are shorter.
    assert len(compare_tokens(generated, composed, n_tokens=150).composed) == 2


def test_pieces_that_are_too_short_or_missing_are_refused() -> None:
    row = np.arange(100)
    with pytest.raises(DataError, match="common length is 20"):
        compare_tokens([row], [row[:20]])
    with pytest.raises(DataError, match="common length is 0"):
        compare_tokens([], [])
    with pytest.raises(DataError, match="both sets need a piece of at least 100"):
        compare_tokens([row], [])
    with pytest.raises(DataError, match=r"got shape \[2, 100\]"):
        variety_of(np.stack([row, row]))
    with pytest.raises(DataError, match=r"runs of 8 .* got 5"):
        repeated_share(row[:5], 8)


def test_audio_of_any_rate_is_tokenized_as_the_model_hears_it() -> None:
    tokenizer = tiny_tokenizer()
    sound = tiny_music(4.0)
    said: list[tuple[int, int]] = []
    rows = tokens_of(
        tokenizer,
        [sound, Waveform(sound.samples.repeat(1, 2), 2 * sound.sample_rate)],
        on_progress=lambda _say, done, of: said.append((done, of)),
    )
    assert rows[0].shape == (100,)
    assert rows[0].dtype == np.int64
    assert torch.equal(
        torch.from_numpy(rows[0]), tokenizer.encode(sound.samples[None].float())[0, 0]
    )
    assert len(rows[1]) == 100
    assert said == [(1, 2), (2, 2)]
