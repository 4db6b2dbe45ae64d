"""A style and a seed in, a whole ``Score`` out: the composer.

The same (style, seed, seconds, mood, scene) gives the same score on every machine: all draws come
from one ``random.Random``, and each concern (form, harmony, tune, every layer) has a stream of its
own, so that adding an instrument to a style does not rewrite its tunes. What styles are made of
lives in ``styles/``, the craft in ``craft/``; this file only puts a piece together. It makes no
sound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar
from zlib import crc32

from musiclm.corpus.craft.band import Band
from musiclm.corpus.craft.blocks import Style, pick
from musiclm.corpus.craft.check import check_style
from musiclm.corpus.craft.form import lay_out
from musiclm.corpus.craft.moods import MOODS, Mood
from musiclm.corpus.craft.perform import Stage, perform
from musiclm.corpus.craft.plan import chart_of, harmonize
from musiclm.corpus.craft.scenes import SCENES
from musiclm.corpus.score import Score, beats_in_bar
from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.theory import KEY_NAMES, MINOR_MODES
from musiclm.errors import ConfigError

T = TypeVar("T")


def _whole(style: Style) -> Style:
    """A faulty style is found when the program starts, not in the middle of a build."""
    check_style(style)
    return style


STYLES: dict[str, Style] = {
    style.name: _whole(style) for family in FAMILIES.values() for style in family
}
"""Every style by its name."""

FAMILY_OF: dict[str, str] = {
    style.name: family for family, styles in FAMILIES.items() for style in styles
}
"""The family of every style."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 25.0, 60.0
_SCENE_SHARE = 0.5
# How light or dark modes are where "minor" and "major" are too coarse to weigh them by.
_DARK_MODES = ("phrygian dominant", "octatonic", "whole tone", "double harmonic")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a piece is to be, once everything left open has been drawn."""

    style: Style
    mood: str
    feeling: Mood
    scene: str


def compose(
    style: str | None,
    seed: int,
    *,
    seconds: float | None = None,
    mood: str | None = None,
    scene: str | None = None,
) -> Score:
    """Compose one piece.

    Args:
        style: Key of ``STYLES``; drawn when ``None``.
        seed: Any integer; decides everything that is not given.
        seconds: Wanted length, met to within a few bars; 25 to 60 is drawn when ``None``.
        mood: Key of ``MOODS``; drawn when ``None``.
        scene: Key of ``SCENES``, or "" for none in particular; ``None`` draws one that suits the
            style for half of all pieces.

    Raises:
        ConfigError: There is no such style, mood or scene, or ``seconds`` is under 8.

    Example:
        >>> compose("house", seed=1) == compose("house", seed=1)
        True
    """
    if seconds is not None and seconds < 8:
        raise ConfigError(f"a piece needs at least 8 seconds, got {seconds}")
    draw = Random(crc32(f"{style}|{mood}|{scene}|{seed}".encode()))
    wish = _settle(style, mood, scene, draw)
    form, feeling = wish.style, wish.feeling
    length = seconds or draw.uniform(_SHORTEST_SECONDS, _LONGEST_SECONDS)

    metre = pick(form.metres, draw)
    mode = pick(_mode_weights(form, feeling), draw)
    tonic = draw.randrange(12)
    tempo = _tempo(form, feeling, draw)
    arc = pick({a: w * (3 if a in feeling.arcs else 1) for a, w in form.arcs.items()}, draw)
    beats = beats_in_bar(metre)
    blocks, phrase_bars = lay_out(form, feeling, arc, beats * 60 / tempo, length, draw)
    sections, bars = harmonize(
        form, blocks, phrase_bars, tonic=tonic, mode=mode, metre=metre, rng=draw
    )
    band = Band(
        style=form,
        mood=feeling,
        bars=bars,
        phrase_bars=phrase_bars,
        tonic=tonic,
        mode=mode,
        metre=metre,
        tempo=tempo,
        seed=draw.getrandbits(32),
    )
    swing = round(draw.uniform(*form.swing), 2)
    stage = Stage(style=form, bars=bars, tempo=tempo, swing=swing)
    return Score(
        title=f"{wish.mood.capitalize()} {form.name} in {KEY_NAMES[tonic]} {mode}",
        style=form.name,
        mood=wish.mood,
        tempo_bpm=tempo,
        tempo_curve=_tempo_curve(form, tempo, len(bars) * beats, beats),
        key=KEY_NAMES[tonic],
        mode=mode,
        metre=metre,
        swing=swing,
        parts=perform(band.play(), stage, draw),
        sections=tuple(sections),
        seed=seed,
        production=_production(form, feeling, draw),
        treatment=pick(form.treatments, draw),
        scene=wish.scene,
        chords=chart_of(form, bars),
        ending=form.ending,
    )


def _settle(style: str | None, mood: str | None, scene: str | None, draw: Random) -> _Wish:
    """Draw what was not asked for, so that style, scene and mood suit each other."""
    place = _known(SCENES, scene, "scene") if scene else None
    if style is not None:
        form = _known(STYLES, style, "style")
    elif place is not None:
        form = STYLES[pick(_suited(place.suits), draw)]
    else:
        form = draw.choice(list(STYLES.values()))
    if mood is not None:
        _known(MOODS, mood, "mood")
    if scene is None and draw.random() < _SCENE_SHARE:
        fitting = {
            name: one.suits(form.name, FAMILY_OF[form.name])
            * (1.0 if mood is None else one.moods.get(mood, 0.0))
            for name, one in SCENES.items()
        }
        if any(fitting.values()):
            scene = pick(fitting, draw)
            place = SCENES[scene]
    if mood is None:
        wanted: Mapping[str, float] = place.moods if place else dict.fromkeys(MOODS, 1.0)
        weights = {name: weight * form.moods.get(name, 1.0) for name, weight in wanted.items()}
        mood = pick(weights if any(weights.values()) else wanted, draw)
    feeling = MOODS[mood]
    return _Wish(form, mood, place.bend(feeling) if place else feeling, scene or "")


def _suited(suits: Callable[[str, str], float]) -> dict[str, float]:
    """A weight for every style; all of them where none of ours suits the scene."""
    weights = {name: suits(name, family) for name, family in FAMILY_OF.items()}
    return weights if any(weights.values()) else dict.fromkeys(weights, 1.0)


def _known(table: Mapping[str, T], key: str, what: str) -> T:
    if key not in table:
        raise ConfigError(f"no {what} {key!r}: choose one of {', '.join(sorted(table))}")
    return table[key]


def _mode_weights(style: Style, mood: Mood) -> dict[str, float]:
    """Moods lean towards minor or major modes, as far as the style knows them."""
    return {
        mode: weight
        * (1.0 if mode in _DARK_MODES else mood.minor if mode in MINOR_MODES else 1 / mood.minor)
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
    if style.ritard > 0 and style.ending == "ring":
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
