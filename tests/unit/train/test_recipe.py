"""Recipes: overrides, faults, limits, and what is written beside a result."""

import json
from pathlib import Path

import pytest

from musiclm.errors import ConfigError
from musiclm.train.recipe import (
    StageRecipe,
    TokensRecipe,
    apply_overrides,
    limits_of,
    load_recipe,
    recipe_hash,
    write_resolved,
)


def test_overrides_are_typed_by_the_recipe() -> None:
    recipe = load_recipe(
        "tiny", "acoustic", ["batch_size=3", "learning_rate=1", "optimizer=adamw", "stage.top_k=9"]
    )
    assert isinstance(recipe, StageRecipe)
    assert (recipe.batch_size, recipe.learning_rate, recipe.optimizer) == (3, 1.0, "adamw")
    assert recipe.stage == {"top_k": 9}
    with pytest.raises(ConfigError) as caught:
        load_recipe("tiny", "acoustic", ["batch_size=many", "decay=7", "speed=fast"])
    message = str(caught.value)
    assert "tiny/acoustic.toml with --set has 3 fault(s)" in message
    for part in ("batch_size: ", "decay: ", "speed: "):
        assert part in message


def test_override_values_are_toml_or_plain_text() -> None:
    values = apply_overrides(
        {"a": {"b": 1}}, ["a.b=[1, 2]", "c=x y", 'd="7"', "e=true", "f.g.h=1e-3"]
    )
    assert values == {
        "a": {"b": [1, 2]}, "c": "x y", "d": "7", "e": True, "f": {"g": {"h": 0.001}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("batch_size", "is no key=value: write for example --set batch_size=8"),
        ("=3", "is no key=value"),
        ("a..b=3", "is no key=value"),
        ("seed.x=3", '"seed" is no table'),
    ],
)
def test_wrong_overrides_are_explained(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply_overrides({"seed": 1}, [override])


def test_unknown_names_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no stage "chorus": choose one of corpus, codec, mulan'):
        load_recipe("tiny", "chorus")
    with pytest.raises(ConfigError, match='no recipe "huge": use paper, small, tiny, or the path'):
        load_recipe("huge", "tokens")
    with pytest.raises(ConfigError, match=r"no file .*tokens\.toml"):
        load_recipe(tmp_path, "tokens")


def test_a_folder_of_ones_own_works(tmp_path: Path) -> None:
    (tmp_path / "tokens.toml").write_text("extra_captions = 3")
    recipe = load_recipe(tmp_path, "tokens")
    assert recipe == TokensRecipe(extra_captions=3)
    (tmp_path / "tokens.toml").write_text("extra_captions = ")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load_recipe(tmp_path, "tokens")


def test_a_file_may_say_only_what_differs_from_its_base(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("batch_size = 2\nscale = 'tiny'\n[stage]\ntop_k = 1\nx = 2")
    changes = "base = 'one'\nlearning_rate = 0.5\nbatch_size = 3\n[stage]\ntop_k = 9"
    (tmp_path / "two.toml").write_text(changes)
    recipe = load_recipe(tmp_path / "two.toml", "acoustic", ["batch_size=4"])
    assert isinstance(recipe, StageRecipe)
    assert (recipe.batch_size, recipe.learning_rate, recipe.scale) == (4, 0.5, "tiny")
    assert recipe.stage == {"top_k": 9, "x": 2}
    (tmp_path / "three.toml").write_text("base = 'two'")
    with pytest.raises(ConfigError, match=r"which has a base itself: name 'one' instead"):
        load_recipe(tmp_path / "three.toml", "acoustic")
    (tmp_path / "four.toml").write_text("base = 'zero'")
    with pytest.raises(ConfigError, match=r"no file .*zero\.toml"):
        load_recipe(tmp_path / "four.toml", "acoustic")


def test_limits_given_win_over_the_recipe() -> None:
    recipe = StageRecipe(scale="tiny", batch_size=1, learning_rate=0.1, max_minutes=2.0)
    assert limits_of(recipe).max_seconds == 120.0
    given = limits_of(recipe, max_steps=5)
    assert (given.max_steps, given.max_seconds) == (5, None)
    endless = StageRecipe(scale="tiny", batch_size=1, learning_rate=0.1)
    with pytest.raises(ConfigError, match="sets no end: give --max-steps or --budget"):
        limits_of(endless)


def test_what_was_used_is_written_and_a_run_keeps_its_recipe(tmp_path: Path) -> None:
    recipe = StageRecipe(scale="tiny", batch_size=1, learning_rate=0.1, max_steps=7)
    write_resolved(tmp_path, "acoustic", "tiny", recipe, limits_of(recipe))
    written = json.loads((tmp_path / "recipe.resolved.json").read_text())
    assert written["recipe"]["ema_decay"] == recipe.ema_decay  # Defaults too.
    assert written["limits"] == {"max_steps": 7, "max_seconds": None}
    assert {"version", "commit", "torch", "device", "threads", "recipe_hash"} <= written.keys()

    longer = StageRecipe(scale="tiny", batch_size=1, learning_rate=0.1, max_steps=70)
    write_resolved(tmp_path, "acoustic", "tiny", longer, limits_of(longer))
    other = StageRecipe(scale="tiny", batch_size=2, learning_rate=0.2, max_steps=7)
    with pytest.raises(ConfigError, match=r"begun with other settings \(batch_size, learning_rate"):
        write_resolved(tmp_path, "acoustic", "tiny", other, limits_of(other))
    with pytest.raises(ConfigError, match=r"begun with other settings \(stage acoustic\)"):
        write_resolved(tmp_path, "coarse", "tiny", longer, limits_of(longer))


def test_the_hash_follows_every_setting() -> None:
    one, other = TokensRecipe(), TokensRecipe(seed=1)
    assert recipe_hash(one) == recipe_hash(TokensRecipe())
    assert recipe_hash(one) != recipe_hash(other)


def test_a_run_may_go_on_elsewhere(tmp_path: Path) -> None:
    for settings in (["device=cuda", "threads=4"], ["device=cpu", "threads=1"]):
        write_resolved(tmp_path, "codec", "tiny", load_recipe("tiny", "codec", settings))
    written = json.loads((tmp_path / "recipe.resolved.json").read_text(encoding="utf-8"))
    assert (written["device"], written["processes"]) == ("cpu", 1)
    with pytest.raises(ConfigError, match="begun with other settings \\(seed\\)"):
        write_resolved(tmp_path, "codec", "tiny", load_recipe("tiny", "codec", ["seed=3"]))
