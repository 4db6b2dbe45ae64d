"""Cases in, audio files out, each made once: what an interrupted evaluation goes on from.

A file is named after what it depends on: weights, settings, prompt and seed, or the composer's
piece and its sound. So another model never finds the clips of this one, and the same finds its own.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.corpus.render import Sound
from musiclm.errors import DataError
from musiclm.evaluate.frechet import AUDIO_SUFFIXES
from musiclm.evaluate.model.cases import Case, real_audio
from musiclm.pipeline.musiclm import MusicLM

BEYOND_SECONDS = 2.0
"""Excerpts are cut from pieces that are so much longer: composed excerpts have no ending either."""
Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, how many in all."""
_NUMBER = re.compile(r"(\d{4,})(?!\d)")
Share = tuple[int, int]
"""Which of how many shares: every so manieth clip, from which on."""


@dataclass(frozen=True, slots=True)
class Made:
    """One kept clip."""

    audio: Path
    tokens: Path | None  # of all streams, where they were asked for
    seconds: float | None = None  # hear only so much; all by default

    def waveform(self) -> Waveform:
        """The sound."""
        return read_audio(self.audio, seconds=self.seconds)

    def streams(self) -> dict[str, Tensor]:
        """Tokens by stream, ``[1, ...]``; empty where none were kept."""
        return {} if self.tokens is None else load_file(self.tokens)


def identity(model: MusicLM) -> dict[str, str]:
    """What clips depend on beside prompt, seed and duration."""
    return {
        "name": model.name,
        "version": model.version,
        "weights_sha256": model.weights_sha256,
    }


def generated(
    model: MusicLM,
    cases: Sequence[Case],
    folder: Path,
    *,
    seconds: float,
    seed: int,
    excerpts: bool = False,
    with_tokens: bool = False,
    share: Share = (0, 1),
    say: str = "clips",
    on_progress: Progress | None = None,
) -> list[Made]:
    """One clip for each prompt; clip ``i`` is made with ``seed + i``.

    Args:
        model: Who makes them.
        cases: The prompts.
        folder: Where they are kept.
        seconds: Of each clip.
        seed: Of the first clip.
        excerpts: Leave off the ending.
        with_tokens: Keep the tokens of all streams beside each clip.
        share: Make only these; the rest is passed over.
        say: What progress calls them.
        on_progress: Told how far this is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    beyond = BEYOND_SECONDS if excerpts else 0.0
    for index, case in enumerate(cases):
        facts = {**identity(model), "seconds": seconds, "beyond": beyond}
        name = named(facts, case.text, seed + index)
        audio = folder / f"{index:04d}-{name}.flac"
        tokens = audio.with_suffix(".safetensors")
        if index % share[1] != share[0]:
            continue
        if not audio.exists() or (with_tokens and not tokens.exists()):
            music = model.generate(case.text, duration=seconds + beyond, seed=seed + index)
            if with_tokens:
                kept = {key: value.contiguous() for key, value in music.tokens.items()}
                save_file(kept, tokens)
            # The sound last: a clip counts as made once it is there.
            write_audio(audio, music.clip().slice(0, seconds))
        made.append(Made(audio, tokens if with_tokens else None))
        if on_progress:
            on_progress(say, index + 1, len(cases))
    return made


def collected(cases: Sequence[Case], folder: Path, *, seconds: float) -> list[Made]:
    """Clips that something else made: for prompt ``i`` the file whose name begins with ``i``.

    Args:
        cases: The prompts, as ``musiclm evaluate ask`` writes them.
        folder: Holds ``0000.wav`` or ``0000-whatever.flac`` and so on, a file a prompt.
        seconds: So much of each is heard; all of shorter ones.

    Raises:
        DataError: A prompt has no file, or several.
    """
    by_number: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        number = _NUMBER.match(path.name)
        if number and path.suffix.lower() in AUDIO_SUFFIXES:
            by_number.setdefault(int(number[1]), []).append(path)
    wrong = [index for index in range(len(cases)) if len(by_number.get(index, ())) != 1]
    if wrong:
        few = ", ".join(f"{index:04d}" for index in wrong[:5])
        raise DataError(
            f"{folder} needs one audio file for each of {len(cases)} prompts, named by its number; "
            f"none or several for {len(wrong)} of them: {few}{' ...' if len(wrong) > 5 else ''}. "
            "Prompts and numbers: `musiclm evaluate ask`"
        )
    return [Made(by_number[index][0], None, seconds) for index in range(len(cases))]


def rendered(
    cases: Sequence[Case],
    folder: Path,
    *,
    sound: Sound,
    share: Share = (0, 1),
    say: str = "real pieces",
    on_progress: Progress | None = None,
) -> list[Made]:
    """The excerpts that the prompts describe, rendered; kept like generated clips."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for index, case in enumerate(cases):
        facts = {
            "sound": sound.name,
            "style": case.style,
            "piece_seconds": case.piece_seconds,
            "start": case.start_seconds,
            "seconds": case.seconds,
        }
        audio = folder / f"{index:04d}-{named(facts, '', case.piece_seed)}.flac"
        if index % share[1] != share[0]:
            continue
        if not audio.exists():
            write_audio(audio, real_audio(case, sound=sound))
        made.append(Made(audio, None))
        if on_progress:
            on_progress(say, index + 1, len(cases))
    return made


def named(facts: Mapping[str, object], text: str, seed: int) -> str:
    """Twelve letters that differ wherever a clip could differ.

    Example:
        >>> named({"a": 1}, "calm piano", 0) == named({"a": 1}, "calm piano", 1)
        False
    """
    key = json.dumps([dict(facts), text, seed], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()[:12]
