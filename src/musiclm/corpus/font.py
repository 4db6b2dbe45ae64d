"""This computer in, the sound fonts on it out: where they are, whose they are, what they allow.

Only fonts whose licence we know are taken without being asked for, and a corpus records the names
of those that played. Reading and playing them is the business of ``soundfont`` and
``font_player``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musiclm.errors import DataError

ENVIRONMENT_VARIABLE = "MUSICLM_SOUND_FONT"
UNKNOWN_LICENCE = "licence unknown: not in musiclm's table of sound fonts"
OWN_LICENCE = "musiclm's own synthesizers, Apache-2.0"
_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")


@dataclass(frozen=True, slots=True)
class KnownFont:
    """A General MIDI sound font that anybody may use."""

    licence: str  # SPDX identifier, or "public domain"
    authors: str
    debian: str  # the package that brings it
    recordings: str  # fonts with the same recordings are one voice: the first found is taken
    kept_for_tests: bool = False  # whether training never hears it where there are others


FONTS: Mapping[str, KnownFont] = {
    "FluidR3_GM.sf2": KnownFont("MIT", "Frank Wen", "fluid-soundfont-gm", "fluid"),
    "FluidR3Mono_GM.sf3": KnownFont(
        "MIT", "Frank Wen, Michael Cowgill", "fluidr3mono-gm-soundfont", "fluid"
    ),
    "MuseScore_General_Full.sf3": KnownFont(
        "MIT", "S. Christian Collins, Frank Wen", "musescore-general-soundfont", "musescore"
    ),
    "MuseScore_General.sf3": KnownFont(
        "MIT", "S. Christian Collins, Frank Wen", "musescore-general-soundfont", "musescore"
    ),
    "MuseScore_General_Lite.sf3": KnownFont(
        "MIT", "S. Christian Collins, Frank Wen", "musescore-general-soundfont-small", "musescore"
    ),
    "sf_GMbank.sf2": KnownFont(
        "public domain", "the authors of Csound", "csound-soundfont", "csound", True
    ),
}
"""Fonts by file name, the preferred of each kind of recordings first."""


def find_sound_fonts(environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Find the General MIDI sound fonts on this computer, no recordings twice.

    Looks at the environment variable ``MUSICLM_SOUND_FONT`` (paths, separated as in ``PATH``),
    then for the fonts of ``FONTS`` where Linux distributions keep them.

    Args:
        environment: What to read the variable from; the process environment by default.

    Raises:
        DataError: There is none, or the variable names a file that does not exist.
    """
    named = (os.environ if environment is None else environment).get(ENVIRONMENT_VARIABLE)
    if named:
        return tuple(check_sound_font(Path(name)) for name in named.split(os.pathsep) if name)
    found: dict[str, Path] = {}
    for name, font in FONTS.items():
        for folder in _FOLDERS:
            path = Path(folder, name)
            if font.recordings not in found and path.is_file():
                found[font.recordings] = path
    if not found:
        raise DataError(
            f"no sound font on this computer: install some (`apt-get install "
            f"{' '.join(best_packages())}`), "
            f"name files in the environment variable {ENVIRONMENT_VARIABLE}, or take "
            "musiclm's own synthesizers with `--sound own`"
        )
    return tuple(found.values())


def best_packages() -> tuple[str, ...]:
    """Debian packages that together bring one font of each kind of recordings."""
    return tuple(dict.fromkeys(_best(font.recordings) for font in FONTS.values()))


def check_sound_font(path: Path) -> Path:
    """Return ``path`` if a sound font may be there.

    Raises:
        DataError: No such file, or the ending is not that of a sound font.
    """
    if path.suffix.lower() not in (".sf2", ".sf3"):
        raise DataError(f"{path} is no sound font: expected a file ending in .sf2 or .sf3")
    if not path.is_file():
        raise DataError(f"no sound font at {path}: check the path, or use `--sound auto`")
    return path


def licence_of(sound: str) -> str:
    """Whose sounds a player's name stands for, as a corpus card says it.

    Example:
        >>> licence_of("sf_GMbank.sf2")
        'public domain, the authors of Csound (Debian package csound-soundfont)'
    """
    if sound == "own":
        return OWN_LICENCE
    if sound not in FONTS:
        return UNKNOWN_LICENCE
    font = FONTS[sound]
    return f"{font.licence}, {font.authors} (Debian package {font.debian})"


def _best(recordings: str) -> str:
    """The package of the preferred font with these recordings."""
    return next(font.debian for font in FONTS.values() if font.recordings == recordings)
