"""Scores: felt beats, tempo curves, and the way to MIDI and back."""

import mido
import pytest

from musiclm.corpus.compose import compose
from musiclm.corpus.score import Note, Part, Score, Section, beats_in_bar, from_midi
from musiclm.errors import ConfigError, DataError


def make_score(
    *parts: Part,
    metre: tuple[int, int] = (4, 4),
    curve: tuple[tuple[float, float], ...] = ((0.0, 120.0),),
) -> Score:
    return Score(
        title="Étude",
        style="waltz",
        mood="calm",
        tempo_bpm=120.0,
        tempo_curve=curve,
        key="C",
        mode="major",
        metre=metre,
        swing=0.0,
        parts=parts,
        sections=(Section("a", 0, 2, 0.5),),
        seed=1,
        production={"reverb": 0.25},
    )


def piano(*notes: Note) -> Part:
    return Part("lead", "acoustic_grand_piano", notes, pan=-0.5, gain_db=-3.0)


@pytest.mark.parametrize(
    ("metre", "beats"), [((4, 4), 4), ((3, 4), 3), ((6, 8), 2), ((12, 8), 4), ((5, 4), 5)]
)
def test_a_compound_metre_is_felt_in_dotted_beats(metre: tuple[int, int], beats: int) -> None:
    assert beats_in_bar(metre) == beats


def test_seconds_follow_every_step_of_the_tempo() -> None:
    score = make_score(curve=((0.0, 120.0), (4.0, 60.0), (6.0, 30.0)))
    assert score.beat_to_seconds(0) == 0
    assert score.beat_to_seconds(4) == pytest.approx(2.0)
    assert score.beat_to_seconds(5) == pytest.approx(3.0)
    assert score.beat_to_seconds(7) == pytest.approx(2.0 + 2.0 + 2.0)
    assert score.seconds() == pytest.approx(2.0 + 2.0 + 4.0)


def test_a_note_that_rings_on_lengthens_the_piece() -> None:
    assert make_score(piano(Note(7, 3, 60, 90))).n_beats == 10


def test_midi_keeps_everything_but_fractions_of_a_tick() -> None:
    drums = Part("drums", "jazz_kit", (Note(0, 0.5, 36, 100), Note(1, 0.5, 38, 80)))
    # Two notes of one key, the second beginning where the first ends.
    score = make_score(piano(Note(0, 1, 60, 90), Note(0.5, 1, 64, 70), Note(1, 1, 60, 50)), drums)
    assert from_midi(score.to_midi()) == score


def test_midi_of_a_compound_metre_keeps_its_speed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    score = make_score(piano(Note(0, 1, 60, 90), Note(3, 1, 62, 90)), metre=(6, 8))
    path = tmp_path / "piece.mid"
    score.to_midi().save(path)
    # Four dotted quarters at 120 a minute are two seconds, which any MIDI player must agree with.
    assert mido.MidiFile(path).length == pytest.approx(2.0, abs=0.01)
    assert from_midi(path) == score


def test_a_composed_piece_survives_midi() -> None:
    score = compose("slow blues", seed=3)
    read = from_midi(score.to_midi())
    assert [part.role for part in read.parts] == [part.role for part in score.parts]
    for before, after in zip(score.parts, read.parts, strict=True):
        assert len(before.notes) == len(after.notes)
        for a, b in zip(
            before.notes, sorted(after.notes, key=lambda n: (n.start, n.pitch)), strict=True
        ):
            assert abs(a.start - b.start) < 0.01
    assert read.sections == score.sections
    assert read.production == score.production


def test_foreign_midi_is_refused() -> None:
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60)]))
    with pytest.raises(DataError, match=r"was not written by musiclm .*only files from Score"):
        from_midi(file)


def test_more_parts_than_channels_are_refused() -> None:
    with pytest.raises(ConfigError, match="MIDI has 15 channels for pitched parts, got 16"):
        make_score(*[piano(Note(0, 1, 60, 90))] * 16).to_midi()
