"""Chord changes of jazz and blues: numerals against the major scale, bars joined by ``|``.

``A`` is the head (twelve bars where the form is a blues), ``B`` the middle eight.
"""

from musiclm.corpus.craft.harmony import Bank

# Changes that move: two chords a bar, dominants in a ring, side steps in the middle eight.
RHYTHM_CHANGES: Bank = {
    "major": {
        "A": (
            "I6 VI7b9 | ii7 V7 | I6 VI7 | ii7 V7 | v7 I7 | IVmaj7 bVII9 | I6 V7 | I6",
            "Imaj7 | viim7b5 III7b9 | vi7 II7 | v7 I7 | IV9 | I6 VI7b9 | ii7 V13 | I6",
            "Imaj9 | iv7 bVII9 | Imaj7 | iii7 VI7b9 | ii7 | V7b9 | Imaj7 V13 | I6",
            "ii7 V13 | Imaj7 VI7b9 | ii7 V7b9 | Imaj7 | iv7 bVII9 | Imaj7 VI7 | ii7 V13 | I6",
        ),
        "B": (
            "III9 | III9 | VI13 | VI13 | II9 | II9 | V13 | V7b9",
            "v7 I7b9 | IVmaj7 | iv7 bVII9 | bIIImaj7 | vi7 | II9 | ii7 | V13",
            "#iv7 VII7 | IIImaj7 | iii7 VI7 | IImaj7 | ii7 V7 | Imaj7 VI7 | ii7 | V7b9",
        ),
        "end": ("ii7 bII9", "ii7 V13"),
        "final": ("I69", "Imaj9"),
    },
    "minor": {
        "A": (
            "i6 | iim7b5 V7b9 | i6 | v7 I7b9 | iv7 | bVII9 | iim7b5 V7b9 | i6",
            "i7 bVI9 | iim7b5 V7b9 | i7 | iim7b5 V7b9 | iv7 bVII9 | bIIImaj7 | iim7b5 V7b9 | i6",
            "iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7b9 | i6 | i6 V7b9",
        ),
        "B": (
            "iv7 | bVII9 | bIIImaj7 | bIIImaj7 | bii7 | bV9 | iim7b5 | V7b9",
            "v7 I7b9 | iv7 | iv7 bVII9 | bIIImaj7 | bVI9 | bVI9 | V7b9 | V7b9",
        ),
        "end": ("iim7b5 V7b9", "bVI9 V7b9"),
        "final": ("i69", "i6"),
    },
}

# Slow colours: chords that stay, and shift sideways.
COOL: Bank = {
    "dorian": {
        "A": (
            "i9 | i9 | iv9 | iv9 | i9 | i9 | bVImaj9 | V7s9",
            "i9 | IV9 | i9 | IV9 | bIIImaj9 | bVImaj7 | iim7b5 | V7b9",
            "i11 | i11 | bVIImaj9 | bVIImaj9 | i11 | i11 | IV9 | IV9",
        ),
        "B": (
            "bii11 | bii11 | bii11 | bii11 | i11 | i11 | iv9 | V7s9",
            "bVImaj9 | bVImaj9 | bIIImaj9 | bIIImaj9 | iv9 | bVII9 | i9 | V7s9",
        ),
        "end": ("bIImaj9", "V7s9", "iv9"),
        "final": ("i9", "i69"),
    },
    "major": {
        "A": (
            "Imaj9 | Imaj9 | ii9 | V13 | iii7 | VI7b9 | ii9 | V13",
            "Imaj9 | iv9 | Imaj9 | iv9 | bIIImaj9 | bVImaj9 | ii9 | V13",
            "IVmaj9 | iii7 | ii9 | Imaj9 | iv9 | bVII9 | Imaj9 | V7sus4",
        ),
        "B": (
            "bVImaj9 | bVImaj9 | Imaj9 | Imaj9 | iv9 | bVII9 | ii9 | V13",
            "IVmaj9 | IVmaj9 | iv9 | bVII9 | iii7 | bIIImaj9 | bVImaj9 | V13",
        ),
        "end": ("bIImaj9", "ii9 V13"),
        "final": ("Imaj9", "I69"),
    },
    "minor": {
        "A": (
            "i9 | iv9 | bVII9 | bIIImaj9 | bVImaj9 | iim7b5 | V7b9 | i9",
            "i9 | i9 | iv9 | iv9 | iim7b5 | V7s9 | i9 | bVI9 V7b9",
        ),
        "B": ("iv9 | iv9 | i9 | i9 | bVImaj9 | bVImaj9 | iim7b5 | V7b9",),
        "end": ("iim7b5 V7b9", "bVI9 V7b9"),
        "final": ("i69", "i9"),
    },
}

# Tunes for a dancing band: long cadences, one chord a bar or two.
DANCE_BAND: Bank = {
    "major": {
        "A": (
            "I6 | VI7 | ii7 | V9 | I6 | VI7 | ii7 V9 | I6",
            "I6 | I6 | II9 | II9 | ii7 | V9 | I6 bIIIo7 | ii7 V9",
            "Imaj7 | #io7 | ii7 | V9 | iii7 | bIIIo7 | ii7 V9 | I6 V7",
            "I6 | I7 | IV6 | iv6 | I6/5 VI7 | II9 V9 | I6 #io7 | ii7 V9",
        ),
        "B": (
            "III7 | III7 | VI7 | VI7 | II9 | II9 | V9 | V9",
            "IV6 | IV6 | I6 | I6 | II9 | II9 | ii7 | V9",
            "v7 | I9 | IVmaj7 | IVmaj7 | vi7 | II9 | ii7 | V13",
        ),
        "C": ("I6 VI7 | ii7 V9 | I6 VI7 | ii7 V9", "I6 | IV9 | I6 | V9"),
        "end": ("ii7 V13", "II9 V9"),
        "final": ("I69", "I6"),
    },
    "minor": {
        "A": (
            "i6 | i6 | V7b9 | V7b9 | iim7b5 | V7b9 | i6 | V7",
            "i6 | bVI9 V7b9 | i6 | bVI9 V7b9 | iv6 | i6 | bVI9 | V7b9",
            "i6 | iv6 | i6 | V7b9 | i6 | iv6 | iim7b5 V7b9 | i6",
        ),
        "B": (
            "iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7b9 | i6 | V7b9",
            "bIII6 | bIII6 | bVII9 | bVII9 | bVI9 | bVI9 | V7b9 | V7b9",
        ),
        "C": ("i6 bVI9 | iim7b5 V7b9 | i6 bVI9 | iim7b5 V7b9", "i6 | iv6 | i6 | V7b9"),
        "end": ("iim7b5 V7b9", "bVI9 V7b9"),
        "final": ("i69", "i6"),
    },
    "dorian": {
        "A": (
            "i6 | IV9 | i6 | IV9 | i6 | IV9 | bVII9 | i6",
            "i7 | i7 | IV9 | IV9 | i7 | bVII9 | V7s9 | i6",
        ),
        "B": ("iv7 | iv7 | i6 | i6 | bVI9 | bVI9 | V7s9 | V7s9",),
        "C": ("i6 | IV9 | i6 | V7s9",),
        "end": ("V7s9", "bII7"),
        "final": ("i69", "i6"),
    },
}

BEACH: Bank = {
    "major": {
        "A": (
            "Imaj9 | Imaj9 | II9 | II9 | ii9 | bII7 | Imaj9 | bII7",
            "Imaj9 | #io7 | ii9 | V7b9 | Imaj9 | bIII9 | bVImaj9 | bII7",
            "I69 | I69 | ivadd9 | bVII9 | iii7 | bIIIo7 | ii9 | V7b9",
            "Imaj9 | vii7 III7b9 | vi9 | v9 I7b9 | IVmaj9 | iv6 | iii7 VI7b9 | ii9 V13",
        ),
        "B": (
            "bIImaj9 | bIImaj9 | bV9 | bV9 | biii9 | bIII7b9 | ii9 | V7b9",
            "IVmaj9 | iv9 bVII9 | iii7 | VI7b9 | ii9 | II9 | ii9 | V13",
            "v9 | I7b9 | IVmaj9 | IVmaj9 | iv9 | bVII9 | iii7 VI7b9 | ii9 V7b9",
        ),
        "end": ("ii9 bII7", "iv6 V7b9"),
        "final": ("I69", "Imaj9"),
    },
    "minor": {
        "A": (
            "i9 | i9 | iv9 | iv9 | iim7b5 | V7b9 | i9 | V7b9",
            "i9 | i9/b7 | IV9 | bVI7 | i9 | bVI9 | iim7b5 | V7b9",
            "i69 | bVImaj9 | iim7b5 | V7b9 | v9 I7b9 | iv9 bVII9 | bIIImaj9 bVImaj9 | iim7b5 V7b9",
        ),
        "B": (
            "iv9 | bVII9 | bIIImaj9 | bVImaj9 | iim7b5 | V7b9 | i9 | I7b9",
            "bIImaj9 | bIImaj9 | i9 | i9 | bVImaj9 | bVImaj9 | iim7b5 | V7b9",
        ),
        "end": ("iim7b5 V7b9", "bIImaj9"),
        "final": ("i69", "i9"),
    },
}

# Twelve bars, three lines.
TWELVE_BARS: Bank = {
    "major": {
        "A": (
            "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 IV7 | I7 V7",
            "I7 | I7 | I7 | I7 | IV9 | IV9 | I7 | VI7 | ii7 | V9 | I7 VI7 | ii7 V7",
            "I9 | IV9 | I9 | v7 I9 | IV9 | #ivo7 | I9/5 | VI7 | II9 | V9 | I7 bIII7 | ii7 V7",
            "I7 | IV7 | I7 | I7 | IV7 | iv6 | I7 | I7 | bVI9 | V9 | I7 IV7 | I7 V7",
        ),
        "B": ("I7 | I7 | I7 | I7", "I7 | IV7 | I7 | V7"),
        "end": ("V7 IV7", "I7 IV7", "bVI7 V7"),
        "final": ("I7", "I9"),
    },
    "minor": {
        "A": (
            "i7 | iv7 | i7 | i7 | iv7 | iv7 | i7 | i7 | bVI7 | V7s9 | i7 iv7 | i7 V7",
            "i7 | i7 | i7 | i7 | iv9 | iv9 | i7 | i7 | iim7b5 | V7b9 | i7 iv7 | i7 V7",
        ),
        "B": ("i7 | i7 | iv7 | i7", "i7 | bVI7 | V7 | i7"),
        "end": ("bVI7 V7s9", "iv7 V7"),
        "final": ("i7", "i6"),
    },
}

BARRELHOUSE: Bank = {
    "major": {
        "A": (
            "I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | I7",
            "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | V7 | I7 | V7",
            "I6 | I6 | I6 | I7 | IV9 | IV9 | I6 | I6 | V7 | IV9 | I6 | V7",
        ),
        "B": ("I7 | I7 | I7 | I7", "I7 | I7 | IV7 | V7"),
        "end": ("V7", "I7 V7", "I7 bII7"),
        "final": ("I6", "I9"),
    },
}
