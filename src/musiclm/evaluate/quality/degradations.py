"""Clips made worse step by step in, how each metric takes it out: a metric must follow its fault.

Noise, a low-pass, another tempo, shuffled seconds, wrong prompts, and sets that collapse to
silence, noise or one loop. Each works on a whole set of clips at increasing strength, the stronger
step damaging what the weaker one did and more, so that a sound metric can only rise, or only fall.
A metric that does not is shown as such: nothing is smoothed or left out.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.filters import low_pass
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.corpus.tempo import tempo_of
from musiclm.evaluate.frechet import statistics_of
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model.plots import new_figure, write_figure
from musiclm.evaluate.model.shape import shape_of
from musiclm.evaluate.quality.coverage import density_and_coverage
from musiclm.evaluate.quality.divergence import paired_divergence, tag_probabilities
from musiclm.evaluate.quality.frechet_limit import frechet_limit
from musiclm.evaluate.quality.kernel import kernel_distance

Clips = Sequence[Waveform]
Measure = Callable[[Clips], Mapping[str, float]]
"""A set of clips in, its values by metric out; NaN where one cannot be told."""
Worse = Literal["higher", "lower"]

FRECHET, KERNEL, COVERAGE = "Frechet distance", "kernel distance", "coverage"
RETURNS, BEAT, TEMPO = "returns", "beat strength", "tempo error"
_LOOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Degradation:
    """A way to make a set of clips worse."""

    name: str
    unit: str  # of its strengths
    strengths: tuple[float, ...]  # mild to strong
    change: Callable[[Clips, float, np.random.Generator], list[Waveform]]


@dataclass(frozen=True, slots=True)
class Curve:
    """How one metric takes one degradation."""

    degradation: str
    unit: str
    metric: str
    worse: Worse  # which way is worse
    strengths: tuple[float, ...]  # mild to strong
    clean: float  # without degradation
    values: tuple[float, ...]  # one a strength

    @property
    def monotone(self) -> bool:
        """Whether every step makes the metric worse than the step before; NaN never does."""
        sign = 1.0 if self.worse == "higher" else -1.0
        path = [sign * value for value in (self.clean, *self.values)]
        return all(later > sooner for sooner, later in itertools.pairwise(path))


def add_noise(sound: Waveform, snr_db: float, rng: np.random.Generator) -> Waveform:
    """White noise so many decibels below the sound's own level; silence stays silent."""
    level = float(sound.samples.double().square().mean().sqrt()) * 10 ** (-snr_db / 20)
    noise = torch.from_numpy(rng.standard_normal(tuple(sound.samples.shape))).to(sound.samples)
    return Waveform(sound.samples + level * noise, sound.sample_rate)


def muffle(sound: Waveform, cutoff_hz: float) -> Waveform:
    """Two poles of low-pass on every channel."""
    channels = [
        low_pass(
            channel.to(torch.float32).numpy(),
            math.log2(cutoff_hz),
            resonance_db=0.0,
            sample_rate=sound.sample_rate,
        )
        for channel in sound.samples
    ]
    return Waveform(torch.from_numpy(np.stack(channels)), sound.sample_rate)


def slow_down(sound: Waveform, factor: float) -> Waveform:
    """So many times as long, by resampling: pitch falls with the tempo, as on a slow tape."""
    rate = sound.sample_rate
    slower = resample(sound.samples.to(torch.float32), rate, round(rate * factor))
    return Waveform(slower, rate)


def shuffle_seconds(sound: Waveform, share: float, rng: np.random.Generator) -> Waveform:
    """A share of the whole seconds, each put where another one of them was."""
    rate = sound.sample_rate
    n_seconds = sound.n_samples // rate
    order = displaced(n_seconds, share, rng)
    seconds = sound.samples[:, : n_seconds * rate].reshape(sound.n_channels, n_seconds, rate)
    shuffled = seconds[:, torch.from_numpy(order)].flatten(1)
    rest = sound.samples[:, n_seconds * rate :]
    return Waveform(torch.cat([shuffled, rest], dim=1), rate)


def displaced(n: int, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places 0 to ``n - 1`` with a share of them moved round; with one seed, more share adds more.

    Raises:
        ConfigError: A share outside 0 to 1.

    Example:
        >>> order = displaced(10, 0.4, np.random.default_rng(0))
        >>> int((order != np.arange(10)).sum())
        4
    """
    if not 0.0 <= share <= 1.0:
        raise ConfigError(f"a share lies between 0 and 1, got {share}")
    order = np.arange(n)
    moved = rng.permutation(n)[: round(share * n)]
    order[moved] = np.roll(moved, 1)  # a ring: each one of them moves, unless it is alone
    return order


def collapse(
    clips: Clips,
    share: float,
    rng: np.random.Generator,
    *,
    to: Literal["silence", "noise", "loop"],
) -> list[Waveform]:
    """A share of the clips replaced by silence, by noise, or by the first clip's first second.

    Raises:
        ConfigError: A share outside 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ConfigError(f"a share lies between 0 and 1, got {share}")
    replaced = list(clips)
    loop = clips[0].slice(0, Fraction(_LOOP_SECONDS))
    for place in rng.permutation(len(clips))[: round(share * len(clips))]:
        samples, rate = clips[place].samples, clips[place].sample_rate
        if to == "silence":
            changed = torch.zeros_like(samples)
        elif to == "noise":
            changed = 0.1 * torch.from_numpy(rng.standard_normal(tuple(samples.shape))).to(samples)
        else:
            changed = loop.samples.repeat(1, -(-samples.shape[1] // loop.n_samples))
            changed, rate = changed[:, : samples.shape[1]], loop.sample_rate
        replaced[place] = Waveform(changed, rate)
    return replaced


def degradations() -> dict[str, Degradation]:
    """All of them by name, with the strengths that reports use."""
    shares = (0.25, 0.5, 0.75, 1.0)
    found = [
        Degradation("noise", "dB SNR", (40.0, 30.0, 20.0, 10.0, 0.0), _each(add_noise)),
        Degradation(
            "low-pass",
            "Hz",
            (6_000.0, 4_000.0, 2_000.0, 1_000.0, 500.0),
            _each(lambda sound, cutoff_hz, _: muffle(sound, cutoff_hz)),
        ),
        Degradation(
            "time stretch",
            "times as long",
            (1.03, 1.06, 1.12, 1.2, 1.3),
            _each(lambda sound, factor, _: slow_down(sound, factor)),
        ),
        # Doubling: once half of the seconds are out of place, little order is left to lose.
        Degradation(
            "shuffled seconds", "share of seconds", (0.125, 0.25, 0.5, 1.0), _each(shuffle_seconds)
        ),
        Degradation("wrong prompts", "share of clips", shares, _mispaired),
        Degradation(
            "silence", "share of clips", shares, lambda *given: collapse(*given, to="silence")
        ),
        Degradation(
            "noise only", "share of clips", shares, lambda *given: collapse(*given, to="noise")
        ),
        Degradation(
            "one loop", "share of clips", shares, lambda *given: collapse(*given, to="loop")
        ),
    ]
    return {each.name: each for each in found}


def mel_measure(reference: Clips, *, seed: int = 0) -> Measure:
    """Frechet distance, kernel distance and coverage on the mel statistics of ``evaluate/frechet``.

    Frechet is the plain value: collapsed sets have no straight line over 1/N.
    """
    known = statistics_of(reference)

    def measure(clips: Clips) -> dict[str, float]:
        new = statistics_of(clips)
        coverage = density_and_coverage(known, new, seed=seed).coverage
        return {
            FRECHET: _number(frechet_limit(known, new, seed=seed).plain),
            KERNEL: _number(kernel_distance(known, new, seed=seed).value),
            COVERAGE: _number(coverage.value if coverage else None),
        }

    return measure


def shape_measure(clips: Clips) -> dict[str, float]:
    """What returns, and how strong the beat is; mean over clips of 20 s or more.

    Raises:
        AudioError: A clip is shorter.
    """
    shapes = [shape_of(clip) for clip in clips]
    return {
        RETURNS: _mean([shape.returns for shape in shapes]),
        BEAT: _mean([shape.beat_strength for shape in shapes]),
    }


def tempo_measure(reference: Clips) -> Measure:
    """How far the tempo is from that of the clip as it was, in octaves, octave errors aside."""
    known = [_tempo(clip) for clip in reference]

    def measure(clips: Clips) -> dict[str, float]:
        apart = [math.log2(_tempo(clip) / was) for clip, was in zip(clips, known, strict=True)]
        return {TEMPO: _mean([abs(each - round(each)) if each == each else each for each in apart])}

    return measure


def divergence_measure(judge: Judge, reference: Clips, *, seed: int = 0) -> Measure:
    """Paired divergence of every group of questions, named ``KLD style`` and so on."""
    known = [tag_probabilities(judge, clip) for clip in reference]

    def measure(clips: Clips) -> dict[str, float]:
        new = [tag_probabilities(judge, clip) for clip in clips]
        found = paired_divergence(known, new, seed=seed)
        return {f"KLD {group}": each.value for group, each in found.items()}

    return measure


def curves_of(
    clips: Clips,
    degradation: Degradation,
    measure: Measure,
    *,
    seed: int = 0,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> list[Curve]:
    """Every metric of ``measure`` on the clips as they are and at each strength.

    Args:
        clips: As they are.
        degradation: What is done to them.
        measure: What is measured.
        seed: Same for every strength, so that a stronger step contains the weaker one.
        on_progress: Told the degradation, the steps done and all steps.

    Raises:
        DataError: No clip.
    """
    if not clips:
        raise DataError("a degradation needs clips, there are none")
    steps = len(degradation.strengths) + 1
    measured = []
    for number, strength in enumerate((None, *degradation.strengths), start=1):
        rng = np.random.default_rng(seed)
        changed = clips if strength is None else degradation.change(clips, strength, rng)
        measured.append(measure(changed))
        if on_progress:
            on_progress(degradation.name, number, steps)
    return [
        Curve(
            degradation=degradation.name,
            unit=degradation.unit,
            metric=metric,
            worse="lower" if metric in (COVERAGE, RETURNS, BEAT) else "higher",
            strengths=degradation.strengths,
            clean=clean,
            values=tuple(found[metric] for found in measured[1:]),
        )
        for metric, clean in measured[0].items()
    ]


def draw_curves(target: Path, curves: Sequence[Curve], *, n_columns: int = 3) -> Path | None:
    """A panel a curve, mild to strong; red where the metric does not worsen at every step.

    Returns:
        The PNG file; ``None`` without matplotlib.

    Raises:
        DataError: No curve.
    """
    if not curves:
        raise DataError("a picture of degradations needs a curve, there is none")
    n_rows = -(-len(curves) // n_columns)
    figure = new_figure(2.8 * n_columns, 2.0 * n_rows)
    if figure is None:
        return None
    for place, curve in enumerate(curves, start=1):
        axes = figure.add_subplot(n_rows, n_columns, place)
        colour = "#4477aa" if curve.monotone else "#cc3311"
        axes.plot((curve.clean, *curve.values), "o-", color=colour, markersize=4)
        labels = ["none", *(f"{strength:g}" for strength in curve.strengths)]
        axes.set_xticks(range(len(labels)), labels, fontsize=6)
        axes.set_xlabel(curve.unit, fontsize=7)
        axes.set_title(f"{curve.degradation}: {curve.metric}", fontsize=8)
        axes.tick_params(axis="y", labelsize=6)
    return write_figure(target, figure)


def _each(
    change: Callable[[Waveform, float, np.random.Generator], Waveform],
) -> Callable[[Clips, float, np.random.Generator], list[Waveform]]:
    """Every clip by itself, each with chance of its own that no strength changes."""

    def change_all(clips: Clips, strength: float, rng: np.random.Generator) -> list[Waveform]:
        return [
            change(clip, strength, own)
            for clip, own in zip(clips, rng.spawn(len(clips)), strict=True)
        ]

    return change_all


def _mispaired(clips: Clips, share: float, rng: np.random.Generator) -> list[Waveform]:
    """A share of the clips, each at the place of another one of them."""
    return [clips[place] for place in displaced(len(clips), share, rng)]


def _tempo(clip: Waveform) -> float:
    found = tempo_of(clip.samples.mean(dim=0).double().numpy(), clip.sample_rate)
    return math.nan if found is None else found


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _mean(values: Sequence[float]) -> float:
    """Of those that could be told."""
    told = [value for value in values if math.isfinite(value)]
    return float(np.mean(told)) if told else math.nan
