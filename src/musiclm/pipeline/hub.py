"""A name such as ``facebook/musicgen-small`` in, the folder of its checkpoint and its licence out.

A folder is used as it is. A name is looked up in the Hugging Face hub's cache on this machine, and
downloaded once where that is allowed: never with ``HF_HUB_OFFLINE=1``. Pickled files are never
downloaded. No torch here.
"""

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclm.acoustic.checkpoint import CONFIG, is_checkpoint, is_complete
from musiclm.errors import ConfigError, ModelNotFoundError
from musiclm.pipeline.folder import available_models, find_model

MUSICGEN_LICENCE = "CC-BY-NC-4.0"
"""Of Meta's published weights: attribution, and no commercial use."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SHORT = re.compile(r"(stereo-)?(small|medium|large|melody|melody-large)")
_FIELD = re.compile(r"""^(license(?:_name)?):[ \t]*["']?([\w.-]+)["']?[ \t\r]*$""", re.MULTILINE)
# Small files, and weights that can be read without running code.
_WANTED = ("*.json", "*.model", "README.md", "*.safetensors")
_PATIENCE_SECONDS = 30.0
_SAFE, _PICKLED = ".safetensors", (".bin", ".pt", ".pth")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a checkpoint lies and what it is called."""

    name: str  # as it was asked for
    folder: Path
    licence: str  # of its weights, an SPDX name, or "not stated"


def is_musicgen(name_or_folder: str | Path) -> bool:
    """Whether a name means a MusicGen checkpoint: its folder, or ``owner/name`` of the hub.

    One of our own models of that name comes first.
    """
    if str(name_or_folder) in available_models():
        return False
    if is_checkpoint(Path(name_or_folder)):
        return True
    text = str(name_or_folder)
    missing = not os.path.lexists(text)
    return isinstance(name_or_folder, str) and missing and _NAME.fullmatch(text) is not None


def require_model(name_or_folder: str | Path) -> None:
    """Refuse quickly what is no model, before anything heavy is loaded.

    Raises:
        ModelNotFoundError: There is no such model.
    """
    if not is_musicgen(name_or_folder):
        find_model(name_or_folder)


def find_checkpoint(name_or_folder: str | Path) -> Found:
    """The folder of a checkpoint, downloaded if need be.

    Args:
        name_or_folder: A folder in the Hugging Face layout, or the name of one on the hub;
            audiocraft's old short names (``small``, ``melody``) are not understood here.

    Raises:
        ModelNotFoundError: Neither here nor on the hub, or the hub cannot be reached.
        ConfigError: A name, and huggingface_hub is not installed.
    """
    text = str(name_or_folder)
    if os.path.isdir(text):
        return Found(text, Path(text), _licence(Path(text), text))
    if _NAME.fullmatch(text) is None:
        raise ModelNotFoundError(
            f'no checkpoint "{text:.100}": give a folder that holds {CONFIG}, or a name of the hub '
            "such as facebook/musicgen-small"
        )
    folder = Path(_download(text))
    return Found(text, folder, _licence(folder, text))


def audiocraft_name(name: str) -> str:
    """What audiocraft means by a name: ``melody`` is ``facebook/musicgen-melody``.

    Example:
        >>> audiocraft_name("stereo-small"), audiocraft_name("facebook/musicgen-large")
        ('facebook/musicgen-stereo-small', 'facebook/musicgen-large')
    """
    return f"facebook/musicgen-{name}" if _SHORT.fullmatch(name) else name


def _download(name: str) -> str:
    try:
        import huggingface_hub
        from huggingface_hub import constants, errors
    except ImportError:
        raise ConfigError('names of the hub need: pip install "musiclm[hf]"') from None
    # The hub reads it once, when it is imported: perhaps before it was set.
    said = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    offline = said or bool(constants.HF_HUB_OFFLINE)
    # Its own account of every attempt would stand between ours.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        folder = _cached(huggingface_hub, name)
        if folder is not None and (offline or is_complete(Path(folder))):
            return folder
        if not offline:
            _refuse_pickled(huggingface_hub, name)
        folder = huggingface_hub.snapshot_download(
            name, allow_patterns=list(_WANTED), local_files_only=offline
        )
    except errors.RepositoryNotFoundError:
        raise ModelNotFoundError(
            f'"{name}" is no folder here, and the hub has no such model, or it is private: check '
            "the name, for example facebook/musicgen-small"
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        why = "HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached"
        raise ModelNotFoundError(
            f'"{name}" is no folder here and no model in the hub\'s cache, and {why}: download it '
            "where there is a network, and give its folder"
        ) from None
    except Exception as error:  # Of whatever transport it uses.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFoundError(
            f'"{name}" is no folder here, and could not be downloaded from the hub ({first:.150}): '
            "try again, or give the folder of a copy"
        ) from None
    return str(folder)


def _cached(huggingface_hub: Any, name: str) -> str | None:
    """What was downloaded before, whole or in part; no network is asked."""
    try:
        folder: str = huggingface_hub.snapshot_download(name, local_files_only=True)
    except huggingface_hub.errors.LocalEntryNotFoundError:
        return None
    return folder


def _refuse_pickled(huggingface_hub: Any, name: str) -> None:
    """Say before anything is downloaded that a model has no weights that can be read safely.

    Raises:
        ModelNotFoundError: It has pickled ones only.
    """
    # Asked once: its other questions are repeated for half a minute where there is no network.
    told = huggingface_hub.HfApi().model_info(name, timeout=_PATIENCE_SECONDS)
    files = [each.rfilename for each in told.siblings or ()]
    if not any(file.endswith(_SAFE) for file in files) and any(
        file.endswith(_PICKLED) for file in files
    ):
        raise ModelNotFoundError(
            f'"{name}" has pickled weights only, and reading those runs code: convert a copy that '
            "you trust with transformers (save_pretrained writes safetensors), and give its folder"
        )


def _licence(folder: Path, name: str) -> str:
    """What the card says, else what is known of the published names."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8", errors="replace")[:5000]
    except OSError:
        card = ""
    # The front matter only: below it anything may be told about other licences.
    front = re.match(r"---\s*\n(.*?)\n---\s*(?:\n|$)", card, flags=re.DOTALL)
    fields = dict(_FIELD.findall(front[1])) if front else {}
    said = fields.get("license", "")
    if said == "other":
        said = fields.get("license_name", said)
    if said:
        return MUSICGEN_LICENCE if said.lower() == MUSICGEN_LICENCE.lower() else said
    return MUSICGEN_LICENCE if "facebook/musicgen" in name else "not stated"
