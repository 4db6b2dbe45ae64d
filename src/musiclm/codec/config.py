"""What fixes a codec: architecture, rate, channels, and the token stream it speaks.

No torch here: the pipeline reads configs before it loads weights.
"""

import math
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from musiclm.config import Frozen
from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream


class SoundStreamConfig(Frozen):
    """The convolutional codec of SoundStream (arXiv 2107.03312, sec. III)."""

    channels: int = Field(default=32, ge=1)
    """Channels after the first convolution, C; doubled by every encoder block."""
    strides: tuple[int, ...] = Field(default=(3, 4, 5, 8), min_length=1)
    """Downsampling of each encoder block; their product is the hop."""
    dilations: tuple[int, ...] = (1, 3, 9)
    """Of the residual units in a block."""
    kernel_size: int = Field(default=7, ge=1)
    """Of the first, last and dilated convolutions."""


class SpectralConfig(Frozen):
    """A codec of STFT frames: cheap enough to train on two CPU cores.

    Sub-frames of ``n_fft`` samples every ``sub_hop`` are folded ``fold`` at a time into frames of
    the stream; most of the network runs at the low rate (the idea of SpectroStream).
    """

    n_fft: int = Field(default=960, ge=4)
    """Analysis and synthesis window in samples."""
    sub_hop: int = Field(default=240, ge=1)
    """Samples between sub-frames; divides ``n_fft`` at least twice."""
    fold: int = Field(default=4, ge=1)
    """Sub-frames per frame: the hop is ``sub_hop * fold``."""
    complex_bins: int = Field(default=160, ge=0)
    """Lowest bins that the encoder sees with phase."""
    n_mels: int = Field(default=80, ge=1)
    """Mel bands that the encoder sees, phase left out."""
    sub_dim: int = Field(default=192, ge=1)
    """Width of the blocks at the sub-frame rate."""
    dim: int = Field(default=384, ge=1)
    """Width of the blocks at the frame rate."""
    expansion: int = Field(default=2, ge=1)
    """Hidden width of a block over its width."""
    kernel_size: int = Field(default=7, ge=1)
    """Frames that a block's depthwise convolution spans."""
    encoder_blocks: int = Field(default=4, ge=0)
    """Blocks at the frame rate in the encoder."""
    encoder_sub_blocks: int = Field(default=1, ge=0)
    """Blocks at the sub-frame rate in the encoder."""
    decoder_blocks: int = Field(default=5, ge=0)
    """Blocks at the frame rate in the decoder."""
    decoder_sub_blocks: int = Field(default=3, ge=0)
    """Blocks at the sub-frame rate in the decoder."""
    encoder_lookahead: int = Field(default=1, ge=0)
    """Frames of future that a code may depend on."""
    decoder_lookahead: int = Field(default=1, ge=0)
    """Frames of future codes that a sample may depend on; adds to the streaming latency."""
    mid_side: bool = True
    """Code sum and difference of two channels instead of left and right."""

    @model_validator(mode="after")
    def _hops_divide(self) -> Self:
        if self.n_fft % self.sub_hop or self.n_fft < 2 * self.sub_hop:
            raise ConfigError(
                f"n_fft must be a multiple of sub_hop, at least twice it, got {self.n_fft} "
                f"and {self.sub_hop}"
            )
        if (self.n_fft - self.sub_hop) % 2 or self.complex_bins > self.n_fft // 2 + 1:
            raise ConfigError(
                "n_fft - sub_hop must be even and complex_bins at most n_fft / 2 + 1, got "
                f"n_fft={self.n_fft} sub_hop={self.sub_hop} complex_bins={self.complex_bins}"
            )
        return self


class VocoderConfig(Frozen):
    """A codec of loudness, frequency and noise: phases are counted, not coded (``phases.py``).

    The decoder adds two banks: *tones*, long windows whose bins turn by predicted frequencies, and
    *noise*, short windows that filter white noise.
    """

    n_fft: int = Field(default=1920, ge=8)
    """Window of the tones in samples: 80 ms keep two notes apart where chords lie."""
    sub_hop: int = Field(default=480, ge=2)
    """Samples between windows of the tones; divides ``n_fft`` at least four times."""
    fold: int = Field(default=2, ge=1)
    """Windows of the tones a frame: the hop is ``sub_hop * fold``."""
    noise_n_fft: int = Field(default=480, ge=4)
    """Window of the noise in samples: 20 ms place a drum."""
    noise_hop: int = Field(default=120, ge=1)
    """Samples between windows of the noise; divides ``sub_hop``."""
    tone_bins: int = Field(default=960, ge=3)
    """Lowest bins that tones have, here up to 12 kHz; above, there is noise alone."""
    atoms: bool = True
    """Build the tones' levels from the spectra of known notes (``atlas.py``)."""
    place_bands: int = Field(default=24, ge=0)
    """Mel bands in which the encoder sees which channel is the louder one."""
    linear_bins: int = Field(default=384, ge=1)
    """Lowest bins that the encoder sees one by one."""
    turning_inputs: int = Field(default=256, ge=1)
    """Lowest bins whose frequency the encoder sees."""
    n_mels: int = Field(default=80, ge=1)
    """Mel bands of the long windows that the encoder sees."""
    noise_mels: int = Field(default=32, ge=1)
    """Mel bands of the short windows that the encoder sees."""
    sub_dim: int = Field(default=256, ge=1)
    """Width at the rate of the tones' windows."""
    noise_dim: int = Field(default=64, ge=1)
    """Width at the rate of the noise's windows."""
    dim: int = Field(default=448, ge=1)
    """Width of the blocks at the frame rate."""
    expansion: int = Field(default=2, ge=1)
    """Hidden width of a block over its width."""
    kernel_size: int = Field(default=7, ge=1)
    """Frames that a block's depthwise convolution spans."""
    encoder_blocks: int = Field(default=4, ge=0)
    """Blocks at the frame rate in the encoder."""
    decoder_blocks: int = Field(default=6, ge=0)
    """Blocks at the frame rate in the decoder."""
    sub_blocks: int = Field(default=1, ge=0)
    """Blocks at the rate of windows, in the encoder and in either bank of the decoder."""
    encoder_lookahead: int = Field(default=1, ge=0)
    """Frames of future that a code may depend on."""
    decoder_lookahead: int = Field(default=1, ge=0)
    """Frames of future codes that a sample may depend on; adds to the streaming latency."""
    mid_side: bool = True
    """Let the encoder see sum and difference of two channels instead of left and right."""

    @model_validator(mode="after")
    def _hops_divide(self) -> Self:
        for n_fft, hop in ((self.n_fft, self.sub_hop), (self.noise_n_fft, self.noise_hop)):
            if n_fft % hop or n_fft < 2 * hop or (n_fft - hop) % 2:
                raise ConfigError(
                    "a window must be a multiple of its hop, at least twice it, with an even "
                    f"difference, got {n_fft} and {hop}"
                )
        if self.sub_hop % self.noise_hop:
            raise ConfigError(f"noise_hop={self.noise_hop} must divide sub_hop={self.sub_hop}")
        widest = max(self.tone_bins, self.linear_bins, self.turning_inputs)
        if widest > self.n_fft // 2 + 1:
            raise ConfigError(
                f"{widest} bins were asked for, n_fft={self.n_fft} has {self.n_fft // 2 + 1}"
            )
        return self


class CodecConfig(Frozen):
    """A codec: which network, for which audio, into which codes."""

    architecture: Literal["soundstream", "spectral", "vocoder"] = "vocoder"
    """``soundstream`` as published; ``spectral``, complex spectra in and out; or ``vocoder``."""
    sample_rate: int = Field(default=24_000, ge=1)
    """In Hz."""
    n_channels: int = Field(default=2, ge=1)
    """Audio channels, coded jointly into one stream."""
    latent_dim: int = Field(default=64, ge=1)
    """Features that are quantized, D."""
    n_q: int = Field(default=12, ge=1, le=64)
    """Quantizer levels a frame."""
    codebook_size: int = Field(default=1024, ge=2)
    """Codes per level."""
    codebook_decay: float = Field(default=0.99, ge=0, lt=1)
    """Memory of the codebooks' moving averages; 0.99 in SoundStream, sec. III-C."""
    dead_below: float = Field(default=2.0, ge=0)
    """Codes chosen less often than that in a batch, on average, are revived."""
    quantizer: Literal["ema", "factorized"] = "ema"
    """Codebooks that follow the data (``ema``), or are trained by gradients (``factorized``)."""
    soundstream: SoundStreamConfig = SoundStreamConfig()
    """Used by that architecture only."""
    spectral: SpectralConfig = SpectralConfig()
    """Used by that architecture only."""
    vocoder: VocoderConfig = VocoderConfig()
    """Used by that architecture only."""

    @model_validator(mode="after")
    def _channels_fit(self) -> Self:
        if self.spectral.mid_side and self.architecture == "spectral" and self.n_channels > 2:
            raise ConfigError(
                f"mid_side is for one or two channels, got n_channels={self.n_channels}: "
                "set spectral.mid_side = false"
            )
        if self.architecture == "vocoder" and self.n_channels != 2:
            raise ConfigError(
                f'architecture = "vocoder" codes stereo, got n_channels={self.n_channels}: '
                "double a mono signal"
            )
        return self

    @property
    def hop_length(self) -> int:
        """Samples a frame."""
        if self.architecture == "soundstream":
            return math.prod(self.soundstream.strides)
        if self.architecture == "vocoder":
            return self.vocoder.sub_hop * self.vocoder.fold
        return self.spectral.sub_hop * self.spectral.fold

    @property
    def stream(self) -> TokenStream:
        """The codes this codec writes and reads."""
        return TokenStream(
            name="acoustic",
            codebook_size=self.codebook_size,
            n_q=self.n_q,
            frame_rate=Fraction(self.sample_rate, self.hop_length),
        )

    @property
    def encoder_context_frames(self) -> int:
        """Frames of past samples that a code may depend on, rounded up."""
        if self.architecture == "soundstream":
            return _soundstream_context(self.soundstream)
        if self.architecture == "vocoder":
            voc = self.vocoder
            # A frame's turning needs the window before it.
            sub = voc.sub_blocks * (voc.kernel_size - 1) + voc.n_fft // voc.sub_hop + 1
            return voc.encoder_blocks * (voc.kernel_size - 1) + -(-sub // voc.fold)
        spec = self.spectral
        sub = spec.encoder_sub_blocks * (spec.kernel_size - 1) + spec.n_fft // spec.sub_hop
        return spec.encoder_blocks * (spec.kernel_size - 1) + -(-sub // spec.fold)

    @property
    def encoder_latency_samples(self) -> int:
        """Samples after a frame's own that its code may depend on."""
        if self.architecture == "soundstream":
            return 0
        size = self.vocoder if self.architecture == "vocoder" else self.spectral
        return size.encoder_lookahead * self.hop_length + (size.n_fft - size.sub_hop) // 2

    @property
    def context_frames(self) -> int:
        """Frames of past codes that a decoder's network sees, rounded up."""
        if self.architecture == "soundstream":
            return _soundstream_context(self.soundstream)
        if self.architecture == "vocoder":
            voc = self.vocoder
            # The blocks of a bank see past windows: at worst those of the tones, in fewer frames.
            sub = -(-voc.sub_blocks * (voc.kernel_size - 1) // voc.fold)
            return voc.decoder_blocks * (voc.kernel_size - 1) + sub
        size = self.spectral
        sub_frames = size.decoder_sub_blocks * (size.kernel_size - 1) + size.n_fft // size.sub_hop
        frames = size.decoder_blocks * (size.kernel_size - 1) + size.decoder_lookahead
        return frames + -(-sub_frames // size.fold)

    @property
    def latency_samples(self) -> int:
        """Samples before the end of the codes so far that later codes may still change."""
        if self.architecture == "soundstream":
            return 0
        size = self.vocoder if self.architecture == "vocoder" else self.spectral
        overlap = (size.n_fft - size.sub_hop) // 2
        return size.decoder_lookahead * self.hop_length + overlap


def _soundstream_context(size: SoundStreamConfig) -> int:
    """Walk the decoder from the waveform back to the codes, counting positions of the past."""
    reach = size.kernel_size - 1  # The last convolution.
    for stride in size.strides:
        reach += (size.kernel_size - 1) * sum(size.dilations)
        # A transposed convolution of twice the stride mixes an input with the one before.
        reach = -(-reach // stride) + 1
    return reach + size.kernel_size - 1
