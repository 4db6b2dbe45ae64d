"""What is filled in where nobody says a tempo, a bar or chords."""

from random import Random

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import FREE, Controls, Timeline, chord_bars
from musiclm.pipeline.usual import UsualControls, usual_chords
from musiclm.pipeline.wish import wishes_of
from musiclm.prompt.timeline import level_of


def completed(music: MusicLM, prompt: str, controls: Controls, seed: int = 0) -> Controls:
    (wish,) = wishes_of(prompt)
    facts = wish.facts
    return UsualControls(music.mulan).complete(
        controls,
        music.mulan.embed_text([prompt])[0],
        style="bossa nova",
        pace=facts.pace,
        key=facts.key,
        mode=facts.mode,
        seed=seed,
    )


def test_what_was_said_stays(tiny: MusicLM) -> None:
    said = Controls(tempo=77.0, beats_per_bar=5, drums=False, chords="C | G")
    assert completed(tiny, "calm piano in D minor", said) == said


def test_a_usual_tempo_is_drawn_by_the_seed(tiny: MusicLM) -> None:
    found = [completed(tiny, "calm piano", Controls(), seed) for seed in range(8)]
    assert found[3] == completed(tiny, "calm piano", Controls(), 3)
    tempi = {each.tempo for each in found}
    assert len(tempi) > 2
    assert all(tempo is not None and 30 <= tempo <= 300 for tempo in tempi)
    assert all(each.beats_per_bar for each in found)
    assert len({each.chords for each in found}) > 2


def test_chords_may_be_left_to_the_model(tiny: MusicLM) -> None:
    free = completed(tiny, "calm piano in D minor", Controls(chords=FREE))
    assert free.chords == FREE
    timeline = Timeline(8.0)
    timeline.extend(50, free)
    assert not bool(timeline.codes[:, level_of("chord")].any())
    assert bool(timeline.codes[:, level_of("beat")].all())


@pytest.mark.parametrize("mode", ["minor", "major", "dorian", "mixolydian", "lydian"])
def test_every_mode_that_a_prompt_may_name_has_chords(tiny: MusicLM, mode: str) -> None:
    chords = completed(tiny, f"jazz in D {mode}", Controls()).chords
    assert chords is not None
    assert len(chord_bars(chords)) >= 4


def test_every_style_has_chords_in_every_mode() -> None:
    for style in STYLES.values():
        for mode in ("major", "minor", "phrygian"):
            assert len(chord_bars(usual_chords(style, 7, mode, Random(1)))) >= 4
