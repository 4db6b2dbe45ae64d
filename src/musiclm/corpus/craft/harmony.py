"""Chord progressions by idiom: numerals against the major scale (see ``theory``), bars by ``|``.

Each bank maps "major" and "minor" (or a mode by name) to phrase letters; "A" serves letters that
are not listed. "end" is the bar before the last, "final" the last chord.
"""

from collections.abc import Mapping

Bank = Mapping[str, Mapping[str, tuple[str, ...]]]

_PLAIN_END = {
    "major": {"end": ("V", "IV V", "IV", "ii V"), "final": ("I",)},
    "minor": {"end": ("V", "iv V", "bVII", "bVI bVII"), "final": ("i",)},
}


BALLAD: Bank = {
    "major": {
        "A": (
            "Iadd9 | V/7 | vi7 | IVmaj7",
            "Imaj7 | iii7 | IVmaj7 | V7sus4 V",
            "I | I+ | I6 | I7",
            "I | vi7 | ii7 | V7sus4 V7",
            "I | III7 | vi | IV iv",
            "I | V/7 | vi vi7/5 | IVmaj7 V",
        ),
        "B": (
            "IVmaj7 | V/4 | iii7 | vi7",
            "vi | iii | IV | I/3",
            "ii7 | V7 | iii7 VI7 | ii7 V7",
            "IV | iv6 | I/3 | bVIImaj7 V",
        ),
        "C": ("bVImaj7 | bVII | I | I", "iv | bVII7 | I | V7"),
        "end": ("IV iv", "ii7 V7", "V7sus4 V7"),
        "final": ("Iadd9", "I"),
    },
    "minor": {
        "A": (
            "i | V/7 | bIII/b7 | IV/6",
            "i | iv7 | bVII | bIIImaj7",
            "iadd9 | bVImaj7 | bIII | bVII",
            "i | i/b7 | bVImaj7 | V7sus4 V7",
            "i | iv | V7 | i",
        ),
        "B": (
            "bVImaj7 | bVII | bIII | V7",
            "iv7 | bVII7 | bIIImaj7 | bVImaj7",
            "bIII | bVII/2 | i | iv V7",
        ),
        "C": ("bIImaj7 | V7 | i | V7", "bVI | bIII | iv | V7"),
        "end": ("iv V7", "V7sus4 V7", "iim7b5 V7"),
        "final": ("i", "iadd9"),
    },
}


ROCK: Bank = {
    "major": {
        "A": ("I | bVII | IV | I", "I | IV | V | IV", "I | V | IV | I", "I | I | bVII | IV"),
        "B": ("IV | I | V | V", "vi | IV | I | V", "bVI | bVII | I | I", "IV | V | I | vi"),
        **_PLAIN_END["major"],
    },
    "minor": {
        "A": (
            "i | bVII | bVI | bVII",
            "i | bIII | bVII | IV",
            "i | i | bVI | bVII",
            "i | iv | i | bVII",
        ),
        "B": ("bVI | bVII | i | i", "bIII | bVII | i | bVI", "iv | bVI | bVII | bVII"),
        **_PLAIN_END["minor"],
    },
    "mixolydian": {
        "A": ("I | bVII | IV | I", "I | I | bVII | bVII", "I | v | bVII | IV"),
        "B": ("IV | bVII | I | I", "v | IV | I | I"),
        "end": ("bVII IV", "bVII"),
        "final": ("I",),
    },
}

AMBIENT: Bank = {
    "lydian": {
        "A": (
            "Imaj9 | II/1 | Imaj9 | II/1",
            "Imaj9 | Imaj9 | II/1 | vi9",
            "Imaj9 | iii7 | II/1 | I",
        ),
        "B": ("vi9 | II | Imaj9 | vii7", "iii7 | II | Imaj9 | Imaj9"),
        "end": ("II/1",),
        "final": ("Iadd9",),
    },
    "major": {
        "A": (
            "Iadd9 | Iadd9 | IVmaj9 | IVmaj9",
            "Imaj9 | vi9 | IVmaj9 | I/3",
            "Imaj7 | v7 | IVmaj7 | I",
        ),
        "B": ("vi9 | IVmaj9 | vi9 | Vsus4", "ii9 | IVmaj9 | Imaj9 | Imaj9"),
        "end": ("IVmaj9", "Vsus4"),
        "final": ("Iadd9",),
    },
    "minor": {
        "A": (
            "iadd9 | bVImaj9 | iadd9 | bVImaj9",
            "i9 | i9 | iv9 | bVImaj7",
            "iadd9 | v7 | bVImaj7 | bIII",
        ),
        "B": ("bVImaj9 | bIIImaj7 | iv9 | iadd9", "iv9 | bVImaj7 | bVII | v7"),
        "end": ("bVImaj9", "iv9"),
        "final": ("iadd9",),
    },
    "dorian": {
        "A": ("i9 | IV/1 | i9 | IV/1", "i9 | bVIImaj7 | IV | i9"),
        "B": ("bIIImaj7 | bVIImaj7 | IV | i9",),
        "end": ("bVIImaj7",),
        "final": ("iadd9",),
    },
}
