"""Sections and a key in, the chords of every bar out.

Harmony is settled here, before any note, so that all parts of a piece agree.
"""

from collections.abc import Mapping, Sequence
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, Span, Style
from musiclm.corpus.craft.form import Block
from musiclm.corpus.score import ChordSpan, Section, beats_in_bar
from musiclm.corpus.theory import GAPPED, KEY_NAMES, MINOR_MODES, MODES, Chord, chord, scale_over
from musiclm.errors import ConfigError

# Where a dominant leads into a new key without sounding out of place.
_FUNCTIONAL = ("major", "minor", "harmonic minor", "melodic minor", "mixolydian", "lydian")

Bank = Mapping[str, tuple[str, ...]]


def bank_of(style: Style, mode: str) -> Bank:
    """The progressions of a mode: its own, or those of major or minor, whichever is nearer.

    Raises:
        ConfigError: The style has neither.
    """
    family = "minor" if mode in MINOR_MODES else "major"
    found = style.harmony.get(mode) or style.harmony.get(family)
    if found is None:
        raise ConfigError(
            f"style {style.name!r} has no chords for mode {mode!r}: add harmony[{mode!r}] or"
            f" harmony[{family!r}], it has {', '.join(style.harmony)}"
        )
    return found


def harmonize(
    style: Style,
    blocks: Sequence[Block],
    phrase_bars: int,
    *,
    tonic: int,
    mode: str,
    metre: Metre,
    rng: Random,
) -> tuple[list[Section], list[Bar]]:
    """Give every bar its chords; a letter keeps its progression throughout the piece."""
    beats = beats_in_bar(metre)
    chosen: dict[tuple[str, str], list[str]] = {}
    written: list[tuple[str, int, str]] = []  # numerals, tonic and mode of every bar
    for index, block in enumerate(blocks):
        here = (tonic + block.shift) % 12
        mode_here = block.mode or mode
        bank = bank_of(style, mode_here)
        letter = block.letter
        if not letter:
            letter = next((b.letter for b in blocks[index + 1 :] if b.letter), "A")
        bars = _progression(bank, mode_here, letter, phrase_bars, chosen, rng)
        if block.is_intro and block.borrows and block.bars < len(bars):
            # An intro announces the tonic, then leads in with the end of the first phrase.
            texts = [bars[0], *bars[len(bars) - block.bars :][1:]]
        else:
            texts = [bars[i % len(bars)] for i in range(block.bars)]
        if index == len(blocks) - 1:
            if block.bars > 1 and style.ending != "fade":
                texts[-2] = rng.choice(bank["end"])
            texts[-1] = rng.choice(bank["final"])
        written += [(text, here, mode_here) for text in texts]
    spelled = [
        _spans(text, number * beats, beats, here) for number, (text, here, _) in enumerate(written)
    ]
    _lead_into_keys(spelled, written)
    return _assemble(style, blocks, spelled, written, beats)


def _progression(
    bank: Bank,
    mode: str,
    letter: str,
    bars: int,
    chosen: dict[tuple[str, str], list[str]],
    rng: Random,
) -> list[str]:
    """The progression of a letter: one that fills the phrase exactly where there is one."""
    if (mode, letter) not in chosen:
        found = [text.split(" | ") for text in bank.get(letter) or bank["A"]]
        exact = [p for p in found if len(p) == bars] or [p for p in found if bars % len(p) == 0]
        # Two letters over one bank entry should still not sound the same.
        taken = list(chosen.values())
        fresh = [p for p in exact or found if p not in taken]
        chosen[mode, letter] = rng.choice(fresh or exact or found)
    return chosen[mode, letter]


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


def _lead_into_keys(
    spelled: list[tuple[Span, ...]], written: Sequence[tuple[str, int, str]]
) -> None:
    """Where the key changes, the bar before ends on the dominant seventh of the new key."""
    for number in range(len(written) - 2):
        _, here, _ = written[number]
        _, there, mode = written[number + 1]
        spans = spelled[number]
        if here == there or mode not in _FUNCTIONAL or len(spans) > 1 or spans[0].beats < 2:
            continue
        half = spans[0].beats // 2
        spelled[number] = (
            Span(spans[0].start, spans[0].beats - half, spans[0].chord),
            Span(spans[0].end - half, half, chord("V7", there)),
        )


def _assemble(
    style: Style,
    blocks: Sequence[Block],
    spelled: Sequence[tuple[Span, ...]],
    written: Sequence[tuple[str, int, str]],
    beats: int,
) -> tuple[list[Section], list[Bar]]:
    """Sections and bars from the blocks and the chords of every bar."""
    sections: list[Section] = []
    bars: list[Bar] = []
    melody = style.melody
    for index, block in enumerate(blocks):
        _, tonic, mode = written[len(bars)]
        sections.append(
            Section(block.name, len(bars), block.bars, block.level, KEY_NAMES[tonic], mode)
        )
        allowed = block.name in melody.only if melody.only else block.tune
        for offset in range(block.bars):
            number = len(bars)
            place = offset / (block.bars - 1) - 0.5 if block.bars > 1 else 0.0
            bars.append(
                Bar(
                    number=number,
                    start=float(number * beats),
                    beats=beats,
                    spans=spelled[number],
                    following=spelled[min(number + 1, len(spelled) - 1)][0].chord,
                    section=index,
                    letter=block.letter,
                    in_section=offset,
                    to_go=block.bars - 1 - offset,
                    intensity=min(1.0, max(0.12, block.level + block.swell * place)),
                    is_last=number == len(written) - 1,
                    is_intro=block.is_intro,
                    tonic=tonic,
                    mode=mode,
                    name=block.name,
                    tune=allowed and block.name not in melody.without,
                    drums=block.drums,
                )
            )
    return sections, bars


def chart_of(style: Style, bars: Sequence[Bar]) -> tuple[ChordSpan, ...]:
    """The chords of a piece as a chart has them; a chord that goes on is written once."""
    chart: list[ChordSpan] = []
    for bar in bars:
        steps = tuple(sorted({*MODES[bar.mode], *_colour(style, bar.mode)}))
        for span in bar.spans:
            over = span.chord
            entry = ChordSpan(
                start=span.start,
                beats=span.beats,
                symbol=over.symbol,
                root=over.root,
                pitch_classes=over.pitch_classes,
                scale=scale_over(bar.tonic, steps, over),
            )
            last = chart[-1] if chart else None
            if last and (last.symbol, last.scale) == (entry.symbol, entry.scale):
                chart[-1] = ChordSpan(
                    last.start,
                    last.beats + entry.beats,
                    last.symbol,
                    last.root,
                    last.pitch_classes,
                    last.scale,
                )
            else:
                chart.append(entry)
    return tuple(chart)


def _colour(style: Style, mode: str) -> tuple[int, ...]:
    """Notes that tunes of the style add to the mode."""
    if style.melody.scale == "blues":
        return GAPPED["blues"]
    if style.melody.scale == "pentatonic":
        return GAPPED["minor pentatonic" if mode in MINOR_MODES else "major pentatonic"]
    return ()
