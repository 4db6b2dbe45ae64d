"""A MusicGen checkpoint in, what its smaller weights cost in likelihood out.

The float32 model draws codes for four prompts, and every precision that the machine has scores
them, step by step as decoding computes (``bench_likelihood.py``). Where a folder of recordings is
given, their codes by the checkpoint's EnCodec are scored too, as music of no described kind. Of
random weights the loss says how exactly numbers are computed, and little about trained ones.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclm.cli.bench_codec import in_fresh_process

if TYPE_CHECKING:
    from torch import Tensor

    from musiclm.acoustic.checkpoint import Checkpoint
    from musiclm.decode.stage import Stage

LIKELIHOOD_SECONDS = 10.0
"""Of each of four prompts, unless said otherwise: 8,000 codes in all."""
_PROMPTS = ("calm piano", "fast techno with drums", "sad violin", "happy jazz and the piano")
_MOST_RECORDINGS = 4


def measure_losses(
    folder: Path, *, seconds: float, audio: Path | None, threads: int, seed: int
) -> list[dict[str, Any]]:
    """Score codes in every precision, in a process of its own.

    Args:
        folder: Of a checkpoint in the Hugging Face layout.
        seconds: Of each of the prompts' music, and at most of each recording.
        audio: A folder of recordings; the first four of at least ``seconds`` are used.
        threads: How many the process may use.
        seed: Of the codes that are drawn.

    Returns:
        Rows for ``likelihood_table``.

    Raises:
        OSError: The measuring process failed; carries its last line.
    """
    task = {
        "folder": str(folder),
        "seconds": seconds,
        "audio": None if audio is None else str(audio),
        "threads": threads,
        "seed": seed,
    }
    rows: list[dict[str, Any]] = in_fresh_process(__name__, task)["likelihood"]
    return rows


def _measure(task: Mapping[str, Any]) -> dict[str, Any]:
    """Everything, in this process."""
    import torch

    from musiclm.acoustic.checkpoint import read_checkpoint
    from musiclm.acoustic.official import load_stage
    from musiclm.cli.bench_likelihood import compare_formats
    from musiclm.nn.precision import PRECISIONS, best_precision

    torch.set_num_threads(task["threads"])
    checkpoint = read_checkpoint(Path(task["folder"]))
    # Loaded once each, and not copied from the float32 one, which would take twice its memory.
    stages: dict[str, Stage] = {
        precision: load_stage(checkpoint, precision=precision)
        for precision in PRECISIONS
        if best_precision(precision) == (precision, None)
    }
    rows = [
        {
            "stage": "MusicGen",
            "codes": about,
            "n_codes": codes.numel(),
            "formats": compare_formats(stages, conditions, codes),
        }
        for about, conditions, codes in _codes(checkpoint, stages["float32"], task)
    ]
    return {"likelihood": rows}


def _codes(
    checkpoint: "Checkpoint", stage: "Stage", task: Mapping[str, Any]
) -> Iterator[tuple[str, tuple["Tensor", ...], "Tensor"]]:
    """What is scored: a name, conditions and codes."""
    import torch

    from musiclm.acoustic.t5 import TextEncoder
    from musiclm.cli.bench_musicgen_contender import melodies

    texts = TextEncoder.load(checkpoint)
    conditions = (*melodies(checkpoint, len(_PROMPTS)), texts.vectors(_PROMPTS))
    rng = torch.Generator().manual_seed(task["seed"])
    yield "own", conditions, stage.generate(conditions, task["seconds"], rng)
    if task["audio"] is not None:
        codes = _recorded(checkpoint, stage, Path(task["audio"]), task["seconds"])
        untold = texts.vectors([""] * codes.shape[0])
        yield "recorded", (*melodies(checkpoint, codes.shape[0]), untold), codes


def _recorded(checkpoint: "Checkpoint", stage: "Stage", folder: Path, seconds: float) -> "Tensor":
    """Codes of the first recordings of a folder.

    Raises:
        AudioError: None of them is long enough.
    """
    import torch

    from musiclm.audio.io import read_audio
    from musiclm.codec.encodec import Encodec
    from musiclm.errors import AudioError
    from musiclm.tokens.timing import seconds_to_samples

    codec = Encodec.from_tensors(
        checkpoint.config.audio_encoder,
        checkpoint.below("audio_encoder."),
        n_channels=checkpoint.config.decoder.audio_channels,
        stream=stage.config.target,
    )
    wanted = seconds_to_samples(seconds, codec.sample_rate)
    found: list[Tensor] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".wav", ".flac", ".ogg", ".mp3"):
            music = read_audio(
                path, sample_rate=codec.sample_rate, n_channels=codec.n_channels, seconds=seconds
            )
            if music.samples.shape[1] >= wanted:
                found.append(music.samples[:, :wanted])
        if len(found) == _MOST_RECORDINGS:
            break
    if not found:
        raise AudioError(f"{folder} holds no WAV, FLAC, Ogg or MP3 of at least {seconds:g} seconds")
    return codec.encode(torch.stack(found))


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
