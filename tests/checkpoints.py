"""MusicGen checkpoints with random weights, as transformers writes them: tiny, or of real size."""

from musiclm.acoustic.random_checkpoint import SIZES, WORDS, write_musicgen

__all__ = ["SMALL", "WORDS", "write_musicgen"]

SMALL = SIZES["small"]
"""Sizes of the language model of facebook/musicgen-small."""
