"""From a style and a wish to a plan: sections, energies, and the chords of every bar.

Form and harmony are settled here, before any note, so that all parts of a piece agree.
"""

from collections.abc import Mapping, Sequence
from math import pi, sin
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, Span, Style
from musiclm.corpus.craft.moods import Mood
from musiclm.corpus.score import Section, beats_in_bar
from musiclm.corpus.theory import MINOR_MODES, Chord, chord

# Phrase letters by number of phrases; a style may bring its own.
_FORMS: dict[int, tuple[str, ...]] = {
    1: ("A",),
    2: ("AB", "AA"),
    3: ("AAB", "ABA", "ABB"),
    4: ("AABA", "ABAB", "AABB", "ABCB"),
    5: ("AABAB", "ABABB", "AABCA"),
    6: ("AABABB", "ABABCB", "AABAAB", "ABACAB"),
    7: ("AABABCB", "ABABCBB", "AABBAAB"),
    8: ("AABBAABB", "ABABCBAB", "AABACABA"),
}
_INTRO_SHARE = 0.15  # a random ten seconds should hold the body of the music


def lay_out(style: Style, bar_seconds: float, seconds: float, rng: Random) -> tuple[str, int, int]:
    """Choose how many bars the intro, phrases and ending take.

    Args:
        style: Gives phrase lengths and forms.
        bar_seconds: Length of one bar.
        seconds: Wanted length of the piece.
        rng: Draws the form.

    Returns:
        Phrase letters, bars of a phrase, bars of the intro. The ending always has two bars.
    """
    n_bars = max(5, round(seconds / bar_seconds))
    body = max(2, round(n_bars * (1 - _INTRO_SHARE / 2)) - 2)
    fits = [
        bars
        for bars in style.phrase_bars
        if abs(max(1, round(body / bars)) * bars - body) <= max(1, body // 8)
    ]
    phrase_bars = fits[0] if fits else min(style.phrase_bars)
    count = max(1, round(body / phrase_bars))
    most = (count * phrase_bars + 2) * _INTRO_SHARE / (1 - _INTRO_SHARE)
    n_intro = rng.choice([bars for bars in (0, 1, 2, 2, 4) if bars <= most])
    own = [form for form in style.forms if len(form) == count]
    known = own or _FORMS.get(count) or ("".join("AABB"[i % 4] for i in range(count)),)
    return rng.choice(list(known)), phrase_bars, n_intro


def energies(letters: str, arc: str, style: Style, mood: Mood) -> list[float]:
    """How intense each phrase is, 0.12 to 1."""
    count = len(letters)
    levels = []
    for index, letter in enumerate(letters):
        place = index / (count - 1) if count > 1 else 0.5
        shape = {
            "arch": 0.3 * sin(pi * (0.1 + 0.8 * place)) - 0.15,
            "build": 0.5 * place - 0.25,
            "fade": 0.22 - 0.46 * place,
            "waves": {"A": -0.08, "B": 0.16, "C": -0.2}.get(letter, 0.0),
            "steady": 0.0,
        }[arc]
        levels.append(min(1.0, max(0.12, style.energy + mood.energy + shape)))
    return levels


def sections_of(
    style: Style, letters: str, phrase_bars: int, n_intro: int, levels: Sequence[float]
) -> tuple[list[Section], list[str]]:
    """Sections, and the phrase letter of each; neighbours of one letter and level are joined."""
    sections: list[Section] = []
    marks: list[str] = []
    if n_intro:
        sections.append(Section("intro", 0, n_intro, max(0.12, levels[0] - 0.1)))
        marks.append("")
    bar = n_intro
    for letter, level in zip(letters, levels, strict=True):
        name = style.sections.get(letter, letter.lower())
        if marks and marks[-1] == letter and abs(sections[-1].intensity - level) < 0.05:
            last = sections[-1]
            sections[-1] = Section(name, last.start_bar, last.n_bars + phrase_bars, level)
        else:
            sections.append(Section(name, bar, phrase_bars, level))
            marks.append(letter)
        bar += phrase_bars
    sections.append(Section("ending", bar, 2, max(0.12, levels[-1] - 0.05)))
    marks.append("")
    return sections, marks


def harmonize(
    style: Style,
    sections: Sequence[Section],
    marks: Sequence[str],
    phrase_bars: int,
    *,
    tonic: int,
    mode: str,
    metre: Metre,
    rng: Random,
) -> list[Bar]:
    """Give every bar its chords; a letter keeps its progression throughout the piece."""
    bank = style.harmony.get(mode) or style.harmony["minor" if mode in MINOR_MODES else "major"]
    chosen: dict[str, list[str]] = {}
    written: list[str] = []
    for section, mark in zip(sections, marks, strict=True):
        if section.name == "intro":
            first = marks[sections.index(section) + 1]
            bars = _progression(bank, first, phrase_bars, chosen, rng)
            # An intro announces the tonic, then leads in with the end of the first phrase.
            written += [bars[0], *bars[-section.n_bars :][1:]]
        elif section.name == "ending":
            written += [rng.choice(bank["end"]), style.final or rng.choice(bank["final"])]
        else:
            bars = _progression(bank, mark, phrase_bars, chosen, rng)
            written += [bars[i % len(bars)] for i in range(section.n_bars)]
    return _bars(written, sections, marks, tonic=tonic, beats=beats_in_bar(metre))


def _progression(
    bank: Mapping[str, tuple[str, ...]],
    letter: str,
    bars: int,
    chosen: dict[str, list[str]],
    rng: Random,
) -> list[str]:
    """The progression of a letter: one that fills the phrase exactly where there is one."""
    if letter not in chosen:
        found = [text.split(" | ") for text in bank.get(letter) or bank["A"]]
        exact = [p for p in found if len(p) == bars] or [p for p in found if bars % len(p) == 0]
        chosen[letter] = rng.choice(exact or found)
    return chosen[letter]


def _bars(
    written: Sequence[str],
    sections: Sequence[Section],
    marks: Sequence[str],
    *,
    tonic: int,
    beats: int,
) -> list[Bar]:
    spelled = [_spans(text, number * beats, beats, tonic) for number, text in enumerate(written)]
    bars = []
    for index, (section, mark) in enumerate(zip(sections, marks, strict=True)):
        for offset in range(section.n_bars):
            number = section.start_bar + offset
            after = spelled[min(number + 1, len(spelled) - 1)]
            bars.append(
                Bar(
                    number=number,
                    start=float(number * beats),
                    beats=beats,
                    spans=spelled[number],
                    following=after[0].chord,
                    section=index,
                    letter=mark,
                    in_section=offset,
                    to_go=section.n_bars - 1 - offset,
                    intensity=section.intensity,
                    is_last=number == len(written) - 1,
                    is_intro=section.name == "intro",
                )
            )
    return bars


def _spans(text: str, start: int, beats: int, tonic: int) -> tuple[Span, ...]:
    """Split a bar among its chords on whole beats; the first ones are longer if it must be."""
    numerals = text.split()
    base, longer = divmod(beats, len(numerals))
    if base == 0:
        numerals, base, longer = numerals[:1], beats, 0
    spans = []
    at = float(start)
    for index, numeral in enumerate(numerals):
        length = float(base + (index < longer))
        read: Chord = chord(numeral, tonic)
        spans.append(Span(at, length, read))
        at += length
    return tuple(spans)
