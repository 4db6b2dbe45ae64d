"""From a config to the model that it describes."""

from musiclm.lm.config import LMConfig
from musiclm.lm.delay_lm import DelayLM
from musiclm.lm.loss import TokenLM
from musiclm.lm.masked_lm import MaskedLM
from musiclm.lm.prefix_lm import PrefixLM


def build_lm(config: LMConfig) -> TokenLM:
    """A freshly initialised model; seed PyTorch's global generator before, for the same weights."""
    if config.kind == "prefix":
        return PrefixLM(config)
    if config.kind == "delay":
        return DelayLM(config)
    return MaskedLM(config)
