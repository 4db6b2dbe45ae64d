"""For the tests of this folder: what a prompt states, as a plain dictionary."""

from typing import Any

from musiclm.prompt import read_prompt

NAMES = ("tempo_bpm", "key", "mode", "metre", "seconds", "absent")


def stated(text: str) -> dict[str, Any]:
    """The facts that are there; ``no`` holds what is ruled out and is no family of instruments."""
    facts = read_prompt(text)
    found = {name: getattr(facts, name) for name in NAMES if getattr(facts, name)}
    families = {(span.start, span.end) for span in facts.spans if span.kind == "absent"}
    others = [item.text for item in facts.negated if (item.start, item.end) not in families]
    return found | ({"no": others} if others else {})


def expected(**facts: Any) -> dict[str, Any]:
    """The same from a short notation: ``key="? minor"``, ``s=90``, ``out="drums bass"``."""
    found: dict[str, Any] = {}
    if "bpm" in facts:
        found["tempo_bpm"] = float(facts["bpm"])
    if "key" in facts:
        key, _, mode = facts["key"].partition(" ")
        found |= {"key": key} if key != "?" else {}
        found |= {"mode": mode} if mode else {}
    if "metre" in facts:
        found["metre"] = facts["metre"]
    if "s" in facts:
        found["seconds"] = float(facts["s"])
    if "out" in facts:
        found["absent"] = tuple(facts["out"].split())
    if "no" in facts:
        found["no"] = facts["no"].split(" | ")
    return found
