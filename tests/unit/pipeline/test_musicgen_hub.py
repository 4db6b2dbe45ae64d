"""Which checkpoint a name means, and what its licence is."""

from pathlib import Path

import pytest

from musiclm.errors import ModelNotFoundError
from musiclm.pipeline.hub import (
    MUSICGEN_LICENCE,
    Found,
    audiocraft_name,
    find_checkpoint,
    is_musicgen,
    require_model,
)


def named(folder: Path, card: str | None, name: str = "mine") -> str:
    place = folder / name
    place.mkdir(parents=True)
    if card is not None:
        (place / "README.md").write_text(card)
    return find_checkpoint(place).licence


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: cc-by-nc-4.0\n---\n# MusicGen\n", MUSICGEN_LICENCE),
        ('---\ntags:\n- audio\nlicense: "mit"\ninference: true\n---\n', "mit"),
        ("---\r\nlicense: apache-2.0\r\n---\r\n", "apache-2.0"),
        ("---\nlicense: other\nlicense_name: my-licence\n---\n", "my-licence"),
        ("---\nlicense: other\n---\n", "other"),
        # What stands below the front matter is prose.
        ("---\ntags: []\n---\nOf the code:\nlicense: mit\n", "not stated"),
        ("license: mit\n", "not stated"),
        ("", "not stated"),
        (None, "not stated"),
    ],
)
def test_licences_of_cards(tmp_path: Path, card: str | None, licence: str) -> None:
    assert named(tmp_path, card) == licence


def test_the_licence_of_published_names(tmp_path: Path) -> None:
    assert named(tmp_path, None, "facebook/musicgen-small") == MUSICGEN_LICENCE
    assert named(tmp_path, "---\nlicense: mit\n---\n", "facebook/musicgen-large") == "mit"


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path) == Found(str(tmp_path), tmp_path, "not stated")


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_musicgen("facebook/musicgen-small")
    assert not is_musicgen(Path("facebook/musicgen-small"))
    for name in ("small", "a/b/c", "/facebook/musicgen", "", "x\0/y", "../models"):
        assert not is_musicgen(name)
    require_model("facebook/musicgen-small")
    with pytest.raises(ModelNotFoundError, match='no model "nothing": give a name'):
        require_model("nothing")
    # A folder of that name comes first, whatever is in it.
    (tmp_path / "facebook" / "musicgen-small").mkdir(parents=True)
    assert not is_musicgen("facebook/musicgen-small")
    (tmp_path / "facebook" / "musicgen-small" / "config.json").write_text("{}")
    assert is_musicgen("facebook/musicgen-small")
    assert is_musicgen(Path("facebook/musicgen-small"))


@pytest.mark.parametrize(
    "name", ["small", "medium", "large", "melody", "melody-large", "stereo-small", "stereo-melody"]
)
def test_short_names(name: str) -> None:
    assert audiocraft_name(name) == f"facebook/musicgen-{name}"


@pytest.mark.parametrize("name", ["style", "facebook/musicgen-style", "stereo", "mine/small", ""])
def test_other_names_stay(name: str) -> None:
    assert audiocraft_name(name) == name
    if "/" not in name:
        with pytest.raises(
            ModelNotFoundError, match=r"give a folder that holds config\.json, or a"
        ):
            find_checkpoint(name)
