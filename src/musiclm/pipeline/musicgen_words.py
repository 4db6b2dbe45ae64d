"""A wish in, the sentences that MusicGen is given out.

MusicGen knows words only. So what is asked for beside them is said in words too: 96 beats a minute,
a key, no drums. Whether the model heeds them is another question; nothing here promises it.
"""

from dataclasses import dataclass
from typing import Any

from musiclm.errors import GenerationError
from musiclm.pipeline.plan import FREE, Controls
from musiclm.pipeline.record import Piece
from musiclm.pipeline.wish import Options, Wish
from musiclm.prompt.options import parse_key

_DARK, _BRIGHT = 1 / 3, 2 / 3
_FEW, _MANY = 2, 6


@dataclass(frozen=True, slots=True)
class Said:
    """What T5 reads."""

    wanted: str
    unwanted: str = ""  # instead of nothing, in the rows that guidance leads away from

    def to_dict(self) -> dict[str, Any]:
        """For the record beside the audio."""
        told = {"sentence": self.wanted}
        return {**told, "away_from": self.unwanted} if self.unwanted else told


def said_of(wish: Wish, options: Options, controls: Controls) -> Said:
    """One wish as sentences.

    Weights become the order of the texts, the heaviest first; those below zero are what the music
    is led away from.

    Raises:
        GenerationError: The wish is to be like a recording, which MusicGen cannot be told.

    Example:
        >>> from musiclm.pipeline.wish import wishes_of
        >>> options = Options(bpm=96, key="Dm")
        >>> said_of(wishes_of("calm piano", options)[0], options, Controls(drums=False)).wanted
        'calm piano, 96 bpm, in D minor, no drums'
    """
    if wish.like:
        raise GenerationError(
            "MusicGen takes no recording to be like: describe it in words, or give its tune with "
            "--melody to a melody model"
        )
    wanted = [text for text, weight in sorted(wish.parts, key=lambda part: -part[1]) if weight > 0]
    unwanted = [text for text, weight in wish.parts if weight < 0]
    return Said(", ".join([*wanted, *_words(options, controls)]), ", ".join(unwanted))


def options_of(piece: Piece) -> Options:
    """What a record says beside its words."""
    return Options(**piece.request.options.model_dump())


def _words(options: Options, controls: Controls) -> list[str]:
    """All that is said by numbers, in words."""
    words = []
    tempo = controls.tempo if controls.tempo is not None else options.bpm
    if tempo is not None:
        words.append(f"{tempo:g} bpm")
    if options.key is not None:
        note, mode = parse_key(options.key)
        words.append(f"in {note} {mode}" if mode else f"in {note}")
    if options.metre is not None:
        words.append(f"{options.metre.replace(' ', '')} time")
    if controls.beats_per_bar is not None:
        words.append(f"{controls.beats_per_bar} beats a bar")
    for name, playing in (("drums", controls.drums), ("bass", controls.bass)):
        if playing is not None:
            words.append(f"with {name}" if playing else f"no {name}")
    if controls.density is not None:
        size = "sparse" if controls.density <= _FEW else "full"
        words += [size] if not _FEW < controls.density < _MANY else []
    if controls.brightness is not None:
        shade = "dark" if controls.brightness < _DARK else "bright"
        words += [shade] if not _DARK <= controls.brightness <= _BRIGHT else []
    if controls.chords is not None and controls.chords != FREE:
        words.append("chords " + " ".join(controls.chords.replace("|", " ").split()))
    return words
