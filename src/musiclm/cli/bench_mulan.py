"""``musiclm bench mulan``: how fast the sense of meaning listens, reads and searches.

Each number of threads has a process of its own. The audio tower is timed from samples in memory to
one embedding, with its mel pictures and its overlapping windows; the prompts one by one, from text
to MuLan tokens; the search over random unit vectors in the place of clips. Loading, reading files
and a first round of everything are outside of every time.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from musiclm.cli.bench_codec import in_fresh_process, write_music

if TYPE_CHECKING:
    from musiclm.pipeline.search import AudioIndex

BARS = {"audio_times_real_time": 200.0, "prompt_ms": 30.0, "search_ms": 50.0}
"""What we want on two cores: at least so fast an ear, and at most so long a wait."""

N_CLIPS = 10_000
_N_LISTENINGS = 3
_WISHES = """
jazz
sad piano
dark techno
upbeat ukulele song
rain on a tin roof
lofi beats to study to
epic trailer music with choir
90s rock, loud guitars
something calm for yoga
music for a wedding dance
slow blues, smoky bar, saxophone
a lullaby for my newborn daughter
chase scene across the rooftops at night
acoustic folk with banjo and hand claps
8-bit boss battle, frantic and heroic
tango with bandoneon, passion and a bit of drama
warm analog synth pads drifting slowly, no percussion at all
happy birthday kind of mood, brass band and a marching snare drum
drum and bass at 174 bpm with a deep sub and jazzy electric piano chords
I want something like the end credits of a sad film, strings and one lonely piano
make me a funky groove with slap bass, a wah guitar, tight drums and horns in E minor and let it end
una cumbia alegre para bailar
guitarra flamenca, lenta y triste
ruhige Klaviermusik zum Einschlafen
schneller Punk mit verzerrten Gitarren
un valzer elegante per archi
musica da aperitivo in spiaggia
samba de roda com cavaquinho e pandeiro
uma balada romântica ao piano, bem devagar
a quiet morning in a village by the sea, gulls far away, an accordion that nobody hears, then bells
"""


def measure_mulan(
    mulan: Path, *, minutes: float, threads: Sequence[int], seed: int
) -> dict[str, Any]:
    """Measure a MuLan with each number of threads.

    Args:
        mulan: Artifact folder.
        minutes: Of music to listen to.
        threads: Numbers of threads.
        seed: Of the music and of the clips.

    Raises:
        OSError: A measuring process failed; carries its last line.
    """
    with TemporaryDirectory() as folder:
        song = Path(folder) / "song.wav"
        write_music(song, 60 * minutes, seed)
        task = {"mulan": str(mulan), "song": str(song), "prompts": _prompts(), "seed": seed}
        runs = [in_fresh_process(__name__, {**task, "threads": count}) for count in threads]
    return {"minutes": minutes, "n_clips": N_CLIPS, "bars": BARS, "runs": runs}


def mulan_table(report: dict[str, Any]) -> str:
    """The report for people, in Markdown."""
    runs, bars = report["runs"], report["bars"]
    heads = [f"{run['threads']} thread{'s' if run['threads'] > 1 else ''}" for run in runs]
    least, prompt, search = (
        f"at least {bars['audio_times_real_time']:g}",
        f"under {bars['prompt_ms']:g}",
        f"under {bars['search_ms']:g}",
    )
    clips = f"search of {report['n_clips']:,} clips"
    rows: list[tuple[str, str, float, str]] = [
        ("audio tower, times real time", "audio_times_real_time", 1, least),
        ("prompt to MuLan tokens, median ms", "prompt_median_ms", 1, prompt),
        ("prompt to MuLan tokens, 95th percentile ms", "prompt_p95_ms", 1, prompt),
        (f"{clips}, median ms", "search_median_ms", 1, search),
        (f"{clips} with its prompt, median ms", "search_with_prompt_median_ms", 1, search),
        ("peak memory, MiB", "peak_memory_bytes", 2**20, ""),
        ("load, s", "load_seconds", 1, ""),
    ]
    lines = [
        f"| {runs[0]['about'] if runs else ''} | {' | '.join(heads)} | bar, 2 cores |",
        f"| --- |{' ---: |' * (len(runs) + 1)}",
    ]
    for label, key, unit, bar in rows:
        values = " | ".join(f"{run[key] / unit:.4g}" for run in runs)
        lines.append(f"| {label} | {values} | {bar} |")
    return "\n".join(lines)


def _measure(task: dict[str, Any]) -> dict[str, Any]:
    """Listen, read and search, in this process."""
    import torch

    from musiclm.audio.io import read_audio
    from musiclm.cli.machine import peak_memory_bytes
    from musiclm.mulan.model import Mulan

    torch.set_num_threads(task["threads"])
    began = time.perf_counter()
    mulan = Mulan.load(Path(task["mulan"]))
    loaded = time.perf_counter() - began
    music = read_audio(Path(task["song"]), sample_rate=mulan.sample_rate)
    samples = music.samples[None]
    listening = _milliseconds(
        [lambda: mulan.embed_audio(samples[..., : 3 * mulan.window_samples])]
        + [lambda: mulan.embed_audio(samples)] * _N_LISTENINGS,
        n_warm_up=1,
    )
    prompts = task["prompts"]
    reading = _milliseconds([_bound(mulan.tokens_from_text, [text]) for text in prompts])
    index = _random_index(mulan.config.dim, task["seed"])
    known = [mulan.embed_text([text])[0] for text in prompts]
    searching = _milliseconds([_bound(index.search, query) for query in known])
    asking = _milliseconds(
        [_bound(lambda text: index.search(mulan.embed_text([text])), text) for text in prompts]
    )
    n_weights = sum(weight.numel() for weight in mulan.parameters())
    return {
        "about": f"MuLan, {n_weights / 1e6:.1f} million weights, "
        f"{mulan.sample_rate / 1000:g} kHz, a window of {mulan.config.window_seconds:g} s every "
        f"{mulan.config.hop_seconds:g} s",
        "threads": task["threads"],
        "load_seconds": round(loaded, 3),
        "audio_times_real_time": round(1000 * music.seconds / median(listening), 1),
        "prompt_median_ms": round(median(reading), 3),
        "prompt_p95_ms": round(quantiles(reading, n=20)[-1], 3),
        "search_median_ms": round(median(searching), 3),
        "search_with_prompt_median_ms": round(median(asking), 3),
        "peak_memory_bytes": peak_memory_bytes(),
    }


def _prompts() -> list[str]:
    """Prompts as people type them: sentences of two languages, then wishes of 1 to 25 words."""
    from musiclm.evaluate.showcase import SHOWCASE

    return [text for _, text in SHOWCASE] + _WISHES.strip().splitlines()


def _random_index(dim: int, seed: int) -> "AudioIndex":
    """As many clips as the bar names, of one window each."""
    import torch

    from musiclm.pipeline.search import AudioIndex

    rng = torch.Generator().manual_seed(seed)
    return AudioIndex(
        paths=tuple(Path(f"{number}.wav") for number in range(N_CLIPS)),
        counts=(1,) * N_CLIPS,
        windows=torch.nn.functional.normalize(torch.randn(N_CLIPS, dim, generator=rng), dim=-1),
        starts=torch.zeros(N_CLIPS, dtype=torch.int64),
        sample_rate=1,
    )


def _bound(work: Callable[[Any], object], argument: object) -> Callable[[], object]:
    return lambda: work(argument)


def _milliseconds(works: Sequence[Callable[[], object]], *, n_warm_up: int = 0) -> list[float]:
    """What each takes; all are done once before, or only the first ``n_warm_up``, then left out."""
    for work in works[: n_warm_up or None]:
        work()
    spent = []
    for work in works[n_warm_up:]:
        began = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - began))
    return spent


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
