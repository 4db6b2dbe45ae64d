"""A published audio classifier in, what it hears in a sound out: the other judge of labels (KLD).

Published KLDs compare the labels of PaSST or LEAF, classifiers of AudioSet. PaSST is none of the
classifiers that transformers knows; AST, which was trained on the same labels, is. Softmax over all
labels is taken, as MusicGen's evaluation does, and the mean over windows of ten seconds. Weights
come from safetensors only, and no code of a checkpoint is run.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.judge import windows_of
from musiclm.evaluate.quality.embedders import HF_PREFIX, mono_at
from musiclm.evaluate.quality.hf_embedders import hf_arguments, loaded_from, transformers_module

WINDOW_SECONDS = 10.0


def load_hf_labeller(name: str) -> Callable[[Waveform], dict[str, NDArray[np.float64]]]:
    """Load a classifier of sounds.

    Args:
        name: ``hf:`` and a folder, or a name of the hub.

    Raises:
        ConfigError: transformers is missing, or nothing of that kind can be loaded.
    """
    if not name.startswith(HF_PREFIX):
        raise ConfigError(
            f'labels of "{name:.80}" are unknown: write {HF_PREFIX} and a name or folder'
        )
    place = name.removeprefix(HF_PREFIX)
    transformers = transformers_module()
    reader = loaded_from(
        place, transformers.AutoFeatureExtractor.from_pretrained, **hf_arguments(place)
    )
    model, info = loaded_from(
        place,
        transformers.AutoModelForAudioClassification.from_pretrained,
        **hf_arguments(place),
        use_safetensors=True,
        output_loading_info=True,
    )
    if info["missing_keys"]:
        raise ConfigError(
            f"{place} lacks {len(info['missing_keys'])} weights of its network, which would be "
            "random: give a checkpoint that was trained to classify sounds"
        )
    model = model.float().eval()
    rate = int(reader.sampling_rate)

    def probabilities(window: Waveform) -> Any:
        inputs = reader(mono_at(window, rate).numpy(), sampling_rate=rate, return_tensors="pt")
        return model(**inputs).logits[0].double().softmax(dim=-1)

    @torch.inference_mode()
    def label(waveform: Waveform) -> dict[str, NDArray[np.float64]]:
        windows = windows_of(waveform, WINDOW_SECONDS)
        return {"labels": torch.stack([probabilities(each) for each in windows]).mean(0).numpy()}

    return label
