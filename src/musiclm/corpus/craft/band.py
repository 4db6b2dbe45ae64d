"""A plan in, parts out: casts the instruments of one piece and has each play its part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from zlib import crc32

from musiclm.corpus.craft.blocks import Bar, Drums, Groove, Layer, Metre, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import drum_bar
from musiclm.corpus.craft.melody import Singer
from musiclm.corpus.craft.moods import Mood
from musiclm.corpus.craft.patterns import Player, play_bar
from musiclm.corpus.instruments import INSTRUMENTS, Instrument
from musiclm.corpus.score import Note, Part
from musiclm.corpus.theory import MODES

# Harmonic backgrounds stay out of the lead's way by level as well as register.
_ROLE_GAIN_DB = {"pad": -5.0, "chords": -3.0, "arpeggio": -3.0, "counter": -2.5, "bass": 0.0}
_LETTERS = "ABCDEFGH"


@dataclass(slots=True)
class Band:
    """The players of one piece."""

    style: Style
    mood: Mood
    bars: Sequence[Bar]
    phrase_bars: int
    tonic: int
    mode: str
    metre: Metre
    tempo: float
    seed: int

    def play(self) -> list[Part]:
        """All parts, the lead first where there is one."""
        if self.style.writer is not None:
            parts = self.style.writer(self._brief(self._stream("style")))
            return [part for part in parts if part.notes]
        lead = self._lead()
        parts = [lead]
        shared: dict[str, tuple[int, ...]] = {}
        for index, layer in enumerate(self.style.layers):
            rng = self._stream(f"layer{index}")
            if rng.random() < layer.chance:
                parts.append(self._layer(layer, lead, shared, rng))
        for group in (self.style.drums, self.style.percussion):
            rng = self._stream(f"drums{group[0].role if group else ''}")
            # Of several kinds of kit one plays; chance then says whether it does at all.
            chosen = rng.choice(group) if group else None
            if chosen and rng.random() < chosen.chance:
                parts.append(self._drums(chosen, rng))
        return [part for part in parts if part.notes]

    def _stream(self, name: str) -> Random:
        return Random(crc32(f"{self.seed}|{name}".encode()))

    def _brief(self, rng: Random, instrument: str = "", low: int = 0, high: int = 127) -> Brief:
        return Brief(
            style=self.style,
            mood=self.mood,
            bars=self.bars,
            phrase_bars=self.phrase_bars,
            tonic=self.tonic,
            mode=self.mode,
            metre=self.metre,
            tempo=self.tempo,
            rng=rng,
            low=low,
            high=high,
            instrument=instrument,
        )

    def _lead(self) -> Part:
        melody = self.style.melody
        rng = self._stream("lead")
        key = rng.choice(melody.instruments)
        low, high = _register(melody.low, melody.high, INSTRUMENTS[key], self.mood.register)
        if melody.writer is not None:
            notes = melody.writer(self._brief(rng, key, low, high))
        else:
            singer = Singer(
                melody=replace(melody, legato=melody.legato * self.mood.staccato),
                low=low,
                high=high,
                tonic=self.tonic,
                mode=self.mode,
                metre=self.metre,
                beat_seconds=60 / self.tempo,
                notes_per_second=2.1 + 0.9 * self.mood.density + rng.uniform(-0.3, 0.3),
                rng=rng,
            )
            notes = singer.sing(self.bars, self.phrase_bars)
        notes.sort(key=lambda note: (note.start, note.pitch))
        return Part("lead", key, tuple(notes), melody.pan, melody.gain_db)

    def _layer(
        self,
        layer: Layer,
        lead: Part,
        shared: dict[str, tuple[int, ...]],
        rng: Random,
    ) -> Part:
        # Another instrument than the lead, where there is a choice, keeps the tune audible.
        others = [key for key in layer.instruments if key != lead.instrument]
        key = rng.choice(others or list(layer.instruments))
        instrument = INSTRUMENTS[key]
        player = Player(
            layer=layer,
            patterns=_patterns(layer.patterns.get(self.metre, ()), rng),
            low=max(layer.low, instrument.low),
            high=min(layer.high, instrument.high),
            tonic=self.tonic,
            steps=MODES[self.mode],
            beats_per_second=self.tempo / 60,
            rng=rng,
            shared=shared,
            tune=lead.notes,
        )
        for bar in self.bars:
            # A section that builds lets layers in on its way up.
            wanted = layer.enter <= bar.intensity < layer.leave and plays(layer, bar.name)
            if wanted:
                play_bar(player, bar)
        gain = layer.gain_db + _ROLE_GAIN_DB.get(layer.role, 0.0)
        return Part(layer.role, key, tuple(player.notes), layer.pan, gain)

    def _drums(self, drums: Drums, rng: Random) -> Part:
        kit = rng.choice(drums.kits)
        brief = self._brief(rng, kit)
        bank = drums.grooves.get(self.metre, ())
        compound = self.metre[1] == 8 and self.metre[0] % 3 == 0
        grooves: dict[str, Groove] = {}
        notes: list[Note] = []
        for bar in self.bars:
            # The body always has its drums, or captions would promise what a crop lacks.
            if bar.is_intro and bar.intensity < drums.enter and not drums.only:
                continue
            if not bar.drums or not plays(drums, bar.name):
                continue
            if drums.writer is not None:
                notes += drums.writer(brief, bar, rng)
                continue
            letter = "A" if bar.letter in ("", "A") else "B" if bar.letter in "BC" else bar.letter
            if letter not in grooves:
                grooves[letter] = rng.choice(bank)
            notes += drum_bar(
                grooves[letter], drums.fills, bar, rng, crash=drums.crash, compound=compound
            )
        return Part(drums.role, kit, tuple(notes), 0.0, drums.gain_db)


def plays(block: Layer | Drums, section: str) -> bool:
    """Whether a layer or kit belongs in a section of this name."""
    return section not in block.without and (not block.only or section in block.only)


def _patterns(bank: Sequence[str], rng: Random) -> dict[str, str]:
    """A pattern for every letter: the first ones of their own, where the bank has enough."""
    if not bank:
        return {letter: "" for letter in _LETTERS}
    first = rng.choice(bank)
    second = rng.choice(bank) if rng.random() < 0.6 else first
    third = rng.choice(bank) if rng.random() < 0.4 else second
    return {
        letter: first if index % 4 == 0 else third if index % 4 == 3 else second
        for index, letter in enumerate(_LETTERS)
    }


def _register(low: int, high: int, instrument: Instrument, shift: int) -> tuple[int, int]:
    """An octave and a half where the style wants its tune and the instrument sounds at ease."""
    ease = (instrument.low + instrument.high) // 2
    middle = max(ease - 6, min(ease + 6, (low + high) // 2 + shift))
    return max(instrument.low, middle - 10), min(instrument.high, middle + 10)
