"""Facts are counted from the notes."""

from dataclasses import replace

import pytest

from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import Facts, facts_of, tempo_class
from musiclm.corpus.score import Note, Part, Score, Section


def make_score(*parts: Part, levels: tuple[float, ...] = (0.5, 0.5)) -> Score:
    sections = tuple(Section(f"s{i}", 2 * i, 2, level) for i, level in enumerate(levels))
    return Score(
        title="t",
        style="rock",
        mood="happy",
        tempo_bpm=119.6,
        tempo_curve=((0.0, 120.0),),
        key="F#",
        mode="dorian",
        metre=(4, 4),
        swing=0.0,
        parts=parts,
        sections=sections,
        seed=0,
    )


def held(instrument: str, role: str, bars: int = 4, velocity: int = 80) -> Part:
    pitch = 38 if role == "drums" else 60
    return Part(role, instrument, tuple(Note(4.0 * b, 4, pitch, velocity) for b in range(bars)))


@pytest.mark.parametrize(
    ("bpm", "name"), [(50, "slow"), (89, "slow"), (90, "medium"), (125, "medium"), (126, "fast")]
)
def test_tempo_classes(bpm: int, name: str) -> None:
    assert tempo_class(bpm) == name


def test_facts_of_a_small_piece() -> None:
    facts = facts_of(
        make_score(held("warm_pad", "pad"), held("flute", "lead"), held("jazz_kit", "drums"))
    )
    assert facts.tempo_bpm == 120
    assert facts.tempo_class == "medium"
    assert (facts.key, facts.mode, facts.metre) == ("F#", "dorian", "4/4")
    assert facts.drums
    assert (facts.lead, facts.lead_family) == ("flute", "flute")
    assert facts.instruments == ["flute", "warm_pad", "jazz_kit"]
    assert facts.seconds == pytest.approx(8.0)
    assert [(s.start_seconds, s.seconds) for s in facts.sections] == [(0.0, 4.0), (4.0, 4.0)]


def test_a_single_drum_hit_does_not_make_drums() -> None:
    facts = facts_of(make_score(held("flute", "lead"), held("jazz_kit", "drums", bars=1)))
    assert not facts.drums
    assert facts.instruments == ["flute"]


def test_without_a_lead_the_most_prominent_part_leads() -> None:
    quiet = held("violin", "chords", velocity=30)
    facts = facts_of(make_score(quiet, held("harp", "arpeggio"), held("tuba", "bass")))
    assert facts.lead == "harp"


@pytest.mark.parametrize(
    ("levels", "name"),
    [
        ((0.3, 0.5, 0.8), "growing"),
        ((0.8, 0.5, 0.3), "fading"),
        ((0.3, 0.3, 0.3), "soft"),
        ((0.9, 0.9, 0.8), "loud"),
        ((0.6, 0.5, 0.6), "steady"),
    ],
)
def test_dynamics(levels: tuple[float, ...], name: str) -> None:
    assert facts_of(make_score(held("flute", "lead", bars=6), levels=levels)).dynamics == name


@pytest.mark.parametrize("style", sorted(STYLES))
def test_facts_agree_with_the_score(style: str) -> None:
    score = compose(style, seed=8)
    facts = facts_of(score)
    assert facts.lead == score.parts[0].instrument
    assert facts.seconds == pytest.approx(score.seconds(), abs=0.01)
    assert sum(s.seconds for s in facts.sections) == pytest.approx(facts.seconds, abs=0.05)
    assert Facts.from_json(facts.to_json()) == facts


def test_drums_and_lead_are_not_given_away_by_the_style() -> None:
    facts = [facts_of(compose("folk", seed, seconds=10)) for seed in range(12)]
    assert {fact.drums for fact in facts} == {True, False}
    assert len({fact.lead for fact in facts}) >= 2
    assert len({fact.tempo_class for fact in facts}) >= 2


def test_sections_say_who_plays() -> None:
    late = Part("chords", "harp", (Note(8.0, 4, 60, 80), Note(12.0, 4, 64, 80)))
    drums = Part("drums", "jazz_kit", tuple(Note(8.0 + b, 0.2, 38, 80) for b in range(8)))
    facts = facts_of(make_score(held("flute", "lead"), late, drums, levels=(0.4, 0.7)))
    first, second = facts.sections
    assert (first.instruments, first.drums, first.intensity) == (["flute"], False, 0.4)
    assert (second.instruments, second.drums) == (["flute", "harp", "jazz_kit"], True)
    assert (first.key, first.mode) == ("F#", "dorian")
    assert facts.form == ["s0", "s1"]
    assert facts.roles == {"flute": "lead", "harp": "chords", "jazz_kit": "drums"}


def test_what_is_absent_never_sounds() -> None:
    score = make_score(held("flute", "lead"), held("saw_lead", "chords"), held("tuba", "bass"))
    # A tuba that plays the bass is a bass, and brass.
    assert facts_of(score).absent == ["drums", "strings", "guitar", "piano", "choir"]


def test_density_counts_strokes_not_notes() -> None:
    def struck(times: int) -> Part:
        notes = [
            Note(i * 16 / times, 0.1, pitch, 80) for i in range(times) for pitch in (60, 64, 67)
        ]
        return Part("chords", "harp", tuple(notes))

    # Sixteen beats at 120 a minute are eight seconds.
    assert facts_of(make_score(struck(16))).density == "sparse"
    assert facts_of(make_score(struck(40))).density == "moderate"
    assert facts_of(make_score(struck(64))).density == "busy"


def test_a_change_of_key_is_a_modulation() -> None:
    score = make_score(held("flute", "lead"))
    assert not facts_of(score).modulates
    first, second = score.sections
    moved = replace(score, sections=(first, replace(second, key="G")), swing=0.5, ending="fade")
    facts = facts_of(moved)
    assert facts.modulates
    assert facts.swing
    assert facts.ending == "fade"
    assert facts.sections[1].key == "G"


def test_the_mood_gives_its_axes() -> None:
    facts = facts_of(make_score(held("flute", "lead")))
    assert facts.valence > 0.5
    assert facts.warmth > 0
    assert facts.family == "pop_rock"
