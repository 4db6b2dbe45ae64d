"""``musiclm bench codec``: how fast sound becomes codes and sound again, and in how much memory.

Each run is a process of its own with its own number of threads. Beside ours runs EnCodec at 24 kHz
as transformers builds it, with random weights, which are as fast as trained ones. Ours is timed
from file to file, with reading, checksums and writing; EnCodec from the same file to codes and to
samples in memory, its first two minutes. Loading, and making the music, are outside of every time.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from musiclm.audio.waveform import Waveform

_LOOP_SECONDS = 60.0
_PIECE_SECONDS = 10  # What EnCodec is given at once; ours takes the same at 25 frames a second.
_MOST_PIECES = 12  # EnCodec's speed is known after two minutes; an hour of it would take half one.
_ENCODEC_KBPS = 3.0


def measure_codec(
    codec: Path, *, minutes: float, threads: Sequence[int], seed: int
) -> dict[str, Any]:
    """Measure our codec, and EnCodec where it is installed, with each number of threads.

    Args:
        codec: Artifact folder.
        minutes: Of music; 60 shows that memory does not grow with it.
        threads: Numbers of threads.
        seed: Of the music.

    Raises:
        OSError: A measuring process failed; carries its last line.
    """
    names = ["musiclm"] + (["encodec"] if find_spec("transformers") else [])
    with TemporaryDirectory() as folder:
        song = Path(folder) / "song.wav"
        write_music(song, 60 * minutes, seed)
        runs = [
            in_fresh_process(
                "musiclm.cli.bench_codec",
                {"name": name, "codec": str(codec), "song": str(song), "threads": count},
            )
            for count in threads
            for name in names
        ]
    report: dict[str, Any] = {"minutes": minutes, "runs": runs}
    if "encodec" not in names:
        report["missing"] = "EnCodec was left out: pip install transformers"
    return report


def codec_table(report: dict[str, Any]) -> str:
    """The report for people, in Markdown."""
    lines = [
        "| codec | threads | minutes | encode, RTF | decode, RTF | peak memory | load |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {run['about']} | {run['threads']} | {run['minutes']:g} "
        f"| {run['encode_real_time_factor']:.4f} | {run['decode_real_time_factor']:.4f} "
        f"| {run['peak_memory_bytes'] / 2**30:.2f} GiB | {run['load_seconds']:.1f} s |"
        for run in report["runs"]
    ]
    lines.append("\nRTF: seconds of work for a second of music; memory: the most of the process")
    if "missing" in report:
        lines.append(report["missing"])
    return "\n".join(lines)


def synthetic_music(seconds: float, *, sample_rate: int = 24_000, seed: int = 0) -> "Waveform":
    """Broken chords, a bass and drums of our own synthesizers: stereo, dense, reproducible."""
    import numpy as np
    import torch

    from musiclm.audio.synth import own_tones
    from musiclm.audio.tones import KeyNote, play_tones
    from musiclm.audio.waveform import Waveform
    from musiclm.tokens.timing import seconds_to_samples

    rng = np.random.default_rng(seed)
    beat, scale = 0.25, np.array([0, 2, 4, 7, 9])
    n_beats = int(seconds / beat)
    n_samples = seconds_to_samples(seconds, sample_rate)
    parts = {"piano": (60, 1, 2), "ensemble": (67, 4, 8), "bass_synth": (36, 2, 2)}
    mixed = np.zeros((2, n_samples), np.float32)
    for voice, (lowest, every, held) in parts.items():
        notes = [
            KeyNote(at * beat, (at + held) * beat, float(lowest + rng.choice(scale)), 90)
            for at in range(0, n_beats, every)
        ]
        tones = own_tones(voice, sample_rate)
        mixed += play_tones(tones, notes, n_samples=n_samples, sample_rate=sample_rate)
    strokes = [
        KeyNote(at * beat, (at + 1) * beat, float((36, 42, 38, 42)[at % 4]), 100)
        for at in range(n_beats)
    ]
    drums = own_tones("kit", sample_rate)
    mixed += play_tones(drums, strokes, n_samples=n_samples, sample_rate=sample_rate)
    return Waveform(torch.from_numpy(mixed / max(1e-3, float(np.abs(mixed).max()))), sample_rate)


def write_music(path: Path, seconds: float, seed: int) -> None:
    """A minute of music, again and again."""
    from musiclm.audio.blocks import write_blocks
    from musiclm.tokens.timing import seconds_to_samples

    music = synthetic_music(min(seconds, _LOOP_SECONDS), seed=seed)
    left = seconds_to_samples(seconds, music.sample_rate)
    with write_blocks(
        path, sample_rate=music.sample_rate, n_channels=music.n_channels, n_samples=left
    ) as out:
        while left > 0:
            samples = music.samples[:, :left]
            out.write(samples)
            left -= samples.shape[1]


def in_fresh_process(module: str, task: dict[str, Any]) -> dict[str, Any]:
    """Measure where nothing is loaded yet.

    Args:
        module: What to run; takes the task as JSON, and prints its report as JSON last.
        task: Its ``threads`` are how many the process may use.

    Raises:
        OSError: The process failed; carries its last line.
    """
    command = [sys.executable, "-m", module, json.dumps(task)]
    environment = os.environ | {"OMP_NUM_THREADS": str(task["threads"])}
    done = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise OSError(f"the measuring process failed with exit code {done.returncode}: {last}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def _measure(task: dict[str, Any]) -> dict[str, Any]:
    """Encode and decode once, in this process."""
    import torch

    from musiclm.audio.blocks import AudioFile
    from musiclm.cli.machine import peak_memory_bytes
    from musiclm.tokens.timing import samples_to_seconds

    torch.set_num_threads(task["threads"])
    song = Path(task["song"])
    with AudioFile(song) as file:
        seconds = samples_to_seconds(file.n_samples or 0, file.sample_rate)
    ours = task["name"] == "musiclm"
    if not ours:
        seconds = min(seconds, float(_PIECE_SECONDS * _MOST_PIECES))
    began = time.perf_counter()
    prepare = _ours if ours else _encodec
    about, encode, decode = prepare(Path(task["codec"]), song)
    loaded = time.perf_counter()
    encode()
    encoded = time.perf_counter()
    decode()
    decoded = time.perf_counter()
    return {
        "name": task["name"],
        "about": about,
        "threads": task["threads"],
        "minutes": round(seconds / 60, 3),
        "load_seconds": round(loaded - began, 3),
        "encode_real_time_factor": round((encoded - loaded) / seconds, 5),
        "decode_real_time_factor": round((decoded - encoded) / seconds, 5),
        "peak_memory_bytes": peak_memory_bytes(),
    }


_Prepared = tuple[str, Callable[[], object], Callable[[], object]]
"""What it is, and the two things to time."""


def _ours(folder: Path, song: Path) -> _Prepared:
    from musiclm.codec.files import NamedCodec, decode_file, encode_file

    named = NamedCodec.load(folder)
    config, codes = named.codec.config, song.with_suffix(".mcodes")
    about = (
        f"musiclm {config.architecture}, {config.sample_rate / 1000:g} kHz "
        f"{'stereo' if config.n_channels == 2 else 'mono'}, "
        f"{config.stream.bits_per_second / 1000:g} kbit/s"
    )
    return (
        about,
        lambda: encode_file(named, song, codes),
        lambda: decode_file(named, codes, song.with_name("decoded.wav")),
    )


def _encodec(_: Path, song: Path) -> _Prepared:
    import torch

    transformers = import_module("transformers")
    torch.manual_seed(0)
    config = transformers.EncodecConfig()
    model = transformers.EncodecModel(config).eval()
    kept: list[tuple[Tensor, Any]] = []

    @torch.inference_mode()
    def encode() -> None:
        for piece in islice(_mono_pieces(song, config.sampling_rate), _MOST_PIECES):
            coded = model.encode(piece[None], bandwidth=_ENCODEC_KBPS)
            kept.append((coded.audio_codes, coded.audio_scales))

    @torch.inference_mode()
    def decode() -> None:
        for codes, scales in kept:
            model.decode(codes, scales)

    rate = config.sampling_rate / 1000
    return f"EnCodec, {rate:g} kHz mono, {_ENCODEC_KBPS:g} kbit/s", encode, decode


def _mono_pieces(song: Path, sample_rate: int) -> "Iterator[Tensor]":
    """Ten seconds at a time, ``[1, n]``."""
    import torch

    from musiclm.audio.blocks import AudioFile
    from musiclm.audio.resample import resample_blocks
    from musiclm.tokens.timing import seconds_to_samples

    size = seconds_to_samples(_PIECE_SECONDS, sample_rate)
    with AudioFile(song) as file:
        mono = (block.mean(dim=0, keepdim=True) for block in file.blocks())
        waiting = torch.zeros(1, 0)
        for block in resample_blocks(mono, file.sample_rate, sample_rate):
            waiting = torch.cat((waiting, block), dim=1)
            while waiting.shape[1] >= size:
                yield waiting[:, :size]
                waiting = waiting[:, size:]
    if waiting.shape[1]:
        yield waiting


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
