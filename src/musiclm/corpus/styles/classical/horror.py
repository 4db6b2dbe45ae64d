"""Horror: clusters that creep by semitones over a drone, sudden blows, a nursery tune gone wrong.

Clusters and tritones move in blocks on purpose; there are no voices in the classical sense and no
beat to hold on to. The tune is a music box (or a child's voice) that limps.
"""

from collections.abc import Sequence
from random import Random

from musiclm.corpus.craft.blocks import COMMON, FIVE, WALTZ, Bar, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Note, Part
from musiclm.corpus.styles.classical._ground import lay_ground
from musiclm.corpus.styles.classical._stage import Staff, Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, Tone
from musiclm.corpus.theory import nearest, place

_CELLS = {
    COMMON: ("x---x---", "x-x-x---", "x-----x-", "x---..x-", "x-xxx---", "x-x-x-x-"),
    WALTZ: ("x-x-x-", "x---x-", "x-xxx-", "x-----", "x-x-.."),
    FIVE: ("x---x---x-", "x-x-x---x-", "x-----x---", "x-x---x-x-"),
}
_ENDS = {
    COMMON: ("x-x-....", "x-------", "x---...."),
    WALTZ: ("x-----", "x-...."),
    FIVE: ("x---x-....", "x---------"),
}
_DIM = {
    "A": (
        "io | io | #ivo | io | bIIo | bIIo | io | io",
        "io | bIIIo | io | bIIIo | #ivo | #ivo | bIIo | io",
        "io7 | io7 | bIIo | io | #ivo7 | #ivo7 | io | io",
    ),
    "B": (
        "#ivo | #ivo | vio | vio | bIIIo | bIIo | io | io",
        "bIIo7 | io7 | bIIo7 | io7 | bIIIo | bIIo | io | io",
    ),
    "I": ("io | io | bIIo | io",),
    "end": ("bIIo", "#ivo"),
    "final": ("io", "i"),
}
_DARK = {
    "A": (
        "i | i | bii | i | i | #ivo | bII | i",
        "i | bvi | i | biii | i | bvi | #ivo | i",
        "i | i | #iv | #iv | bII | bII | i | i",
        "i | biii | #iv | vi | i | bvi | bII | i",
    ),
    "B": ("bII | i | bII | i | biii | bii | #ivo | i", "#iv | i | #iv | i | bvi | bii | #ivo | i"),
    "I": ("i | i | bii | i",),
    "end": ("bII", "#iv"),
    "final": ("i", "io"),
}
_HARMONY: Bank = {"octatonic": _DIM, "minor": _DARK, "phrygian": _DARK, "hungarian minor": _DARK}


def write(brief: Brief) -> list[Part]:
    """Turn the lights off."""
    rng = stream(brief, "night")
    stage = Stage(brief)
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    rules = Rules(72, 90, pull=0.5, leap=0.6, repeat=1.0, freedom=1.4)
    ground = lay_ground(
        brief, Idiom(_CELLS, _ENDS, rules, density=1.3, decorate=0.2), bass=(29, 42), inner=()
    )
    who = rng.choice(("music_box", "music_box", "celesta", "voice_oohs"))
    lead = stage.staff("lead", who, pan=rng.choice((-0.3, 0.3)), gain_db=2.0, legato=1.1)
    drone = stage.staff("bass", "contrabass", gain_db=2.0, legato=1.0)
    cluster = stage.staff("pad", "tremolo_strings", pan=-0.15, gain_db=-2.0, legato=1.02)
    high = stage.staff("pad", "tremolo_strings", pan=0.35, gain_db=-6.0, legato=1.02)
    air = stage.staff(
        "effects",
        rng.choice(("bowed_pad", "metallic_pad", "synth_voice")),
        pan=0.1,
        gain_db=-7.0,
        legato=1.0,
    )
    piano = stage.staff("effects", "acoustic_grand_piano", pan=-0.2, gain_db=0.0, legato=1.4)
    blow = stage.staff("chords", "brass_section", pan=0.15, gain_db=1.0, legato=0.8)
    kit = stage.staff("percussion", "orchestra_kit", gain_db=0.0)

    _limp(lead, brief, rng)
    lead.line(_sung(ground.tune, lead.bars), 0.86)
    lead.notes = _hesitating(lead.notes, rng)
    tonic = brief.tonic
    low = place(tonic, 33, 28, 40)
    creep = [rng.choice((-1, 0, 1, 1, 2)) if bar.in_section else -2 for bar in bars]
    centre, top = 56, 82
    for bar in body:
        beats = float(bar.beats)
        here = place(bar.tonic, low, 28, 40)
        drone.add(bar.start, beats, here, 0.86)
        if bar.intensity > 0.4:
            drone.add(bar.start, beats, here + (6 if bar.number % 4 == 3 else 12), 0.7)
        if bar.name != "nursery" or bar.in_section % 2:
            centre = nearest(centre + creep[bar.number], bar.spans[0].chord.pitch_classes, 50, 64)
            for offset in (0, 1, 6) if bar.intensity < 0.5 else (0, 1, 2, 3):
                cluster.add(
                    bar.start,
                    beats,
                    centre + offset,
                    0.5 + 0.35 * bar.in_section / (bar.in_section + bar.to_go + 1),
                )
        if bar.name in ("stalk", "attack") or bar.intensity > 0.6:
            top = nearest(top + creep[bar.number], bar.spans[0].chord.pitch_classes, 78, 92)
            for offset in (0, 1):
                high.add(bar.start, beats, top + offset, 0.55)
        air.add(
            bar.start,
            beats,
            place(bar.tonic, 52, 48, 60) + (1 if bar.in_section % 4 == 2 else 0),
            0.6,
        )
    _shock(body, rng, piano=piano, blow=blow, high=high, kit=kit)
    last = bars[-1]
    for staff, pitches, level in (
        (drone, [low], 0.95),
        (cluster, [low + 24, low + 25, low + 30], 0.5),
        (piano, [low, low + 12 if low < 29 else low + 1], 0.8),
    ):
        staff.close(pitches, level)
    kit.add(last.start, 1.0, 36, 0.9)
    return stage.parts()


def _limp(lead: Staff, brief: Brief, rng: Random) -> None:
    """A phrase of the tune's first notes before it begins, far away, so that it is expected."""
    opening = [bar for bar in brief.bars if bar.is_intro][1:2]
    for bar in opening:
        for index, degree in enumerate(rng.choice(((0, 3, 6), (6, 3, 0), (0, 1, 0)))):
            start = bar.start + index * bar.beats / 3
            lead.add(start, bar.beats / 3, place(bar.tonic + degree, 78, 72, 88), 0.6)


def _sung(tune: Sequence[Tone], bars: Sequence[Bar]) -> list[Tone]:
    """The nursery sections have the whole tune, the others what is left of it."""
    beats = bars[0].beats
    found = []
    for tone in tune:
        bar = bars[min(len(bars) - 1, int((tone.start + 0.02) // beats))]
        if bar.name in ("nursery", "ending") or bar.in_section % 2 == 0:
            found.append(tone)
    return found


def _hesitating(notes: Sequence[Note], rng: Random) -> list[Note]:
    """The spring is weak: notes come late, some very late, and their force varies."""
    found = []
    for note in notes:
        late = abs(rng.gauss(0, 0.05)) + (0.2 if rng.random() < 0.1 else 0.0)
        late = min(late, 0.4 * note.duration)
        level = max(20, note.velocity - rng.randrange(18))
        found.append(Note(note.start + late, note.duration - late, note.pitch, level))
    return found


def _shock(
    bars: Sequence[Bar], rng: Random, *, piano: Staff, blow: Staff, high: Staff, kit: Staff
) -> None:
    """Blows out of nowhere, low piano notes, a heartbeat where it gets close."""
    since = 3
    for bar in bars:
        since += 1
        chance = {"attack": 0.75, "stalk": 0.3, "nursery": 0.1}.get(bar.name, 0.12)
        if since > 2 and bar.number > 1 and rng.random() < chance:
            since = 0 if bar.name != "attack" else 2
            at = bar.start + rng.choice((0.0, 0.5, 1.0, float(bar.beats - 1)))
            root = place(bar.tonic + rng.choice((0, 6, 1)), 50, 44, 56)
            for offset in (0, 1, 6, 11):
                blow.add(at, 0.6, root + offset, 1.35)
                high.add(at, 1.2, root + 30 + offset, 1.2)
            for offset in (0, 1, 2):
                piano.add(at, 1.5, 28 + offset + (bar.tonic - 4) % 12, 1.3)
            kit.add(at, 0.5, 36, 1.4)
            kit.add(at, 0.5, 57, 1.1)
        elif rng.random() < 0.4:
            pitch = place(bar.tonic, 33, 28, 40) + rng.choice((0, 0, 1, 6))
            piano.add(bar.start + rng.choice((0.0, 1.5, 2.0)) % bar.beats, 1.5, pitch, 0.8)
        if bar.name == "stalk":
            for beat in range(0, bar.beats, 2):
                kit.add(bar.start + beat, 0.3, 36, 0.7)
                kit.add(bar.start + beat + 0.4, 0.3, 36, 0.55)


STYLE = Style(
    name="horror",
    tempo=(50.0, 92.0),
    metres={COMMON: 1.5, WALTZ: 1.5, FIVE: 0.7},
    modes={"octatonic": 1.0, "hungarian minor": 1.0, "minor": 1.0, "phrygian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("music_box", "celesta", "voice_oohs"),
        cells=_CELLS,
        cadences=_ENDS,
        low=72,
        high=90,
    ),
    layers=(),
    plans=(
        "dread nursery stalk attack nursery ending",
        "dread nursery stalk nursery attack ending",
        "dread stalk nursery stalk attack nursery stalk attack nursery ending",
    ),
    stretches={
        "dread": Stretch("I", 4, energy=-0.12, swell=0.1, tune=False),
        "nursery": Stretch("A", 8, energy=-0.12),
        "stalk": Stretch("B", 8, energy=0.02, swell=0.35),
        "attack": Stretch("B", 4, energy=0.3),
        "ending": Stretch("A", 2, energy=-0.2, tune=False),
    },
    phrase_bars=8,
    energy=0.46,
    arcs={"build": 3.0, "waves": 2.0, "arch": 1.0},
    tightness=0.2,
    ritard=0.1,
    reverb=(0.55, 0.75),
    brightness=(0.2, 0.4),
    treatments={"natural": 5.0, "dark": 2.5, "cathedral": 2.0, "lo-fi tape": 0.7},
    moods={
        "eerie": 4.0,
        "ominous": 3.0,
        "menacing": 3.0,
        "haunting": 3.0,
        "dark": 2.0,
        "happy": 0.05,
        "joyful": 0.05,
        "cheerful": 0.05,
        "festive": 0.05,
        "romantic": 0.1,
        "groovy": 0.05,
    },
    writer=write,
)
