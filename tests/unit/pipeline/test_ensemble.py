"""What the stages are told of style and players."""

import pytest
import torch

from musiclm.corpus.compose import compose
from musiclm.pipeline.ensemble import Ensembles, families_of_style, playing_of, resting_of
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import controls_of
from musiclm.pipeline.wish import wishes_of
from musiclm.prompt.ensemble import FAMILIES, STYLES, family_of, said_of


@pytest.fixture
def ensembles(tiny: MusicLM) -> Ensembles:
    return Ensembles(tiny.mulan)


def by_nearness(music: MusicLM, text: str) -> list[str]:
    """All styles as the joint space has them."""
    mulan = music.mulan
    names = mulan.embed_text(list(STYLES)) - mulan.text_mean
    cosines = torch.cosine_similarity(names, mulan.embed_text([text]) - mulan.text_mean)
    return [STYLES[place] for place in cosines.argsort(descending=True).tolist()]


def test_a_style_that_is_named_wins_if_the_joint_space_agrees(
    tiny: MusicLM, ensembles: Ensembles
) -> None:
    point = tiny.mulan.embed_text(["horror"])[0]
    nearest, *_, last = order = by_nearness(tiny, "horror")
    assert nearest == "horror"
    (named,) = wishes_of(f"music like {order[5]}")
    assert ensembles.style(named, point) == order[5]
    # A word that lies farther than most styles meant something else.
    (misread,) = wishes_of(f"music like {last}")
    assert misread.named.styles == (last,)
    assert ensembles.style(misread, point) == "horror"
    (nothing,) = wishes_of("something for tonight")
    assert ensembles.style(nothing, point) == "horror"


def test_what_is_named_and_what_is_ruled_out(tiny: MusicLM, ensembles: Ensembles) -> None:
    (wish,) = wishes_of("a tango for violin and piano without drums or guitars")
    said = said_of(ensembles.codes(wish, tiny.mulan.embed_text(["tango"])[0]))
    assert said == {
        "style": "tango",
        "playing": ["acoustic_grand_piano", "violin"],
        "resting": ["guitar", "drums"],
    }


def test_a_style_that_nobody_names_has_the_instruments_that_are_named(
    tiny: MusicLM, ensembles: Ensembles
) -> None:
    point = tiny.mulan.embed_text(["koto"])[0]
    order = by_nearness(tiny, "koto")[:15]
    (wish,) = wishes_of("something for piano")
    found = ensembles.style(wish, point)
    first = next(style for style in order if "piano" in families_of_style(style))
    assert found == first
    (other,) = wishes_of("something for a choir without instruments")
    assert "choir" in families_of_style(ensembles.style(other, point))


@pytest.mark.parametrize("style", STYLES)
def test_what_a_style_plays_is_what_its_pieces_have(style: str) -> None:
    score = compose(style, 11, seconds=30.0)
    played = {family_of(part.instrument) for part in score.parts if part.notes}
    # A rare guest may be missing from the table.
    assert len(played - families_of_style(style)) <= 1
    assert played & families_of_style(style)


def test_who_plays_alone_silences_all_others() -> None:
    (wish,) = wishes_of("solo cello, very slow")
    assert playing_of(wish) == ("cello",)
    assert set(resting_of(wish)) == set(FAMILIES) - {"strings"}
    # The timeline and the hard facts say so of drums as well.
    assert controls_of(wish.facts).drums is False
    for with_drums in ("only bass and drums", "instruments: piano, jazz drums", "a cello, quiet"):
        assert controls_of(wishes_of(with_drums)[0].facts).drums is not False, with_drums


def test_mixtures_name_what_their_wanted_parts_name() -> None:
    (wish,) = wishes_of([("a flute", 1.0), ("jazz guitar", 2.0), ("an oboe", -1.0)])
    assert playing_of(wish) == ("jazz_guitar", "flute", "guitar")


def test_stages_are_told_in_every_frame(tiny: MusicLM) -> None:
    made = tiny.generate("a waltz for oboe, no drums", duration=2, seed=3)
    told = made.tokens["ensemble"][0]
    assert told.shape == (15, 50)
    assert (told == told[:, :1]).all()
    said = said_of(told[:, 0])
    assert said["playing"] == ["oboe"]
    assert said["resting"] == ["drums"]
    assert said["style"] in STYLES
    (event,) = [each for each in made.events[0] if each["what"] == "ensemble"]
    assert event["detail"] == said
    assert made.facts()["understood"]["playing"] == ["oboe"]
