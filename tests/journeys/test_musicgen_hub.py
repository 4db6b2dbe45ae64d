"""MusicGen by its name: found in the hub's cache, verified, and never a network call offline."""

import hashlib
import socket
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from journeys.outcome import Outcome, Run

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    write_musicgen(folder)
    return folder


@pytest.fixture
def make(run: Run, tmp_path: Path) -> Callable[..., Outcome]:
    """``musiclm generate`` for a second; what fails must leave nothing behind."""
    (tmp_path / "work").mkdir()

    def of(model: Path | str) -> Outcome:
        work = tmp_path / "work"
        done = run("generate", "piano", "-o", str(work / "a.wav"), "-d", "1",
                   "--model", str(model))  # fmt: skip
        if done.code:
            assert list(work.iterdir()) == []
            assert "a fault of musiclm" not in done.message
        return done

    return of


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Everything that was asked of the network; it must stay empty."""
    asked: list[object] = []

    def refuse(*words: object, **_: object) -> None:
        asked.append(words)
        raise OSError("there is no network here")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    from huggingface_hub import constants

    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


def cached(cache: Path, name: str, source: Path) -> Path:
    """A checkpoint as the hub's client keeps it; returns its snapshot."""
    revision = "0" * 40
    home = cache / ("models--" + name.replace("/", "--"))
    snapshot = home / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (home / "blobs").mkdir()
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(revision)
    for path in source.iterdir():
        content = path.read_bytes()
        if path.suffix == ".safetensors":
            named = hashlib.sha256(content).hexdigest()
        else:
            named = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324
        (home / "blobs" / named).write_bytes(content)
        (snapshot / path.name).symlink_to(Path("../../blobs") / named)
    return snapshot


NAME = "facebook/musicgen-small"


def test_an_unknown_name_offline(
    make: Callable[..., Outcome], cache: Path, no_sockets: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    done = make(NAME)
    assert done.code == 3
    assert done.message == (
        f'"{NAME}" is no folder here and no model in the hub\'s cache, and HF_HUB_OFFLINE is set: '
        "download it where there is a network, and give its folder"
    )
    assert no_sockets == []
    assert list(cache.iterdir()) == []


def test_an_unknown_name_without_a_network(
    make: Callable[..., Outcome], cache: Path, no_sockets: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    done = make("nobody/musicgen-none")
    assert done.code == 3
    assert done.message.startswith('"nobody/musicgen-none" is no folder here, and could not be')
    assert "there is no network here" in done.message
    assert no_sockets


@pytest.mark.parametrize("offline", [True, False])
def test_a_name_in_the_cache(
    make: Callable[..., Outcome], cache: Path, whole: Path, no_sockets: list[object],
    monkeypatch: pytest.MonkeyPatch, offline: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("HF_HUB_OFFLINE", "1" if offline else "0")
    cached(cache, NAME, whole)
    done = make(NAME)
    assert done.code == 0, done.err
    assert no_sockets == []


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json"])
def test_an_altered_file_in_the_cache(
    make: Callable[..., Outcome], cache: Path, whole: Path, monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    snapshot = cached(cache, NAME, whole)
    path = snapshot / name
    if name == WEIGHTS:
        content = bytearray(path.read_bytes())
        content[-9] ^= 1
        path.resolve().write_bytes(content)
    else:
        path.resolve().write_text(path.read_text() + "\n")
    done = make(NAME)
    assert done.code == 3
    kind = "SHA-256" if name == WEIGHTS else "git checksum"
    assert done.message.startswith(f"{path} was altered (its {kind} differs): download")


def test_half_of_a_download(
    make: Callable[..., Outcome], cache: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    snapshot = cached(cache, NAME, whole)
    (snapshot / WEIGHTS).unlink()
    done = make(NAME)
    assert done.code == 3
    assert "holds no weights (model.safetensors): download the checkpoint again" in done.message


@pytest.mark.parametrize("package", ["transformers", "huggingface_hub"])
def test_a_missing_package(
    make: Callable[..., Outcome], cache: Path, whole: Path, monkeypatch: pytest.MonkeyPatch,
    package: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, package, None)
    done = make(whole if package == "transformers" else NAME)
    assert done.code == 4
    assert done.message.endswith('pip install "musiclm[hf]"')
