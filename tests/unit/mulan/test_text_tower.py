import pytest
import torch

from musiclm.config import replace
from musiclm.errors import ConfigError
from musiclm.mulan.config import TINY, TextTowerConfig
from musiclm.mulan.text_tower import TextTokenizer, TextTower


@pytest.fixture
def tower() -> TextTower:
    torch.manual_seed(0)
    return TextTower(TINY.text, joint_dim=TINY.dim).eval()


def test_embeddings_have_unit_length(tower: TextTower) -> None:
    ids, real = TextTokenizer(TINY.text)(["calm piano", "fast drums and a loud guitar", ""])
    with torch.no_grad():
        torch.testing.assert_close(tower(ids, real).norm(dim=-1), torch.ones(3))


def test_padding_does_not_change_an_embedding(tower: TextTower) -> None:
    tokenizer = TextTokenizer(TINY.text)
    alone = tower(*tokenizer(["calm piano"]))
    beside = tower(*tokenizer(["calm piano", "a very long sentence about many instruments"]))
    torch.testing.assert_close(beside[:1], alone, atol=1e-6, rtol=1e-5)
    # What stands in padded cells does not matter either.
    ids, real = tokenizer(["calm piano", "a very long sentence about many instruments"])
    scrambled = torch.where(real, ids, torch.full_like(ids, 7))
    torch.testing.assert_close(tower(scrambled, real), beside)


def test_the_order_of_words_matters(tower: TextTower) -> None:
    tokenizer = TextTokenizer(TINY.text)
    one, other = tower(*tokenizer(["piano over drums", "drums over piano"]))
    assert (one - other).norm() > 1e-4


def test_upper_and_lower_case_are_one() -> None:
    tokenizer = TextTokenizer(TINY.text)
    assert tokenizer.ids("Calm PIANO") == tokenizer.ids("calm piano")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800 half a pair",
        "🎹🎻",
        "Élégie pour été",
        "\x00\x07",
        "wort " * 5000,
        "x" * 100_000,
    ],
)
def test_odd_text_gives_ids_inside_the_table(text: str) -> None:
    ids = TextTokenizer(TINY.text).ids(text)
    assert 2 <= len(ids) <= TINY.text.max_tokens
    assert all(0 <= number < TINY.text.vocab_size for number in ids)


def test_hashed_ids_are_the_same_in_every_process() -> None:
    # Python's own hash of strings changes with the process; these numbers must not.
    assert TextTokenizer(TINY.text).ids("calm piano") == [1, 1406, 1268, 2]


def test_wordpiece_without_its_file_says_what_to_do() -> None:
    config = replace(TINY.text, tokenizer="wordpiece")
    with pytest.raises(ConfigError, match=r"needs the bytes of a tokenizer\.json, got none"):
        TextTokenizer(config)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="n_heads=3 does not divide dim=64"):
        TextTowerConfig(n_heads=3)
