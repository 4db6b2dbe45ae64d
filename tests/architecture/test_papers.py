"""README, changelog and citation say what the code says."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sources import ROOT, relative

import musiclm
from musiclm._version import __version__

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shell_commands(text: str) -> list[str]:
    """Commands of the shell blocks, comments and line continuations removed."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, flags=re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    stripped = (re.sub(r"\s+#.*$", "", line).removeprefix("$ ").strip() for line in lines)
    return [line for line in stripped if line and not line.startswith("#")]


def musiclm_help(*verbs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "musiclm.cli.main", *verbs, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"},
    )


def test_version_is_the_top_of_the_changelog_and_of_the_citation() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    top = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, flags=re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert top is not None
    assert top.group(1) == __version__
    assert f"\nversion: {__version__}\n" in citation


def test_tree_in_the_readme_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "tree.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_scripts_are_executable_and_strict() -> None:
    scripts = [p for p in (ROOT / "scripts").iterdir() if p.suffix == "" and p.is_file()]
    assert {"generate", "test", "check", "fix", "build", "setup"} <= {p.name for p in scripts}
    for path in [*scripts, ROOT / ".ci" / "run"]:
        assert os.access(path, os.X_OK), f"{relative(path)} is not executable"
        assert "set -euo pipefail" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_commands_of_the_pages_exist(page: Path) -> None:
    helps: dict[tuple[str, ...], str] = {}
    for command in shell_commands(page.read_text(encoding="utf-8")):
        words = command.split("|")[-1].split() if command.startswith("echo") else command.split()
        if "scripts/" in words[0]:
            assert (ROOT / words[0]).is_file(), f"{command}: no such script"
            words = ["musiclm", "generate", *words[1:]] if words[0].endswith("generate") else []
        if not words or words[0] != "musiclm":
            continue
        verbs = []
        for word in words[1:3]:
            if not re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
                break
            verbs.append(word)
        # The second word is a verb (corpus build) or an argument (train codec).
        key = tuple(verbs)
        if key not in helps:
            done = musiclm_help(*key)
            if done.returncode != 0 or (len(key) == 2 and key[0] in ("generate", "train")):
                done = musiclm_help(*key[:1])
            assert done.returncode == 0, f"{command}: {done.stderr}"
            helps[key] = done.stdout
        for option in (w.split("=")[0] for w in words if re.match(r"^--?[a-z]", w)):
            assert re.search(rf"(^|[\s,]){re.escape(option)}([\s,]|$)", helps[key]), (
                f"{command}: no option {option} in the help:\n{helps[key]}"
            )


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [t for t in targets if not (page.parent / t).exists()]
    assert broken == []


def test_every_experiment_is_listed() -> None:
    listing = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs" / "experiments").glob("*.md")}
    assert {name for name in pages if f"(experiments/{name})" not in listing} == set()


def test_python_examples_of_the_readme_compile() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks, "the README shows no Python"
    for block in blocks:
        compile(block, "README.md", "exec")


def test_public_names_are_listed_and_load() -> None:
    assert {"MusicLM", "Generation", "__version__"} <= set(musiclm.__all__)
    for name in musiclm.__all__:
        assert getattr(musiclm, name) is not None
    assert set(musiclm.__all__) <= set(dir(musiclm))
    with pytest.raises(AttributeError, match="no_such_name"):
        musiclm.no_such_name  # noqa: B018


def test_extras_that_messages_name_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set()
    for path in (ROOT / "src").rglob("*.py"):
        named |= set(re.findall(r"musiclm\[(\w+)\]", path.read_text(encoding="utf-8")))
    assert named <= set(project["optional-dependencies"])
