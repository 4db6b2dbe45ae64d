"""Tokens in, slow, medium or fast out: a tempo without a number."""

from collections.abc import Sequence

from musiclm.prompt.negation import Denial
from musiclm.prompt.text import Tokens
from musiclm.prompt.words import table

# English speed, but German "almost".
_GERMAN_TOO = "fast"


def pace_of(tokens: Tokens, denied: Sequence[Denial], *, language: str | None) -> str | None:
    """The pace that a text names; none where it names none, two, or denies it ("not too fast").

    Args:
        tokens: The text.
        denied: What it denies.
        language: Of the text, as far as it is known.
    """
    paces = table("pace")
    said: set[str] = set()
    index = 0
    while index < len(tokens.words):
        found = paces.at(tokens, index)
        if found is None or (tokens.word(index) == _GERMAN_TOO and language == "de"):
            index += 1
            continue
        if not any(denial.first <= index < denial.after for denial in denied):
            said.add(found.key)
        index += found.size
    return said.pop() if len(said) == 1 else None
