"""Ways to produce a piece, by name: what a listener would call dry, roomy, bright or lo-fi.

A treatment is a described attribute of a piece: every one is clearly heard and measured. Numbers
only; the sound of them is made in ``effects`` and ``mix``.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Treatment:
    """How the desk is set."""

    room: tuple[float, float]  # least and most of the score's own reverb, 0..1
    room_seconds: float | None = None  # until 60 dB down; follows the amount where None
    tilt_db: float = 0.0  # of everything above 2 kHz, on top of the score's own brightness
    band: tuple[float, float] | None = None  # hertz that get through
    flutter: float = 0.0  # 0..1: pitch that wavers as on worn tape
    drive: float = 0.0  # 0..1: at least so much saturation
    hiss: float = 0.0  # 0..1
    width: float = 1.0  # of the stereo picture


TREATMENTS: Mapping[str, Treatment] = {
    "natural": Treatment(room=(0.12, 0.5)),
    "dry": Treatment(room=(0.0, 0.03), room_seconds=0.25),
    "roomy": Treatment(room=(0.62, 0.75), room_seconds=2.2, width=1.1),
    "cathedral": Treatment(room=(0.95, 1.0), room_seconds=5.5, tilt_db=-1.0, width=1.15),
    "lo-fi tape": Treatment(
        room=(0.08, 0.35), band=(110.0, 4_200.0), flutter=1.0, drive=0.55, hiss=1.0, width=0.6
    ),
    "bright": Treatment(room=(0.1, 0.45), tilt_db=6.5),
    "dark": Treatment(room=(0.15, 0.55), tilt_db=-9.0),
}
"""Every treatment of ``Score.treatment``."""
