"""Styles of the world: each composes in all it promises and keeps the hallmark of its tradition."""

from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from musiclm.corpus.compose import compose
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part, Score
from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.styles.world import flamenco, gamelan
from musiclm.corpus.styles.world._percussion import KEYS
from musiclm.corpus.theory import KEY_NAMES, MODES
from musiclm.evaluate.corpus.harmony import melody_fit

NAMES = [style.name for style in FAMILIES["world"]]
EVERY_STYLE = pytest.mark.parametrize("name", NAMES)
SEEDS = (0, 1)
NEAR = 0.13  # beats: players are human


@cache
def piece(name: str, seed: int, seconds: float = 32.0) -> Score:
    """Scores are frozen, so tests share them."""
    return compose(name, seed, seconds=seconds)


def in_metre(name: str, metre: tuple[int, int], seconds: float = 32.0) -> Score:
    return next(s for s in (piece(name, n, seconds) for n in range(40)) if s.metre == metre)


def parts(score: Score, *instruments: str, role: str = "") -> list[Part]:
    return [
        part
        for part in score.parts
        if part.instrument in instruments and (not role or part.role == role)
    ]


def bars_named(score: Score, *names: str) -> list[int]:
    """Numbers of the bars of these sections, without the last of each, where fills stand."""
    return [
        bar
        for section in score.sections
        if section.name in names
        for bar in range(section.start_bar, section.start_bar + section.n_bars - 1)
    ]


def onsets(score: Score, part: Part, bar: int) -> list[tuple[float, Note]]:
    """Notes of one bar with their place in it, on the grid of twelfths of a beat."""
    first = bar * score.beats_per_bar
    return [
        (round((note.start - first) * 12) / 12, note)
        for note in part.notes
        if first - NEAR <= note.start < first + score.beats_per_bar - NEAR
    ]


def first_bars(score: Score) -> dict[int, int]:
    """Bar number -> its number within its section."""
    return {
        section.start_bar + offset: offset
        for section in score.sections
        for offset in range(section.n_bars)
    }


# What every style owes.


def test_the_family_is_complete() -> None:
    assert NAMES == sorted(
        "afrobeat celtic cumbia flamenco gamelan japanese klezmer maqam raga salsa samba"
        " tango".split()
    )


@EVERY_STYLE
def test_the_same_seed_is_the_same_piece(name: str) -> None:
    assert compose(name, 1, seconds=24) == piece(name, 1, 24.0) != piece(name, 0, 24.0)


@EVERY_STYLE
@pytest.mark.parametrize("seconds", [24.0, 90.0])
def test_pieces_are_playable_and_come_home(name: str, seconds: float) -> None:
    score = piece(name, 1, seconds)
    assert 0.7 * seconds - 4 <= score.seconds() <= 1.3 * seconds + 8
    for part in score.parts:
        instrument = INSTRUMENTS[part.instrument]
        assert all(instrument.low <= note.pitch <= instrument.high for note in part.notes)
    lead = score.parts[0]
    assert lead.role == "lead"
    home = score.sections[-1].key or score.key
    assert lead.notes[-1].pitch % 12 == KEY_NAMES.index(home)
    sung = {int(note.start // score.beats_per_bar) for note in lead.notes}
    assert len(sung) >= 0.7 * score.n_bars


@EVERY_STYLE
def test_tunes_keep_to_chord_and_scale(name: str) -> None:
    for seed in SEEDS:
        fit = melody_fit(piece(name, seed))
        assert fit.n_fit >= 0.95 * fit.n_notes > 0


@EVERY_STYLE
def test_nobody_falls_silent(name: str) -> None:
    for seed in SEEDS:
        score = piece(name, seed)
        spans = sorted(
            (score.beat_to_seconds(note.start), score.beat_to_seconds(note.end))
            for part in score.parts
            for note in part.notes
        )
        sounding, longest = 0.0, 0.0
        for start, end in spans:
            longest = max(longest, start - sounding)
            sounding = max(sounding, end)
        assert longest < 1.0


@EVERY_STYLE
def test_tunes_of_different_seeds_differ(name: str) -> None:
    heads = {
        tuple(b.pitch - a.pitch for a, b in pairwise(piece(name, seed).parts[0].notes[:12]))
        for seed in (0, 1, 2)
    }
    assert len(heads) == 3


# Hallmarks, one tradition after the other.


def test_salsa_keeps_its_clave() -> None:
    for seed in SEEDS:
        score = piece("salsa", seed)
        (piano,) = parts(score, "acoustic_grand_piano", "bright_piano")
        (congas,) = parts(score, "hand_drums")
        within = first_bars(score)
        two_first = 4 not in MODES[score.mode]
        for bar in bars_named(score, "verse", "montuno"):
            on_two_side = (within[bar] % 2 == 0) == two_first
            clave = [at for at, note in onsets(score, congas, bar) if note.pitch == KEYS["claves"]]
            assert clave == ([1.0, 2.0] if on_two_side else [0.0, 1.5, 3.0])
            downbeat = any(at == 0 for at, _ in onsets(score, piano, bar))
            assert downbeat == on_two_side


def test_salsa_bass_waits_for_the_off_beat_and_anticipates() -> None:
    score = piece("salsa", 0)
    (bass,) = [part for part in score.parts if part.role == "bass"]
    for bar in bars_named(score, "verse", "montuno"):
        assert [at for at, _ in onsets(score, bass, bar)] == [1.5, 3.0]


def test_tango_has_no_drums_and_ends_with_chan_chan() -> None:
    for seed in SEEDS:
        score = piece("tango", seed)
        assert not any(part.is_drums for part in score.parts)
        (piano,) = parts(score, "acoustic_grand_piano")
        struck = onsets(score, piano, score.n_bars - 1)
        assert {at for at, _ in struck} == {0.0, 1.0}
        loud = max(note.velocity for at, note in struck if at == 0)
        soft = max(note.velocity for at, note in struck if at == 1)
        assert soft < 0.8 * loud


def test_flamenco_falls_by_the_andalusian_cadence() -> None:
    for seed in SEEDS:
        score = piece("flamenco", seed)
        home = KEY_NAMES.index(score.key)
        roots = [chord.root for chord in score.chords]
        assert roots[-1] == home
        falls = [(a - home) % 12 for a, b in pairwise(roots) if b == home]
        assert Counter(falls).most_common(1)[0][0] == 1
        final = score.chords[-1]
        assert (home + 4) % 12 in final.pitch_classes


def test_palmas_mark_the_twelve_beats_of_the_solea() -> None:
    score = in_metre("flamenco", (3, 4))
    (hands,) = parts(score, "hand_drums")
    within = first_bars(score)
    strong: list[int] = []
    weak: list[int] = []
    for bar in bars_named(score, "falseta", "copla"):
        for at, note in onsets(score, hands, bar):
            if note.pitch == KEYS["clap"] and at == int(at):
                number = within[bar] % 4 * 3 + int(at)
                (strong if number in flamenco.ACCENTS else weak).append(note.velocity)
    assert strong
    assert min(strong) > max(weak, default=0) - 12
    assert sum(strong) / len(strong) > sum(weak) / max(1, len(weak)) + 10


def test_samba_leans_on_the_second_beat() -> None:
    for seed in SEEDS:
        score = piece("samba", seed)
        assert score.metre == (2, 4)
        (kit,) = parts(score, "standard_kit")
        for bar in bars_named(score, "primeira", "refrao"):
            surdo = [at for at, note in onsets(score, kit, bar) if note.pitch == KEYS["surdo"]]
            assert 1.0 in surdo
            assert 0.0 not in surdo


def test_cumbia_chords_fall_off_the_beat() -> None:
    score = piece("cumbia", 0)
    keys = [part for part in parts(score, "accordion", "reed_organ") if part.role == "chords"]
    for bar in bars_named(score, "estrofa", "coro"):
        assert {at % 1 for at, _ in onsets(score, keys[0], bar)} <= {0.5, 0.75}
    (drums,) = parts(score, "hand_drums")
    guiro = [note for note in drums.notes if note.pitch == KEYS["guiro"]]
    assert len(guiro) > 8 * len(bars_named(score, "estrofa", "coro"))


def test_afrobeat_guitars_interlock_over_an_ostinato() -> None:
    for seed in SEEDS:
        score = piece("afrobeat", seed)
        (first,) = parts(score, "clean_guitar")
        (second,) = parts(score, "muted_guitar")
        (bass,) = parts(score, "finger_bass")
        rhythms = []
        for bar in bars_named(score, "theme", "solo"):
            one = {at for at, _ in onsets(score, first, bar)}
            other = {at for at, _ in onsets(score, second, bar)}
            assert one & other <= {0.0}
            assert len(one | other) == (12 if score.metre == (12, 8) else 16)
            rhythms.append(tuple(at for at, _ in onsets(score, bass, bar)))
        assert len(set(rhythms)) <= 2


def test_klezmer_is_oom_and_pah() -> None:
    score = in_metre("klezmer", (2, 4))
    (bass,) = [part for part in score.parts if part.role == "bass"]
    (pah,) = parts(score, "accordion", role="chords")
    for bar in bars_named(score, "tants", "kehre"):
        assert {at % 1 for at, _ in onsets(score, bass, bar)} == {0.0}
        assert 0.0 not in {at % 1 for at, _ in onsets(score, pah, bar)}


def test_a_doina_comes_before_the_dance_and_out_of_time() -> None:
    score = next(
        s for s in (piece("klezmer", n, 90.0) for n in range(20)) if s.sections[0].name == "doina"
    )
    ends = score.sections[0].n_bars * score.beats_per_bar
    drums = next(part for part in score.parts if part.is_drums)
    assert min(note.start for note in drums.notes) > ends - 0.5
    free = [note.start * 4 % 1 for note in score.parts[0].notes if note.start < ends]
    assert len(free) > 8
    assert sum(0.15 < place < 0.85 for place in free) > 0.4 * len(free)


def skeleton(score: Score, start_bar: int) -> list[int]:
    """What sounds just before the beats: ornaments differ, the tune does not."""
    lead = score.parts[0].notes[::-1]
    return [
        next((note.pitch for note in lead if note.start <= at + 0.02), 0)
        for bar in range(start_bar, start_bar + 3)
        for at in (bar * score.beats_per_bar + 0.95, bar * score.beats_per_bar + 1.95)
    ]


def test_celtic_strains_are_played_twice_note_for_note() -> None:
    for seed in SEEDS:
        score = piece("celtic", seed)
        names = [section.name for section in score.sections]
        twice = [i for i, (a, b) in enumerate(pairwise(names)) if a == b and a in ("tune", "turn")]
        assert twice
        first, again = score.sections[twice[0]], score.sections[twice[0] + 1]
        assert skeleton(score, first.start_bar) == skeleton(score, again.start_bar)


def test_maqam_begins_with_a_taqsim_over_the_tonic() -> None:
    for seed in SEEDS:
        score = piece("maqam", seed)
        home = KEY_NAMES.index(score.key)
        assert score.sections[0].name == "taqsim"
        ends = score.sections[0].n_bars * score.beats_per_bar
        (drums,) = parts(score, "hand_drums")
        assert min(note.start for note in drums.notes) > ends - 0.5
        (bass,) = [part for part in score.parts if part.role == "bass"]
        assert {note.pitch % 12 for note in bass.notes} == {home}
        for bar in bars_named(score, "khana", "taslim"):
            dum = [at for at, n in onsets(score, drums, bar) if n.pitch == KEYS["conga_low"]]
            assert dum[0] == 0


def test_raga_keeps_its_tanpura_from_the_first_bar_to_the_last() -> None:
    for seed in SEEDS:
        score = piece("raga", seed)
        home = KEY_NAMES.index(score.key)
        (tanpura,) = parts(score, "tanpura")
        assert {note.pitch % 12 for note in tanpura.notes} == {home, (home + 7) % 12}
        for bar in range(score.n_bars):
            assert len(onsets(score, tanpura, bar)) == score.beats_per_bar
        assert score.sections[0].name == "alap"
        ends = score.sections[0].n_bars * score.beats_per_bar
        (tabla,) = parts(score, "tabla")
        assert min(note.start for note in tabla.notes) > ends - 0.5
        scale = {(home + step) % 12 for step in MODES[score.mode]}
        assert {note.pitch % 12 for note in score.parts[0].notes} <= scale


def test_japanese_music_has_five_tones_and_drums_only_when_it_moves() -> None:
    for seed in SEEDS:
        score = piece("japanese", seed)
        home = KEY_NAMES.index(score.key)
        scale = {(home + step) % 12 for step in MODES[score.mode]}
        assert len(scale) == 5
        for part in score.parts:
            if not part.is_drums:
                assert {note.pitch % 12 for note in part.notes} <= scale
        loud = {
            bar
            for section in score.sections
            if section.name in ("ha", "kyu", "ending")
            for bar in range(section.start_bar, section.start_bar + section.n_bars)
        }
        for part in score.parts:
            if part.is_drums:
                played = {int((note.start + NEAR) // 4) for note in part.notes}
                assert played <= loud


def test_gongs_close_the_cycle() -> None:
    for seed in SEEDS:
        score = piece("gamelan", seed)
        (gong,) = parts(score, "gong")
        home = KEY_NAMES.index(score.key)
        lowest = min(note.pitch for note in gong.notes)
        assert lowest % 12 == home
        struck = sorted(round(note.start / 4, 1) for note in gong.notes if note.pitch == lowest)
        wanted = [bar for bar, place in first_bars(score).items() if place % gamelan.CYCLE == 0]
        assert struck == sorted({*wanted, score.n_bars - 1})
        saron = score.parts[0]
        # Where the gong falls, the skeleton has come home.
        for section in score.sections[1:]:
            arrival = onsets(score, saron, section.start_bar)[0][1]
            assert arrival.pitch % 12 == home


def test_bonangs_fit_together_like_fingers() -> None:
    score = piece("gamelan", 0)
    polos, sangsih = parts(score, "bonang", role="arpeggio")
    for bar in bars_named(score, "lagu"):
        one = {at for at, _ in onsets(score, polos, bar)}
        other = {at for at, _ in onsets(score, sangsih, bar)}
        assert not one & other
        assert len(one | other) == 16
