"""MusicGen as audiocraft's users know it: change the import, and the script runs.

The same names, arguments and results (``[B, C, T]`` tensors) as ``audiocraft.models.MusicGen``, on
our core: any duration, every precision, and reproducible after ``torch.manual_seed``. Clips with
records, stories and streams are in ``musicgen_model.py``.

Not here: training, the style models, ``generate_audio`` of other codecs.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.waveform import Waveform
from musiclm.config import replace
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage import Stage
from musiclm.errors import ConfigError, GenerationError, ShapeError
from musiclm.nn.precision import Precision
from musiclm.pipeline.hub import audiocraft_name
from musiclm.pipeline.musicgen_clip import codes_of, tune_of
from musiclm.pipeline.musicgen_model import MusicGenModel
from musiclm.pipeline.musicgen_windows import MusicGenParts, Tune, WindowWriter, no_tune
from musiclm.pipeline.request import no_melody
from musiclm.tokens.timing import frames_to_seconds, seconds_to_frames

OnTokens = Callable[[int, int], None]
"""Told how many frames of how many are written."""
Result = Tensor | tuple[Tensor, Tensor]
"""Samples ``[B, C, T]``; with ``return_tokens=True`` codes ``[B, K, T]`` too."""


class MusicGen:
    """``generate(["happy rock"])`` maps descriptions to samples.

    State: the generation parameters of the last ``set_generation_params``.
    """

    def __init__(self, model: MusicGenModel) -> None:
        """Take a loaded model; ``get_pretrained`` loads one.

        Args:
            model: Also what makes clips with records: ``MusicGen.model``.
        """
        self.model = model
        self.name = model.name
        self.separate_melody = False
        """Whether drums and bass are taken out of melodies first, by the package demucs."""
        self._on_tokens: OnTokens | None = None
        self.set_generation_params()

    @classmethod
    def get_pretrained(
        cls,
        name: str | Path = "facebook/musicgen-melody",
        device: str | torch.device | None = None,
        *,
        precision: Precision | None = None,
    ) -> Self:
        """Load a checkpoint.

        Args:
            name: Of the hub, one of audiocraft's short names (``small``), or a folder.
            device: ``cpu``, or another that PyTorch has (untried).
            precision: ``float32``, ``bfloat16``, ``int8`` or ``int4`` for the language model.

        Raises:
            ModelNotFoundError: There is no such checkpoint.
            ArtifactError: A file is missing, altered, pickled, or of another model.
            ConfigError: There is no such device.
        """
        known = name if Path(name).exists() else audiocraft_name(str(name))
        model = MusicGenModel.from_pretrained(known, precision=precision)
        if device is not None:
            try:
                model.parts.stage.model.to(torch.device(device))
            except (RuntimeError, AssertionError) as error:
                first = str(error).splitlines()[0]
                raise ConfigError(
                    f'device "{device}" cannot be used ({first:.150}): use "cpu"'
                ) from None
        return cls(model)

    @property
    def parts(self) -> MusicGenParts:
        """The loaded networks."""
        return self.model.parts

    @property
    def sample_rate(self) -> int:
        """Of the music, Hz."""
        return self.model.sample_rate

    @property
    def audio_channels(self) -> int:
        """Of the music: 1, or 2."""
        return self.parts.codec.n_channels

    @property
    def frame_rate(self) -> float:
        """Frames of codes a second."""
        return float(self.parts.stage.config.target.frame_rate)

    @property
    def device(self) -> torch.device:
        """Where the language model is."""
        return self.parts.stage.device

    @property
    def max_duration(self) -> float:
        """Seconds that it sees at once; longer music is made of windows."""
        return self.parts.stage.config.window_seconds

    def set_generation_params(
        self,
        use_sampling: bool = True,
        top_k: int = 250,
        top_p: float = 0.0,
        temperature: float = 1.0,
        duration: float = 30.0,
        cfg_coef: float = 3.0,
        cfg_coef_beta: float | None = None,
        two_step_cfg: bool = False,
        extend_stride: float = 18,
    ) -> None:
        """Set how the next music is made.

        Args:
            use_sampling: Draw codes; otherwise always the likeliest.
            top_k: Draw from that many likeliest; 0 is all.
            top_p: Draw from the likeliest that together have this probability; wins over
                ``top_k`` unless 0.
            temperature: More is more varied.
            duration: Seconds, what is continued included.
            cfg_coef: Guidance scale; 1 is none.
            cfg_coef_beta: Of style models, which are not supported.
            two_step_cfg: Accepted; both rows of guidance are always one batch, with the same
                result.
            extend_stride: Seconds that a window moves on where music is longer than one.

        Raises:
            ConfigError: A value out of range.
        """
        if cfg_coef_beta is not None:
            raise ConfigError(
                "cfg_coef_beta is for style models, which are not supported: leave it"
            )
        if not 0 < extend_stride < self.max_duration:
            raise ConfigError(
                f"extend_stride must be above 0 and below {self.max_duration:g}, "
                f"got {extend_stride}"
            )
        if not 0 < duration <= 3600:
            raise ConfigError(f"duration must be above 0 and at most 3600 seconds, got {duration}")
        if not 0 <= cfg_coef < float("inf"):
            raise ConfigError(f"cfg_coef must be >= 0 and finite, got {cfg_coef}: 1 means none")
        greedy = not use_sampling or temperature == 0
        self._sampling = SamplingConfig.from_mapping(
            {
                "temperature": 1.0 if greedy else temperature,
                "top_k": 0 if top_p > 0 else top_k,
                "top_p": top_p if top_p > 0 else 1.0,
                "greedy": greedy,
            },
            source="generation parameters",
        )
        self.duration, self.cfg_coef = float(duration), float(cfg_coef)
        self.extend_stride = float(extend_stride)

    def set_custom_progress_callback(self, progress_callback: OnTokens | None = None) -> None:
        """Have a function called with frames written and frames to write; ``None`` stops that."""
        self._on_tokens = progress_callback

    def generate(
        self,
        descriptions: Sequence[str | None],
        progress: bool = False,
        return_tokens: bool = False,
    ) -> Result:
        """Make music from descriptions, all in one batch.

        Args:
            descriptions: One a clip.
            progress: Print how far it is, on standard error.
            return_tokens: Whether codes are returned too.

        Raises:
            GenerationError: No description.
        """
        return self._finish(self._write(_listed(descriptions), progress=progress), return_tokens)

    def generate_unconditional(
        self, num_samples: int, progress: bool = False, return_tokens: bool = False
    ) -> Result:
        """Make music from nothing.

        Args:
            num_samples: Clips.
            progress: As for ``generate``.
            return_tokens: As for ``generate``.

        Raises:
            GenerationError: Fewer clips than one.
        """
        if num_samples < 1:
            raise GenerationError(f"num_samples must be 1 or more, got {num_samples}")
        return self.generate([None] * num_samples, progress, return_tokens)

    def generate_with_chroma(
        self,
        descriptions: Sequence[str | None],
        melody_wavs: Tensor | Sequence[Tensor | None],
        melody_sample_rate: int,
        progress: bool = False,
        return_tokens: bool = False,
    ) -> Result:
        """Make music from descriptions and tunes; melody models only.

        Args:
            descriptions: One a clip.
            melody_wavs: ``[C, N]``, ``[B, C, N]`` or a list of ``[C, N]`` and ``None``, one a clip.
            melody_sample_rate: Of the recordings, Hz.
            progress: As for ``generate``.
            return_tokens: As for ``generate``.

        Raises:
            GenerationError: This is no melody model, or there are more or fewer tunes than
                descriptions.
            ShapeError: A recording has other axes.
            AudioError: A recording is empty, not finite, too long or of more than two channels.
        """
        if not self.parts.n_chroma:
            raise GenerationError(no_melody(self.name))
        texts = _listed(descriptions)
        if isinstance(melody_wavs, Tensor):
            batch = melody_wavs[None] if melody_wavs.dim() == 2 else melody_wavs
            if batch.dim() != 3:
                raise ShapeError(
                    "melody_wavs must be [C, N], [B, C, N] or a list of [C, N], got shape "
                    f"{tuple(melody_wavs.shape)}"
                )
            melody_wavs = list(batch)
        if len(melody_wavs) != len(texts):
            raise GenerationError(
                f"{len(melody_wavs)} melodies for {len(texts)} descriptions: give one each, or None"
            )
        tunes = [
            None if wav is None else self._tune(wav, melody_sample_rate) for wav in melody_wavs
        ]
        return self._finish(self._write(texts, tunes=tunes, progress=progress), return_tokens)

    def generate_continuation(
        self,
        prompt: Tensor,
        prompt_sample_rate: int,
        descriptions: Sequence[str | None] | None = None,
        progress: bool = False,
        return_tokens: bool = False,
    ) -> Result:
        """Go on from recordings; the result begins with them.

        Args:
            prompt: ``[B, C, N]`` or ``[C, N]``, shorter than the duration.
            prompt_sample_rate: Of the recordings, Hz.
            descriptions: One a clip, or none.
            progress: As for ``generate``.
            return_tokens: As for ``generate``.

        Raises:
            ShapeError: ``prompt`` has other axes.
            GenerationError: It is as long as the duration, or there are more or fewer descriptions.
            AudioError: It is empty or not finite.
        """
        batch = prompt[None] if prompt.dim() == 2 else prompt
        if batch.dim() != 3:
            raise ShapeError(f"prompt must be [B, C, N] or [C, N], got shape {tuple(prompt.shape)}")
        texts = [None] * len(batch) if descriptions is None else _listed(descriptions)
        if len(texts) != len(batch):
            raise GenerationError(f"{len(texts)} descriptions for {len(batch)} prompts")
        codes = torch.cat(
            [codes_of(self.parts, Waveform(each.float(), prompt_sample_rate)) for each in batch]
        )
        return self._finish(self._write(texts, prompt=codes, progress=progress), return_tokens)

    def generate_audio(self, gen_tokens: Int[Tensor, "B K T"]) -> Float[Tensor, "B C N"]:
        """Samples of codes."""
        return self.parts.codec.decode(gen_tokens.cpu())

    def _tune(self, wav: Tensor, sample_rate: int) -> Tune:
        samples = wav[None] if wav.dim() == 1 else wav
        if samples.dim() != 2:
            raise ShapeError(f"each melody must be [C, N], got shape {tuple(wav.shape)}")
        waveform = Waveform(samples.float(), sample_rate)
        return tune_of(self.parts, waveform, separate=self.separate_melody)

    @torch.inference_mode()
    def _write(
        self,
        texts: Sequence[str | None],
        *,
        tunes: Sequence[Tune | None] | None = None,
        prompt: Int[Tensor, "B K P"] | None = None,
        progress: bool,
    ) -> Int[Tensor, "B K T"]:
        """Codes of a batch, window after window."""
        config = self.parts.stage.config
        rate, device = config.target.frame_rate, self.device
        n_frames = seconds_to_frames(self.duration, rate)
        if prompt is not None and prompt.shape[-1] >= n_frames:
            raise GenerationError(
                f"what is continued lasts {frames_to_seconds(prompt.shape[-1], rate):g} s and the "
                f"duration is {self.duration:g} s: set a longer duration"
            )
        vectors = self.parts.texts.vectors([text or "" for text in texts]).to(device)
        none = no_tune(self.parts.n_chroma) if self.parts.n_chroma else None
        given = tunes or [None] * len(texts)

        def conditions(_: int, begins: float) -> tuple[Tensor, ...]:
            if none is None:
                return (vectors,)
            windows = [
                none if tune is None else tune.window(begins, config.window_seconds)
                for tune in given
            ]
            return torch.cat(windows).to(device), vectors

        carry = config.window_seconds - self.extend_stride
        stage = Stage(replace(config, carry_seconds=carry), self.parts.stage.model)
        # From PyTorch's own numbers, so that torch.manual_seed decides, as with audiocraft.
        seed = int(torch.randint(2**62, ()))
        told = bool(vectors.any()) or any(tune is not None for tune in given)
        session = stage.session(
            torch.Generator().manual_seed(seed),
            n_batch=len(texts),
            sampling=self._sampling,
            # Where nothing is told, both rows of guidance would be the same.
            guidance_scale=self.cfg_coef if told else 1.0,
            prompt=None if prompt is None else prompt.to(device),
            n_frames=n_frames,
        )
        for _ in WindowWriter(stage, session, conditions).write(n_frames):
            if self._on_tokens is not None:
                self._on_tokens(session.n_written, n_frames)
            if progress:
                sys.stderr.write(f"{session.n_written:6d} / {n_frames:6d}\r")
                sys.stderr.flush()
        if progress:
            sys.stderr.write("\n")
        return session.codes

    def _finish(self, codes: Tensor, return_tokens: bool) -> Result:
        # A copy that its owner may write to, which tensors of inference mode are not.
        samples, codes = self.generate_audio(codes), codes.clone()
        return (samples, codes) if return_tokens else samples


def _listed(descriptions: Sequence[str | None]) -> list[str | None]:
    if isinstance(descriptions, str) or len(descriptions) == 0:
        raise GenerationError(
            f'descriptions are a list of texts, got {descriptions!r:.60}: write ["happy rock"]'
        )
    return list(descriptions)
