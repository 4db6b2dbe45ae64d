"""A sentence in, finished stereo music out: the whole chain, five arrows, one class.

The chain is MuLan tokens and hard facts, semantic tokens, acoustic codes, samples. Which networks
stand behind the acoustic arrow (one model over all levels, or coarse and fine, or a parallel
decoder) is the model folder's business. Training and evaluation are elsewhere.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.decode.stage import Stage
from musiclm.errors import GenerationError
from musiclm.mulan.model import Mulan
from musiclm.pipeline.finish import finish
from musiclm.pipeline.folder import find_model
from musiclm.pipeline.generation import Generation, Timings
from musiclm.pipeline.load import Parts, load_model
from musiclm.pipeline.progress import Clock, OnProgress
from musiclm.pipeline.request import (
    LARGEST_SEED,
    PerStage,
    checked_count,
    checked_duration,
    checked_seed,
)
from musiclm.pipeline.settings import StageSettings, stage_settings
from musiclm.pipeline.wish import Options, Prompt, Wish, wishes_of

_log = logging.getLogger(__name__)

# Usual shares of the time, for the percentage only: one step of an acoustic model costs more.
_SHARES = {"mulan": 0.02, "semantic": 0.28, "codec": 0.05}
_ACOUSTIC_SHARE = 0.65
# Acoustic codes that the codec decodes at a time: soon audible, and cheap to decode.
_CHUNK_SECONDS = 2.0


class MusicLM:
    """The assembled chain: ``generate`` maps prompts to a ``Generation``.

    Holds no state between calls: the same seed, settings, machine and number of threads give the
    same bytes, whatever was generated before, alone or among other prompts.
    """

    def __init__(self, parts: Parts) -> None:
        self.name = parts.description.name
        self.version = parts.description.version
        self.weights_sha256 = parts.sha256
        self.defaults = parts.description.defaults
        self.mulan = parts.mulan
        self._mulan_folder = parts.mulan_folder
        self.semantic = parts.semantic
        self.acoustic = parts.acoustic
        self.codec = parts.codec

    @classmethod
    def from_pretrained(
        cls, name_or_folder: str | Path = "small", *, dtype: torch.dtype | None = None
    ) -> Self:
        """Load the model in the box, or one from a folder, after verifying every byte.

        Args:
            name_or_folder: ``"small"``, or a folder that holds ``model.json``.
            dtype: Of the stages' weights; by default what this processor computes fastest.

        Raises:
            ModelNotFoundError: There is no such model.
            ArtifactError: A file is missing, altered or cut off.
            StreamMismatchError: The parts were not trained together.
        """
        return cls(load_model(find_model(name_or_folder), dtype=dtype))

    @property
    def sample_rate(self) -> int:
        """Of the music, Hz."""
        return self.codec.sample_rate

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages in the order in which they run."""
        return (self.semantic, *self.acoustic)

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What temperatures and guidance scales may be given for."""
        return tuple(stage.config.name for stage in self.stages)

    def generate(
        self,
        prompt: Prompt | Sequence[Prompt],
        *,
        duration: float = 10.0,
        seed: int | None = None,
        num_samples: int = 1,
        options: Options | None = None,
        temperature: PerStage | None = None,
        top_k: PerStage | None = None,
        guidance_scale: PerStage | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """Make music from one sentence, from several, or from a mixture with weights.

        Clips are made one after the other: clip ``i`` uses ``seed + i`` and is the same, to the
        bit, as a call with that prompt and seed alone.

        Args:
            prompt: What the music should be like, at most 2,000 characters; a list of them makes
                a clip of each; ``[("calm piano", 1.0), ("rain", 0.5), ("drums", -0.5)]`` is one
                wish. Numbers in it (120 bpm, D minor, 3/4, no drums) are taken at their word.
            duration: Seconds of each clip, 1 to 300.
            seed: Random if not given; the result tells which.
            num_samples: Clips of each prompt; with more than one, each gets a score that tells
                how well it agrees with its prompt.
            options: Negative prompt, tempo, key and metre, which win over the words.
            temperature: More is more varied; for all stages, or by name. 0 takes the likeliest.
            top_k: Draw from that many likeliest tokens; for all stages, or by name. 0 is all.
            guidance_scale: More follows the prompt more closely, 1 is none; all, or by name.
            on_progress: Told where the generation stands; an exception from it stops the work.

        Raises:
            GenerationError: A prompt or number that cannot be used; says which and why.
        """
        wishes = wishes_of(prompt, options)
        seconds = checked_duration(duration)
        first_seed = checked_seed(seed)
        count = checked_count(num_samples)
        settings = stage_settings(
            self.stages,
            self.defaults,
            temperature=temperature,
            top_k=top_k,
            guidance_scale=guidance_scale,
        )
        each = [wish for wish in wishes for _ in range(count)]
        seeds = tuple(range(first_seed, first_seed + len(each)))
        if seeds[-1] > LARGEST_SEED:
            raise GenerationError(f"seed {first_seed} leaves no room for {len(each)} clips")

        clock = Clock(self._shares(), len(each), seconds, on_progress)
        for note in dict.fromkeys(note for wish in wishes for note in wish.notes):
            _log.warning("%s", note)
        clips: list[Tensor] = []
        silent: list[bool] = []
        tokens: list[dict[str, Tensor]] = []
        for clock.clip, (wish, clip_seed) in enumerate(zip(each, seeds, strict=True)):
            samples, codes = self._one(wish, seconds, clip_seed, settings, clock)
            waveform, is_silent = finish(samples, sample_rate=self.sample_rate, seconds=seconds)
            if is_silent:
                _log.warning("clip %d is silent: try another seed", clock.clip + 1)
            clips.append(waveform.samples)
            silent.append(is_silent)
            tokens.append(codes)
        total = clock.elapsed()
        return Generation(
            waveform=torch.stack(clips),
            sample_rate=self.sample_rate,
            tokens={name: torch.cat([codes[name] for codes in tokens]) for name in tokens[0]},
            prompts=tuple(wish.text for wish in each),
            understood=tuple(wish.understood() for wish in each),
            scores=tuple(
                self.score(samples, wish.parts) for wish, samples in zip(each, clips, strict=True)
            )
            if count > 1
            else (),
            seeds=seeds,
            settings={
                "duration_seconds": seconds,
                "stages": {name: setting.to_dict() for name, setting in settings.items()},
            },
            timings=Timings(
                stage_seconds=clock.seconds,
                first_token_seconds=clock.first_token_seconds or total,
                first_audio_seconds=clock.first_audio_seconds or total,
                total_seconds=total,
                audio_seconds=seconds * len(each),
            ),
            silent=tuple(silent),
            model=self.name,
            model_version=self.version,
            weights_sha256=self.weights_sha256,
        )

    @torch.inference_mode()
    def _one(
        self,
        wish: Wish,
        seconds: float,
        seed: int,
        settings: dict[str, StageSettings],
        clock: Clock,
    ) -> tuple[Float[Tensor, "C N"], dict[str, Tensor]]:
        """The chain for one clip: every arrow of the architecture is a line here."""
        rng = torch.Generator().manual_seed(seed)
        tokens: dict[str, Tensor] = {}

        def run(stage: Stage, *, within: str = "") -> Iterator[Tensor]:
            name, setting = stage.config.name, settings[stage.config.name]
            report = clock.reporter(name)
            report(0.0)
            codes = stage.stream(
                tuple(tokens[stream.name] for stream in stage.config.conditions),
                seconds,
                rng,
                sampling=setting.sampling,
                guidance_scale=setting.guidance_scale,
                on_progress=report,
                chunk_seconds=_CHUNK_SECONDS,
            )
            return clock.timed(name, codes, within=within)

        with clock.stage("mulan"):
            point = self._point(wish)
            tokens["mulan"] = self.mulan.tokens_from_embeddings(
                point[None], source="text"
            )  # [B, M]
            tokens["facts"] = torch.tensor([wish.tokens])  # [B, 4]
        tokens["semantic"] = torch.cat(list(run(self.semantic)), dim=-1)  # [B, 1, T_s]
        *lower, last = self.acoustic
        for stage in lower:  # Each adds its levels to those before: [B, K_c, T_a]
            tokens["acoustic"] = _stacked(tokens, torch.cat(list(run(stage)), dim=-1))
        # The codec decodes what the last stage has written while that writes on.
        written = _growing(tokens, run(last, within="codec"))  # [B, K, t] at a time
        codes = (chunk[:, : self.defaults.codec_levels] for chunk in written)
        pieces = []
        for piece in clock.timed("codec", self.codec.stream_decode(codes)):  # [B, C, n]
            clock.heard()
            pieces.append(piece)
        clock.reporter("codec")(1.0)
        return torch.cat(pieces, dim=-1)[0].float(), tokens

    def _point(self, wish: Wish) -> Float[Tensor, " D"]:
        """Where a wish lies in the joint space."""
        texts, weights = zip(*wish.parts, strict=True)
        embeddings = self.mulan.embed_text(texts)
        return embeddings[0] if len(texts) == 1 else self.mulan.mix(embeddings, weights)

    @torch.inference_mode()
    def score(self, samples: Float[Tensor, "C N"], prompt: Prompt) -> float:
        """How well music agrees with a prompt: cosine in the joint space, each around its mean.

        Args:
            samples: At ``sample_rate``.
            prompt: One wish.
        """
        # The audio tower is loaded only by those who compare candidates.
        listener = self._listener()
        heard = listener.embed_audio(samples[None])[0] - listener.audio_mean
        wanted = self._point(wishes_of(prompt)[0]) - listener.text_mean
        return float(torch.cosine_similarity(heard, wanted, dim=0))

    def _listener(self) -> Mulan:
        """MuLan with both towers."""
        if self.mulan.audio is None:
            self.mulan = Mulan.load(self._mulan_folder, towers="both")
        return self.mulan

    def _shares(self) -> dict[str, float]:
        """Usual share of the time by stage, in order."""
        shares = {"mulan": _SHARES["mulan"], self.semantic.config.name: _SHARES["semantic"]}
        for stage in self.acoustic:
            shares[stage.config.name] = _ACOUSTIC_SHARE / len(self.acoustic)
        return {**shares, "codec": _SHARES["codec"]}


def _stacked(tokens: dict[str, Tensor], codes: Tensor, start: int = 0) -> Tensor:
    """``codes`` on top of the levels that earlier stages made of the same frames."""
    lower = tokens.get("acoustic")
    if lower is None:
        return codes
    return torch.cat((lower[..., start : start + codes.shape[-1]], codes), dim=1)


def _growing(tokens: dict[str, Tensor], chunks: Iterator[Tensor]) -> Iterator[Tensor]:
    """Hand on each chunk with all its levels; in the end ``tokens`` hold the whole."""
    done: list[Tensor] = []
    n_frames = 0
    for chunk in chunks:
        done.append(_stacked(tokens, chunk, n_frames))
        n_frames += chunk.shape[-1]
        yield done[-1]
    tokens["acoustic"] = torch.cat(done, dim=-1)
