"""Folders of audio in, the clips that all of them have out, with the text of each.

A folder is one system. Clips belong together when they have the same name below their folders;
the suffix does not count, so that WAV can be compared with FLAC. No audio is read here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from musiclm.errors import ConfigError, DataError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Of files that count as audio."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of music as every system made it."""

    name: str  # path below the folders, without suffix
    prompt: str | None  # what was asked for, where it is known
    files: tuple[Path, ...]  # one a system, in the order of the systems


@dataclass(frozen=True, slots=True)
class Systems:
    """What can be compared."""

    names: tuple[str, ...]  # one a folder: as much of its path as tells the folders apart
    clips: tuple[Clip, ...]  # sorted by name
    notes: tuple[str, ...]  # what was left out, for a reader


def find_systems(
    folders: Sequence[Path],
    *,
    prompts: Mapping[str, str] | None = None,
    need_prompts: bool = True,
) -> Systems:
    """Find the clips that all folders have.

    Args:
        folders: Two or more, one a system.
        prompts: Text by name of clip, with or without suffix. Otherwise the field ``prompt`` of
            the record beside a file, ``NAME.wav.json``, as ``musiclm generate`` leaves it; one
            system that has the record is enough.
        need_prompts: Leave out clips without a text.

    Raises:
        ConfigError: Fewer than two folders, or one given twice.
        DataError: A folder is missing or has no audio, no name is common to all, two files of a
            folder have one name, a record is damaged, records disagree about the prompt, or no
            clip has a prompt where one is needed.
    """
    if len(folders) < 2:
        raise ConfigError(f"a comparison needs two or more folders, got {len(folders)}")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ConfigError("the same folder is given twice: give a folder for each system")
    names = short_names(folders)
    by_name = [_audio_by_name(folder) for folder in folders]
    common = sorted(set.intersection(*(set(each) for each in by_name)))
    if not common:
        firsts = "; ".join(
            f"{name}: {min(each)}" for name, each in zip(names, by_name, strict=True)
        )
        raise DataError(
            "no file name is common to all folders: clips of one prompt must have the same name "
            f"in each ({firsts})"
        )
    notes = [
        f"{name}: {_some(lone)} not in every folder, left out"
        for name, each in zip(names, by_name, strict=True)
        if (lone := sorted(set(each) - set(common)))
    ]
    clips = []
    for name in common:
        files = tuple(each[name] for each in by_name)
        text = _given_prompt(name, files, prompts) if prompts else _recorded_prompt(name, files)
        clips.append(Clip(name, text, files))
    if need_prompts:
        without = [clip.name for clip in clips if clip.prompt is None]
        clips = [clip for clip in clips if clip.prompt is not None]
        if not clips:
            raise DataError(
                f"none of {len(without)} common clip(s) has a prompt: put NAME.wav.json with a "
                'field "prompt" beside the audio, give --prompts FILE, or ask about quality'
            )
        if without:
            notes.append(f"{_some(without)} without a prompt, left out")
    return Systems(names, tuple(clips), tuple(notes))


def read_prompts(path: Path) -> dict[str, str]:
    """Texts by name of clip, from a JSON object.

    Raises:
        DataError: Missing, no JSON, or anything but an object of non-empty texts.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise DataError(f'{path} must hold an object such as {{"clip": "calm piano"}}')
    if wrong := [name for name, text in found.items() if not _is_text(text)]:
        raise DataError(f"{path}: {_some(wrong)} whose prompt is no text")
    return {name: text.strip() for name, text in found.items()}


def short_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The ends of the paths, as long as it takes to tell the folders apart.

    Example:
        >>> short_names([Path("runs/one/clips"), Path("runs/two/clips"), Path("real")])
        ('one/clips', 'two/clips', 'real')
    """
    parts = [folder.resolve().parts for folder in folders]
    names = []
    for own in parts:
        others = [each for each in parts if each != own]
        depth = 1
        while depth < len(own) and any(each[-depth:] == own[-depth:] for each in others):
            depth += 1
        names.append("/".join(own[-depth:]))
    return tuple(names)


def _audio_by_name(folder: Path) -> dict[str, Path]:
    """Audio below a folder by its name there, without suffix."""
    if not folder.is_dir():
        raise DataError(f"no folder {folder}: give the folder of a system's audio")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise DataError(f"{found[name]} and {path} have one name: keep one of them")
        found[name] = path
    if not found:
        raise DataError(f"no audio below {folder}: expected {', '.join(SUFFIXES)} files")
    return found


def _given_prompt(name: str, files: Sequence[Path], prompts: Mapping[str, str]) -> str | None:
    """The text of a clip in a table that a user wrote."""
    keys = [name, *(name + path.suffix for path in files), *(path.name for path in files)]
    return next((prompts[key] for key in [*keys, files[0].stem] if key in prompts), None)


def _recorded_prompt(name: str, files: Sequence[Path]) -> str | None:
    """The text in the records beside the files, which must be one."""
    found = {text: path for path in files if (text := _prompt_beside(path)) is not None}
    if len(found) > 1:
        told = "; ".join(f'{path}: "{text}"' for text, path in found.items())
        raise DataError(f"the clips {name} were not made of one prompt ({told}): give --prompts")
    return next(iter(found), None)


def _prompt_beside(audio: Path) -> str | None:
    record = audio.with_name(audio.name + ".json")
    if not record.is_file():
        return None
    try:
        facts = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{record} cannot be read as JSON: {error}") from None
    text = facts.get("prompt") if isinstance(facts, dict) else None
    return str(text).strip() if _is_text(text) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _some(names: Sequence[str]) -> str:
    """A count and the first few names."""
    more = "" if len(names) <= _NAMED else f" and {len(names) - _NAMED} more"
    return f"{len(names)} clip(s) ({', '.join(names[:_NAMED])}{more})"
