"""``musiclm train``: budgets, prerequisites and exit codes, from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

from musiclm.cli.main import BAD_INPUT, NO_MODEL, USAGE, main
from musiclm.cli.train import parse_budget
from musiclm.errors import ConfigError


def test_budgets_are_durations() -> None:
    texts = ("90s", "25m", "1.5h", "600", " 2 m ")
    assert [parse_budget(text) for text in texts] == [90.0, 1500.0, 5400.0, 600.0, 120.0]
    for wrong in ("", "soon", "-5m", "0", "5 days", "1h30"):
        with pytest.raises(
            ConfigError, match=r"is no duration: write for example 90s, 25m or 1\.5h"
        ):
            parse_budget(wrong)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["train", "chorus"], BAD_INPUT, 'no stage "chorus": choose one of codec, mulan'),
        (["train", "codec", "--budget", "soon"], BAD_INPUT, 'budget "soon" is no duration'),
        (["train", "codec", "--recipe", "huge"], BAD_INPUT, 'no recipe "huge"'),
        (["train", "tokens", "--recipe", "tiny"], BAD_INPUT, "training tokens needs a corpus"),
        (["tokenize", "--recipe", "tiny"], BAD_INPUT, "training tokens needs a corpus"),
        (["train", "acoustic", "--recipe", "tiny"], BAD_INPUT, "training acoustic needs tokens"),
        (["train", "musicgen", "--recipe", "tiny"], BAD_INPUT, "training musicgen needs tokens"),
        (
            ["train", "acoustic", "--recipe", "tiny", "--set", "batch_size=none"],
            BAD_INPUT,
            "tiny/acoustic.toml with --set has 1 fault(s)",
        ),
        (["train", "codec", "--max-steps", "0"], USAGE, "max-steps"),
        (
            ["train", "all", "--overlap", "perhaps"],
            BAD_INPUT,
            'overlap "perhaps": choose one of auto, on, off',
        ),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    message: str,
) -> None:
    assert main([*words, "--out", str(tmp_path), *(["--threads", "1"])]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert len(shown.err.strip().splitlines()) == 1


def test_tokens_without_tokenizers_are_a_missing_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.jsonl").write_text("")
    words = ["train", "tokens", "--recipe", "tiny", "--out", str(tmp_path), "--threads", "1"]
    assert main(words) == NO_MODEL
    assert "train it first with `musiclm train codec --recipe tiny" in capsys.readouterr().err


def test_help_and_mistakes_need_no_torch() -> None:
    code = (
        "import sys; from musiclm.cli.main import main; main(['train', '--help']);"
        "import musiclm.cli.train; sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"codec, mulan" in done.stdout
