import pytest
import torch

from musiclm.config import replace
from musiclm.errors import ConfigError
from musiclm.mulan.config import TINY, TextTowerConfig
from musiclm.mulan.text_tower import TextTokenizer, TextTower

PROMPTS = ["calm piano", "a fast waltz with a very loud accordion"]


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


def test_adapters_begin_as_nothing_and_then_change_every_layer(tower: TextTower) -> None:
    adapted = TextTower(replace(TINY.text, adapter_dim=8), joint_dim=TINY.dim).eval()
    missing, unexpected = adapted.load_state_dict(tower.state_dict(), strict=False)
    assert not unexpected
    assert {name.split(".")[0] for name in missing} == {"adapters"}
    assert len(adapted.adapters) == TINY.text.depth == 2
    ids, real = TextTokenizer(TINY.text)(PROMPTS)
    with torch.no_grad():
        before = tower(ids, real)
        assert torch.equal(adapted(ids, real), before)
        for adapter in adapted.adapters:
            adapter.up.weight.normal_()  # type: ignore[union-attr, operator]
            after = adapted(ids, real)
            assert (after - before).norm() > 1e-2
            before = after


def test_a_map_with_a_hidden_layer_ends_on_the_sphere(tower: TextTower) -> None:
    bent = TextTower(replace(TINY.text, project_dim=24), joint_dim=TINY.dim).eval()
    sentences = torch.randn(3, TINY.text.dim)
    with torch.no_grad():
        for one in (tower, bent):
            points = one.onto_sphere(sentences)
            assert points.shape == (3, TINY.dim)
            torch.testing.assert_close(points.norm(dim=-1), torch.ones(3))
            ids, real = TextTokenizer(TINY.text)(PROMPTS)
            assert torch.equal(one(ids, real), one.onto_sphere(one.sentence(ids, real)))
        # A linear map sends the opposite of a sentence to the opposite point, another does not.
        torch.testing.assert_close(tower.onto_sphere(-sentences), -tower.onto_sphere(sentences))
        assert (bent.onto_sphere(-sentences) + bent.onto_sphere(sentences)).norm() > 1e-2
