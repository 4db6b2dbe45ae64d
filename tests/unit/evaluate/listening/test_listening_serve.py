"""The server gives out the page and nothing else, and takes answers and nothing else."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from listening_folders import answers_of, write_system

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.listening import serve
from musiclm.evaluate.listening.documents import Answers
from musiclm.evaluate.listening.make import make_page
from musiclm.evaluate.listening.serve import Kept, PageServer

Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("serve")
    make_page([write_system(place / name) for name in "xy"], place / "test", n_pairs=2)
    return place / "test"


@pytest.fixture
def kept() -> list[Kept]:
    return []


@pytest.fixture
def server(folder: Path, tmp_path: Path, kept: list[Kept]) -> Iterator[PageServer]:
    with PageServer(folder, tmp_path / "answers", on_kept=kept.append) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(
    server: PageServer,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request as it is, without the tidying of a client."""
    host, port = server.server_address[:2]
    connection = http.client.HTTPConnection(str(host), port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        connection.close()


def send(server: PageServer, answers: Answers, kind: str = "application/json") -> Reply:
    return ask(server, "POST", "/answers", answers.to_json().encode(), {"Content-Type": kind})


def fitting(server: PageServer, ratings: dict[int, int], rater: int = 1) -> Answers:
    return answers_of(ratings, rater=rater, test_id=server.page.test_id)


def test_the_page_and_its_audio_are_given_out(server: PageServer, folder: Path) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    status, headers, body = ask(server, "GET", "/?from=mail")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body == (folder / "page" / "index.html").read_bytes()
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    status, headers, body = ask(server, "GET", "/audio/0001-a.flac")
    assert (status, headers["Content-Type"]) == (200, "audio/flac")
    assert body == (folder / "page" / "audio" / "0001-a.flac").read_bytes()
    status, headers, body = ask(server, "HEAD", "/test.json")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == (folder / "page" / "test.json").stat().st_size


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=2-5", 2, 6),
        ("bytes=-7", -7, None),
        ("bytes=5-9999999", 5, None),
    ],
)
def test_players_may_ask_for_parts(
    server: PageServer, folder: Path, wanted: str, start: int, end: int | None
) -> None:
    whole = (folder / "page" / "audio" / "0001-a.flac").read_bytes()
    status, headers, body = ask(server, "GET", "/audio/0001-a.flac", headers={"Range": wanted})
    assert (status, body) == (206, whole[start:end])
    first = start % len(whole)
    assert headers["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(whole)}"


def test_parts_that_are_not_there(server: PageServer) -> None:
    for wanted in ("bytes=99999999-", "bytes=5-2", "bytes=-0"):
        status, headers, _ = ask(server, "GET", "/audio/0001-a.flac", headers={"Range": wanted})
        assert status == 416
        assert headers["Content-Range"].startswith("bytes */")
    for ignored in ("bytes=-", "bytes=0-1,3-4", "lines=1-2"):
        assert ask(server, "GET", "/", headers={"Range": ignored})[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/key.json", "/../key.json", "/%2e%2e/key.json", "/audio/../../key.json", "//key.json",
     "/audio", "/audio/", "/page/index.html", "/etc/passwd", "/..%2fkey.json", "/answers",
     "/audio/0003-a.flac", "/index.html/"],
)  # fmt: skip
def test_nothing_else_is_given_out(server: PageServer, path: str) -> None:
    status, _, body = ask(server, "GET", path)
    assert (status, body) == (404, b"there is no such file\n")


def test_answers_are_kept(server: PageServer, tmp_path: Path, kept: list[Kept]) -> None:
    answers = fitting(server, {1: 2, 2: 5})
    assert send(server, answers)[0] == 201
    assert send(server, answers)[0] == 201  # the same again is one file
    (path,) = (tmp_path / "answers").iterdir()
    assert path.name.startswith(f"answers-{answers.rater}-")
    assert Answers.from_json(path.read_text()) == answers
    assert [(each.path, each.n_ratings, each.n_trials) for each in kept] == [(path, 2, 2)] * 2
    # Another document of the same rater never replaces the first.
    assert send(server, fitting(server, {1: 3}))[0] == 201
    assert len(list((tmp_path / "answers").iterdir())) == 2
    assert Answers.from_json(path.read_text()) == answers


def test_what_is_no_answer_is_refused(server: PageServer, tmp_path: Path) -> None:
    good = fitting(server, {1: 2}).to_json()
    json_kind = {"Content-Type": "application/json"}

    def post(body: bytes, path: str = "/answers", headers: dict[str, str] = json_kind) -> Reply:
        return ask(server, "POST", path, body, headers)

    refused = [
        (post(b"{"), 422, "answers has 1 fault"),
        (post(b"\xff\xfe"), 422, "answers has 1 fault"),
        (post(b""), 422, "answers has 1 fault"),
        (post(good.replace('"rating": 2', '"rating": 6').encode()), 422, "less than or equal to 5"),
        (post(good.replace('"rating": 2', '"rating": "2"').encode()), 422, "valid integer"),
        (post(json.dumps({**json.loads(good), "name": "x"}).encode()), 422, "Extra inputs"),
        (post(json.dumps({**json.loads(good), "rater": "../../x"}).encode()), 422, "rater: "),
        (send(server, answers_of({1: 1})), 422, "these answers belong to test 0123456789abcdef"),
        (send(server, fitting(server, {3: 1})), 422, "trials that the page lacks: 0003"),
        (send(server, fitting(server, {1: 1}), kind="text/plain"), 415, "application/json"),
        (post(good.encode(), path="/index.html"), 404, "answers go to /answers"),
        (post(b"", headers={**json_kind, "Content-Length": "1000001"}), 413, "at most 1000000"),
        (post(b"", headers={**json_kind, "Content-Length": "-1"}), 411, "how long"),
    ]
    for (status, _, body), expected, message in refused:
        assert status == expected, body
        assert message in body.decode()
    assert ask(server, "PUT", "/answers", b"x")[0] == 501
    assert not (tmp_path / "answers").exists()


def test_a_full_disk_of_answers(
    server: PageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "MOST_FILES", 1)
    assert send(server, fitting(server, {1: 2}, rater=1))[0] == 201
    status, _, body = send(server, fitting(server, {1: 2}, rater=2))
    assert (status, body.decode().split(" holds ")[1]) == (422, "1 files already: no more\n")
    assert len(list((tmp_path / "answers").iterdir())) == 1


def test_places_that_cannot_be(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="answers must not lie inside"):
        PageServer(folder, folder / "page" / "answers")
    with pytest.raises(DataError, match=r"no file .*test.json"):
        PageServer(tmp_path, tmp_path / "answers")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file is no folder: give one for the answers"):
        PageServer(folder, tmp_path / "file")
    with PageServer(folder, tmp_path / "a") as first:
        port = first.server_address[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}: "):
            PageServer(folder, tmp_path / "b", port=port)
    (tmp_path / "test" / "page").mkdir(parents=True)
    text = (folder / "page" / "test.json").read_bytes()
    (tmp_path / "test" / "page" / "test.json").write_bytes(text)
    with pytest.raises(DataError, match=r"lacks 5 of its files \(index.html, audio/0001-a.flac"):
        PageServer(tmp_path / "test", tmp_path / "a")
