"""A model on disk: settings and tensors in, a folder out, and back, verified before use.

A folder holds ``config.json``, ``weights.safetensors``, ``card.md``, extra files of its kind, and
``manifest.json`` with the size and SHA-256 of each. safetensors has no checksum of its own, so
the manifest is what notices a flipped bit; the manifest carries a checksum of itself. Nothing here
unpickles anything or follows a link out of the folder.
"""

import fnmatch
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from musiclm._version import __version__
from musiclm.config import Frozen
from musiclm.errors import ArtifactError

if TYPE_CHECKING:
    from torch import Tensor

FORMAT_VERSION = 1
"""Raised when a folder of the old form can no longer be read; never reused."""

MANIFEST = "manifest.json"
CONFIG = "config.json"
WEIGHTS = "weights.safetensors"
CARD = "card.md"

Storage = Literal["float32", "float16", "int8"]

_SCALE = "::scale"
_SMALLEST_INT8 = 4096  # Smaller matrices save nothing and are often the sensitive ones.
_LARGEST_FLOAT16 = 65_504.0
_LARGEST_MANIFEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a verified folder holds, tensors ready for ``load_state_dict``."""

    folder: Path  # where it was read
    kind: str  # what it is: "codec", "mulan", "stage", ...
    config_json: str  # text of config.json, for the kind's own ``Frozen.from_json``
    tensors: "dict[str, Tensor]"  # float32 wherever the file holds float16 or int8 rows
    sha256: str  # checksum of the manifest, and through it of every file
    extra: dict[str, Path]  # other files of the kind by name, verified


def save_artifact(
    folder: Path,
    *,
    kind: str,
    config: Frozen,
    tensors: "Mapping[str, Tensor]",
    card: str,
    storage: Storage = "float32",
    int8_exclude: Sequence[str] = (),
    extra_files: Mapping[str, bytes] | None = None,
) -> None:
    """Write a model folder in one move; an existing folder is replaced whole.

    Args:
        folder: Where it goes; parents are made.
        kind: What ``load_artifact`` will ask for.
        config: Every setting needed to rebuild the network.
        tensors: The state of the network by name.
        card: The model card, Markdown.
        storage: How floating-point tensors are kept: as they are, as float16, or large matrices
            as int8 with one scale a row and the rest as float16. Integers stay as they are.
        int8_exclude: Patterns (``*`` and ``?``) of names that int8 storage keeps as float16.
        extra_files: Other files by plain name, for example a vocabulary.

    Raises:
        ArtifactError: A tensor is not finite, or a name is unusable.
    """
    from safetensors.torch import save

    stored = _pack(tensors, storage, int8_exclude)
    files = {
        CONFIG: config.to_json().encode(),
        WEIGHTS: save(stored),
        CARD: card.encode(),
    }
    for name, content in (extra_files or {}).items():
        if name in (*files, MANIFEST) or not _plain(name):
            raise ArtifactError(f'extra file "{name}" needs a plain name that is not taken')
        files[name] = content
    manifest = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "library_version": __version__,
        "files": {name: _facts(content) for name, content in sorted(files.items())},
    }
    replace_folder(folder, {**files, MANIFEST: sealed_json(manifest)})


def load_artifact(folder: Path, *, kind: str) -> Artifact:
    """Read a model folder; every byte is verified before any of it is interpreted.

    Args:
        folder: A folder written by ``save_artifact``.
        kind: What it must be.

    Raises:
        ArtifactError: A file is missing, altered, cut off or a link; another kind or version.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    manifest, digest = read_manifest(folder)
    if manifest["kind"] != kind:
        raise ArtifactError(
            f'{folder} holds a "{manifest["kind"]}", expected a "{kind}": give the right folder'
        )
    contents = {
        name: read_verified(folder, name, facts) for name, facts in manifest["files"].items()
    }
    for name in (CONFIG, WEIGHTS):
        if name not in contents:
            raise ArtifactError(f"{folder / MANIFEST} does not list {name}: {_AGAIN}")
    try:
        stored = load(contents[WEIGHTS])
        config_json = contents[CONFIG].decode()
    except (SafetensorError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise ArtifactError(f"{folder} was written wrongly: {error}: {_AGAIN}") from None
    tensors = {
        name: _unpack(name, tensor, stored.get(name + _SCALE)).to(
            torch.float32 if tensor.is_floating_point() or name + _SCALE in stored else tensor.dtype
        )
        for name, tensor in stored.items()
        if not name.endswith(_SCALE)
    }
    own = (CONFIG, WEIGHTS, CARD)
    extra = {name: folder / name for name in contents if name not in own}
    return Artifact(folder, kind, config_json, tensors, digest, extra)


_AGAIN = "install the package or download the model again"


def read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    """The manifest of a model folder and its checksum, checked against each other.

    Raises:
        ArtifactError: Missing, altered, of another format version, or naming files it must not.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ArtifactError(f"no model folder {folder}: {_AGAIN}")
    manifest, digest = open_sealed_json(path)
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise ArtifactError(
            f"{path} has format version {version}, this musiclm {__version__} reads "
            f"{FORMAT_VERSION}: use a matching version"
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or not isinstance(manifest.get("kind"), str):
        raise ArtifactError(f"{path} lists no files: {_AGAIN}")
    for name, facts in files.items():
        known = isinstance(facts, dict) and {"sha256", "bytes"} == facts.keys()
        if not _plain(name) or not known:
            raise ArtifactError(f'{path} lists "{name:.80}", which is no file of a model: {_AGAIN}')
    return manifest, digest


def verify_artifact(folder: Path) -> str:
    """Check every file of a folder without parsing weights; returns the manifest's checksum."""
    manifest, digest = read_manifest(folder)
    for name, facts in manifest["files"].items():
        read_verified(folder, name, facts)
    return digest


def read_verified(folder: Path, name: str, facts: Mapping[str, Any]) -> bytes:
    """The bytes of one file, if they are the ones the manifest promises.

    Raises:
        ArtifactError: Missing, a link, of another size or checksum.
    """
    path = folder / name
    if path.is_symlink():
        raise ArtifactError(f"{path} is a link, which a model folder must not hold: {_AGAIN}")
    try:
        # The size first: a swapped file of many gigabytes should not be read at all.
        size = path.stat().st_size
        content = path.read_bytes() if size == facts["bytes"] else b""
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing: {_AGAIN}") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}): {_AGAIN}") from None
    if size != facts["bytes"]:
        raise ArtifactError(f"{path} has {size} bytes, expected {facts['bytes']}: {_AGAIN}")
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise ArtifactError(f"{path} was altered (its SHA-256 differs): {_AGAIN}")
    return content


def sealed_json(values: Mapping[str, Any]) -> bytes:
    """JSON with a checksum of itself under ``sha256``, in one fixed layout."""
    digest = hashlib.sha256(_layout(values)).hexdigest()
    return _layout({**values, "sha256": digest})


def open_sealed_json(path: Path) -> tuple[dict[str, Any], str]:
    """Read what ``sealed_json`` wrote: the values without the checksum, and the checksum.

    Raises:
        ArtifactError: Missing, too large, not JSON, or altered in any bit.
    """
    if path.is_symlink():
        raise ArtifactError(f"{path} is a link, which a model folder must not hold: {_AGAIN}")
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise ArtifactError(f"{path} is larger than any manifest: {_AGAIN}")
        content = path.read_bytes()
        values = json.loads(content)
        digest = values.pop("sha256")
        # One layout only, so that even a changed space is noticed.
        intact = content == sealed_json(values)
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing: {_AGAIN}") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}): {_AGAIN}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        intact = False
    if not intact:
        raise ArtifactError(f"{path} was altered (its SHA-256 differs): {_AGAIN}")
    return values, digest


def replace_folder(
    folder: Path, files: Mapping[str, bytes], *, folders: Mapping[str, Path] | None = None
) -> None:
    """Put a folder with these files under ``folder``: written aside, then renamed.

    Args:
        folder: Replaced whole if it exists.
        files: Contents by name.
        folders: Artifact folders to copy into it, by name; only what their manifests list.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir()
        for name, content in files.items():
            with (aside / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name, source in (folders or {}).items():
            manifest, _ = read_manifest(source)
            (aside / name).mkdir()
            for part in (*manifest["files"], MANIFEST):
                shutil.copyfile(source / part, aside / name / part)
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _plain(name: str) -> bool:
    """Whether ``name`` can only mean a file directly inside the folder."""
    return 0 < len(name) <= 100 and not set(name) & set('/\\:\0"') and name not in (".", "..")


def _facts(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _layout(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=True) + "\n").encode()


def _pack(
    tensors: "Mapping[str, Tensor]", storage: Storage, int8_exclude: Sequence[str]
) -> "dict[str, Tensor]":
    """The tensors as the file keeps them."""
    import torch

    stored: dict[str, Tensor] = {}
    for name, given in tensors.items():
        tensor = given.detach().to("cpu").contiguous().clone()
        if name.endswith(_SCALE):
            raise ArtifactError(f'tensor "{name}": names ending in {_SCALE} are reserved')
        if not tensor.is_floating_point():
            stored[name] = tensor
            continue
        if not bool(torch.isfinite(tensor).all()):
            raise ArtifactError(f'tensor "{name}" is not finite: such a model is not saved')
        excluded = any(fnmatch.fnmatchcase(name, pattern) for pattern in int8_exclude)
        large = tensor.ndim == 2 and tensor.numel() >= _SMALLEST_INT8
        if storage == "int8" and large and not excluded:
            rows = tensor.to(torch.float32)
            scale = (rows.abs().amax(dim=1) / 127).clamp_min(torch.finfo(torch.float32).tiny)
            stored[name] = (rows / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
            stored[name + _SCALE] = scale
        elif storage == "float32" or float(tensor.abs().max() if tensor.numel() else 0) > (
            _LARGEST_FLOAT16
        ):
            stored[name] = tensor
        else:
            stored[name] = tensor.to(torch.float16)
    return stored


def _unpack(name: str, tensor: "Tensor", scale: "Tensor | None") -> "Tensor":
    """One tensor as the network wants it: int8 rows times their scales."""
    if scale is None:
        return tensor
    if tensor.ndim != 2 or scale.shape != tensor.shape[:1]:
        raise ArtifactError(
            f'tensor "{name}" is {list(tensor.shape)}, its scales {list(scale.shape)}: {_AGAIN}'
        )
    return tensor.float() * scale.float()[:, None]
