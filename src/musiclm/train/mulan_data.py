"""A captioned corpus in, the batches of MuLan's training out, each a function of its number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import Clip
from musiclm.mulan.audio_tower import tower_features
from musiclm.mulan.config import MulanConfig
from musiclm.train.feature_cache import FeatureCache
from musiclm.train.mulan_agreement import attributes_of, mismatch, said_classes
from musiclm.train.mulan_facts import WANTED, FactLabels
from musiclm.train.mulan_texts import Text, TextPlan, draw_texts, training_requests

Tokenize = Callable[[Sequence[str]], tuple[Int[Tensor, "B S"], Bool[Tensor, "B S"]]]
_EQ_POINTS = 8
_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class MulanBatch:
    """One step's worth of clips and texts; the first texts are the clips' own captions."""

    features: Float[Tensor, "B F T"]
    ids: Int[Tensor, "n S"]
    real: Bool[Tensor, "n S"]
    mismatch: Float[Tensor, "n B"]
    """How much of each text is wrong about each clip, 0 if it fits."""
    classes: Int[Tensor, "B K"]
    """Facts of the clips, for the heads."""
    sounding: Float[Tensor, "B V"]
    said: Int[Tensor, "n K"]
    """Facts that the texts state, -100 where they do not."""
    axes: Float[Tensor, "B 4"]
    requests: Int[Tensor, " n"]
    """Which request a text is, -1 for none."""
    wanted: dict[str, Float[Tensor, "n _"]]
    """Of requests, which styles and moods would do, as rows that sum to 1; zeros for others."""

    def to(self, device: torch.device) -> "MulanBatch":
        """The same on another device."""
        return MulanBatch(
            features=self.features.to(device),
            ids=self.ids.to(device),
            real=self.real.to(device),
            mismatch=self.mismatch.to(device),
            classes=self.classes.to(device),
            sounding=self.sounding.to(device),
            said=self.said.to(device),
            axes=self.axes.to(device),
            requests=self.requests.to(device),
            wanted={name: shares.to(device) for name, shares in self.wanted.items()},
        )


class MulanData:
    """Clips of a corpus as batches by number: pure, so that a run can be resumed exactly.

    Batches lie on the CPU, as the thread that prepares them ahead of time does not disturb a GPU.
    """

    def __init__(
        self,
        config: MulanConfig,
        clips: Sequence[Clip],
        cache: AudioCache,
        folder: Path,
        *,
        batch_size: int,
        plan: TextPlan,
        seed: int,
        device: torch.device = _CPU,
    ) -> None:
        """Compute the features of all clips, or open those of an earlier call.

        Args:
            config: Of the model.
            clips: The manifest.
            cache: Their audio.
            folder: For the features.
            batch_size: Clips a batch.
            plan: Texts a batch.
            seed: Of all choices.
            device: Where features are computed; they are kept, and batches made, on the CPU.
        """
        self.config, self.clips, self.plan = config, clips, plan
        self.batch_size, self.seed = batch_size, seed
        self.train = cache.indices("train")
        self.valid = cache.indices("valid")
        audio = config.audio
        self.n_frames = round(config.window_seconds * config.sample_rate) // audio.hop_length
        self.features = FeatureCache.build(
            cache,
            folder,
            clips=sorted({*self.train, *self.valid}),
            features=lambda samples: tower_features(
                samples[None].to(device), audio, sample_rate=config.sample_rate
            )[0].cpu(),
            settings=audio.to_json(),
        )
        self.labels = FactLabels.of([clips[index].facts for index in self.train])
        self._attributes = {index: attributes_of(clips[index].facts) for index in self.train}
        self._mates: dict[str, list[int]] = {}
        for index in self.train:
            self._mates.setdefault(str(clips[index].facts.get("style", "")), []).append(index)

    def crop(self, clip: int, rng: np.random.Generator) -> Float[Tensor, "F T"]:
        """A window from anywhere in the clip."""
        latest = max(0, self.features.lengths[clip] - self.n_frames)
        return self.features.crop(clip, int(rng.integers(latest + 1)), self.n_frames)

    def windows(self, clip: int) -> Float[Tensor, "W F T"]:
        """All windows of a clip as ``Mulan.windows`` cuts them."""
        hop = max(1, round(self.n_frames * self.config.hop_seconds / self.config.window_seconds))
        last = max(0, self.features.lengths[clip] - self.n_frames)
        starts = [*range(0, last, hop), last]
        return torch.stack([self.features.crop(clip, first, self.n_frames) for first in starts])

    def choose(self, rng: np.random.Generator) -> list[int]:
        """Half of a batch at random, and one of the same style for each of that half.

        Among clips of different styles the style alone would tell them apart.
        """
        size = self.batch_size
        half = rng.choice(self.train, (size + 1) // 2, replace=len(self.train) < size).tolist()
        chosen = list(half)
        for clip in half[: size - len(half)]:
            mates = self._mates[str(self.clips[clip].facts.get("style", ""))]
            fresh = [mate for mate in mates if mate not in chosen]
            chosen.append(int(rng.choice(fresh or self.train)))
        return chosen

    def batch_at(self, step: int, tokenize: Tokenize) -> MulanBatch:
        """The batch of a step number."""
        rng = np.random.default_rng((self.seed, step))
        chosen = self.choose(rng)
        n_mels = self.config.audio.n_mels
        features = torch.stack([augment(self.crop(clip, rng), n_mels, rng) for clip in chosen])
        clips = [self.clips[clip] for clip in chosen]
        captions, others = draw_texts(clips, self.plan, rng)
        texts = captions + others
        ids, real = tokenize([text.words for text in texts])
        classes, sounding = self.labels.encode([clip.facts for clip in clips])
        said, _ = self.labels.encode([said_classes(text.states) for text in texts])
        return MulanBatch(
            features,
            ids,
            real,
            mismatch(
                [text.statements for text in texts], [self._attributes[clip] for clip in chosen]
            ),
            classes,
            sounding,
            said,
            torch.tensor([axes_of(clip) for clip in clips]),
            torch.tensor([-1 if text.request is None else text.request for text in texts]),
            self._wanted(texts),
        )

    def _wanted(self, texts: Sequence[Text]) -> dict[str, Float[Tensor, "n _"]]:
        """What requests would accept, spread evenly over the names that the corpus has."""
        wishes = training_requests()
        wanted = {name: torch.zeros(len(texts), len(self.labels.values[name])) for name in WANTED}
        for row, text in enumerate(texts):
            if text.request is None:
                continue
            request = wishes[text.request]
            for name, answers in zip(WANTED, (request.styles, request.moods), strict=True):
                values = self.labels.values[name]
                known = [values.index(answer) for answer in answers if answer in values]
                wanted[name][row, known] = 1.0 / max(1, len(known))
        return wanted


def axes_of(clip: Clip) -> list[float]:
    """Valence, arousal, tension and warmth of a clip."""
    return [
        float(clip.facts.get(name, 0.0)) for name in ("valence", "arousal", "tension", "warmth")
    ]


def augment(
    features: Float[Tensor, "F T"], n_mels: int, rng: np.random.Generator
) -> Float[Tensor, "F T"]:
    """Another level, tone colour and noise floor, and one hidden band of pitch and of time.

    What stays the same under these is what captions are about; equalizers, quiet files and codecs
    change no more than that. Pitch classes are left as they are.
    """
    features = features.clone()
    mel = features[:n_mels]
    n_frames = mel.shape[1]
    points = np.cumsum(rng.normal(0.0, 0.25, _EQ_POINTS))
    curve = np.interp(np.linspace(0, _EQ_POINTS - 1, n_mels), np.arange(_EQ_POINTS), points)
    mel += torch.from_numpy(curve - curve.mean()).float()[:, None] + float(rng.normal(0.0, 0.7))
    if rng.random() < 0.5:
        # Codecs and tape put a floor under what is quiet.
        mel.clamp_(min=float(mel.mean()) - float(rng.uniform(2.0, 6.0)))
    filler = float(mel.mean())
    for axis, (size, largest) in enumerate(((n_mels, n_mels // 8), (n_frames, n_frames // 8))):
        width = int(rng.integers(largest + 1))
        start = int(rng.integers(size - width + 1))
        mel.narrow(axis, start, width).fill_(filler)
    return features
