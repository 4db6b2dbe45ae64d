"""One piece, made while somebody waits: its sound in a file, its facts and captions as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from musiclm._version import __version__
from musiclm.audio.io import encode_audio, write_audio
from musiclm.corpus.annotations import annotations_of
from musiclm.corpus.captions import captions_of
from musiclm.corpus.captions.write import Caption
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import Facts, facts_of
from musiclm.corpus.render import Sound, render, render_stems
from musiclm.corpus.score import Score
from musiclm.errors import ConfigError

_N_CAPTIONS = 12
_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Preview:
    """What was made."""

    score: Score
    facts: Facts
    captions: Sequence[Caption]
    files: Sequence[Path]  # the sound first

    def as_text(self) -> str:
        """Facts and captions for people."""
        rows = [("title", self.score.title), ("seed", str(self.score.seed))]
        for name, value in self.facts.model_dump(mode="json").items():
            if name == "sections":
                value = [f"{part['name']} {part['start_seconds']:.0f} s" for part in value]
            if isinstance(value, dict):
                value = [f"{key} ({role})" for key, role in value.items()]
            if isinstance(value, list):
                value = ", ".join(map(str, value)) or "-"
            rows.append((name.replace("_", " "), str(value)))
        rows.append(("files", ", ".join(map(str, self.files))))
        lines = [f"{name:{_WIDTH}} {value}" for name, value in rows]
        lines += ["", *(f"[{c.language} {c.register}] {c.text}" for c in self.captions)]
        return "\n".join(lines)


def preview_piece(
    style: str,
    output: Path,
    *,
    sound: Sound,
    seed: int = 0,
    seconds: float | None = None,
    mood: str | None = None,
    scene: str | None = None,
    sample_rate: int = 24_000,
    midi: bool = False,
    stems: bool = False,
) -> Preview:
    """Compose one piece and write it.

    Args:
        style: Key of ``compose.STYLES``.
        output: A ``.wav`` or ``.flac`` file; MIDI and stems get its name with an ending.
        sound: Who plays.
        seed: Of the composer.
        seconds: Wanted length; drawn when ``None``.
        mood: Drawn when ``None``.
        scene: Drawn when ``None``.
        sample_rate: Of the sound, Hz.
        midi: Whether to write ``NAME.mid``.
        stems: Whether to write ``NAME.ROLE-INSTRUMENT.wav`` for every part: dry of the master
            stage, so their sum is not as loud as the piece.

    Raises:
        ConfigError: There is no such style, mood or scene, or the file has another suffix.
        DataError: A sound font cannot be read.
    """
    if output.suffix.lower() not in (".wav", ".flac"):
        raise ConfigError(f"the output must end in .wav or .flac, got {output.name!r}")
    score = compose(style, seed, seconds=seconds, mood=mood, scene=scene)
    player = sound.for_piece(score.seed)
    waveform = render(score, sound=player, sample_rate=sample_rate)
    tags = {"title": score.title, "genre": score.style, "software": f"musiclm {__version__}"}
    write_audio(output, waveform, tags=tags)
    files = [output]
    if midi:
        files.append(output.with_suffix(".mid"))
        score.to_midi().save(files[-1])
    if stems:
        for name, stem in render_stems(score, sound=player, sample_rate=sample_rate).items():
            files.append(output.with_name(f"{output.stem}.{name}{output.suffix}"))
            write_audio(files[-1], stem)
    facts = facts_of(score)
    captions = captions_of(facts, np.random.default_rng([seed, 2]), n=_N_CAPTIONS)
    return Preview(score, facts, captions, files)


def step_seconds(
    *, pieces: int, seed: int, sound: Sound, sample_rate: int = 24_000
) -> dict[str, float]:
    """Time each step of making ``pieces`` pieces of a minute, in this process.

    Styles are taken evenly from the alphabet, so that no family is missed.

    Returns:
        Seconds of "compose", "render", "describe" (facts, annotations, captions) and "write"
        (FLAC), and of "audio" made.
    """
    spent = dict.fromkeys(("compose", "render", "describe", "write", "audio"), 0.0)

    def clock(step: str, began: float) -> float:
        now = perf_counter()
        spent[step] += now - began
        return now

    names = sorted(STYLES)
    for index in range(pieces):
        style = names[index * len(names) // pieces % len(names)]
        began = perf_counter()
        score = compose(style, seed + index, seconds=60.0)
        began = clock("compose", began)
        waveform = render(score, sound=sound.for_piece(score.seed), sample_rate=sample_rate)
        began = clock("render", began)
        annotations_of(score, waveform)
        captions_of(facts_of(score), np.random.default_rng([seed, 2]), n=_N_CAPTIONS)
        began = clock("describe", began)
        encode_audio(waveform, format="flac")
        clock("write", began)
        spent["audio"] += waveform.seconds
    return spent
