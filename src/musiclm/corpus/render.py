"""A score in, a stereo waveform out: played by sound fonts or our own synthesizers, then mixed.

The same score, sound, rate and seed always give the same samples. Who plays is a ``Sound``;
how it is mixed follows ``score.treatment`` and ``score.production``. Writing files is the business
of ``build.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.synth import own_tones
from musiclm.audio.tones import KeyNote, Tone, TonesOf, play_tones
from musiclm.audio.waveform import Waveform
from musiclm.corpus.font import FONTS, check_sound_font, find_sound_fonts
from musiclm.corpus.font_player import player_of
from musiclm.corpus.instruments import SYNTHESIZED, Instrument, instrument_of
from musiclm.corpus.levels import Levels, decibels
from musiclm.corpus.mix import Channel, Desk
from musiclm.corpus.score import Part, Score
from musiclm.tokens.timing import seconds_to_samples

TAIL_SECONDS = 1.2
_DRUMS_RING_SECONDS = 2.0
# Machines and synthesizers are as real from our synthesizers as from a font: half of the pieces.
_OFTEN_SYNTHESIZED = frozenset(
    "synth_bass deep_synth_bass square_lead saw_lead warm_pad sweep_pad poly_pad synth_strings"
    " fm_electric_piano electronic_kit tr808_kit".split()
)


@dataclass(frozen=True, slots=True)
class Sound:
    """Who plays: sound-font files, or our own synthesizers where there are none.

    Of several fonts one plays a whole piece; which, is drawn by the piece's seed. Instruments that
    no font has are always played by our synthesizers.
    """

    fonts: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """``own``, or the file names of the fonts: what a corpus records."""
        return " + ".join(sorted(font.name for font in self.fonts)) or "own"

    def for_piece(self, seed: int, *, unseen: bool = False) -> "Sound":
        """Who plays one piece.

        Args:
            seed: Of the piece.
            unseen: Whether to take the font that is kept for test pieces; no other piece gets it
                where there are several.
        """
        if len(self.fonts) < 2:
            return self
        kept = [font for font in self.fonts if _is_kept(font)][:1] or [self.fonts[-1]]
        heard = [font for font in self.fonts if font not in kept]
        choices = kept if unseen else heard
        return Sound((choices[int(np.random.default_rng([seed, 3]).integers(len(choices)))],))


OWN_SOUND = Sound()


def sound_from_name(name: str) -> Sound:
    """``own``, ``auto`` (all sound fonts of this computer that we know), or paths with commas.

    Raises:
        DataError: No font found, or no such file.
    """
    if name == "own":
        return OWN_SOUND
    if name == "auto":
        return Sound(find_sound_fonts())
    return Sound(tuple(check_sound_font(Path(path.strip())) for path in name.split(",")))


def render(score: Score, *, sound: Sound, sample_rate: int = 24_000, seed: int = 0) -> Waveform:
    """Play and mix ``score``.

    Args:
        score: What to play; its length plus a tail becomes the length of the waveform.
        sound: Who plays.
        sample_rate: Of the result, in Hz.
        seed: Draws the room and the tape, together with ``score.seed``.

    Raises:
        ConfigError: An instrument or the treatment is unknown.
        DataError: A sound font cannot be read.
    """
    desk = Desk(score, sample_rate=sample_rate, seed=seed)
    channels = list(_channels(score, sound, sample_rate))
    if not channels:
        n_samples = seconds_to_samples(score.seconds() + TAIL_SECONDS, sample_rate)
        return Waveform(torch.zeros(2, n_samples), sample_rate)
    return _waveform(desk.finish(desk.mix(channels)), sample_rate)


def render_stems(
    score: Score, *, sound: Sound, sample_rate: int = 24_000, seed: int = 0
) -> dict[str, Waveform]:
    """Play every part of ``score`` by itself, with its place, its echo and its share of the room.

    The stems add up to the mix before the master stage, which shapes the whole: treatment, colour,
    loudness and peaks. So their sum is not as loud as ``render`` and may exceed full scale.

    Args:
        score: What to play.
        sound: Who plays.
        sample_rate: Of the result, in Hz.
        seed: As for ``render``.

    Returns:
        Stems by role and instrument, "lead-flute"; a second one of a name is "lead-flute-2".

    Raises:
        ConfigError: An instrument or the treatment is unknown.
        DataError: A sound font cannot be read.
    """
    desk = Desk(score, sample_rate=sample_rate, seed=seed)
    return {
        channel.name: _waveform(desk.stem(channel), sample_rate)
        for channel in _channels(score, sound, sample_rate)
    }


def _waveform(samples: NDArray[np.float32], sample_rate: int) -> Waveform:
    """As the rest of the library carries sound."""
    return Waveform(torch.from_numpy(np.ascontiguousarray(samples, np.float32)), sample_rate)


def _is_kept(font: Path) -> bool:
    """Whether a font is for test pieces only."""
    return font.name in FONTS and FONTS[font.name].kept_for_tests


def _channels(score: Score, sound: Sound, sample_rate: int) -> Iterator[Channel]:
    """Every part that has notes, balanced and placed."""
    font = next(iter(sound.for_piece(score.seed).fonts), None)
    n_samples = seconds_to_samples(score.seconds() + TAIL_SECONDS, sample_rate)
    seen: dict[str, int] = {}
    for part in score.parts:
        if not part.notes:
            continue
        name = f"{part.role}-{part.instrument}"
        seen[name] = seen.get(name, 0) + 1
        instrument = instrument_of(part.instrument)
        yield Channel(
            name=name if seen[name] == 1 else f"{name}-{seen[name]}",
            role=part.role,
            instrument=instrument,
            samples=_play(
                score, part, instrument, font, n_samples=n_samples, sample_rate=sample_rate
            ),
        )


def _play(
    score: Score,
    part: Part,
    instrument: Instrument,
    font: Path | None,
    *,
    n_samples: int,
    sample_rate: int,
) -> NDArray[np.float32]:
    """One part at its level and place."""
    if _plays_own(score, instrument):
        font = None
    tones_of = _tones_of(font, instrument, sample_rate)
    levels = _levels(font, sample_rate)
    played = play_tones(
        _balanced_drums(tones_of, instrument, levels) if instrument.is_drums else tones_of,
        _key_notes(score, part),
        n_samples=n_samples,
        sample_rate=sample_rate,
        ring_seconds=_DRUMS_RING_SECONDS if instrument.is_drums else 0.0,
    )
    gain_db = part.gain_db
    if not instrument.is_drums:
        gain_db += levels.gain_db(instrument, tones_of)
    # Constant power; a part in the middle keeps its level.
    angle = (1.0 + max(-1.0, min(1.0, part.pan))) * np.pi / 4.0
    places = np.float32(np.sqrt(2.0)) * np.array([[np.cos(angle)], [np.sin(angle)]], np.float32)
    played *= decibels(gain_db) * places
    return played


def _plays_own(score: Score, instrument: Instrument) -> bool:
    """Whether our synthesizers play an instrument although there may be a font."""
    if instrument.key in SYNTHESIZED:
        return True
    if instrument.key not in _OFTEN_SYNTHESIZED:
        return False
    return bool(np.random.default_rng([score.seed, instrument.program, 4]).integers(2))


def _key_notes(score: Score, part: Part) -> Sequence[KeyNote]:
    """The notes in seconds, in order."""
    return [
        KeyNote(
            score.beat_to_seconds(note.start),
            score.beat_to_seconds(note.end),
            note.pitch,
            note.velocity,
        )
        for note in sorted(part.notes, key=lambda note: (note.start, note.pitch))
    ]


def _tones_of(font: Path | None, instrument: Instrument, sample_rate: int) -> TonesOf:
    """Who makes the tones of an instrument."""
    if font is None:
        return own_tones(instrument.own_voice, sample_rate)
    player = player_of(font, sample_rate)

    def tones(key: float, velocity: int, held_seconds: float) -> Sequence[Tone]:
        return player.tones(instrument.bank, instrument.program, round(key), velocity, held_seconds)

    return tones


def _balanced_drums(tones_of: TonesOf, instrument: Instrument, levels: Levels) -> TonesOf:
    """The drums of a kit at their own levels."""

    def tones(key: float, velocity: int, held_seconds: float) -> Sequence[Tone]:
        factor = float(decibels(levels.gain_db(instrument, tones_of, round(key))))
        return [
            Tone(tone.samples, tone.release_seconds, tone.choke, tone.gain * factor)
            for tone in tones_of(key, velocity, held_seconds)
        ]

    return tones


@lru_cache(maxsize=32)
def _levels(font: Path | None, sample_rate: int) -> Levels:
    """What is known of a player's levels; ``font`` tells players apart."""
    del font
    return Levels(sample_rate)
