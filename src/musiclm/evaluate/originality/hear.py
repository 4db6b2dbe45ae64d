"""One sound file of any length in, its semantic tokens and the MuLan tokens of its windows out.

An index and the songs that are checked against it must be heard alike: both come through here.
Nothing here compares anything.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from musiclm.artifact import read_manifest
from musiclm.audio.blocks import AudioFile
from musiclm.audio.resample import resample_blocks
from musiclm.errors import AudioError, ConfigError
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_model, read_description, require_digest
from musiclm.pipeline.search_cache import weights_digest
from musiclm.pipeline.search_listen import listen
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.timing import (
    frames_to_samples,
    samples_to_seconds,
    seconds_to_frames,
    seconds_to_samples,
)

Tokens = NDArray[np.uint16]

RUN_SECONDS = 5
"""Of the run of tokens that counts as a copy: the 125 tokens of MusicLM, sec. 5."""
WINDOW_SECONDS = 10
"""Of the windows that are compared."""

_STRETCH_SECONDS = 180  # Longer sound is tokenized in stretches, in constant memory.
_MARGIN_SECONDS = 5  # So much beside each stretch only gives context.


@dataclass(frozen=True, slots=True)
class Listeners:
    """The two parts of a model that an index depends on."""

    mulan: Mulan
    tokenizer: SemanticTokenizer

    def identity(self) -> dict[str, str]:
        """SHA-256 of the settings and weights of each, however they are stored."""
        points = hashlib.sha256(weights_digest(self.mulan).encode())
        points.update(_flat(self.mulan.audio_mean))
        for name, tensor in sorted(self.mulan.quantizer.state_dict().items()):
            # Moving averages of training do not decide about any token.
            if not name.endswith((".counts", ".sums")):
                points.update(name.encode())
                points.update(_flat(tensor))
        tokens = hashlib.sha256(self.tokenizer.config.to_json().encode())
        for name, tensor in sorted(self.tokenizer.state_dict().items()):
            tokens.update(name.encode())
            tokens.update(_flat(tensor))
        return {"mulan": points.hexdigest(), "tokenizer": tokens.hexdigest()}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one file."""

    semantic: Tokens  # one a frame
    mulan: Tokens  # [windows, M]; windows of silence are left out
    starts: NDArray[np.uint32]  # of each window, in semantic frames
    seconds: float


def load_listeners(model: str | Path) -> Listeners:
    """MuLan with its audio tower, and the semantic tokenizer, of a model.

    Args:
        model: Name of a model in the box, or a model folder.

    Raises:
        ModelNotFoundError: There is no such model.
        ArtifactError: It is not intact.
        ConfigError: It has no semantic tokenizer.
    """
    folder = find_model(model)
    parts = read_description(folder)[0].components
    if parts.tokenizer is None:
        raise ConfigError(
            f"{folder} has no semantic tokenizer, without which no tokens can be compared: "
            "assemble the model with its tokenizer"
        )
    for part in (parts.mulan, parts.tokenizer):
        require_digest(folder, part, read_manifest(folder / part.folder)[1])
    return Listeners(
        Mulan.load(folder / parts.mulan.folder, towers="both"),
        SemanticTokenizer.load(folder / parts.tokenizer.folder),
    )


@torch.inference_mode()
def hear(path: Path, listeners: Listeners) -> Heard:
    """Tokens of a file of any length, rate and number of channels.

    Raises:
        AudioError: Missing, unreadable, not finite, silent, or shorter than five seconds.
    """
    mulan, tokenizer = listeners.mulan, listeners.tokenizer
    try:
        with AudioFile(path) as file:
            starts, windows, fault = listen(file, mulan)
        if fault:
            raise AudioError(f"{path} {fault}: give music")
        with AudioFile(path) as file:
            semantic = np.concatenate(list(_tokenized(file, tokenizer)))
    except UnicodeEncodeError:  # soundfile cannot pass such a name on.
        raise AudioError(f"{path!a} has a name that is not valid Unicode: rename it") from None
    rate = tokenizer.stream.frame_rate
    if len(semantic) < seconds_to_frames(RUN_SECONDS, rate):
        seconds = float(len(semantic) / rate)
        raise AudioError(
            f"{path} has {seconds:.2f} s of sound, at least {RUN_SECONDS} s can be checked: give a "
            "longer file"
        )
    codes = mulan.tokens_from_embeddings(windows.to(mulan.device), source="audio")
    places = [round(samples_to_seconds(int(s), mulan.sample_rate) * rate) for s in starts]
    return Heard(
        semantic=semantic,
        mulan=codes.cpu().numpy().astype(np.uint16),
        starts=np.array(places, dtype=np.uint32),
        seconds=float(len(semantic) / rate),
    )


@torch.inference_mode()
def hear_late(path: Path, tokenizer: SemanticTokenizer) -> Tokens:
    """Tokens of the same file begun half a frame later.

    A copy that begins anywhere is thus a quarter of a frame at most beside the frames of the
    original in one of the two, which leaves about four fifths of its tokens alone.

    Raises:
        AudioError: As ``hear``.
    """
    with AudioFile(path) as file:
        return np.concatenate(list(_tokenized(file, tokenizer, late=True)))


def _tokenized(
    file: AudioFile, tokenizer: SemanticTokenizer, *, late: bool = False
) -> Iterator[Tokens]:
    """Tokens of stretches of three minutes; up to there they are those of the whole."""
    rate = tokenizer.sample_rate
    hop = frames_to_samples(1, tokenizer.stream.frame_rate, rate)
    stretch = seconds_to_samples(_STRETCH_SECONDS, rate) // hop
    margin = seconds_to_samples(_MARGIN_SECONDS, rate) // hop
    # The tokenizer hears the mean of the channels.
    mono = (block.mean(dim=0, keepdim=True) for block in file.blocks())
    waiting: list[Float[Tensor, "1 _"]] = []
    n_waiting = before = 0
    skip = hop // 2 if late else 0
    for block in resample_blocks(mono, file.sample_rate, rate):
        waiting.append(block[:, skip:])
        skip -= min(skip, block.shape[1])
        n_waiting += waiting[-1].shape[1]
        if n_waiting >= (before + stretch + margin) * hop:
            whole = torch.cat(waiting, dim=1)
            part = whole[:, : (before + stretch + margin) * hop]
            yield _encode(tokenizer, part)[before : before + stretch]
            # What was context after this stretch begins the next, with context before it.
            whole = whole[:, (before + stretch - margin) * hop :]
            waiting, n_waiting, before = [whole], whole.shape[1], margin
    if n_waiting > before * hop:
        yield _encode(tokenizer, torch.cat(waiting, dim=1))[before:]


def _encode(tokenizer: SemanticTokenizer, samples: Float[Tensor, "1 N"]) -> Tokens:
    codes: Tokens = tokenizer.encode(samples[None])[0, 0].cpu().numpy().astype(np.uint16)
    return codes


def _flat(tensor: Tensor) -> memoryview:
    """What hashlib takes without a copy."""
    return tensor.detach().cpu().contiguous().numpy().reshape(-1).data
