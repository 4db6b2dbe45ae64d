"""A stage that begins from another one's weights, whatever its conditions were."""

from pathlib import Path

import pytest
import torch

from factories import ACOUSTIC, MULAN, SEMANTIC, tiny_stage
from musiclm.errors import ArtifactError, ConfigError
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.train.stage import take_weights


def test_weights_follow_the_names_of_streams(tmp_path: Path) -> None:
    before = tiny_stage("acoustic", ACOUSTIC, (MULAN, SEMANTIC), kind="delay", seed=1)
    before.save(tmp_path / "before")
    later = tiny_stage("acoustic", ACOUSTIC, (FACTS_STREAM, MULAN, SEMANTIC), kind="delay", seed=2)
    config, model = later.config, later.model
    fresh = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert take_weights(model, config, tmp_path / "before") == len(before.model.state_dict())
    after, known = model.state_dict(), before.model.state_dict()
    for old, new in (("0", "1"), ("1", "2")):
        for name in (name for name in known if name.startswith(f"conditions.{old}.")):
            moved = f"conditions.{new}." + name.split(".", 2)[2]
            assert torch.equal(after[moved], known[name]), moved
    facts = [name for name in after if name.startswith("conditions.0.")]
    assert facts
    assert all(torch.equal(after[name], fresh[name]) for name in facts), "nobody knows facts yet"
    assert torch.equal(after["heads.linear.weight"], known["heads.linear.weight"])


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    stage = tiny_stage("semantic", SEMANTIC, (MULAN,), seed=1)
    stage.save(tmp_path / "semantic")
    other = tiny_stage("acoustic", ACOUSTIC, (), kind="delay", seed=2)
    model = torch.nn.Linear(3, 5)
    with pytest.raises(ConfigError, match=r"no tensor of .* fits this stage"):
        take_weights(model, other.config, tmp_path / "semantic")
    with pytest.raises(ArtifactError):
        take_weights(model, other.config, tmp_path / "nothing")
