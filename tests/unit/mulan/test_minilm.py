"""MiniLM is needed for training only, so these tests are skipped where it is not installed."""

import importlib.util
from pathlib import Path

import pytest
import torch

from musiclm.config import replace
from musiclm.errors import ArtifactError, ConfigError
from musiclm.mulan import minilm
from musiclm.mulan.config import SMALL, TINY
from musiclm.mulan.text_tower import TextTokenizer, TextTower

installed = pytest.mark.skipif(
    importlib.util.find_spec(minilm.PACKAGE) is None, reason="MiniLM is not installed"
)


@installed
def test_wordpiece_cuts_and_never_fails() -> None:
    tokenizer = TextTokenizer(SMALL.text, tokenizer_json=minilm.read_tokenizer())
    assert tokenizer.ids("Calm PIANO") == [101, 5475, 3682, 102]
    for text in ("", "\ud800", "🎹 été", "x " * 9000):
        assert 2 <= len(tokenizer.ids(text)) <= 128


@installed
def test_altered_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="should have SHA-256 53aa51172d142c89"):
        minilm.load_minilm(TextTower(TINY.text, joint_dim=8), tmp_path)


@installed
def test_another_shape_is_refused() -> None:
    with pytest.raises(ConfigError, match="MiniLM-L6 fits vocab_size=30522"):
        minilm.load_minilm(TextTower(TINY.text, joint_dim=8))


@installed
def test_synonyms_are_nearer_than_strangers() -> None:
    torch.manual_seed(0)
    tower = TextTower(SMALL.text, joint_dim=8).eval()
    minilm.load_minilm(tower)
    tokenizer = TextTokenizer(SMALL.text, tokenizer_json=minilm.read_tokenizer())
    with torch.no_grad():
        vectors = tower.sentence(
            *tokenizer(["a sad song for a funeral", "mournful music", "a happy dance party"])
        )
    near, far = torch.cosine_similarity(vectors[:1], vectors[1:])
    assert near > far + 0.1


@installed
def test_a_tower_of_three_layers_takes_every_second_one() -> None:
    torch.manual_seed(0)
    whole = TextTower(SMALL.text, joint_dim=8)
    half = TextTower(replace(SMALL.text, depth=3, adapter_dim=8), joint_dim=8)
    own = {name: p.detach().clone() for name, p in half.named_parameters()}
    for tower in (whole, half):
        minilm.load_minilm(tower)
    for layer, origin in enumerate((1, 3, 5)):
        for name, weight in half.layers[layer].state_dict().items():
            assert torch.equal(weight, whole.layers[origin].state_dict()[name]), name
    assert torch.equal(half.words.weight, whole.words.weight)
    # Projection and adapters are ours: nothing is loaded into them.
    for name, parameter in half.named_parameters():
        assert torch.equal(parameter, own[name]) == name.startswith(("project.", "adapters."))


@installed
def test_more_layers_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match="depth <= 6"):
        minilm.load_minilm(TextTower(replace(SMALL.text, depth=7), joint_dim=8))


def test_a_table_smaller_than_the_vocabulary_is_refused() -> None:
    pytest.importorskip("tokenizers")
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    words = {f"w{index}": index for index in range(100)}
    content = Tokenizer(WordLevel(words)).to_str().encode()
    config = replace(TINY.text, tokenizer="wordpiece", vocab_size=50)
    with pytest.raises(ConfigError, match="has 100 tokens but the text tower only 50 rows"):
        TextTokenizer(config, tokenizer_json=content)
