"""Settings of a codec's training: crops, losses, quantizer schedule, critics."""

from typing import Literal

from pydantic import Field

from musiclm.codec.config import CodecConfig
from musiclm.codec.discriminator import DiscriminatorConfig
from musiclm.config import Frozen
from musiclm.train.optim import OptimizerKind
from musiclm.train.ranks import DeviceKind

USUAL_DB = (-6.0, 4.0)
"""Gains of crops that stay about as loud as they are."""


class AdversarialRecipe(Frozen):
    """When and how the critics take part."""

    start: float = Field(default=0.6, ge=0, le=1)
    """Share of the run before they do; 1 leaves them out."""
    every: int = Field(default=1, ge=1)
    """The critics take part in every so manieth step."""
    items: int = Field(default=64, ge=1)
    """At most so many items of a batch are judged."""
    frames: int = Field(default=10_000, ge=1)
    """At most so many frames of an item are judged, at a random place."""
    balance: bool = True
    """Bring gradients on the samples to the size of the reconstruction's before weighting."""
    weight: float = Field(default=1.0, ge=0)
    """Of the adversarial loss."""
    feature_weight: float = Field(default=2.0, ge=0)
    """Of feature matching."""
    learning_rate: float = Field(default=5e-4, gt=0)
    """Of the critics."""
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    """Their sizes."""


class CodecRecipe(Frozen):
    """How a codec is trained."""

    codec: CodecConfig
    """What is trained."""
    seed: int = Field(default=0, ge=0)
    """Of weights, crops and everything else."""
    device: DeviceKind = "auto"
    """``cpu``, ``cuda``, or ``auto``: a GPU if there is one."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads; MUSICLM_THREADS when unset, else torch's own choice."""
    batch_size: int = Field(default=16, ge=1)
    """Crops a step, of each process when several train together."""
    crop_frames: int = Field(default=32, ge=1)
    """Frames a crop."""
    optimizer: OptimizerKind = "adamw"
    """See ``make_optimizers``."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Highest rate of the codec."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Of matrices."""
    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's averages, codec and critics."""
    warmup: float = Field(default=0.02, ge=0, le=1)
    """Share of the run until the highest rate."""
    decay: float = Field(default=0.5, ge=0, le=1)
    """Share of the run, at its end, in which the rate falls to zero."""
    max_norm: float = Field(default=1.0, gt=0)
    """Gradients are clipped to that norm."""
    autocast: bool = True
    """bfloat16 for the networks; spectra, quantizer and losses stay float32."""
    ema_decay: float = Field(default=0.995, ge=0, lt=1)
    """Memory of the averaged weights that become the artifact."""
    gain_db: tuple[float, float] = (-30.0, 4.0)
    """Random gain of each crop; peaks stay below full scale."""
    usual_gain: float = Field(default=0.0, ge=0, le=1)
    """Share of crops whose gain is within ``USUAL_DB`` instead: most music that is ever coded is
    mixed to full scale, and codes spent on soft copies of it are not there for what it plays."""
    swap: float = Field(default=0.5, ge=0, le=1)
    """Share of crops whose channels are exchanged."""
    odd: float = Field(default=0.0, ge=0, le=1)
    """Share of crops that are panned to one spot or no music at all; for stereo."""
    quantize_from: float = Field(default=0.03, ge=0, le=1)
    """Share of the run without quantizer; then k-means on real latents starts the codebooks."""
    restarts: tuple[float, ...] = ()
    """Shares of the run at which k-means starts the codebooks again: early on the latents change
    faster than moving averages follow, and most of a codebook is left behind."""
    init_batches: int = Field(default=16, ge=1)
    """Batches whose latents start the codebooks."""
    bypass: float = Field(default=0.3, ge=0, le=1)
    """Share of items whose latents skip the quantizer (SpectroStream)."""
    all_levels: float = Field(default=0.5, ge=0, le=1)
    """Share of the others that use every level; the rest draw a number from 1 to K."""
    commitment_weight: float = Field(default=0.25, ge=0)
    """Pulls latents to their codes."""
    reconstruction: Literal["sampled", "soundstream"] = "sampled"
    """``sampled``: a few windows a step, level-independent; or the published loss."""
    windows: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048, 4096)
    """Windows of the mel loss, in samples."""
    windows_per_step: int = Field(default=3, ge=1)
    """How many of them a step looks at."""
    bin_windows: tuple[int, ...] = (512, 1024, 2048, 4096)
    """Windows of the losses of single bins; a step looks at one."""
    mel_weight: float = Field(default=1.0, ge=0)
    """Of the log-mel loss."""
    magnitude_weight: float = Field(default=2.0, ge=0)
    """Of the compressed-magnitude loss."""
    complex_weight: float = Field(default=1.0, ge=0)
    """Of the compressed complex loss; the vocoder, which does not follow phases, has none."""
    log_weight: float = Field(default=0.5, ge=0)
    """Of the logarithmic loss of single bins."""
    image_weight: float = Field(default=1.0, ge=0)
    """Of the difference between the channels' levels, band by band; for stereo."""
    spread_weight: float = Field(default=0.02, ge=0)
    """Keeps latents from all pointing one way."""
    guidance_weight: float = Field(default=6.0, ge=0)
    """Of the vocoder's frequencies and phases between channels; at 1 its gradient is a tenth of
    the others'."""
    adversarial: AdversarialRecipe = AdversarialRecipe()
    """The critics."""
    validation_items: int = Field(default=8, ge=1)
    """Held-out crops that are measured now and then."""
    validation_frames: int = Field(default=100, ge=1)
    """Frames of each."""
    validate_seconds: float = Field(default=90.0, gt=0)
    """Time between measurements."""
