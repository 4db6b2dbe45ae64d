"""Twenty sentences in, twenty files and a table of what can be measured of them out.

Shows that a model makes different music for different prompts: duration, loudness, silence,
onsets, flatness, tempo and key of each clip, the distance of each to its nearest neighbour, and
whether the same seed gives the same bytes. ``sheet.png`` shows all spectrograms at a glance.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.describe import describe
from musiclm.audio.io import write_audio, write_file
from musiclm.audio.spectrogram import log_mel
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.features import features_of
from musiclm.evaluate.report import markdown_table, write_report

Make = Callable[[str, int], Waveform]
"""A prompt and a seed in, a clip out."""

SHOWCASE: tuple[tuple[str, str], ...] = (
    ("en", "A gentle solo piano ballad, slow and wistful, no drums"),
    ("fr", "jazz mélancolique au piano et basse douce"),
    ("en", "Fast swing jazz trio with walking bass and brushes"),
    ("fr", "Du rock énergique avec guitare saturée et batterie puissante"),
    ("en", "Four-on-the-floor house music with a bright synth lead, 124 bpm"),
    ("fr", "De longues nappes d'ambient, calmes et sombres, sans batterie"),
    ("en", "A cheerful string quartet in G major"),
    ("fr", "Une bossa nova douce à la guitare classique"),
    ("en", "Groovy funk with slap bass, brass section and tight drums"),
    ("fr", "Musique de vieux jeu vidéo, rapide et joyeuse, sons 8 bits"),
    ("en", "An epic orchestral film cue with horns and timpani, growing louder"),
    ("fr", "Un blues lent à la guitare électrique"),
    ("en", "A lullaby on a music box, very quiet and slow"),
    ("fr", "Techno sombre et répétitive à 130 bpm"),
    ("en", "Celtic dance with flute and fiddle, lively"),
    ("fr", "Une ballade folk à la guitare acoustique"),
    ("en", "Retro synthwave with a pulsing synth bass and electronic drums"),
    ("fr", "Une pièce solennelle pour orgue d'église"),
    ("en", "Relaxed lofi hip hop with electric piano"),
    ("fr", "Une valse élégante pour orchestre à cordes"),
)
"""Language and sentence, as people write them."""


def measure_showcase(
    make: Make,
    prompts: Sequence[tuple[str, str]],
    *,
    out: Path,
    model: dict[str, str],
    seed: int = 0,
    n_repeats: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Make a clip for each (language, prompt), measure it, and write the report.

    Args:
        make: Called with a prompt and its seed.
        prompts: Language and text.
        out: Gets ``01.wav`` and so on, ``report.json``, ``table.md`` and ``sheet.png``.
        model: Name, version and weights hash, for the report.
        seed: Clip ``i`` uses ``seed + i``.
        n_repeats: How many clips are made a second time to compare their bytes.
        on_progress: Told clips done and clips in all.

    Raises:
        ConfigError: Fewer than two prompts: nothing to tell apart.
    """
    if len(prompts) < 2:
        raise ConfigError(f"a showcase needs at least 2 prompts, got {len(prompts)}")
    out.mkdir(parents=True, exist_ok=True)
    clips, same_bytes = [], []
    for index, (_, text) in enumerate(prompts):
        clip = make(text, seed + index)
        write_audio(out / f"{index + 1:02d}.wav", clip)
        if index < n_repeats:
            same_bytes.append(_encoded(clip) == _encoded(make(text, seed + index)))
        clips.append(clip)
        if on_progress:
            on_progress(index + 1, len(prompts))
    distances = pairwise_distances(clips)
    nearest = np.where(np.eye(len(clips), dtype=bool), np.inf, distances).argmin(axis=1)
    rows, entries = [], []
    for index, ((language, text), clip) in enumerate(zip(prompts, clips, strict=True)):
        measured = asdict(describe(clip))
        neighbour = int(nearest[index])
        distance = float(distances[index, neighbour])
        entries.append(
            {"file": f"{index + 1:02d}.wav", "language": language, "prompt": text}
            | {"seed": seed + index, "nearest": neighbour + 1, "nearest_distance": distance}
            | measured
        )
        rows.append(
            {
                "#": index + 1,
                "prompt": text,
                "seconds": measured["seconds"],
                "LUFS": measured["loudness_lufs"],
                "silent": f"{100 * measured['silence_fraction']:.0f}%",
                "onsets/s": measured["onsets_per_second"],
                "flatness": round(measured["spectral_flatness"], 3),
                "centroid": f"{measured['spectral_centroid_hz']:.0f} Hz",
                "tempo": _or_dash(measured["tempo_bpm"]),
                "key": measured["key"] or "-",
                "nearest": f"{neighbour + 1} ({distance:.2f})",
            }
        )
    others = distances[~np.eye(len(clips), dtype=bool)]
    results = {
        "model": model,
        "clips": entries,
        "pairwise_distances": distances.round(4).tolist(),
        "smallest_distance": float(others.min()),
        "mean_distance": float(others.mean()),
        "same_seed_same_bytes": same_bytes,
    }
    about = (
        f"{len(clips)} prompts. Distance: root mean square difference of standardised features; "
        f"smallest between two clips {others.min():.2f}, mean {others.mean():.2f}. Same seed, "
        f"same bytes: {sum(same_bytes)} of {len(same_bytes)}."
    )
    write_report(out, results=results, table=markdown_table(rows), about=about)
    if (sheet := spectrogram_sheet(clips, [text for _, text in prompts])) is not None:
        write_file(out / "sheet.png", sheet)
    return results


def pairwise_distances(clips: Sequence[Waveform]) -> NDArray[np.float64]:
    """How far clips are from each other: RMS difference of features, each of unit spread.

    Unrelated clips are about 1.4 apart; 0 means that the features cannot tell two clips apart.
    """
    features = np.stack([features_of(clip) for clip in clips]).astype(np.float64)
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
    difference = standard[:, None] - standard[None]
    distances: NDArray[np.float64] = np.sqrt(np.square(difference).mean(axis=2))
    return distances


def spectrogram_sheet(clips: Sequence[Waveform], titles: Sequence[str]) -> bytes | None:
    """A PNG with one log-mel picture a clip; ``None`` where matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    n_columns = 4
    n_rows = math.ceil(len(clips) / n_columns)
    figure = Figure(figsize=(4 * n_columns, 2.2 * n_rows), layout="constrained")
    FigureCanvasAgg(figure)
    for index, (clip, title) in enumerate(zip(clips, titles, strict=True)):
        axes = figure.add_subplot(n_rows, n_columns, index + 1)
        mono = clip.mono().samples[0].to(torch.float32)
        mel = log_mel(mono, sample_rate=clip.sample_rate, n_fft=2_048, hop_length=512, n_mels=96)
        top = float(mel.max())
        axes.imshow(
            mel.numpy(),
            origin="lower",
            aspect="auto",
            vmin=top - 9,
            vmax=top,
            extent=(0.0, clip.seconds, 0.0, 96.0),
        )
        axes.set_title(f"{index + 1}. {title[:44]}", fontsize=8)
        axes.set_yticks([])
        axes.tick_params(labelsize=6)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _encoded(clip: Waveform) -> bytes:
    """The bytes of the file that the clip would make."""
    file = io.BytesIO()
    write_audio(file, clip)
    return file.getvalue()


def _or_dash(bpm: float | None) -> str:
    return "-" if bpm is None else f"{bpm:.0f}"
