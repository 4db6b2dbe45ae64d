"""EnCodec of a MusicGen checkpoint: codes to samples and back, as a whole or as they come.

The network is the one of transformers (extra ``hf``); this file gives it the shape of our own
``Codec``: one class for mono and stereo, whose codes stand in turns of left and right, and decoding
bit by bit. Nothing here is trained.
"""

from collections.abc import Mapping
from copy import copy
from math import prod
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.errors import ArtifactError, AudioError, ShapeError
from musiclm.tokens.stream import TokenStream

# Frames on either side that a decoded frame depends on, beyond the recurrent part: 3 in the first
# convolution, and less than 2 in all that follow it.
_FIRST, _LATER = 3, 2


class Encodec:
    """What ``pipeline`` asks of a codec, on a published network.

    State: none but the weights.
    """

    def __init__(self, network: Any, *, n_channels: int, n_q: int, stream: TokenStream) -> None:
        """Take a loaded ``EncodecModel``.

        Args:
            network: In evaluation mode.
            n_channels: 1, or 2 for codes of left and right in turns.
            n_q: Levels that the language model writes, of all channels together.
            stream: Those codes.

        Raises:
            ArtifactError: The network has fewer levels, works in chunks, or is causal.
        """
        config = network.config
        if config.chunk_length_s is not None or config.normalize:
            raise ArtifactError(
                "the checkpoint's EnCodec works in chunks of its own loudness, which MusicGen's "
                "does not: it is of another model"
            )
        if config.use_causal_conv or config.norm_type != "weight_norm" or config.kernel_size != 7:
            # Decoding bit by bit relies on how far a frame looks to either side.
            raise ArtifactError(
                "the checkpoint's EnCodec hears frames of other lengths than MusicGen's does "
                f"(use_causal_conv {config.use_causal_conv}, norm_type {config.norm_type}, "
                f"kernel_size {config.kernel_size}; expected False, weight_norm, 7): it is of "
                "another model"
            )
        if n_q // n_channels > config.num_quantizers:
            raise ArtifactError(
                f"the checkpoint's EnCodec has {config.num_quantizers} levels, but its language "
                f"model writes {n_q // n_channels} a channel: they are of different models"
            )
        self.network, self.n_channels, self.n_q, self.stream = network, n_channels, n_q, stream
        self.sample_rate = int(config.sampling_rate)
        self.hop_length = prod(config.upsampling_ratios)

    @classmethod
    def from_tensors(
        cls, config: Any, tensors: Mapping[str, Tensor], *, n_channels: int, stream: TokenStream
    ) -> "Encodec":
        """Build the network of an ``EncodecConfig`` and fill it.

        Args:
            config: As transformers reads it.
            tensors: Below ``audio_encoder.`` of a checkpoint.
            n_channels: As above.
            stream: Codes that the language model writes.

        Raises:
            ArtifactError: Tensors are missing, unknown, or of other shapes.
        """
        from transformers import EncodecModel

        network: Any = EncodecModel(config)
        fill(network, _renamed(tensors), what="EnCodec")
        for module in network.modules():
            if torch.nn.utils.parametrize.is_parametrized(module, "weight"):
                # The norms are of training; left in, they would be computed at every call.
                torch.nn.utils.parametrize.remove_parametrizations(module, "weight")
        return cls(network.eval(), n_channels=n_channels, n_q=stream.n_q, stream=stream)

    @torch.no_grad()
    def encode(self, samples: Float[Tensor, "B C N"]) -> Int[Tensor, "B K T"]:
        """Codes of samples at ``sample_rate``, the last frame filled up.

        Raises:
            AudioError: Another number of channels.
        """
        if samples.shape[1] != self.n_channels:
            raise AudioError(
                f"the samples have {samples.shape[1]} channels, this codec takes {self.n_channels}"
            )
        per_channel = self.n_q // self.n_channels
        mono = samples.transpose(0, 1).flatten(0, 1)[:, None]  # left ones first
        found = self.network.encode(mono).audio_codes[0][:, :per_channel]
        codes = found.unflatten(0, (self.n_channels, samples.shape[0]))
        # Level 0 of left, level 0 of right, level 1 of left ...
        joined: Tensor = codes.permute(1, 2, 0, 3).flatten(1, 2).contiguous()
        return joined

    @torch.no_grad()
    def decode(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "B C N"]:
        """Samples of codes, ``hop_length`` a frame.

        Raises:
            ShapeError: Another number of levels.
        """
        return self._channels(self.network.decoder(self.latents(codes)))

    def decode_session(self) -> "EncodecSession":
        """Decode codes as they come."""
        return EncodecSession(self)

    def latents(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "R D T"]:
        """What the decoder takes, one row a channel, all left ones first.

        Raises:
            ShapeError: Another number of levels.
        """
        if codes.shape[1] != self.n_q:
            raise ShapeError(
                f"codes have {codes.shape[1]} levels, this codec takes {self.n_q}: pass what its "
                "language model writes"
            )
        apart = torch.cat([codes[:, side :: self.n_channels] for side in range(self.n_channels)])
        latents: Tensor = self.network.quantizer.decode(apart.transpose(0, 1))
        return latents

    def _channels(self, mono: Float[Tensor, "R 1 N"]) -> Float[Tensor, "B C N"]:
        apart = mono[:, 0].reshape(self.n_channels, -1, mono.shape[-1])
        return apart.transpose(0, 1)


class EncodecSession:
    """Codes pushed in, the samples that no later code can change out.

    Joined, they are what ``decode`` makes of all codes at once: the recurrent layers keep their
    state, the convolutions are given the frames on either side that they look at.

    State: tails of what was pushed, and the state of the recurrent layers.
    """

    def __init__(self, codec: Encodec) -> None:
        self._codec = codec
        self._n_batch = 1
        self._latents: Tensor | None = None  # the last of those pushed, [R, D, t]
        self._n_latents = 0
        self._hidden: Tensor | None = None  # the last outputs of the recurrent layers, [R, H, t]
        self._n_hidden = 0
        self._state: tuple[Tensor, Tensor] | None = None
        self._n_given = 0  # frames whose samples were handed out

    @torch.no_grad()
    def push(self, codes: Int[Tensor, "B K t"]) -> Float[Tensor, "B C n"]:
        """Decode on; the first pushes may give no sample yet.

        Raises:
            ShapeError: As ``decode``.
        """
        self._n_batch = codes.shape[0]
        if codes.shape[-1]:
            new = self._codec.latents(codes)
            known = self._latents
            self._latents = new if known is None else torch.cat((known, new), dim=-1)
            self._n_latents += new.shape[-1]
        return self._go_on(final=False)

    @torch.no_grad()
    def finish(self) -> Float[Tensor, "B C n"]:
        """The rest, once no code comes any more."""
        return self._go_on(final=True)

    def fork(self) -> "EncodecSession":
        """A session that stands where this one stands; neither changes the other."""
        return copy(self)  # Tensors of its state are replaced, never written to.

    def _go_on(self, *, final: bool) -> Float[Tensor, "B C n"]:
        self._listen(final=final)
        ready = self._n_hidden if final else self._n_hidden - _LATER
        if self._hidden is None or ready <= self._n_given:
            return torch.zeros(self._n_batch, self._codec.n_channels, 0)
        first = self._n_hidden - self._hidden.shape[-1]
        x = self._hidden
        for layer in self._codec.network.decoder.layers[2:]:
            x = layer(x)
        hop = self._codec.hop_length
        samples = x[..., (self._n_given - first) * hop : (ready - first) * hop]
        self._n_given = ready
        self._hidden = self._hidden[..., max(0, ready - _LATER - first) :]
        return self._codec._channels(samples)

    def _listen(self, *, final: bool) -> None:
        """The first convolution and the recurrent layers, as far as they can go."""
        ready = self._n_latents if final else self._n_latents - _FIRST
        if self._latents is None or ready <= self._n_hidden:
            return
        convolve, recurrent = self._codec.network.decoder.layers[:2]
        first = self._n_latents - self._latents.shape[-1]
        x = convolve(self._latents)[..., self._n_hidden - first : ready - first]
        steps = x.permute(2, 0, 1)
        out, self._state = recurrent.lstm(steps, self._state)
        new = (out + steps).permute(1, 2, 0)
        self._hidden = new if self._hidden is None else torch.cat((self._hidden, new), dim=-1)
        self._n_hidden = ready
        self._latents = self._latents[..., max(0, ready - _FIRST - first) :]


def fill(network: nn.Module, tensors: Mapping[str, Tensor], *, what: str) -> None:
    """Load tensors into a network of transformers, every one of them.

    Raises:
        ArtifactError: Some are missing, unknown, or of other shapes.
    """
    try:
        missing, unknown = network.load_state_dict(dict(tensors), strict=False)
    except RuntimeError as error:
        line = str(error).strip().splitlines()[-1].strip()
        raise ArtifactError(f"the checkpoint's {what} does not fit its config: {line}") from None
    if missing or unknown:
        problem = f"lacks {missing[0]}" if missing else f"holds {unknown[0]}, which nothing uses"
        raise ArtifactError(
            f"the checkpoint's {what} {problem} ({len(missing)} missing, {len(unknown)} unknown): "
            "download it again"
        )


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weight norms under their present names; official files have those of an older torch."""
    endings = {
        ".weight_g": ".parametrizations.weight.original0",
        ".weight_v": ".parametrizations.weight.original1",
    }
    renamed = {}
    for name, tensor in tensors.items():
        for old, new in endings.items():
            if name.endswith(old):
                name = name.removesuffix(old) + new
        renamed[name] = tensor
    return renamed
