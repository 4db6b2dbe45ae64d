"""A text in, the language it is written in out, by frequent words and letters."""

from collections import defaultdict
from functools import cache

from musiclm.prompt.text import Tokens, folded, is_word, tokens_of
from musiclm.prompt.words import LANGUAGES, entries

OTHER = "other"
_LATIN_END = 0x250  # the last letter of Latin Extended-B, and one
_LATIN_MORE = range(0x1E00, 0x1F00)
_LETTERS = {
    "ß": "de", "ä": "de", "ö": "de", "ü": "de", "ñ": "es", "¿": "es", "¡": "es", "ã": "pt",
    "õ": "pt", "œ": "fr", "ê": "fr", "î": "fr", "û": "fr", "ì": "it", "ò": "it",
    **dict.fromkeys("łśźżąęćńěřůčžšđőűşğıøåæțșăđơưạảấầẩậắằếềểệọỏốồổộớờợụủứừựỳỵỷ", OTHER),
}  # fmt: skip
_ELIDED = "cdl"
_LETTER_WEIGHT = 0.6
_LEAST_SCORE = 0.9
_LEAST_LEAD = 0.25
_LEAST_OTHER = 1.8  # a warning follows, so it must be sure
_LONGEST = 20_000  # words: more tell nothing new


def guess_language(text: str) -> str | None:
    """The language of a text.

    Returns:
        One of the six that the model knows; ``other`` for a text mostly in another script, or
        clearly in another language; ``None`` where the text is too short to tell.

    Example:
        >>> guess_language("une valse lente avec du piano"), guess_language("jazz")
        ('fr', None)
    """
    return language_of(tokens_of(text))


def language_of(tokens: Tokens) -> str | None:
    """``guess_language`` of a text that is already cut into tokens."""
    latin, foreign = _scripts(tokens)
    if foreign > latin and foreign > 1:
        return OTHER
    scores = _scores(tokens)
    ranked = sorted(scores.items(), key=lambda item: -item[1])[:2]
    if not ranked or ranked[0][1] < _LEAST_SCORE:
        return None
    lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)
    if lead < _LEAST_LEAD:
        return None
    language = ranked[0][0]
    if language in LANGUAGES:
        return language
    ours = max(scores.get(name, 0.0) for name in LANGUAGES)
    return OTHER if ranked[0][1] >= max(_LEAST_OTHER, 1.5 * ours) else None


def unsupported_warning(text: str) -> str | None:
    """A sentence to show for a text in a language that the model does not know, else ``None``.

    Example:
        >>> unsupported_warning("une valse lente avec du piano") is None
        True
    """
    if guess_language(text) != OTHER:
        return None
    return (
        "the prompt does not look like English, French, Spanish, German, Italian or Portuguese: "
        "the model has learned only these, so say it in one of them"
    )


def _scripts(tokens: Tokens) -> tuple[int, int]:
    """Letters of Latin and of other scripts."""
    latin = foreign = 0
    for index, word in enumerate(tokens.words[:_LONGEST]):
        if is_word(word):
            code = ord(word[0])
            if code < _LATIN_END or code in _LATIN_MORE or 0xFF00 <= code < 0xFF60:
                latin += tokens.ends[index] - tokens.starts[index]
            else:
                foreign += tokens.ends[index] - tokens.starts[index]
    return latin, foreign


def _scores(tokens: Tokens) -> dict[str, float]:
    scores: dict[str, float] = defaultdict(float)
    common = _common()
    for index, word in enumerate(tokens.words[:_LONGEST]):
        raw = tokens.raw(index).lower() if len(word) < 20 else ""
        if len(raw) == 1 and raw in _ELIDED and tokens.between(index + 1) not in ("'", "’"):
            continue  # a note, not d'
        found = common.get(raw) or common.get(word)
        for language in found or ():
            scores[language] += 1 / len(found or ())
        for letter in set(raw) & _LETTERS.keys():
            scores[_LETTERS[letter]] += _LETTER_WEIGHT
    return scores


@cache
def _common() -> dict[str, tuple[str, ...]]:
    """Frequent words, as written and without accents, to the languages that have them."""
    found: dict[str, set[str]] = {}
    plain: dict[str, set[str]] = {}
    for language in (*LANGUAGES, OTHER):
        for section, key, word in entries(language):
            if section == "common":
                # Each foreign language counts for itself: a bit of many is none of them.
                name = key if language == OTHER else language
                found.setdefault(word.lower(), set()).add(name)
                plain.setdefault(folded(word), set()).add(name)
    return {word: tuple(sorted(names)) for word, names in {**plain, **found}.items()}
