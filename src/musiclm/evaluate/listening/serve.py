"""A listening test on disk in, the same test in a browser out, and what raters send on disk.

Only the files of the page are given out, by a list made at the start: no path of a request ever
reaches the disk, so the key beside the page is out of reach. What is taken is one kind of small
JSON document, checked before it is written, under a name made here. There is no encryption and no
sign-in: this is for one machine or a trusted network; elsewhere put the folder on a web host, where
the page lets raters download their answers.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from musiclm._version import __version__
from musiclm.audio.files import write_file
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.listening.answers import read_page
from musiclm.evaluate.listening.documents import (
    INDEX,
    PAGE_FILE,
    PAGE_FOLDER,
    Answers,
    Page,
)

LARGEST_BYTES = 1_000_000
"""Of one document; a thousand ratings need a tenth of it."""
MOST_FILES = 10_000
"""Kept at most, so that nobody can fill a disk."""

_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".flac": "audio/flac"}
_POLICY = "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_PATIENCE_SECONDS = 30

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that arrived."""

    path: Path
    n_ratings: int
    n_trials: int


class PageServer(ThreadingHTTPServer):
    """Serves one test until ``shutdown``; to be used in a ``with`` statement.

    Args:
        folder: What ``make_page`` made.
        answers: Where documents are kept; made when the first arrives.
        host: Address to listen on.
        port: 0 takes any that is free.
        on_kept: Told of each document, from the thread that took it.

    Raises:
        DataError: ``folder`` holds no test, or its audio is missing.
        ConfigError: The answers would lie among what is served, or the address cannot be used.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path,
        answers: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_kept: Callable[[Kept], None] | None = None,
    ) -> None:
        self.page = read_page(folder)
        self.files = served_files(folder, self.page)
        served = (folder / PAGE_FOLDER).resolve()
        if answers.resolve() == served or served in answers.resolve().parents:
            raise ConfigError(f"answers must not lie inside {served}: give another folder")
        if answers.exists() and not answers.is_dir():
            raise ConfigError(f"{answers} is no folder: give one for the answers")
        self.answers = answers
        self.on_kept = on_kept
        self._lock = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}: "
                "give another --host or --port"
            ) from None

    @property
    def url(self) -> str:
        """Where the page is."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"

    def keep(self, content: bytes) -> Kept:
        """Check a document and write it under a new name; the same one again is written once.

        Raises:
            DataError: It is no answer to this test, or there are too many files.
            OSError: It cannot be written.
        """
        sent = checked(content, self.page)
        digest = hashlib.sha256(content).hexdigest()[:12]
        target = self.answers / f"answers-{sent.rater}-{digest}.json"
        with self._lock:
            self.answers.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                if sum(1 for _ in self.answers.iterdir()) >= MOST_FILES:
                    raise DataError(f"{self.answers} holds {MOST_FILES} files already: no more")
                write_file(target, content)
        kept = Kept(target, len(sent.answers), len(self.page.trials))
        if self.on_kept:
            self.on_kept(kept)
        return kept

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no fault of ours: note it and go on."""
        _log.debug("a request from %s was broken off", client_address, exc_info=True)


def served_files(folder: Path, page: Page) -> dict[str, Path]:
    """Every path that is given out, and its file.

    Raises:
        DataError: A file of the page is missing.
    """
    place = folder / PAGE_FOLDER
    names = [INDEX, PAGE_FILE, *(name for trial in page.trials for name in (trial.a, trial.b))]
    if missing := [name for name in names if not (place / name).is_file()]:
        raise DataError(
            f"{place} lacks {len(missing)} of its files ({', '.join(missing[:3])}): make it again"
        )
    return {"/": place / INDEX} | {f"/{name}": place / name for name in names}


def checked(content: bytes, page: Page) -> Answers:
    """A document as it came, if it answers this page.

    Raises:
        ConfigError: Not JSON of the right form; lists every fault.
        DataError: Too large, of another test, or about trials that the page does not have.
    """
    if len(content) > LARGEST_BYTES:
        raise DataError(f"answers have at most {LARGEST_BYTES} bytes, got {len(content)}")
    answers = Answers.from_json(content.decode("utf-8", "replace"), source="answers")
    if answers.test_id != page.test_id:
        raise DataError(f"these answers belong to test {answers.test_id}, not to {page.test_id}")
    known = {trial.id for trial in page.trials}
    if strange := sorted({each.trial for each in answers.answers} - known):
        raise DataError(f"answers name trials that the page lacks: {', '.join(strange[:5])}")
    return answers


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PageServer
    server_version = f"musiclm/{__version__}"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        self._give(with_body=True)

    def do_HEAD(self) -> None:
        self._give(with_body=False)

    def _give(self, *, with_body: bool) -> None:
        """A file of the page, or the part of it that a player asks for."""
        path = self.server.files.get(urlsplit(self.path).path)
        if path is None:
            self._tell(HTTPStatus.NOT_FOUND, "there is no such file", with_body=with_body)
            return
        content = path.read_bytes()
        size, part = len(content), _RANGE.fullmatch(self.headers.get("Range", ""))
        status, extra = HTTPStatus.OK, {"Accept-Ranges": "bytes"}
        if part and any(part.groups()):
            first, last = part.groups()
            start = int(first) if first else max(0, size - int(last))
            end = min(size, int(last) + 1) if first and last else size
            if start >= end:
                self._tell(
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                    "no such part",
                    {"Content-Range": f"bytes */{size}"},
                )
                return
            status, content = HTTPStatus.PARTIAL_CONTENT, content[start:end]
            extra["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        self._send(status, content, _TYPES[path.suffix], extra, with_body=with_body)

    def do_POST(self) -> None:
        """Answers, at one address."""
        self.close_connection = True
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,15}", length):
            self._tell(HTTPStatus.LENGTH_REQUIRED, "say how long the answers are")
            return
        if int(length) > LARGEST_BYTES:
            self._tell(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"answers have at most {LARGEST_BYTES} bytes"
            )
            return
        # Read also what is refused: closing on unread bytes would cut off the reply.
        content = self.rfile.read(int(length))
        if urlsplit(self.path).path != "/answers":
            self._tell(HTTPStatus.NOT_FOUND, "answers go to /answers")
            return
        # Another site could send a form from a visitor's browser, but not JSON without asking.
        if self.headers.get_content_type() != "application/json":
            self._tell(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "answers are application/json")
            return
        try:
            self.server.keep(content)
        except (ConfigError, DataError) as error:
            self._tell(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except OSError as error:
            _log.warning("answers could not be written: %s", error)
            self._tell(HTTPStatus.INSUFFICIENT_STORAGE, "the answers could not be written")
        else:
            self._tell(HTTPStatus.CREATED, "kept")

    def _tell(
        self,
        status: HTTPStatus,
        text: str,
        extra: dict[str, str] | None = None,
        *,
        with_body: bool = True,
    ) -> None:
        content = f"{text}\n".encode()
        self._send(status, content, "text/plain; charset=utf-8", extra or {}, with_body=with_body)

    def _send(
        self,
        status: HTTPStatus,
        content: bytes,
        kind: str,
        extra: dict[str, str],
        *,
        with_body: bool,
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        for name, value in (headers | extra).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, format: str, *values: object) -> None:
        """To the log instead of standard error."""
        _log.debug(format, *values)
