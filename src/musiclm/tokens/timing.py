"""The only place where seconds meet samples and frames, in exact fractions.

Floats enter as the decimal number that a person wrote (``0.1`` is one tenth), because the binary
neighbour of a duration would round differently at different rates.
"""

import math
from fractions import Fraction

from musiclm.errors import ConfigError

Seconds = float | int | Fraction


def exact_seconds(seconds: Seconds) -> Fraction:
    """``seconds`` as an exact fraction.

    Raises:
        ConfigError: Not finite, or negative.

    Example:
        >>> exact_seconds(0.1)
        Fraction(1, 10)
    """
    if isinstance(seconds, float) and not math.isfinite(seconds):
        raise ConfigError(f"a duration must be finite, got {seconds}")
    exact = Fraction(str(seconds)) if isinstance(seconds, float) else Fraction(seconds)
    if exact < 0:
        raise ConfigError(f"a duration must be >= 0 seconds, got {seconds}")
    return exact


def seconds_to_samples(seconds: Seconds, sample_rate: int) -> int:
    """Samples that cover ``seconds``, rounded to the nearest sample (half rounds up).

    Example:
        >>> seconds_to_samples(0.5, 24_000)
        12000
    """
    return math.floor(exact_seconds(seconds) * sample_rate + Fraction(1, 2))


def samples_to_seconds(n_samples: int, sample_rate: int) -> float:
    """Duration of ``n_samples`` in seconds."""
    return float(Fraction(n_samples, sample_rate))


def seconds_to_frames(seconds: Seconds, frame_rate: Fraction) -> int:
    """Frames needed to cover ``seconds``: rounded up, so nothing is cut off.

    Example:
        >>> seconds_to_frames(1.01, Fraction(25))
        26
    """
    return math.ceil(exact_seconds(seconds) * frame_rate)


def whole_frames(seconds: Seconds, frame_rate: Fraction) -> int:
    """Frames that fit into ``seconds``: rounded down, for cutting crops out of clips."""
    return math.floor(exact_seconds(seconds) * frame_rate)


def frames_to_seconds(n_frames: int, frame_rate: Fraction) -> float:
    """Duration of ``n_frames`` in seconds."""
    return float(Fraction(n_frames) / frame_rate)


def frames_to_samples(n_frames: int, frame_rate: Fraction, sample_rate: int) -> int:
    """Samples under ``n_frames``.

    Raises:
        ConfigError: The rates do not divide, so a frame is no whole number of samples.
    """
    samples = n_frames * Fraction(sample_rate) / frame_rate
    if samples.denominator != 1:
        raise ConfigError(f"{sample_rate} Hz is no whole multiple of {frame_rate} frames a second")
    return int(samples)


def samples_to_frames(n_samples: int, frame_rate: Fraction, sample_rate: int) -> int:
    """Frames needed to cover ``n_samples``, rounded up."""
    return math.ceil(Fraction(n_samples) * frame_rate / sample_rate)


def convert_frames(n_frames: int, from_rate: Fraction, to_rate: Fraction) -> int:
    """Frames of another stream over the same span.

    Raises:
        ConfigError: The span is no whole number of frames there.

    Example:
        >>> convert_frames(50, Fraction(25), Fraction(50))
        100
    """
    frames = n_frames * to_rate / from_rate
    if frames.denominator != 1:
        raise ConfigError(
            f"{n_frames} frames at {from_rate} Hz are {float(frames):.3f} frames at {to_rate} Hz: "
            "choose spans that are whole in both"
        )
    return int(frames)


def frames_over(n_frames: int, from_rate: Fraction, to_rate: Fraction) -> int:
    """Frames of another stream that cover a span, rounded up.

    Example:
        >>> frames_over(3, Fraction(50), Fraction(25))
        2
    """
    return math.ceil(n_frames * to_rate / from_rate)
