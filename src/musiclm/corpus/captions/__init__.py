"""Facts of a piece in, captions out: English and French, from bare tags to whole sentences."""

from musiclm.corpus.captions.write import Caption, captions_of

__all__ = ["Caption", "captions_of"]
