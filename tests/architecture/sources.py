"""What the architecture tests read: the repository's files and their syntax trees."""

import ast
import functools
import pkgutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import musiclm

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "musiclm"


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Files that git knows, or would know at the next add; all files where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [p for p in ROOT.rglob("*") if not {".venv", ".git"} & set(p.parts)]
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(folder: Path) -> list[Path]:
    """Python files below ``folder``."""
    return sorted(folder.rglob("*.py"))


@functools.cache
def syntax_tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_names() -> list[str]:
    """Every importable module of the package."""
    return ["musiclm"] + [m.name for m in pkgutil.walk_packages(musiclm.__path__, "musiclm.")]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with its dotted name as written (``torch.load``)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def relative(path: Path) -> str:
    """The path as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()
