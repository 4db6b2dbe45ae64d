"""Folders import only downward, and light modules stay light."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sources import PACKAGE, ROOT, module_names, python_files, relative, syntax_tree

LIGHT = [
    "musiclm",
    "musiclm._version",
    "musiclm.errors",
    "musiclm.config",
    "musiclm.tokens.stream",
    "musiclm.tokens.timing",
    "musiclm.cli.main",
]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter: what this process imported must not hide anything."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        timeout=250,
    )


def test_folders_import_only_from_floors_below() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--config", "pyproject.toml", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_has_a_floor() -> None:
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = {name.strip() for layer in layers for name in layer.split("|")}
    folders = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert folders <= floors, f"without a floor: {sorted(folders - floors)}"


@pytest.mark.parametrize("heavy", ["torch", "numpy", "scipy", "soundfile"])
def test_light_modules_load_nothing_heavy(heavy: str) -> None:
    configs = [
        ".".join(("musiclm", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in PACKAGE.glob("*/config.py")
        if path.parent.name != "lm"  # holds a TransformerConfig, which stands beside its network
    ]
    code = (
        "import importlib, json, sys\n"
        f"names = {LIGHT + configs!r}\n"
        "guilty = []\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        f"    if {heavy!r} in sys.modules:\n"
        "        guilty.append(name)\n"
        "        break\n"
        "print(json.dumps(guilty))\n"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [], f"the first module that loads {heavy}"


def test_importing_every_module_prints_nothing_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import importlib, os\n"
        f"os.chdir({str(tmp_path)!r})\n"
        f"for name in {module_names()!r}:\n"
        "    importlib.import_module(name)\n"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_only_the_files_of_audio_input_and_output_know_libsndfile() -> None:
    import ast

    users = [
        relative(path)
        for path in python_files(PACKAGE)
        for node in ast.walk(syntax_tree(path))
        if (isinstance(node, ast.Import) and any(a.name == "soundfile" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "soundfile")
    ]
    assert set(users) == {"src/musiclm/audio/blocks.py", "src/musiclm/audio/io.py"}
