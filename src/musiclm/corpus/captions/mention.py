"""Facts in, a random handful of them out: what one caption is going to say.

People who ask for music name a few things and leave the rest open. Training on captions that
always list everything would teach a model to expect everything, so each caption mentions its own
subset. Which words it uses is the business of the languages.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS

# How often a register of that name mentions a fact; "other" is every register not listed.
_CHANCES: dict[str, dict[str, float]] = {
    "style": {"other": 0.64, "musician": 0.72, "scene": 0.4, "listener": 0.45},
    "mood": {"other": 0.56, "musician": 0.3, "listener": 0.85},
    "tempo": {"other": 0.34, "musician": 0.12},
    "bpm": {"other": 0.1, "musician": 0.6, "listener": 0.0, "scene": 0.04},
    "lead": {"other": 0.56, "listener": 0.3, "scene": 0.35},
    "others": {"other": 0.34, "listener": 0.15, "title": 0.18},
    "drums": {"other": 0.42, "title": 0.2, "listener": 0.15, "negation": 0.15},
    "absent": {"other": 0.2, "negation": 1.0, "title": 0.08, "listener": 0.06},
    "key": {"other": 0.08, "musician": 0.7, "listener": 0.0},
    "metre": {"other": 0.05, "musician": 0.35, "listener": 0.0},
    "dynamics": {"other": 0.14, "musician": 0.2, "listener": 0.3},
    "scene": {"other": 0.08, "scene": 1.0, "musician": 0.0, "title": 0.04},
    "use": {"other": 0.0},
    "form": {"other": 0.07, "musician": 0.25},
    "production": {"other": 0.1, "musician": 0.15},
    "density": {"other": 0.05, "musician": 0.1},
    "swing": {"other": 0.12, "musician": 0.25},
    "ending": {"other": 0.05, "musician": 0.12},
    "modulates": {"other": 0.1, "musician": 0.4, "listener": 0.02},
    "roles": {"other": 0.06, "musician": 0.2, "tags": 0.0, "title": 0.0},
    "axis": {"other": 0.08, "musician": 0.02, "listener": 0.3},
    "family": {"other": 0.05, "musician": 0.02},
}
# What is so of most music is seldom worth a word.
_UNREMARKABLE = ("natural", "moderate", "steady", "4/4", "ring")
_AXES = ("valence", "arousal", "tension", "warmth")
# How far from the middle a mood must be before one may call it, for instance, warm.
_CLEAR = 0.5
# Percussion that nobody would call "the drums" or "a drum kit".
NO_DRUM_KITS = ("tabla", "hand_drums", "orchestra_kit")
_SAID_ROLES = ("bass", "pad", "arpeggio", "counter", "chords")


def tempo_band(bpm: int) -> str:
    """Finer than the three classes of the facts, and always inside them.

    Example:
        >>> tempo_band(60), tempo_band(100), tempo_band(170)
        ('very slow', 'medium', 'very fast')
    """
    if bpm < 66:
        return "very slow"
    if bpm < 90:
        return "slow"
    if bpm < 126:
        return "medium"
    return "fast" if bpm < 160 else "very fast"


def sayable(facts: Facts) -> dict[str, Any]:
    """Everything about a piece that a caption could state: the name of a fact to its value.

    Facts that do not apply (no scene, nothing swings, nothing is absent) are left out.
    """
    pitched = [k for k in facts.instruments if k != facts.lead and not INSTRUMENTS[k].is_drums]
    kits = [k for k in facts.instruments if INSTRUMENTS[k].is_drums]
    absent = list(getattr(facts, "absent", ()))
    if not absent and not facts.drums and not kits:
        absent = ["drums"]  # facts of an older version count drums only
    roles = getattr(facts, "roles", None) or {}
    found: dict[str, Any] = {
        "style": facts.style.replace("_", " "),
        "use": facts.style.replace("_", " "),
        "family": getattr(facts, "family", "").replace("_", " "),
        "mood": facts.mood.replace("_", " "),
        "scene": getattr(facts, "scene", ""),
        "tempo": tempo_band(facts.tempo_bpm),
        "bpm": facts.tempo_bpm,
        "lead": facts.lead if not INSTRUMENTS[facts.lead].is_drums else "",
        "others": pitched[:5],
        "drums": kits if facts.drums else [],
        "absent": absent,
        "key": (facts.key, facts.mode.replace("_", " ")),
        "metre": facts.metre,
        "dynamics": facts.dynamics,
        "form": _forms(getattr(facts, "form", None) or []),
        "production": getattr(facts, "production", ""),
        "density": getattr(facts, "density", ""),
        "swing": bool(getattr(facts, "swing", False)),
        "ending": getattr(facts, "ending", ""),
        "modulates": bool(getattr(facts, "modulates", False)),
        "roles": [
            (role, key)
            for key, role in roles.items()
            if role in _SAID_ROLES and not INSTRUMENTS[key].is_drums
        ],
        "axis": [
            (axis, "+" if value > 0 else "-")
            for axis in _AXES
            if abs(value := getattr(facts, axis, None) or 0.0) >= _CLEAR
        ],
    }
    return {name: value for name, value in found.items() if value}


def draw_wanted(possible: Mapping[str, Any], register: str, random: Random) -> dict[str, Any]:
    """Choose which facts a caption of this register names, and which part of the lists.

    At least one of style, mood, lead and scene is named. Technical captions name measurable facts
    more often, short ones name fewer.
    """
    wanted: dict[str, Any] = {}
    for name in possible:
        chances = _CHANCES[name]
        chance = chances.get(register, chances["other"])
        if possible[name] in _UNREMARKABLE:
            chance *= 0.35
        if random.random() < chance:
            wanted[name] = narrowed(name, possible[name], register, random)
    if not wanted.keys() & {"style", "mood", "lead", "scene"}:
        heads = [name for name in ("style", "mood", "lead") if name in possible]
        chosen = heads[int(random.random() * len(heads))]
        wanted[chosen] = narrowed(chosen, possible[chosen], register, random)
    if "bpm" in wanted:
        wanted.pop("tempo", None)
    if "style" in wanted:
        wanted.pop("family", None)
    return wanted


def narrowed(name: str, value: Any, register: str, random: Random) -> Any:
    """The part of a fact that one caption states: one or two of a list, all of anything else."""
    if name == "others":
        return value[: 1 + (random.random() < 0.4) + (random.random() < 0.15)]
    if name == "drums":  # a named kit, or just drums
        named = value and (value[0] in NO_DRUM_KITS or random.random() < 0.4)
        return value[0] if named else ""
    if name == "absent":
        most = 3 if register == "negation" else 1
        # Drums are what people miss or want gone most of all.
        first = ["drums"] if "drums" in value and random.random() < 0.6 else []
        rest = [item for item in value if item not in first]
        random.shuffle(rest)
        return (first + rest)[: 1 + int(random.random() * most)]
    if name in ("roles", "axis", "form"):
        return [value[int(random.random() * len(value))]]
    return value


def _forms(names: list[str]) -> list[str]:
    """What there is to say about the order of sections: letters together, words one by one."""
    plain = [name.split("+")[0].strip() for name in names]
    if plain and all(len(name) <= 2 and name[:1].isupper() for name in plain):
        return ["".join(name[0] for name in plain)]
    return list(dict.fromkeys(plain))
