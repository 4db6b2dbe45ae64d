"""Clips with their records in, where windows met in each of them out.

A record says at which second a window took over, because only the model knew: words that change on
the way move it. Where words changed at that very moment a change was wanted, so such places are no
seams here.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from musiclm.audio.io import read_audio
from musiclm.errors import DataError
from musiclm.evaluate.frechet import AUDIO_SUFFIXES
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.seams import Joints
from musiclm.pipeline.generation import sidecar_of

_SAME_MOMENT = 1e-3


def recorded_joints(places: Sequence[Path]) -> list[Joints]:
    """Find clips with seams.

    Args:
        places: Audio files, and folders whose audio files are meant.

    Raises:
        DataError: A file is missing or has no record beside it, or no clip has a seam.
        AudioError: A file cannot be read.
    """
    found = [_joints(path) for place in places for path in _files(place)]
    known = [joints for joints in found if joints.short]
    if not known:
        raise DataError(
            f"no window took over in any of {len(found)} clips: make some with MusicGen that are "
            "longer than its 30 seconds, for example -d 70"
        )
    return known


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES)
    return [place]


def _joints(path: Path) -> Joints:
    if not path.is_file():
        raise DataError(f"no file {path}: give clips that have their records beside them")
    record = sidecar_of(path)
    try:
        events = json.loads(record.read_bytes())["events"]
        moments = [(str(event["what"]), float(event["seconds"])) for event in events]
    except FileNotFoundError:
        raise DataError(f"no record {record} beside the clip: keep what musiclm wrote") from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise DataError(
            f"{record} does not say what took effect when: it is no record of a clip"
        ) from None
    words = [seconds for what, seconds in moments if what == "prompt"]
    seams = [
        seconds
        for what, seconds in moments
        if what == "window" and all(abs(seconds - each) > _SAME_MOMENT for each in words)
    ]
    return Joints(Made(path, None), read_audio(path).seconds, seams, seams)
