"""A MusicGen checkpoint folder in, one verified view of its settings and tensors out.

The layout is the one of the Hugging Face hub: ``config.json`` and ``model.safetensors``, or several
files named by ``model.safetensors.index.json``. Pickled weights are refused, because reading them
runs code. safetensors has no checksum: where the folder holds ``SHA256SUMS``, or lies in the hub's
cache, whose files are named by their checksum, every byte that is read is verified. Nothing is
downloaded here.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclm.errors import ArtifactError, ConfigError, MusicLMError

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
SUMS = "SHA256SUMS"
KINDS = ("musicgen", "musicgen_melody")
"""Model types that are understood."""
TOKENIZERS = ("tokenizer.json", "spiece.model")
"""Files that hold a tokenizer; one is enough."""

_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_SMALL = (CONFIG, INDEX, "tokenizer_config.json", "special_tokens_map.json")
_AGAIN = "download the checkpoint again"
_LARGEST_JSON = 10_000_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose files are there and whose settings are understood."""

    folder: Path
    kind: str  # one of KINDS
    config: Any  # MusicgenConfig or MusicgenMelodyConfig of transformers
    places: dict[str, Path]  # file of each tensor
    sha256: str  # over config.json and all weights

    def tensor(self, name: str) -> "Tensor":
        """One tensor, as it is stored.

        Raises:
            ArtifactError: There is none, it cannot be read, or it holds NaN or infinity.
        """
        import torch
        from safetensors import SafetensorError, safe_open

        if name not in self.places:
            raise ArtifactError(
                f"{self.folder} has no tensor {name}, which its {CONFIG} asks for: {_AGAIN}"
            )
        try:
            with safe_open(self.places[name], framework="pt") as file:
                tensor: Tensor = file.get_tensor(name)
        except (SafetensorError, OSError, ValueError) as error:
            raise _unreadable(self.places[name], error) from None
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ArtifactError(f"{self.places[name]}: {name} is not finite: {_AGAIN}")
        return tensor

    def below(self, prefix: str) -> dict[str, "Tensor"]:
        """All tensors whose names begin with ``prefix``, without it."""
        names = [name for name in self.places if name.startswith(prefix)]
        return {name[len(prefix) :]: self.tensor(name) for name in names}

    def require_all_used(self, used: Iterable[str]) -> None:
        """Refuse a checkpoint with tensors that nobody took.

        Raises:
            ArtifactError: Names the first of them.
        """
        unknown = sorted(set(self.places) - set(used))
        if unknown:
            raise ArtifactError(
                f"{self.folder} holds {len(unknown)} tensors that its {CONFIG} does not explain, "
                f"such as {unknown[0]}: it is of another model, or of another version of it"
            )


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read what a folder says of itself and verify its files; tensors are read later.

    Raises:
        ArtifactError: No checkpoint of MusicGen, pickled weights only, a file that is missing,
            altered or cut off.
        ConfigError: transformers is not installed.
    """
    values = _json(folder / CONFIG)
    kind = values.get("model_type")
    if kind not in KINDS:
        raise ArtifactError(
            f'{folder / CONFIG} describes a "{kind}", expected one of {", ".join(KINDS)}: give the '
            "folder of a MusicGen checkpoint in the Hugging Face layout"
        )
    files = _weight_files(folder)
    sums = _known_sums(folder)
    for name in (*_SMALL, *TOKENIZERS):
        if (folder / name).exists():
            _verified(folder / name, sums)
    digest = hashlib.sha256((folder / CONFIG).read_bytes())
    for path in files:
        digest.update(bytes.fromhex(_verified(path, sums)))
    return Checkpoint(
        folder=folder,
        kind=kind,
        config=_config(folder, kind),
        places=_places(files),
        sha256=digest.hexdigest(),
    )


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder looks like a checkpoint in the Hugging Face layout."""
    try:
        return (folder / CONFIG).is_file() and not (folder / "manifest.json").exists()
    except (OSError, ValueError):  # Too long for a path, or with a NUL.
        return False


def is_complete(folder: Path) -> bool:
    """Whether config, tokenizer and all weight files are there; none of them is read whole."""
    try:
        files = _weight_files(folder)
    except ArtifactError:
        return False
    tokenizer = any((folder / name).exists() for name in TOKENIZERS)
    return bool(files) and tokenizer and is_checkpoint(folder)


@contextmanager
def built_from(folder: Path, what: str) -> Iterator[None]:
    """Say in one message that a part cannot be built from the settings of a folder.

    Args:
        folder: Of the checkpoint.
        what: Is built.

    Raises:
        ArtifactError: Whatever impossible settings made of the code that read them.
    """
    try:
        yield
    except MusicLMError:
        raise
    except Exception as error:
        raise ArtifactError(
            f"{folder / CONFIG} describes no {what} that can be built ({_told(error)}): {_AGAIN}"
        ) from None


def need_transformers() -> Any:
    """The package that reads T5 and EnCodec.

    Raises:
        ConfigError: It is not installed; says how to get it.
    """
    try:
        import transformers
    except ImportError:
        raise ConfigError(
            'MusicGen checkpoints need transformers: pip install "musiclm[hf]"'
        ) from None
    return transformers


def _config(folder: Path, kind: str) -> Any:
    """The settings with the defaults that the file leaves out."""
    transformers = need_transformers()
    name = "MusicgenConfig" if kind == "musicgen" else "MusicgenMelodyConfig"
    loudness = transformers.logging.get_verbosity()
    # Published files number their pad beyond the codes, as MusicGen does; newer versions of
    # transformers find that worth a warning.
    transformers.logging.set_verbosity_error()
    try:
        return getattr(transformers, name).from_pretrained(folder, local_files_only=True)
    except Exception as error:  # Whatever a broken file makes of their parser.
        raise ArtifactError(f"{folder / CONFIG} is no config of MusicGen: {_told(error)}") from None
    finally:
        transformers.logging.set_verbosity(loudness)


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ArtifactError(f"{path} is larger than any config: {_AGAIN}")
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactError(
            f"{path} is missing: give the folder of a MusicGen checkpoint in the Hugging Face "
            "layout"
        ) from None
    except (OSError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ArtifactError(f"{path} is no JSON object: {_AGAIN}")
    return values


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint, whole or in several parts."""
    single = folder / "model.safetensors"
    if single.exists():
        return [single]
    if (folder / INDEX).exists():
        listed = _json(folder / INDEX).get("weight_map")
        names = set(listed.values()) if isinstance(listed, dict) else set()
        if not names or not all(
            isinstance(name, str) and re.fullmatch(r"[\w.-]+\.safetensors", name) for name in names
        ):
            raise ArtifactError(f"{folder / INDEX} names no safetensors files: {_AGAIN}")
        files = [folder / name for name in sorted(names)]
        for path in files:
            if not path.exists():
                raise ArtifactError(f"{path} is missing: {_AGAIN}")
        return files
    pickled = [path.name for pattern in _PICKLED for path in sorted(folder.glob(pattern))]
    if pickled:
        raise ArtifactError(
            f"{folder} holds pickled weights only ({pickled[0]}), and reading those runs code: "
            "get model.safetensors, or convert them where you trust them with transformers: "
            "MusicgenForConditionalGeneration.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)"
        )
    raise ArtifactError(f"{folder} holds no weights (model.safetensors): {_AGAIN}")


def _known_sums(folder: Path) -> dict[str, str]:
    """Checksums by file name, from ``SHA256SUMS`` (as ``sha256sum`` writes it), if it is there."""
    path = folder / SUMS
    if not path.exists():
        return {}
    sums = {}
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as error:
        raise _unreadable(path, error) from None
    for line in lines:
        found = re.fullmatch(r"([0-9a-f]{64})[ *]+(?:\./)?(\S+)", line.strip())
        if found is None:
            raise ArtifactError(f"{path}: expected lines of sha256sum, got {line[:80]!r}")
        sums[found[2]] = found[1]
    return sums


def _verified(path: Path, sums: dict[str, str]) -> str:
    """The checksum of a file, equal to the one that is known of it, if any is."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from None
    # In the hub's cache a file is a link to its content, named by its checksum.
    blob = path.resolve().name if path.is_symlink() else ""
    named = blob if re.fullmatch(r"[0-9a-f]{64}", blob) else None
    for expected in (sums.get(path.name), named):
        if expected is not None and expected != found:
            raise ArtifactError(f"{path} was altered (its SHA-256 differs): {_AGAIN}")
    if re.fullmatch(r"[0-9a-f]{40}", blob) and path.stat().st_size <= _LARGEST_JSON:
        # Small files are named as git names them.
        content = path.read_bytes()
        whole = b"blob %d\0" % len(content) + content
        if hashlib.sha1(whole, usedforsecurity=False).hexdigest() != blob:
            raise ArtifactError(f"{path} was altered (its git checksum differs): {_AGAIN}")
    return found


def _places(files: list[Path]) -> dict[str, Path]:
    from safetensors import SafetensorError, safe_open

    places: dict[str, Path] = {}
    for path in files:
        try:
            with safe_open(path, framework="pt") as file:
                names = list(file.keys())
        except (SafetensorError, OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        if both := sorted(set(names) & places.keys()):
            raise ArtifactError(f"{both[0]} stands in two files of {path.parent}: {_AGAIN}")
        places.update(dict.fromkeys(names, path))
    return places


def _told(error: Exception) -> str:
    """The beginning of what an error of others says, in one line."""
    lines = (str(error).strip() or type(error).__name__).splitlines()
    return " ".join(line.strip() for line in lines[:3])[:200]


def _unreadable(path: Path, error: Exception) -> ArtifactError:
    return ArtifactError(f"{path} cannot be read ({error}): it is cut off or altered, {_AGAIN}")
