"""Facts of clips in, pairs that differ in one of them out, each with a caption of the first clip.

Both clips are of one style, so that nothing but the fact that the caption states tells them apart.
Where a style has no such pair, two clips of its family serve, and the caption names the family:
naming the style would give the answer away. Words and patterns are those kept from training.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from musiclm.corpus.captions.check import contradictions
from musiclm.corpus.captions.draft import Draft, MissingWordError
from musiclm.corpus.captions.lexicon import LANGUAGES, REGISTERS, lexicon
from musiclm.corpus.captions.mention import narrowed, sayable
from musiclm.corpus.captions.states import needs_of_slot
from musiclm.corpus.captions.write import repeats
from musiclm.corpus.facts import ABSENTEES, Facts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.evaluate.mulan.class_texts import MODES
from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, mean_of
from musiclm.evaluate.mulan.zero_shot import mood_distance

# Classes of tempo touch; two clips must differ by more than a listener can miss.
_TEMPO_RATIO = 1.15
# Of axes that each go from -1 to 1.
_MOODS_APART = 1.2
_TRIES = 60
# A kind that languages lack words for so many times in a row is given up.
_SPEECHLESS = 40
_SAME = 1e-7

Sayable = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A caption that fits the first of two clips and not the second."""

    kind: str
    fits: int  # place of the clip that it describes
    other: int
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip and what could be said about it."""

    facts: Facts
    says: Sayable
    families: frozenset[str]  # of the instruments that sound


def _drums(a: _Clip, b: _Clip, random: Random) -> Sayable:
    there = a.facts.drums and "drums" in b.says.get("absent", ())
    return {"drums": a.says["drums"]} if there and "drums" in a.says else {}


def _instrument(a: _Clip, b: _Clip, random: Random) -> Sayable:
    """The whole family must be missing: "bass" is a name of several."""
    able = [k for k in a.says.get("others", ()) if INSTRUMENTS[k].family not in b.families]
    return {"others": [random.choice(able)]} if able else {}


def _lead(a: _Clip, b: _Clip, random: Random) -> Sayable:
    differs = a.facts.lead_family != b.facts.lead_family
    return {"lead": a.says["lead"]} if differs and "lead" in a.says else {}


def _tempo(a: _Clip, b: _Clip, random: Random) -> Sayable:
    slow, fast = sorted((a.facts.tempo_bpm, b.facts.tempo_bpm))
    differs = a.facts.tempo_class != b.facts.tempo_class and fast >= _TEMPO_RATIO * slow
    return {"tempo": a.says["tempo"]} if differs else {}


def _mode(a: _Clip, b: _Clip, random: Random) -> Sayable:
    """Captions name modes with their key, so they name that too."""
    kinds = [
        next((name for name, inside in MODES.items() if clip.says["key"][1] in inside), "")
        for clip in (a, b)
    ]
    return {"key": a.says["key"]} if all(kinds) and kinds[0] != kinds[1] else {}


def _density(a: _Clip, b: _Clip, random: Random) -> Sayable:
    far = {a.facts.density, b.facts.density} == {"sparse", "busy"}
    return {"density": a.facts.density} if far else {}


def _dynamics(a: _Clip, b: _Clip, random: Random) -> Sayable:
    """Growing and fading are true of whole pieces, which the clips are not."""
    far = {a.facts.dynamics, b.facts.dynamics} == {"soft", "loud"}
    return {"dynamics": a.facts.dynamics} if far else {}


def _production(a: _Clip, b: _Clip, random: Random) -> Sayable:
    treated = a.facts.production not in ("", "natural")
    differs = treated and b.facts.production not in ("", a.facts.production)
    return {"production": a.facts.production} if differs else {}


def _mood(a: _Clip, b: _Clip, random: Random) -> Sayable:
    apart = mood_distance(a.facts.mood, b.facts.mood) >= _MOODS_APART
    return {"mood": a.says["mood"]} if apart else {}


def _absent(a: _Clip, b: _Clip, random: Random) -> Sayable:
    """What the first never has and the second has."""
    able = [
        group
        for group in a.says.get("absent", ())
        if group not in b.says.get("absent", ()) and b.families & set(ABSENTEES[group])
    ]
    return {"absent": [random.choice(able)]} if able else {}


_Differ = Callable[[_Clip, _Clip, Random], Sayable]

KINDS: dict[str, _Differ] = {
    "drums": _drums,
    "instrument": _instrument,
    "lead": _lead,
    "tempo": _tempo,
    "mode": _mode,
    "density": _density,
    "dynamics": _dynamics,
    "production": _production,
    "mood": _mood,
}
"""What two clips can differ in -> what to say of the first; nothing where they do not differ."""


def minimal_pairs(
    facts: Sequence[Facts], n: int, *, seed: int = 0, negations: bool = False
) -> list[Pair]:
    """Draw up to ``n`` different pairs, kinds and languages in turn.

    Args:
        facts: Of the clips of a pool.
        n: How many; there are fewer if the pool does not hold so many.
        seed: Decides everything.
        negations: Captions say what is *not* there; kinds are then the keys of ``ABSENTEES``.
    """
    random = Random(seed)
    clips = [
        _Clip(f, sayable(f), frozenset(INSTRUMENTS[key].family for key in f.instruments))
        for f in facts
    ]
    kinds = {"absent": _absent} if negations else KINDS
    streams = {name: _differing(clips, differ, random) for name, differ in kinds.items()}
    failures = dict.fromkeys(streams, 0)
    pairs: list[Pair] = []
    while streams and len(pairs) < n:
        for name, stream in list(streams.items()):
            found = next(stream, None)
            if found is None or failures[name] >= _SPEECHLESS:
                del streams[name]
                continue
            a, b, possible = found
            language = LANGUAGES[len(pairs) % len(LANGUAGES)]
            text = _said(clips[a].facts, clips[b].facts, possible, language, random)
            failures[name] = failures[name] + 1 if text is None else 0
            if text is not None and len(pairs) < n:
                kind = possible["absent"][0] if negations else name
                pairs.append(Pair(kind, a, b, language, text))
    return pairs


def pair_scores(
    pairs: Sequence[Pair], text: Array, audio: Array, draws: Draws, *, name: str
) -> dict[str, Estimate]:
    """How often the clip that a caption describes lies nearer, in all, by kind and by language.

    Args:
        pairs: From ``minimal_pairs``.
        text: Unit vectors of their captions, ``[pairs, D]``.
        audio: Unit vectors of the clips, ``[clips, D]``.
        draws: Resamples of the clips; a pair comes as often as the clip that it describes.
        name: First part of the names.
    """
    if not pairs:
        return {}
    fits = np.array([pair.fits for pair in pairs])
    lead = (text * (audio[fits] - audio[[pair.other for pair in pairs]])).sum(axis=1)
    right = np.where(np.abs(lead) <= _SAME, 0.5, (lead > 0).astype(np.float64))
    groups: dict[str, list[bool]] = {"all": [True] * len(pairs)}
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        groups[f"kind/{kind}"] = [pair.kind == kind for pair in pairs]
    for language in LANGUAGES:
        groups[language] = [pair.language == language for pair in pairs]
    return {
        f"{name}/{group}": mean_of(np.where(inside, right, np.nan), draws[:, fits], chance=0.5)
        for group, inside in groups.items()
        if any(inside)
    }


def _differing(
    clips: Sequence[_Clip], differ: _Differ, random: Random
) -> Iterator[tuple[int, int, Sayable]]:
    """All pairs of one kind: a round of pairs of one style, one of pairs of one family, again.

    Each clip comes first once a round, so that the first few hundred pairs are of many clips.
    """
    seen: set[tuple[int, int]] = set()
    n_before = -1
    while len(seen) > n_before:
        n_before = len(seen)
        for same_style in (True, False):
            for a in random.sample(range(len(clips)), len(clips)):
                found = _partner(clips, a, differ, random, seen, same_style=same_style)
                if found is not None:
                    b, possible = found
                    seen.add((a, b))
                    yield a, b, possible


def _partner(
    clips: Sequence[_Clip],
    a: int,
    differ: _Differ,
    random: Random,
    seen: set[tuple[int, int]],
    *,
    same_style: bool,
) -> tuple[int, Sayable] | None:
    """A second clip, and what to say of the first."""
    first = clips[a].facts
    shared = "style" if same_style else "family"
    others = [
        b
        for b, clip in enumerate(clips)
        if b != a
        and (a, b) not in seen
        and getattr(first, shared)
        and getattr(clip.facts, shared) == getattr(first, shared)
    ]
    random.shuffle(others)
    for b in others:
        possible = differ(clips[a], clips[b], random)
        if possible:
            return b, {shared: clips[a].says[shared], **possible}
    return None


def _said(
    fits: Facts, other: Facts, possible: Mapping[str, Any], language: str, random: Random
) -> str | None:
    """A caption that states all that is possible; none where the language finds no words.

    Words have several meanings, so a reader of its own (``captions/check.py``) must find the
    caption true of the first clip and false of the second.
    """
    words = lexicon(language)
    for attempt in range(_TRIES):
        register = random.choice(REGISTERS)
        patterns = [
            pattern
            for pattern in words.reserved_patterns.get(register, ())
            if all(
                any(fact in possible for fact in needs_of_slot(slot))
                for slot in pattern.template.needs
            )
        ]
        if not patterns:
            continue
        wanted = {key: narrowed(key, value, register, random) for key, value in possible.items()}
        draft = Draft(words, possible, wanted, register, random, held_out=True)
        try:
            text = draft.text(random.choice(patterns).template).strip()
        except MissingWordError:
            continue
        # Late attempts do without the name of the family, which few patterns can say.
        needed = [key for key in possible if key != "family" or attempt < _TRIES // 2]
        if not all(_states(draft.states, key) for key in needed) or repeats(draft.used):
            continue
        text = words.grammar.contracted(text)
        if not contradictions(text, language, fits) and contradictions(text, language, other):
            return text
    return None


def _states(states: Mapping[str, Any], fact: str) -> bool:
    return {"others": "instruments", "key": "mode"}.get(fact, fact) in states
