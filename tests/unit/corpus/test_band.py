"""Players come and go by section, and drummers fill on the grid of every metre."""

from dataclasses import replace
from random import Random

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.band import Band
from musiclm.corpus.craft.blocks import (
    COMMON,
    FIVE,
    SEVEN,
    WALTZ,
    Bar,
    Drums,
    Metre,
    Span,
    Stretch,
    Style,
)
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import DRUM_KEYS, drum_bar
from musiclm.corpus.craft.form import lay_out
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.plan import harmonize
from musiclm.corpus.score import Note, Part, beats_in_bar
from musiclm.corpus.theory import chord

FOLK = replace(
    STYLES["folk"],
    phrase_bars=4,
    plans=("intro verse chorus verse chorus ending",),
    stretches={
        "intro": Stretch("", 2, tune=False),
        "verse": Stretch("A", 8),
        "chorus": Stretch("B", 8, energy=0.16),
        "ending": Stretch("", 2),
    },
)


def band_of(style: Style, seconds: float, seed: int = 0) -> Band:
    metre = next(iter(style.metres))
    arc = next(iter(style.arcs))
    blocks, phrase = lay_out(style, MOODS["happy"], arc, 2.0, seconds, Random(seed))
    _, bars = harmonize(style, blocks, phrase, tonic=2, mode="major", metre=metre, rng=Random(seed))
    return Band(style, MOODS["happy"], bars, phrase, 2, "major", metre, 110.0, seed)


def sections_of(part: Part, band: Band) -> set[int]:
    beats = band.bars[0].beats
    return {band.bars[int(note.start // beats)].section for note in part.notes if note.start >= 0}


def test_layers_keep_to_their_sections() -> None:
    layer = replace(
        FOLK.layers[0], chance=1.0, enter=0.0, writer="pad", only=("chorus",), role="pad"
    )
    style = replace(FOLK, layers=(layer,), drums=(), percussion=())
    band = band_of(style, 60)
    (part,) = (part for part in band.play() if part.role == "pad")
    names = {
        bar.name for bar in band.bars for n in part.notes if bar.start <= n.start < bar.start + 4
    }
    assert names == {"chorus"}


def test_styles_may_write_for_themselves() -> None:
    def tune(brief: Brief) -> list[Note]:
        return [Note(bar.start, 1.0, brief.low, 80) for bar in brief.bars]

    def kit(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
        return [Note(bar.start, 0.2, 36, 90)] if rng.random() <= 1 else []

    drums = Drums(kits=("standard_kit",), grooves={}, writer=kit)
    style = replace(
        FOLK, melody=replace(FOLK.melody, writer=tune), layers=(), drums=(drums,), percussion=()
    )
    band = band_of(style, 40)
    lead, beats = band.play()
    assert len(lead.notes) == len(band.bars)
    assert {note.pitch for note in beats.notes} == {36}
    whole = replace(style, writer=lambda brief: [Part("lead", "flute", tuple(tune(brief)))])
    assert [part.instrument for part in band_of(whole, 40).play()] == ["flute"]


def bar_in(metre: Metre, to_go: int, intensity: float = 0.8) -> Bar:
    beats = beats_in_bar(metre)
    over = chord("I", 0)
    return Bar(
        number=3,
        start=3.0 * beats,
        beats=beats,
        spans=(Span(3.0 * beats, float(beats), over),),
        following=over,
        section=0,
        letter="A",
        in_section=3,
        to_go=to_go,
        intensity=intensity,
        is_last=False,
    )


@pytest.mark.parametrize("metre", [COMMON, WALTZ, FIVE, SEVEN, (2, 4)])
@pytest.mark.parametrize("fills", ["rock", "electronic", "latin", "soft"])
def test_fills_stay_on_the_grid(metre: Metre, fills: str) -> None:
    bar = bar_in(metre, to_go=0)
    for seed in range(8):
        notes = drum_bar({"hat": "x" * 8}, fills, bar, Random(seed), crash=True, compound=False)
        filled = [note for note in notes if note.pitch != DRUM_KEYS["hat"]]
        for note in filled:
            assert bar.start <= note.start < bar.start + bar.beats
            assert (4 * (note.start - bar.start)) % 1 == 0


def test_small_fills_mark_the_fourth_bar_of_kits_with_a_snare() -> None:
    bar = bar_in(COMMON, to_go=4)

    def marked(groove: dict[str, str]) -> int:
        plain = len(drum_bar(groove, "none", bar, Random(0), crash=False, compound=False))
        return sum(
            len(drum_bar(groove, "rock", bar, Random(seed), crash=False, compound=False)) != plain
            for seed in range(40)
        )

    assert 4 <= marked({"snare": "..X.", "hat": "xxxx"}) <= 24
    assert marked({"conga": "x.x."}) == 0
