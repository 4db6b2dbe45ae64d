"""Pictures and sounds in, HTML that holds them out, as long as the page has room.

A PNG goes in as it is. A sound is encoded anew as Ogg Vorbis, small: it is there to be heard while
reading, not to be measured. What has no room, is long, or cannot be read is linked or named, for a
report of hours of work is not to fail at its last step.
"""

import base64
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from musiclm.audio.io import encode_audio, read_audio
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.evaluate.page.markdown import Ids, escaped
from musiclm.evaluate.page.parts import Figure, Player

LONGEST_SECONDS = 120.0
"""Longer sounds are linked: to read ten hours for a page would take more memory than there is."""

_QUALITY = 0.1  # About 45 kbit/s of stereo music at 24 kHz; lower ones save next to nothing.
_RATES = range(8_000, 48_001)  # What every browser plays.
_PLAIN_RATE = 24_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class Room:
    """How much more may be embedded, and what was."""

    n_bytes: int  # of the page, base64 counted
    folder: Path  # that links start from
    embedded: int = 0  # sounds
    linked: int = 0
    unreadable: int = 0
    full: bool = False  # one had no room: later ones are not even tried


def figure_html(figure: Figure) -> str:
    """A picture inside the page; a sentence where there is none."""
    try:
        content = figure.path.read_bytes()
    except OSError:
        return f'<p class="note">No picture {escaped(figure.path.name)}: {escaped(figure.alt)}</p>'
    if not content.startswith(_PNG) or len(content) < 24:
        return f'<p class="note">{escaped(figure.path.name)} is no PNG picture.</p>'
    width, height = struct.unpack(">II", content[16:24])  # Known early, so that nothing jumps.
    return (
        f'<figure><img src="{_data("image/png", content)}" width="{width}" height="{height}" '
        f'alt="{escaped(figure.alt)}"></figure>'
    )


def player_html(player: Player, room: Room, ids: Ids) -> str:
    """A sound with its label and prompt, embedded or linked; takes from ``room``."""
    source, note = _source(player.audio, room)
    name = ids.take(f"clip {player.label}")
    language = f' lang="{escaped(player.language)}"' if player.language else ""
    prompt = (
        f'<span class="prompt" dir="auto"{language}>{escaped(player.prompt)}</span>'
        if player.prompt
        else ""
    )
    sound = f'<audio controls aria-labelledby="{name}" {source}></audio>' if source else ""
    return (
        f'<div class="clip"><p id="{name}"><strong>{escaped(player.label)}</strong>{prompt}</p>'
        f"{sound}{note}</div>"
    )


def _source(audio: Path, room: Room) -> tuple[str, str]:
    """Attributes that say where the sound is, and what a reader has to know about that."""
    if not room.full:
        try:
            content = _encoded(audio)
        except (AudioError, OSError) as error:
            room.unreadable += 1
            return "", f'<p class="note">Cannot be played: {escaped(str(error))}</p>'
        if content is not None:
            data = _data("audio/ogg", content)
            if len(data) <= room.n_bytes:
                room.n_bytes -= len(data)
                room.embedded += 1
                return f'preload="metadata" src="{data}"', ""
            room.full = True
    room.linked += 1
    # Bytes of the name, for a name on disk need not be Unicode.
    link = quote(os.fsencode(Path(os.path.relpath(audio.resolve(), room.folder)).as_posix()))
    return f'preload="none" src="./{link}"', f'<p class="note">File {escaped(audio.name)}</p>'


def _encoded(audio: Path) -> bytes | None:
    """Ogg Vorbis; ``None`` of what is too long for a page."""
    # One second more than wanted, because what a header says of the length may be wrong.
    sound = read_audio(audio, seconds=LONGEST_SECONDS + 1.0)
    if sound.seconds > LONGEST_SECONDS:
        return None
    sound = sound.mono() if sound.n_channels > 2 else sound
    if sound.sample_rate not in _RATES:
        samples = resample(sound.samples, sound.sample_rate, _PLAIN_RATE)
        sound = Waveform(samples, _PLAIN_RATE)
    return encode_audio(sound, format="ogg", quality=_QUALITY)


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
