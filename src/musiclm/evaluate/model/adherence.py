"""Cases and their clips in, how often the clips are what their prompts say out.

None of the judges knows MuLan, the codec or a language model: a tempo estimator and a key
estimator that hear samples only, and the tagger. Every number stands beside what the same judges
say of real audio of the same facts, and of the same clips against shuffled prompts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.corpus.key import key_of, relation
from musiclm.evaluate.corpus.tempo import agreeing_factor, tempo_of
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.model.cases import Case, Wanted, families
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import Row, f1_of, f1_row, share_row
from musiclm.evaluate.model.tagger import tags_of

BARS = {"tempo": 0.85, "key": 0.70, "instruments F1": 0.70, "drums": 0.90, "style": 0.60}
TEMPO_TOLERANCE = 0.04

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the judges say of one clip."""

    tempo_bpm: float | None
    key: tuple[int, str] | None
    drums: bool | None  # None: the tagger cannot judge this clip
    style: str | None
    families: NDArray[np.bool_]  # one for each of ``families()``


def listen(tagger: Judge, waveform: Waveform) -> Heard:
    """Ask all judges; a clip that one of them cannot judge has no answer there."""
    mono = waveform.samples.mean(dim=0).double().numpy()
    try:
        answers, present = tags_of(tagger, waveform)
    except AudioError:
        answers, present = {}, np.zeros(len(families()), bool)
    return Heard(
        tempo_bpm=tempo_of(mono, waveform.sample_rate),
        key=key_of(mono, waveform.sample_rate),
        drums=answers["drums"] == "drums" if answers else None,
        style=answers.get("style"),
        families=present,
    )


def listen_to_all(
    tagger: Judge, clips: Sequence[Made], *, say: str, on_progress: Progress | None = None
) -> list[Heard]:
    """Ask all judges about all clips."""
    heard = []
    for clip in clips:
        heard.append(listen(tagger, clip.waveform()))
        if on_progress:
            on_progress(say, len(heard), len(clips))
    return heard


def adherence_rows(
    cases: Sequence[Case], heard: Sequence[Heard], real: Sequence[Heard], *, seed: int = 0
) -> list[Row]:
    """The table: each measure over the clips whose prompts state it.

    Args:
        cases: The prompts.
        heard: Of the clips made for them.
        real: Of real audio of the same facts.
        seed: Of resamples and shufflings.

    Raises:
        DataError: Not one answer for each prompt.
    """
    if not len(cases) == len(heard) == len(real):
        raise DataError(
            f"expected an answer and a real one for each of {len(cases)} prompts, got "
            f"{len(heard)} and {len(real)}"
        )
    rows = [
        _share("tempo", lambda w: w.tempo_bpm, tempo_is_right, cases, heard, real, seed),
        *(
            _share(name, lambda w: w.key, _key_is(relations), cases, heard, real, seed)
            for name, relations in (
                ("key", ("exact",)),
                ("key or relative", ("exact", "relative")),
                ("key, relative or a fifth", ("exact", "relative", "fifth")),
            )
        ),
        _instruments(cases, heard, real, seed),
        _share(
            "named instruments heard (recall)",
            lambda w: w.some_families or None,
            _named_are_heard,
            cases,
            heard,
            real,
            seed,
        ),
        _share(
            "drums", lambda w: w.drums, lambda w, h: h.drums is w.drums, cases, heard, real, seed
        ),
        _share(
            "style", lambda w: w.style, lambda w, h: h.style == w.style, cases, heard, real, seed
        ),
    ]
    return [row for row in rows if row is not None]


def tempo_is_right(wanted: Wanted, heard: Heard) -> bool:
    """Within 4 %, octave aside; thirds count only where the metre makes them a pulse.

    Example:
        >>> heard = Heard(61.0, None, None, None, np.zeros(1, bool))
        >>> tempo_is_right(Wanted(tempo_bpm=120.0), heard)
        True
    """
    if heard.tempo_bpm is None or wanted.tempo_bpm is None:
        return False
    factor = agreeing_factor(
        heard.tempo_bpm,
        wanted.tempo_bpm,
        wanted.metre,
        triplets=wanted.triplets,
        tolerance=TEMPO_TOLERANCE,
    )
    return factor is not None


def key_is_exact(wanted: Wanted, heard: Heard) -> bool:
    """Whether tonic and side, major or minor, are the prompt's."""
    return _key_is(("exact",))(wanted, heard)


def by_group(
    cases: Sequence[Case], heard: Sequence[Heard], group_of: Callable[[Case], str]
) -> dict[str, dict[str, float]]:
    """Tempo, key, drums, style and instruments (F1) right, group by group, such as language."""
    checks: dict[str, tuple[Callable[[Wanted], object], Callable[[Wanted, Heard], bool]]] = {
        "tempo": (lambda w: w.tempo_bpm, tempo_is_right),
        "key": (lambda w: w.key, key_is_exact),
        "drums": (lambda w: w.drums, lambda w, h: h.drums is w.drums),
        "style": (lambda w: w.style, lambda w, h: h.style == w.style),
    }
    found: dict[str, dict[str, float]] = {}
    for group in sorted({group_of(case) for case in cases}):
        pairs = [
            (case.wanted, each)
            for case, each in zip(cases, heard, strict=True)
            if group_of(case) == group
        ]
        found[group] = {
            name: float(np.mean(right))
            for name, (asks, is_right) in checks.items()
            if (right := [is_right(w, h) for w, h in pairs if asks(w) is not None])
        }
        listed = [(w, h) for w, h in pairs if w.families is not None]
        if listed:
            found[group]["instruments F1"] = f1_of(
                _wanted_families([w for w, _ in listed]), np.stack([h.families for _, h in listed])
            )
    return found


def by_family(cases: Sequence[Case], heard: Sequence[Heard]) -> dict[str, dict[str, float]]:
    """F1 of each family of instruments and how many prompts ask for it."""
    listed = [
        (case.wanted, each)
        for case, each in zip(cases, heard, strict=True)
        if case.wanted.families is not None
    ]
    if not listed:
        return {}
    wanted = _wanted_families([w for w, _ in listed])
    said = np.stack([h.families for _, h in listed])
    return {
        name: {
            "f1": f1_of(wanted[:, place], said[:, place]),
            "asked": float(wanted[:, place].sum()),
            "heard": float(said[:, place].sum()),
        }
        for place, name in enumerate(families())
    }


def plain(case: Case, heard: Heard) -> dict[str, Any]:
    """One clip of the report."""
    present = [name for name, there in zip(families(), heard.families, strict=True) if there]
    return {
        "prompt": case.text,
        "language": case.language,
        "kind": case.kind,
        "asked": dict(case.stated),
        "heard": {
            "tempo_bpm": heard.tempo_bpm,
            "key": heard.key,
            "drums": heard.drums,
            "style": heard.style,
            "families": present,
        },
    }


def _share(
    measure: str,
    asks: Callable[[Wanted], object],
    right: Callable[[Wanted, Heard], bool],
    cases: Sequence[Case],
    heard: Sequence[Heard],
    real: Sequence[Heard],
    seed: int,
) -> Row | None:
    """A row over the clips whose prompts ask for it; none if no prompt does."""
    places = [index for index, case in enumerate(cases) if asks(case.wanted) is not None]
    if not places:
        return None
    return share_row(
        measure,
        [cases[index].wanted for index in places],
        _at(heard, places),
        right,
        real=_at(real, places),
        bar=BARS.get(measure),
        seed=seed,
    )


def _instruments(
    cases: Sequence[Case], heard: Sequence[Heard], real: Sequence[Heard], seed: int
) -> Row | None:
    """Only prompts that name every instrument tell what must not be heard."""
    places = [index for index, case in enumerate(cases) if case.wanted.families is not None]
    if not places:
        return None
    return f1_row(
        "instruments F1",
        _wanted_families([cases[index].wanted for index in places]),
        np.stack([each.families for each in _at(heard, places)]),
        real=np.stack([each.families for each in _at(real, places)]),
        bar=BARS["instruments F1"],
        seed=seed,
    )


def _key_is(relations: tuple[str, ...]) -> Callable[[Wanted, Heard], bool]:
    """Whether a heard key relates to the wanted one in one of some ways."""

    def right(wanted: Wanted, heard: Heard) -> bool:
        if heard.key is None or wanted.key is None:
            return False
        return relation(heard.key, *wanted.key) in relations

    return right


def _named_are_heard(wanted: Wanted, heard: Heard) -> bool:
    places = [families().index(name) for name in wanted.some_families]
    return bool(heard.families[places].all())


def _wanted_families(wanted: Sequence[Wanted]) -> NDArray[np.bool_]:
    return np.array([[name in (w.families or ()) for name in families()] for w in wanted], bool)


def _at(items: Sequence[T], places: Sequence[int]) -> list[T]:
    return [items[index] for index in places]
