"""The name or folder of a published audio encoder in, an ``Embedder`` out, through transformers.

Published scores embed with encoders that others trained; what a model's own networks think of it
proves little. The kind of encoder decides how a sound becomes vectors: CLAP gives one for ten
seconds; of EnCodec the latents before quantization, and of wav2vec-like encoders (HuBERT, MERT
and others) the last hidden layer are averaged over each second. So these vectors are not those of
other toolkits, which may take another layer or every frame, and nor are the distances.

Weights are read from safetensors only and no code of a checkpoint is run. A name that is no folder
makes transformers ask its hub; nothing else here uses a network. VGGish is none of the encoders
that transformers knows.
"""

import hashlib
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError
from musiclm.evaluate.quality.embedders import HF_PREFIX, Embedder, identity_of, means_by_second

WAVE_TYPES = (
    "wav2vec2",
    "hubert",
    "wavlm",
    "data2vec-audio",
    "unispeech",
    "unispeech-sat",
    "mert_model",
)
"""Kinds of encoders that read samples and give hidden states."""
TYPES = ("clap", "encodec", *WAVE_TYPES)
"""Every kind that can embed, as ``model_type`` in its config.json."""

_STRETCH_SECONDS = 10
"""Longer sound is encoded in stretches, because attention grows with the square of its length."""
# Drawn at random where a checkpoint for use lacks it: it replaces masked frames in training.
_TRAINING_ONLY = ("masked_spec_embed",)

_Embed = Callable[[Waveform], NDArray[np.float32]]


def load_hf_embedder(place: str) -> Embedder:
    """Load a published encoder.

    Args:
        place: A folder, or a name of the hub.

    Raises:
        ConfigError: transformers is missing, nothing can be loaded from ``place``, or it is no
            encoder of a known kind.
    """
    transformers = transformers_module()
    settings = _settings(transformers, place)
    kind = settings.get("model_type")
    if kind is None:
        raise _not_loaded(place, "its config.json is missing or names no model_type")
    if kind not in TYPES:
        raise ConfigError(
            f'{place} is of the kind "{kind}", which cannot embed: give a checkpoint of '
            f"transformers whose model_type is one of {', '.join(TYPES)} (for VGGish there is no "
            "such checkpoint: compare by CLAP instead)"
        )
    model = _model(transformers, place, str(kind), settings)
    if kind == "clap":
        embed, window_seconds = _clap(transformers, place, model)
    elif kind == "encodec":
        embed, window_seconds = _encodec(model), 1.0
    else:
        embed, window_seconds = _wave(transformers, place, model), 1.0
    # Settings that do not fit each other show in the first sound only: not in the midst of a set.
    trial = Waveform(torch.zeros(1, 48_000), 48_000)
    dimensions = loaded_from(place, lambda _: embed(trial).shape[1])
    identity = identity_of(
        "hf", transformers.__version__, json.dumps(settings, sort_keys=True), _digest(model)
    )
    return Embedder(f"{HF_PREFIX}{place}", identity, dimensions, window_seconds, embed)


def transformers_module() -> ModuleType:
    """The package, or a ConfigError that says how to get it."""
    try:
        return importlib.import_module("transformers")
    except ImportError:
        raise ConfigError(
            f'what is named {HF_PREFIX} needs transformers: pip install "musiclm[hf]"'
        ) from None


def hf_arguments(place: str) -> dict[str, Any]:
    """Of every ``from_pretrained``: what lies in a folder is never looked for elsewhere."""
    return {"local_files_only": Path(place).is_dir(), "trust_remote_code": False}


def _settings(transformers: ModuleType, place: str) -> dict[str, Any]:
    """What config.json says, whatever kind of model it describes."""
    # Renamed in version 5 of transformers.
    base = getattr(transformers, "PreTrainedConfig", None) or transformers.PretrainedConfig
    settings, _ = loaded_from(place, base.get_config_dict, **hf_arguments(place))
    found: dict[str, Any] = settings
    return found


def _model(transformers: ModuleType, place: str, kind: str, settings: dict[str, Any]) -> Any:
    """The network in evaluation mode, every weight of it from the checkpoint."""
    arguments = {
        **hf_arguments(place),
        "use_safetensors": True,
        "output_loading_info": True,
    }
    if kind == "clap":
        build = transformers.ClapModel
    elif kind == "encodec":
        build = transformers.EncodecModel
    elif kind == "mert_model":
        # Its own code is HuBERT's and two options more, which the smaller checkpoints do not use.
        if settings.get("feature_extractor_cqt") or settings.get("deepnorm"):
            raise ConfigError(
                f"{place} is a MERT with code of its own, which is not run: use MERT-v1-95M"
            )
        build = transformers.HubertModel
        arguments["config"] = transformers.HubertConfig.from_dict(
            {**settings, "model_type": "hubert"}
        )
    else:
        build = transformers.AutoModel
    model, info = loaded_from(place, build.from_pretrained, **arguments)
    missing = sorted(key for key in info["missing_keys"] if not key.endswith(_TRAINING_ONLY))
    if missing:
        raise ConfigError(
            f"{place} lacks {len(missing)} weights of its network, {missing[0]} for one, which "
            "would be random: give a complete checkpoint"
        )
    return model.float().eval()


def loaded_from(place: str, load: Callable[..., Any], **arguments: Any) -> Any:
    """What a function of transformers makes of a folder or name, or a ConfigError."""
    try:
        return load(place, **arguments)
    except Exception as error:  # transformers raises whatever its parts raise.
        raise _not_loaded(place, error) from None


def _not_loaded(place: str, reason: str | Exception) -> ConfigError:
    return ConfigError(
        f"no encoder can be loaded from {place}: {' '.join(str(reason).split())[:300]}; give a "
        "folder with config.json, model.safetensors and preprocessor_config.json, or a hub's name"
    )


def _digest(model: Any) -> str:
    """SHA-256 of all weights, in whatever files they lay."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def _clap(transformers: ModuleType, place: str, model: Any) -> tuple[_Embed, float]:
    """Unit vectors of whole windows, half overlapping; shorter sound is filled up by repeating."""
    reader = loaded_from(
        place, transformers.ClapFeatureExtractor.from_pretrained, **hf_arguments(place)
    )
    rate = int(reader.sampling_rate)
    size = int(reader.nb_max_samples)

    @torch.inference_mode()
    def embed(waveform: Waveform) -> NDArray[np.float32]:
        samples = _at(waveform, rate, 1)[0]
        last = max(0, len(samples) - size)
        starts = dict.fromkeys([*range(0, last, size // 2), last])
        vectors = []
        for start in starts:
            part = samples[start : start + size].numpy()
            inputs = reader(part, sampling_rate=rate, return_tensors="pt")
            found = model.get_audio_features(**inputs)
            # Since version 5 of transformers it comes wrapped.
            vectors.append(found if isinstance(found, Tensor) else found.pooler_output)
        return _array(functional.normalize(torch.cat(vectors), dim=-1))

    return embed, size / rate


def _encodec(model: Any) -> _Embed:
    """Latents before quantization, by second."""
    config = model.config
    rate, n_channels = int(config.sampling_rate), int(config.audio_channels)
    # The stereo model hears a second at a time and normalises its loudness.
    stretch = 1 if config.chunk_length_s else _STRETCH_SECONDS

    def encoded(samples: Float[Tensor, "C N"]) -> Float[Tensor, "T D"]:
        if config.normalize:
            samples = samples / (samples.mean(0).square().mean().sqrt() + 1e-8)
        latents: Tensor = model.encoder(samples[None])
        return latents[0].T

    return _by_second(encoded, rate, n_channels, stretch)


def _wave(transformers: ModuleType, place: str, model: Any) -> _Embed:
    """The last hidden layer, by second."""
    reader = loaded_from(
        place, transformers.Wav2Vec2FeatureExtractor.from_pretrained, **hf_arguments(place)
    )
    rate = int(reader.sampling_rate)

    def encoded(samples: Float[Tensor, "C N"]) -> Float[Tensor, "T D"]:
        inputs = reader(samples[0].numpy(), sampling_rate=rate, return_tensors="pt")
        hidden: Tensor = model(inputs.input_values).last_hidden_state
        return hidden[0]

    return _by_second(encoded, rate, 1, _STRETCH_SECONDS)


def _by_second(
    encoded: Callable[[Tensor], Tensor], rate: int, n_channels: int, stretch_seconds: int
) -> _Embed:
    """Encode whole seconds, a stretch at a time, and average over each second."""

    @torch.inference_mode()
    def embed(waveform: Waveform) -> NDArray[np.float32]:
        samples = _at(waveform, rate, n_channels)
        whole = samples[:, : samples.shape[1] // rate * rate]
        parts = torch.split(whole, stretch_seconds * rate, dim=1)
        return _array(
            torch.cat([means_by_second(encoded(part), part.shape[1] // rate) for part in parts])
        )

    return embed


def _at(waveform: Waveform, rate: int, n_channels: int) -> Float[Tensor, "C N"]:
    """At least a second at the rate and with the channels that an encoder wants."""
    sound = waveform.mono() if n_channels == 1 else waveform
    samples = resample(sound.samples, sound.sample_rate, rate).to(torch.float32)
    if samples.shape[1] < rate:
        raise AudioError(f"embedding needs 1 s of audio, got {waveform.seconds:.2f} s")
    return samples.expand(n_channels, -1) if samples.shape[0] == 1 else samples


def _array(vectors: Float[Tensor, "n D"]) -> NDArray[np.float32]:
    return np.ascontiguousarray(vectors.float().numpy())
