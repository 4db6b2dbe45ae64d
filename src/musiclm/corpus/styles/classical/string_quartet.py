"""String quartet: four independent voices, themes that wander, imitation, a minore, a coda.

All four lines are written against each other (``_voices``); consecutive fifths and octaves do not
occur by construction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Bar, Melody, Metre, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._banks import PERIODS
from musiclm.corpus.styles.classical._stage import Stage, held, stream
from musiclm.corpus.styles.classical._themes import Idiom, Tunesmith, ending
from musiclm.corpus.styles.classical._voices import (
    Rules,
    Tone,
    bass_line,
    free_voice,
    imitate,
    inner_voices,
    sections_of,
)

_CELLS = {
    COMMON: (
        "x---x-x-",
        "x-----xx",
        "x--xx-x-",
        "x-xxx-x-",
        "x---xxxx",
        "xxxxx---",
        "x-x-x-xx",
        ".xxxx-x-",
        "x---x---",
        "x--xxxx-",
        "x-xxx---",
        "x-------x-x-x-x-",
        "x---x-xxx---x---",
    ),
    WALTZ: ("x---x-", "x-x-x-", "x-xxx-", "x--xx-", "x-xxxx", "xxxxx-", "x---xx", "x-----"),
    SIX: ("x-xx-x", "x--xxx", "xxxx-x", "x--x-x", "x-xxxx", "xxxx--", "x--x--"),
}
_ENDS = {
    COMMON: ("x-x-x---", "x---x-..", "x-xxx---", "x-x-x-.."),
    WALTZ: ("x-x-..", "x-x-x-", "x---.."),
    SIX: ("x--x-.", "x-xx-.", "xxxx--"),
}
_PULSES = {
    COMMON: (".xxx.xxx", "xxxxxxxx", ".x.x.x.x", "x---x---", "x-xxx-xx"),
    WALTZ: ("..x-x-", ".xxxxx", "xxxxxx", "x-----"),
    SIX: (".xx.xx", "xxxxxx", "x--x--", "x-xx-x"),
}
_BASSES = {
    COMMON: ("x---x---", "x-------", "x-x-x-x-", "x.x.x.x."),
    WALTZ: ("x-----", "x---x-", "x-x-x-"),
    SIX: ("x--x--", "x-----", "x--x-x"),
}
_WALK = {COMMON: "x-x-x-x-", WALTZ: "x-x-x-", SIX: "x--x--"}
_SLOW = {COMMON: ("x---x---", "x-----x-"), WALTZ: ("x---x-", "x-----"), SIX: ("x--x--", "x-xx--")}
_RUNNING = {
    COMMON: ("x-xxx-xx", ".xxxxxxx", "x-x-xxxx"),
    WALTZ: ("x-xxxx", ".xxxxx"),
    SIX: ("xxxxxx",),
}

_VIOLIN = Rules(62, 86, pull=0.45, leap=0.9)


def write(brief: Brief) -> list[Part]:
    """Four players, one texture a section."""
    return _Quartet(brief).play()


class _Quartet:
    """Two violins, viola and cello, written section by section."""

    def __init__(self, brief: Brief) -> None:
        self.metre = brief.metre
        self.stage = Stage(brief)
        self.first = self.stage.staff("lead", "violin", pan=-0.4, gain_db=2.5, legato=0.93)
        self.second = self.stage.staff("counter", "violin", pan=-0.12, gain_db=-1.0)
        self.viola = self.stage.staff("counter", "viola", pan=0.15)
        self.cello = self.stage.staff("bass", "cello", pan=0.42, gain_db=1.5)
        self.smith = Tunesmith(
            Idiom(_CELLS, _ENDS, _VIOLIN, density=2.3),
            brief.metre,
            60 / brief.tempo,
            0.8 * brief.mood.density,
            stream(brief, "tune"),
        )
        self.rng = stream(brief, "inner")
        self.bars = brief.bars
        self.lows = bass_line(self.bars, Rules(36, 55, bass=True, pull=0.12), rng=self.rng)
        self.tune: list[Tone] = []

    def play(self) -> list[Part]:
        """Go through the sections; neighbours differ in texture."""
        textures = {
            "song": self._song,
            "dialogue": self._dialogue,
            "running": self._running,
            "cello": self._cello,
        }
        seen: dict[str, int] = {}
        last = ""
        for group in sections_of(self.bars):
            bass = [t for t in self.lows if group[0].start <= t.start < group[-1].start + 9]
            bass = [t for t in bass if t.start < group[-1].start + group[-1].beats]
            if not group[0].tune:
                self._chorale(group, bass)
                continue
            count = seen.get(group[0].letter, 0)
            seen[group[0].letter] = count + 1
            options = [name for name in textures if name != last]
            last = (
                "song"
                if not self.tune or (not count and last != "song")
                else self.rng.choice(options)
            )
            textures[last](group, bass)
        return self.stage.parts()

    def _sung(self, group: Sequence[Bar], bass: Sequence[Tone], shift: int = 0) -> list[Tone]:
        line = self.smith.sing(group, [bass], shift=shift)
        self.tune += line
        return line

    def _pick(self, bank: Mapping[Metre, tuple[str, ...]]) -> str:
        return self.rng.choice(bank[self.metre])

    def _chorale(self, group: Sequence[Bar], bass: Sequence[Tone]) -> None:
        """All four together, chord by chord: introductions and endings."""
        if group[0].is_intro:
            rules = replace(_VIOLIN, high=80, pull=0.2)
            sung = free_voice(group, self._pick(_SLOW), rules, [bass], rng=self.rng)
        else:
            sung = ending(group, self.tune, _VIOLIN)
        upper, lower = inner_voices(group, [(57, 74), (50, 66)], [bass, sung], rng=self.rng)
        for staff, line in zip(
            (self.first, self.second, self.viola, self.cello),
            (sung, upper, lower, bass),
            strict=True,
        ):
            staff.line(line, 0.96, legato=1.0)

    def _song(self, group: Sequence[Bar], bass: Sequence[Tone]) -> None:
        """The first violin sings, the others accompany."""
        sung = self._sung(group, bass)
        upper, lower = inner_voices(group, [(57, 74), (50, 67)], [bass, sung], rng=self.rng)
        pulse = self._pick(_PULSES)
        self.first.line(sung, 1.08)
        self.second.struck([upper], pulse, 0.78, bars=group)
        self.viola.struck(
            [lower], pulse if self.rng.random() < 0.6 else self._pick(_PULSES), 0.78, bars=group
        )
        self.cello.struck([bass], self._pick(_BASSES), 0.92, bars=group)

    def _dialogue(self, group: Sequence[Bar], bass: Sequence[Tone]) -> None:
        """The second violin imitates the first, a bar later and lower."""
        sung = self._sung(group, bass)
        echo = imitate(
            group,
            sung,
            delay=float(group[0].beats),
            shift=self.rng.choice((-5, -7, -12)),
            rules=Rules(56, 79, pull=0.9),
            others=[bass, sung],
            rng=self.rng,
        )
        (alto,) = inner_voices(group, [(50, 66)], [bass, sung, echo], rng=self.rng)
        self.first.line(sung, 1.06)
        self.second.line(echo, 0.98)
        self.viola.struck([alto], self._pick(_PULSES), 0.74, bars=group)
        self.cello.struck([bass], self._pick(_BASSES), 0.9, bars=group)

    def _running(self, group: Sequence[Bar], bass: Sequence[Tone]) -> None:
        """The second violin runs in eighths over a cello that walks."""
        sung = self._sung(group, bass)
        walk = free_voice(
            group,
            _WALK[self.metre],
            Rules(36, 57, pull=0.25, repeat=2.0, leap=0.8),
            [sung],
            rng=self.rng,
            want=lambda beat: float(held([bass], beat)[0]),
        )
        run = free_voice(
            group,
            self._pick(_RUNNING),
            Rules(56, 74, pull=0.12, repeat=2.5),
            [walk, sung],
            rng=self.rng,
        )
        (alto,) = inner_voices(group, [(50, 65)], [walk, sung, run], rng=self.rng)
        self.first.line(sung, 1.08)
        self.second.line(run, 0.8)
        self.viola.line(alto, 0.78)
        self.cello.line(walk, 0.9, legato=0.8)

    def _cello(self, group: Sequence[Bar], bass: Sequence[Tone]) -> None:
        """The cello sings in its tenor, the viola holds the bass, the violins answer above."""
        low = [tone._replace(pitch=tone.pitch + 12) for tone in bass]
        sung = self._sung(group, low, -12)
        descant = free_voice(
            group,
            self._pick(_SLOW),
            Rules(69, 84, pull=0.15),
            [sung, low],
            rng=self.rng,
        )
        (middle,) = inner_voices(group, [(60, 73)], [sung, low, descant], rng=self.rng)
        self.cello.line(sung, 1.14)
        self.first.line(descant, 0.82)
        self.second.struck([middle], self._pick(_PULSES), 0.72, bars=group)
        self.viola.struck([low], self._pick(_BASSES), 0.84, bars=group)


STYLE = Style(
    name="string quartet",
    tempo=(60.0, 144.0),
    metres={COMMON: 3.0, WALTZ: 2.0, SIX: 1.0},
    modes={"major": 1.0, "minor": 1.0},
    harmony=PERIODS,
    melody=Melody(
        instruments=("violin", "viola", "cello"), cells=_CELLS, cadences=_ENDS, low=62, high=86
    ),
    layers=(),
    plans=(
        "intro theme answer theme ending",
        "intro theme minore theme coda ending",
        "intro theme answer theme development theme ending",
        "intro theme theme answer theme minore theme answer coda ending",
        "intro theme second development theme home coda ending",
        "intro theme answer minore theme development theme coda ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=-0.12, tune=False),
        "theme": Stretch("A", 8),
        "answer": Stretch("B", 8, energy=0.08),
        "second": Stretch("B", 8, energy=0.05, shift=7),
        "home": Stretch("B", 8, energy=0.08),
        "minore": Stretch("C", 8, energy=-0.1),
        "development": Stretch("D", 8, energy=0.12, swell=0.2),
        "coda": Stretch("A", 4, energy=0.16),
        "ending": Stretch("A", 2, tune=False),
    },
    phrase_bars=8,
    energy=0.52,
    tightness=0.25,
    ritard=0.2,
    reverb=(0.3, 0.45),
    brightness=(0.4, 0.6),
    treatments={"natural": 6.0, "roomy": 1.5, "dry": 1.0, "dark": 0.5},
    writer=write,
)
