"""A language in, the words for each class of a question out: styles, moods, instruments, ...

Names come from the lexicon of the captions. A name that several classes share ("electric guitar")
tells none of them, so it is left out wherever a class has names of its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from musiclm.corpus.captions.lexicon import Lexicon, lexicon

Question = Literal["style", "instruments", "mood", "tempo", "drums", "mode"]
ClassTexts = Mapping[str, tuple[str, ...]]
"""Class -> wordings."""

TEMPO_BANDS = {
    "slow": ("very slow", "slow"),
    "medium": ("medium",),
    "fast": ("fast", "very fast"),
}
MODES = {"major": ("major",), "minor": ("minor", "harmonic minor", "melodic minor")}
"""Classes of keys and the modes that anybody would count among them."""

_MOST = 6
_NOTES = ("C", "D", "Eb", "E", "F", "G", "A", "Bb")


def class_texts(
    language: str,
    *,
    styles: Iterable[str],
    instruments: Iterable[str],
    moods: Iterable[str],
) -> dict[Question, ClassTexts]:
    """Wordings of every class of every question.

    Args:
        language: One of ``captions.LANGUAGES``.
        styles: Which styles there are to choose from.
        instruments: Which instrument keys.
        moods: Which moods.

    Example:
        >>> class_texts("en", styles=[], instruments=[], moods=[])["drums"]["no"][0]
        'no drums'
    """
    words = lexicon(language)
    own = words.noun
    return {
        "style": _distinct({key: _plain(words, "style", key) for key in styles}),
        "instruments": _distinct({key: _plain(words, "instrument", key) for key in instruments}),
        "mood": _distinct(
            {
                key: [words.adjective(p).base for p in words.all_phrases("mood", key)]
                + _plain(words, "feel", key)
                for key in moods
            }
        ),
        "tempo": {name: tuple(_tempo_words(words, bands)) for name, bands in TEMPO_BANDS.items()},
        "drums": {
            "yes": tuple(own(p).plain for p in words.all_phrases("drums", "any")),
            "no": words.all_phrases("absent", "drums"),
        },
        # Over many keys, so that what the wordings have in common is the mode.
        "mode": {
            name: tuple(
                phrase.replace("N", note, 1) if "N" in phrase else phrase.replace("n", note, 1)
                for phrase in words.all_phrases("mode", name)
                for note in (words.name("note", key) for key in _NOTES)
            )
            for name in MODES
        },
    }


def _plain(words: Lexicon, section: str, key: str) -> list[str]:
    return [words.noun(phrase).plain for phrase in words.all_phrases(section, key)]


def _tempo_words(words: Lexicon, bands: Iterable[str]) -> Iterable[str]:
    for band in bands:
        yield from (words.adjective(p).base for p in words.all_phrases("tempo", band))
        yield from words.all_phrases("tempo.tag", band)


def _distinct(names: Mapping[str, list[str]]) -> ClassTexts:
    """The first few names of each class that no other class has; without words the key itself."""
    shared = Counter(name.lower() for found in names.values() for name in {*found})
    kept: dict[str, tuple[str, ...]] = {}
    for key, found in names.items():
        own = [name for name in found if shared[name.lower()] == 1]
        kept[key] = tuple(own or found[:1] or [key.replace("_", " ")])[:_MOST]
    return kept
