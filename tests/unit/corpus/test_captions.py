import numpy as np

from musiclm.corpus.captions import captions_of
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import facts_of


def test_captions_in_both_languages() -> None:
    facts = facts_of(compose("waltz", seed=1, seconds=30))
    captions = captions_of(facts, np.random.default_rng(0), n=12, languages=("en", "fr"))
    assert len({caption.text for caption in captions}) == 12
    assert {caption.language for caption in captions} == {"en", "fr"}
