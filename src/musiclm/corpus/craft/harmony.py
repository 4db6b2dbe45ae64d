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

POP: Bank = {
    "major": {
        "A": (
            "I | V | vi | IV",
            "I | vi | IV | V",
            "vi | IV | I | V",
            "I | iii | IV | V",
            "I | V/7 | vi | IV",
            "I | IV | vi | V",
        ),
        "B": (
            "IV | V | iii | vi",
            "vi | IV | I | V",
            "IV | I/3 | ii | V",
            "IV | iv | I | V",
            "IV | V | I V/7 | vi",
        ),
        "C": ("ii | V | iii | vi", "bVI | bVII | I | I", "vi | iii | IV | V", "II | IV | I | V"),
        **_PLAIN_END["major"],
    },
    "minor": {
        "A": (
            "i | bVI | bIII | bVII",
            "i | bVII | bVI | V",
            "i | iv | bVI | V",
            "i | bIII | bVII | iv",
            "i | v | bVI | bVII",
        ),
        "B": (
            "bVI | bVII | i | i",
            "bIII | bVII | iv | i",
            "bVI | bIII | bVII | i",
            "iv | bVII | bIII | bVI",
        ),
        "C": ("iv | i | iv | V", "bVI | iv | i | V", "bIII | bVII/2 | i | bVI"),
        **_PLAIN_END["minor"],
    },
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

JAZZ: Bank = {
    "major": {
        "A": (
            "ii7 | V9 | Imaj9 | VI7b9",
            "Imaj7 VI7 | ii7 V13 | iii7 VI7b9 | ii7 V9",
            "Imaj7 | ii7 V7 | iii7 bIIIo7 | ii7 V13",
            "I6 | #io7 | ii7 | V9",
            "Imaj9 | ivm7b5 bVII9 | iii7 VI7 | ii7 V7",
        ),
        "B": (
            "v7 I9 | IVmaj7 | iv6 bVII9 | Imaj7",
            "III9 | VI13 | II9 | V13",
            "IVmaj7 | iv7 bVII9 | iii7 VI7b9 | ii7 V13",
            "vim7b5 II7 | v7 I7 | IVmaj7 | ii7 V7",
        ),
        "end": ("ii7 V13", "ii7 bII7"),
        "final": ("I69", "I6"),
    },
    "minor": {
        "A": (
            "i6 | iim7b5 V7b9 | i6 | iim7b5 V7b9",
            "i7 | iv7 | iim7b5 | V7s9",
            "i7 | bVI7 V7b9 | i7 | iim7b5 V7b9",
            "iv7 | bVII9 | bIIImaj9 | bVImaj7",
        ),
        "B": (
            "iv7 | bVII9 | bIIImaj7 | bVImaj7",
            "iv7 | i6 | bVI9 | V7b9",
            "iim7b5 | V7b9 | i7 | VI7",
        ),
        "end": ("iim7b5 V7b9", "bVI9 V7b9"),
        "final": ("i69", "i6"),
    },
    "dorian": {
        "A": ("i9 | i9 | IV9 | IV9", "i9 | IV9 | i9 | IV9", "i7 | ii7 | bIIImaj7 | ii7"),
        "B": ("bII7 | bII7 | i9 | i9", "iv7 | iv7 | i9 | V7s9", "bVImaj7 | bVImaj7 | v7 | IV9"),
        "end": ("bII7", "V7s9"),
        "final": ("i9",),
    },
}

BLUES: Bank = {
    "major": {
        "A": (
            "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 IV7 | I7 V7",
            "I7 | I7 | I7 | I7 | IV9 | IV9 | I7 | VI7 | ii7 | V9 | I7 VI7 | ii7 V7",
            "I7 | V7 | IV7 | IV7 | I7 V7 | IV7 | I7 | V7",
            "I7 | I7 | IV7 | #ivo7 | I7/5 VI7 | II7 V7 | I7 IV7 | I7 V7",
            "I7 | IV7 | I7 IV7 | I7 V7",
        ),
        "end": ("V7 IV7", "I7 IV7", "bVI7 V7"),
        "final": ("I7", "I9"),
    },
    "minor": {
        "A": (
            "i7 | iv7 | i7 | i7 | iv7 | iv7 | i7 | i7 | bVI7 | V7s9 | i7 iv7 | i7 V7",
            "i7 | i7 | iv7 | i7 | bVI7 | V7 | i7 iv7 | i7 V7",
            "i7 | iv7 | i7 bVI7 | V7",
        ),
        "end": ("bVI7 V7s9", "iv7 V7"),
        "final": ("i7", "i6"),
    },
}

BOSSA: Bank = {
    "major": {
        "A": (
            "Imaj9 | II9 | ii9 | bII7",
            "Imaj7 | #io7 | ii7 | V9",
            "Imaj9 | ivadd9 bVII9 | iii7 bIIIo7 | ii7 V7b9",
            "I69 | vi7 | ii9 | V13",
        ),
        "B": (
            "IVmaj7 | iv7 bVII9 | iii7 | VI7b9",
            "biii7 | bVI9 | bIImaj7 | V13",
            "v7 | I7b9 | IVmaj7 | bVII9",
        ),
        "end": ("ii9 bII7", "iv6 V7b9"),
        "final": ("I69", "I6"),
    },
    "minor": {
        "A": (
            "i9 | iv9 | iim7b5 | V7b9",
            "i6 | bVImaj7 | iim7b5 | V7b9",
            "i9 | IV9 | i9 | IV9",
            "i7 | i7/b7 | bVI9 | V7b9",
        ),
        "B": ("iv9 | bVII9 | bIIImaj9 | bVImaj7", "bIImaj7 | bIImaj7 | i9 | V7b9"),
        "end": ("iim7b5 V7b9",),
        "final": ("i69", "i9"),
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

METAL: Bank = {
    "minor": {
        "A": ("i5 | i5 | bVI5 | bVII5", "i5 | bII5 | i5 | bVII5", "i5 | i5 bIII5 | i5 | bV5 IV5"),
        "B": ("bVI5 | bVII5 | i5 | i5", "bVI5 | bIII5 | bVII5 | i5", "iv5 | bVI5 | V5 | V5"),
        "end": ("bVI5 bVII5", "bII5"),
        "final": ("i5",),
    },
    "phrygian": {
        "A": ("i5 | bII5 | i5 | bII5", "i5 | i5 | bII5 | bIII5 bII5"),
        "B": ("bVI5 | bVII5 | bII5 | i5", "iv5 | bIII5 | bII5 | bII5"),
        "end": ("bII5",),
        "final": ("i5",),
    },
}

FUNK: Bank = {
    "dorian": {
        "A": ("i9 | i9 | i9 | IV9", "i9 IV9 | i9 IV9 | i9 IV9 | i9 V7s9", "i7 | IV9 | i7 | IV9"),
        "B": ("iv9 | iv9 | bVII9 | bVII9", "bVImaj7 | v7 | iv9 | V7s9", "bIIImaj7 | IV9 | i9 | i9"),
        "end": ("V7s9", "bVI9 V7s9"),
        "final": ("i9",),
    },
    "mixolydian": {
        "A": ("I9 | I9 | I9 | IV9", "I9 | bVII9 | IV9 | I9", "I7 | I7 | IV9 | IV9"),
        "B": ("IV9 | IV9 | I9 | I9", "bIII9 | bVII9 | IV9 | V9", "vi7 | II9 | IV9 | V9"),
        "end": ("V9", "bVI9 V9"),
        "final": ("I9",),
    },
}

HOUSE: Bank = {
    "minor": {
        "A": (
            "i9 | i9 | bVImaj7 | bVII",
            "i7 | v7 | bVImaj7 | iv7",
            "i9 | bIIImaj7 | bVII | iv7",
            "bVImaj7 | bVII | i7 | v7",
        ),
        "B": ("iv7 | v7 | i9 | bVII", "bVImaj7 | bVImaj7 | i9 | i9", "iv9 | i9 | bVImaj7 | v7"),
        "C": ("bVImaj7 | v7 | iv7 | v7",),
        "end": ("bVII", "v7"),
        "final": ("i9", "i"),
    },
    "major": {
        "A": ("IVmaj7 | V | iii7 | vi7", "Imaj7 | vi7 | IVmaj7 | V", "vi7 | IVmaj7 | Imaj7 | V"),
        "B": ("IVmaj7 | iii7 | vi7 | V", "ii7 | iii7 | IVmaj7 | V", "vi7 | V | IVmaj7 | IVmaj7"),
        "end": ("V7sus4", "IVmaj7 V"),
        "final": ("Iadd9", "I"),
    },
}

TECHNO: Bank = {
    "minor": {
        "A": ("i | i | i | i", "i7 | i7 | bVI | bVI", "i | i | iv | i"),
        "B": ("i | bVI | i | bVII", "i | i | bII | i", "bVI | bVI | i | i"),
        "end": ("bVII", "i"),
        "final": ("i",),
    },
    "phrygian": {
        "A": ("i | i | bII | i", "i | i | i | bII"),
        "B": ("bII | i | bII | bIII", "i | bvii | bII | i"),
        "end": ("bII",),
        "final": ("i",),
    },
}
