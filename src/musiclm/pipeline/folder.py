"""A model folder as plain values: ``model.json`` in and out, its parts found and verified.

A model folder holds ``model.json``, ``card.md`` and one artifact folder a component. ``model.json``
names each component with the checksum of its manifest, so a component cannot be swapped unnoticed.
No torch here: listing and verifying models is quick.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from musiclm._version import __version__
from musiclm.artifact import (
    CARD,
    FORMAT_VERSION,
    MANIFEST,
    open_sealed_json,
    read_manifest,
    read_verified,
    replace_folder,
    sealed_json,
    verify_artifact,
)
from musiclm.config import Frozen
from musiclm.errors import ArtifactError, ConfigError, ModelNotFoundError

MODEL = "model.json"
WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
"""Where the models in the box lie."""

_PLAIN_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class GenerationDefaults(Frozen):
    """What ``generate`` uses where the caller says nothing; stages have their own defaults too."""

    temperature: dict[str, float] = Field(default_factory=dict)
    """By stage name."""
    top_k: dict[str, int] = Field(default_factory=dict)
    """By stage name."""
    guidance_scale: dict[str, float] = Field(default_factory=dict)
    """By stage name; 1 is none."""
    codec_levels: int | None = Field(default=None, ge=1)
    """Decode only so many levels: the finest are noise where a stage hardly learned them."""


class Component(Frozen):
    """One part of the chain, in a folder of its own."""

    folder: str = Field(pattern=_PLAIN_NAME)
    """Inside the model folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Checksum of the component's manifest, and through it of all its files."""


class Components(Frozen):
    """The parts in the order in which data passes them."""

    mulan: Component
    semantic: Component | None = None
    """The semantic stage; a model of one stage, MusicGen's design, has none."""
    acoustic: tuple[Component, ...] = Field(min_length=1, max_length=4)
    """One stage for all levels, or several that add levels to one another."""
    codec: Component
    tokenizer: Component | None = None
    """The semantic tokenizer: only continuing a recording and further training need it."""

    @property
    def stages(self) -> tuple[Component, ...]:
        """The language models, in the order in which they run."""
        return (*(() if self.semantic is None else (self.semantic,)), *self.acoustic)

    @property
    def each(self) -> tuple[Component, ...]:
        """All of them."""
        tokenizer = () if self.tokenizer is None else (self.tokenizer,)
        return (self.mulan, *self.stages, self.codec, *tokenizer)


class ModelDescription(Frozen):
    """What ``model.json`` says, without its checksum."""

    format_version: int
    kind: str
    name: str = Field(pattern=_PLAIN_NAME)
    """What the model is called in sidecars and lists."""
    version: str = Field(max_length=64)
    """Of the weights."""
    library_version: str
    """Of musiclm when the model was assembled."""
    card_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Checksum of ``card.md``."""
    card_bytes: int = Field(ge=0)
    """Size of ``card.md``."""
    components: Components
    defaults: GenerationDefaults = GenerationDefaults()


def assemble_model(
    folder: Path,
    *,
    mulan: Path,
    semantic: Path | None,
    acoustic: Sequence[Path],
    codec: Path,
    name: str,
    version: str,
    tokenizer: Path | None = None,
    defaults: GenerationDefaults | None = None,
    card: str = "",
) -> ModelDescription:
    """Copy trained artifacts into one model folder; an existing one is replaced whole.

    Args:
        folder: Where the model goes.
        mulan: Artifact folder of MuLan.
        semantic: Of the semantic stage; ``None`` for acoustic stages that hear no semantic tokens.
        acoustic: Of the acoustic stage or stages, in the order in which they run.
        codec: Of the codec.
        name: What the model is called.
        version: Of these weights.
        tokenizer: Of the semantic tokenizer; without it no recording can be continued by a model
            that has a semantic stage.
        defaults: Settings of generation that differ from the stages' own.
        card: The model card, Markdown.

    Raises:
        ArtifactError: An artifact is broken; nothing is written then.
        ConfigError: A name or number is impossible.
    """
    several = len(acoustic) > 1
    sources = {"mulan": mulan, "codec": codec}
    if semantic is not None:
        sources["semantic"] = semantic
    if tokenizer is not None:
        sources["tokenizer"] = tokenizer
    for number, source in enumerate(acoustic):
        sources[f"acoustic-{number + 1}" if several else "acoustic"] = source
    parts = {
        place: {"folder": place, "sha256": verify_artifact(source)}
        for place, source in sources.items()
    }
    text = (card or f"# {name} {version}\n").encode()
    values: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "kind": "musiclm",
        "name": name,
        "version": version,
        "library_version": __version__,
        "card_sha256": hashlib.sha256(text).hexdigest(),
        "card_bytes": len(text),
        "components": {
            "mulan": parts["mulan"],
            "semantic": parts.get("semantic"),
            "acoustic": [parts[place] for place in parts if place.startswith("acoustic")],
            "codec": parts["codec"],
            "tokenizer": parts.get("tokenizer"),
        },
        "defaults": (defaults or GenerationDefaults()).model_dump(mode="json"),
    }
    description = ModelDescription.from_mapping(values, source=MODEL)
    replace_folder(
        folder,
        {MODEL: sealed_json(values), CARD: text},
        folders={place: source.absolute() for place, source in sources.items()},
    )
    return description


def find_model(name_or_folder: str | Path) -> Path:
    """The folder of a model in the box, or the folder itself.

    Raises:
        ModelNotFoundError: Neither a name nor a folder with a ``model.json``.
    """
    text = str(name_or_folder)
    known = available_models()
    if isinstance(name_or_folder, str) and text in known:
        return WEIGHTS_FOLDER / text
    folder = Path(name_or_folder)
    try:
        found = (folder / MODEL).is_file()
    except (OSError, ValueError):  # Too long for a path, or with a NUL.
        found = False
    if not found:
        names = ", ".join(known) if known else "none is installed"
        raise ModelNotFoundError(
            f'no model "{text:.100}": give a name ({names}) or a folder that holds {MODEL}'
        )
    return folder


def find_part(name_or_folder: str | Path, part: Literal["mulan", "codec", "tokenizer"]) -> Path:
    """The folder of one part of a model, the very one that the model names; its own folder will do.

    Raises:
        ModelNotFoundError: Neither a model nor an artifact.
        ArtifactError: The model is not intact.
        ConfigError: A model without semantic tokenizer is asked for it.
    """
    given = Path(name_or_folder)
    if (given / MANIFEST).is_file() and not (given / MODEL).is_file():
        return given
    folder = find_model(name_or_folder)
    description, _ = read_description(folder)
    component: Component | None = getattr(description.components, part)
    if component is None:
        raise ConfigError(
            f'the model "{description.name}" has no {part}: assemble it with the one that it was '
            "trained with"
        )
    _, digest = read_manifest(folder / component.folder)
    require_digest(folder, component, digest)
    return folder / component.folder


def available_models() -> list[str]:
    """Names of the models in the box."""
    return sorted(path.parent.name for path in WEIGHTS_FOLDER.glob(f"*/{MODEL}"))


def read_description(folder: Path) -> tuple[ModelDescription, str]:
    """What ``model.json`` says, and its checksum, which stands for all weights.

    Raises:
        ArtifactError: Missing, altered, or of another format version.
    """
    values, digest = open_sealed_json(folder / MODEL)
    version = values.get("format_version")
    if version != FORMAT_VERSION:
        raise ArtifactError(
            f"{folder / MODEL} has format version {version}, this musiclm {__version__} reads "
            f"{FORMAT_VERSION}: use a matching version"
        )
    try:
        description = ModelDescription.from_mapping(values, source=str(folder / MODEL))
    except ConfigError as error:
        raise ArtifactError(str(error)) from None
    return description, digest


def verify_model(folder: Path) -> ModelDescription:
    """Check every byte of a model folder without loading it.

    Raises:
        ArtifactError: Names the file that is missing or altered.
    """
    description, _ = read_description(folder)
    facts = {"sha256": description.card_sha256, "bytes": description.card_bytes}
    read_verified(folder, CARD, facts)
    for component in description.components.each:
        require_digest(folder, component, verify_artifact(folder / component.folder))
    return description


def require_digest(folder: Path, component: Component, digest: str) -> None:
    """Refuse a component that is intact but not the one that ``model.json`` names.

    Raises:
        ArtifactError: The checksums differ.
    """
    if digest != component.sha256:
        raise ArtifactError(
            f"{folder / component.folder} is another component than {MODEL} names (its checksum "
            "differs): install the package or download the model again"
        )


def folder_bytes(folder: Path) -> int:
    """Bytes of all files of a model."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
