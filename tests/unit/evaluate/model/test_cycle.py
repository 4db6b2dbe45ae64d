"""Cosines of prompts and clips: against hand counts, in real towers, and with a real small CLAP."""

from pathlib import Path

import numpy as np
import pytest
import torch

from factories import tiny_mulan, tiny_music
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError, DataError
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.cycle import agreement_row, clap_row, cycle_row, mulan_row

RATE = 24_000


def _clip(value: float) -> Waveform:
    return Waveform(torch.full((1, 10), value), RATE)


def _angle(waveform: Waveform) -> np.ndarray:
    """A clip's first sample is its direction."""
    turn = float(waveform.samples[0, 0])
    return np.array([np.cos(turn), np.sin(turn)])


def _angles(texts: object) -> np.ndarray:
    return np.array([[np.cos(float(text)), np.sin(float(text))] for text in texts])  # type: ignore[attr-defined]


def test_the_value_is_the_mean_cosine_and_the_ceiling_that_of_real_audio() -> None:
    row = cycle_row(
        "x",
        ["0.0", "1.0", "2.0"],
        [_clip(0.5), _clip(1.5), _clip(2.5)],
        _angles,
        _angle,
        real=[_clip(0.0), _clip(1.0), _clip(2.0)],
    )
    assert row.found.value == pytest.approx(np.cos(0.5), abs=1e-6)
    assert row.ceiling is not None
    assert row.ceiling.value == pytest.approx(1.0, abs=1e-6)
    assert row.n == 3


def test_chance_is_the_mean_of_all_pairs_and_p_is_small_only_for_a_match() -> None:
    table = np.random.default_rng(0).standard_normal((60, 60))
    blind = agreement_row("x", table)
    seeing = agreement_row("x", table + 2.0 * np.eye(60))
    assert blind.chance == pytest.approx(table.mean(), abs=0.02)
    assert blind.p_value is not None
    assert seeing.p_value is not None
    assert blind.p_value > 0.01
    assert seeing.p_value < 0.001
    assert blind.found.low < table.diagonal().mean() < blind.found.high


def test_mulan_hears_files_and_sounds_of_any_rate_alike(tmp_path: Path) -> None:
    mulan = tiny_mulan()
    prompts = ["calm piano", "fast drums", "calm piano"]
    sounds = [tiny_music(3.0, seed=seed) for seed in range(3)]
    files = []
    for index, sound in enumerate(sounds):
        write_audio(tmp_path / f"{index}.wav", sound)
        files.append(Made(tmp_path / f"{index}.wav", None))
    row = mulan_row(mulan, prompts, files, real=sounds)
    text = mulan.embed_text(prompts).double()
    audio = torch.stack([mulan.embed_audio(each.samples[None])[0] for each in sounds]).double()
    assert row.found.value == pytest.approx(float((text * audio).sum(1).mean()), abs=1e-3)
    assert row.ceiling is not None
    assert row.ceiling.value == pytest.approx(row.found.value, abs=1e-3)
    assert "MuLan" in row.measure


def test_a_clip_that_is_missing_or_empty_is_named() -> None:
    with pytest.raises(DataError, match="clips for each of 2 prompts, got 1"):
        cycle_row("x", ["1", "2"], [_clip(0.0)], _angles, _angle)
    with pytest.raises(DataError, match="real clips for each of 1 prompts, got 0"):
        cycle_row("x", ["1"], [_clip(0.0)], _angles, _angle, real=[])
    with pytest.raises(DataError, match="each of 0 prompts"):
        cycle_row("x", [], [], _angles, _angle)
    with pytest.raises(AudioError, match="clip 1 has no samples"):
        cycle_row("x", ["1", "2"], [_clip(0.0), Waveform(torch.zeros(1, 0), RATE)], _angles, _angle)
    with pytest.raises(DataError, match="got 2 by 3"):
        agreement_row("x", np.zeros((2, 3)))


def test_without_transformers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in the table of modules is how Python itself marks one as not to be found.
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ConfigError, match=r'pip install "musiclm\[hf\]"'):
        clap_row(["a"], [tiny_music(1.0)])


def test_a_small_clap_scores_clips_whatever_their_neighbours(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    folder = _tiny_clap(tmp_path)
    sounds = [tiny_music(2.0, seed=1), tiny_music(12.0, seed=2)]
    both = clap_row(["calm piano", "fast drums"], sounds, weights=folder, real=sounds)
    ones = [
        clap_row([text], [sound], weights=folder)
        for text, sound in zip(["calm piano", "fast drums"], sounds, strict=True)
    ]
    assert both.found.value == pytest.approx(np.mean([row.found.value for row in ones]), abs=1e-6)
    assert both.ceiling is not None
    assert both.ceiling.value == pytest.approx(both.found.value)
    with pytest.raises(ConfigError, match="no CLAP weights at"):
        clap_row(["a"], [sounds[0]], weights=tmp_path / "nothing")


def _tiny_clap(folder: Path) -> Path:
    """A real CLAP with random weights and a vocabulary of four words, as its library saves it."""
    import json

    from transformers import (
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        ClapProcessor,
        RobertaTokenizerFast,
    )

    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *"abcdefghijklmnopqrstuvwxyz", "Ġ"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = RobertaTokenizerFast(
        vocab_file=str(folder / "vocab.json"),
        merges_file=str(folder / "merges.txt"),
        vocab=str(folder / "vocab.json"),
        merges=str(folder / "merges.txt"),
    )
    config = ClapConfig(
        text_config={
            "vocab_size": len(words),
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 16,
            "projection_dim": 8,
        },
        audio_config={
            "hidden_size": 64,
            "patch_embeds_hidden_size": 8,
            "depths": [1, 1, 1, 1],
            "num_attention_heads": [1, 1, 1, 1],
            "projection_dim": 8,
            "enable_fusion": False,
        },
        projection_dim=8,
    )
    torch.manual_seed(0)
    ClapModel(config).save_pretrained(folder / "clap")
    extractor = ClapFeatureExtractor(truncation="rand_trunc")
    ClapProcessor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(folder / "clap")
    return folder / "clap"
