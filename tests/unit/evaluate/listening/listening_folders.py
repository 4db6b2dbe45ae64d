"""Tiny folders of music for listening tests, and answers to them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from musiclm.evaluate.listening.documents import Answers, Key, Rating, Sides

RATE = 8_000
TEST = "0123456789abcdef"


def write_system(
    folder: Path,
    names: Sequence[str] = ("one", "two", "three", "four"),
    *,
    gain: float = 0.1,
    hertz: float = 220.0,
    seconds: float = 1.0,
    suffix: str = ".wav",
    prompts: bool = True,
) -> Path:
    """A folder of decaying tones with the records that ``musiclm generate`` leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * RATE)) / RATE
    for number, name in enumerate(names):
        tone = np.sin(2 * np.pi * (hertz + 50 * number) * time) * np.exp(-time)
        path = folder / f"{name}{suffix}"
        soundfile.write(path, gain * tone, RATE)
        if prompts:
            record = {"prompt": f"a tone, number {name}", "seed": number}
            (folder / f"{path.name}.json").write_text(json.dumps(record))
    return folder


def key_of(sides: Sequence[tuple[str, str]], systems: Sequence[str]) -> Key:
    """A key with one trial for each pair of names (A, B)."""
    return Key(
        test_id=TEST,
        musiclm_version="0",
        kind="text-fit",
        seed=0,
        loudness_lufs=None,
        systems=tuple(systems),
        trials=tuple(
            Sides(id=f"{number:04d}", clip=f"clip {number}", a=a, b=b)
            for number, (a, b) in enumerate(sides, start=1)
        ),
    )


def answers_of(
    ratings: Mapping[int, int], *, rater: int = 1, test_id: str = TEST, minute: int = 0
) -> Answers:
    """What one rater says, by number of trial."""
    return Answers(
        test_id=test_id,
        rater=f"{rater:016x}",
        started="2026-01-01T10:00:00.000Z",
        finished=f"2026-01-01T11:{minute:02d}:00.000Z",
        answers=tuple(
            Rating(trial=f"{number:04d}", rating=rating, seconds=3.5)
            for number, rating in ratings.items()
        ),
    )
