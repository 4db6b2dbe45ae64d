"""Dry parts in, a mix out: places, groups, rooms, echoes and the treatment of the whole.

A desk sends parts through groups (drums, bass, front, band, back), each with its own share of the
room, its side-chain and its filter. All of that is linear, so every part can leave as a stem and
the stems add up to the mix. What follows, from tape to loudness, is the master stage and is for
the whole. Nothing here plays notes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.corpus.effects import (
    band_limit,
    brighten,
    chorus,
    ducking,
    echo,
    flutter,
    opening,
    repeats,
    saturate,
    tilt,
    wear,
    widen,
    without_rumble,
)
from musiclm.corpus.instruments import Instrument
from musiclm.corpus.master import master
from musiclm.corpus.score import Score
from musiclm.corpus.treatments import TREATMENTS, Treatment
from musiclm.errors import ConfigError

__all__ = ["TREATMENTS", "Channel", "Desk", "Treatment"]

LOUDNESS_TARGET_LUFS = -16.0
_SOFT_AND_LOUD_DB = 0.6
_FADE_SECONDS = 0.8
_DEFAULTS = {"reverb": 0.3, "brightness": 0.5, "sidechain": 0.0, "drive": 0.0, "vinyl": 0.0}
_BUILDS = ("build", "riser", "buildup")
# Their pitch drifts in real life and in every studio.
_CHORUSED = {"synth_pad": 0.8, "choir": 0.3}
_CHORUSED_KEYS = {"electric_piano": 0.5, "fm_electric_piano": 0.6, "clean_guitar": 0.5}
_SYNTH_LEAD_ECHO = 0.3


@dataclass(frozen=True, slots=True)
class Group:
    """How parts of a kind go through the desk."""

    send: float  # share of the room
    ducked: bool  # gives way to the kick
    lowest_hertz: float  # nothing of it below: 0 for everything
    filtered: bool  # opens its filter in a build


GROUPS: Mapping[str, Group] = {
    "drums": Group(0.35, False, 0.0, False),
    "bass": Group(0.1, True, 0.0, False),
    "front": Group(0.75, True, 90.0, True),
    "band": Group(0.8, True, 70.0, True),
    "back": Group(1.2, True, 70.0, True),
}
"""Every group; ``group_of`` chooses."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One part on the desk: balanced, placed, dry."""

    name: str
    role: str
    instrument: Instrument
    samples: Float[np.ndarray, "2 N"]


def group_of(role: str, instrument: Instrument) -> str:
    """Where a part belongs.

    Example:
        >>> from musiclm.corpus.instruments import instrument_of
        >>> group_of("lead", instrument_of("flute"))
        'front'
    """
    if instrument.is_drums:
        return "drums"
    if role == "bass":
        return "bass"
    if role in ("lead", "counter"):
        return "front"
    far = role in ("pad", "effects") or instrument.family in ("synth_pad", "choir")
    return "back" if far else "band"


class Desk:
    """The desk as one score wants it.

    Raises:
        ConfigError: The score names no treatment of ours.
    """

    def __init__(self, score: Score, *, sample_rate: int, seed: int = 0) -> None:
        if score.treatment not in TREATMENTS:
            raise ConfigError(
                f"no treatment {score.treatment!r}: choose one of {', '.join(TREATMENTS)}"
            )
        self._score = score
        self._sample_rate = sample_rate
        self._treatment = TREATMENTS[score.treatment]
        self._production = _DEFAULTS | score.production
        self._seed = [seed, score.seed]
        least, most = self._treatment.room
        self._room = min(most, max(least, self._production["reverb"]))
        self._kicks = _kicks(score)
        self._builds = list(_builds(score))

    def mix(self, channels: Sequence[Channel]) -> Float[np.ndarray, "2 N"]:
        """Everything together, before the master stage."""
        sums: dict[str, NDArray[np.float32]] = {}
        for channel in channels:
            group = group_of(channel.role, channel.instrument)
            sound = self._insert(channel)
            if group in sums:
                sums[group] += sound
            else:
                sums[group] = sound.copy()
        return self._through(sums)

    def stem(self, channel: Channel) -> Float[np.ndarray, "2 N"]:
        """One part with its echo and its share of the room: the stems add up to ``mix``."""
        return self._through({group_of(channel.role, channel.instrument): self._insert(channel)})

    def finish(self, mixed: Float[np.ndarray, "2 N"]) -> Float[np.ndarray, "2 N"]:
        """The master stage: treatment, colour, loudness, peaks and the end."""
        rate, treatment, production = self._sample_rate, self._treatment, self._production
        rng = np.random.default_rng([*self._seed, 2])
        sound = widen(mixed, width=treatment.width)
        sound = flutter(
            sound, amount=treatment.flutter, sample_rate=rate, phase=float(rng.random())
        )
        sound = saturate(sound, amount=max(treatment.drive, production["drive"]))
        sound = tilt(sound, decibels=treatment.tilt_db, sample_rate=rate)
        sound = brighten(sound, brightness=production["brightness"], sample_rate=rate)
        sound = wear(
            sound, amount=production["vinyl"], hiss=treatment.hiss, sample_rate=rate, rng=rng
        )
        if treatment.band:
            low, high = treatment.band
            sound = band_limit(sound, low=low, high=high, sample_rate=rate)
        return master(
            sound,
            loudness_target_lufs=LOUDNESS_TARGET_LUFS + _loudness_offset_db(self._score),
            fade_seconds=_FADE_SECONDS,
            sample_rate=rate,
        )

    def _insert(self, channel: Channel) -> NDArray[np.float32]:
        """What a part gets of its own: chorus, and echoes in time."""
        instrument = channel.instrument
        depth = _CHORUSED_KEYS.get(instrument.key, _CHORUSED.get(instrument.family, 0.0))
        phase = (sum(map(ord, instrument.key)) % 97) / 97
        sound = chorus(channel.samples, depth=depth, sample_rate=self._sample_rate, phase=phase)
        usual = _SYNTH_LEAD_ECHO if instrument.family == "synth_lead" else 0.0
        amount = self._production.get("echo", usual)
        if channel.role not in ("lead", "counter") or amount <= 0.0:
            return sound
        again = repeats(
            sound, seconds=self._echo_seconds(), amount=amount, sample_rate=self._sample_rate
        )
        both: NDArray[np.float32] = sound + again
        return both

    def _echo_seconds(self) -> float:
        """A dotted eighth, or two thirds of a beat where the music swings."""
        beat = 60.0 / self._score.tempo_bpm
        seconds = beat * (2 / 3 if self._score.swing > 0.3 else 0.75)
        while seconds > 0.6:
            seconds /= 2
        return seconds

    def _through(self, sums: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Groups, then the room that they share."""
        if not sums:
            raise ConfigError("nothing to mix: give at least one channel")
        shape = next(iter(sums.values())).shape
        mixed, sent = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        rate = self._sample_rate
        gain = ducking(
            next(iter(sums.values())).shape[1],
            onsets_seconds=self._kicks,
            depth=self._production["sidechain"],
            sample_rate=rate,
        )
        for name, group in GROUPS.items():
            if name not in sums:
                continue
            sound = sums[name]
            if group.lowest_hertz:
                sound = without_rumble(sound, hertz=group.lowest_hertz, sample_rate=rate)
            if group.filtered:
                sound = opening(sound, spans_seconds=self._builds, sample_rate=rate)
            if group.ducked and gain is not None:
                sound = sound * gain
            mixed += sound
            sent += np.float32(group.send) * sound
        room = echo(
            sent,
            amount=self._room,
            seconds=self._treatment.room_seconds,
            sample_rate=rate,
            rng=np.random.default_rng([*self._seed, 1]),
        )
        whole: NDArray[np.float32] = mixed + room
        return whole


def _loudness_offset_db(score: Score) -> float:
    """Quiet pieces stay a little quieter than loud ones, within a decibel of the target."""
    n_bars = score.n_bars
    if not n_bars:
        return 0.0
    mean = sum(section.intensity * section.n_bars for section in score.sections) / n_bars
    return max(-_SOFT_AND_LOUD_DB, min(_SOFT_AND_LOUD_DB, 3.0 * (mean - 0.62)))


def _kicks(score: Score) -> list[float]:
    """When bass drums strike, in seconds."""
    return sorted(
        score.beat_to_seconds(note.start)
        for part in score.parts
        if part.is_drums
        for note in part.notes
        if note.pitch in (35, 36)
    )


def _builds(score: Score) -> Iterator[tuple[float, float]]:
    """When the filter opens, in seconds."""
    beats = score.beats_per_bar
    for section in score.sections:
        if section.name in _BUILDS:
            start, end = section.start_bar, section.start_bar + section.n_bars
            yield score.beat_to_seconds(start * beats), score.beat_to_seconds(end * beats)
