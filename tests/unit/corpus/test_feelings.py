"""Moods lie on four axes and bend pieces as they should; scenes name what exists."""

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.moods import MOODS, Mood
from musiclm.corpus.craft.scenes import SCENES


def test_there_are_enough_and_they_cover_the_axes() -> None:
    assert len(MOODS) >= 40
    assert len(SCENES) >= 60
    for axis in ("valence", "arousal", "tension", "warmth"):
        values = [getattr(mood, axis) for mood in MOODS.values()]
        assert min(values) <= -0.6
        assert max(values) >= 0.6
        assert all(-1 <= value <= 1 for value in values)
    quadrants = {(mood.valence > 0, mood.arousal > 0) for mood in MOODS.values()}
    assert len(quadrants) == 4


@pytest.mark.parametrize("name", sorted(MOODS))
def test_what_a_mood_does_stays_within_reason(name: str) -> None:
    mood = MOODS[name]
    assert 0.1 <= mood.minor <= 9
    assert -1 <= mood.pace <= 1
    assert abs(mood.energy) <= 0.26
    assert abs(mood.density) <= 0.75
    assert abs(mood.register) <= 6
    assert abs(mood.brightness) <= 0.25
    assert -0.1 <= mood.reverb <= 0.3
    assert 0.65 <= mood.staccato <= 1
    assert set(mood.arcs) <= {"arch", "build", "steady", "waves", "fade"}


def test_moods_act_as_their_names_say() -> None:
    assert MOODS["sad"].minor > 3 > 1 > MOODS["happy"].minor
    assert MOODS["frantic"].pace > 0.7 > -0.6 > MOODS["calm"].pace
    assert MOODS["epic"].energy > 0.1 > -0.1 > MOODS["tender"].energy
    assert MOODS["dark"].register < 0 < MOODS["playful"].register
    assert MOODS["playful"].staccato < 0.8 < MOODS["dreamy"].staccato
    assert "build" in MOODS["suspenseful"].arcs


@pytest.mark.parametrize("name", sorted(SCENES))
def test_scenes_name_what_exists(name: str) -> None:
    scene = SCENES[name]
    assert len(scene.moods) >= 3
    assert set(scene.moods) <= set(MOODS)
    assert set(scene.styles) <= set(STYLES)
    assert scene.families or len(scene.styles) >= 3


def test_a_scene_bends_a_mood() -> None:
    calm = MOODS["calm"]
    asleep = SCENES["falling asleep"].bend(calm)
    assert isinstance(asleep, Mood)
    assert asleep.pace < calm.pace
    assert asleep.energy < calm.energy
    assert asleep.pace >= -1
    assert asleep.valence == calm.valence


def test_named_styles_suit_a_scene_best() -> None:
    rain = SCENES["rainy night drive"]
    assert rain.suits("slow blues", "jazz_blues") > rain.suits("bebop", "jazz_blues") > 0
    assert rain.suits("samba", "world") == 0
