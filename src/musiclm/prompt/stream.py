"""Hard facts in, four codes out: what a prompt says in numbers, as a condition of the stages.

An embedding keeps "fast" but loses "120 bpm" and "D minor" (MusicLM, sec. 8 names such facts among
what its text misses). So they reach the language models beside the MuLan tokens, as an untimed
stream of its own with one level a fact: tempo, key, metre, drums. Code 0 says nothing about a fact;
of the tempo, three codes more say no number but slow, medium or fast.
"""

import math

from musiclm.prompt.facts import PromptFacts
from musiclm.tokens.stream import TokenStream

FACTS_STREAM = TokenStream(name="facts", codebook_size=64, n_q=4)
"""Levels: tempo, key with mode, metre, drums."""

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
_N_TEMPI = 48  # 3.8 % apart, about what a listener notices
PACES = ("slow", "medium", "fast")
_SLOWER_THAN = (90.0, 126.0)  # beats a minute: where medium and fast begin
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Those of the composer's modes with a minor third, or none and a minor second.
_MINOR_LIKE = frozenset(
    {"minor", "dorian", "phrygian", "harmonic minor", "melodic minor", "hungarian minor"}
    | {"in", "hirajoshi", "pelog"}
)
METRES = ("4/4", "3/4", "6/8", "12/8", "2/4", "5/4", "7/8")
"""In the order of their codes."""


def is_minor(mode: str) -> bool:
    """Whether a mode counts as minor: its third is, or it has none and a minor second.

    Example:
        >>> is_minor("dorian"), is_minor("mixolydian")
        (True, False)
    """
    return mode.replace("_", " ") in _MINOR_LIKE


def facts_tokens(
    *,
    tempo_bpm: float | None = None,
    pace: str | None = None,
    key: str | None = None,
    mode: str | None = None,
    metre: str | None = None,
    drums: bool | None = None,
) -> tuple[int, int, int, int]:
    """Codes of what is known; whatever is not, or is no usual value, says nothing.

    Args:
        tempo_bpm: Beats a minute; beyond 40 to 240 the nearest of these.
        pace: One of ``PACES``, for a tempo without a number; a number wins.
        key: Tonic, such as ``"F#"``.
        mode: ``"major"``, ``"minor"`` or another; those with a minor third count as minor.
        metre: Such as ``"3/4"``.
        drums: Whether drums play.

    Example:
        >>> facts_tokens(tempo_bpm=120.0, key="D", mode="minor", drums=False)
        (30, 15, 0, 1)
        >>> facts_tokens()
        (0, 0, 0, 0)
    """
    spoken = _N_TEMPI + 1 + PACES.index(pace) if pace in PACES else 0
    return (
        spoken if tempo_bpm is None else _tempo_code(tempo_bpm),
        0 if key is None else _key_code(key, mode or "major"),
        1 + METRES.index(metre) if metre in METRES else 0,
        0 if drums is None else 1 + int(drums),
    )


def prompt_tokens(facts: PromptFacts) -> tuple[int, int, int, int]:
    """Codes of what a prompt says; of drums it can only say that there are none.

    Example:
        >>> prompt_tokens(PromptFacts(pace="slow", absent=("drums",)))
        (49, 0, 0, 1)
    """
    return facts_tokens(
        tempo_bpm=facts.tempo_bpm,
        pace=facts.pace,
        key=facts.key,
        mode=facts.mode,
        metre=facts.metre,
        drums=False if "drums" in facts.absent else None,
    )


def pace_code(tempo_code: int) -> int:
    """The code of slow, medium or fast for the code of a number of beats; 0 stays 0.

    Example:
        >>> pace_code(facts_tokens(tempo_bpm=150.0)[0]) == facts_tokens(pace="fast")[0]
        True
    """
    if not 1 <= tempo_code <= _N_TEMPI:
        return tempo_code
    middle: float = SLOWEST_BPM * (FASTEST_BPM / SLOWEST_BPM) ** ((tempo_code - 0.5) / _N_TEMPI)
    place = sum(middle >= bound for bound in _SLOWER_THAN)
    return _N_TEMPI + 1 + place


def _tempo_code(bpm: float) -> int:
    place = math.log(min(max(bpm, SLOWEST_BPM), FASTEST_BPM) / SLOWEST_BPM)
    return 1 + min(int(place / math.log(FASTEST_BPM / SLOWEST_BPM) * _N_TEMPI), _N_TEMPI - 1)


def pitch_class(key: str) -> int | None:
    """Semitones above C of a tonic; ``None`` if it is none.

    Example:
        >>> pitch_class("Bb"), pitch_class("H")
        (10, None)
    """
    if key[:1] not in _SEMITONES:
        return None
    return (_SEMITONES[key[0]] + key[1:].count("#") - key[1:].count("b")) % 12


def _key_code(key: str, mode: str) -> int:
    pitch = pitch_class(key)
    if pitch is None:
        return 0
    return 1 + pitch + (12 if is_minor(mode) else 0)
