"""One contender of ``musiclm bench musicgen``: a process that generates, some steps a turn.

A checkpoint is loaded by us or by transformers, and then ``generate`` runs as everybody calls it.
What times the steps is a hook on the model's last layer, the logits of a step; after every turn it
waits inside that hook until its turn comes again. So contenders share one machine and one hour
without being computed in any other way than alone, and each has a process and a memory of its own.

Standard input has a line of JSON for each run, and an empty line for each turn; standard output
has a line of JSON for each answer. Nothing here decides who is compared: that is
``bench_musicgen.py``.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from torch import Tensor, nn

    from musiclm.acoustic.checkpoint import Checkpoint

PROMPT = "calm piano with the violin"
GUIDANCE = 3.0
_CACHE_NAMES = ("cache", "past_key_values")  # ours and that of transformers 5.24; older ones
TOP_K = 250
_WARM_FRAMES = 4

# Not read in a decoding step, but once before the first one; of tables single rows are read.
_OURS_UNREAD = ("cross.kv.", "vectors.", "conditions.", "embedding.", "sinusoidal.")
_THEIRS_UNREAD = (
    "encoder_attn.k_proj.",
    "encoder_attn.v_proj.",
    "embed_tokens.",
    "embed_positions.",
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A loaded model and how it generates."""

    language_model: "nn.Module"
    unread: tuple[str, ...]  # parts of the names of tensors that a step does not read
    head: "nn.Module"  # is called once a step, last
    core: "nn.Module"  # is given the cache
    context_name: str  # where a cache keeps what cross-attention looks at
    max_delay: int  # steps beyond the frames
    generate: Callable[[int, float], object]  # of frames and a guidance scale
    held: object  # what else a user has in memory: the codec


class _RunEndedError(Exception):
    """The last step was taken; what decodes its codes is not measured."""


@dataclass(slots=True)
class _Turns:
    """A forward hook that times steps, and waits after every turn."""

    n_steps: int
    n_extra: int
    turn_steps: int
    wait: Callable[[], None]
    answer: Callable[[dict[str, Any]], None]
    at_end: Callable[[], dict[str, Any]]
    last: float = field(default_factory=time.perf_counter)
    n_done: int = 0
    spent: list[float] = field(default_factory=list)

    def __call__(self, *_: object) -> None:
        now = time.perf_counter()
        self.n_done += 1
        if self.n_done <= self.n_extra:
            return
        if self.n_done == 1 + self.n_extra:  # reading the prompt is a pass of its own
            self.answer({"first_seconds": now - self.last})
            self.wait()
        else:
            self.spent.append(now - self.last)
            if self.n_done == self.n_steps + self.n_extra:
                self.answer({"seconds": self.spent, "ended": self.at_end()})
                raise _RunEndedError
            if len(self.spent) == self.turn_steps:
                self.answer({"seconds": self.spent})
                self.spent = []
                self.wait()
        self.last = time.perf_counter()


def load_ours(folder: Path, precision: str, seed: int) -> Contender:
    """A checkpoint as we compute it, with its text encoder and its codec, as for a user.

    Args:
        folder: In the Hugging Face layout.
        precision: What the weights of the language model are.
        seed: Of the codes that are drawn.

    Raises:
        ArtifactError: The folder is broken.
    """
    import torch

    from musiclm.acoustic.checkpoint import read_checkpoint
    from musiclm.acoustic.official import load_stage
    from musiclm.acoustic.t5 import TextEncoder
    from musiclm.codec.encodec import Encodec
    from musiclm.lm.delay_lm import DelayLM
    from musiclm.nn.precision import PRECISIONS

    (known,) = [each for each in PRECISIONS if each == precision]
    checkpoint = read_checkpoint(folder)
    stage = load_stage(checkpoint, precision=known)
    model, target = stage.model, stage.config.target
    if not isinstance(model, DelayLM):  # pragma: no cover - MusicGen is one
        raise TypeError("MusicGen is a delayed model")
    texts = TextEncoder.load(checkpoint)
    codec = Encodec.from_tensors(
        checkpoint.config.audio_encoder,
        checkpoint.below("audio_encoder."),
        n_channels=checkpoint.config.decoder.audio_channels,
        stream=target,
    )

    def generate(n_frames: int, guidance: float) -> object:
        seconds = float(n_frames / target.frame_rate)
        rng = torch.Generator().manual_seed(seed)
        conditions = (*melodies(checkpoint, 1), texts.vectors([PROMPT]))
        return stage.generate(conditions, seconds, rng, guidance_scale=guidance)

    return Contender(
        language_model=model,
        unread=_OURS_UNREAD,
        head=model.heads,
        core=model.core,
        context_name="context",
        max_delay=max(model.delays),
        generate=generate,
        held=codec,
    )


def load_theirs(folder: Path, precision: str, seed: int) -> Contender:
    """A checkpoint as transformers computes it, by its ``generate`` with its default cache.

    Args:
        folder: In the Hugging Face layout.
        precision: ``float32`` or ``bfloat16``.
        seed: Of the codes that are drawn.
    """
    import torch
    import transformers

    from musiclm.acoustic.checkpoint import read_checkpoint

    logs: Any = transformers.logging
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    checkpoint = read_checkpoint(folder)
    melody = checkpoint.kind == "musicgen_melody"
    kind = getattr(transformers, f"Musicgen{'Melody' * melody}ForConditionalGeneration")
    network: Any = kind.from_pretrained(
        folder, dtype=getattr(torch, precision), local_files_only=True
    ).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    decoder = network.decoder
    n_channels = decoder.config.audio_channels
    max_delay = decoder.config.num_codebooks // n_channels - 1
    inputs = dict(tokenizer([PROMPT], return_tensors="pt"))
    if melody:
        (chroma,) = melodies(checkpoint, 1)
        inputs["input_features"] = chroma.to(network.dtype)

    def generate(n_frames: int, guidance: float) -> object:
        torch.manual_seed(seed)
        return network.generate(
            **inputs,
            do_sample=True,
            top_k=TOP_K,
            guidance_scale=guidance,
            max_new_tokens=n_frames + max_delay,
        )

    return Contender(
        language_model=decoder,
        unread=_THEIRS_UNREAD,
        head=decoder.lm_heads[-1],
        core=decoder,
        context_name="cross_attention_cache",
        max_delay=max_delay,
        generate=generate,
        held=network,
    )


def melodies(checkpoint: "Checkpoint", n_items: int) -> tuple["Tensor", ...]:
    """No melody, as vectors, for the checkpoints that are conditioned on one; else nothing."""
    import torch

    from musiclm.acoustic.official import MELODY_FRAMES

    if checkpoint.kind != "musicgen_melody":
        return ()
    chroma = torch.zeros(n_items, MELODY_FRAMES, checkpoint.config.num_chroma)
    chroma[..., 0] = 1.0
    return (chroma,)


def tensor_bytes(things: Iterable[Any]) -> int:
    """Memory of all tensors in things, in their attributes, and in what those hold; each once."""
    import torch

    found: dict[int, int] = {}
    visited: set[int] = set()
    waiting = list(things)
    while waiting:
        thing = waiting.pop()
        if id(thing) in visited or isinstance(thing, type | ModuleType):
            continue
        visited.add(id(thing))
        if isinstance(thing, torch.Tensor):
            storage = thing.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
        elif isinstance(thing, dict):
            waiting += thing.values()
        elif isinstance(thing, list | tuple | set):
            waiting += thing
        elif hasattr(thing, "__dict__"):
            waiting += vars(thing).values()
    return sum(found.values())


def read_bytes(contender: Contender) -> int:
    """Bytes of the weights that every decoding step reads."""
    model = contender.language_model
    return tensor_bytes(
        tensor
        for name, tensor in (*model.named_parameters(), *model.named_buffers())
        if not any(part in name for part in contender.unread)
    )


def extra_passes(contender: Contender) -> int:
    """Passes before the first step that count for nothing, found by counting; also warms up.

    transformers 5.24 reads the prompt twice, and uses the second time only.
    """
    n_passes = 0

    def count(*_: object) -> None:
        nonlocal n_passes
        n_passes += 1

    counting = contender.head.register_forward_hook(count)
    contender.generate(_WARM_FRAMES, 1.0)
    counting.remove()
    return n_passes - _WARM_FRAMES - contender.max_delay


def run(
    contender: Contender,
    *,
    n_extra: int,
    n_frames: int,
    turn_steps: int,
    guidance: float,
    wait: Callable[[], None],
    answer: Callable[[dict[str, Any]], None],
) -> None:
    """Generate once, in turns.

    Args:
        contender: Who.
        n_extra: As ``extra_passes`` has counted them.
        n_frames: Of music.
        turn_steps: Steps a turn.
        guidance: Scale; 1 means none.
        wait: Returns when the next turn begins; called after the first step, which reads the
            prompt, and after every turn but the last.
        answer: Is given ``first_seconds``, then the ``seconds`` of each step of a turn, and with
            the last ones, as ``ended``, what memory the caches and the process took.
    """
    caches: list[Any] = []

    def keep(_: object, __: object, given: dict[str, Any]) -> None:
        caches[:] = [given[name] for name in _CACHE_NAMES if given.get(name) is not None]

    def at_end() -> dict[str, Any]:
        from musiclm.cli.machine import peak_memory_bytes

        if not caches:
            raise RuntimeError(f"no argument is called {' or '.join(_CACHE_NAMES)}")
        context = [getattr(cache, contender.context_name, None) for cache in caches]
        context_bytes = tensor_bytes(context)
        return {
            "cache_bytes": tensor_bytes(caches) - context_bytes,
            "context_bytes": context_bytes,
            "peak_memory_bytes": peak_memory_bytes(),
        }

    n_steps = n_frames + contender.max_delay
    watching = contender.core.register_forward_pre_hook(keep, with_kwargs=True)
    turns = _Turns(n_steps, n_extra, turn_steps, wait, answer, at_end)
    clock = contender.head.register_forward_hook(turns)
    try:
        contender.generate(n_frames, guidance)
    except _RunEndedError:
        return
    finally:
        watching.remove()
        clock.remove()
    raise RuntimeError(f"expected {n_steps} steps, but generating ended after {turns.n_done}")


def _serve(task: dict[str, Any], lines: TextIO, out: TextIO) -> None:
    """Load, then run as often as a line asks for it."""
    import torch

    from musiclm.cli.machine import peak_memory_bytes

    def answer(what: dict[str, Any]) -> None:
        print(json.dumps(what), file=out, flush=True)

    def wait() -> None:
        if not lines.readline():
            sys.exit(0)  # whoever asked has gone

    torch.set_num_threads(task["threads"])
    began = time.perf_counter()
    load = load_ours if task["side"] == "musiclm" else load_theirs
    contender = load(Path(task["folder"]), task["precision"], task["seed"])
    load_seconds, load_memory_bytes = time.perf_counter() - began, peak_memory_bytes()
    n_extra = extra_passes(contender)
    model = contender.language_model
    answer(
        {
            "load_seconds": load_seconds,
            "load_memory_bytes": load_memory_bytes,
            "weight_bytes": tensor_bytes((*model.parameters(), *model.buffers())),
            "read_bytes": read_bytes(contender),
        }
    )
    while line := lines.readline():
        run(contender, n_extra=n_extra, **json.loads(line), wait=wait, answer=answer)


if __name__ == "__main__":
    # Whatever a library prints goes to standard error: standard output is for answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        _serve(json.loads(sys.argv[1]), sys.stdin, answers)
