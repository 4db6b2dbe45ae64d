"""Clips of a MusicGen with random weights, to check the pipeline: `random_musicgen.py PROMPTS OUT`.

Reads prompts as `musiclm evaluate ask` writes them and leaves a file for each, named by its number,
as `musiclm evaluate ... --audio OUT` wants them. The network is tiny and knows nothing: what it
makes is noise, and every suite has to say so. Needs `pip install "musiclm[hf]"`, and no network:
words become numbers by their checksum instead of by the published tokenizer.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import torch

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform

_VOCABULARY = 512
_WORDS = 24


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompts", type=Path, help="JSON Lines of `musiclm evaluate ask`")
    parser.add_argument("out", type=Path, help="gets 0000.wav and so on")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    model = random_musicgen(given.seed)
    config = model.config.audio_encoder
    given.out.mkdir(parents=True, exist_ok=True)
    for line in given.prompts.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        target = given.out / f"{asked['id']}.wav"
        if target.exists():
            continue
        torch.manual_seed(given.seed + int(asked["id"]))
        with torch.inference_mode():
            audio = model.generate(
                input_ids=word_ids(asked["prompt"]),
                attention_mask=torch.ones(1, _WORDS, dtype=torch.int64),
                do_sample=True,
                max_new_tokens=round(asked["seconds"] * config.frame_rate),
            )
        samples = audio[0].float()
        loudest = samples.abs().max().clamp(min=1e-6)
        write_audio(target, Waveform(0.5 * samples / loudest, config.sampling_rate))
        print(target, file=sys.stderr)
    return 0


def word_ids(prompt: str) -> torch.Tensor:
    """A fixed number of words as numbers, the same for the same words."""
    ids = [2 + zlib.crc32(word.encode()) % (_VOCABULARY - 2) for word in prompt.lower().split()]
    return torch.tensor([(ids + [1] * _WORDS)[:_WORDS]])


def random_musicgen(seed: int):  # type: ignore[no-untyped-def]
    """MusicGen's parts, small, as they come out of the dice."""
    try:
        from transformers import (
            EncodecConfig,
            MusicgenConfig,
            MusicgenDecoderConfig,
            MusicgenForConditionalGeneration,
            T5Config,
        )
    except ImportError:
        raise SystemExit('random_musicgen needs transformers: pip install "musiclm[hf]"') from None
    torch.manual_seed(seed)
    text = T5Config(
        vocab_size=_VOCABULARY, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4
    )
    codec = EncodecConfig(
        target_bandwidths=[2.2],
        sampling_rate=32_000,
        upsampling_ratios=[8, 5, 4, 4],
        num_filters=8,
        hidden_size=32,
        codebook_size=256,
        codebook_dim=32,
        num_lstm_layers=1,
    )
    decoder = MusicgenDecoderConfig(
        vocab_size=256,
        num_hidden_layers=2,
        ffn_dim=128,
        num_attention_heads=4,
        hidden_size=64,
        num_codebooks=4,
        pad_token_id=256,
        bos_token_id=256,
    )
    config = MusicgenConfig(
        text_encoder=text.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict()
    )
    model = MusicgenForConditionalGeneration(config).eval()
    model.generation_config.decoder_start_token_id = 256
    model.generation_config.pad_token_id = 256
    model.generation_config.bos_token_id = 256
    model.generation_config.guidance_scale = 3.0
    return model


if __name__ == "__main__":
    sys.exit(main())
