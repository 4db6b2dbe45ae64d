"""Who plays when, read off annotations; and what a crop is told of it."""

import numpy as np
import torch

from musiclm.corpus.annotations import Activity, Annotations, KeyMark, TempoMark
from musiclm.corpus.compose import STYLES as COMPOSED
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.data.ensemble import ensemble_of, told_ensemble
from musiclm.prompt.ensemble import (
    ENSEMBLE_STREAM,
    FAMILIES,
    SILENT,
    SOUNDS,
    STYLES,
    family_of,
    instrument_code,
    level_of,
    style_code,
)

PLAYED = (("violin", 0.0, 6.0), ("cello", 2.0, 4.0), ("standard_kit", 5.0, 8.0))


def piece() -> torch.Tensor:
    annotations = Annotations(
        beats=[0.0, 1.0],
        beats_per_bar=2,
        tempo=[TempoMark(start=0.0, bpm=60.0)],
        keys=[KeyMark(start=0.0, key="C", mode="major")],
        chords=[],
        melody=[],
        activity=[
            Activity(instrument=name, role="lead", spans=[(start, end)])
            for name, start, end in PLAYED
        ],
        level_hop=1.0,
        level_dbfs=[-20.0],
    )
    prominent = ["cello", "violin", "standard_kit"]
    return ensemble_of(annotations, style="tango", prominent=prominent, seconds=8.0)


def test_every_style_and_instrument_of_the_composer_has_a_code() -> None:
    assert set(STYLES) == set(COMPOSED)
    assert {name: each.family for name, each in INSTRUMENTS.items()} == {
        name: family for family, names in FAMILIES.items() for name in names
    }
    highest = max(instrument_code(name) for name in INSTRUMENTS)
    assert max(highest, len(STYLES)) < ENSEMBLE_STREAM.codebook_size


def test_the_most_prominent_of_a_family_is_named_while_it_sounds() -> None:
    codes = piece()
    assert codes.shape == (15, 200)
    assert (codes[0] == style_code("tango")).all()
    strings, drums = codes[level_of("strings")], codes[level_of("drums")]
    assert (strings[:50] == instrument_code("violin")).all()
    assert (strings[50:100] == instrument_code("cello")).all()
    assert (strings[100:150] == instrument_code("violin")).all()
    assert (strings[150:] == SILENT).all()
    assert (drums[:125] == SILENT).all()
    assert (drums[125:] == instrument_code("standard_kit")).all()
    assert (codes[level_of("choir")] == SILENT).all()


def test_without_annotations_only_the_style_is_known() -> None:
    codes = ensemble_of(None, style="no such style", prominent=(), seconds=2.0)
    assert codes.shape == (15, 50)
    assert not bool(codes.any())


def test_a_crop_is_told_nothing_wrong_and_often_nothing() -> None:
    codes = piece()
    rng = np.random.default_rng(0)
    crops = [told_ensemble(codes, rng) for _ in range(400)]
    players = [crop[1:] for crop in crops]
    assert 0.25 < np.mean([not bool(each.any()) for each in players]) < 0.45
    assert 0.4 < np.mean([bool(crop[0].any()) for crop in crops]) < 0.6
    assert 0.25 < np.mean([bool((each > 0).all()) for each in players]) < 0.45
    for crop in crops:
        for name in FAMILIES:
            own, true = crop[level_of(name)], codes[level_of(name)]
            told = own > 0
            throughout = bool(told.any()) and bool((own == own[0]).all())
            # Either in its time, or one thing throughout: then whoever plays enough of the crop.
            in_time = bool(((own >= SOUNDS) == (true >= SOUNDS))[told].all())
            sounds = float((true >= SOUNDS).float().mean()) > 0.15
            assert in_time or (throughout and (int(own[0]) >= SOUNDS) == sounds)
            assert {family_of(FAMILIES[name][c - 3]) for c in set(own.tolist()) if c > 2} <= {name}
    named = [int(crop[level_of("strings")].max()) for crop in crops]
    assert {instrument_code("violin"), SOUNDS} <= set(named)


def test_what_is_told_follows_from_the_random_numbers_alone() -> None:
    codes = piece()
    one, other = (told_ensemble(codes, np.random.default_rng(4)) for _ in range(2))
    assert torch.equal(one, other)
    # The stream of random numbers goes on alike, whatever was told.
    first, second = np.random.default_rng(4), np.random.default_rng(4)
    told_ensemble(codes, first)
    told_ensemble(torch.zeros_like(codes), second)
    assert first.random() == second.random()
