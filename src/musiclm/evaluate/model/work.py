"""What is to be measured on how much, and the clips that suites share.

What is measured is a model, which makes its clips here, or a folder of clips that something else
made for the same prompts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from musiclm.artifact import read_manifest
from musiclm.corpus.render import sound_from_name
from musiclm.decode.stage import Stage
from musiclm.errors import ConfigError
from musiclm.evaluate.model.cases import Case, cases
from musiclm.evaluate.model.clips import Made, Progress, collected, generated, rendered
from musiclm.evaluate.model.metre_cases import metre_cases
from musiclm.evaluate.model.shares import generate_share, in_shares, render_share
from musiclm.evaluate.schema import Subject
from musiclm.pipeline.musiclm import MusicLM

SUITES = ("quality", "adherence", "structure", "ablation", "memorization", "codec", "mulan")
_METRE_SHARE = 5  # prompts of adherence for each that names a metre
_OF_A_MODEL = ("ablation", "memorization", "codec", "mulan")
OF_A_PLAN = ("ablation", "memorization")
"""Suites that ask the semantic stage."""
STRUCTURE_SEED = 1
"""Added to the seed of long pieces, so that they are others than adherence asks for."""


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
    audio: Path | None = None  # folder of clips to measure instead of a model's
    tokens: Path | None = None  # token shards that the model was trained on
    tokenizer: Path | None = None  # semantic tokenizer, for its centroids; else the model's
    corpus: Path | None = None  # of another seed, whose clips codec and MuLan hear
    reference: Path | None = None  # audio that quality compares with; else composed pieces
    embedders: tuple[str, ...] = ("mel", "mulan", "semantic")
    labels: str = ""  # a published classifier for the divergence of labels, else the tagger
    clap: str = ""  # name or folder of a CLAP for the CLAP score; none without
    ears: str = "small"  # model whose MuLan and semantic tokenizer embed
    strict: bool = False  # stop at a file that cannot be read
    sound: str = "auto"  # who plays real pieces
    seed: int = 0
    jobs: int = 1  # processes that make clips


@dataclass(slots=True)
class Work:
    """What suites share; made when first asked for."""

    music: MusicLM | None
    wishes: Wishes
    out: Path
    folder: Path | None  # of the model
    say: Progress | None
    asked: list[Case] | None = None  # prompts of clips, if not those of `cases`
    _made: dict[str, tuple[list[Case], list[Made]]] = field(default_factory=dict)
    _real: dict[str, list[Made]] = field(default_factory=dict)

    @property
    def model(self) -> MusicLM:
        """The model that is measured.

        Raises:
            ConfigError: It is a folder of audio that is measured.
        """
        if self.music is None:
            raise ConfigError("this asks a model, not a folder of audio: give --model")
        return self.music

    @property
    def model_folder(self) -> Path:
        """Where the model that is measured lies."""
        if self.folder is None:
            raise ConfigError("this asks a model, not a folder of audio: give --model")
        return self.folder

    @property
    def corpus(self) -> Path:
        """A corpus of another seed than the model's."""
        if self.wishes.corpus is None:
            raise ConfigError("this needs --corpus")
        return self.wishes.corpus

    def saying(self, what: str) -> Callable[[int, int], None]:
        """Progress for those who only count."""
        say = self.say
        return lambda done, total: say(what, done, total) if say else None

    def subject(self) -> Subject:
        """What is measured, for the report."""
        if self.music is not None:
            return Subject(kind="model", name=self.music.name, version=self.music.version)
        return Subject(kind="audio", name=Path(self.wishes.audio or "").name)

    def weights(self) -> dict[str, str]:
        """SHA-256 of the model and of the judges, by name."""
        found = {} if self.music is None else {"model": self.music.weights_sha256}
        if self.wishes.tagger is not None:
            found["tagger"] = read_manifest(self.wishes.tagger)[1]
        return found

    def clips(self) -> tuple[list[Case], list[Made]]:
        """Short clips and their prompts."""
        wishes = self.wishes
        chosen = self.asked or cases(
            wishes.n_prompts, seconds=wishes.clip_seconds, seed=wishes.seed
        )
        return self._generated("clips", chosen, wishes.clip_seconds)

    def metre_clips(self) -> tuple[list[Case], list[Made]]:
        """Short clips for prompts that name a metre; of a model only."""
        wishes = self.wishes
        count = max(2, wishes.n_prompts // _METRE_SHARE)
        chosen = metre_cases(count, seconds=wishes.clip_seconds, seed=wishes.seed)
        return self._generated("metre-clips", chosen, wishes.clip_seconds)

    def pieces(self) -> tuple[list[Case], list[Made]]:
        """Long pieces with tokens, and their prompts."""
        wishes = self.wishes
        seconds, seed = wishes.piece_seconds, wishes.seed + STRUCTURE_SEED
        return self._generated(
            "pieces", cases(wishes.n_pieces, seconds=seconds, seed=seed), seconds
        )

    def real(self, kind: str) -> list[Made]:
        """The composed pieces that the prompts of what is made describe, by kind."""
        if kind not in self._real:
            made = {"clips": self.clips, "pieces": self.pieces, "metre-clips": self.metre_clips}
            chosen, _ = made[kind]()
            folder, say, sound = self.out / f"real-{kind}", f"composed {kind}", self.wishes.sound
            self._together(
                render_share, {"cases": chosen, "sound": sound}, folder, len(chosen), say
            )
            self._real[kind] = rendered(
                chosen, folder, sound=sound_from_name(sound), say=say, on_progress=self.say
            )
        return self._real[kind]

    def _generated(
        self, kind: str, chosen: list[Case], seconds: float
    ) -> tuple[list[Case], list[Made]]:
        if kind not in self._made:
            if self.wishes.audio is not None:
                self._made[kind] = (chosen, collected(chosen, self.wishes.audio, seconds=seconds))
                return self._made[kind]
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


def planner_of(model: MusicLM) -> Stage:
    """The semantic stage of a model.

    Raises:
        ConfigError: It has none.
    """
    if model.semantic is None:
        raise ConfigError(
            f"{' and '.join(OF_A_PLAN)} ask the semantic stage, and the model "
            f'"{model.name}" has none: leave these suites out, or give another --model'
        )
    return model.semantic


def check_wishes(wishes: Wishes) -> None:
    """Refuse early what would fail late.

    Raises:
        ConfigError: Names what is missing.
    """
    unknown = sorted(set(wishes.suites) - set(SUITES))
    if unknown:
        raise ConfigError(f"unknown suite(s) {', '.join(unknown)}: choose from {', '.join(SUITES)}")
    published = [wishes.clap, *(each for each in (wishes.labels, *wishes.embedders) if ":" in each)]
    if any(published) and find_spec("transformers") is None:
        raise ConfigError('published encoders need transformers: pip install "musiclm[hf]"')
    of_a_model = [name for name in _OF_A_MODEL if name in wishes.suites]
    if wishes.audio is not None and of_a_model:
        raise ConfigError(
            f"{' and '.join(of_a_model)} ask the model itself: give --model instead of --audio; "
            "for files there is `musiclm check-originality`"
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
    if wishes.corpus is None and {"codec", "mulan"} & set(wishes.suites):
        raise ConfigError(
            "codec and mulan need --corpus: one of another seed than the model's, "
            "`musiclm corpus build --seed 9001 --out DIR`"
        )
