"""A checkpoint of MusicGen in, our stage with its weights out.

The published networks are values of ``StageConfig``: a delayed stage of 30-second windows that
attends to what T5 makes of the text; melody models have the pitch classes of a melody and the text
before the first step instead, and stereo models codes of the left and right channel in turns, which
share their delays. ``TENSORS`` is the whole translation of names.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from musiclm.acoustic.checkpoint import Checkpoint, built_from
from musiclm.decode.stage import Stage, StageConfig
from musiclm.errors import ArtifactError
from musiclm.lm.build import build_lm
from musiclm.lm.delay_lm import DelayLM
from musiclm.nn.config import TransformerConfig
from musiclm.nn.packed_cache import packed_cache_available
from musiclm.nn.positions import Sinusoidal
from musiclm.nn.precision import Precision, convert
from musiclm.tokens.stream import TokenStream, VectorStream

WINDOW_SECONDS = 30.0
STRIDE_SECONDS = 18.0
"""How far a window moves on where the music is longer (audiocraft's ``extend_stride``)."""
MELODY_FRAMES = 235
TOP_K = 250

_DECODER = "decoder.model.decoder."
_LARGEST_POSITION = 8192

TENSORS: Mapping[str, tuple[str, ...]] = {
    "core.blocks.{block}.attention_norm.*": ("layers.{block}.self_attn_layer_norm.*",),
    "core.blocks.{block}.attention.qkv.*": (
        "layers.{block}.self_attn.q_proj.*",
        "layers.{block}.self_attn.k_proj.*",
        "layers.{block}.self_attn.v_proj.*",
    ),
    "core.blocks.{block}.attention.out.*": ("layers.{block}.self_attn.out_proj.*",),
    "core.blocks.{block}.cross_norm.*": ("layers.{block}.encoder_attn_layer_norm.*",),
    "core.blocks.{block}.cross.q.*": ("layers.{block}.encoder_attn.q_proj.*",),
    "core.blocks.{block}.cross.kv.*": (
        "layers.{block}.encoder_attn.k_proj.*",
        "layers.{block}.encoder_attn.v_proj.*",
    ),
    "core.blocks.{block}.cross.out.*": ("layers.{block}.encoder_attn.out_proj.*",),
    "core.blocks.{block}.ff_norm.*": ("layers.{block}.final_layer_norm.*",),
    "core.blocks.{block}.ff.up.*": ("layers.{block}.fc1.*",),
    "core.blocks.{block}.ff.down.*": ("layers.{block}.fc2.*",),
    "core.norm.*": ("layer_norm.*",),
    "embedding.table.*": ("embed_tokens.{level}.*",),
    "heads.linear.*": ("/decoder.lm_heads.{level}.*",),
    "vectors.text.linear.*": ("/enc_to_dec_proj.*",),
    "vectors.chroma.linear.*": ("/audio_enc_to_dec_proj.*",),
}
"""Our name and theirs, below their decoder, or with ``/`` from the top; several, and those of all
levels, are stacked. ``*`` is ``weight`` or ``bias``."""


def stage_config(checkpoint: Checkpoint) -> StageConfig:
    """What the stage of a checkpoint is.

    Raises:
        ArtifactError: The settings ask for what MusicGen has not.
    """
    with built_from(checkpoint.folder, "language model"):
        return _stage_config(checkpoint)


def _stage_config(checkpoint: Checkpoint) -> StageConfig:
    config, decoder = checkpoint.config, checkpoint.config.decoder
    audio = _part(checkpoint, "audio_encoder", "codec", "encodec")
    _part(checkpoint, "text_encoder", "text encoder", "t5")
    melody = checkpoint.kind == "musicgen_melody"
    faults = [
        f"{name} is {got}, expected {expected}"
        for name, got, expected in (
            ("activation_function", decoder.activation_function, "gelu"),
            ("scale_embedding", decoder.scale_embedding, False),
            ("audio_encoder.codebook_size", audio.codebook_size, decoder.vocab_size),
            ("pad_token_id", decoder.pad_token_id, decoder.vocab_size),
            ("audio_encoder.audio_channels", audio.audio_channels, 1),
        )
        if got != expected
    ]
    if decoder.audio_channels not in (1, 2):
        faults.append(f"audio_channels is {decoder.audio_channels}, expected 1 or 2")
    stereo = decoder.audio_channels == 2
    if stereo and decoder.num_codebooks % 2:
        faults.append(f"num_codebooks is {decoder.num_codebooks}, expected an even number")
    if decoder.hidden_size % decoder.num_attention_heads:
        faults.append("hidden_size is no multiple of num_attention_heads")
    if faults:
        raise ArtifactError(f"{checkpoint.folder}: config.json does not fit: {'; '.join(faults)}")
    text = VectorStream(name="text", dim=config.text_encoder.hidden_size)
    vectors: tuple[VectorStream, ...] = (text,)
    if melody:
        vectors = (VectorStream(name="chroma", dim=config.num_chroma, null="first"), text)
    n_q = decoder.num_codebooks
    return StageConfig(
        name="musicgen",
        kind="delay",
        conditions=(),
        vectors=vectors,
        target=TokenStream(
            name="acoustic",
            codebook_size=decoder.vocab_size,
            n_q=n_q,
            frame_rate=Fraction(audio.sampling_rate, prod(audio.upsampling_ratios)),
        ),
        delays=tuple(level // 2 for level in range(n_q)) if stereo else (),
        size="paper",
        transformer=TransformerConfig(
            dim=decoder.hidden_size,
            depth=decoder.num_hidden_layers,
            n_heads=decoder.num_attention_heads,
            ff_mult=decoder.ffn_dim / decoder.hidden_size,
            gated=False,
            activation="gelu",
            positions="sinusoidal",
            max_positions=_LARGEST_POSITION,
            cross_attention=not melody,
            norm_bias=True,
        ),
        window_seconds=WINDOW_SECONDS,
        carry_seconds=WINDOW_SECONDS - STRIDE_SECONDS,
        crop_seconds=WINDOW_SECONDS,
        top_k=TOP_K,
    )


def load_stage(checkpoint: Checkpoint, *, precision: Precision = "float32") -> Stage:
    """The stage of a checkpoint, ready to generate.

    Weights are read and converted a block at a time, so that a model in int8 never needs the memory
    that it would take in float32.

    Args:
        checkpoint: Where its weights are.
        precision: What they are kept in.

    Raises:
        ArtifactError: A tensor is missing, of another shape than the settings say, not finite, or
            one that nothing here uses.
    """
    config = stage_config(checkpoint)
    with torch.device("meta"):
        model = build_lm(config.lm)
    if not isinstance(model, DelayLM):  # pragma: no cover - the kind is ours
        raise TypeError("MusicGen is a delayed model")
    _restore_buffers(model, config)
    used = {name for name in checkpoint.places if name.startswith(("text_encoder.", "audio_enc"))}
    used -= {name for name in used if name.startswith("audio_enc_to_dec")}
    for prefix, part in _parts(model):
        state = {}
        for name, expected in part.state_dict().items():
            tensor, names = _tensor(checkpoint, config, f"{prefix}.{name}")
            if tensor.shape != expected.shape:
                raise ArtifactError(
                    f"{checkpoint.folder}: {names[0]} makes {list(tensor.shape)}, config.json says "
                    f"{list(expected.shape)}: they are of different models"
                )
            used |= set(names)
            state[name] = tensor.float()
        part.load_state_dict(state, assign=True)
        for parameter in part.parameters():
            parameter.requires_grad_(False)
        convert(part, precision)
    # Beside small weights a past of 30 s would be most of what a step reads.
    model.core.packs_cache = precision in ("int8", "int4") and packed_cache_available()
    used |= _check_positions(checkpoint, model)
    checkpoint.require_all_used(used)
    return Stage(config, model.eval())


def _parts(model: DelayLM) -> Iterator[tuple[str, nn.Module]]:
    """All of a model, in pieces small enough to be there in float32 one at a time."""
    for number, block in enumerate(model.core.blocks):
        yield f"core.blocks.{number}", block
    yield "core.norm", model.core.norm
    yield "embedding", model.embedding
    yield "heads", model.heads
    for stream, module in zip(model.config.vectors, model.vectors, strict=True):
        yield f"vectors.{stream.name}", module


def _tensor(checkpoint: Checkpoint, config: StageConfig, name: str) -> tuple[Tensor, list[str]]:
    """One of our tensors, and the names of those that it was made of."""
    stem, _, ending = name.rpartition(".")
    pieces = stem.split(".")
    block = pieces[2] if pieces[:2] == ["core", "blocks"] else ""
    row = ".".join("{block}" if piece == block else piece for piece in pieces) if block else stem
    names = []
    for theirs in TENSORS[f"{row}.*"]:
        place = theirs.removeprefix("/") if theirs.startswith("/") else _DECODER + theirs
        place = place.replace("{block}", block).replace("*", ending)
        if "{level}" in place:
            names += [place.replace("{level}", str(k)) for k in range(config.target.n_q)]
        else:
            names.append(place)
    if row.startswith("vectors.") and names[0] not in checkpoint.places:
        # Published where widths are equal: vectors are taken as they are.
        (stream,) = (each for each in config.vectors if each.name == pieces[1])
        if stream.dim == config.core.dim:
            return torch.eye(stream.dim) if ending == "weight" else torch.zeros(stream.dim), []
    return torch.cat([checkpoint.tensor(each) for each in names]), names


def _restore_buffers(model: DelayLM, config: StageConfig) -> None:
    """Tables that are computed and not stored, which a model without memory has not."""
    rows = config.target.codebook_size + 1
    model.embedding.offsets = torch.arange(config.target.n_q) * rows
    model.core.sinusoidal = Sinusoidal(config.core.dim, max_positions=config.core.max_positions)


def _check_positions(checkpoint: Checkpoint, model: DelayLM) -> set[str]:
    """Older files hold the table of positions too: it must be ours."""
    name = f"{_DECODER}embed_positions.weights"
    if name not in checkpoint.places:
        return set()
    table = checkpoint.tensor(name).float()
    sinusoidal = model.core.sinusoidal
    if sinusoidal is not None:
        ours = sinusoidal.table[: table.shape[0]].float()
        if table.shape != ours.shape or not torch.allclose(table, ours, atol=1e-3):
            raise ArtifactError(
                f"{checkpoint.folder}: {name} holds other positions than MusicGen's: it is of "
                "another model"
            )
    return {name}


def _part(checkpoint: Checkpoint, name: str, what: str, expected: str) -> Any:
    """The settings of a part that is read by transformers."""
    part = getattr(checkpoint.config, name)
    if part.model_type != expected:
        raise ArtifactError(
            f'{checkpoint.folder}: the {what} is "{part.model_type}", expected "{expected}"'
        )
    return part
