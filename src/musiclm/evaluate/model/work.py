"""What is to be measured on how much, and the clips that suites share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musiclm.corpus.render import sound_from_name
from musiclm.errors import ConfigError
from musiclm.evaluate.model.cases import Case, cases
from musiclm.evaluate.model.clips import Made, Progress, generated, rendered
from musiclm.evaluate.model.shares import generate_share, in_shares, render_share
from musiclm.pipeline.musiclm import MusicLM

SUITES = ("adherence", "frechet", "structure", "ablation", "memorization")
_STRUCTURE_SEED = 1  # apart from the pieces that adherence asks for


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to measure on how much."""

    suites: tuple[str, ...] = SUITES
    n_prompts: int = 500
    n_pieces: int = 200  # minutes of music for structure
    n_ablated: int = 40  # of these pieces
    n_memorized: int = 2_000  # training pieces
    n_nearest: int = 100  # generated clips
    clip_seconds: float = 10.0
    piece_seconds: float = 60.0
    tagger: Path | None = None
    tokens: Path | None = None  # token shards that the model was trained on
    tokenizer: Path | None = None  # semantic tokenizer, for its centroids
    sound: str = "auto"  # who plays real pieces
    seed: int = 0
    jobs: int = 1  # processes that make clips


@dataclass(slots=True)
class Work:
    """What suites share; made when first asked for."""

    model: MusicLM
    wishes: Wishes
    out: Path
    folder: Path
    say: Progress | None
    _made: dict[str, tuple[list[Case], list[Made]]] = field(default_factory=dict)
    _real: dict[str, list[Made]] = field(default_factory=dict)

    def clips(self) -> tuple[list[Case], list[Made]]:
        """Short clips and their prompts."""
        return self._generated("clips", self.wishes.n_prompts, self.wishes.clip_seconds, 0)

    def pieces(self) -> tuple[list[Case], list[Made]]:
        """Long pieces with tokens, and their prompts."""
        wishes = self.wishes
        return self._generated("pieces", wishes.n_pieces, wishes.piece_seconds, _STRUCTURE_SEED)

    def real(self, kind: str) -> list[Made]:
        """The composed pieces that the prompts of ``clips`` or ``pieces`` describe."""
        if kind not in self._real:
            chosen, _ = self.clips() if kind == "clips" else self.pieces()
            folder, say, sound = self.out / f"real-{kind}", f"composed {kind}", self.wishes.sound
            self._together(
                render_share, {"cases": chosen, "sound": sound}, folder, len(chosen), say
            )
            self._real[kind] = rendered(
                chosen, folder, sound=sound_from_name(sound), say=say, on_progress=self.say
            )
        return self._real[kind]

    def _generated(
        self, kind: str, count: int, seconds: float, offset: int
    ) -> tuple[list[Case], list[Made]]:
        if kind not in self._made:
            chosen = cases(count, seconds=seconds, seed=self.wishes.seed + offset)
            folder, whole = self.out / kind, kind == "pieces"
            settings: dict[str, Any] = {
                "seconds": seconds,
                "seed": self.wishes.seed,
                "excerpts": not whole,
                "with_tokens": whole,
            }
            self._together(
                generate_share,
                {"model": self.folder, "cases": chosen, **settings},
                folder,
                len(chosen),
                kind,
            )
            made = generated(self.model, chosen, folder, **settings, say=kind, on_progress=self.say)
            self._made[kind] = (chosen, made)
        return self._made[kind]

    def _together(
        self,
        work: Callable[..., None],
        settings: dict[str, Any],
        folder: Path,
        total: int,
        say: str,
    ) -> None:
        """Let several processes make what is missing, if there are to be several."""
        in_shares(
            work,
            {**settings, "folder": folder},
            jobs=self.wishes.jobs,
            folder=folder,
            total=total,
            say=say,
            on_progress=self.say,
        )


def check_wishes(wishes: Wishes) -> None:
    """Refuse early what would fail late.

    Raises:
        ConfigError: Names what is missing.
    """
    unknown = sorted(set(wishes.suites) - set(SUITES))
    if unknown or not wishes.suites:
        raise ConfigError(
            f"unknown suite(s) {', '.join(unknown) or '(none)'}: choose from {', '.join(SUITES)}"
        )
    if "adherence" in wishes.suites and wishes.tagger is None:
        raise ConfigError(
            "adherence needs --tagger: train one with "
            "`musiclm evaluate tagger --corpus C --out DIR`"
        )
    if "memorization" in wishes.suites and wishes.tokens is None:
        raise ConfigError(
            "memorization needs --tokens: the folder of token shards that the model was trained on"
        )
