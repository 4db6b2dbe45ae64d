"""A prompt in, what the model understands by it out: facts, nearest tags, words that count.

Everything is asked of the model's own text tower: which names of styles, moods and instruments lie
nearest to the prompt, and how far the embedding moves when a word is missing. Nothing here prints,
and no music is made.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from musiclm.corpus.captions.lexicon import LANGUAGES, Lexicon, lexicon
from musiclm.mulan.model import Mulan
from musiclm.pipeline.request import checked_prompt
from musiclm.prompt import (
    PromptFacts,
    Span,
    guess_language,
    read_prompt,
    reconcile,
    unsupported_warning,
)
from musiclm.prompt.facts import key_name
from musiclm.prompt.stream import prompt_tokens

Kind = Literal["style", "mood", "instrument"]
KINDS: tuple[Kind, ...] = ("style", "mood", "instrument")

N_NEAREST = 5
MOST_WORDS = 60
"""So many words are left out in turn: each costs one more pass of the text tower."""
N_DECISIVE = 3
IGNORED_BELOW = 0.06
"""A word counts as ignored if the embedding moves by less, as a share of its distance from the
mean prompt. In seven prompts to the small model of version 0.4, "to", "the" and "that" moved it by
1 to 7 %, words that name a style or an instrument by 9 to 99 %."""

_WORDINGS = 3  # of a tag, averaged: its plainest name alone may be an odd one out
_SHOWN = 40  # characters of what is cut off
_WORD = re.compile(r"\S*\w\S*")
_MARKS = ",.;:!?…\"'«»()[]{}“”„‘’*"


@dataclass(frozen=True, slots=True)
class Fact:
    """One hard fact, and where it came from."""

    kind: Literal["tempo", "key", "metre", "duration"]
    value: str  # "90 bpm", "D minor", "3/4", "90 s"
    said: tuple[str, ...]  # the words of the prompt it was read from; may be none
    from_option: bool  # an option, not the prompt, has the last word
    token: int | None  # its code in the facts stream; None: the stages get it as text only


@dataclass(frozen=True, slots=True)
class Denied:
    """One thing that the prompt rules out."""

    what: str  # "drums"
    said: str  # "no drums"
    family: bool  # a whole family of instruments that can be missing from a piece


@dataclass(frozen=True, slots=True)
class NearTag:
    """A style, mood or instrument near the prompt."""

    key: str  # in the lexicon: "church_organ"
    name: str  # in the language of the prompt
    cosine: float  # to the prompt, both without the mean of all prompts; -1 to 1
    deviations: float  # standard deviations above the mean cosine of all tags of its kind


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and what becomes of the embedding without it."""

    text: str  # without the punctuation around it
    start: int  # character offset in the prompt
    effect: float  # how far the embedding moves, as a share of its distance from the mean prompt
    fact: bool  # it belongs to a fact or a denial that was understood


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a prompt was understood to be."""

    prompt: str  # as the model reads it: composed Unicode, single spaces
    language: str | None  # one of six, "other", or None: too short to tell
    facts: tuple[Fact, ...]  # those that hold in the end
    denied: tuple[Denied, ...]
    absent: tuple[str, ...]  # families of instruments ruled out: "drums", "bass", ...
    warnings: tuple[str, ...]  # contradictions, absurd numbers, a foreign language, text cut off
    tag_language: str  # in which the tags are named
    nearest: Mapping[Kind, tuple[NearTag, ...]]  # the nearest first
    words: tuple[Word, ...]  # those that were left out in turn: the first sixty
    n_words: int  # of the prompt
    mulan_tokens: tuple[int, ...] | None  # None: the codebooks were never fitted
    facts_tokens: tuple[int, ...]  # tempo, key, metre, drums; 0 says nothing

    @property
    def decisive(self) -> tuple[Word, ...]:
        """The three words that move the embedding most; ignored ones are none of them."""
        moving = [word for word in self.words if word.effect >= IGNORED_BELOW]
        return tuple(sorted(moving, key=lambda word: -word.effect)[:N_DECISIVE])

    @property
    def ignored(self) -> tuple[Word, ...]:
        """Words that neither move the embedding nor carry a fact."""
        return tuple(w for w in self.words if w.effect < IGNORED_BELOW and not w.fact)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {
            "decisive": [asdict(word) for word in self.decisive],
            "ignored": [asdict(word) for word in self.ignored],
            "ignored_below": IGNORED_BELOW,
        }


def explain(
    prompt: str,
    mulan: Mulan,
    *,
    bpm: float | None = None,
    key: str | None = None,
    metre: str | None = None,
) -> Explanation:
    """Say what a prompt was understood to be.

    Args:
        prompt: What a user would give to ``generate``.
        mulan: The text tower is enough.
        bpm: Beats per minute; wins over the prompt, as do the next two.
        key: In any spelling that a prompt may have.
        metre: Such as ``"3/4"``.

    Raises:
        GenerationError: The prompt is empty, too long or broken, or an option is impossible.
    """
    text = checked_prompt(prompt)
    said = read_prompt(text)
    facts, contradictions = reconcile(said, bpm=bpm, key=key, metre=metre)
    language = guess_language(text)
    tag_language = language if language and language in LANGUAGES else "en"
    # Alone, as generate embeds it: in a batch the last bits would differ, and so might tokens.
    embedding = mulan.embed_text([text])
    codes = prompt_tokens(facts)
    warnings = (unsupported_warning(text), *said.warnings, *contradictions, _cut_off(text, mulan))
    fitted = bool(mulan.quantizer.ready)
    return Explanation(
        prompt=text,
        language=language,
        facts=_facts(facts, said.spans, codes, {"tempo": bpm, "key": key, "metre": metre}),
        denied=_denied(said),
        absent=facts.absent,
        warnings=tuple(warning for warning in warnings if warning),
        tag_language=tag_language,
        nearest=_nearest(embedding, mulan, lexicon(tag_language)),
        words=_words(text, embedding, mulan, said.spans),
        n_words=len(_WORD.findall(text)),
        mulan_tokens=tuple(mulan.tokens_from_embeddings(embedding, source="text")[0].tolist())
        if fitted
        else None,
        facts_tokens=codes,
    )


def _facts(
    facts: PromptFacts,
    spans: Sequence[Span],
    codes: Sequence[int],
    options: Mapping[str, float | str | None],
) -> tuple[Fact, ...]:
    """The facts that hold in the end, each with the words of the prompt about it."""
    tempo, tonality, metre, _ = codes
    values: tuple[tuple[Literal["tempo", "key", "metre", "duration"], str | None, int], ...] = (
        ("tempo", facts.pace if facts.tempo_bpm is None else f"{facts.tempo_bpm:g} bpm", tempo),
        ("key", key_name(facts.key, facts.mode), tonality),
        ("metre", facts.metre, metre),
        ("duration", None if facts.seconds is None else f"{facts.seconds:g} s", 0),
    )
    found = []
    for kind, value, code in values:
        if value:
            said = tuple(span.text for span in spans if span.kind == kind)
            # "In a minor key, in D" says a key in two places; of other facts the first counts.
            said = said if kind == "key" else said[:1]
            found.append(Fact(kind, value, said, options.get(kind) is not None, code or None))
    return tuple(found)


def _denied(facts: PromptFacts) -> tuple[Denied, ...]:
    families = {(span.start, span.end): span.kind == "absent" for span in facts.spans}
    stretches = {(span.start, span.end): span.text for span in facts.spans}
    return tuple(
        Denied(
            item.text,
            stretches.get((item.start, item.end), item.text),
            families.get((item.start, item.end), False),
        )
        for item in facts.negated
    )


def _nearest(
    embedding: Float[Tensor, "1 D"], mulan: Mulan, words: Lexicon
) -> dict[Kind, tuple[NearTag, ...]]:
    """The nearest tags of each kind."""
    wordings = {kind: tag_wordings(words, kind) for kind in KINDS}
    texts = [text for tags in wordings.values() for names in tags.values() for text in names]
    # Without the mean, which all prompts share and which would make every cosine high.
    embedded = iter((mulan.embed_text(texts) - mulan.text_mean).unbind())
    prompt = functional.normalize(embedding[0] - mulan.text_mean, dim=-1)
    nearest: dict[Kind, tuple[NearTag, ...]] = {}
    for kind, tags in wordings.items():
        cosines = {}
        for tag, names in tags.items():
            mean = torch.stack([next(embedded) for _ in names]).mean(0)
            cosines[tag] = float(prompt @ functional.normalize(mean, dim=-1))
        centre = sum(cosines.values()) / len(cosines)
        spread = (sum((c - centre) ** 2 for c in cosines.values()) / len(cosines)) ** 0.5
        first = sorted(cosines, key=lambda tag: -cosines[tag])[:N_NEAREST]
        nearest[kind] = tuple(
            NearTag(tag, tags[tag][0], cosines[tag], (cosines[tag] - centre) / (spread or 1.0))
            for tag in first
        )
    return nearest


def tag_wordings(words: Lexicon, kind: Kind) -> dict[str, tuple[str, ...]]:
    """Up to three wordings of each tag of a kind, its own name first.

    Example:
        >>> tag_wordings(lexicon("fr"), "instrument")["church_organ"][0]
        "orgue d'église"
    """
    found = {key: _wordings(words, kind, key) for key in words.keys(kind)}
    shared = Counter(text for texts in found.values() for text in texts)
    kept: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for key, texts in found.items():
        # Two moods may share their plainest word; a list that names it twice would puzzle.
        name = next((text for text in texts if text not in taken), texts[0])
        taken.add(name)
        own = [text for text in texts if text != name and shared[text] == 1]
        kept[key] = (name, *own)[:_WORDINGS]
    return kept


def _wordings(words: Lexicon, kind: Kind, key: str) -> list[str]:
    """Everything that a tag is called, the plainest first."""
    phrases = words.phrases(kind, key)
    if kind == "mood":
        found = [words.adjective(phrase).base for phrase in phrases]
    else:
        found = [words.noun(phrase).plain for phrase in phrases]
    return list(dict.fromkeys(found)) or [key.replace("_", " ")]


def _words(
    text: str, embedding: Float[Tensor, "1 D"], mulan: Mulan, spans: Sequence[Span]
) -> tuple[Word, ...]:
    """Leave each of the first words out in turn."""
    places = [match.span() for match in _WORD.finditer(text)][:MOST_WORDS]
    if not places:
        return ()
    without = [" ".join((text[:start] + text[end:]).split()) for start, end in places]
    moves = (mulan.embed_text(without) - embedding).norm(dim=-1)
    distance = float((embedding - mulan.text_mean).norm())
    words = []
    for (start, end), move in zip(places, moves.tolist(), strict=True):
        chunk = text[start:end]
        bare = chunk.strip(_MARKS) or chunk
        fact = any(span.start < end and start < span.end for span in spans)
        words.append(Word(bare, start + chunk.find(bare), move / max(distance, 1e-9), fact))
    return tuple(words)


def _cut_off(text: str, mulan: Mulan) -> str | None:
    """A warning if the text tower does not read to the end."""
    ids = mulan.tokenizer.ids(text)
    if len(ids) < mulan.tokenizer.config.max_tokens:
        return None
    # The shortest beginning that gives the same tokens is all that is read. Not by words, because
    # not every script parts them.
    n_read = bisect_left(range(len(text)), True, key=lambda n: mulan.tokenizer.ids(text[:n]) == ids)
    rest = text[n_read:].strip()
    if not _WORD.search(rest):
        return None
    shown = rest if len(rest) <= _SHOWN else rest[: _SHOWN - 3] + "..."
    return f'the model does not hear the prompt from "{shown}" on: shorten it'
