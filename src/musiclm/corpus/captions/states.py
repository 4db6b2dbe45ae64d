"""What a caption states, written down fact by fact while it is being written.

``Caption.states`` is this record: a judge of adherence asks the music only for what was said.
"""

from typing import Any

# Instruments by the hole of the pattern that names them.
_PLAYERS = frozenset({"lead", "others", "x"})


def record(states: dict[str, Any], fact: str, value: Any) -> None:
    """Write down in ``states`` that a text states ``fact``.

    Args:
        states: Changed in place.
        fact: The name of a fact as ``mention.sayable`` has it, or ``x``, any other instrument.
        value: The fact; an instrument's key where a hole names one instrument of several.

    Example:
        >>> states = {}
        >>> record(states, "lead", "violin")
        >>> record(states, "absent", ["drums"])
        >>> states
        {'instruments': ['violin'], 'lead': 'violin', 'absent': ['drums'], 'drums': False}
    """
    if fact in _PLAYERS:
        _add_instrument(states, value)
        if fact == "lead":
            states["lead"] = value
    elif fact == "drums":
        states["drums"] = True
        if value:  # a kit by name, not just drums
            _add_instrument(states, value)
    elif fact == "absent":
        states["absent"] = list(value)
        if "drums" in value:
            states["drums"] = False
    elif fact == "bpm":
        states["tempo_bpm"] = value
    elif fact == "key":
        states["key"], states["mode"] = value
    elif fact == "axis":
        states.update({axis: "high" if sign == "+" else "low" for axis, sign in value})
    elif fact == "roles":
        states["roles"] = {instrument: role for role, instrument in value}
    else:
        states[fact] = value


def facts_of_slot(slot: str) -> tuple[str, ...]:
    """The facts that a hole may state.

    Example:
        >>> facts_of_slot("band"), facts_of_slot("key.name")
        (('others', 'drums'), ('key',))
    """
    if slot == "band":
        return ("others", "drums")
    if slot == "all":
        return ("lead", "others", "drums")
    if slot == "without":
        return ("absent",)
    if slot == "feel":
        return ("mood",)
    return (slot.partition(".")[0],)


def needs_of_slot(slot: str) -> tuple[str, ...]:
    """The facts of which one at least must be there for a hole: drums alone play no tune."""
    return ("lead", "others") if slot == "all" else facts_of_slot(slot)


def _add_instrument(states: dict[str, Any], key: str) -> None:
    known = states.setdefault("instruments", [])
    if key not in known:
        known.append(key)
