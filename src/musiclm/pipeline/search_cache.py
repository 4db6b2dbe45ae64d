"""What was heard in the files of a folder, kept in one file and read back, or not at all.

The file is a safetensors file: embeddings and starts of all windows as tensors, the files they
belong to as JSON in its metadata. It is believed only if its checksum is right and the same
weights made it: an index can always be made again, so nothing here is worth an exception.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from musiclm.audio.files import require_writable, write_file
from musiclm.errors import ConfigError
from musiclm.mulan.model import Mulan

INDEX_NAME = ".musiclm-index"
"""Of the file inside the folder that it describes."""

FORMAT_VERSION = 1

OnNotice = Callable[[str], None]
"""Told what a person should know although the work goes on."""

_LIST, _DIGEST = "musiclm-index", "sha256"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one file, as long as its size and time stay the same."""

    n_bytes: int
    modified_ns: int  # since 1970
    starts: Int[Tensor, " W"]  # of each window, in samples at MuLan's rate
    windows: Float[Tensor, "W D"]  # unit vectors; none where there is a fault
    fault: str = ""  # why it cannot be searched: "is silent", "cannot be read as audio: ..."

    def still(self, facts: os.stat_result) -> bool:
        """Whether a file with these facts is the one that was heard."""
        return (self.n_bytes, self.modified_ns) == (facts.st_size, facts.st_mtime_ns)


def weights_digest(mulan: Mulan) -> str:
    """SHA-256 over the settings and all weights that an audio embedding depends on.

    The text tower is left out: another one makes other queries, but not another index.

    Raises:
        ConfigError: Only the text tower was loaded.
    """
    if mulan.audio is None:
        raise ConfigError(
            'this MuLan was loaded without its audio tower: use Mulan.load(..., towers="both")'
        )
    digest = hashlib.sha256(mulan.config.to_json().encode())
    for name, tensor in sorted(mulan.audio.state_dict().items()):
        digest.update(name.encode())
        digest.update(_flat(tensor))
    return digest.hexdigest()


def find_place(folder: Path, given: Path | None, on_notice: OnNotice) -> Path | None:
    """Where the index of ``folder`` can be written; ``None``, and a notice, if nowhere.

    Args:
        folder: What is searched.
        given: Where the user wants it; otherwise inside the folder, or in the user's cache.
        on_notice: Told why it cannot be kept.

    Raises:
        OSError: ``given`` cannot be written.
    """
    if given is not None:
        require_writable(given)
        return given
    why = ""
    for place in (folder / INDEX_NAME, _place_in_user_cache(folder)):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            require_writable(place)
        except OSError as error:
            why = f"{error.filename}: {error.strerror}"
        else:
            return place
    on_notice(f"the index cannot be kept ({why}): name a place for it, or the next search is slow")
    return None


def read_cache(path: Path, *, digest: str, dim: int, on_notice: OnNotice) -> dict[str, Heard]:
    """What ``write_cache`` wrote, by relative path; nothing, and a notice, if it is of no use.

    Args:
        path: Where it is; that it does not exist yet needs no notice.
        digest: Of the weights that must have made it.
        dim: Of their embeddings.
        on_notice: Told why every file is listened to again.
    """
    if not path.is_file():
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata()
            # Copies, because the file under a mapping is about to be replaced.
            starts, windows = (file.get_tensor(name).clone() for name in ("starts", "windows"))
        intact = (
            facts[_DIGEST] == _seal(facts[_LIST], starts, windows)
            and (starts.dtype, windows.dtype) == (torch.int64, torch.float32)
        )  # fmt: skip
        listed = json.loads(facts[_LIST])
        if not intact:
            on_notice(f"{path} is damaged: listening to every file again")
        elif listed["format_version"] != FORMAT_VERSION or listed["weights"] != digest:
            on_notice(f"{path} was made with another model: listening to every file again")
        else:
            windows = windows.view(-1, dim)
            counts = [each["windows"] for each in listed["files"]]
            parts = zip(listed["files"], starts.split(counts), windows.split(counts), strict=True)
            return {
                each["path"]: Heard(
                    each["bytes"], each["modified_ns"], own_starts, own_windows, each["fault"]
                )
                for each, own_starts, own_windows in parts
            }
    except (OSError, SafetensorError, ValueError, LookupError, TypeError, RuntimeError):
        on_notice(f"{path} is damaged or no index: listening to every file again")
    return {}


def write_cache(path: Path, heard: Mapping[str, Heard], *, digest: str, dim: int) -> None:
    """Keep what was heard, by relative path; the old file stays until the new one is whole.

    Raises:
        OSError: The disk is full, or the place not writable.
    """
    starts = torch.cat(
        [torch.zeros(0, dtype=torch.int64), *(each.starts for each in heard.values())]
    )
    windows = torch.cat([torch.zeros(0, dim), *(each.windows for each in heard.values())])
    listed = {
        "format_version": FORMAT_VERSION,
        "weights": digest,
        "files": [
            {
                "path": key,
                "bytes": each.n_bytes,
                "modified_ns": each.modified_ns,
                "windows": len(each.starts),
                "fault": each.fault,
            }
            for key, each in heard.items()
        ],
    }
    # Only ASCII: names of files need not be valid Unicode, metadata must.
    text = json.dumps(listed, ensure_ascii=True)
    facts = {_LIST: text, _DIGEST: _seal(text, starts, windows)}
    write_file(path, save({"starts": starts, "windows": windows}, metadata=facts))


def _seal(text: str, starts: Tensor, windows: Tensor) -> str:
    digest = hashlib.sha256(text.encode())
    digest.update(_flat(starts))
    digest.update(_flat(windows))
    return digest.hexdigest()


def _flat(tensor: Tensor) -> memoryview:
    """What hashlib takes without a copy."""
    return tensor.detach().cpu().contiguous().numpy().reshape(-1).data


def _place_in_user_cache(folder: Path) -> Path:
    """One file a folder, where this system keeps what can be made again."""
    home = Path(os.path.expanduser("~"))  # Path.home() fails where there is none.
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(home / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(home / ".cache")
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return Path(base) / "musiclm" / f"{name}{INDEX_NAME}"
