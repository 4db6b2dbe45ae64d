"""A report as sections in, one HTML file out that needs nothing but a browser.

Styles, script, pictures and sounds lie inside the file, so that it can be mailed, kept and opened
without a network for years. Only sounds beyond a stated size are links to files, and the page says
so. Nothing here measures; texts come as Markdown and are escaped in ``markdown.py``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from musiclm.audio.files import write_file
from musiclm.errors import ConfigError
from musiclm.evaluate.page.markdown import Ids, escaped, to_html
from musiclm.evaluate.page.media import LONGEST_SECONDS, Room, figure_html, player_html
from musiclm.evaluate.page.parts import Page, Section

# Nothing may be loaded from elsewhere, whatever a prompt or a table should contain.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; media-src data: 'self' file:"
)


def write_page(target: Path, page: Page, *, max_megabytes: float = 8.0) -> None:
    """Write a report page.

    Sounds are embedded in their order until the page would be larger than ``max_megabytes``; the
    others, and those of more than two minutes, become links to their files, relative to the page.
    A picture or sound that cannot be read becomes a sentence that says so.

    Args:
        target: The HTML file; its folder is made when missing.
        page: What it shows.
        max_megabytes: Most that a page with sounds may take, in millions of bytes. Text and
            pictures are always embedded: with them alone the page may be larger.

    Raises:
        ConfigError: ``max_megabytes`` is negative or not finite, or the page has no title.
        OSError: The file cannot be written.
    """
    if not (math.isfinite(max_megabytes) and max_megabytes >= 0):
        raise ConfigError(f"max_megabytes must be 0 or more, got {max_megabytes}")
    if not page.title.strip():
        raise ConfigError("a page needs a title: give what was measured")
    ids = Ids()
    made_with = ids.take("made with")
    head, about = _head(page), to_html(page.about, ids=ids, title=page.title, above=1)
    names = [ids.take(section.title) for section in page.sections]
    texts = [_text(section, ids) for section in page.sections]
    facts = _facts(page.provenance, made_with)
    style, script = _packed("page.css"), _packed("page.js")
    words = [_words(section) for section in page.sections]
    used = sum(len(part.encode()) for part in (head, about, *texts, facts, style, script, *words))
    room = Room(int(max_megabytes * 1e6) - used, target.parent.resolve())
    bodies = []
    for section, name, text in zip(page.sections, names, texts, strict=True):
        clips = _clips(section, room, ids)
        title = escaped(section.title)
        bodies.append(f'<section aria-labelledby="{name}">\n<h2 id="{name}">{title}</h2>')
        bodies.append(f"{text}\n{clips}</section>")
    parts = (
        f"{head}<style>\n{style}</style>\n</head>\n<body>\n<main>",
        f"<h1>{escaped(page.title)}</h1>",
        about,
        _note(room, max_megabytes),
        _contents(page, names, texts, made_with),
        *bodies,
        facts,
        f"</main>\n<script>\n{script}</script>\n</body>\n</html>\n",
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, "\n".join(part for part in parts if part).encode())


def _head(page: Page) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(page.title)}</title>\n"
    )


def _text(section: Section, ids: Ids) -> str:
    """Everything of a section but its sounds."""
    parts = [
        to_html(text, ids=ids, title=section.title) for text in (section.about, *section.tables)
    ]
    parts += [figure_html(figure) for figure in section.figures]
    return "\n".join(part for part in parts if part)


def _clips(section: Section, room: Room, ids: Ids) -> str:
    if not section.players:
        return ""
    made = "\n".join(player_html(player, room, ids) for player in section.players)
    return f'<div class="clips">\n{made}\n</div>\n'


def _words(section: Section) -> str:
    """As long as what is written around sounds, to leave room for it."""
    each = (f"{player.label * 2}{player.prompt}{player.audio}" for player in section.players)
    return "".join(f"{text:<{len(text) + 400}}" for text in each)


def _note(room: Room, max_megabytes: float) -> str:
    """What a reader has to know about the sounds before moving the file."""
    said = []
    if room.linked:
        said.append(
            f"Sounds inside this page: {room.embedded}; links to files: {room.linked}, because "
            f"they are longer than {LONGEST_SECONDS / 60:g} minutes or the page would be larger "
            f"than {max_megabytes:g} MB. Linked sounds do not play where only this page is."
        )
    if room.unreadable:
        said.append(f"Sounds that could not be read: {room.unreadable}.")
    if room.embedded:
        said.append("Sounds inside this page were made small for listening (Ogg Vorbis).")
    return f'<p class="note">{" ".join(said)}</p>' if said else ""


def _contents(page: Page, names: Sequence[str], texts: Sequence[str], made_with: str) -> str:
    """Links to the sections, each with its verdicts counted."""
    links = [
        f'<li><a href="#{name}">{escaped(section.title)}</a>{_verdicts(text)}</li>'
        for section, name, text in zip(page.sections, names, texts, strict=True)
    ]
    if page.provenance:
        links.append(f'<li><a href="#{made_with}">Made with</a></li>')
    body = "\n".join(links)
    return f'<nav aria-label="Contents">\n<ul>\n{body}\n</ul>\n</nav>' if links else ""


def _verdicts(text: str) -> str:
    counts = ((kind, text.count(f'<span class="{kind}">')) for kind in ("met", "missed"))
    said = [f'<span class="{kind}">{count} {kind}</span>' for kind, count in counts if count]
    return f": {', '.join(said)}" if said else ""


def _facts(provenance: Mapping[str, Any], name: str) -> str:
    """What it takes to repeat the report."""
    if not provenance:
        return ""
    rows = "\n".join(
        f'<tr><th scope="row">{escaped(fact)}</th><td>{escaped(value)}</td></tr>'
        for fact, value in _flat(provenance)
    )
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">Made with</h2>\n'
        f'<table class="facts"><caption class="unseen">Versions and settings</caption>\n'
        f"<tbody>\n{rows}\n</tbody></table>\n</section>"
    )


def _flat(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """One line a value; names of nested ones are joined."""
    for key, value in facts.items():
        name = f"{before}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}: ")
        elif value is None or value in ("", [], ()):
            yield name, "-"
        elif isinstance(value, list | tuple):
            yield name, ", ".join(str(each) for each in value)
        else:
            yield name, str(value)


def _packed(name: str) -> str:
    return (files("musiclm.evaluate.page") / name).read_text(encoding="utf-8")
