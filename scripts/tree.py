"""Writes the tree in README.md from the first line of every module's docstring.

`python scripts/tree.py` rewrites it; `--check` only says whether it is fresh (exit 1 if not).
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "musiclm"
BEGIN, END = "<!-- tree: written by scripts/fix -->", "<!-- end of tree -->"
TOP = {
    "scripts/": "generate, test, check, fix, build, setup, lock: the same locally and in CI",
    "requirements/": "exact versions with hashes",
    "docs/": "the data's way, architecture, glossary, evaluation, experiments",
    "tests/": "unit, properties, parity, journeys, architecture",
    "src/musiclm/": "the package",
}
NOT_PYTHON = {
    "recipes": "training runs as TOML: tiny, small, paper",
    "weights": "the model in the box: one folder per component, with its model card",
}
WIDTH = 24


def purpose(module: Path) -> str:
    """The first line of the docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    return (docstring or "").split("\n")[0].rstrip(".")


def entries(folder: Path, indent: int) -> list[str]:
    """One line a file, files first, then the folders below with their own."""
    modules = (path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py")
    lines = [line(path.name, purpose(path), indent) for path in modules]
    for path in sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] not in "_."):
        if path.name in NOT_PYTHON and folder == PACKAGE:
            lines.append(line(f"{path.name}/", NOT_PYTHON[path.name], indent))
        elif (path / "__init__.py").exists():
            lines.append(line(f"{path.name}/", purpose(path / "__init__.py"), indent))
            lines.extend(entries(path, indent + 1))
    return lines


def line(name: str, text: str, indent: int) -> str:
    """A name in its column and what it is for."""
    start = "  " * indent + name
    return f"{start:<{WIDTH}} {text}".rstrip()


def tree() -> str:
    """The whole tree as a fenced block."""
    lines = [line(name, text, 0) for name, text in TOP.items()]
    return "\n".join([BEGIN, "```text", *lines, *entries(PACKAGE, 1), "```", END])


def main() -> int:
    """Rewrite README.md, or compare when asked to."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        print(f"README.md needs the lines {BEGIN!r} and {END!r}", file=sys.stderr)
        return 1
    before, rest = text.split(BEGIN, 1)
    fresh = before + tree() + rest.split(END, 1)[1]
    if "--check" in sys.argv[1:]:
        if fresh != text:
            print("the tree in README.md is stale: run scripts/fix", file=sys.stderr)
        return int(fresh != text)
    if fresh != text:
        readme.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
