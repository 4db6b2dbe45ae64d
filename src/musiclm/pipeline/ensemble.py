"""A wish in, what the stages are told of style and players out.

What a wish names is told as it is. A style is told in any case: the one that is named, if the
joint space does not object, or else the one whose name lies nearest, of those that have the
instruments that are named.
"""

from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.corpus.compose import STYLES as COMPOSED
from musiclm.corpus.facts import ABSENTEES
from musiclm.mulan.model import Mulan
from musiclm.pipeline.wish import Wish
from musiclm.prompt.ensemble import FAMILIES, STYLES, ensemble_codes, family_of

_BELIEVED = 15
"""A style is meant, named or not, only if it is among so many nearest ones."""


# Of styles that are written by code of their own: in at least one of twelve pieces.
_WRITTEN = {
    "baroque": "flute organ piano reed strings",
    "horror": "brass choir drums mallet piano strings synth_pad",
    "impressionism": "brass flute mallet plucked reed strings",
    "lullaby": "choir flute guitar mallet plucked reed strings",
    "march": "brass drums flute",
    "minimalism": "mallet piano strings",
    "music box": "mallet",
    "orchestral film": "brass choir drums mallet strings",
    "romantic piano": "piano",
    "string quartet": "strings",
    "suspense": "brass drums mallet piano reed strings",
    "waltz": "brass drums flute reed strings",
}


class Ensembles:
    """Finds style and players of wishes; embeds the names of all styles once."""

    def __init__(self, mulan: Mulan) -> None:
        self._mulan = mulan
        self._styles: Float[Tensor, "n D"] | None = None

    def style(self, wish: Wish, point: Float[Tensor, " D"]) -> str:
        """The style of a wish.

        Args:
            wish: What is wanted.
            point: Where it lies, among texts.
        """
        nearest = self._nearest(point)
        meant = [name for name in wish.named.styles if name in nearest[:_BELIEVED]]
        if meant:
            return meant[0]
        # "Calm piano" may lie near koto music, which has no piano.
        named = {family_of(name) for name in playing_of(wish)}
        return min(nearest[:_BELIEVED], key=lambda name: len(named - families_of_style(name)))

    def codes(self, wish: Wish, point: Float[Tensor, " D"]) -> Int[Tensor, " K"]:
        """What the stages are told, one code a level of ``ENSEMBLE_STREAM``."""
        return ensemble_codes(
            style=self.style(wish, point), playing=playing_of(wish), resting=resting_of(wish)
        )

    def _nearest(self, point: Float[Tensor, " D"]) -> list[str]:
        """All styles, the nearest first, each seen from the middle of all texts."""
        if self._styles is None:
            self._styles = self._mulan.embed_text(list(STYLES)) - self._mulan.text_mean
        wanted = (point - self._mulan.text_mean)[None]
        order = torch.cosine_similarity(self._styles, wanted).argsort(descending=True)
        return [STYLES[place] for place in order.tolist()]


def playing_of(wish: Wish) -> tuple[str, ...]:
    """Instruments and families that a wish names, and that it does not rule out as well.

    Example:
        >>> from musiclm.pipeline.wish import wishes_of
        >>> playing_of(wishes_of("an oboe and a harp, no piano")[0])
        ('oboe', 'harp')
    """
    facts, absent = wish.facts, set(_families(wish.facts.absent))
    named = [*wish.named.playing, *(name for name in facts.present if name in FAMILIES)]
    return tuple(dict.fromkeys(name for name in named if family_of(name) not in absent))


def resting_of(wish: Wish) -> tuple[str, ...]:
    """Families that a wish rules out, or leaves out where it says who plays alone.

    Example:
        >>> from musiclm.pipeline.wish import wishes_of
        >>> resting_of(wishes_of("calm music without synths and drums")[0])
        ('synth_lead', 'synth_pad', 'drums')
    """
    absent = _families(wish.facts.absent)
    if not wish.named.alone:
        return absent
    playing = {family_of(name) for name in playing_of(wish)}
    return tuple(family for family in FAMILIES if family not in playing)


@cache
def families_of_style(style: str) -> frozenset[str]:
    """Families of instruments that play in a style.

    Example:
        >>> sorted(families_of_style("string quartet"))
        ['strings']
    """
    if style in _WRITTEN:
        return frozenset(_WRITTEN[style].split())
    blocks = COMPOSED[style]
    names = [name for layer in blocks.layers for name in layer.instruments]
    names += blocks.melody.instruments
    drums = {"drums"} if blocks.drums or blocks.percussion else set()
    return frozenset({family_of(name) for name in names} | drums)


def _families(groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(family for group in groups for family in ABSENTEES[group])
