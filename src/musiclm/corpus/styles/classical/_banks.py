"""Harmony of the common practice in eight-bar periods: half cadence in the middle, full at the end.

Numerals as in ``craft/harmony.py``. Letters: A first theme, B answer or second theme, C contrast
(in the minor or far away), D development (sequences), I introductions.
"""

from musiclm.corpus.craft.harmony import Bank

PERIODS: Bank = {
    "major": {
        "A": (
            "I | I/3 | ii/4 | V | I | vi | ii/4 V7 | I",
            "I | V7/7 | I | ii/4 V | I | IV/6 I/3 | ii V7 | I",
            "I | IV | V7/4 I/3 | V | vi | ii/4 | I/5 V7 | I",
            "I | vi | ii | V7 | I VI7/#1 | ii | I/5 V7 | I",
            "I V/7 | vi iii | IV I/3 | V | I V/7 | vi | IV V7 | I",
            "I | V/7 | vi | III7/#5 | IV | I/3 | ii/4 V7 | I",
        ),
        "B": (
            "V/7 | I | II7/#4 | V | V7/4 | I/3 | II7 | V",
            "vi | III7/#5 | vi | II7 V | ii | VI7/#1 | ii V7 | I",
            "IV | I/3 | ii | III7 | vi II7 | V | V7/4 I/3 | V7 I",
            "I7/b7 | IV/6 | II7/1 | V/7 | I VI7 | ii II7 | V7 | I",
        ),
        "C": (
            "i | V7/7 | i | iim7b5 V7 | bVI | bIII/5 | iv V7 | i",
            "i | iv | V7 | i | bVI | bII/4 | V7 | i",
            "bVI | bIII | iv/6 V7 | I | bVI | bII/4 | i/5 V7 | i",
        ),
        "D": (
            "VI7 | ii | V7 | I | III7 | vi | II7 | V7",
            "iii VI7 | ii V7 | I IV | viio III7 | vi II7 | V | bVI7 | V7",
            "iv | bVII7 | bIII | bVI | ii/4 | bVI7 | V7 | V7",
        ),
        "I": ("I | V7 | I | V7", "IV | I/5 | ii7 | V7"),
        "end": ("I/5 V7", "ii/4 V7", "IV V7"),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i | V/7 | i/b3 | iv V | i | bVI | iim7b5/4 V7 | i",
            "i | iv/b6 | V | i | bVI | iv | i/5 V7 | i",
            "i | V7/7 | i | bVI V | iv | i/b3 | bII/4 V7 | i",
            "i V/7 | i/b3 iv | i/5 V7 | i | bIII | bVII7/2 | bIII | V7 i",
            "i | bVII/2 | bIII | iv V | i | VI7 | iv V7 | i",
        ),
        "B": (
            "bIII | bVII/2 | bIII | bVI bVII | bIII/5 | iv | V7/b6 | V7",
            "bVI | bIII/5 | iv | V7 | i I7/3 | iv | i/5 V7 | i",
            "bIII | bVI | bVII7/2 | bIII | iv | bII/4 | V7 | i",
            "I7/3 | iv | bVII7/2 | bIII | bVI | iim7b5 | i/5 V7 | i",
        ),
        "C": (
            "I | V7/7 | I | ii V7 | IV | I/3 | ii V7 | I",
            "I | IV | V7/7 | I | vi | ii/4 | I/5 V7 | I",
        ),
        "D": (
            "i | iv | bVII7 | bIII | bVI | iim7b5 | V7 | V7",
            "I7/3 | iv | bVII7/2 | bIII | bVI | bII/4 | V7/7 | V7",
            "v/b7 | bVI | iv | bIII | iim7b5 | i/b3 | bVI7 | V7",
        ),
        "I": ("i | V7 | i | V7", "iv | i/5 | iim7b5 | V7"),
        "end": ("i/5 V7", "iim7b5/4 V7", "bII/4 V7"),
        "final": ("i",),
    },
}
