"""Chord progressions of pop and rock: numerals against the major scale, bars joined by ``|``.

Letters follow the plans of the styles: ``A`` verse, ``B`` chorus, ``C`` bridge, ``D`` the climb
into the chorus, ``E`` solo or breakdown.
"""

from musiclm.corpus.craft.harmony import Bank

POWER_BALLAD: Bank = {
    "major": {
        "A": (
            "Iadd9 | V/7 | vi7 | IVmaj7 | Iadd9 | V/7 | ii7 | V7sus4 V",
            "I | iii7 | IVadd9 | V7sus4 V | vi7 | iii7 | IVmaj7 | V",
            "I | I/3 | IV | V7sus4 | I | vi7 | ii7 | V7sus4 V",
            "vi7 | IVadd9 | I | V/7 | vi7 | IVadd9 | ii7 | V",
        ),
        "B": (
            "I | V/7 | vi | IV | I | V/7 | IV | V7sus4 V",
            "IV | V | iii7 | vi7 | ii7 | V | I | V7sus4 V",
            "vi | IV | I | V/7 | vi | IV | I/5 | V",
            "IV | I/3 | V | vi7 | IV | I/3 | ii7 | V7sus4 V",
        ),
        "C": (
            "bVI | bVII | I | I | bVI | bVII | V7sus4 | V",
            "vi | iii7 | IV | I/3 | ii7 | vi7 | IV | V7sus4 V",
            "iv6 | I/3 | bVImaj7 | bVII | iv6 | I/3 | ii7 | V",
        ),
        "D": ("ii7 | iii7 | IVmaj7 | V7sus4 V", "IV | V | vi vi7/5 | ii7 V", "iv | I/3 | ii7 | V"),
        "end": ("IV iv6", "V7sus4 V", "ii7 V7sus4"),
        "final": ("Iadd9", "I"),
    },
    "minor": {
        "A": (
            "iadd9 | bVII/2 | bIII | bVImaj7 | iadd9 | bVII/2 | iv7 | V7sus4 V",
            "i | i/b7 | bVImaj7 | bVII | i | i/b7 | iv7 | V",
            "i | v7 | bVI | bIII | iv7 | i/b3 | bVImaj7 | V7sus4 V",
        ),
        "B": (
            "bVI | bVII | i | bIII | bVI | bVII | iv7 | V",
            "bIII | bVII/2 | i | bVI | bIII | bVII/2 | iv | V7sus4 V",
            "i | bVI | bIII | bVII | i | bVI | iv7 | V",
        ),
        "C": (
            "iv7 | bVII | bIII | bVImaj7 | iv7 | i/b3 | bIImaj7 | V",
            "bVI | bIII/5 | iv | i | bVI | bVII | V7sus4 | V",
        ),
        "D": ("iv7 | i/b3 | bVImaj7 | V", "bVI | bVII | iv7 | V7sus4 V"),
        "end": ("iv V7", "bVI bVII", "V7sus4 V"),
        "final": ("iadd9", "i"),
    },
}

PUNK: Bank = {
    "major": {
        "A": ("I | I | IV | V", "I | I | IV | I", "I | V | IV | I", "I | IV | I | V"),
        "B": ("I | V | IV | I", "I | IV | V | I", "I | vi | IV | V", "IV | V | I | I"),
        "C": ("vi | vi | IV | V", "bVII | IV | I | I", "ii | IV | V | V"),
        "end": ("IV V", "V"),
        "final": ("I",),
    },
    "minor": {
        "A": ("i | bVII | bVI | i", "i | i | bVI | bVII", "i | bVI | bVII | i"),
        "B": ("i | bIII | bVII | i", "i | bVI | bIII | bVII", "bVI | bVII | i | i"),
        "C": ("iv | iv | bVII | bVII", "bVI | bVI | V | V"),
        "end": ("bVI bVII", "V"),
        "final": ("i",),
    },
}

INDIE: Bank = {
    "major": {
        "A": (
            "Iadd9 | iii7 | IVmaj7 | IVmaj7",
            "Imaj7 | IVmaj7 | Imaj7 | IVmaj7",
            "Iadd9 | vi7 | iii7 | IVadd9",
            "I | Isus2 | ii7 | IVadd9",
            "vi7 | IVmaj7 | Iadd9 | V",
        ),
        "B": (
            "IVmaj7 | V | vi7 | Iadd9/3",
            "IV | I | vi | V",
            "ii7 | IVadd9 | I | V",
            "IVmaj7 | Iadd9 | V | vi7",
        ),
        "C": (
            "ii7 | iii7 | IVmaj7 | iv6",
            "bVIImaj7 | IV | Iadd9 | Iadd9",
            "vi7 | II | IV | V7sus4",
        ),
        "E": ("IVmaj7 | IVmaj7 | Iadd9 | Iadd9", "vi7 | IVmaj7 | vi7 | IVmaj7"),
        "end": ("IVmaj7", "IV iv6", "V7sus4"),
        "final": ("Iadd9", "Imaj7"),
    },
    "minor": {
        "A": (
            "iadd9 | bVImaj7 | bIII | bVII",
            "i7 | bIIImaj7 | bVII | iv7",
            "i | bIII | bVImaj7 | bVImaj7",
        ),
        "B": (
            "bIII | bVII | iv7 | bVImaj7",
            "bVImaj7 | bVII | i7 | bIIImaj7",
            "iv7 | bVI | bIII | bVII",
        ),
        "C": ("iv7 | v7 | bVImaj7 | bVII", "bVImaj7 | iv7 | i | i"),
        "E": ("bVImaj7 | bVImaj7 | i7 | i7", "i7 | iv7 | i7 | iv7"),
        "end": ("bVImaj7", "bVII"),
        "final": ("iadd9", "i7"),
    },
    "mixolydian": {
        "A": ("I | bVII | IVadd9 | I", "I | v7 | IV | IV", "Iadd9 | bVIImaj7 | Iadd9 | bVIImaj7"),
        "B": ("bVII | IV | I | I", "v7 | IV | bVII | I", "IV | bVII | I | v7"),
        "C": ("bVIImaj7 | v7 | IV | IV",),
        "E": ("I | bVII | I | bVII",),
        "end": ("bVII", "IV"),
        "final": ("Iadd9", "I"),
    },
}

COUNTRY: Bank = {
    "major": {
        "A": (
            "I | I | IV | I | I | I | V7 | V7",
            "I | IV | I | V7 | I | IV | V7 | I",
            "I | I7 | IV | I | I/5 | vi | II7 | V7",
            "I | I | V7 | V7 | V7 | V7 | I | I V7",
            "I | III7 | vi | IV | I | II7 | V7 | V7",
        ),
        "B": (
            "IV | IV | I | I | V7 | V7 | I | I7",
            "IV | I | V7 | I | IV | I | II7 | V7",
            "I | I7 | IV | iv | I | V7 | I IV | I",
            "IV | V7 | I | vi | IV | V7 | I | I7",
        ),
        "C": (
            "vi | vi | IV | I | vi | II7 | V7 | V7",
            "IV | IV | I | I | II7 | II7 | V7 | V7",
        ),
        "end": ("I V7", "II7 V7", "IV V7"),
        "final": ("I", "I6"),
    },
    "mixolydian": {
        "A": ("I | I | bVII | I | I | I | IV | V", "I | bVII | IV | I | I | bVII | IV | V7"),
        "B": ("IV | IV | I | I | bVII | IV | I | V7", "bVII | IV | I | I | bVII | IV | V7 | V7"),
        "C": ("IV | I | bVII | I | IV | I | V7 | V7",),
        "end": ("bVII V7", "IV V7"),
        "final": ("I",),
    },
    "minor": {
        "A": ("i | i | bVII | bVII | bVI | bVI | V7 | V7", "i | iv | i | V7 | i | iv | V7 | i"),
        "B": (
            "bIII | bVII | i | i | bVI | bVII | V7 | V7",
            "bVI | bIII | iv | i | bVI | bIII | V7 | i",
        ),
        "C": ("iv | iv | i | i | bVI | bVI | V7 | V7",),
        "end": ("iv V7", "V7"),
        "final": ("i",),
    },
}

BLUEGRASS: Bank = {
    "major": {
        "A": (
            "I | I | IV | I | I | I | V | V",
            "I | IV | V | I | I | IV | V | I",
            "I | I | I | V | I | IV | I V | I",
            "I | vi | I | V | I | vi | I V | I",
            "I | I | II | V | I | IV | I V | I",
        ),
        "B": (
            "IV | IV | I | I | IV | I | V | V",
            "V | V | I | I | IV | I | V | I",
            "vi | vi | I | I | vi | IV | I V | I",
            "IV | I | V | I | IV | I | V | I",
        ),
        "end": ("I V", "IV V", "V"),
        "final": ("I",),
    },
    "mixolydian": {
        "A": ("I | I | I | bVII | I | I | bVII | I", "I | bVII | I | V | I | bVII | I V | I"),
        "B": ("bVII | bVII | I | I | bVII | IV | V | I", "IV | I | bVII | I | IV | I | V | I"),
        "end": ("bVII V", "V"),
        "final": ("I",),
    },
    "dorian": {
        "A": ("i | i | i | bVII | i | i | bVII | i", "i | bIII | bVII | i | i | IV | bVII | i"),
        "B": (
            "bIII | bVII | i | i | bIII | bVII | v | i",
            "bVII | i | bVII | i | bIII | bVII | v | i",
        ),
        "end": ("bVII", "v"),
        "final": ("i",),
    },
}

HEAVY: Bank = {
    "minor": {
        "A": (
            "i | i | i | bVI bVII",
            "i | i | i | bIII bVII",
            "i | i | bVI | bVII",
            "i | i | i | iv bVII",
        ),
        "B": (
            "i | bVI | bVII | i",
            "i | bVI | bIII | bVII",
            "i | bVII | bVI | i",
            "i | iv | bVI | bVII",
        ),
        "C": ("bVI | bVI | V | V", "iv | iv | i | V"),
        "E": ("i | bVI | bVII | i", "i | bVII | bVI | V", "i | iv | bVI | i"),
        "end": ("bVI bVII", "V", "iv bVII"),
        "final": ("i",),
    },
    "harmonic minor": {
        "A": ("i | i | i | V", "i | i | i | bVI V", "i | i | iv | V"),
        "B": ("i | bVI | iv | V", "i | V | bVI | V", "i | iv | V | i"),
        "C": ("iv | iv | V | V", "bVI | bVI | V | V"),
        "E": ("i | iv | V | i", "i | bVI | V | i"),
        "end": ("iv V", "V"),
        "final": ("i",),
    },
    "phrygian": {
        "A": ("i | i | i | bII", "i | i | i | bIII bII", "i | i | i | bvii bII"),
        "B": ("i | bII | bIII | i", "i | bVI | bII | i", "i | bII | bvii | i"),
        "C": ("bII | bII | i | i", "bVI | bVI | bII | bII"),
        "E": ("i | bII | bIII | bII", "i | bII | i | bvii"),
        "end": ("bII", "bIII bII"),
        "final": ("i",),
    },
}

FIRESIDE: Bank = {
    "major": {
        "A": (
            "I | I | IV | I | I | vi | IV | V",
            "I | V/7 | vi | IV | I | V/7 | IV | I",
            "I | IV | I/3 | V | vi | IV | I/5 V | I",
            "I | iii | IV | I | ii | IV | I/5 | V",
        ),
        "B": (
            "IV | I | V | I | IV | I | ii | V",
            "vi | iii | IV | I | vi | iii | IV | V",
            "IV | V | I V/7 | vi | IV | I | V | I",
        ),
        "C": ("vi | IV | vi | IV | ii | IV | V | V", "ii | vi | IV | I | ii | II | V | V"),
        "end": ("V", "IV", "IV V"),
        "final": ("I", "Iadd9"),
    },
    "minor": {
        "A": (
            "i | bVII | i | v | bVI | bVII | i | i",
            "i | bIII | bVII | i | iv | i | bVII | i",
            "i | bVI | bIII | bVII | i | bVI | bVII | i",
        ),
        "B": (
            "bIII | bVII | i | v | bVI | bIII | bVII | i",
            "bVI | bIII | bVII | i | iv | i | v | i",
        ),
        "C": ("iv | iv | i | i | bVI | bIII | bVII | bVII",),
        "end": ("bVII", "v"),
        "final": ("i",),
    },
    "dorian": {
        "A": ("i | IV | i | bVII | i | IV | bVII | i", "i | bVII | IV | i | i | bVII | v | i"),
        "B": (
            "bIII | IV | bVII | i | bIII | IV | v | i",
            "bVII | i | bVII | IV | bIII | bVII | IV | i",
        ),
        "C": ("IV | IV | i | i | bVII | bVII | IV | v",),
        "end": ("bVII", "IV"),
        "final": ("i",),
    },
    "mixolydian": {
        "A": ("I | bVII | I | bVII | I | IV | bVII | I", "I | v | bVII | I | I | v | IV | I"),
        "B": ("bVII | IV | I | bVII | IV | I | bVII | I", "v | bVII | IV | I | v | bVII | IV | I"),
        "C": ("IV | IV | bVII | bVII | IV | I | bVII | bVII",),
        "end": ("bVII", "IV"),
        "final": ("I",),
    },
}
