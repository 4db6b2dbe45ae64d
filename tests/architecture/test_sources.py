"""Rules about source text that no linter here checks."""

import ast
from pathlib import Path

import pytest
from sources import PACKAGE, ROOT, calls, python_files, relative, syntax_tree, tracked_files

MAX_LINES = 400
SOURCES = python_files(PACKAGE)
TESTS = [p for p in python_files(ROOT / "tests") if p.name.startswith("test_")]

FORBIDDEN_CALLS = {
    "torch.load": "unpickles: use safetensors through musiclm.artifact",
    "pickle.load": "unpickles",
    "pickle.loads": "unpickles",
    "np.load": "may unpickle: use safetensors or np.memmap",
    "numpy.load": "may unpickle: use safetensors or np.memmap",
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.system": "goes through a shell",
    "os.popen": "goes through a shell",
    "yaml.load": "may build any object",
}
FORBIDDEN_IMPORTS = {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


def ids(path: Path) -> str:
    return relative(path)


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=ids)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= MAX_LINES, f"{n_lines} lines: split it"


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_unpickles_or_runs_text(path: Path) -> None:
    faults = []
    for name, call in calls(syntax_tree(path)):
        if name in FORBIDDEN_CALLS:
            faults.append(f"line {call.lineno}: {name} {FORBIDDEN_CALLS[name]}")
        if name.endswith(".model_copy"):
            faults.append(f"line {call.lineno}: model_copy skips validation, use config.replace")
        faults.extend(
            f"line {call.lineno}: shell="
            for keyword in call.keywords
            if keyword.arg == "shell" and ast.unparse(keyword.value) != "False"
        )
    for node in ast.walk(syntax_tree(path)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module.split(".")[0]]
        faults.extend(f"imports {name}" for name in names if name in FORBIDDEN_IMPORTS)
    assert faults == []


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_no_assert_guards_against_callers(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    bare = [
        node.lineno
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.Assert) and "noqa: S101" not in lines[node.lineno - 1]
    ]
    assert bare == [], "python -O removes asserts: raise an error of musiclm.errors"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.relative_to(PACKAGE).parts[0] != "cli"], ids=ids
)
def test_library_code_neither_prints_nor_exits(path: Path) -> None:
    guilty = [
        f"line {call.lineno}: {name}"
        for name, call in calls(syntax_tree(path))
        if name in ("print", "sys.exit", "exit", "quit")
    ]
    assert guilty == []


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_everything_public_has_a_docstring(path: Path) -> None:
    tree = syntax_tree(path)
    missing = [] if ast.get_docstring(tree) else ["the module"]

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                overload = any("overload" in ast.unparse(d) for d in node.decorator_list)
                if node.name.startswith("_") or overload:
                    continue
                if not ast.get_docstring(node):
                    missing.append(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    visit(node.body, f"{prefix}{node.name}.")

    visit(tree.body, "")
    assert missing == []


@pytest.mark.parametrize("path", TESTS, ids=ids)
def test_every_test_can_fail(path: Path) -> None:
    """A test without an assertion is a demonstration; helpers of the same file may assert."""
    functions = [node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.FunctionDef)]
    checking: set[str] = set()
    for _ in range(3):  # helpers of helpers of helpers
        checking |= {node.name for node in functions if _checks(node, checking)}
    tests = {node.name for node in functions if node.name.startswith("test_")}
    assert tests - checking == set()


def _checks(function: ast.AST, helpers: set[str]) -> bool:
    """Whether a function asserts, itself or through one of ``helpers``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            known = name.startswith(("assert_", "check_", "raises", "warns", "fail"))
            if known or name in helpers:
                return True
    return False


def test_no_path_of_one_machine_and_no_registry_host() -> None:
    # Written in halves so that this file does not find itself.
    machine = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"]
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js", "debian" + ".org"]
    found = []
    for path in tracked_files():
        if path.suffix in (".safetensors", ".png", ".wav", ".flac", ".bin"):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found.extend(f"{relative(path)}: {word}" for word in machine + hosts if word in text)
    assert found == []


def test_no_file_is_too_big_to_clone() -> None:
    weights = PACKAGE / "weights"
    big = [
        f"{relative(path)}: {path.stat().st_size / 1e6:.1f} MB"
        for path in tracked_files()
        if path.stat().st_size > (40e6 if weights in path.parents else 2e6)
    ]
    assert big == []
    total = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file())
    assert total <= 100e6, f"weights are {total / 1e6:.1f} MB together"
