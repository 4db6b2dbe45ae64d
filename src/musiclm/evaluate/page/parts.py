"""What a report page is made of: titles, Markdown, pictures and sounds, before any HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture."""

    path: Path  # of a PNG file
    alt: str  # what it shows, for whoever does not see it


@dataclass(frozen=True, slots=True)
class Player:
    """A sound to be played."""

    label: str  # what it is, for example "generated, 0001"
    audio: Path  # WAV, FLAC, Ogg or MP3
    prompt: str = ""  # what was asked for
    language: str = ""  # of the prompt: "en", "fr", ...; empty if not known


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its own heading, in the order of its fields."""

    title: str
    about: str = ""  # Markdown
    tables: tuple[str, ...] = ()  # Markdown: tables, or text with tables in it
    figures: tuple[Figure, ...] = ()
    players: tuple[Player, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    title: str
    about: str  # Markdown: what was measured, and how
    sections: tuple[Section, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)  # may hold mappings and lists
