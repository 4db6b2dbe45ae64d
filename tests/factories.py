"""Tiny real models with random weights, seeded: what tests of the whole chain are made of."""

from fractions import Fraction
from pathlib import Path
from typing import Literal

import torch

from musiclm.audio.waveform import Waveform
from musiclm.codec.config import CodecConfig, VocoderConfig
from musiclm.codec.model import Codec
from musiclm.config import replace
from musiclm.decode.stage import Stage, StageConfig
from musiclm.lm.config import LMKind
from musiclm.mulan.config import TINY
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import GenerationDefaults, assemble_model
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.semantic.config import TINY as SEMANTIC_TINY
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.stream import TokenStream

MULAN = TokenStream(name="mulan", codebook_size=16, n_q=4)
SEMANTIC = TokenStream(name="semantic", codebook_size=64, n_q=1, frame_rate=Fraction(25))
ACOUSTIC = TokenStream(name="acoustic", codebook_size=64, n_q=4, frame_rate=Fraction(25))

Acoustic = Literal["delay", "coarse_fine", "masked", "musicgen"]


def tiny_codec(*, n_channels: int = 2, seed: int = 0) -> Codec:
    """A codec of 24 kHz, its codebooks started from its own noise; the vocoder, for stereo."""
    config = CodecConfig(
        architecture="vocoder" if n_channels == 2 else "spectral",
        n_channels=n_channels,
        latent_dim=16,
        n_q=4,
        codebook_size=64,
        vocoder=VocoderConfig(
            linear_bins=48,
            turning_inputs=32,
            n_mels=24,
            noise_mels=8,
            sub_dim=32,
            noise_dim=16,
            dim=48,
            encoder_blocks=1,
            decoder_blocks=1,
        ),
    )
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        codec = Codec(config).eval()
    noise = torch.randn(4, n_channels, 24_000, generator=rng) * 0.3
    with torch.no_grad():
        latents = codec.encoder(codec.pad_to_frames(noise))
        codec.quantizer.init_from(latents.movedim(1, 2).flatten(0, 1), rng)
    return codec


def tiny_mulan(*, seed: int = 0) -> Mulan:
    """Both towers; codebooks started from random points of the sphere."""
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        mulan = Mulan(TINY).eval()
    points = torch.nn.functional.normalize(torch.randn(256, TINY.dim, generator=rng), dim=1)
    mulan.quantizer.init_from(points, rng)
    return mulan


def tiny_stage(
    name: str,
    target: TokenStream,
    conditions: tuple[TokenStream, ...],
    *,
    kind: LMKind = "prefix",
    seed: int = 0,
) -> Stage:
    """A stage with short windows, so that two seconds take several."""
    config = StageConfig(
        name=name,
        kind=kind,
        conditions=conditions,
        target=target,
        size="tiny",
        condition_lookahead=2 if kind == "delay" else 0,
        window_seconds=2.0,
        carry_seconds=1.0,
        crop_seconds=1.0,
        top_p=0.98,
    )
    stage = Stage.create(config, seed=seed)
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in stage.model.parameters():
            # Fresh models end every block in zeros, and would not hear what they are given.
            if weight.ndim == 2 and not bool(weight.any()):
                weight.copy_(torch.randn(weight.shape, generator=rng) * 0.3)
    return stage


def tiny_acoustic(kind: Acoustic) -> list[Stage]:
    """The acoustic stages of one of the ways to the same codes; ``musicgen`` hears no plan."""
    if kind == "coarse_fine":
        coarse, fine = ACOUSTIC.levels(0, 2), ACOUSTIC.levels(2, 4)
        return [
            tiny_stage("coarse", coarse, (MULAN, FACTS_STREAM, SEMANTIC), seed=2),
            tiny_stage("fine", fine, (MULAN, FACTS_STREAM, coarse), seed=3),
        ]
    heard = (TIMELINE_STREAM, ENSEMBLE_STREAM)
    if kind == "musicgen":
        conditions = (MULAN, FACTS_STREAM, *heard)
        return [tiny_stage("musicgen", ACOUSTIC, conditions, kind="delay", seed=2)]
    heard = heard if kind == "delay" else ()
    timed = (SEMANTIC, *heard)
    return [tiny_stage("acoustic", ACOUSTIC, (MULAN, FACTS_STREAM, *timed), kind=kind, seed=2)]


def tiny_model(
    folder: Path,
    *,
    acoustic: Acoustic = "delay",
    n_channels: int = 2,
    defaults: GenerationDefaults | None = None,
    tokenizer: SemanticTokenizer | None = None,
) -> Path:
    """Assemble a whole model of random weights in ``folder / "tiny"``; returns that folder."""
    if tokenizer is not None:
        tokenizer.save(folder / "tokenizer")
    tiny_mulan().save(folder / "mulan")
    conditions = (MULAN, FACTS_STREAM, TIMELINE_STREAM, ENSEMBLE_STREAM)
    semantic = tiny_stage("semantic", SEMANTIC, conditions, kind="delay", seed=1)
    semantic.save(folder / "semantic")
    tiny_codec(n_channels=n_channels).save(folder / "codec")
    stages = tiny_acoustic(acoustic)
    places = [folder / f"stage-{number}" for number in range(len(stages))]
    for stage, place in zip(stages, places, strict=True):
        stage.save(place)
    assemble_model(
        folder / "tiny",
        mulan=folder / "mulan",
        semantic=None if acoustic == "musicgen" else folder / "semantic",
        acoustic=places,
        codec=folder / "codec",
        tokenizer=None if tokenizer is None else folder / "tokenizer",
        name="tiny",
        version="0",
        defaults=defaults,
    )
    return folder / "tiny"


def tiny_tokenizer(*, seed: int = 0) -> SemanticTokenizer:
    """Semantic tokens of harmony and rhythm, centroids fitted to swelling noise."""
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = replace(SEMANTIC_TINY, clusters="harmony", codebook_size=SEMANTIC.codebook_size)
        tokenizer = SemanticTokenizer(config).eval()
    swell = 0.5 + 0.5 * torch.sin(torch.arange(192_000) / 3000)
    noise = 0.2 * swell * torch.randn(1, 2, 192_000, generator=rng)
    inputs = describe_frames(noise, config)
    tokenizer.fit_centroids(tokenizer.features(inputs)[0], rng)
    return tokenizer


def tiny_music(seconds: float, *, seed: int = 0, sample_rate: int = 24_000) -> Waveform:
    """A recording in stereo: a chord that is plucked twice a second, over soft noise."""
    rng = torch.Generator().manual_seed(seed)
    times = torch.arange(round(seconds * sample_rate)) / sample_rate
    pluck = torch.exp(-6 * (times % 0.5))
    notes = sum(torch.sin(2 * torch.pi * hertz * times) for hertz in (220.0, 277.2, 329.6))
    noise = 0.01 * torch.randn(2, len(times), generator=rng)
    return Waveform(0.1 * pluck * notes + noise, sample_rate)
