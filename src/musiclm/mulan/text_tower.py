"""A prompt in, a point on the unit sphere out: the text half of the joint embedding.

The network is BERT's: learned positions, each half of a layer normalised after its residual sum,
the mean over all real tokens as the sentence, then one linear map onto the sphere. With the
``wordpiece`` tokenizer the trained weights of MiniLM-L6 fit exactly (``minilm.py``); with the
``hashed`` one it needs no file and learns from nothing. Nothing here knows audio.
"""

import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from musiclm.errors import ConfigError
from musiclm.mulan.config import TextTowerConfig

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_PAD, _BEGIN, _END = 0, 1, 2
_N_MARKS = 3
# A token is rarely longer than this; cutting first keeps a megabyte of text harmless.
_CHARACTERS_PER_TOKEN = 40


class TextTokenizer:
    """Prompts to padded rows of token ids; one of two ways, as the configuration says.

    Upper and lower case are one, text beyond ``max_tokens`` is cut, and characters that are no
    valid Unicode become question marks instead of errors.
    """

    def __init__(self, config: TextTowerConfig, *, tokenizer_json: bytes | None = None) -> None:
        self.config = config
        self.json = tokenizer_json
        self._wordpiece = _read_wordpiece(config, tokenizer_json)

    def ids(self, text: str) -> list[int]:
        """Token ids of one prompt, begin and end marks included."""
        text = text.encode("utf-8", errors="replace").decode("utf-8")
        text = text[: self.config.max_tokens * _CHARACTERS_PER_TOKEN]
        if self._wordpiece is not None:
            return list(self._wordpiece.encode(text).ids)
        words = re.findall(r"\w+", text.lower())[: self.config.max_tokens - 2]
        rows = self.config.vocab_size - _N_MARKS
        # CRC-32, not ``hash``: the same word must find the same row in every process.
        return [_BEGIN, *(_N_MARKS + zlib.crc32(word.encode()) % rows for word in words), _END]

    def __call__(self, texts: Sequence[str]) -> tuple[Int[Tensor, "B S"], Bool[Tensor, "B S"]]:
        """Ids padded to the longest prompt, and which of them are real tokens."""
        rows = [self.ids(text) for text in texts]
        longest = max(len(row) for row in rows)
        ids = torch.full((len(rows), longest), _PAD, dtype=torch.int64)
        real = torch.zeros(len(rows), longest, dtype=torch.bool)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = torch.tensor(row)
            real[index, : len(row)] = True
        return ids, real


class TextTower(nn.Module):
    """Token ids to unit vectors; padding does not change the result."""

    def __init__(self, config: TextTowerConfig, *, joint_dim: int) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Embedding(config.max_tokens, config.dim)
        # BERT's epsilon: the trained weights expect it.
        self.norm = nn.LayerNorm(config.dim, eps=1e-12)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.dim,
                config.n_heads,
                config.ff_dim,
                dropout=0.0,
                activation="gelu",
                layer_norm_eps=1e-12,
                batch_first=True,
                norm_first=False,
            )
            for _ in range(config.depth)
        )
        self.adapters = nn.ModuleList(
            Adapter(config.dim, config.adapter_dim)
            for _ in range(config.depth if config.adapter_dim else 0)
        )
        self.project = _projection(config, joint_dim)
        if not self.words.weight.is_meta:
            nn.init.normal_(self.words.weight, std=0.02)
            nn.init.normal_(self.positions.weight, std=0.02)

    def sentence(self, ids: Int[Tensor, "B S"], real: Bool[Tensor, "B S"]) -> Float[Tensor, "B D"]:
        """Mean of the last layer over real tokens: what MiniLM calls the sentence embedding."""
        steps = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.norm(self.words(ids) + self.positions(steps))
        for number, layer in enumerate(self.layers):
            hidden = layer(hidden, src_key_padding_mask=~real)
            if self.adapters:
                hidden = self.adapters[number](hidden)
        weights = real.unsqueeze(-1).to(hidden.dtype)
        mean: Tensor = (hidden * weights).sum(1) / weights.sum(1)
        return mean

    def forward(self, ids: Int[Tensor, "B S"], real: Bool[Tensor, "B S"]) -> Float[Tensor, "B D"]:
        """Unit vectors in the joint space."""
        return self.onto_sphere(self.sentence(ids, real))

    def onto_sphere(self, sentences: Float[Tensor, "B D"]) -> Float[Tensor, "B J"]:
        """Sentence embeddings to unit vectors in the joint space."""
        return functional.normalize(self.project(sentences).float(), dim=-1)


class Adapter(nn.Module):
    """A narrow residual network that begins as nothing."""

    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        self.down = nn.Linear(dim, inner)
        self.up = nn.Linear(inner, dim)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, hidden: Float[Tensor, "B S D"]) -> Float[Tensor, "B S D"]:
        """Add what the narrow network makes of each position."""
        changed: Tensor = hidden + self.up(functional.gelu(self.down(hidden)))
        return changed


def _projection(config: TextTowerConfig, joint_dim: int) -> nn.Module:
    if not config.project_dim:
        return nn.Linear(config.dim, joint_dim, bias=False)
    return nn.Sequential(
        nn.Linear(config.dim, config.project_dim),
        nn.GELU(),
        nn.Linear(config.project_dim, joint_dim, bias=False),
    )


def _read_wordpiece(config: TextTowerConfig, tokenizer_json: bytes | None) -> "Tokenizer | None":
    """The ``tokenizers`` object of the artifact, cut at ``max_tokens`` and without padding."""
    if config.tokenizer == "hashed":
        return None
    if tokenizer_json is None:
        raise ConfigError(
            'the "wordpiece" tokenizer needs the bytes of a tokenizer.json, got none: load the '
            'model from its artifact, or use tokenizer = "hashed"'
        )
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(tokenizer_json.decode("utf-8"))
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ConfigError(
            f"tokenizer.json has {tokenizer.get_vocab_size()} tokens but the text tower only "
            f"{config.vocab_size} rows: use the tokenizer that the tower was trained with"
        )
    tokenizer.enable_truncation(config.max_tokens)
    tokenizer.no_padding()
    return tokenizer
