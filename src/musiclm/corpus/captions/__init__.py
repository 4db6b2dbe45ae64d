"""Facts of a piece in, captions out: six languages, eight registers, and what each text states."""

from musiclm.corpus.captions.lexicon import LANGUAGES, REGISTERS, lexicon, lexicon_counts
from musiclm.corpus.captions.timed import timed_captions
from musiclm.corpus.captions.write import Caption, captions_of

__all__ = [
    "LANGUAGES",
    "REGISTERS",
    "Caption",
    "captions_of",
    "lexicon",
    "lexicon_counts",
    "timed_captions",
]
