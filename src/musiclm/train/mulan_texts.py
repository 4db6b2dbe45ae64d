"""Clips in, the texts of one training step out: captions, their false twins, names, requests.

Four kinds, because each teaches what the others cannot. Captions tell what a clip is. A *twin* is
the same caption with one fact changed (no drums instead of drums), so that facts count and not
only topics. Names ("violin", "tense") teach single words. Requests are sentences by hand that no
pattern produces, in six languages. Every text comes with what it states, from which the loss
reckons which clips it fits (``mulan_agreement.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from musiclm.config import replace
from musiclm.corpus.captions import LANGUAGES, REGISTERS, lexicon
from musiclm.corpus.captions.mention import sayable
from musiclm.corpus.captions.requests import Request, requests
from musiclm.corpus.captions.write import write_caption
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.data.manifest import Clip
from musiclm.train.mulan_agreement import (
    Statement,
    attributes_of,
    mismatch,
    statements_of,
    statements_of_request,
)

_TRIES = 4
_WRONG = 0.1  # of mismatch: whether a twin says something that is not so
_FAR = 1.2  # between two moods that nobody would take for each other, on four axes
# The sections of the lexicon whose entries stand alone as a prompt.
_NAMED = ("style", "mood", "instrument", "tempo", "dynamics", "production")


@dataclass(frozen=True, slots=True)
class Text:
    """A text and what it says."""

    words: str
    statements: Sequence[Statement]
    states: Mapping[str, Any] = field(default_factory=dict)
    """As ``Caption.states``; empty for requests."""
    clip: int | None = None
    """Place in the batch of the clip that it describes, for true captions."""
    request: int | None = None
    """Number among ``requests()``, for those."""


@dataclass(frozen=True, slots=True)
class TextPlan:
    """How many texts of each kind a step sees; captions are one a clip."""

    n_twins: int
    n_names: int
    n_requests: int
    fresh_share: float = 0.7
    """Captions written for the occasion; the others are from the manifest."""


def draw_texts(
    clips: Sequence[Clip], plan: TextPlan, rng: np.random.Generator
) -> tuple[list[Text], list[Text]]:
    """Texts of one step.

    Returns:
        One caption a clip, in order; and all other texts.
    """
    random = Random(int(rng.integers(2**63)))
    captions = [caption_of(clip, index, plan, random) for index, clip in enumerate(clips)]
    others: list[Text] = []
    twinned = random.sample(range(len(clips)), min(plan.n_twins, len(clips)))
    for index in twinned:
        pair = twins_of(clips[index], random)
        if pair is not None:
            captions[index] = Text(pair[0].words, pair[0].statements, pair[0].states, clip=index)
            others.append(pair[1])
    others += [name_text(random) for _ in range(plan.n_names)]
    wishes = training_requests()
    if wishes:
        for _ in range(plan.n_requests):
            number = random.randrange(len(wishes))
            others.append(request_text(wishes[number], number, random.randrange(len(LANGUAGES))))
    return captions, others


def training_requests() -> list[Request]:
    """Those requests that are not kept for validation."""
    return [request for request in requests() if not request.reserved]


def request_text(request: Request, number: int, language: int) -> Text:
    """One request in one language."""
    return Text(request.texts[language], statements_of_request(request), request=number)


def caption_of(clip: Clip, index: int, plan: TextPlan, random: Random) -> Text:
    """A new caption from the clip's facts, or one of the stored ones."""
    if clip.captions and (not clip.facts or random.random() >= plan.fresh_share):
        stored = random.choice(clip.captions)
        return Text(stored.text, statements_of(stored.states), stored.states, clip=index)
    written = _written(sayable(Facts.from_mapping(clip.facts)), random.randrange(2**63))
    return Text(written.words, written.statements, written.states, clip=index)


def twins_of(clip: Clip, random: Random) -> tuple[Text, Text] | None:
    """A true caption and the same one with one fact changed; ``None`` if it does not come out.

    Both are drawn from the same seed, so that they differ in little else than that fact. A draw
    in which the false fact is not said makes no twin, but another true caption.
    """
    if not clip.facts:
        return None
    facts = Facts.from_mapping(clip.facts)
    clip_is = [attributes_of(clip.facts)]
    true = sayable(facts)
    for _ in range(_TRIES):
        false = sayable(changed(facts, random))
        seed = random.randrange(2**63)
        pair = _written(true, seed), _written(false, seed)
        if float(mismatch([pair[1].statements], clip_is)) > _WRONG:
            return pair
    return None


def changed(facts: Facts, random: Random) -> Facts:
    """The facts with one of them made false, as far from the truth as a listener would notice."""
    what = random.choice(("drums", "lead", "others", "tempo", "mood", "mode", "absent"))
    if what == "drums":
        kits = {key for key in facts.instruments if INSTRUMENTS[key].is_drums}
        if facts.drums or kits:
            rest = [key for key in facts.instruments if key not in kits]
            gone = ["drums", *(key for key in facts.absent if key != "drums")]
            return replace(facts, drums=False, instruments=rest, absent=gone)
        there = [key for key in facts.absent if key != "drums"]
        return replace(
            facts, drums=True, instruments=[*facts.instruments, "standard_kit"], absent=there
        )
    if what in ("lead", "others"):
        old = facts.lead if what == "lead" else random.choice(facts.instruments)
        new = _other_instrument(old, random)
        names = [new if key == old else key for key in facts.instruments]
        lead = new if old == facts.lead else facts.lead
        roles = {new if key == old else key: role for key, role in facts.roles.items()}
        return replace(facts, instruments=list(dict.fromkeys(names)), lead=lead, roles=roles)
    if what == "tempo":
        # From slow to fast and back; from the middle either way.
        up = facts.tempo_bpm < 105
        bpm = round(facts.tempo_bpm * random.uniform(1.5, 2.0) ** (1 if up else -1))
        return replace(facts, tempo_bpm=bpm)
    if what == "mood":
        far = [name for name in MOODS if _distance(name, facts.mood) > _FAR]
        if not far:
            return facts
        mood = random.choice(far)
        axes = {a: getattr(MOODS[mood], a) for a in ("valence", "arousal", "tension", "warmth")}
        return replace(facts, mood=mood, **axes)
    if what == "mode":
        return replace(facts, mode="minor" if facts.mode == "major" else "major")
    # Something that sounds is said to be missing.
    families = {INSTRUMENTS[key].family for key in facts.instruments}
    false = [key for key in ("bass", "strings", "brass", "guitar", "piano") if key in families]
    return replace(facts, absent=false or facts.absent)


def name_text(random: Random) -> Text:
    """The name of one thing in one language, as people type it."""
    words = lexicon(random.choice(LANGUAGES))
    section = random.choice(_NAMED)
    key = random.choice(words.keys(section))
    phrase = random.choice(words.phrases(section, key))
    noun = section in ("style", "instrument")
    name = words.noun(phrase).plain if noun else words.adjective(phrase).base
    states = {"instruments": [key]} if section == "instrument" else {section: key}
    return Text(name, statements_of(states), states)


def _other_instrument(old: str, random: Random) -> str:
    """One of another family, a kit for a kit and a bass for a bass."""
    was = INSTRUMENTS[old]
    able = [
        key
        for key, one in INSTRUMENTS.items()
        if one.is_drums == was.is_drums
        and (one.family != was.family or was.is_drums)
        and (one.family == "bass") == (was.family == "bass" and was.is_drums)
        and key != old
    ]
    return random.choice(able)


def _distance(one: str, other: str) -> float:
    if other not in MOODS:
        return 0.0
    a, b = MOODS[one], MOODS[other]
    axes = ("valence", "arousal", "tension", "warmth")
    return float(sum((getattr(a, x) - getattr(b, x)) ** 2 for x in axes) ** 0.5)


def _written(possible: Mapping[str, Any], seed: int) -> Text:
    """One caption of any language and register, by a seed."""
    random = Random(seed)
    words = lexicon(random.choice(LANGUAGES))
    register = random.choice(REGISTERS)
    if register == "negation" and "absent" not in possible:
        register = "sentence"
    caption = write_caption(possible, words, register, random)
    return Text(caption.text, statements_of(caption.states), caption.states)
