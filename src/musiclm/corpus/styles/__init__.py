"""Styles of music as data: one file a family, shared building blocks in the underscored files."""

from musiclm.corpus.styles.acoustic import ACOUSTIC
from musiclm.corpus.styles.chill import CHILL
from musiclm.corpus.styles.electronic import ELECTRONIC
from musiclm.corpus.styles.groove import GROOVE_FAMILY
from musiclm.corpus.styles.jazz import JAZZ_FAMILY
from musiclm.corpus.styles.orchestral import ORCHESTRAL
from musiclm.corpus.styles.rock import ROCK_FAMILY

FAMILIES = (
    ACOUSTIC,
    JAZZ_FAMILY,
    ROCK_FAMILY,
    GROOVE_FAMILY,
    ELECTRONIC,
    CHILL,
    ORCHESTRAL,
)
