"""Hours of captioned music: compose, render, write; many processes, resumable, repeatable.

Layout of a corpus folder::

    corpus.json                       seed, sound, sample rate, library version
    manifest.jsonl                    one line a piece, written from the finished pieces
    audio/000/000123.flac             16-bit stereo
    midi/000/000123.mid
    pieces/000/000123.json            the piece's manifest line; its presence means "finished"

Piece ``i`` of seed ``S`` depends on nothing but ``i``, ``S`` and the sound (see ``pieces``), so an
interrupted build goes on where it stopped, a longer build keeps the shorter one's pieces, and two
builds give the same bytes. Files appear under a temporary name and are renamed, the record last.
"""

import hashlib
import io
import logging
import multiprocessing
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from musiclm._version import __version__
from musiclm.audio.io import write_audio, write_file
from musiclm.config import Frozen, replace
from musiclm.corpus.annotations import annotations_of
from musiclm.corpus.captions import LANGUAGES, captions_of, timed_captions
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import Facts, facts_of
from musiclm.corpus.pieces import SECONDS_RANGE, PiecePlan, plan_pieces
from musiclm.corpus.record import PieceRecord, Split
from musiclm.corpus.render import Sound, render
from musiclm.corpus.worker import start_worker
from musiclm.errors import ConfigError, DataError

FORMAT_VERSION = 2
N_CAPTIONS = 12
LICENCE = "CC0-1.0"
"""Of the music: nobody else has a share in it, and we give up ours."""
_MANIFEST_EVERY_SECONDS = 30.0
_FEW_FAILURES = 5

_log = logging.getLogger(__name__)


class CorpusConfig(Frozen):
    """What makes the pieces of a corpus what they are: ``corpus.json``."""

    format_version: int
    library_version: str
    seed: int
    sound: str
    """``own``, or the file names of the sound fonts."""
    sample_rate: int
    longest_seconds: float = SECONDS_RANGE[1]


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is."""

    n_done: int
    n_pieces: int
    n_failed: int
    seconds_done: float  # of audio, in this run and before


def build_corpus(
    out: Path,
    *,
    hours: float,
    seed: int = 0,
    jobs: int = 1,
    sound: Sound,
    sample_rate: int = 24_000,
    styles: Sequence[str] | None = None,
    longest_seconds: float = SECONDS_RANGE[1],
    on_progress: Callable[[BuildProgress], None] | None = None,
) -> BuildProgress:
    """Compose, render and caption ``hours`` of music into the folder ``out``.

    Run it again after an interrupt, or with more hours, and it adds what is missing.

    Args:
        out: Corpus folder; made if missing.
        hours: Of music, about.
        seed: Of the corpus.
        jobs: Processes; 1 works in this one.
        sound: Who plays.
        sample_rate: Of the files, Hz.
        styles: Which styles; all by default.
        longest_seconds: Of a piece, about.
        on_progress: Called after every piece.

    Returns:
        The state at the end.

    Raises:
        ConfigError: Impossible hours, jobs or styles.
        DataError: ``out`` holds another corpus, or too many pieces fail.
    """
    if jobs < 1:
        raise ConfigError(f"jobs must be >= 1, got {jobs}")
    plans = plan_pieces(hours=hours, seed=seed, styles=styles, longest_seconds=longest_seconds)
    _claim_folder(
        out,
        CorpusConfig(
            format_version=FORMAT_VERSION,
            library_version=__version__,
            seed=seed,
            sound=sound.name,
            sample_rate=sample_rate,
            longest_seconds=longest_seconds,
        ),
    )
    records = {plan.id: record for plan in plans if (record := _finished(out, plan))}
    missing = [plan for plan in plans if plan.id not in records]
    failed: list[str] = []
    written_at = time.monotonic()

    def progress() -> BuildProgress:
        seconds = sum(record.seconds for record in records.values())
        return BuildProgress(len(records), len(plans), len(failed), seconds)

    try:
        # Closed here and not by chance: an error in this loop must end the workers as well.
        with closing(_work(missing, jobs, out, sound, sample_rate)) as outcomes:
            for plan, outcome in outcomes:
                if isinstance(outcome, Exception):
                    failed.append(f"{plan.id} ({plan.style}): {outcome!r}")
                    _log.warning("piece %s failed and is left out", failed[-1])
                    if len(failed) > max(_FEW_FAILURES, len(plans) // 50):
                        raise DataError(
                            f"{len(failed)} pieces failed, the first one {failed[0]}: "
                            "fix the cause and run the same command again to go on"
                        ) from outcome
                else:
                    records[plan.id] = outcome
                if on_progress:
                    on_progress(progress())
                if time.monotonic() - written_at > _MANIFEST_EVERY_SECONDS:
                    _write_manifest(out, records)
                    written_at = time.monotonic()
    finally:
        _write_manifest(out, records)
    return progress()


def recaption(out: Path) -> int:
    """Write all captions of a corpus anew from its facts, without touching the audio.

    Returns:
        How many pieces were captioned.

    Raises:
        DataError: ``out`` is no corpus folder, or a piece's record is broken.
    """
    seed = _read_config(out).seed
    records = {}
    for path in sorted((out / "pieces").rglob("*.json")):
        record = PieceRecord.from_line(path.read_text(encoding="utf-8"), where=str(path))
        facts = Facts.from_mapping(record.facts, source=str(path))
        record = replace(record, **_captions(facts, seed, record.id, record.split))
        write_file(path, record.to_line())
        records[record.id] = record
    _write_manifest(out, records)
    return len(records)


def make_piece(
    plan: PiecePlan, out: Path, sound: Sound, sample_rate: int, seed: int
) -> PieceRecord:
    """Compose, render and write one piece; returns its line of the manifest."""
    score = compose(plan.style, plan.seed, seconds=plan.target_seconds)
    # With one font, or none, no font can be kept for the test pieces.
    unseen = [kind for kind in plan.unseen if kind != "font" or len(sound.fonts) > 1]
    player = sound.for_piece(plan.seed, unseen="font" in unseen)
    waveform = render(score, sound=player, sample_rate=sample_rate, seed=seed)
    facts = facts_of(score)
    audio, midi, record_path = _paths(plan.id)
    for path in (audio, midi, record_path):
        (out / path).parent.mkdir(parents=True, exist_ok=True)
    tags = {"title": score.title, "genre": score.style, "software": f"musiclm {__version__}"}
    write_audio(out / audio, waveform, tags=tags)
    notes = io.BytesIO()
    score.to_midi().save(file=notes)
    write_file(out / midi, notes.getvalue())
    record = PieceRecord.from_mapping(
        {
            "id": plan.id,
            "audio": audio.as_posix(),
            "midi": midi.as_posix(),
            "seconds": round(waveform.seconds, 4),
            "licence": LICENCE,
            "seed": plan.seed,
            "code_version": code_version(),
            "sound": player.name,
            "split": plan.split,
            "unseen": unseen,
            "facts": facts.model_dump(mode="json"),
            "annotations": annotations_of(score, waveform).model_dump(mode="json"),
            **_captions(facts, seed, plan.id, plan.split),
        }
    )
    write_file(out / record_path, record.to_line())
    return record


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of the library and a hash of all that decides how a piece sounds and is described.

    Two corpora with the same seed, sound and code version are the same to the byte.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for room in ("audio", "corpus"):
        for path in sorted((package / room).rglob("*")):
            if path.suffix in (".py", ".txt"):
                digest.update(path.relative_to(package).as_posix().encode())
                digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def _captions(facts: Facts, seed: int, piece_id: str, split: Split) -> dict[str, Any]:
    """The captions of a piece: from the corpus seed and the id, whatever was drawn before.

    Test pieces are described in patterns and phrases that training never sees.
    """
    rng = np.random.default_rng([seed, int(piece_id), 2])
    held_out = split == "test"
    captions = captions_of(facts, rng, n=N_CAPTIONS, held_out=held_out)
    timed = {
        language: timed_captions(facts, rng, language=language, held_out=held_out)
        for language in LANGUAGES
    }
    return {
        "captions": [asdict(caption) for caption in captions],
        "timed_captions": {language: lines for language, lines in timed.items() if lines},
    }


def _work(
    plans: Sequence[PiecePlan], jobs: int, out: Path, sound: Sound, sample_rate: int
) -> Generator[tuple[PiecePlan, PieceRecord | Exception], None, None]:
    """Yield (plan, manifest line or exception) as pieces finish, in any order."""
    seed = _read_config(out).seed
    if jobs == 1:
        for plan in plans:
            yield plan, _try_piece(plan, out, sound, sample_rate, seed)
        return
    # Spawned, not forked: a fork of a process with threads (torch) may deadlock.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker)
    waiting = iter(plans)
    running: dict[Future[Any], PiecePlan] = {}
    try:
        while True:
            # No more than can run: what a pool has queued it makes even when it is shut down, so
            # that after an interrupt workers would go on for minutes.
            for plan in islice(waiting, jobs - len(running)):
                running[pool.submit(_try_piece, plan, out, sound, sample_rate, seed)] = plan
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _try_piece(plan: PiecePlan, out: Path, sound: Sound, sample_rate: int, seed: int) -> Any:
    """Make a piece, or return why not: one bad piece must not end a build of hours."""
    try:
        return make_piece(plan, out, sound, sample_rate, seed)
    except (DataError, OSError):
        raise  # no font or no disk: every other piece would fail as well
    except Exception as error:
        return error


def _claim_folder(out: Path, config: CorpusConfig) -> None:
    """Write ``corpus.json``, or check that the one there agrees."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise DataError(f"{out} is a file: give the name of a folder, new or unfinished") from None
    if not (out / "corpus.json").exists():
        if any(out.iterdir()):
            raise DataError(f"{out} is not empty and no corpus: choose a new folder")
        write_file(out / "corpus.json", config.to_json().encode() + b"\n")
        return
    there = _read_config(out)
    different = [
        f"{name} {getattr(there, name)!r} (asked for {getattr(config, name)!r})"
        for name in ("format_version", "seed", "sound", "sample_rate")
        if getattr(there, name) != getattr(config, name)
    ]
    if different:
        raise DataError(
            f"{out} holds another corpus, with {', '.join(different)}: "
            "use the same settings to go on, or choose a new folder"
        )


def _read_config(out: Path) -> CorpusConfig:
    """Read ``corpus.json``."""
    path = out / "corpus.json"
    if not path.is_file():
        raise DataError(f"{out} is no corpus folder: it has no corpus.json")
    try:
        return CorpusConfig.from_json(path.read_text(encoding="utf-8"), source=str(path))
    except ConfigError as error:
        raise DataError(str(error)) from None


def _paths(piece_id: str) -> tuple[Path, Path, Path]:
    """Audio, MIDI and record of a piece, relative to the corpus; a thousand to a folder."""
    folder = piece_id[:-3]
    return (
        Path("audio", folder, f"{piece_id}.flac"),
        Path("midi", folder, f"{piece_id}.mid"),
        Path("pieces", folder, f"{piece_id}.json"),
    )


def _finished(out: Path, plan: PiecePlan) -> PieceRecord | None:
    """The record of a piece that is complete on disk, else None."""
    audio, _, record_path = _paths(plan.id)
    try:
        line = (out / record_path).read_text(encoding="utf-8")
        record = PieceRecord.from_line(line, where=str(record_path))
    except (FileNotFoundError, UnicodeDecodeError, DataError):
        return None  # A torn record is a piece to make again.
    return record if (out / audio).is_file() else None


def _write_manifest(out: Path, records: dict[str, PieceRecord]) -> None:
    """All finished pieces in the order of their ids."""
    write_file(out / "manifest.jsonl", b"".join(records[i].to_line() for i in sorted(records)))
