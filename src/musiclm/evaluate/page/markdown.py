"""The Markdown of our reports in, HTML out, with nothing in it that was not escaped.

Only what our tables and sentences use: paragraphs, headings, pipe tables, flat lists, fenced code,
bold and code. Everything else, links and HTML included, appears as it was written. A full Markdown
library would be a dependency, and would pass HTML through unless told otherwise.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["", "middle", "number"]
"""How a column is aligned: left, centred, or right."""

MET, MISSED = ("met", "passed"), ("missed",)
"""Words that our tables use for a bar that was or was not reached."""

_SHORT = 24  # signs
_SEPARATOR = re.compile(r"^\|(\s*:?-+:?\s*\|)+\s*$")
_HEADING = re.compile(r"^#{1,6}\s+[^\s#]")
_ITEM = re.compile(r"^\s*(?:[-*]|(\d{1,9})[.)])\s+(.*)$")
_SPANS = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)|\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
# A verdict ends a cell or a bracket, and follows a number, a comma or a colon: "0.85 met",
# "under 0.2 %, missed". Elsewhere "met" is a word like others ("the night we met").
_VERDICT = re.compile(
    rf"(^|[\d,:%]\s)({'|'.join((*MET, *MISSED))})(?=$|[).;,]| \()",
)
_NOT_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Ids:
    """Hands out names for elements; no name twice on one page."""

    _taken: set[str] = field(default_factory=set)

    def take(self, text: str) -> str:
        """A name that resembles ``text``.

        Example:
            >>> ids = Ids()
            >>> ids.take("By language:"), ids.take("By language"), ids.take("?")
            ('by-language', 'by-language-2', 'part')
        """
        base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "part"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name)
        return name


@dataclass(frozen=True, slots=True)
class Table:
    """A pipe table: all rows as long as the heads."""

    heads: tuple[str, ...]
    sides: tuple[Side, ...]  # how each column is aligned
    rows: tuple[tuple[str, ...], ...]


def first_table(text: str) -> Table | None:
    r"""The first table in a mixed text; ``None`` where there is none.

    Example:
        >>> first_table("Words.\n\n| a | b |\n| --- | ---: |\n| x | 1 |").rows
        (('x', '1'),)
    """
    lines = _lines(text)
    for at in range(len(lines)):
        if _opens_table(lines, at):
            return _read_table(lines[at : at + _block(lines, at)[0]])
    return None


def escaped(text: str) -> str:
    """Text that is safe between tags and in quoted attributes; signs HTML forbids are replaced.

    Example:
        >>> escaped('<b> & "c"')
        '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(_NOT_IN_HTML.sub("\ufffd", text))


def inline(text: str) -> str:
    """Bold, code and verdicts of one paragraph, cell or item.

    Example:
        >>> inline("**a** `b<c`, 0.85 met")
        '<strong>a</strong> <code>b&lt;c</code>, 0.85 <span class="met">met</span>'
    """
    parts, end = [], 0
    for found in _SPANS.finditer(text):
        parts.append(_with_verdicts(text[end : found.start()]))
        code, bold = found[2], found[3]
        parts.append(
            f"<code>{escaped(code.strip())}</code>"
            if code is not None
            else f"<strong>{inline(bold)}</strong>"
        )
        end = found.end()
    parts.append(_with_verdicts(text[end:]))
    return "".join(parts)


def to_html(text: str, *, ids: Ids, title: str, above: int = 2) -> str:
    """A mixed text.

    Args:
        text: Markdown of the subset above.
        ids: Of the page that the result goes into.
        title: Names tables that no line ending in a colon introduces.
        above: Level of the heading that the text stands under; its own headings follow without
            a gap, whatever their number of signs.
    """
    lines = _lines(text)
    made: list[str] = []
    level, at, lead = above, 0, ""
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        count, kind = _block(lines, at)
        block = lines[at : at + count]
        at += count
        if kind == "table":
            if lead:
                made.pop()
            made.append(_html_table(_read_table(block), ids, lead or title, hidden=not lead))
        elif kind == "heading":
            level, heading = _heading(line, level, above, ids)
            made.append(heading)
        elif kind == "code":
            body = block[1:-1] if len(block) > 1 and _is_fence(block[-1]) else block[1:]
            made.append(f"<pre><code>{escaped(chr(10).join(body))}</code></pre>")
        elif kind == "list":
            made.append(_list(block))
        else:
            made.append(f"<p>{inline(' '.join(each.strip() for each in block))}</p>")
        said = " ".join(each.strip() for each in block)
        lead = said[:-1] if kind == "paragraph" and said.endswith(":") and said != ":" else ""
    return "\n".join(made)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _block(lines: Sequence[str], at: int) -> tuple[int, str]:
    """How many lines belong together from here on, and what they are."""
    line = lines[at]
    rest = range(at + 1, len(lines))
    if _is_fence(line):
        close = next((number for number in rest if _is_fence(lines[number])), len(lines) - 1)
        return close - at + 1, "code"
    if _HEADING.match(line):
        return 1, "heading"
    if _opens_table(lines, at):
        close = next((n for n in rest if not lines[n].lstrip().startswith("|")), len(lines))
        return close - at, "table"
    is_list = _ITEM.match(line) is not None
    for number in rest:
        following = lines[number]
        if not following.strip() or _is_fence(following) or _HEADING.match(following):
            break
        if _opens_table(lines, number) or (not is_list and _ITEM.match(following)):
            break
    else:
        number = len(lines)
    return number - at, "list" if is_list else "paragraph"


def _is_fence(line: str) -> bool:
    return line.startswith("```")


def _opens_table(lines: Sequence[str], at: int) -> bool:
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return lines[at].lstrip().startswith("|") and _SEPARATOR.match(below) is not None


def _heading(line: str, level: int, above: int, ids: Ids) -> tuple[int, str]:
    signs, words = line.split(maxsplit=1)
    words = words.rstrip("# ")
    level = min(6, max(above + 1, min(len(signs), level + 1)))
    return level, f'<h{level} id="{ids.take(words)}">{inline(words)}</h{level}>'


def _list(lines: Sequence[str]) -> str:
    items: list[str] = []
    first = _ITEM.match(lines[0])
    for line in lines:
        found = _ITEM.match(line)
        if found:
            items.append(found[2])
        else:
            items[-1] += f" {line.strip()}"
    tag = "ol" if first and first[1] else "ul"
    start = f' start="{int(first[1])}"' if first and first[1] not in (None, "1") else ""
    body = "".join(f"<li>{inline(item)}</li>" for item in items)
    return f"<{tag}{start}>{body}</{tag}>"


def _html_table(table: Table, ids: Ids, caption: str, *, hidden: bool) -> str:
    """A table that scrolls sideways by itself, and by keyboard."""
    # Short cells stay on one line: "0.97 (0.95 to 0.99)" is one number.
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.sides)
    kinds = [
        side or ("short" if max(map(len, column), default=0) <= _SHORT else "")
        for side, column in zip(table.sides, columns, strict=True)
    ]
    sides = [f' class="{kind}"' if kind else "" for kind in kinds]
    heads = "".join(
        f'<th scope="col"{side}>{inline(text)}</th>' if text else f"<td{side}></td>"
        for text, side in zip(table.heads, sides, strict=True)
    )
    rows = []
    for first, *others in table.rows:
        cells = "".join(
            f"<td{side}>{inline(text)}</td>" for text, side in zip(others, sides[1:], strict=True)
        )
        rows.append(f'<tr><th scope="row"{sides[0]}>{inline(first)}</th>{cells}</tr>')
    name = ids.take(f"table {caption}")
    shown = ' class="unseen"' if hidden else ""
    body = "\n".join(rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{name}">\n'
        f'<table><caption id="{name}"{shown}>{inline(caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _read_table(lines: Sequence[str]) -> Table:
    sides = tuple(_side(cell) for cell in _cells(lines[1]))
    heads, *rows = (_fitting(_cells(line), len(sides)) for line in (lines[0], *lines[2:]))
    return Table(heads, sides, tuple(rows))


def _fitting(cells: list[str], count: int) -> tuple[str, ...]:
    """Missing cells empty, and none lost where there are too many."""
    filled = cells + [""] * (count - len(cells))
    return (*filled[: count - 1], "|".join(filled[count - 1 :]))


def _cells(line: str) -> list[str]:
    """What stands between pipes; an escaped pipe is part of a cell."""
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _side(separator: str) -> Side:
    if separator.endswith(":"):
        return "middle" if separator.startswith(":") else "number"
    return ""


def _with_verdicts(text: str) -> str:
    """Escaped text; each verdict keeps its word and gets a class for its colour."""
    parts, end = [], 0
    for found in _VERDICT.finditer(text):
        word = found[2]
        parts.append(escaped(text[end : found.start(2)]))
        parts.append(f'<span class="{"met" if word in MET else "missed"}">{word}</span>')
        end = found.end()
    return "".join((*parts, escaped(text[end:])))
