"""``TrainState`` to and from disk: safetensors and JSON, never pickle; whole or not at all.

A checkpoint is a folder ``step-000001234`` with ``tensors.safetensors``, ``scalars.json`` and
``manifest.json`` (SHA-256 of the other two). It is written under another name, flushed to the
disk and renamed, so a kill at any moment leaves either the old checkpoints or a complete new one.
"""

import hashlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from musiclm.errors import ArtifactError
from musiclm.train.state import TrainState

FORMAT_VERSION = 1
_TENSORS, _SCALARS, _MANIFEST = "tensors.safetensors", "scalars.json", "manifest.json"
_log = logging.getLogger(__name__)


def save_checkpoint(state: TrainState, folder: Path, *, keep: int = 2) -> Path:
    """Write ``folder/step-...`` and remove all but the newest ``keep`` checkpoints.

    Returns:
        The checkpoint's folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors, scalars = _flatten(state)
    target = folder / f"step-{state.step:09d}"
    partial = folder / f".partial-{os.getpid()}-{target.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    save_file(tensors, partial / _TENSORS)
    (partial / _SCALARS).write_text(json.dumps(scalars, indent=1), encoding="utf-8")
    manifest = {
        "format_version": FORMAT_VERSION,
        "files": {name: _sha256(partial / name) for name in (_TENSORS, _SCALARS)},
    }
    (partial / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for name in (_TENSORS, _SCALARS, _MANIFEST):
        _flush(partial / name)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    _flush(folder)
    for old in list_checkpoints(folder)[keep:]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def list_checkpoints(folder: Path) -> list[Path]:
    """Checkpoint folders, newest first; they may be broken."""
    return sorted(folder.glob("step-*"), reverse=True) if folder.is_dir() else []


def load_newest_checkpoint(state: TrainState, folder: Path) -> Path | None:
    """Fill ``state`` from the newest checkpoint that is whole; broken ones are skipped.

    Returns:
        The checkpoint that was read; ``None`` when there is none, and ``state`` is untouched.

    Raises:
        ArtifactError: A whole checkpoint belongs to another model or optimizer.
    """
    for checkpoint in list_checkpoints(folder):
        fault = _fault(checkpoint)
        if fault is None:
            load_checkpoint(state, checkpoint)
            return checkpoint
        _log.warning("skipped the broken checkpoint %s: %s", checkpoint, fault)
    return None


def load_checkpoint(state: TrainState, checkpoint: Path) -> None:
    """Fill ``state`` from one checkpoint folder.

    Raises:
        ArtifactError: It is broken, or belongs to another model or optimizer.
    """
    fault = _fault(checkpoint)
    if fault is not None:
        raise ArtifactError(f"{checkpoint} is broken: {fault}")
    tensors = load_file(checkpoint / _TENSORS)
    scalars = json.loads((checkpoint / _SCALARS).read_text(encoding="utf-8"))
    _require_fit(state, tensors, scalars, checkpoint)

    for name, module in state.modules.items():
        module.load_state_dict(_under(tensors, f"module/{name}/"))
    for name, optimizer in state.optimizers.items():
        optimizer.load_state_dict(_restore_optimizer(tensors, scalars["optimizers"][name], name))
    if state.ema is not None:
        for key, value in _under(tensors, "ema/").items():
            state.ema.shadow[key].copy_(value)
        state.ema.updates = scalars["ema_updates"]
    state.generator.set_state(tensors["generator/state"])
    torch.set_rng_state(tensors["generator/torch"])
    for index in range(torch.cuda.device_count()):
        if f"generator/cuda{index}" in tensors:
            torch.cuda.set_rng_state(tensors[f"generator/cuda{index}"], index)
    state.step = scalars["step"]
    state.seconds = scalars["seconds"]


def _flatten(state: TrainState) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors by path, on the CPU, none sharing memory; and all scalars."""
    tensors: dict[str, Tensor] = {}
    optimizers: dict[str, Any] = {}
    for name, module in state.modules.items():
        for key, value in module.state_dict().items():
            tensors[f"module/{name}/{key}"] = value
    for name, optimizer in state.optimizers.items():
        content = optimizer.state_dict()
        numbers: dict[str, dict[str, Any]] = {}
        for index, entries in content["state"].items():
            for key, value in entries.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{name}/{index}/{key}"] = value
                else:
                    numbers.setdefault(str(index), {})[key] = value
        optimizers[name] = {"groups": content["param_groups"], "numbers": numbers}
    if state.ema is not None:
        for key, value in state.ema.shadow.items():
            tensors[f"ema/{key}"] = value
    tensors["generator/state"] = state.generator.get_state()
    # Dropout draws from torch's global generator.
    tensors["generator/torch"] = torch.get_rng_state()
    if torch.cuda.is_available():
        for index, value in enumerate(torch.cuda.get_rng_state_all()):
            tensors[f"generator/cuda{index}"] = value
    scalars = {
        "step": state.step,
        "seconds": state.seconds,
        "ema_updates": None if state.ema is None else state.ema.updates,
        "optimizers": optimizers,
        "torch": torch.__version__,
    }
    copies = {key: value.detach().cpu().clone().contiguous() for key, value in tensors.items()}
    return copies, scalars


def _restore_optimizer(
    tensors: dict[str, Tensor], scalars: dict[str, Any], name: str
) -> dict[str, Any]:
    """The optimizer's own ``state_dict`` again: integer keys, tuples for JSON's lists."""
    content: dict[int, dict[str, Any]] = {}
    for path, value in _under(tensors, f"optimizer/{name}/").items():
        index, key = path.split("/", 1)
        content.setdefault(int(index), {})[key] = value
    for index, entries in scalars["numbers"].items():
        content.setdefault(int(index), {}).update(entries)
    groups = [
        {
            key: tuple(value) if isinstance(value, list) and key != "params" else value
            for key, value in group.items()
        }
        for group in scalars["groups"]
    ]
    return {"state": content, "param_groups": groups}


def _require_fit(
    state: TrainState, tensors: dict[str, Tensor], scalars: dict[str, Any], checkpoint: Path
) -> None:
    """Compare names and shapes before anything is loaded, so that a misfit changes nothing."""
    expected = {
        f"module/{name}/{key}": tuple(value.shape)
        for name, module in state.modules.items()
        for key, value in module.state_dict().items()
    }
    if state.ema is not None:
        expected |= {f"ema/{key}": tuple(value.shape) for key, value in state.ema.shadow.items()}
    got = {
        key: tuple(value.shape)
        for key, value in tensors.items()
        if key.startswith(("module/", "ema/"))
    }
    differing = [
        key for key in sorted(expected.keys() | got.keys()) if expected.get(key) != got.get(key)
    ]
    if set(scalars["optimizers"]) != set(state.optimizers):
        differing.append(f"optimizers {sorted(scalars['optimizers'])}")
    if differing:
        raise ArtifactError(
            f"{checkpoint} belongs to another model: {len(differing)} entries differ, "
            f"first {differing[0]}: train with the recipe that began this run, "
            "or choose another output folder"
        )


def _fault(checkpoint: Path) -> str | None:
    """Why this folder is no whole checkpoint, or ``None``."""
    try:
        manifest = json.loads((checkpoint / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format_version"] != FORMAT_VERSION:
            return f"format {manifest['format_version']}, this version reads {FORMAT_VERSION}"
        for name in (_TENSORS, _SCALARS):
            if _sha256(checkpoint / name) != manifest["files"][name]:
                return f"the checksum of {name} differs"
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Ask the system to put a file or folder on the disk; folders cannot be opened on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
