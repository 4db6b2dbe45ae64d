"""A style in, nothing out if it is whole: faults of style files in words, before any note.

A style is data and may be written by anyone, so what it promises is checked once, with messages
that name the style and the field.
"""

from collections.abc import Iterator, Mapping

from musiclm.corpus.craft.blocks import Drums, Layer, Melody, Metre, Style
from musiclm.corpus.craft.drums import DRUM_KEYS, FILLS
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.patterns import WRITERS
from musiclm.corpus.craft.plan import bank_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import ROLES
from musiclm.corpus.theory import MODES, chord
from musiclm.errors import ConfigError

METRES: tuple[Metre, ...] = ((4, 4), (3, 4), (5, 4), (7, 8), (6, 8), (12, 8), (2, 4))
"""Metres that styles may use."""
ENDINGS = ("ring", "cold", "fade")
ARCS = ("arch", "build", "steady", "waves", "fade")
TREATMENTS = ("natural", "dry", "roomy", "cathedral", "lo-fi tape", "bright", "dark")
PATTERNLESS = ("pad", "counter", "drone", "walking")
"""Writers that need no pattern."""


def check_style(style: Style) -> None:
    """Check what a style promises.

    Raises:
        ConfigError: Lists everything that is missing or unknown.
    """
    faults = list(_faults(style))
    if faults:
        raise ConfigError(f"style {style.name!r} is not whole: " + "; ".join(faults))


def _faults(style: Style) -> Iterator[str]:
    for metre in style.metres:
        if metre not in METRES:
            yield f"metre {metre} is none of {METRES}"
    for mode in style.modes:
        if mode not in MODES:
            yield f"mode {mode!r} is none of {', '.join(MODES)}"
    for field, known, given in (
        ("moods", tuple(MOODS), style.moods),
        ("arcs", ARCS, style.arcs),
        ("treatments", TREATMENTS, style.treatments),
        ("ending", ENDINGS, {style.ending: 1.0}),
    ):
        for name in given:
            if name not in known:
                yield f"{field} has {name!r}, which is none of {', '.join(known)}"
    yield from _harmony_faults(style)
    yield from _plan_faults(style)
    if style.writer is None:
        yield from _part_faults(style)


def _harmony_faults(style: Style) -> Iterator[str]:
    modes = {*style.modes, *(stretch.mode for stretch in style.stretches.values())} - {""}
    for mode in sorted(modes & set(MODES)):
        try:
            bank = bank_of(style, mode)
        except ConfigError as error:
            yield str(error)
            continue
        for name in ("A", "end", "final"):
            if not bank.get(name):
                yield f"harmony for {mode!r} has no {name!r}"
    for mode, bank in style.harmony.items():
        for letter, texts in bank.items():
            if isinstance(texts, str):
                yield f"harmony[{mode!r}][{letter!r}] is one text: write a tuple"
                continue
            for text in texts:
                for numeral in text.replace("|", " ").split():
                    try:
                        chord(numeral, 0)
                    except ConfigError as error:
                        yield f"harmony[{mode!r}][{letter!r}]: {error}"


def _plan_faults(style: Style) -> Iterator[str]:
    if isinstance(style.plans, str):
        yield "plans is one text: write a tuple (a comma is missing)"
        return
    if not style.plans:
        yield "plans is empty: spell at least one form, such as 'intro verse chorus ending'"
    names = set(style.stretches)
    for plan in style.plans:
        words = plan.split()
        if len(words) < 3:
            yield f"plan {plan!r} needs at least three words"
        for item in words:
            word, plus, shift = item.partition("+")
            if word not in names:
                yield f"plan {plan!r} has {word!r}, which stretches lacks"
            if plus and not shift.lstrip("-").isdigit():
                yield f"plan {plan!r}: {item!r} should end in + and a number of semitones"
    for name, stretch in style.stretches.items():
        if stretch.bars < 1:
            yield f"stretch {name!r} has {stretch.bars} bars"
        if stretch.mode and stretch.mode not in MODES:
            yield f"stretch {name!r} has mode {stretch.mode!r}, none of {', '.join(MODES)}"
    parts: list[Layer | Drums | Melody] = [*style.layers, *style.drums, *style.percussion]
    parts.append(style.melody)
    for part in parts:
        for name in (*part.only, *part.without):
            if name not in names:
                yield f"only/without names {name!r}, which stretches lacks"


def _part_faults(style: Style) -> Iterator[str]:
    melody = style.melody
    yield from _unknown(melody.instruments, "melody")
    for metre in style.metres:
        if melody.writer is None and not melody.cells.get(metre):
            yield f"melody.cells lacks {metre}"
        if melody.writer is None and not melody.cadences.get(metre):
            yield f"melody.cadences lacks {metre}"
    for index, layer in enumerate(style.layers):
        yield from _layer_faults(layer, f"layer {index} ({layer.role})", style.metres)
    for kit in (*style.drums, *style.percussion):
        yield from _kit_faults(kit, style.metres)


def _unknown(instruments: tuple[str, ...], where: str) -> Iterator[str]:
    if isinstance(instruments, str):
        yield f"{where}: instruments is one text: write a tuple (a comma is missing)"
        return
    for key in instruments:
        if key not in INSTRUMENTS:
            yield f"{where} names instrument {key!r}, which INSTRUMENTS lacks"


def _layer_faults(layer: Layer, where: str, metres: Mapping[Metre, float]) -> Iterator[str]:
    yield from _unknown(layer.instruments, where)
    if layer.role not in ROLES:
        yield f"{where}: role is none of {', '.join(ROLES)}"
    if isinstance(layer.writer, str):
        if layer.writer not in WRITERS:
            yield f"{where}: writer {layer.writer!r} is none of {', '.join(WRITERS)}"
        elif layer.writer not in PATTERNLESS:
            for metre in metres:
                if not layer.patterns.get(metre):
                    yield f"{where}: patterns lacks {metre}"
    for metre, bank in layer.patterns.items():
        if isinstance(bank, str):
            yield f"{where}: patterns[{metre}] is one text: write a tuple (a comma is missing)"
    for key in layer.instruments:
        if key in INSTRUMENTS:
            instrument = INSTRUMENTS[key]
            room = min(layer.high, instrument.high) - max(layer.low, instrument.low)
            if room < 5:
                yield (
                    f"{where}: {key} has {room} semitones between low and high: leave a fourth"
                    f" inside its range {instrument.low}..{instrument.high}"
                )


def _kit_faults(kit: Drums, metres: Mapping[Metre, float]) -> Iterator[str]:
    yield from _unknown(kit.kits, kit.role)
    if kit.writer is not None:
        return
    if kit.fills not in FILLS:
        yield f"{kit.role}: fills {kit.fills!r} is none of {', '.join(FILLS)}"
    for metre in metres:
        if not kit.grooves.get(metre):
            yield f"{kit.role}: grooves lacks {metre}"
    for metre, bank in kit.grooves.items():
        for groove in bank:
            for drum, rhythm in groove.items():
                name = drum.partition("!")[0]
                if name not in DRUM_KEYS:
                    yield f"{kit.role}: {name!r} is none of {', '.join(DRUM_KEYS)}"
                strange = set(rhythm) - set("Xxog.-|")
                if strange:
                    yield f"{kit.role}: {rhythm!r} has {', '.join(sorted(strange))} at {metre}"
