"""Chord progressions of ambient, classical, film and folk music; written as in ``_harmony``."""

from musiclm.corpus.craft.harmony import Bank

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

CLASSICAL: Bank = {
    "major": {
        "A": (
            "I | V7/7 | I | V",
            "I | ii/4 | V7 | I",
            "I IV | I/3 V7/2 | I ii/4 | V",
            "I | IV/6 I/3 | ii V7 | I",
            "I | vi | ii/4 | V7",
        ),
        "B": (
            "V/7 | I | II7/#4 | V",
            "vi | III7/#5 | vi | II7 V",
            "IV | I/3 | V7/4 I/3 | ii V7",
            "vi | ii | V7 | I",
        ),
        "C": ("i | iv | V7 | i", "iv | i/b3 | iio7 | V7"),
        "end": ("I/5 V7", "ii/4 V7", "IV V7"),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i | V7/7 | i | V",
            "i | iv/b6 | V7 | i",
            "i | iim7b5/4 | V7 | i",
            "i V/7 | i/b3 iv | i/5 V7 | i",
            "i | bVI | iim7b5 | V7",
        ),
        "B": (
            "bIII | bVII/2 | bIII | V7",
            "bVI | bIII/5 | iv | V7",
            "iv | i/b3 | VII7 | bIII",
            "I7/3 | iv | bVII7/2 | bIII V",
        ),
        "C": ("I | IV | V7 | I", "bII/4 | V7 | i | V7"),
        "end": ("i/5 V7", "iim7b5/4 V7", "bII/4 V7"),
        "final": ("i",),
    },
}

FILM: Bank = {
    "minor": {
        "A": (
            "i | bVI | bIII | bVII",
            "i | bVI | i | iv",
            "i | i/b7 | bVI | V",
            "i | bIII | iv | bVI",
            "i | bvi | i | bII",
        ),
        "B": (
            "bVI | bVII | i | bIII",
            "iv | bVI | bIII | bVII",
            "bVI | bIII | iv | V",
            "i | biii | bvi | V",
        ),
        "end": ("V", "bVI bVII", "bII"),
        "final": ("i", "I"),
    },
    "major": {
        "A": ("I | bVII | IV | I", "I | vi | bVI | bVII", "I | iii | IV | ii", "I | II | IV | I"),
        "B": ("vi | IV | I/3 | V", "bVI | bIII | bVII | V", "IV | V | vi | I/3"),
        "end": ("bVI bVII", "Vsus4 V"),
        "final": ("I",),
    },
    "lydian": {
        "A": ("I | II | I | II/1", "I | II | vii | I", "I | iii | II | I"),
        "B": ("bVI | bVII | I | II", "vi | II | IV | V"),
        "end": ("II", "bVI bVII"),
        "final": ("I",),
    },
}

FOLK: Bank = {
    "major": {
        "A": ("I | I | IV | I", "I | V/7 | vi | IV", "I | IV | I/3 | V", "I | ii | IV | I"),
        "B": ("IV | I | V | I", "vi | IV | I | V", "IV | V | I V/7 | vi", "vi | iii | IV | V"),
        "end": ("V", "IV"),
        "final": ("I",),
    },
    "minor": {
        "A": ("i | bVII | i | v", "i | bIII | bVII | i", "i | bVI | bIII | bVII"),
        "B": ("bIII | bVII | i | v", "bVI | bIII | bVII | i", "iv | i | bVII | i"),
        "end": ("bVII", "v"),
        "final": ("i",),
    },
    "dorian": {
        "A": ("i | IV | i | bVII", "i | bVII | IV | i", "i | i | bVII | bVII"),
        "B": ("bIII | IV | bVII | i", "bVII | i | bVII | IV", "bIII | bVII | i | bVII"),
        "end": ("bVII",),
        "final": ("i",),
    },
    "mixolydian": {
        "A": ("I | bVII | I | bVII", "I | IV | bVII | I", "I | v | bVII | I"),
        "B": ("bVII | IV | I | bVII", "IV | I | bVII | I", "v | bVII | IV | I"),
        "end": ("bVII",),
        "final": ("I",),
    },
}
