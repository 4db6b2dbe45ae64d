"""A folder of clips and the names a clip may have in, the file out, or none.

Tools that fetch a benchmark's clips name them as they like. The candidates are spelled out instead
of searched by pattern, so that a clip cut at another second is never taken for the right one.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from musiclm.errors import DataError

SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
"""File names that count as clips; where one clip is there twice, the earlier suffix is taken."""


class ClipFiles:
    """The clips below a folder, by their names.

    A name with a folder (``04/1004``) is a place below the folder; one without is looked for at
    any depth, the least deep first. Suffixes are left out of names.
    """

    def __init__(self, folder: Path) -> None:
        """List the folder.

        Raises:
            DataError: There is no such folder.
        """
        if not folder.is_dir():
            raise DataError(f"no folder of clips at {folder}")
        self._by_place: dict[str, Path] = {}
        self._by_name: dict[str, Path] = {}
        for path in sorted(_clips(folder), key=_preference):
            place = path.relative_to(folder).with_suffix("").as_posix()
            self._by_place.setdefault(place if "/" in place else f"./{place}", path)
            for name in _names(path.stem):
                self._by_name.setdefault(name, path)

    def find(self, candidates: Iterable[str]) -> Path | None:
        """The file of the first candidate that is there."""
        for name in candidates:
            found = (self._by_place if "/" in name else self._by_name).get(name)
            if found is not None:
                return found
        return None


def names_by_video(video: str, start: float | None, end: float | None) -> tuple[str, ...]:
    """Names of a clip cut from a video: the video alone, or with seconds or milliseconds.

    Args:
        video: The video's id.
        start: Where the clip begins in the video, in seconds.
        end: Where it ends.

    Example:
        >>> names = names_by_video("-0Gj8-vB1q4", 30.0, 40.0)
        >>> "-0Gj8-vB1q4-30-40" in names, "-0Gj8-vB1q4-50-60" in names
        (True, False)
    """
    names = [video, f"[{video}]"]
    if start is None:
        return tuple(names)
    for first, last in zip(_spelled(start), _spelled(end), strict=True):
        for head in (video, f"[{video}]"):
            for separator in "-_":
                if last:
                    span = f"{first}{separator}{last}"
                    names += [f"{head}{separator}{span}", f"{head}{separator}[{span}]"]
                names.append(f"{head}{separator}{first}")
    return tuple(dict.fromkeys(names))


def names_by_path(clip: str) -> tuple[str, ...]:
    """Names of a clip that a table knows by a path: as written, shortened to two minutes, or flat.

    Example:
        >>> names_by_path("04/1004.mp3")
        ('04/1004', '04/1004.2min', './1004', './1004.2min')
        >>> names_by_path("piece.1")
        ('piece.1', 'piece.1.2min')
    """
    place = PurePosixPath(clip.replace("\\", "/"))
    if place.suffix.lower() in SUFFIXES:
        place = place.with_suffix("")
    bare = place.as_posix()
    if "/" not in bare:
        return bare, f"{bare}.2min"
    # Flat means at the top: 07/1004 is another recording than 04/1004.
    return bare, f"{bare}.2min", f"./{place.name}", f"./{place.name}.2min"


def _clips(folder: Path) -> Iterator[Path]:
    return (
        path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
    )


def _preference(path: Path) -> tuple[int, int, str]:
    return len(path.parts), SUFFIXES.index(path.suffix.lower()), path.as_posix()


def _names(stem: str) -> Iterator[str]:
    """A file's name, and the id that a download tool put in brackets behind a title."""
    yield stem
    if stem.endswith("]") and " [" in stem:
        yield stem[stem.rindex(" [") + 2 : -1]


def _spelled(seconds: float | None) -> tuple[str, ...]:
    """Seconds, seconds with a decimal, milliseconds; empty text for no time."""
    if seconds is None:
        return "", "", ""
    return f"{seconds:g}", str(float(seconds)), str(round(seconds * 1000))
