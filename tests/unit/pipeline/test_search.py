"""A folder is heard once, window by window, and asked by text or sound."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from factories import tiny_mulan
from musiclm.audio.io import read_audio
from musiclm.errors import AudioError, ConfigError, ShapeError
from musiclm.mulan.model import Mulan
from musiclm.pipeline.progress import Progress
from musiclm.pipeline.search import AudioIndex, Skipped, build_index
from musiclm.pipeline.search_listen import embed_file

RATE = 24_000


@pytest.fixture(scope="module")
def mulan() -> Mulan:
    return tiny_mulan()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Four files of different kinds, one in a folder inside."""
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    write(folder / "a.wav", 12.0, seed=1)
    write(folder / "b.flac", 3.0, seed=2, n_channels=2)
    write(folder / "c.ogg", 11.0, seed=3, rate=44_100)
    write(folder / "deep" / "d.mp3", 4.0, seed=4)
    return folder


def write(
    path: Path, seconds: float, *, seed: int = 0, n_channels: int = 1, rate: int = RATE
) -> Path:
    """Noise of a colour that depends on the seed, so that files differ to the tower."""
    rng = np.random.default_rng(seed)
    samples = rng.uniform(-0.5, 0.5, (round(seconds * rate), n_channels))
    smooth = np.cumsum(samples, axis=0) if seed % 2 else samples
    soundfile.write(path, 0.5 * smooth / np.abs(smooth).max(), rate)
    return path


def unit(*values: float) -> Tensor:
    return torch.nn.functional.normalize(torch.tensor([*map(float, values)]), dim=0)


def made_by_hand() -> AudioIndex:
    """Two files in the plane: one points right throughout, one up and then left."""
    return AudioIndex(
        paths=(Path("right"), Path("turning")),
        counts=(2, 2),
        windows=torch.stack([unit(1, 0), unit(1, 0.2), unit(0.2, 1), unit(-1, 0.2)]),
        starts=torch.tensor([0, 50, 0, 75]),
        sample_rate=10,
    )


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [(3.0, [0]), (10.0, [0]), (10.5, [0, 0.5]), (15.0, [0, 5]), (27.25, [0, 5, 10, 15, 17.25])],
)
@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_a_file_in_blocks_is_the_file_as_a_whole(
    tmp_path: Path, mulan: Mulan, seconds: float, starts: list[float], rate: int
) -> None:
    path = write(tmp_path / "a.wav", seconds, n_channels=2, rate=rate)
    index = build_index(tmp_path, mulan)
    whole = read_audio(path, sample_rate=RATE).samples[None]
    torch.testing.assert_close(index.clips, mulan.embed_audio(whole), rtol=0, atol=1e-4)
    torch.testing.assert_close(embed_file(path, mulan), index.clips[0], rtol=0, atol=1e-6)
    assert (index.starts / RATE).tolist() == starts
    windows = [mulan.embed_audio(window) for window in mulan.windows(whole)[0, :, None]]
    torch.testing.assert_close(index.windows, torch.cat(windows), rtol=0, atol=1e-4)


def test_ranking_by_the_mean_and_by_the_best_window() -> None:
    index = made_by_hand()
    up = unit(0, 1)
    first, second = index.search(up)
    assert (first.path, first.start_seconds) == (Path("turning"), 0.0)
    mean = torch.nn.functional.normalize(unit(0.2, 1) + unit(-1, 0.2), dim=0)
    assert first.score == pytest.approx(float(mean @ up))
    assert (second.path, second.start_seconds) == (Path("right"), 5.0)
    assert [found.path.name for found in index.search(up, 1)] == ["turning"]
    left = unit(-1, 0)
    (by_window, _) = index.search(left, by="best-window")
    assert by_window.score == pytest.approx(float(unit(-1, 0.2) @ left))
    assert by_window.start_seconds == 7.5
    assert index.search(left)[0].score == pytest.approx(float(index.clips[1] @ left))
    assert index.search(left)[0].score < by_window.score


def test_several_queries_by_their_weights() -> None:
    index = made_by_hand()
    right, up = unit(1, 0), unit(0, 1)
    both = torch.stack([right, up])
    (first, second) = index.search(both, weights=[3, 1])
    assert first.path.name == "right"
    assert first.score == pytest.approx(float(0.75 * index.clips[0, 0] + 0.25 * index.clips[0, 1]))
    assert index.search(both, weights=[1, 3])[0].path.name == "turning"
    assert index.search(both, weights=[-1, 0])[0].path.name == "turning"
    assert index.search(both) == index.search(both, weights=[2, 2])
    assert second.score < first.score


def test_equal_files_come_in_the_order_of_their_names(tmp_path: Path, mulan: Mulan) -> None:
    for name in ("c.wav", "a.wav", "b.wav"):
        write(tmp_path / name, 1.0, seed=1)
    found = build_index(tmp_path, mulan).search(mulan.embed_text(["calm piano"])[0])
    assert [each.path.name for each in found] == ["a.wav", "b.wav", "c.wav"]


def test_a_sound_finds_itself(library: Path, mulan: Mulan) -> None:
    index = build_index(library, mulan)
    assert [path.relative_to(library).as_posix() for path in index.paths] == [
        "a.wav", "b.flac", "c.ogg", "deep/d.mp3",
    ]  # fmt: skip
    for path in index.paths:
        best = index.search(embed_file(path, mulan))[0]
        assert best.path == path
        assert best.score == pytest.approx(1.0, abs=1e-5)


def test_what_cannot_be_searched_is_named(library: Path, mulan: Mulan) -> None:
    soundfile.write(library / "silent.wav", np.zeros(30 * RATE), RATE)
    soundfile.write(library / "none.wav", np.zeros(0), RATE)
    soundfile.write(library / "nan.wav", np.full(9, np.nan), RATE, subtype="FLOAT")
    soundfile.write(library / "slow.wav", np.full(999, 0.5), 999)
    (library / "text.mp3").write_text("no music")
    (library / "cut.flac").write_bytes((library / "b.flac").read_bytes()[:-40_000])
    (library / "gone.wav").symlink_to(library / "nowhere")
    (library / "folder.wav").mkdir()
    (library / ".hidden.wav").write_text("no music")
    (library / ".git").mkdir()
    (library / ".git" / "e.wav").write_text("no music")
    (library / "notes.txt").write_text("no music")
    for _ in range(2):  # Heard, and then remembered.
        index = build_index(library, mulan)
        assert len(index.paths) == 4
        faults = {each.path.name: each.fault for each in index.skipped}
        assert faults.pop("text.mp3").startswith("cannot be read as audio: ")
        assert "b.flac" not in faults.pop("cut.flac")
        assert faults.pop("nan.wav") == "holds samples that are not finite: export it again"
        assert faults.pop("slow.wav").startswith("has a sample rate of 999 Hz, 1000 to 768000 are")
        assert faults == {
            "silent.wav": "is silent",
            "none.wav": "holds no samples",
            "gone.wav": "cannot be read: No such file or directory",
        }
    assert index.n_new == 0
    assert isinstance(index.skipped[0], Skipped)
    with pytest.raises(AudioError, match=r"silent\.wav is silent: give another file"):
        embed_file(library / "silent.wav", mulan)


def test_silent_windows_do_not_count(tmp_path: Path, mulan: Mulan) -> None:
    samples = soundfile.read(write(tmp_path / "a.wav", 10.0))[0]
    soundfile.write(tmp_path / "b.wav", np.concatenate([np.zeros(60 * RATE), samples]), RATE)
    index = build_index(tmp_path, mulan)
    assert (index.starts[1:] / RATE).tolist() == [55, 60]
    assert index.search(embed_file(tmp_path / "a.wav", mulan))[1].start_seconds == 60


def test_progress_adds_up(library: Path, mulan: Mulan) -> None:
    told: list[Progress] = []
    build_index(library, mulan, on_progress=told.append)
    assert [(each.clip, each.n_clips) for each in told] == [(number, 4) for number in range(4)]
    fractions = [each.fraction for each in told]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < 1
    assert fractions[-1] == pytest.approx(1.0, abs=0.01)
    assert all(each.real_time_factor > 0 for each in told)


def test_an_interrupted_call_keeps_what_it_heard(library: Path, mulan: Mulan) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.clip == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(library, mulan, on_progress=interrupt)
    assert build_index(library, mulan).n_new == 2


def test_folders_that_cannot_be_searched(tmp_path: Path, mulan: Mulan) -> None:
    with pytest.raises(AudioError, match=r"no folder .*nowhere: give the path of a folder with"):
        build_index(tmp_path / "nowhere", mulan)
    (tmp_path / "deep").mkdir()
    path = write(tmp_path / "deep" / "a.wav", 1.0)
    with pytest.raises(AudioError, match=r"a\.wav is a file: give the path of a folder"):
        build_index(path, mulan)
    with pytest.raises(AudioError, match=r"no sound file in \S+: put WAV"):
        build_index(tmp_path, mulan, recursive=False)
    path.write_bytes(b"")
    with pytest.raises(
        AudioError, match=r"none of 1 sound file\(s\) in .* the first because .*a\."
    ):
        build_index(tmp_path, mulan)
    path.unlink()
    with pytest.raises(AudioError, match=r"no sound file in \S+ and the folders inside: put WAV"):
        build_index(tmp_path, mulan)
    assert [each.name for each in tmp_path.iterdir() if each.name != ".musiclm-index"] == ["deep"]


def test_questions_that_cannot_be_asked(library: Path, mulan: Mulan) -> None:
    index = made_by_hand()
    for embeddings in (torch.ones(3), torch.ones(0, 2)):
        with pytest.raises(ShapeError, match=r"expected embeddings of width 2, got \["):
            index.search(embeddings)
    with pytest.raises(ConfigError, match="at least one result must be wanted, got 0"):
        index.search(unit(1, 0), 0)
    for weights in ([], [0.0], [1.0, 1.0], [float("nan")], [float("inf")]):
        with pytest.raises(ConfigError, match=r"expected 1 weight\(s\), one for each query"):
            index.search(unit(1, 0), weights=weights)
    deaf = Mulan(mulan.config, towers="text")
    with pytest.raises(ConfigError, match="was loaded without its audio tower"):
        build_index(library, deaf)
    with pytest.raises(ShapeError, match="expected a window or more for each of 2 files, got 1"):
        AudioIndex((Path("a"), Path("b")), (1, 0), torch.ones(1, 2), torch.zeros(1).long(), 10)


def test_names_that_are_no_unicode(tmp_path: Path, mulan: Mulan) -> None:
    write(tmp_path / "a.wav", 1.0)
    path = write(tmp_path / "b.wav", 1.0).rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    for n_new in (2, 0):
        index = build_index(tmp_path, mulan)
        assert index.n_new == n_new
        assert index.skipped == (Skipped(path, "has a name that is not valid Unicode: rename it"),)
