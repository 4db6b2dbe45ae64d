"""A path in, a whole file or nothing under it: how everything that is kept gets to disk.

What is written goes to a temporary name beside the target, which is renamed at the end: a full
disk or an interrupt leaves nothing under the final name, and an old file as it was.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


def write_file(path: Path, content: bytes | memoryview) -> None:
    """Put ``content`` under ``path`` in one move: all of it, or nothing.

    A device or a pipe is written to directly, because renaming would replace it by a file.

    Raises:
        OSError: The folder is missing, not writable, or full; ``path`` is as it was before.
    """
    with whole_file(path) as place, place.open("wb") as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what shall be under ``path``, for writers that need a file of their own.

    Yields:
        A name in the same folder that becomes ``path`` when the block ends well, and is removed
        on every other way out. A device or a pipe is yielded itself.

    Raises:
        OSError: As ``write_file``; names ``path``, for the temporary name says nothing.
    """
    real = path.resolve()
    temporary = real.with_name(f".{real.name[:100]}.{os.getpid()}.part")
    try:
        if real.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if real.exists() and not real.is_file():
            yield real
            return
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(real)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        if error.filename not in (None, str(temporary), str(real)):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def require_writable(path: Path) -> None:
    """Find out that a place cannot be written to before the work, not after.

    Raises:
        OSError: As opening the file would.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        return
    probe = path.with_name(f".{path.name[:100]}.{os.getpid()}.probe")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
