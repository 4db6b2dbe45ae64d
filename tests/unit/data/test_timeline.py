import math

import numpy as np
import torch

from musiclm.corpus.annotations import (
    Activity,
    Annotations,
    ChordMark,
    KeyMark,
    TempoMark,
)
from musiclm.data.timeline import centroids, timeline_of, told
from musiclm.prompt.timeline import LEVELS, chord_code, density_code, level_of, loudness_code

RATE = 24_000


def _annotations() -> Annotations:
    return Annotations(
        beats=[0.0, 0.5, 1.0, 1.5, 2.0, 2.5],
        beats_per_bar=3,
        tempo=[TempoMark(start=0.0, bpm=120.0)],
        keys=[KeyMark(start=0.0, key="C", mode="major")],
        chords=[ChordMark(start=0.0, end=1.0, symbol="C"), ChordMark(start=1, end=3, symbol="Am")],
        melody=[],
        activity=[
            Activity(instrument="standard_kit", role="drums", spans=[(1.0, 3.0)]),
            Activity(instrument="finger_bass", role="bass", spans=[(0.0, 3.0)]),
        ],
        level_hop=1.0,
        level_dbfs=[-30.0, -20.0, -20.0],
    )


def _tone(hertz: float, seconds: float) -> torch.Tensor:
    times = torch.arange(round(seconds * RATE)) / RATE
    return torch.sin(2 * math.pi * hertz * times)[None].expand(2, -1)


def test_what_is_annotated_is_told_frame_by_frame() -> None:
    codes = timeline_of(_annotations(), seconds=3.0, samples=_tone(1_000.0, 3.0), sample_rate=RATE)
    assert codes.shape == (len(LEVELS), 75)
    levels = {name: codes[level_of(name)].tolist() for name in LEVELS}
    assert levels["beat"][0] == 1
    assert levels["bar"][0] != levels["bar"][13] != levels["bar"][26]
    assert levels["bar"][0] == levels["bar"][38]
    assert levels["chord"][10] == chord_code("C")
    assert levels["chord"][60] == chord_code("Am")
    assert (levels["drums"][10], levels["drums"][40]) == (1, 2)
    assert set(levels["bass"]) == {2}
    assert (levels["density"][10], levels["density"][40]) == (density_code(1), density_code(2))
    assert (levels["loudness"][0], levels["loudness"][40]) == (
        loudness_code(-30.0),
        loudness_code(-20.0),
    )
    assert levels["place"][74] == 1


def test_sound_alone_gives_place_and_brightness() -> None:
    codes = timeline_of(None, seconds=2.5, samples=_tone(4_000.0, 2.5), sample_rate=RATE)
    said = {LEVELS[level] for level in range(len(LEVELS)) if bool(codes[level].any())}
    assert said == {"place", "brightness"}


def test_the_centre_of_a_tone_is_its_frequency() -> None:
    found = centroids(_tone(1_000.0, 2.0), RATE)
    assert len(found) == 2
    assert abs(found[0] - 1_000.0) < 25.0


def test_every_level_is_told_at_times_and_hidden_at_others() -> None:
    codes = torch.full((len(LEVELS), 20), 3)
    rng = np.random.default_rng(0)
    shown = torch.stack([told(codes, rng) for _ in range(400)])
    share = (shown > 0).any(dim=-1).float().mean(dim=0)
    assert bool((share > 0.15).all())
    assert bool((share < 0.85).all())
    silent = (shown == 0).flatten(1).all(dim=1).float().mean()
    assert 0.1 < float(silent) < 0.25
    # A bar without its beat would say too little to be followed.
    assert not bool(((shown[:, 1] > 0).any(-1) & ~(shown[:, 0] > 0).any(-1)).any())
    assert bool(((shown == 0) | (shown == 3)).all())
