"""Sentences in, the vectors of T5 that MusicGen attends to out.

The network and its tokenizer are those of transformers (extra ``hf``), with the weights that lie in
the MusicGen checkpoint. What the vectors are used for is the stage's business.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.acoustic.checkpoint import TOKENIZERS, Checkpoint, built_from
from musiclm.errors import ArtifactError

_SHARED = "shared.weight"
_AGAIN = "encoder.embed_tokens.weight"


class TextEncoder:
    """``vectors`` maps sentences to ``[B, M, F]``; rows of zeros where a sentence is shorter.

    State: none but the weights.
    """

    def __init__(self, network: Any, tokenizer: Any) -> None:
        self.network, self.tokenizer = network, tokenizer

    @classmethod
    def load(cls, checkpoint: Checkpoint) -> "TextEncoder":
        """The text encoder of a checkpoint, in float32.

        Raises:
            ArtifactError: Tensors or the tokenizer are missing or of another model.
        """
        from transformers import T5EncoderModel

        config = checkpoint.config.text_encoder
        with built_from(checkpoint.folder, "T5"):
            network: Any = T5EncoderModel(config)
        fill_t5(network, checkpoint.below("text_encoder."))
        return cls(network.eval(), _tokenizer(checkpoint.folder, n_words=config.vocab_size))

    @property
    def dim(self) -> int:
        """Features of a vector."""
        return int(self.network.config.hidden_size)

    @torch.no_grad()
    def vectors(self, texts: Sequence[str]) -> Float[Tensor, "B M F"]:
        """What T5 makes of each token; of an empty text nothing but zeros."""
        found = self.tokenizer(list(texts), padding=True, return_tensors="pt")
        mask = found["attention_mask"]
        hidden = self.network(input_ids=found["input_ids"], attention_mask=mask).last_hidden_state
        said = torch.tensor([bool(text.strip()) for text in texts])
        vectors: Tensor = hidden * (mask * said[:, None])[..., None]
        return vectors


def fill_t5(network: Any, tensors: Mapping[str, Tensor]) -> None:
    """Load tensors into a ``T5EncoderModel``, whose table of words may stand in a file twice.

    Raises:
        ArtifactError: Some are missing, unknown, or of other shapes.
    """
    given = dict(tensors)
    table = given.pop(_AGAIN, None)
    given.setdefault(_SHARED, table) if table is not None else None
    expected = {name: value for name, value in network.state_dict().items() if name != _AGAIN}
    for name, value in expected.items():
        if name not in given or given[name].shape != value.shape:
            got = list(given[name].shape) if name in given else "none"
            raise ArtifactError(
                f"the checkpoint's T5 should hold {name} {list(value.shape)}, got {got}: download "
                "it again"
            )
    if unknown := sorted(set(given) - set(expected)):
        raise ArtifactError(
            f"the checkpoint's T5 holds {unknown[0]}, which nothing uses: it is of another model"
        )
    network.load_state_dict({**given, _AGAIN: given[_SHARED]}, strict=False)


def _tokenizer(folder: Path, *, n_words: int) -> Any:
    from transformers import AutoTokenizer

    if not any((folder / name).exists() for name in TOKENIZERS):
        raise ArtifactError(
            f"{folder} holds no tokenizer ({' or '.join(TOKENIZERS)}): download the checkpoint "
            "with all its small files"
        )
    try:
        # Never code out of a folder: without the last word a checkpoint could ask for it.
        tokenizer: Any = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # Whatever a broken file makes of their parser.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ArtifactError(f"{folder}: the tokenizer cannot be read: {first:.200}") from None
    # Sentences of a batch are filled up, and every number must be one of T5's words.
    largest = max(tokenizer.get_vocab().values(), default=-1)
    if tokenizer.pad_token_id is None or not 0 <= largest < n_words:
        raise ArtifactError(
            f"{folder}: the tokenizer is of another model: it numbers its words up to {largest} "
            f"and its pad {tokenizer.pad_token_id}, T5 has {n_words} words"
        )
    return tokenizer
