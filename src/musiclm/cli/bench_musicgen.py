"""``musiclm bench musicgen``: how fast a MusicGen checkpoint plays, by us and by transformers.

The same weights, prompt and number of steps for every contender. Each is a process of its own
(``bench_musicgen_contender.py``) that holds one number format, and they take turns of a second of
music, first to last and then last to first, so that whatever else the machine does falls on all.
Where no checkpoint is given, one with random weights is made, which is as fast as a trained one.

The codec is not timed: its share is that of ``musiclm bench codec``. What small weights cost in
likelihood is ``bench_musicgen_likelihood.py``; what is said for people ``bench_musicgen_table.py``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import fmean, median, quantiles
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from musiclm.cli.bench_codec import in_fresh_process
from musiclm.errors import ConfigError, MusicLMError

LARGEST_SECONDS = 30.0
"""What a window of MusicGen holds; transformers goes no further."""
FRAME_RATE = 50
_CONTENDER = "musiclm.cli.bench_musicgen_contender"
_THEIR_PRECISIONS = ("float32", "bfloat16")
_FLOAT32_SHARE = 1 / 3  # of the steps of the others: it is slow, and nobody's choice
_N_WINDOWS = 5
_WINDOW_SHARE = 1 / 15  # of all steps: 100 of 1,500


@contextmanager
def checkpoint_at(model: str | None, size: str, seed: int) -> Iterator[tuple[Path, str]]:
    """The folder of a checkpoint and what it is, made on the spot if none is named.

    Args:
        model: A folder or a name on the hub; ``None`` for random weights.
        size: Of the language model that is made: ``small``, ``medium`` or ``large``.
        seed: Of its weights.

    Raises:
        ArtifactError: The folder holds no checkpoint of MusicGen.
        ModelNotFoundError: There is none of this name.
        ImportError: transformers is not installed.
    """
    from musiclm.acoustic.checkpoint import need_transformers, read_checkpoint
    from musiclm.pipeline.hub import find_checkpoint

    need_transformers().logging.set_verbosity_error()
    if model is not None:
        folder = find_checkpoint(model).folder
        read_checkpoint(folder)  # A broken one is refused here, not in six processes.
        yield folder, model
        return
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "checkpoint"
        # Elsewhere, so that its weights do not stay in this process.
        in_fresh_process(
            __name__, {"folder": str(folder), "size": size, "seed": seed, "threads": 1}
        )
        yield folder, f"random weights of the {size} size"


def measure_musicgen(
    folder: Path,
    *,
    seconds: float,
    threads: int,
    seed: int,
    against_transformers: bool,
    precisions: Sequence[str] = (),
) -> dict[str, Any]:
    """Measure all contenders in turns, with guidance and then without.

    Args:
        folder: Of a checkpoint in the Hugging Face layout.
        seconds: Of music, at most ``LARGEST_SECONDS``.
        threads: How many each process may use.
        seed: Of the codes.
        against_transformers: Whether transformers plays too.
        precisions: Of our weights; by default all that this machine has, float32 for a third of
            the steps.

    Raises:
        ConfigError: This machine has not the precision that is asked for.
        MusicLMError: A contender's process failed; carries its last line.
        OSError: The process that measures the memory's speed failed.
    """
    n_frames = max(1, round(seconds * FRAME_RATE))
    tasks = [("musiclm", each) for each in _our_precisions(precisions)]
    if against_transformers:
        tasks += [("transformers", each) for each in _THEIR_PRECISIONS]
    turn_steps = min(FRAME_RATE, max(1, n_frames // 4))
    bandwidth = in_fresh_process(__name__, {"bandwidth": True, "threads": threads})
    with ExitStack() as stack:
        processes = []
        for side, precision in tasks:
            short = precision == "float32" and (side != "musiclm" or precision not in precisions)
            share = _FLOAT32_SHARE if short else 1.0
            task = {"folder": str(folder), "threads": threads, "seed": seed}
            process = _Process(side, precision, max(1, round(n_frames * share)), task)
            stack.callback(process.end)
            process.start()  # One after the other, so that loading disturbs nobody.
            processes.append(process)
        for guided in (True, False):
            _take_turns(processes, turn_steps, guided)
    return {
        "threads": threads,
        "seconds": n_frames / FRAME_RATE,
        "turn_steps": turn_steps,
        "bandwidth": bandwidth,
        "contenders": compared([process.report(turn_steps) for process in processes]),
    }


def compared(contenders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to every run of ours how many times faster it is than theirs in bfloat16 (``ratio``).

    The median over the turns of theirs against ours in the same place of the music.
    """
    theirs = [
        each
        for each in contenders
        if each["side"] == "transformers" and each["precision"] == "bfloat16"
    ]
    for each in contenders:
        for name, own in each["runs"].items():
            if each["side"] == "musiclm" and theirs:
                pairs = zip(theirs[0]["runs"][name]["turns_ms"], own["turns_ms"], strict=False)
                own["ratio"] = round(median(other / mine for other, mine in pairs), 3)
    return contenders


def summary(first: float, spent: Sequence[float], turn_steps: int) -> dict[str, Any]:
    """What a run came to.

    Args:
        first: Seconds of the pass that reads the prompt.
        spent: Seconds of every step after it.
        turn_steps: Steps a turn.

    Returns:
        ``turns_ms``, the mean step of every whole turn, their median ``step_ms`` with its
        quartiles, ``real_time_factor`` (seconds of computing for a second of music), and the mean
        step at several places, ``by_position``, with its ``growth`` from the first to the last.
    """
    whole = len(spent) // turn_steps * turn_steps
    turns = [1e3 * fmean(spent[at : at + turn_steps]) for at in range(0, whole, turn_steps)]
    turns = turns or [1e3 * fmean(spent)]
    low, middle, high = quantiles(turns, n=4) if len(turns) > 1 else turns * 3
    places = []
    width = max(1, round(len(spent) * _WINDOW_SHARE))
    first_start, last_start = width // 2, max(0, len(spent) - width)
    for number in range(_N_WINDOWS):
        start = first_start + round((last_start - first_start) * number / (_N_WINDOWS - 1))
        part = spent[start : start + width]
        places.append({"from": start, "to": start + width, "ms": round(1e3 * fmean(part), 3)})
    return {
        "n_steps": len(spent) + 1,
        "first_seconds": round(first, 4),
        "step_ms": round(middle, 3),
        "step_ms_quartiles": [round(low, 3), round(high, 3)],
        "real_time_factor": round(middle * FRAME_RATE / 1e3, 4),
        "turns_ms": [round(each, 3) for each in turns],
        "by_position": places,
        "growth": round(places[-1]["ms"] / places[0]["ms"] - 1, 4),
    }


class _Process:
    """A contender's process, spoken to through pipes.

    State: the process, and what it has answered so far.
    """

    def __init__(self, side: str, precision: str, n_frames: int, task: dict[str, Any]) -> None:
        self.side, self.precision, self.n_frames = side, precision, n_frames
        self._task = {**task, "side": side, "precision": precision}
        self._errors: IO[str] = TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process: subprocess.Popen[str] | None = None
        self._loaded: dict[str, Any] = {}
        self._runs: dict[str, list[dict[str, Any]]] = {}

    def start(self) -> None:
        """Load the model."""
        environment = os.environ | {"OMP_NUM_THREADS": str(self._task["threads"])}
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", _CONTENDER, json.dumps(self._task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
        )
        self._loaded = self._answer()

    def begin(self, turn_steps: int, *, guided: bool) -> None:
        """Read the prompt and stop before the first turn."""
        from musiclm.cli.bench_musicgen_contender import GUIDANCE

        what = {
            "n_frames": self.n_frames,
            "turn_steps": turn_steps,
            "guidance": GUIDANCE if guided else 1.0,
        }
        self._runs[_name(guided=guided)] = [self._ask(json.dumps(what))]

    def take_turn(self, *, guided: bool) -> bool:
        """Go on; whether there is more to do."""
        answer = self._ask("")
        self._runs[_name(guided=guided)].append(answer)
        return "ended" not in answer

    def end(self) -> None:
        """Let the process go, wherever it stands."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._errors.close()

    def report(self, turn_steps: int) -> dict[str, Any]:
        """What was measured."""
        runs = {}
        for name, (began, *turns) in self._runs.items():
            ended = turns[-1]["ended"]
            spent = [each for turn in turns for each in turn["seconds"]]
            # At step n the cache holds n of what it holds in the end.
            read = ended["cache_bytes"] // 2 + ended["context_bytes"]
            runs[name] = {
                **summary(began["first_seconds"], spent, turn_steps),
                "cache_bytes": ended["cache_bytes"] + ended["context_bytes"],
                "cache_read_bytes": read,
            }
        return {
            "side": self.side,
            "precision": self.precision,
            **self._loaded,
            "peak_memory_bytes": self._runs[_name(guided=True)][-1]["ended"]["peak_memory_bytes"],
            "language_model_bytes": self._loaded["weight_bytes"] + runs["guided"]["cache_bytes"],
            "runs": runs,
        }

    def _ask(self, line: str) -> dict[str, Any]:
        pipe = self._process.stdin if self._process is not None else None
        if pipe is None:  # pragma: no cover - start comes first
            raise RuntimeError("the process was not started")
        try:
            pipe.write(line + "\n")
            pipe.flush()
        except BrokenPipeError:
            pass  # It has ended; reading finds out and says why.
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        process = self._process
        line = process.stdout.readline() if process is not None and process.stdout else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = 0 if process is None else process.wait()  # Only then all is said.
        self._errors.seek(0)
        last = (self._errors.read().strip().splitlines() or ["it said nothing"])[-1]
        killed = "; was the memory too small for all at once? choose --precision"
        raise MusicLMError(
            f"the process of {self.side} in {self.precision} ended with exit code {code}: {last}"
            f"{killed if code < 0 else ''}"
        )


def _take_turns(processes: Sequence[_Process], turn_steps: int, guided: bool) -> None:
    """One run of everybody, a turn each, in alternating order."""
    for process in processes:
        process.begin(turn_steps, guided=guided)
    running, forward = list(processes), True
    while running:
        order = running if forward else running[::-1]
        at_work = {id(each) for each in order if each.take_turn(guided=guided)}
        running, forward = [each for each in running if id(each) in at_work], not forward


def _our_precisions(wanted: Sequence[str]) -> list[str]:
    """Those that this machine has, in their order.

    Raises:
        ConfigError: It has not one that is asked for.
    """
    from musiclm.nn.precision import PRECISIONS, best_precision

    found: list[str] = []
    for precision in PRECISIONS:
        _, missing = best_precision(precision)
        if missing is not None and precision in wanted:
            raise ConfigError(f"--precision {precision}: {missing.partition(':')[0]}")
        if missing is None and (not wanted or precision in wanted):
            found.append(precision)
    return found


def _name(*, guided: bool) -> str:
    return "guided" if guided else "unguided"


def _in_this_process(task: dict[str, Any]) -> dict[str, Any]:
    """Measure the memory's speed, or write a checkpoint."""
    import torch

    torch.set_num_threads(task["threads"])
    if task.get("bandwidth"):
        from musiclm.cli.bench_roofline import bandwidth

        return bandwidth()
    from musiclm.acoustic.random_checkpoint import SIZES, write_musicgen

    sizes: dict[str, Any] = dict(SIZES[task["size"]])
    write_musicgen(Path(task["folder"]), **sizes, seed=task["seed"])
    return {}


if __name__ == "__main__":
    print(json.dumps(_in_this_process(json.loads(sys.argv[1]))))
