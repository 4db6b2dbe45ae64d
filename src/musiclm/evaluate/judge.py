"""Audio in, what it sounds like out: a small classifier that is independent of what it judges.

Which questions it answers about ten seconds of music is up to its examples; ``model/tagger.py``
asks for style, drums and families of instruments. Five small networks on hand-made features
(``features.py``) each learn from four fifths of a corpus; each fifth is judged by the network that
never heard it, and that accuracy is the judge's **ceiling**: no model can score above it except by
chance. Train it on a corpus of another seed than the model's, so that the two share no piece.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from musiclm.artifact import load_artifact, save_artifact
from musiclm.audio.waveform import Waveform
from musiclm.config import Frozen, replace
from musiclm.errors import ArtifactError, DataError
from musiclm.evaluate.features import FEATURE_VERSION, features_of

N_FOLDS = 5
NO_OR_YES = ("no", "yes")
"""Answers of an attribute that something either has or lacks; such attributes get an F1 score."""

_log = logging.getLogger(__name__)


class JudgeConfig(Frozen):
    """What a judge can answer, and how often it was right about audio it never heard."""

    classes: dict[str, tuple[str, ...]]
    """Attribute to its possible answers."""
    ceiling: dict[str, float]
    """Attribute to the share of held-out windows judged rightly, 0 to 1."""
    prior: dict[str, float]
    """Attribute to the share of the commonest answer: what guessing it would score."""
    f1: dict[str, float] = Field(default_factory=dict)
    """Attribute answered by no or yes to the F1 score of yes on held-out windows, 0 to 1."""
    thresholds: dict[str, float] = Field(default_factory=dict)
    """Of these attributes: the probability from which the answer is yes."""
    n_features: int
    n_pieces: int
    n_windows: int
    window_seconds: float = 10.0
    hidden: int = 192
    feature_version: int = FEATURE_VERSION


@dataclass(frozen=True, slots=True)
class Example:
    """One window of known music."""

    piece: str  # windows of one piece stay in one fold
    features: np.ndarray  # [n_features]
    labels: dict[str, str]  # attribute to answer
    clean: bool  # False for a deliberately worsened copy: trained on, never counted


class Judge:
    """Answers questions about a sound; knows its own ceiling (``config.ceiling``)."""

    def __init__(self, config: JudgeConfig, networks: Sequence["_Network"]) -> None:
        self.config = config
        self._networks = [network.eval() for network in networks]

    def probabilities(self, features: Float[Tensor, "B D"]) -> dict[str, Float[Tensor, "B V"]]:
        """Mean probability of each answer over the networks."""
        with torch.inference_mode():
            outputs = [network(features) for network in self._networks]
        return {
            name: torch.stack([out[name].softmax(dim=-1) for out in outputs]).mean(dim=0)
            for name in self.config.classes
        }

    def answers(self, waveform: Waveform) -> dict[str, str]:
        """The likeliest answer to each question; windows of a long sound vote.

        Raises:
            AudioError: Too short, or not finite.
        """
        windows = windows_of(waveform, self.config.window_seconds)
        features = torch.from_numpy(np.stack([features_of(window) for window in windows]))
        return {
            name: self._answer(name, each.mean(dim=0))
            for name, each in self.probabilities(features).items()
        }

    def _answer(self, name: str, probabilities: Float[Tensor, " V"]) -> str:
        """The likeliest answer; yes or no by the threshold that held-out windows chose."""
        classes = self.config.classes[name]
        if name in self.config.thresholds:
            return classes[int(float(probabilities[1]) >= self.config.thresholds[name])]
        return classes[int(probabilities.argmax())]

    def save(self, folder: Path, *, card: str = "") -> None:
        """Write the judge as an artifact folder."""
        tensors = {
            f"{index}.{name}": tensor
            for index, network in enumerate(self._networks)
            for name, tensor in network.state_dict().items()
        }
        save_artifact(folder, kind="judge", config=self.config, tensors=tensors, card=card)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a judge.

        Raises:
            ArtifactError: Missing, altered, or made for features of another version.
        """
        artifact = load_artifact(folder, kind="judge")
        config = JudgeConfig.from_json(artifact.config_json, source=str(folder))
        if config.feature_version != FEATURE_VERSION:
            raise ArtifactError(
                f"{folder} was trained on features of version {config.feature_version}, this is "
                f"version {FEATURE_VERSION}: train it again with `musiclm evaluate tagger`"
            )
        networks = []
        for index in range(N_FOLDS):
            network = _Network(config)
            own = {
                name.removeprefix(f"{index}."): tensor
                for name, tensor in artifact.tensors.items()
                if name.startswith(f"{index}.")
            }
            network.load_state_dict(own)
            networks.append(network)
        return cls(config, networks)


class _Network(nn.Module):
    """Standardised features, one hidden layer, a head for each question."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(config.n_features))
        self.register_buffer("deviation", torch.ones(config.n_features))
        self.body = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(config.n_features, config.hidden), nn.GELU(), nn.Dropout(0.4)
        )
        self.heads = nn.ModuleDict(
            {name: nn.Linear(config.hidden, len(few)) for name, few in config.classes.items()}
        )

    def forward(self, features: Float[Tensor, "B D"]) -> dict[str, Float[Tensor, "B V"]]:
        """Logits for each question."""
        # Generated audio may lie far outside of what training saw; bounded, it still gets a vote.
        standard = ((features - self.mean) / self.deviation).clamp(-4.0, 4.0)
        hidden = self.body(standard)
        return {name: head(hidden) for name, head in self.heads.items()}


def windows_of(waveform: Waveform, window_seconds: float) -> list[Waveform]:
    """Whole windows at half overlap; the sound itself where it is no longer than one."""
    if waveform.seconds <= window_seconds:
        return [waveform]
    n_steps = int(2 * (waveform.seconds - window_seconds) / window_seconds + 1e-6)
    starts = [window_seconds / 2 * step for step in range(n_steps + 1)]
    return [waveform.slice(start, start + window_seconds) for start in starts]


def train_judge(
    examples: Sequence[Example],
    *,
    seed: int = 0,
    n_epochs: int = 40,
    hidden: int = 192,
    window_seconds: float = 10.0,
    on_progress: Callable[[float], None] | None = None,
) -> Judge:
    """Learn from windows of known music; every fold is tested on pieces it did not hear.

    Args:
        examples: Windows; all are labelled with the same attributes.
        seed: Same seed, same judge.
        n_epochs: Passes over the windows.
        hidden: Width of each network.
        window_seconds: Length of the windows.
        on_progress: Told the share done, 0 to 1.

    Raises:
        DataError: Fewer pieces than folds, or windows that are asked different questions.
    """
    pieces = sorted({example.piece for example in examples})
    if len(pieces) < N_FOLDS:
        raise DataError(f"a judge needs at least {N_FOLDS} pieces of music, got {len(pieces)}")
    attributes = tuple(examples[0].labels)
    if any(tuple(example.labels) != attributes for example in examples):
        raise DataError(f"all windows of a judge are asked {', '.join(attributes)}: label them all")
    classes = {
        name: tuple(sorted({example.labels[name] for example in examples})) for name in attributes
    }
    features = torch.from_numpy(np.stack([example.features for example in examples]))
    targets = {
        name: torch.tensor([few.index(example.labels[name]) for example in examples])
        for name, few in classes.items()
    }
    clean = torch.tensor([example.clean for example in examples])
    shuffled = np.random.default_rng(seed).permutation(len(pieces))
    fold_of = {piece: int(place) % N_FOLDS for piece, place in zip(pieces, shuffled, strict=True)}
    folds = torch.tensor([fold_of[example.piece] for example in examples])
    blank = JudgeConfig(
        classes=classes,
        ceiling={},
        prior={name: _commonest(target[clean]) for name, target in targets.items()},
        n_features=features.shape[1],
        n_pieces=len(pieces),
        n_windows=int(clean.sum()),
        window_seconds=window_seconds,
        hidden=hidden,
    )
    heard = {
        name: torch.zeros(len(examples), len(few), dtype=torch.float32)
        for name, few in classes.items()
    }
    networks = []
    for fold in range(N_FOLDS):
        known, held_out = folds != fold, (folds == fold) & clean
        network = _train_network(
            blank,
            features[known],
            {name: target[known] for name, target in targets.items()},
            seed=seed * N_FOLDS + fold,
            n_epochs=n_epochs,
        )
        with torch.inference_mode():
            logits = network(features[held_out])
        for name in classes:
            heard[name][held_out] = logits[name].softmax(dim=-1)
        networks.append(network)
        if on_progress:
            on_progress((fold + 1) / N_FOLDS)
    right = {
        name: heard[name][clean].argmax(dim=-1) == target[clean] for name, target in targets.items()
    }
    ceiling = {name: int(each.sum()) / blank.n_windows for name, each in right.items()}
    best = {
        name: best_threshold(heard[name][clean, 1], targets[name][clean])
        for name, few in classes.items()
        if few == NO_OR_YES
    }
    _log.info("judge: held-out accuracy %s", ceiling)
    known_well = replace(
        blank,
        ceiling=ceiling,
        thresholds={name: threshold for name, (threshold, _) in best.items()},
        f1={name: f1 for name, (_, f1) in best.items()},
    )
    return Judge(known_well, networks)


def best_threshold(
    probabilities: Float[Tensor, " B"], truth: Int[Tensor, " B"]
) -> tuple[float, float]:
    """The probability from which "yes" has the best F1 score, and that score.

    One number a question is chosen on the windows that the score is taken of: what that flatters
    is far below the score's own interval.

    Example:
        >>> best_threshold(torch.tensor([0.1, 0.4, 0.9]), torch.tensor([0, 1, 1]))
        (0.15, 1.0)
    """
    found = (0.5, -1.0)
    for step in range(1, 20):
        threshold = step / 20
        said = probabilities >= threshold
        hits = int((said & (truth == 1)).sum())
        f1 = 2 * hits / max(1, int(said.sum()) + int((truth == 1).sum()))
        if f1 > found[1]:
            found = (threshold, f1)
    return found


def _train_network(
    config: JudgeConfig,
    features: Float[Tensor, "B D"],
    targets: dict[str, Int[Tensor, " B"]],
    *,
    seed: int,
    n_epochs: int,
) -> _Network:
    """One network on one set of pieces."""
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):  # dropout and initial weights know no generator
        torch.manual_seed(seed)
        network = _Network(config)
        network.mean.copy_(features.mean(dim=0))
        network.deviation.copy_(features.std(dim=0).clamp(min=1e-4))
        optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.1)
        batches = max(1, len(features) // 64)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=2e-3, total_steps=n_epochs * batches
        )
        network.train()
        for _ in range(n_epochs):
            for rows in torch.randperm(len(features), generator=rng).chunk(batches):
                logits = network(features[rows])
                loss = torch.stack(
                    [
                        functional.cross_entropy(logits[name], target[rows], label_smoothing=0.05)
                        for name, target in targets.items()
                    ]
                ).sum()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
    return network.eval()


def _commonest(target: Int[Tensor, " B"]) -> float:
    """Share of the commonest answer."""
    return float(target.bincount().max()) / len(target)
