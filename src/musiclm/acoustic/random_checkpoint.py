"""Sizes in, a MusicGen checkpoint with random weights out, as transformers writes it.

For benchmarks and tests: its language model is built, and as fast, as the published ones, and needs
no download. Text encoder and codec are tiny whatever the size, and the tokenizer knows a few words.
What it plays is noise.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from musiclm.acoustic.checkpoint import need_transformers

WORDS = "calm happy sad piano violin drums rock jazz techno with and the a fast slow".split()
"""All that the tokenizer knows."""

SizeName = Literal["small", "medium", "large"]
SIZES: Mapping[SizeName, Mapping[str, int]] = {
    "small": {"width": 1024, "depth": 24, "heads": 16, "hidden": 4096, "codes": 2048},
    "medium": {"width": 1536, "depth": 48, "heads": 24, "hidden": 6144, "codes": 2048},
    "large": {"width": 2048, "depth": 48, "heads": 32, "hidden": 8192, "codes": 2048},
}
"""Arguments of ``write_musicgen`` for the language models of the published checkpoints."""


def write_musicgen(
    folder: Path,
    *,
    melody: bool = False,
    stereo: bool = False,
    width: int = 32,
    depth: int = 2,
    heads: int = 4,
    hidden: int = 64,
    codes: int = 64,
    text_width: int = 24,
    seed: int = 0,
    shard: str | None = None,
) -> Any:
    """Write a checkpoint in the Hugging Face layout.

    Args:
        folder: Where to; made if need be.
        melody: Of the kind that is conditioned on a melody.
        stereo: Twice the levels, of left and right in turns.
        width: Features of the language model.
        depth: Its blocks.
        heads: Its attention heads.
        hidden: Features inside its feed-forward layers.
        codes: Entries of a codebook.
        text_width: Features of the text encoder.
        seed: Of the weights; changes the seed of torch, as all weights of transformers do.
        shard: Most bytes a file, such as ``"40KB"``; one file by default.

    Returns:
        The network of transformers, in evaluation mode.

    Raises:
        ImportError: transformers is not installed.
    """
    transformers = need_transformers()
    torch.manual_seed(seed)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    bits = (codes - 1).bit_length()
    text = transformers.T5Config(
        vocab_size=len(WORDS) + 3,
        d_model=text_width,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=3,
    )
    audio = transformers.EncodecConfig(
        sampling_rate=32_000,
        audio_channels=1,
        normalize=False,
        num_filters=4,
        hidden_size=16,
        codebook_size=codes,
        codebook_dim=16,
        upsampling_ratios=[8, 5, 4, 4],
        target_bandwidths=[4 * bits * 50 / 1000],
        use_causal_conv=False,
        chunk_length_s=None,
    )
    kind = "MusicgenMelody" if melody else "Musicgen"
    decoder = getattr(transformers, f"{kind}DecoderConfig")(
        vocab_size=codes,
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        ffn_dim=hidden,
        num_codebooks=8 if stereo else 4,
        audio_channels=2 if stereo else 1,
        pad_token_id=codes,
        bos_token_id=codes,
    )
    config = getattr(transformers, f"{kind}Config")(
        text_encoder=text.to_dict(),
        audio_encoder=audio.to_dict(),
        decoder=decoder.to_dict(),
    )
    model = getattr(transformers, f"{kind}ForConditionalGeneration")(config).eval()
    _stir(model, width)
    model.generation_config.decoder_start_token_id = codes
    model.generation_config.pad_token_id = codes
    model.save_pretrained(folder, **({} if shard is None else {"max_shard_size": shard}))
    _tokenizer().save_pretrained(folder)
    return model


def _stir(model: Any, width: int) -> None:
    """Weights large enough that what is likeliest does not hang on the last digit."""
    with torch.no_grad():
        for name, parameter in model.decoder.named_parameters():
            if parameter.dim() == 2:
                spread = 1.0 if "lm_heads" in name or "embed" in name else 2.0
                parameter.normal_(std=spread / width**0.5)
            elif name.endswith("bias"):
                parameter.normal_(std=0.1)
        for name, buffer in model.audio_encoder.named_buffers():
            if name.endswith("codebook.embed"):
                buffer.normal_()


def _tokenizer() -> Any:
    """A word a token, and the end of the sentence, with T5's numbers for both special ones."""
    transformers = need_transformers()
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, **{word: 3 + i for i, word in enumerate(WORDS)}}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
    )
