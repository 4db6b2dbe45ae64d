"""A corpus in, a judge of instruments, drums and style out, and what it is known to get right.

The tagger is the adherence judge (``evaluate/judge.py``) asked other questions about the same
hand-made features: whether each of thirteen families of instruments sounds in a window, whether
drums do, and which style it is. It shares nothing with the models that it judges. Train it on a
corpus of another seed and another sound font than the model's.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.corpus.facts import Facts
from musiclm.data.manifest import Clip, read_manifest
from musiclm.errors import ArtifactError
from musiclm.evaluate.judge import NO_OR_YES, Example, Judge, JudgeConfig, train_judge
from musiclm.evaluate.judge_data import Coder, examples_of
from musiclm.evaluate.model.cases import families, families_of
from musiclm.evaluate.mulan.data import heard
from musiclm.evaluate.report import markdown_table

WINDOW_SECONDS = 10.0
_HIDDEN = 512  # Sixteen questions share it.
_HAS = "has_"


def window_labels(clip: Clip, start_seconds: float, seconds: float) -> dict[str, str]:
    """What is true of a window of a piece.

    Raises:
        ConfigError: The piece lacks the facts that it is asked about.
    """
    facts = Facts.from_mapping(clip.facts, source=f"piece {clip.id}, facts")
    # Sections end where the last note does; a window of the echo alone has the facts of the end.
    inside = heard(facts, min(start_seconds, max(0.0, facts.seconds - seconds)), seconds)
    present = families_of(inside.instruments)
    return {
        "drums": "drums" if inside.drums else "no drums",
        "style": facts.style,
        **{f"{_HAS}{name}": NO_OR_YES[name in present] for name in families()},
    }


def train_tagger(
    corpora: Sequence[Path],
    *,
    seed: int = 0,
    n_epochs: int = 40,
    window_seconds: float = WINDOW_SECONDS,
    coder: Coder | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Judge:
    """Learn from all pieces of some corpora; each fifth is judged by who never heard it.

    Args:
        corpora: Of other seeds and other sound than the model's.
        seed: Same seed, same tagger.
        n_epochs: Passes over the windows.
        window_seconds: Length of a window.
        coder: Where given, worsened copies pass through it: the tagger learns a codec's sound.
        on_progress: Told the share done, 0 to 1.

    Raises:
        DataError: No corpus there, or too few pieces.
    """
    examples = []
    for number, corpus in enumerate(corpora):
        clips = read_manifest(corpus)
        base = number / len(corpora)

        def tell(share: float, base: float = base) -> None:
            if on_progress:
                on_progress(0.9 * (base + share / len(corpora)))

        found = examples_of(
            clips,
            window_seconds=window_seconds,
            seed=seed + number,
            coder=coder,
            labels=window_labels,
            on_progress=tell,
        )
        # Every corpus begins counting at 000000.
        examples += [_of_corpus(example, number) for example in found]
    return train_judge(
        examples,
        seed=seed,
        n_epochs=n_epochs,
        hidden=_HIDDEN,
        window_seconds=window_seconds,
        on_progress=(lambda share: on_progress(0.9 + 0.1 * share)) if on_progress else None,
    )


def check_tagger(judge: Judge, *, source: Path) -> None:
    """Refuse a judge that was asked other questions.

    Raises:
        ArtifactError: It does not know drums, style and every family.
    """
    needed = {"drums", "style", *(f"{_HAS}{name}" for name in families())}
    missing = sorted(needed - set(judge.config.classes))
    if missing:
        raise ArtifactError(
            f"{source} is a judge that cannot answer {', '.join(missing)}: train a tagger with "
            "`musiclm evaluate tagger`"
        )


def tags_of(judge: Judge, waveform: Waveform) -> tuple[dict[str, str], NDArray[np.bool_]]:
    """The answers about a sound, and which families sound in it.

    Returns:
        All answers by attribute; one value for each of ``families()``.

    Raises:
        AudioError: Too short, or not finite.
    """
    answers = judge.answers(waveform)
    return answers, np.array([answers[f"{_HAS}{name}"] == "yes" for name in families()])


def tagger_table(config: JudgeConfig) -> str:
    """Held-out accuracy of every question, F1 of every family."""
    return markdown_table(
        [
            {
                "question": name.replace(_HAS, ""),
                "answers": len(config.classes[name]),
                "commonest": config.prior[name],
                "held-out accuracy": config.ceiling[name],
                "held-out F1": config.f1.get(name),
            }
            for name in config.classes
        ]
    )


def mean_f1(config: JudgeConfig) -> float:
    """Mean F1 score over the families that the corpus has."""
    return float(np.mean(list(config.f1.values()))) if config.f1 else float("nan")


def _of_corpus(example: Example, number: int) -> Example:
    """The same window, its piece told apart from those of other corpora."""
    return replace(example, piece=f"{number}/{example.piece}")
