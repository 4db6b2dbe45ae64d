"""How the levels of a codec divide into coarse and fine."""

from musiclm.tokens.stream import TokenStream


def n_coarse_levels(acoustic: TokenStream) -> int:
    """A third of the levels, at least one: MusicLM's 4 of 12.

    Example:
        >>> n_coarse_levels(TokenStream(name="acoustic", codebook_size=1024, n_q=12))
        4
    """
    return max(1, acoustic.n_q // 3)
