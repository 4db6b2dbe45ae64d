"""A text in, the styles and instruments that it names out, in any of six languages.

The names are those of the caption lexica that training may use: what is reserved for tests is not
read here either, so that a test in unheard words tests the model and not a dictionary. What a text
rules out must be gone before (``PromptFacts.positive``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from musiclm.corpus.captions.lexicon import LANGUAGES, lexicon
from musiclm.prompt.ensemble import family_of
from musiclm.prompt.text import Tokens, is_word, tokens_of
from musiclm.prompt.words import Phrase, Table, table

# German adjectives in every case; other languages have none inside their nouns.
_ENDINGS = ("e", "er", "es", "en", "em")
_ALONE = frozenset(
    "only just solo nur ausschließlich seulement uniquement solamente únicamente soltanto"
    " sólo só somente apenas".split()
)
_LIST = frozenset("instruments instrumente instrumentos strumenti".split())
# What may stand between "only" and the first that plays: "only these play: a piano".
_BETWEEN = frozenset(
    ": a an the these play un una uno une um uma ein eine einen der die das diese le la les"
    " el los las il lo i gli o os as".split()
)
# English styles that are also things, if an article stands before and no noun behind.
_THINGS = frozenset("house rock soul trap country metal drone punk".split())
_ARTICLES = frozenset("a an the this that my our your".split())
_GOES_ON = frozenset("of in at on by and or with for from to near over under that which".split())


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names; nothing where it names nothing."""

    styles: tuple[str, ...] = ()  # in the order of the text
    playing: tuple[str, ...] = ()  # instruments, or families where only that is said
    alone: bool = False  # nothing else plays: "only piano", "instruments: piano, bass"

    def joined(self, other: "Named") -> "Named":
        """With what another text names as well."""
        return Named(
            tuple(dict.fromkeys((*self.styles, *other.styles))),
            tuple(dict.fromkeys((*self.playing, *other.playing))),
            self.alone or other.alone,
        )


def names_in(text: str) -> Named:
    """Read what a text names.

    Example:
        >>> names_in("Un tango triste, instruments : violon et bandonéon")
        Named(styles=('tango',), playing=('violin', 'bandoneon'), alone=True)
        >>> names_in("rock organ and a choir")
        Named(styles=(), playing=('rock_organ', 'choir_aahs'), alone=False)
    """
    tokens = tokens_of(text)
    styles, playing, said = [], [], set[str]()
    index = 0
    while index < len(tokens.words):
        style = _table("style").at(tokens, index)
        player = _table("instrument").at(tokens, index)
        # "Rock organ" is no rock, and "string quartet" is more than strings.
        if player is not None and (style is None or player.size >= style.size):
            playing.append(player.key)
            said.add(_only(tokens, index))
            index += player.size
        elif style is not None:
            if not _is_thing(tokens, index, style.size):
                styles.append(style.key)
            index += style.size
        else:
            index += 1
    # A solo is one player's; "a solo cello and strings" excludes nobody.
    alone = "only" in said or ("solo" in said and len(set(playing)) == 1)
    return Named(tuple(dict.fromkeys(styles)), tuple(dict.fromkeys(playing)), alone)


def _is_thing(tokens: Tokens, first: int, size: int) -> bool:
    """Whether a word is the thing and not the music: "a haunted house", but not "a house beat"."""
    if size > 1 or tokens.word(first) not in _THINGS:
        return False
    articled = any(tokens.word(first - step) in _ARTICLES for step in (1, 2))
    after = tokens.word(first + 1)
    return articled and (not is_word(after) or after in _GOES_ON)


def _only(tokens: Tokens, first: int) -> str:
    """Whether what stands before an instrument excludes others: "only", "solo" or nothing."""
    if tokens.word(first - 1) == ":" and tokens.word(first - 2) in _LIST:
        return "only"
    if tokens.word(first) == "solo":
        return "solo"
    index = first - 1
    while tokens.raw(index).lower() in _BETWEEN:
        index -= 1
    word = tokens.raw(index).lower()
    if word == "solo" and index == first - 1:
        return "solo"
    return "only" if word in _ALONE else ""


@cache
def _table(section: str) -> Table:
    """All that styles or instruments are called, but for what may be two quite different things."""
    meant: dict[tuple[str, ...], dict[str, bool]] = {}
    for key, text, plain in _spoken(section):
        phrase = tuple(tokens_of(text).words)
        if len(phrase) == 1 and table("pace").holds(phrase[0]):
            continue  # "Un slow" is a ballad, but in English it says something else.
        if phrase and all(is_word(word) or word.isdecimal() or word == "&" for word in phrase):
            known = meant.setdefault(phrase, {})
            known[key] = known.get(key, False) or plain
    return Table(
        (phrase, Phrase(one, len(phrase), frozenset()))
        for phrase, keys in meant.items()
        if (one := _one(keys, section))
    )


def _spoken(section: str) -> Iterator[tuple[str, str, bool]]:
    """Every key, what it may be called, and whether that is its plainest name."""
    for language in LANGUAGES:
        words = lexicon(language)
        for key in words.keys(section):
            for place, noun in enumerate(words.phrases(section, key)):
                for text in _wordings(words.noun(noun).text):
                    yield key, text, place == 0
            if section == "style":  # and a piece of it: "a waltz" is not called "waltz music"
                for noun in words.phrases("piece", key):
                    for text in _wordings(words.noun(noun).text):
                        yield key, text, False


def _one(keys: Mapping[str, bool], section: str) -> str | None:
    """What a phrase means: the one key of which it is the plainest name, or what all share."""
    plainest = [key for key, plain in keys.items() if plain] or list(keys)
    if len(plainest) == 1:
        # A kit is called "drums" in every language, and so is any other.
        return "drums" if plainest[0] == "standard_kit" else plainest[0]
    families = {family_of(key) for key in keys} if section == "instrument" else set()
    return next(iter(families)) if len(families) == 1 else None


def _wordings(text: str) -> Iterator[str]:
    """A noun of a lexicon as it may be written, plurals included."""
    if "~" not in text and "+" not in text:
        yield from (text, f"{text}s")
        return
    for ending in _ENDINGS:
        yield text.replace("~", ending).replace("+", "")
        yield text.replace("~", ending).replace("+", "n")
