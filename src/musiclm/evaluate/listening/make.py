"""Folders of audio in, a blind listening test in a folder out.

``OUT/page`` is all that raters may see: one HTML file that needs nothing else, the same test as
JSON, and the audio, encoded anew so that neither names nor tags tell who made it. ``OUT/key.json``
beside it says who is who. Clips of a pair are as loud as each other and as long as each other,
because listeners prefer the louder one and would soon know a system by its length. Sample rate and
channels stay as they are: they belong to the sound that is judged.
"""

import hashlib
import html
import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from musiclm._version import __version__
from musiclm.audio.blocks import to_stereo
from musiclm.audio.io import encode_audio, read_audio
from musiclm.audio.loudness import integrated_loudness, is_silent, true_peak_dbtp
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError
from musiclm.evaluate.listening.documents import (
    AUDIO_FOLDER,
    INDEX,
    KEY_FILE,
    PAGE_FILE,
    PAGE_FOLDER,
    SCALE,
    TASKS,
    Key,
    Page,
    Question,
    Sides,
    Trial,
)
from musiclm.evaluate.listening.plan import plan_comparisons
from musiclm.evaluate.listening.systems import Systems, find_systems, read_prompts

LOUDNESS_LUFS = -20.0
"""Quiet enough that most music reaches it without its peaks coming near full scale."""
LONGEST_SECONDS = 30.0
"""Of a clip; nobody compares longer ones from memory."""

_CEILING_DBTP = -1.0
_SHORTEST_SECONDS = 0.5
_FADE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Made:
    """A test on disk."""

    page: Path  # the HTML file
    key: Path
    n_trials: int
    systems: tuple[str, ...]
    notes: tuple[str, ...]  # what was left out, cut or silent, for a reader


def make_page(
    folders: Sequence[Path],
    out: Path,
    *,
    n_pairs: int,
    seed: int = 0,
    question: Question = "text-fit",
    prompts: Path | None = None,
    loudness_lufs: float | None = LOUDNESS_LUFS,
    longest_seconds: float = LONGEST_SECONDS,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Made:
    """Build a test; nothing is left behind when it fails.

    Args:
        folders: One a system, see ``find_systems``.
        out: Folder to make; must not exist.
        n_pairs: Comparisons, spread evenly over the pairs of systems.
        seed: Same seed and audio, same test, byte for byte.
        question: What raters are asked.
        prompts: JSON file of texts by name of clip; otherwise from the records beside the audio.
        loudness_lufs: What both clips of a pair are brought to, or as near below it as the peaks
            of the two allow; ``None`` leaves them as they are.
        longest_seconds: Clips are cut to it, and both of a pair to the shorter one.
        on_progress: Told what is done, how many are done, how many in all.

    Raises:
        ConfigError: ``out`` exists, or the systems or numbers cannot be used.
        DataError: The folders cannot be compared, see ``find_systems``.
        AudioError: A clip cannot be read, or is shorter than half a second.
    """
    if out.exists() or out.is_symlink():
        raise ConfigError(f"{out} is there already: give a new folder, or remove the old one")
    if loudness_lufs is not None and not -60.0 <= loudness_lufs <= -5.0:
        raise ConfigError(f"loudness must be -60 to -5 LUFS, got {loudness_lufs}")
    if not longest_seconds >= _SHORTEST_SECONDS:
        raise ConfigError(f"clips must be {_SHORTEST_SECONDS} s or longer, got {longest_seconds}")
    found = find_systems(
        folders,
        prompts=read_prompts(prompts) if prompts else None,
        need_prompts=question == "text-fit",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    building = out.with_name(f".{out.name[:100]}.{os.getpid()}.part")
    building.mkdir()
    try:
        page, sides, notes = _fill(
            building / PAGE_FOLDER,
            found,
            n_pairs=n_pairs,
            seed=seed,
            question=question,
            loudness_lufs=loudness_lufs,
            longest_seconds=longest_seconds,
            on_progress=on_progress,
        )
        key = Key(
            test_id=page.test_id,
            musiclm_version=__version__,
            kind=question,
            seed=seed,
            loudness_lufs=loudness_lufs,
            systems=found.names,
            trials=sides,
        )
        (building / KEY_FILE).write_bytes(f"{key.to_json()}\n".encode())
        # Only now is anything under its name: a test is there whole, or not at all.
        building.rename(out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Made(
        out / PAGE_FOLDER / INDEX,
        out / KEY_FILE,
        len(page.trials),
        found.names,
        (*found.notes, *notes),
    )


def _fill(
    folder: Path,
    found: Systems,
    *,
    n_pairs: int,
    seed: int,
    question: Question,
    loudness_lufs: float | None,
    longest_seconds: float,
    on_progress: Callable[[str, int, int], None] | None,
) -> tuple[Page, tuple[Sides, ...], list[str]]:
    """Write the page and its audio; returns it, who is who, and what there is to say."""
    planned = plan_comparisons(len(found.names), len(found.clips), n_pairs=n_pairs, seed=seed)
    (folder / AUDIO_FOLDER).mkdir(parents=True)
    digest = hashlib.sha256(question.encode())
    trials, sides, silent, n_cut = [], [], set(), 0
    for number, each in enumerate(planned, start=1):
        clip = found.clips[each.clip]
        names = [f"{AUDIO_FOLDER}/{number:04d}-{side}.flac" for side in "ab"]
        paths = [clip.files[each.a], clip.files[each.b]]
        sounds = [_read(path, longest_seconds) for path in paths]
        silent |= {str(p) for p, sound in zip(paths, sounds, strict=True) if is_silent(sound)}
        cut = equal_length(sounds)
        n_cut += any(a is not b for a, b in zip(cut, sounds, strict=True))
        for name, sound in zip(names, equal_loudness(cut, loudness_lufs), strict=True):
            content = encode_audio(sound, format="flac")
            digest.update(hashlib.sha256(content).digest())
            (folder / name).write_bytes(content)
        text = clip.prompt if question == "text-fit" else None
        trials.append(Trial(id=f"{number:04d}", prompt=text, a=names[0], b=names[1]))
        digest.update(json.dumps(text).encode())
        sides.append(
            Sides(id=f"{number:04d}", clip=clip.name, a=found.names[each.a], b=found.names[each.b])
        )
        if on_progress:
            on_progress("pairs", number, n_pairs)
    title, task = TASKS[question]
    page = Page(
        test_id=digest.hexdigest()[:16],
        kind=question,
        question=title,
        task=task,
        scale=SCALE,
        trials=tuple(trials),
    )
    (folder / PAGE_FILE).write_bytes(f"{page.to_json()}\n".encode())
    (folder / INDEX).write_bytes(page_html(page).encode())
    notes = [f"{n_cut} pair(s) of unequal length, cut to the shorter clip"] if n_cut else []
    notes += [f"{path} is silent" for path in sorted(silent)]
    return page, tuple(sides), notes


def page_html(page: Page) -> str:
    """The page as one HTML file: style, script and test inside."""
    template = files("musiclm.evaluate.listening").joinpath("page.html").read_text("utf-8")
    # A "</script>" in a prompt must not end the element that holds the data.
    data = page.to_json().replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return template.replace("{{QUESTION}}", html.escape(page.question)).replace("{{TEST}}", data)


def equal_length(sounds: Sequence[Waveform]) -> list[Waveform]:
    """Cut all to the shortest, with a short fade; those that fit come back themselves."""
    shortest = min(sound.seconds for sound in sounds)
    return [
        # Less than a tenth of a second is the rounding of some codec, and heard by nobody.
        sound if sound.seconds - shortest < 0.1 else sound.slice(0, shortest).fade(0, _FADE_SECONDS)
        for sound in sounds
    ]


def equal_loudness(sounds: Sequence[Waveform], target_lufs: float | None) -> list[Waveform]:
    """Scale all to one loudness: the target, or what the sound with the highest peaks reaches.

    One gain for a whole sound; silence stays silence and does not count.

    Args:
        sounds: Heard one after the other.
        target_lufs: Integrated loudness, LUFS; ``None`` changes nothing.
    """
    if target_lufs is None:
        return list(sounds)
    levels = [-math.inf if is_silent(each) else integrated_loudness(each) for each in sounds]
    common = target_lufs
    for sound, level in zip(sounds, levels, strict=True):
        if math.isfinite(level):
            common = min(common, level + _CEILING_DBTP - true_peak_dbtp(sound))
    return [
        Waveform(sound.samples * 10 ** ((common - level) / 20), sound.sample_rate)
        if math.isfinite(level)
        else sound
        for sound, level in zip(sounds, levels, strict=True)
    ]


def _read(path: Path, longest_seconds: float) -> Waveform:
    """A clip as it is played: its beginning, in at most two channels."""
    sound = read_audio(path, seconds=longest_seconds)
    if sound.seconds < _SHORTEST_SECONDS:
        raise AudioError(
            f"{path} is {sound.seconds:.2f} s long, too short to be judged: expected "
            f"{_SHORTEST_SECONDS} s or more"
        )
    if sound.n_channels > 2:
        sound = Waveform(to_stereo(sound.samples), sound.sample_rate)
    # Only a clip that is as long as the limit may have been cut in the middle of a sound.
    return sound if sound.seconds < longest_seconds - 0.1 else sound.fade(0, _FADE_SECONDS)
