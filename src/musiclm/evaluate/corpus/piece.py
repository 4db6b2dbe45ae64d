"""A planned piece in, everything measured of one piece out: plain values that cross processes.

Composes, renders and listens in memory; writes nothing.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.corpus.compose import FAMILY_OF, compose
from musiclm.corpus.pieces import PiecePlan
from musiclm.corpus.render import Sound, render
from musiclm.corpus.score import Score
from musiclm.corpus.theory import KEY_NAMES
from musiclm.evaluate.corpus.form import form_heard
from musiclm.evaluate.corpus.harmony import MelodyFit, melody_fit
from musiclm.evaluate.corpus.key import (
    SYMMETRIC,
    chroma_by_second,
    key_of_chroma,
    relation,
)
from musiclm.evaluate.corpus.neighbours import Run, melody_runs
from musiclm.evaluate.corpus.sound import SoundFaults, sound_faults
from musiclm.evaluate.corpus.style_classifier import clips_of
from musiclm.evaluate.corpus.tempo import agreeing_factor, tempo_of
from musiclm.evaluate.corpus.voices import (
    Parallels,
    out_of_range,
    parallels,
    root_motion,
    struck_beats,
    voice_motion,
)

HAS_A_BEAT = 0.6
"""Share of felt beats on which something begins, from which on a piece has a beat."""
NO_KEY = ("horror",)
"""Styles that avoid a key on purpose."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the notes of one piece say."""

    style: str
    family: str
    seed: int
    seconds: float
    tempo_bpm: float
    metre: str
    key: str
    mode: str
    fit: MelodyFit
    parallels: Parallels
    voice_motion: float  # semitones, summed
    n_voices: int  # what it is summed over
    root_motion: float  # semitones, summed
    n_changes: int  # of chord
    out_of_range: tuple[str, ...]
    struck_beats: float
    runs: frozenset[Run]
    compose_seconds: float  # of processor time


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sound of one piece says."""

    tempo_bpm: float | None
    tempo_factor: str | None  # how it relates to the written one; None: it does not
    key: str | None
    key_relation: str | None  # None where no key was written
    form: float | None  # see ``form_heard``; None where no section comes back
    sound: SoundFaults
    clips: tuple[NDArray[np.float32], ...]  # features, for telling styles apart
    render_seconds: float  # of processor time


@dataclass(frozen=True, slots=True)
class Measured:
    """One piece, read and heard."""

    written: Written
    heard: Heard

    @property
    def has_beat(self) -> bool:
        """Whether notes fall on enough beats for a tempo to be heard."""
        return self.written.struck_beats >= HAS_A_BEAT


def compose_and_read(plan: PiecePlan) -> Written:
    """Compose a piece and count what its notes say."""
    return _read(*_composed(plan))


def measure(plan: PiecePlan, *, sound: Sound) -> Measured:
    """Compose a piece, render it, and listen."""
    score, took = _composed(plan)
    return Measured(_read(score, took), hear(score, player_of(plan, sound)))


def player_of(plan: PiecePlan, sound: Sound) -> Sound:
    """Who plays a piece: the font that the corpus would draw for it."""
    return sound.for_piece(plan.seed, unseen="font" in plan.unseen)


def hear(score: Score, sound: Sound) -> Heard:
    """Render a score and listen to it."""
    began = time.process_time()
    waveform = render(score, sound=sound)
    took = time.process_time() - began
    mono = waveform.samples.mean(dim=0).double().numpy()
    tempo = tempo_of(mono, waveform.sample_rate)
    chroma = chroma_by_second(mono, waveform.sample_rate)
    key = key_of_chroma(chroma[_at_home(score, len(chroma))])
    return Heard(
        tempo_bpm=tempo,
        tempo_factor=agreeing_factor(
            tempo, score.tempo_bpm, score.metre, triplets=score.swing > 0.5
        )
        if tempo
        else None,
        key=f"{KEY_NAMES[key[0]]} {key[1]}" if key else None,
        key_relation=_key_relation(score, key),
        form=form_heard(score, mono, waveform.sample_rate),
        sound=sound_faults(waveform),
        clips=tuple(clips_of(waveform)),
        render_seconds=took,
    )


def _composed(plan: PiecePlan) -> tuple[Score, float]:
    began = time.process_time()
    score = compose(plan.style, plan.seed, seconds=plan.target_seconds)
    return score, time.process_time() - began


def _read(score: Score, took: float) -> Written:
    motion, n_voices = voice_motion(score)
    roots, n_changes = root_motion(score)
    return Written(
        style=score.style,
        family=FAMILY_OF[score.style],
        seed=score.seed,
        seconds=score.seconds(),
        tempo_bpm=score.tempo_bpm,
        metre=f"{score.metre[0]}/{score.metre[1]}",
        key=score.key,
        mode=score.mode,
        fit=melody_fit(score),
        parallels=parallels(score),
        voice_motion=motion,
        n_voices=n_voices,
        root_motion=roots,
        n_changes=n_changes,
        out_of_range=tuple(out_of_range(score)),
        struck_beats=struck_beats(score),
        runs=melody_runs(score),
        compose_seconds=took,
    )


def _at_home(score: Score, n_seconds: int) -> NDArray[np.bool_]:
    """Which seconds are in the home key: a piece that modulates has more than one."""
    home = np.zeros(n_seconds, bool)
    for section in score.sections:
        if section.key in ("", score.key):
            first, last = (
                score.beat_to_seconds(bar * score.beats_per_bar)
                for bar in (section.start_bar, section.start_bar + section.n_bars)
            )
            # What rings on after the last section belongs to it.
            ends = section is score.sections[-1]
            home[int(first) : n_seconds if ends else int(np.ceil(last))] = True
    return home if home.any() else np.ones(n_seconds, bool)


def _key_relation(score: Score, key: tuple[int, str] | None) -> str | None:
    if score.style in NO_KEY or score.mode in SYMMETRIC:
        return None
    return relation(key, KEY_NAMES.index(score.key), score.mode) if key else "other"
