"""Two sets of audio in, every distance of this folder between them out, beside its floors.

A number without a floor says nothing, so each embedder measures three things against the reference:
what was made; the reference through a codec (a model that speaks the codec's codes cannot honestly
be nearer); and, as two halves, the reference itself (what chance alone costs). With a tagger
there is the divergence of its labels too. Embeddings are kept (``kept.py``), coded clips as well,
so that an interrupted run goes on.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.frechet import fit_gaussian, frechet_distance
from musiclm.evaluate.quality.audio_set import MAX_SECONDS, Skipped, sound_or_reason
from musiclm.evaluate.quality.coverage import Coverage, Share, density_and_coverage
from musiclm.evaluate.quality.divergence import (
    Divergence,
    Tags,
    paired_divergence,
    set_divergence,
)
from musiclm.evaluate.quality.embedders import Embedder, load_embedder
from musiclm.evaluate.quality.frechet_limit import FrechetLimit, frechet_limit
from musiclm.evaluate.quality.kept import Embedded, embeddings_of
from musiclm.evaluate.quality.kernel import KernelDistance, kernel_distance
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.evaluate.schema import EmbedderFacts

Coder = Callable[[Waveform], Waveform]
Labeller = Callable[[Waveform], Tags]
"""A sound in, for every question the probabilities of its answers out."""
Say = Callable[[str, int, int], None]
"""What is being done, how many are done, how many in all."""

AIM = 1.5
"""Times the codec's floor that the plain Frechet distance should stay within."""
_N_HALVINGS = 9
HALVES, CODED, MADE = "two halves of the reference", "reference through the codec", "made"


@dataclass(frozen=True, slots=True)
class Against:
    """One set against the reference in one embedding."""

    frechet: FrechetLimit
    kernel: KernelDistance
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class InEmbedding:
    """What one embedder found."""

    facts: EmbedderFacts
    sets: dict[str, Against]  # by HALVES, CODED, MADE
    reference: dict[str, Any]  # of the set: files, windows, what was skipped
    made: dict[str, Any]

    @property
    def ratio(self) -> float | None:
        """The plain distance over the codec's floor; ``None`` where either is not known."""
        if CODED not in self.sets:
            return None
        made, floor = self.sets[MADE].frechet.plain, self.sets[CODED].frechet.plain
        return None if made is None or floor is None else made / max(floor, 1e-12)


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything measured."""

    embeddings: tuple[InEmbedding, ...]
    labels: dict[str, dict[str, Divergence]]
    """By CODED and MADE, then by question; empty without anyone who labels."""
    paired: bool  # whether labels compare clip by clip

    def table(self) -> str:
        """A table for each embedder, and the labels."""
        parts = []
        for found in self.embeddings:
            rows = [_row(name, each) for name, each in found.sets.items()]
            parts.append(f"**{found.facts.name}**\n\n{markdown_table(rows)}\n\n{_notes(found)}")
        if self.labels:
            parts.append(_labels_table(self.labels, paired=self.paired))
        return "\n\n".join(parts)

    def results(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "embeddings": [
                {
                    "embedder": found.facts.name,
                    "ratio_to_codec_floor": found.ratio,
                    "reference": found.reference,
                    "made": found.made,
                    "sets": {name: asdict(each) for name, each in found.sets.items()},
                }
                for found in self.embeddings
            ],
            "labels": {
                name: {question: asdict(each) for question, each in found.items()}
                for name, found in self.labels.items()
            },
            "labels_paired": self.paired,
        }


def measure_quality(
    made: Sequence[Path],
    reference: Sequence[Path],
    *,
    embedders: Sequence[str],
    folder: Path,
    model_folder: str | Path | None = None,
    coder: Coder | None = None,
    coder_identity: str = "",
    labeller: Labeller | None = None,
    paired: bool = False,
    seconds: float = MAX_SECONDS,
    seed: int = 0,
    jobs: int = 1,
    strict: bool = False,
    say: Say | None = None,
) -> Quality:
    """Measure a set against a reference.

    Args:
        made: Audio files that are judged.
        reference: Audio files of real music.
        embedders: Names for ``load_embedder``.
        folder: Where embeddings and coded clips are kept.
        model_folder: Whose MuLan and semantic tokenizer embed.
        coder: Through the codec, for its floor; none without.
        coder_identity: Changes with the codec, so that no clips of another are found.
        labeller: What a tagger hears in a sound, for the divergence of labels; none without.
        paired: File ``i`` was made for what reference file ``i`` is: labels are compared clip by
            clip. Otherwise sets are compared.
        seconds: Heard of each file.
        seed: Of shares, draws and halves.
        jobs: Processes.
        strict: Stop at a file that cannot be used.
        say: Told what is being done and how far it is.

    Raises:
        DataError: A set has no usable file, ``strict`` and a file that is not, or unequal pairs.
        ConfigError: No such embedder.
    """
    if paired and len(made) != len(reference):
        raise DataError(
            f"paired sets have as many files, got {len(made)} made and {len(reference)} real ones"
        )
    coded = None if coder is None else _coded(reference, coder, folder, coder_identity, strict, say)
    found = []
    for name in embedders:
        embedder = load_embedder(name, model_folder=model_folder)
        sets: dict[str, Embedded] = {}
        for title, files in (("reference", reference), (CODED, coded), (MADE, made)):
            if files is None:
                continue
            sets[title] = embeddings_of(
                files,
                embedder,
                folder=folder / "embeddings",
                jobs=jobs,
                strict=strict,
                max_seconds=seconds,
                on_progress=_saying(say, f"{name}: {title}"),
            )
        found.append(_in_embedding(embedder, sets, seed))
    labels: dict[str, dict[str, Divergence]] = {}
    if labeller is not None:
        tags = {
            title: [_tags(labeller, path, seconds, strict) for path in _counted(files, say, title)]
            for title, files in (("reference", reference), (CODED, coded), (MADE, made))
            if files is not None
        }
        real = tags.pop("reference")
        labels = {
            title: _divergence(real, each, paired=paired or title == CODED, seed=seed)
            for title, each in tags.items()
        }
    return Quality(tuple(found), labels, paired)


def _in_embedding(embedder: Embedder, sets: dict[str, Embedded], seed: int) -> InEmbedding:
    reference = sets.pop("reference")
    against: dict[str, Against] = {}
    if len(reference.windows) > 1:
        against[HALVES] = _against(*_halves(reference.windows, seed), seed)
    for title, each in sets.items():
        against[title] = _against(reference.windows, each.windows, seed)
    facts = EmbedderFacts(
        name=embedder.name,
        identity=embedder.identity,
        n_dimensions=embedder.dimensions,
        window_seconds=embedder.window_seconds,
    )
    return InEmbedding(facts, against, reference.results(), sets[MADE].results())


def _against(reference: Sequence[Any], made: Sequence[Any], seed: int) -> Against:
    return Against(
        frechet_limit(reference, made, seed=seed),
        kernel_distance(reference, made, seed=seed),
        density_and_coverage(reference, made, seed=seed),
    )


def _halves(
    windows: Sequence[NDArray[np.float32]], seed: int
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Of several random halvings that with the middle Frechet distance: one alone is chance."""
    rng = np.random.default_rng(seed)
    half = len(windows) // 2
    halvings = []
    for _ in range(_N_HALVINGS):
        order = rng.permutation(len(windows))
        one, other = (
            [windows[place] for place in places] for places in (order[:half], order[half:])
        )
        vectors = np.concatenate(one), np.concatenate(other)
        known = min(len(each) for each in vectors) > vectors[0].shape[1]
        gaussians = [fit_gaussian(each) for each in vectors] if known else []
        halvings.append((frechet_distance(*gaussians) if known else 0.0, one, other))
    _, one, other = sorted(halvings, key=lambda each: each[0])[_N_HALVINGS // 2]
    return one, other


def _coded(
    files: Sequence[Path], coder: Coder, folder: Path, identity: str, strict: bool, say: Say | None
) -> list[Path]:
    """The reference through the codec, each file once; what cannot be read stands for itself."""
    place = folder / "through-codec"
    place.mkdir(parents=True, exist_ok=True)
    coded = []
    for path in _counted(files, say, CODED):
        key = hashlib.sha256(f"{identity}|{_content(path)}".encode()).hexdigest()[:16]
        target = place / f"{path.stem[:40]}-{key}.flac"
        if not target.exists():
            sound = sound_or_reason(path, strict=strict)
            if isinstance(sound, Skipped):
                coded.append(path)  # It is skipped there too, and the sets stay of equal length.
                continue
            decoded = coder(sound.waveform)
            write_audio(target, Waveform(decoded.samples.clamp(-1, 1), decoded.sample_rate))
        coded.append(target)
    return coded


def _content(path: Path) -> str:
    """Checksum of a file, however long; empty of none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tags(labeller: Labeller, path: Path, seconds: float, strict: bool) -> Tags | None:
    """What the tagger hears; nothing of a file that it cannot hear."""
    try:
        return labeller(read_audio(path, seconds=seconds))
    except AudioError:
        if strict:
            raise
        return None


def _divergence(
    real: Sequence[Tags | None], made: Sequence[Tags | None], *, paired: bool, seed: int
) -> dict[str, Divergence]:
    if not paired:
        return set_divergence(
            [each for each in real if each is not None],
            [each for each in made if each is not None],
            seed=seed,
        )
    pairs = [(r, m) for r, m in zip(real, made, strict=True) if r is not None and m is not None]
    return paired_divergence([r for r, _ in pairs], [m for _, m in pairs], seed=seed)


def _row(name: str, against: Against) -> dict[str, Cell]:
    frechet, kernel, cover = against.frechet, against.kernel, against.coverage
    return {
        "set": name,
        "files": frechet.n_made_files,
        "windows": frechet.n_made,
        "Frechet": _number(frechet.plain),
        "limit (95 %)": _interval(frechet.limit, frechet.low, frechet.high),
        "R squared": "-" if frechet.r_squared is None else f"{frechet.r_squared:.2f}",
        "kernel (95 %)": _interval(kernel.value, kernel.low, kernel.high),
        "density": _share(cover.density),
        "coverage": _share(cover.coverage),
    }


def _notes(found: InEmbedding) -> str:
    """What must be known of the numbers of one embedder."""
    said = []
    if found.ratio is not None:
        verdict = "met" if found.ratio <= AIM else "missed"
        said.append(f"Frechet is {found.ratio:.2f} times the codec's floor (aim {AIM}: {verdict}).")
    for title, facts in (("reference", found.reference), (MADE, found.made)):
        if facts["skipped"]:
            reasons = "; ".join(each["reason"] for each in facts["skipped"][:3])
            said.append(f"Skipped of {title}: {len(facts['skipped'])} ({reasons}).")
        if facts["n_silent"]:
            said.append(f"Silent files of {title}: {facts['n_silent']}.")
    for name, each in found.sets.items():
        for part in (each.frechet, each.kernel, each.coverage):
            said.extend(f"{name}: {warning}." for warning in part.warnings)
    return " ".join(said)


def _labels_table(labels: dict[str, dict[str, Divergence]], *, paired: bool) -> str:
    rows: list[dict[str, Cell]] = [
        {
            "labels": question,
            "set": title,
            "KLD, nats": f"{each.value:.3f} ({each.low:.3f} to {each.high:.3f})",
            "chance": f"{each.chance:.3f}",
            "clips": each.n_made,
        }
        for title, found in labels.items()
        for question, each in found.items()
    ]
    how = (
        "clip by clip, from the real clip of the same prompt; chance: wrong pairs"
        if paired
        else "between the mean labels of the sets; chance: sets dealt out from both together"
    )
    return f"**Labels**: divergence {how}.\n\n{markdown_table(rows)}"


def _counted(files: Sequence[Path], say: Say | None, title: str) -> Any:
    for number, path in enumerate(files, start=1):
        yield path
        if say:
            say(title, number, len(files))


def _saying(say: Say | None, what: str) -> Callable[[int, int], None] | None:
    return None if say is None else lambda done, total: say(what, done, total)


def _number(value: float | None) -> str:
    """Three digits that count: distances of different embeddings differ by orders of magnitude."""
    return "-" if value is None else f"{value:#.3g}".rstrip(".")


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return _number(value)
    return f"{_number(value)} ({_number(low)} to {_number(high)})"


def _share(share: Share | None) -> str:
    return "-" if share is None else _interval(share.value, share.low, share.high)
