"""Prompts that no training saw: from pieces composed for this purpose only, in wording of its own.

``held_out_prompts`` composes pieces under seeds that no corpus uses, never renders them, and says
their facts in templates that the caption writer does not have, so a model cannot know the
sentence or the piece; it can only have learned what the words mean. ``SHOWCASE`` is twenty
sentences as people write them, ten English and ten French, for listening.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musiclm.corpus.captions import lexicon
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import Facts, facts_of
from musiclm.errors import ConfigError
from musiclm.evaluate.judge_data import labels_of

HELD_OUT_SEED = 7_300_000_000
"""Far above the 32-bit seeds from which corpora compose."""


@dataclass(frozen=True, slots=True)
class HeldOutPrompt:
    """A sentence and what it asks for."""

    text: str
    language: str  # "en" or "fr"
    labels: dict[str, str]  # attribute of the judge to the answer that the sentence asks for


SHOWCASE: tuple[tuple[str, str], ...] = (
    ("en", "A gentle solo piano ballad, slow and wistful, no drums"),
    ("fr", "jazz mélancolique au piano et basse douce"),
    ("en", "Fast swing jazz trio with walking bass and brushes"),
    ("fr", "Du rock énergique avec guitare saturée et batterie puissante"),
    ("en", "Four-on-the-floor house music with a bright synth lead, 124 bpm"),
    ("fr", "De longues nappes d'ambient, calmes et sombres, sans batterie"),
    ("en", "A cheerful string quartet in G major"),
    ("fr", "Une bossa nova douce à la guitare classique"),
    ("en", "Groovy funk with slap bass, brass section and tight drums"),
    ("fr", "Musique de vieux jeu vidéo, rapide et joyeuse, sons 8 bits"),
    ("en", "An epic orchestral film cue with horns and timpani, growing louder"),
    ("fr", "Un blues lent à la guitare électrique"),
    ("en", "A lullaby on a music box, very quiet and slow"),
    ("fr", "Techno sombre et répétitive à 130 bpm"),
    ("en", "Celtic dance with flute and fiddle, lively"),
    ("fr", "Une ballade folk à la guitare acoustique"),
    ("en", "Retro synthwave with a pulsing synth bass and electronic drums"),
    ("fr", "Une pièce solennelle pour orgue d'église"),
    ("en", "Relaxed lofi hip hop with electric piano"),
    ("fr", "Une valse élégante pour orchestre à cordes"),
)

_TEMPO = {
    "en": {"slow": "slow", "medium": "mid-tempo", "fast": "fast"},
    "fr": {"slow": "lent", "medium": "modéré", "fast": "rapide"},
}
_DRUMS = {
    "en": {"drums": ("drums included", "drums playing"), "no drums": ("drumless", "zero drums")},
    "fr": {
        "drums": ("la batterie joue", "on entend la batterie"),
        "no drums": ("pas de batterie", "aucune percussion"),
    },
}
_TEMPLATES = {
    "en": (
        "Please play me something: {style}, {tempo}, {lead} carrying the tune, {drums}",
        "{lead} in front. Genre is {style}. Speed is {tempo} ({bpm} bpm). {drums}.",
        "Could we have {tempo} {style}, {drums}, where the {lead} is the star?",
        "style={style}; tempo={tempo}; main instrument={lead}; {drums}",
    ),
    "fr": (
        "Joue-moi quelque chose : {style}, tempo {tempo}, {lead} en vedette, {drums}",
        "Instrument principal : {lead}. Genre : {style}. Vitesse : {tempo} ({bpm} bpm) ; {drums}.",
        "Je voudrais entendre ceci : {style}, {drums}, un tempo {tempo}, et surtout {lead}",
        "genre={style} ; tempo={tempo} ; soliste={lead} ; {drums}",
    ),
}


def held_out_prompts(n_prompts: int, *, seed: int = 0) -> list[HeldOutPrompt]:
    """Sentences over all styles in turn, English and French in equal parts.

    Args:
        n_prompts: How many; at least twice the number of styles covers each in both languages.
        seed: Another seed, other pieces and wordings.

    Raises:
        ConfigError: Fewer than one prompt.

    Example:
        >>> first = held_out_prompts(3)
        >>> [prompt.language for prompt in first]
        ['en', 'fr', 'en']
        >>> first == held_out_prompts(3)
        True
    """
    if n_prompts < 1:
        raise ConfigError(f"at least one prompt is needed, got {n_prompts}")
    prompts = []
    for index in range(n_prompts):
        style, language = turn(index, sorted(STYLES))
        score = compose(style, seed=HELD_OUT_SEED + 1_000_003 * seed + index, seconds=25.0)
        facts = facts_of(score)
        rng = np.random.default_rng([seed, index])
        prompts.append(
            HeldOutPrompt(wording(facts, language, rng), language, labels_of(dict(facts)))
        )
    return prompts


def turn(index: int, styles: Sequence[str]) -> tuple[str, str]:
    """Style and language of a prompt: both change each time, and the pairing with each round.

    Example:
        >>> [turn(index, ["house", "rock"]) for index in range(4)]
        [('house', 'en'), ('rock', 'fr'), ('house', 'fr'), ('rock', 'en')]
    """
    around, place = divmod(index, len(styles))
    return styles[place], ("en", "fr")[(place + around) % 2]


def wording(facts: Facts, language: str, rng: np.random.Generator) -> str:
    """Style, tempo, lead and drums in one sentence of this module's own templates."""
    template = _TEMPLATES[language][int(rng.integers(len(_TEMPLATES[language])))]
    drums = _DRUMS[language]["drums" if facts.drums else "no drums"]
    text = template.format(
        style=style_name(facts.style, language),
        tempo=_TEMPO[language][facts.tempo_class],
        bpm=facts.tempo_bpm,
        lead=lexicon(language).name("instrument", facts.lead),
        drums=drums[int(rng.integers(len(drums)))],
    )
    return text[0].upper() + text[1:]


def style_name(style: str, language: str) -> str:
    """A style in words: its key with spaces in English, its plainest name in other languages.

    Example:
        >>> style_name("string_quartet", "fr")
        'musique pour quatuor à cordes'
    """
    plain = style.replace("_", " ")
    return plain if language == "en" else lexicon(language).name("style", plain)
