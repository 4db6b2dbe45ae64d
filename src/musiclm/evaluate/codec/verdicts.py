"""Measurements in, answers out: is the codec better than Opus at a higher bitrate, by how much?"""

from collections.abc import Sequence
from dataclasses import dataclass

from musiclm.evaluate.codec.intervals import Mean, bootstrap_mean
from musiclm.evaluate.codec.measure import Condition, Measurements

LOG_MEL_BAR = 0.65
"""Nats at 6 kbit/s; between Opus at 12 and at 24 in the trial that set it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar, and on which side of it the codec is."""

    question: str
    """What must hold."""
    passed: bool
    """The bar is met, with the whole 95% interval where two codecs are compared."""
    ours: float
    """Mean of our codec."""
    bar: float
    """What it is compared with: a number, or the mean of Opus on the same clips."""
    difference: Mean
    """Ours minus the bar, by clip; below 0 is better."""
    required: bool
    """The rest are aims."""

    def to_dict(self) -> dict[str, object]:
        """Plain values for a report."""
        apart = self.difference
        return {
            "question": self.question,
            "passed": self.passed,
            "required": self.required,
            "ours": self.ours,
            "bar": self.bar,
            "difference": {"mean": apart.value, "low": apart.low, "high": apart.high},
        }


_DUELS: tuple[tuple[float, str, str, str, bool], ...] = (
    (6_000.0, "Opus 12", "log_mel", "log-mel distance", True),
    (3_000.0, "Opus 12", "log_mel", "log-mel distance", True),
    (6_000.0, "Opus 12", "lines_lost", "lines lost", True),
    (6_000.0, "Opus 12", "harmonic_ratio_db", "HNR error", True),
    (6_000.0, "Opus 12", "flatness", "flatness error", True),
    (6_000.0, "Opus 12 --music", "log_mel", "log-mel distance", False),
    (3_000.0, "Opus 12 --music", "log_mel", "log-mel distance", False),
    (3_000.0, "Opus 12", "lines_lost", "lines lost", False),
    (6_000.0, "Opus 24", "log_mel", "log-mel distance", False),
    (6_000.0, "Opus 24", "lines_lost", "lines lost", False),
    (6_000.0, "Opus 12", "panning_db", "panning error", False),
)
"""Our bitrate, opponent, measure, its name, whether the bar is required."""


def verdicts(found: Measurements, *, seed: int = 0) -> list[Verdict]:
    """Every bar that these measurements can answer; those against Opus only where it was measured.

    Better than Opus means: the mean of ours minus Opus over the same clips is below 0, and so is
    the upper end of its 95% interval.
    """
    answers = [_below_bar(found, seed)]
    for rate, opponent, measure, title, required in _DUELS:
        theirs = found.named(opponent)
        if theirs is not None:
            ours = found.at(rate)
            apart = bootstrap_mean(
                ours.values[measure] - theirs.values[measure], found.pieces, seed=seed
            )
            answers.append(
                Verdict(
                    f"{title} {_at(ours, rate)} better than {opponent} "
                    f"({theirs.bits_per_second / 1000:.1f} kbit/s written)",
                    apart.high < 0.0,
                    _mean(ours, measure, found.pieces),
                    _mean(theirs, measure, found.pieces),
                    apart,
                    required,
                )
            )
    return answers


def verdict_lines(answers: Sequence[Verdict]) -> list[str]:
    """One line of Markdown for each verdict, the required ones first."""
    return [
        f"- **{'passed' if answer.passed else 'missed'}** "
        f"({'bar' if answer.required else 'aim'}): {answer.question}: "
        f"{answer.ours:.3f} against {answer.bar:.3f}, difference {answer.difference.text(3)}"
        for answer in sorted(answers, key=lambda answer: not answer.required)
    ]


def _below_bar(found: Measurements, seed: int) -> Verdict:
    ours = found.at(6_000.0)
    apart = bootstrap_mean(ours.values["log_mel"] - LOG_MEL_BAR, found.pieces, seed=seed)
    return Verdict(
        f"log-mel distance {_at(ours, 6_000.0)} at most {LOG_MEL_BAR}",
        apart.value <= 0.0,
        apart.value + LOG_MEL_BAR,
        LOG_MEL_BAR,
        apart,
        required=True,
    )


def _at(ours: Condition, rate: float) -> str:
    """The rate asked for, and what ours really costs where that is something else."""
    asked, real = f"{rate / 1000:g}", f"{ours.bits_per_second / 1000:.3g}"
    return f"at {asked} kbit/s" + ("" if asked == real else f" (measured at {real})")


def _mean(condition: Condition, measure: str, pieces: Sequence[str]) -> float:
    return bootstrap_mean(condition.values[measure], pieces).value
