"""What texts state and what clips are in, how well each text fits each clip out.

MuLan's loss says that a caption fits its own clip and no other. In composed music that is false
(many clips fit "calm piano") and it wastes what we know: a caption's statements can be checked
against the facts of every clip in the batch. So clips become rows of attributes, texts become
groups of accepted attributes, and their product says how much of a text is wrong about a clip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import dist
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.corpus.captions.mention import tempo_band
from musiclm.corpus.captions.requests import Request
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import tempo_class
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.styles import FAMILIES
from musiclm.prompt.stream import facts_tokens

Accepted = Mapping[str, float]
"""Attribute to how well it answers, 0 to 1."""

_BANDS = ("very slow", "slow", "medium", "fast", "very fast")
_AXES = ("valence", "arousal", "tension", "warmth")
_WEIGHTS = {
    "style": 1.2,
    "family": 0.8,
    "use": 0.5,
    "mood": 1.0,
    "scene": 0.3,
    "tempo": 1.0,
    "tempo_bpm": 1.0,
    "key": 0.1,
    "mode": 0.5,
    "metre": 0.5,
    "lead": 0.7,
    "drums": 1.2,
    "dynamics": 0.5,
    "production": 0.6,
    "density": 0.4,
    "swing": 0.5,
    "ending": 0.1,
    "modulates": 0.1,
}
_INSTRUMENT, _ABSENT, _AXIS = 0.6, 0.8, 0.6
_RELATIVE = 0.35  # an instrument, or a style, of the same family
_ONE_OFF = 0.4  # the neighbouring tempo band


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a text says: any of these attributes is right."""

    weight: float
    accepted: Accepted


def attributes_of(facts: Mapping[str, Any]) -> dict[str, float]:
    """The attributes of a clip, with 1 for what holds and something between for the axes of mood.

    Example:
        >>> attributes_of({"style": "tango", "drums": False})["style=tango"]
        1.0
    """
    found: dict[str, float] = {}
    for name in ("style", "mood", "scene", "mode", "metre", "lead", "drums", "dynamics"):
        found[f"{name}={facts.get(name, '')}"] = 1.0
    for name in ("key", "production", "density", "swing", "ending", "modulates"):
        found[f"{name}={facts.get(name, '')}"] = 1.0
    if "tempo_bpm" in facts:
        found[f"tempo={tempo_band(facts['tempo_bpm'])}"] = 1.0
        found[f"bpm={facts_tokens(tempo_bpm=facts['tempo_bpm'])[0]}"] = 1.0
    for key in facts.get("instruments", ()):
        found[f"instrument={key}"] = 1.0
        if key in INSTRUMENTS:
            found[f"family={INSTRUMENTS[key].family}"] = 1.0
    # Facts of an older version do not list what is absent; captions then say it of drums only.
    missing = facts.get("absent", () if facts.get("drums", True) else ("drums",))
    for key in missing:
        found[f"absent={key}"] = 1.0
    for axis in _AXES:
        height = min(1.0, max(0.0, 0.5 + 0.75 * float(facts.get(axis, 0.0))))
        found[f"{axis}=high"], found[f"{axis}=low"] = height, 1.0 - height
    return found


def statements_of(states: Mapping[str, Any]) -> list[Statement]:
    """What a caption says, from its ``states`` (see ``corpus/captions/states.py``)."""
    found: list[Statement] = []
    for name, value in states.items():
        weight = _WEIGHTS.get(name, 0.0)
        if name in ("style", "use"):
            found.append(Statement(weight, _near_styles((value,))))
        elif name == "family":
            styles = FAMILIES.get(str(value).replace(" ", "_"), ())
            found.append(Statement(weight, {f"style={style.name}": 1.0 for style in styles}))
        elif name == "mood":
            found.append(Statement(weight, _near_moods((value,))))
        elif name == "tempo":
            found.append(Statement(weight, _near_bands(value)))
        elif name == "tempo_bpm":
            found.append(Statement(weight, _near_tempi(value)))
        elif name == "lead":
            found.append(Statement(weight, _near_instruments((value,), "lead")))
        elif name == "instruments":
            found += [Statement(_INSTRUMENT, _near_instruments((key,))) for key in value]
        elif name == "absent":
            found += [Statement(_ABSENT, {f"absent={key}": 1.0}) for key in value]
        elif name in _AXES:
            found.append(Statement(_AXIS, {f"{name}={value}": 1.0}))
        elif weight:
            found.append(Statement(weight, {f"{name}={value}": 1.0}))
    return found


def statements_of_request(request: Request) -> list[Statement]:
    """What a request asks for: any of its styles and moods, and all that it says in words."""
    found = [
        Statement(_WEIGHTS["style"], _near_styles(request.styles)),
        Statement(_WEIGHTS["mood"], _near_moods(request.moods)),
    ]
    if request.instruments:
        found.append(Statement(_INSTRUMENT, _near_instruments(request.instruments)))
    # "Loud and growing" are two answers to one question: either will do.
    said: dict[str, dict[str, float]] = {}
    for word in request.said:
        if word in ("slow", "medium", "fast"):
            said.setdefault("tempo", {}).update(_near_bands(word))
        elif word in ("drums", "no drums"):
            said.setdefault("drums", {})[f"drums={word == 'drums'}"] = 1.0
        else:
            name = "density" if word in ("sparse", "busy") else "dynamics"
            said.setdefault(name, {})[f"{name}={word}"] = 1.0
    found += [Statement(_WEIGHTS[name], accepted) for name, accepted in said.items()]
    return found


def mismatch(
    texts: Sequence[Sequence[Statement]], clips: Sequence[Mapping[str, float]]
) -> Float[Tensor, "n B"]:
    """How much of each text is wrong about each clip: summed weights of what does not hold.

    Args:
        texts: Statements of each text; a text that states nothing fits every clip.
        clips: From ``attributes_of``.

    Example:
        >>> said = statements_of({"drums": True})
        >>> mismatch([said], [attributes_of({"drums": True}), attributes_of({"drums": False})])
        tensor([[0.0000, 1.2000]])
    """
    columns = {name: i for i, name in enumerate(sorted({name for clip in clips for name in clip}))}
    holds = torch.zeros(len(columns), len(clips))
    for number, clip in enumerate(clips):
        for name, value in clip.items():
            holds[columns[name], number] = value
    wrong = torch.zeros(len(texts), len(clips))
    for row, statements in enumerate(texts):
        for statement in statements:
            able = [(columns[n], v) for n, v in statement.accepted.items() if n in columns and v]
            # The best answer counts; a sum would make two relatives as good as the thing itself.
            agreement = torch.zeros(len(clips))
            if able:
                places, values = zip(*able, strict=True)
                agreement = (holds[list(places)] * torch.tensor(values)[:, None]).amax(0)
            wrong[row] += statement.weight * (1.0 - agreement)
    return wrong


@cache
def _near_styles(names: tuple[str, ...]) -> Accepted:
    """These styles fully, their relatives a little."""
    names = tuple(name.replace("_", " ") for name in names)
    near = {
        f"style={style.name}": _RELATIVE
        for styles in FAMILIES.values()
        if {style.name for style in styles} & set(names)
        for style in styles
    }
    return near | {f"style={name}": 1.0 for name in names}


@cache
def _near_moods(names: tuple[str, ...]) -> Accepted:
    """Every mood, by how near it lies on the four axes to one of these."""
    return {
        f"mood={other}": max(_likeness(other, name.replace("_", " ")) for name in names)
        for other in MOODS
    }


def _likeness(one: str, other: str) -> float:
    """1 for the same mood, 0.5 at half a unit, 0 beyond one."""
    if other not in MOODS:
        return 0.0
    places = [[float(getattr(MOODS[name], axis)) for axis in _AXES] for name in (one, other)]
    return max(0.0, 1.0 - dist(*places))


@cache
def _near_bands(band: str) -> Accepted:
    """A band of tempo; "slow" and "fast" take in the extreme one, a neighbour counts a bit."""
    place = _BANDS.index(band)
    near = {f"tempo={_BANDS[i]}": _ONE_OFF for i in (place - 1, place + 1) if 0 <= i < len(_BANDS)}
    if band in ("slow", "fast"):
        near[f"tempo=very {band}"] = 0.9
    return near | {f"tempo={band}": 1.0}


@cache
def _near_tempi(bpm: float) -> Accepted:
    """The code of a tempo and its neighbours; half and double count a little."""
    near: dict[str, float] = {}
    for factor, most in ((0.5, 0.3), (2.0, 0.3), (1.0, 1.0)):
        code = facts_tokens(tempo_bpm=bpm * factor)[0]
        for distance, share in ((2, 0.4), (1, 0.8), (0, 1.0)):
            near[f"bpm={code - distance}"] = near[f"bpm={code + distance}"] = most * share
    return near


@cache
def _near_instruments(keys: tuple[str, ...], name: str = "instrument") -> Accepted:
    """These instruments fully, others of their families a little."""
    families = {INSTRUMENTS[key].family for key in keys if key in INSTRUMENTS}
    if name == "lead":
        near = {f"lead={k}": _RELATIVE for k, i in INSTRUMENTS.items() if i.family in families}
    else:
        near = {f"family={family}": _RELATIVE for family in families}
    return near | {f"{name}={key}": 1.0 for key in keys}


def said_classes(states: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that a caption's words decide, by the names of ``Facts``; the others are absent."""
    known = dict(states)
    if "lead" in known and known["lead"] in INSTRUMENTS:
        known["lead_family"] = INSTRUMENTS[known["lead"]].family
    if "tempo_bpm" in known:
        known["tempo_class"] = tempo_class(known["tempo_bpm"])
    elif "tempo" in known:
        known["tempo_class"] = str(known["tempo"]).removeprefix("very ")
    return known
