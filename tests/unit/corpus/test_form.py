"""Forms in words fit any length and keep what they promise."""

from dataclasses import replace
from random import Random

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.blocks import COMMON, Bar, Stretch, Style
from musiclm.corpus.craft.check import check_style
from musiclm.corpus.craft.form import Block, lay_out
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.plan import chart_of, harmonize
from musiclm.corpus.score import Section
from musiclm.errors import ConfigError

WORDS = replace(
    STYLES["waltz"],
    metres={COMMON: 1.0},
    phrase_bars=4,
    plans=("intro verse verse chorus build chorus+2 outro",),
    stretches={
        "intro": Stretch("", 4, tune=False),
        "verse": Stretch("A", 8),
        "chorus": Stretch("B", 8, energy=0.2),
        "build": Stretch("C", 4, swell=0.4, drums=False),
        "outro": Stretch("", 4, mode="minor"),
    },
)


PLAIN = replace(WORDS, plans=("intro verse verse chorus outro",))


def laid_out(style: Style, seconds: float, seed: int = 0) -> list[Block]:
    return lay_out(style, MOODS["happy"], "steady", 2.0, seconds, Random(seed))[0]


@pytest.mark.parametrize("style", [PLAIN, WORDS])
@pytest.mark.parametrize("seconds", [30, 45, 60, 90, 150, 240])
def test_a_form_fits_the_wanted_length(style: Style, seconds: int) -> None:
    for seed in range(4):
        blocks = laid_out(style, seconds, seed)
        bars = sum(block.bars for block in blocks)
        assert abs(2.0 * bars - seconds) <= max(9, 0.12 * seconds)


@pytest.mark.parametrize("seconds", [30, 60, 240])
def test_the_first_and_last_words_are_kept(seconds: int) -> None:
    blocks = laid_out(WORDS, seconds)
    assert (blocks[0].name, blocks[-1].name) == ("intro", "outro")
    assert {"verse", "chorus"} <= {block.name for block in blocks}


def test_a_plan_of_the_right_length_is_played_as_written() -> None:
    blocks = laid_out(WORDS, 88)
    names = [block.name for block in blocks]
    assert names == ["intro", "verse", "verse", "chorus", "build", "chorus", "outro"]
    assert [block.shift for block in blocks] == [0, 0, 0, 0, 0, 2, 2]


def test_words_without_chords_borrow_them() -> None:
    blocks = laid_out(WORDS, 88)
    assert (blocks[0].letter, blocks[-1].letter) == ("A", "B")
    assert not blocks[0].tune
    assert not blocks[4].drums


def test_loud_pieces_still_have_louder_sections() -> None:
    style = replace(WORDS, energy=1.1)
    levels = {block.name: block.level for block in laid_out(style, 88)}
    assert levels["verse"] < levels["chorus"] < 1.0


def bars_of(style: Style) -> tuple[list[Section], list[Bar]]:
    blocks = laid_out(style, 88)
    return harmonize(style, blocks, 8, tonic=9, mode="major", metre=COMMON, rng=Random(1))


def test_bars_carry_their_key_and_their_place() -> None:
    sections, bars = bars_of(WORDS)
    assert [section.key for section in sections] == ["A"] * 5 + ["B"] * 2
    assert sections[-1].mode == "minor"
    assert {(bar.tonic, bar.mode) for bar in bars if bar.name == "verse"} == {(9, "major")}
    assert {bar.tonic for bar in bars[-12:]} == {11}
    assert bars[-1].is_last
    assert bars[-1].chord_at(bars[-1].start).root == 11
    assert [bar.tune for bar in bars[:5]] == [False] * 4 + [True]


def test_a_build_grows_from_its_first_bar_to_its_last() -> None:
    _, bars = bars_of(WORDS)
    levels = [bar.intensity for bar in bars if bar.name == "build"]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] == pytest.approx(0.4, abs=0.1)


def test_the_dominant_of_the_new_key_leads_into_it() -> None:
    _, bars = bars_of(WORDS)
    first = next(bar for bar in bars if bar.tonic == 11)
    before = bars[first.number - 1]
    assert before.spans[-1].chord.symbol == "Gb7" or before.spans[-1].chord.symbol == "F#7"


def test_the_chart_covers_every_beat_once() -> None:
    _, bars = bars_of(WORDS)
    chart = chart_of(WORDS, bars)
    at = 0.0
    for span in chart:
        assert span.start == at
        assert set(span.pitch_classes) <= set(span.scale)
        at += span.beats
    assert at == bars[-1].start + 4


def test_faults_of_a_style_are_named() -> None:
    wrong = replace(
        WORDS,
        name="broken",
        plans=("intro refrain outro",),
        treatments={"purple": 1.0},
        modes={"major": 1.0, "martian": 1.0},
    )
    with pytest.raises(ConfigError, match="style 'broken' is not whole") as caught:
        check_style(wrong)
    for fault in ("'refrain', which stretches lacks", "treatments has 'purple'", "'martian'"):
        assert fault in str(caught.value)


def test_a_style_without_plans_is_refused() -> None:
    with pytest.raises(ConfigError, match="plans is empty: spell at least one form"):
        check_style(replace(WORDS, plans=()))
