"""A folder of a listening test and files from raters in, the answers that count out.

What does not count is named with its reason and never silently dropped: damaged files, answers to
another test, a second file of the same rater. Incomplete answers count, and are named too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.listening.documents import (
    KEY_FILE,
    PAGE_FILE,
    PAGE_FOLDER,
    Answers,
    Key,
    Page,
)

LARGEST_BYTES = 1_000_000
"""Of a file; a thousand ratings need a tenth of it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that does not count."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A file that counts although trials are missing."""

    path: Path
    n_missing: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What raters said."""

    answers: tuple[Answers, ...]  # one a rater, in the order of their files
    left_out: tuple[LeftOut, ...]
    incomplete: tuple[Incomplete, ...]


def read_page(folder: Path) -> Page:
    """The public side of a test.

    Raises:
        DataError: No test there, or its file is damaged.
    """
    path = folder / PAGE_FOLDER / PAGE_FILE
    try:
        return Page.from_json(_text(path), source=str(path))
    except ConfigError as error:
        raise DataError(str(error)) from None


def read_key(folder: Path) -> Key:
    """Who is who in a test.

    Raises:
        DataError: No key there, it is damaged, or it belongs to another page.
    """
    path = folder / KEY_FILE
    try:
        key = Key.from_json(_text(path), source=str(path))
    except ConfigError as error:
        raise DataError(str(error)) from None
    page = folder / PAGE_FOLDER / PAGE_FILE
    if page.is_file() and read_page(folder).test_id != key.test_id:
        raise DataError(f"{path} and {page} belong to different tests: put the right key there")
    return key


def collect_answers(paths: Sequence[Path], key: Key) -> Collected:
    """Read the files of raters.

    Args:
        paths: Files, or folders whose ``.json`` files are meant.
        key: Of the test that they should belong to.

    Raises:
        DataError: There is no file, or none of them counts.
    """
    files = list(dict.fromkeys(_files(paths)))
    trials = {trial.id for trial in key.trials}
    by_rater: dict[str, list[tuple[Path, Answers]]] = {}
    left_out = []
    for path in files:
        try:
            by_rater_entry = (path, _fitting(path, key, trials))
        except (ConfigError, DataError) as error:
            left_out.append(LeftOut(path, str(error)))
            continue
        by_rater.setdefault(by_rater_entry[1].rater, []).append(by_rater_entry)
    kept = []
    for found in by_rater.values():
        # A rater may save in the middle and again at the end: the fullest file, then the latest.
        best = max(found, key=lambda each: (len(each[1].answers), each[1].finished))
        kept.append(best)
        left_out += [
            LeftOut(path, f"a second file of the rater of {best[0].name}, which is used")
            for path, _ in found
            if path != best[0]
        ]
    if not kept:
        reasons = "; ".join(f"{each.path}: {each.reason}" for each in left_out[:3])
        raise DataError(f"none of {len(files)} answer file(s) can be used ({reasons})")
    return Collected(
        tuple(answers for _, answers in kept),
        tuple(left_out),
        tuple(
            Incomplete(path, missing)
            for path, answers in kept
            if (missing := len(trials) - len(answers.answers))
        ),
    )


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.glob("*.json") if each.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise DataError(f"no answers {path}: give files or folders of answers-*.json")
    if not found:
        raise DataError("no answer files: give files or folders of answers-*.json")
    return found


def _fitting(path: Path, key: Key, trials: set[str]) -> Answers:
    """The answers in a file, if they belong to the test."""
    if path.stat().st_size > LARGEST_BYTES:
        raise DataError(f"more than {LARGEST_BYTES} bytes, which no answers have")
    answers = Answers.from_json(_text(path), source="it")
    if answers.test_id != key.test_id:
        raise DataError(f"answers to test {answers.test_id}, not to {key.test_id}")
    if strange := sorted({each.trial for each in answers.answers} - trials):
        raise DataError(f"names trials that the test lacks: {', '.join(strange[:5])}")
    return answers


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(
            f"no file {path}: give the folder that `musiclm listen-test make` wrote"
        ) from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text") from None
