"""What a run consists of on either kind of machine, and what it remembers when it goes on."""

from pathlib import Path
from typing import Any

import pytest

from musiclm.errors import ConfigError
from musiclm.train.plan import (
    OPENING_SHARE,
    WAYS,
    Choices,
    Device,
    Part,
    choose,
    join_keys,
    keep_choices,
    key_of,
    mark_done,
    plan_parts,
    state_of,
)
from musiclm.train.recipe import CorpusRecipe


def parts_of(scale: str, choices: Choices, **given: Any) -> dict[str, Part]:
    _, parts = plan_parts(scale, choices=choices, **given)
    return {part.name: part for part in parts}


def keys_of(scale: str, choices: Choices) -> dict[str, str]:
    keys: dict[str, str] = {}
    for part in parts_of(scale, choices).values():
        keys[part.name] = key_of(part, keys)
    return keys


def test_a_gpu_takes_the_recipes_made_for_it() -> None:
    cpu, gpu = (parts_of("small", Choices(device=device)) for device in ("cpu", "cuda"))
    for name in ("codec", "semantic", "acoustic"):
        small, large = (dict(parts[name].recipe) for parts in (cpu, gpu))
        assert large["batch_size"] > small["batch_size"]
    # What is not said again is that of the base.
    assert dict(gpu["acoustic"].recipe)["levels"] == dict(cpu["acoustic"].recipe)["levels"]
    changed = parts_of("small", Choices(device="cuda"), overrides=["acoustic.batch_size=7"])
    assert dict(changed["acoustic"].recipe)["batch_size"] == 7
    # A scale without such files is the same everywhere.
    assert parts_of("tiny", Choices(device="cuda")) == parts_of("tiny", Choices())


def test_a_gpu_has_minutes_of_its_own() -> None:
    two_cores, _ = plan_parts("small")
    gpu, parts = plan_parts("small", choices=Choices(device="cuda", overlap=True))
    names = [*(part.name for part in parts), "report"]
    assert sum(gpu.minutes.get(name, 0.0) for name in names) == pytest.approx(30.0, abs=1.0)
    assert gpu.minutes["codec"] < two_cores.minutes["codec"]
    assert gpu.report_prompts == two_cores.report_prompts


def test_the_codec_begins_on_an_opening_of_the_corpus() -> None:
    parts = parts_of("small", Choices(overlap=True))
    assert list(parts)[:4] == ["opening", "corpus", "codec", "mulan"]
    assert [name for name, part in parts.items() if part.beside] == ["corpus"]
    assert parts["codec"].needs == ("opening",)
    assert parts["opening"].needs == parts["corpus"].needs == ()
    for name in ("mulan", "tokenizer", "tokens"):
        assert "corpus" in parts[name].needs
    opening, corpus = parts["opening"].recipe, parts["corpus"].recipe
    assert isinstance(opening, CorpusRecipe)
    assert isinstance(corpus, CorpusRecipe)
    assert opening.hours == pytest.approx(OPENING_SHARE * corpus.hours)
    assert (opening.seed, opening.sound) == (corpus.seed, corpus.sound)

    whole, overlapped = keys_of("small", Choices()), keys_of("small", Choices(overlap=True))
    # The corpus is the same, so what is made from it alone is too; the codec heard less of it.
    assert [whole[name] == overlapped[name] for name in ("corpus", "mulan", "tokenizer")] == [
        True, True, True,
    ]  # fmt: skip
    assert whole["codec"] != overlapped["codec"]
    assert whole["tokens"] != overlapped["tokens"]

    given = parts_of("small", Choices(overlap=True), with_corpus=False)
    assert "opening" not in given
    assert "corpus" not in given
    assert given["codec"].needs == ()


def test_without_a_semantic_stage_all_else_is_shared() -> None:
    ways = {way: parts_of("small", Choices(), overrides=[f"way={way}"]) for way in WAYS}
    assert list(ways["musicgen"]) == ["corpus", "codec", "mulan", "tokenizer", "tokens", "musicgen"]
    assert list(ways["delay"])[-2:] == ["semantic", "acoustic"]
    assert list(ways["hierarchy"])[-3:] == ["semantic", "coarse", "fine"]
    assert ways["musicgen"]["musicgen"].needs == ("tokens",)
    for name in ("corpus", "codec", "mulan", "tokenizer", "tokens"):
        assert ways["musicgen"][name] == ways["delay"][name]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_both_designs_have_the_same_time(device: Device) -> None:
    choices = Choices(device=device)
    for scale in ("tiny", "small"):
        recipe, _ = plan_parts(scale, choices=choices)
        hierarchy = recipe.minutes["semantic"] + recipe.minutes["acoustic"]
        assert recipe.minutes["musicgen"] == pytest.approx(hierarchy)
    parts = parts_of("small", choices)
    one = parts_of("small", choices, overrides=["way=musicgen"])["musicgen"]
    spent = [dict(each.recipe)["max_minutes"] for each in (parts["semantic"], parts["acoustic"])]
    assert dict(one.recipe)["max_minutes"] == sum(spent)
    # Else the same, so that what differs is the design.
    free = {"max_minutes"}
    settings = [
        {key: value for key, value in dict(each.recipe).items() if key not in free}
        for each in (one, parts["acoustic"])
    ]
    assert settings[0] == settings[1]


def hours_of(share: float, *overrides: str) -> float:
    recipe = parts_of("small", Choices(corpus_share=share), overrides=overrides)["corpus"].recipe
    assert isinstance(recipe, CorpusRecipe)
    return recipe.hours


def test_a_short_budget_makes_a_short_corpus() -> None:
    assert hours_of(1.0) == 30.0
    assert hours_of(0.25) == 7.5
    assert hours_of(0.001) == 0.5
    assert hours_of(0.25, "corpus.hours=3.0") == 3.0
    assert parts_of("tiny", Choices(corpus_share=0.01))["corpus"].recipe == (
        parts_of("tiny", Choices())["corpus"].recipe
    )


def test_a_run_keeps_what_it_began_with(tmp_path: Path) -> None:
    recipe, _ = plan_parts("small")
    names = ("corpus", "codec", "mulan", "tokenizer", "tokens", "semantic", "acoustic", "report")
    all_minutes = sum(recipe.minutes[name] for name in names)
    quarter = 15.0 * all_minutes
    begun = choose(tmp_path, "small", device="cpu", budget_seconds=quarter)
    assert (begun.device, begun.overlap) == ("cpu", False)
    assert begun.corpus_share == pytest.approx(0.25)
    assert list(tmp_path.iterdir()) == []
    keep_choices(tmp_path, begun)
    assert choose(tmp_path, "small", device="cuda", overlap="on") == begun
    (tmp_path / "plan.json").write_text('{"device": "tpu"}')
    with pytest.raises(ConfigError, match=r"plan\.json has 1 fault"):
        choose(tmp_path, "small", device="cpu")


def test_composing_overlaps_where_it_does_not_compete(tmp_path: Path) -> None:
    assert not choose(tmp_path, "tiny", device="cpu").overlap
    assert choose(tmp_path, "tiny", device="cuda").overlap
    assert choose(tmp_path, "tiny", device="cpu", overlap="on").overlap
    assert not choose(tmp_path, "tiny", device="cuda", overlap="off").overlap
    assert not choose(tmp_path, "tiny", device="cuda", with_corpus=False).overlap
    generous = choose(tmp_path, "tiny", device="cuda", budget_seconds=1e6)
    assert generous == Choices(device="cuda", overlap=True, corpus_share=1.0)
    # A run of a version that did not choose had the recipes of two cores and all of its corpus.
    (tmp_path / "corpus").mkdir()
    mark_done(tmp_path / "corpus", "key", 1.0)
    assert choose(tmp_path, "small", device="cuda", budget_seconds=60.0) == Choices()


def test_finished_parts_are_known_by_their_key(tmp_path: Path) -> None:
    assert state_of(tmp_path, "a") == "waiting"
    mark_done(tmp_path, "a", 1.26)
    assert state_of(tmp_path, "a") == "done"
    assert state_of(tmp_path, "b") == "other"
    (tmp_path / "done.json").write_text("{")
    assert state_of(tmp_path, "a") == "waiting"
    assert join_keys(["a", "b"]) != join_keys(["ab"])
