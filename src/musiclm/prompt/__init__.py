"""A music prompt in, its hard facts out: tempo, key, metre, duration, what it rules out."""

from musiclm.prompt.facts import Negation, PromptFacts, Span
from musiclm.prompt.language import guess_language, unsupported_warning
from musiclm.prompt.metre import METRES
from musiclm.prompt.options import parse_key, reconcile
from musiclm.prompt.read import read_prompt

__all__ = [
    "METRES",
    "Negation",
    "PromptFacts",
    "Span",
    "guess_language",
    "parse_key",
    "read_prompt",
    "reconcile",
    "unsupported_warning",
]
