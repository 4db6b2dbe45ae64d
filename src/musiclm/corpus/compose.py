"""A style and a seed in, a whole ``Score`` out: the composer.

The same (style, seed, seconds, mood) gives the same score on every machine: all draws come from
one ``random.Random``, and each concern (form, harmony, tune, every layer) has a stream of its own,
so that adding an instrument to a style does not rewrite its tunes. What styles are made of lives
in ``styles/``; this file only puts a piece together. It makes no sound.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar
from zlib import crc32

from musiclm.corpus.craft.blocks import Bar, Drums, Groove, Layer, Style, pick
from musiclm.corpus.craft.drums import drum_bar
from musiclm.corpus.craft.melody import Singer
from musiclm.corpus.craft.moods import MOODS, Mood
from musiclm.corpus.craft.patterns import Player, play_bar
from musiclm.corpus.craft.plan import energies, harmonize, lay_out, sections_of
from musiclm.corpus.instruments import INSTRUMENTS, Instrument
from musiclm.corpus.score import Note, Part, Score, beats_in_bar
from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.theory import KEY_NAMES, MINOR_MODES, MODES
from musiclm.errors import ConfigError

T = TypeVar("T")

STYLES: dict[str, Style] = {style.name: style for family in FAMILIES.values() for style in family}
"""Every style by its name."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 25.0, 60.0
# Harmonic backgrounds stay out of the lead's way by level as well as register.
_ROLE_GAIN_DB = {"pad": -5.0, "chords": -3.0, "arpeggio": -3.0, "counter": -2.5, "bass": 0.0}


def compose(
    style: str | None, seed: int, *, seconds: float | None = None, mood: str | None = None
) -> Score:
    """Compose one piece.

    Args:
        style: Key of ``STYLES``; drawn when ``None``.
        seed: Any integer; decides everything that is not given.
        seconds: Wanted length, met to within a few bars; 25 to 60 is drawn when ``None``.
        mood: Key of ``MOODS``; drawn when ``None``.

    Raises:
        ConfigError: There is no such style or mood, or ``seconds`` is under 8.

    Example:
        >>> compose("house", seed=1) == compose("house", seed=1)
        True
    """
    draw = Random(crc32(f"{style}|{mood}|{seed}".encode()))
    form = _known(STYLES, style or draw.choice(list(STYLES)), "style")
    mood = mood or draw.choice(list(MOODS))
    feeling = _known(MOODS, mood, "mood")
    if seconds is not None and seconds < 8:
        raise ConfigError(f"a piece needs at least 8 seconds, got {seconds}")
    length = seconds or draw.uniform(_SHORTEST_SECONDS, _LONGEST_SECONDS)

    metre = pick(form.metres, draw)
    mode = pick(_mode_weights(form, feeling), draw)
    tonic = draw.randrange(12)
    tempo = _tempo(form, feeling, draw)
    arc_weights = {a: w * (3 if a in feeling.arcs else 1) for a, w in form.arcs.items()}
    beats = beats_in_bar(metre)
    letters, phrase_bars, n_intro = lay_out(form, beats * 60 / tempo, length, draw)
    levels = energies(letters, pick(arc_weights, draw), form, feeling)
    sections, marks = sections_of(form, letters, phrase_bars, n_intro, levels)
    bars = harmonize(
        form, sections, marks, phrase_bars, tonic=tonic, mode=mode, metre=metre, rng=draw
    )
    parts = _Band(form, feeling, bars, phrase_bars, tonic, mode, metre, tempo, draw).play()
    swing = round(draw.uniform(*form.swing), 2)
    return Score(
        title=f"{mood.capitalize()} {form.name} in {KEY_NAMES[tonic]} {mode}",
        style=form.name,
        mood=mood,
        tempo_bpm=tempo,
        tempo_curve=_tempo_curve(form, tempo, len(bars) * beats, beats),
        key=KEY_NAMES[tonic],
        mode=mode,
        metre=metre,
        swing=swing,
        parts=_perform(parts, form, swing, tempo, len(bars) * float(beats), draw),
        sections=tuple(sections),
        seed=seed,
        production=_production(form, feeling, draw),
    )


def _known(table: dict[str, T], key: str, what: str) -> T:
    if key not in table:
        raise ConfigError(f"no {what} {key!r}: choose one of {', '.join(sorted(table))}")
    return table[key]


def _mode_weights(style: Style, mood: Mood) -> dict[str, float]:
    """Moods lean towards minor or major modes, as far as the style knows them."""
    return {
        mode: weight * (mood.minor if mode in MINOR_MODES else 1 / mood.minor)
        for mode, weight in style.modes.items()
    }


def _tempo(style: Style, mood: Mood, rng: Random) -> float:
    """Anywhere in the style's range, pulled by the mood; whole beats a minute."""
    slowest, fastest = style.tempo
    place = 0.5 + 0.28 * mood.pace + rng.uniform(-0.4, 0.4)
    return float(round(slowest + (fastest - slowest) * min(1.0, max(0.0, place))))


def _tempo_curve(
    style: Style, tempo: float, n_beats: int, beats: int
) -> tuple[tuple[float, float], ...]:
    """Steady, then slowing beat by beat into the last bar where the style does that."""
    curve = [(0.0, tempo)]
    if style.ritard > 0:
        first = n_beats - 2 * beats
        for beat in range(beats + 1):
            slowed = tempo * (1 - style.ritard * (beat + 1) / (beats + 1))
            curve.append((float(first + beat), round(slowed, 2)))
    return tuple(curve)


def _production(style: Style, mood: Mood, rng: Random) -> dict[str, float]:
    def near(span: tuple[float, float], shift: float) -> float:
        return round(min(1.0, max(0.0, rng.uniform(*span) + shift)), 3)

    return {
        "reverb": near(style.reverb, mood.reverb),
        "brightness": near(style.brightness, mood.brightness),
        **style.extras,
    }


class _Band:
    """Casts the instruments of one piece and has each play its part."""

    def __init__(
        self,
        style: Style,
        mood: Mood,
        bars: Sequence[Bar],
        phrase_bars: int,
        tonic: int,
        mode: str,
        metre: tuple[int, int],
        tempo: float,
        rng: Random,
    ) -> None:
        self.style, self.mood, self.bars, self.phrase_bars = style, mood, bars, phrase_bars
        self.tonic, self.mode, self.metre, self.tempo = tonic, mode, metre, tempo
        self.seed = rng.getrandbits(32)
        self.shared: dict[str, tuple[int, ...]] = {}

    def play(self) -> list[Part]:
        """All parts, the lead first."""
        style = self.style
        lead = self._lead()
        parts = [lead]
        for index, layer in enumerate(style.layers):
            rng = self._stream(f"layer{index}")
            if rng.random() < layer.chance:
                parts.append(self._layer(layer, lead.instrument, rng))
        for group in (style.drums, style.percussion):
            rng = self._stream(f"drums{group[0].role if group else ''}")
            # Of several kinds of kit one plays; chance then says whether it does at all.
            chosen = rng.choice(group) if group else None
            if chosen and rng.random() < chosen.chance:
                parts.append(self._drums(chosen, rng))
        return [part for part in parts if part.notes]

    def _stream(self, name: str) -> Random:
        return Random(crc32(f"{self.seed}|{name}".encode()))

    def _lead(self) -> Part:
        melody = self.style.melody
        rng = self._stream("lead")
        key = rng.choice(melody.instruments)
        instrument = INSTRUMENTS[key]
        low, high = _register(melody.low, melody.high, instrument, self.mood.register)
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
        return Part("lead", key, tuple(notes), melody.pan, melody.gain_db)

    def _layer(self, layer: Layer, lead: str, rng: Random) -> Part:
        # Another instrument than the lead, where there is a choice, keeps the tune audible.
        others = [key for key in layer.instruments if key != lead] or list(layer.instruments)
        key = rng.choice(others)
        instrument = INSTRUMENTS[key]
        bank = layer.patterns.get(self.metre, ())
        first = rng.choice(bank) if bank else ""
        second = rng.choice(bank) if bank and rng.random() < 0.6 else first
        player = Player(
            layer=layer,
            patterns={"A": first, "B": second, "C": second},
            low=max(layer.low, instrument.low),
            high=min(layer.high, instrument.high),
            tonic=self.tonic,
            steps=MODES[self.mode],
            beats_per_second=self.tempo / 60,
            rng=rng,
            shared=self.shared,
        )
        for bar in self.bars:
            if layer.enter <= bar.intensity < layer.leave:
                play_bar(player, bar)
        gain = layer.gain_db + _ROLE_GAIN_DB.get(layer.role, 0.0)
        return Part(layer.role, key, tuple(player.notes), layer.pan, gain)

    def _drums(self, drums: Drums, rng: Random) -> Part:
        kit = rng.choice(drums.kits)
        bank = drums.grooves[self.metre]
        grooves: dict[str, Groove] = {"A": rng.choice(bank)}
        grooves["B"] = rng.choice(bank)
        compound = self.metre[1] == 8
        notes: list[Note] = []
        for bar in self.bars:
            # The body always has its drums, or captions would promise what a crop lacks.
            if bar.is_intro and bar.intensity < drums.enter:
                continue
            groove = grooves["B" if bar.letter in ("B", "C") else "A"]
            notes += drum_bar(groove, drums.fills, bar, rng, crash=drums.crash, compound=compound)
        return Part(drums.role, kit, tuple(notes), 0.0, drums.gain_db)


def _register(low: int, high: int, instrument: Instrument, shift: int) -> tuple[int, int]:
    """An octave and a half where the style wants its tune and the instrument sounds at ease."""
    ease = (instrument.low + instrument.high) // 2
    middle = max(ease - 6, min(ease + 6, (low + high) // 2 + shift))
    return max(instrument.low, middle - 10), min(instrument.high, middle + 10)


def _perform(
    parts: Sequence[Part], style: Style, swing: float, tempo: float, n_beats: float, rng: Random
) -> tuple[Part, ...]:
    """Swing the grid, add human unevenness, and keep notes inside the piece and apart."""
    looseness = 0.014 * (1 - style.tightness) * tempo / 60  # beats
    wobble = 2 + 5 * (1 - style.tightness)
    performed = []
    for part in parts:
        notes = []
        for note in part.notes:
            start = _swung(note.start, swing, style.swing_unit)
            end = _swung(note.end, swing, style.swing_unit)
            start = max(0.0, start + rng.gauss(0, looseness))
            end = min(n_beats, end)
            velocity = max(1, min(127, round(note.velocity + rng.gauss(0, wobble))))
            if end - start > 0.01 and 0 <= note.pitch <= 127:
                notes.append(Note(round(start, 5), round(end - start, 5), note.pitch, velocity))
        performed.append(replace(part, notes=_apart(notes)))
    return tuple(performed)


def _swung(beat: float, swing: float, unit: float) -> float:
    """Move the second half of every pair of ``unit`` notes late; full swing makes triplets."""
    if swing <= 0:
        return beat
    pair = 2 * unit
    whole, inside = divmod(beat + 1e-9, pair)
    middle = 0.5 + swing / 6
    share = inside / pair
    bent = share * 2 * middle if share < 0.5 else middle + (share - 0.5) * 2 * (1 - middle)
    return (whole + bent) * pair


def _apart(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Order notes, end each before its key is struck again, and drop doubled strokes."""
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    last: dict[int, int] = {}
    kept: list[Note | None] = []
    for note in ordered:
        before = last.get(note.pitch)
        earlier = kept[before] if before is not None else None
        if before is not None and earlier is not None and earlier.end > note.start:
            if note.start - earlier.start < 0.03:
                continue
            kept[before] = replace(earlier, duration=round(note.start - earlier.start - 0.002, 5))
        last[note.pitch] = len(kept)
        kept.append(note)
    return tuple(note for note in kept if note is not None)
