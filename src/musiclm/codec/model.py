"""Codec: stereo waveforms to acoustic codes and back, whole or as a stream.

The last arrow of the pipeline, and the tokenizer of the acoustic stages. It knows nothing of
language models; it promises its ``stream`` and these methods, whatever the architecture.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Literal, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.codec.config import CodecConfig
from musiclm.codec.context_stream import ContextStream
from musiclm.codec.decoder import SoundStreamDecoder, SpectralDecoder
from musiclm.codec.encoder import SoundStreamEncoder, SpectralEncoder
from musiclm.codec.vocoder_decoder import VocoderDecoder, VocoderStream
from musiclm.codec.vocoder_encoder import VocoderEncoder
from musiclm.errors import ArtifactError, ShapeError
from musiclm.nn.factorized import FactorizedQuantizer
from musiclm.nn.quantizer import Quantized, ResidualVectorQuantizer
from musiclm.tokens.stream import TokenStream

TRAINING_ONLY = (".counts", ".sums", "quantizer.ready", "codebook_starts")
"""Buffers that an artifact leaves out: how the codebooks came about."""

Encoder = SoundStreamEncoder | SpectralEncoder | VocoderEncoder
Decoder = SoundStreamDecoder | SpectralDecoder | VocoderDecoder
DecoderStream = ContextStream | VocoderStream
NETWORKS: Mapping[str, tuple[type[Encoder], type[Decoder]]] = {
    "soundstream": (SoundStreamEncoder, SoundStreamDecoder),
    "spectral": (SpectralEncoder, SpectralDecoder),
    "vocoder": (VocoderEncoder, VocoderDecoder),
}
"""The two halves of each architecture."""


class Codec(nn.Module):
    """Encodes ``[B, C, N]`` to codes ``[B, K, T]`` and decodes any leading levels.

    ``forward`` is for training. A fresh codec has empty codebooks: train or load it first.

    Buffers: ``codebook_starts``, how often k-means started the codebooks (training only).
    """

    codebook_starts: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        make_encoder, make_decoder = NETWORKS[config.architecture]
        self.encoder: Encoder = make_encoder(config)
        self.decoder: Decoder = make_decoder(config)
        self.quantizer = _quantizer(config)
        self.register_buffer("codebook_starts", torch.tensor(0))

    @property
    def stream(self) -> TokenStream:
        """The stream of codes this codec writes and reads."""
        return self.config.stream

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return self.config.sample_rate

    @property
    def n_channels(self) -> int:
        """Audio channels in and out."""
        return self.config.n_channels

    @property
    def hop_length(self) -> int:
        """Samples a frame."""
        return self.config.hop_length

    def pad_to_frames(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B C N_out"]:
        """Append zeros up to whole frames, at least one.

        Raises:
            ShapeError: Not ``[B, C, N]`` with the codec's channels.
        """
        self._check_samples(samples)
        n_frames = max(1, -(-samples.shape[-1] // self.hop_length))
        return nn.functional.pad(samples, (0, n_frames * self.hop_length - samples.shape[-1]))

    @torch.no_grad()
    def encode(
        self, samples: Float[Tensor, "B C N"], *, n_q: int | None = None
    ) -> Int[Tensor, "B K T"]:
        """Codes of the first ``n_q`` levels (all by default); ``T = ceil(N / hop_length)``.

        Raises:
            ShapeError: Not ``[B, C, N]`` with the codec's channels.
            ArtifactError: The codebooks are still empty.
        """
        padded = self.pad_to_frames(samples)
        self._check_ready()
        return self.quantizer.encode(self.encoder(padded), n_q=n_q)

    @torch.no_grad()
    def decode(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "B C N"]:
        """Audio of ``T * hop_length`` samples from the lowest 1 to ``n_q`` levels.

        Raises:
            ShapeError: More levels than ``n_q``, or a code outside the codebook.
            ArtifactError: The codebooks are still empty.
        """
        self._check_ready()
        latents = self.quantizer.decode(codes)
        if codes.shape[-1] == 0:
            return latents.new_zeros(codes.shape[0], self.n_channels, 0)
        samples: Tensor = self.decoder(latents)
        return samples

    @torch.no_grad()
    def stream_decode(self, chunks: Iterable[Tensor]) -> Iterator[Tensor]:
        """Decode chunks ``[B, K, t]`` of any sizes as they come, into pieces ``[B, C, n]``.

        Joined, the pieces equal ``decode`` of the joined chunks. Output lags the codes by
        ``config.latency_samples``, which follow when the chunks end. Memory stays bounded.

        Raises:
            ShapeError: As ``decode``.
        """
        decoding = self.decode_session()
        for chunk in chunks:
            piece = decoding.push(chunk)
            if piece.shape[-1]:
                yield piece
        if (rest := decoding.finish()).shape[-1]:
            yield rest

    def decode_session(self) -> "DecodeSession":
        """Begin to decode codes that come bit by bit.

        Raises:
            ArtifactError: The codebooks are still empty.
        """
        self._check_ready()
        return DecodeSession(self)

    @torch.no_grad()
    def stream_encode(
        self, chunks: Iterable[Tensor], *, n_q: int | None = None
    ) -> Iterator[Int[Tensor, "B K _"]]:
        """Encode chunks of samples ``[B, C, n]`` of any sizes as they come, into codes.

        Joined, the codes equal ``encode`` of the joined chunks; the last frame is filled up with
        zeros. Codes lag the samples by a frame and ``config.encoder_latency_samples``.

        Raises:
            ShapeError: Not ``[B, C, n]`` with the codec's channels.
        """
        self._check_ready()
        hop = self.hop_length
        stream: ContextStream | None = None
        for chunk in chunks:
            self._check_samples(chunk)
            if chunk.shape[-1] == 0:
                continue
            if stream is None:
                stream = ContextStream(
                    self.encoder,
                    in_step=hop,
                    out_step=1,
                    context_frames=self.config.encoder_context_frames,
                    delay=-(-self.config.encoder_latency_samples // hop),
                )
            latents = stream.push(chunk)
            if latents.shape[-1]:
                yield self.quantizer.encode(latents, n_q=n_q)
        if stream is not None and (rest := stream.finish()).shape[-1]:
            yield self.quantizer.encode(rest, n_q=n_q)

    def forward(
        self,
        samples: Float[Tensor, "B C N"],
        rng: torch.Generator,
        *,
        n_levels: Int[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B C N"], Quantized]:
        """Reconstruct for training; ``N`` must be whole frames. See the quantizer's forward."""
        latents = self.encoder(samples)
        quantized: Quantized = self.quantizer(latents, rng, n_levels=n_levels)
        return self.decoder(quantized.latents), quantized

    def save(
        self,
        folder: Path,
        *,
        card: str = "",
        storage: Literal["float32", "float16", "int8"] = "float16",
    ) -> None:
        """Write a model folder; codes may change in the last bit unless ``storage`` is float32."""
        from musiclm.artifact import save_artifact

        self._check_ready()
        rate = self.stream.bits_per_second
        tensors = {
            name: tensor
            for name, tensor in self.state_dict().items()
            if not name.endswith(TRAINING_ONLY)
        }
        save_artifact(
            folder,
            kind="codec",
            config=self.config,
            tensors=tensors,
            card=card or f"Codec, {self.config.architecture}, {rate:.0f} bits a second.",
            storage=storage,
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model folder, in evaluation mode.

        Raises:
            ArtifactError: The folder is broken, or its tensors do not fit its config.
        """
        from musiclm.artifact import load_artifact

        artifact = load_artifact(Path(folder), kind="codec")
        codec = cls(CodecConfig.from_json(artifact.config_json, source=str(folder)))
        own, found = (
            {name: x.shape for name, x in tensors.items() if not name.endswith(TRAINING_ONLY)}
            for tensors in (codec.state_dict(), artifact.tensors)
        )
        faults = sorted(name for name in own.keys() | found if own.get(name) != found.get(name))
        if faults:
            raise ArtifactError(
                f"{folder}: expected the tensors of its config; {', '.join(faults[:3])} "
                f"({len(faults)} in all) are missing, unknown or of another shape: train the codec "
                "again, or use the version of musiclm that its manifest.json names"
            )
        codec.load_state_dict(artifact.tensors, strict=False)
        codec.quantizer.ready.fill_(True)
        return codec.eval()

    def _check_samples(self, samples: Tensor) -> None:
        if samples.ndim != 3 or samples.shape[1] != self.n_channels:
            raise ShapeError(
                f"expected audio [B, {self.n_channels}, N], got {tuple(samples.shape)}: "
                "convert the channels first"
            )

    def _check_ready(self) -> None:
        if not bool(self.quantizer.ready):
            raise ArtifactError("the codebooks are empty: train the codec or load trained weights")


class DecodeSession:
    """Codes pushed in, the samples that no later code can change out.

    State: what the decoder still looks back on. A deep copy goes its own way from there.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._n_batch = 1
        self._stream: DecoderStream | None = None

    @torch.no_grad()
    def push(self, codes: Int[Tensor, "B K t"]) -> Float[Tensor, "B C n"]:
        """Decode on; the first pushes may give no sample yet.

        Raises:
            ShapeError: As ``decode``.
        """
        codec = self._codec
        self._n_batch = codes.shape[0]
        if codes.shape[-1] == 0:
            return self._whole(torch.empty(0))
        if self._stream is None:
            self._stream = codec.decoder.stream()
        return self._whole(self._stream.push(codec.quantizer.decode(codes)))

    @torch.no_grad()
    def finish(self) -> Float[Tensor, "B C n"]:
        """The rest, once no code comes any more."""
        return self._whole(torch.empty(0) if self._stream is None else self._stream.finish())

    def _whole(self, samples: Tensor) -> Float[Tensor, "B C n"]:
        """Samples with all their axes, even where there is none yet."""
        if samples.numel():
            return samples
        return torch.zeros(self._n_batch, self._codec.n_channels, 0)

    def fork(self) -> "DecodeSession":
        """A session that stands where this one stands; neither changes the other."""
        other = DecodeSession(self._codec)
        other._n_batch = self._n_batch
        # The decoder itself is shared: copying a network for a second of sound would cost more.
        shared = {id(self._codec.decoder): self._codec.decoder}
        other._stream = deepcopy(self._stream, shared)
        return other


def _quantizer(config: CodecConfig) -> ResidualVectorQuantizer | FactorizedQuantizer:
    sizes = (config.latent_dim, config.n_q, config.codebook_size)
    if config.quantizer == "factorized":
        return FactorizedQuantizer(*sizes)
    return ResidualVectorQuantizer(
        *sizes, decay=config.codebook_decay, dead_below=config.dead_below
    )
