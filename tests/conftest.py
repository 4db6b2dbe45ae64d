"""For every test: shapes in signatures are checked, one thread, fixed seeds, no network."""

import os
import random
import socket
import sys
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

from jaxtyping import install_import_hook

if "musiclm" in sys.modules:
    raise RuntimeError("musiclm was imported before tests/conftest.py could turn shape checks on")
install_import_hook("musiclm", "shape_checks.typechecked")


def _refuse_network() -> None:
    """Let sockets reach this machine only: no test may depend on the world outside."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise RuntimeError(f"a test tried to open a network connection to {address}")
        connect(self, address)

    socket.socket.connect = connect_locally  # type: ignore[method-assign]


def pytest_configure() -> None:
    """Guard this process before the first test module is imported."""
    _refuse_network()


def _seed_everything() -> None:
    """Also for code that forgets to pass a generator: failures must repeat."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(1)
        torch.manual_seed(0)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before every test and doctest, wherever it stands."""
    _seed_everything()
