"""A piece that is in the index must be found, and music that is not must not."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from factories import tiny_model, tiny_tokenizer
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.data.token_shards import ClipTokens, TokenShards, write_index, write_shard
from musiclm.errors import (
    ArtifactError,
    AudioError,
    ConfigError,
    DataError,
    StreamMismatchError,
)
from musiclm.evaluate.originality import hear as hear_module
from musiclm.evaluate.originality.check import LIMITS, check_song
from musiclm.evaluate.originality.hear import Listeners, hear, hear_late, load_listeners
from musiclm.evaluate.originality.index import OriginalityIndex, index_of_audio, index_of_shards
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream

RATE = 24_000
ACOUSTIC = TokenStream(name="acoustic", codebook_size=64, n_q=1, frame_rate=Fraction(25))


def tune(seconds: float, *, seed: int) -> Waveform:
    """Random notes, four a second, so that tokens change and no two seeds agree for long."""
    rng = np.random.default_rng(seed)
    n_note = RATE // 4
    times = np.arange(n_note) / RATE
    notes = []
    for _ in range(round(seconds * 4)):
        chord = 220 * 2 ** (rng.integers(0, 25, size=rng.integers(1, 4)) / 12)
        sound = sum(np.sin(2 * np.pi * hertz * times) for hertz in chord)
        notes.append(rng.uniform(0.05, 0.2) * np.exp(-rng.uniform(2, 9) * times) * sound)
    samples = np.concatenate(notes) + rng.normal(0, 1e-3, n_note * len(notes))
    return Waveform(torch.tensor(samples, dtype=torch.float32)[None], RATE)


@pytest.fixture(scope="module")
def listeners(tmp_path_factory: pytest.TempPathFactory) -> Listeners:
    place = tmp_path_factory.mktemp("model")
    return load_listeners(tiny_model(place, tokenizer=tiny_tokenizer()))


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number in range(5):
        write_audio(folder / f"{number}.wav", tune(21, seed=number))
    return folder


@pytest.fixture(scope="module")
def index(music: Path, listeners: Listeners) -> OriginalityIndex:
    return index_of_audio(music, listeners)


def test_a_planted_piece_is_found_and_where(
    index: OriginalityIndex, listeners: Listeners, music: Path
) -> None:
    # A tower of random weights hears much alike: all windows, so that the right one is among them.
    found = check_song(music / "3.wav", index, listeners, n_nearest=len(index.starts))
    assert found.verdict == "copied"
    assert found.exact is not None
    assert (found.exact.piece, found.exact.song_seconds) == ("3.wav", 0.0)
    assert found.exact.n_tokens == 525
    near = found.windows[1].nearest[0]
    assert near.piece == "3.wav"
    assert near.piece_seconds == found.windows[1].song_seconds == 5.0
    assert near.cosine == pytest.approx(1.0, abs=1e-5)
    assert near.transport == pytest.approx(0.0, abs=1e-9)
    assert all(window.exact for window in found.windows)
    assert found.to_text().startswith("3.wav: copied: five seconds or more stand in the index")
    assert found.to_text().endswith(LIMITS)


def test_a_piece_cut_from_the_middle_at_another_rate_in_stereo_is_found(
    index: OriginalityIndex, listeners: Listeners, music: Path, tmp_path: Path
) -> None:
    from musiclm.audio.resample import resample

    part = tune(21, seed=2).slice(4, 17).samples
    changed = resample(torch.cat([part, part]), RATE, 44_100)
    write_audio(tmp_path / "cut.flac", Waveform(changed, 44_100))
    found = check_song(tmp_path / "cut.flac", index, listeners)
    assert found.verdict in ("copied", "nearly copied")
    assert found.slips is not None
    assert found.slips.piece == "2.wav"
    assert found.slips.piece_seconds - found.slips.song_seconds == pytest.approx(4.0)


def test_a_piece_that_begins_between_frames_is_found(
    index: OriginalityIndex, listeners: Listeners, tmp_path: Path
) -> None:
    # 40 ms a frame; the tokens of this one agree in the song begun half a frame later.
    write_audio(tmp_path / "between.wav", tune(21, seed=4).slice(3.02, 21))
    found = check_song(tmp_path / "between.wav", index, listeners)
    assert found.verdict in ("copied", "nearly copied")
    assert found.slips is not None
    assert found.slips.piece == "4.wav"
    assert found.slips.piece_seconds - found.slips.song_seconds == pytest.approx(3.04)
    early = index.finder().longest_exact(hear(tmp_path / "between.wav", listeners).semantic)
    assert found.exact is not None
    assert early is not None
    assert found.exact.n_tokens > early.n_tokens
    write_audio(tmp_path / "late.wav", tune(21, seed=4).slice(3.04, 21))
    late = hear_late(tmp_path / "between.wav", listeners.tokenizer)
    assert np.array_equal(late, hear(tmp_path / "late.wav", listeners).semantic)


def test_a_piece_with_soft_noise_is_found(
    index: OriginalityIndex, listeners: Listeners, tmp_path: Path
) -> None:
    rng = torch.Generator().manual_seed(0)
    sound = tune(21, seed=1)
    noisy = sound.samples * 0.9 + 3e-4 * torch.randn(sound.samples.shape, generator=rng)
    write_audio(tmp_path / "noisy.wav", Waveform(noisy, RATE))
    found = check_song(tmp_path / "noisy.wav", index, listeners)
    assert found.verdict in ("copied", "nearly copied")
    assert found.slips is not None
    assert found.slips.piece == "1.wav"


def test_other_music_is_not_found(
    index: OriginalityIndex, listeners: Listeners, tmp_path: Path
) -> None:
    for seed in (100, 101, 102):
        write_audio(tmp_path / "other.wav", tune(21, seed=seed))
        found = check_song(tmp_path / "other.wav", index, listeners)
        assert found.verdict in ("alike", "nothing found")
        assert found.exact is not None
        assert found.exact.n_tokens < 60
        assert not any(window.exact for window in found.windows)
    known = index.config.calibration
    assert (known.exact, known.slips, known.loose) == (0, 0, 0)
    assert index.config.calibration.n_pieces == 5


def test_less_than_five_seconds_are_no_copy(
    index: OriginalityIndex, listeners: Listeners, tmp_path: Path
) -> None:
    verdicts = []
    for seconds in (4, 7):
        part = tune(21, seed=0).slice(6, 6 + seconds).samples
        whole = torch.cat([tune(6, seed=100).samples, part, tune(6, seed=101).samples], dim=1)
        write_audio(tmp_path / "part.wav", Waveform(whole, RATE))
        found = check_song(tmp_path / "part.wav", index, listeners)
        assert found.exact is not None
        assert found.exact.piece == "0.wav"
        verdicts.append(found.verdict)
    assert verdicts[0] in ("alike", "nothing found")
    assert verdicts[1] in ("copied", "nearly copied")


def test_an_index_is_the_same_after_disk_and_refuses_others(
    index: OriginalityIndex, listeners: Listeners, music: Path, tmp_path: Path
) -> None:
    index.save(tmp_path / "index")
    known = OriginalityIndex.load(tmp_path / "index")
    assert known.config == index.config
    assert np.array_equal(known.semantic, index.semantic)
    assert known.semantic.dtype == known.mulan.dtype == np.uint16
    assert np.array_equal(known.starts, index.starts)
    assert check_song(music / "0.wav", known, listeners).verdict == "copied"
    # 25 tokens and a fifth of a window of 4 tokens and a place, a second.
    assert index.n_bytes / index.config.seconds < 25 * 2 + 4

    other = Listeners(listeners.mulan, tiny_tokenizer(seed=1))
    with pytest.raises(StreamMismatchError, match="was made with another tokenizer than this"):
        check_song(music / "0.wav", known, other)
    with pytest.raises(ArtifactError, match="no index"):
        OriginalityIndex.load(tmp_path / "none")
    weights = tmp_path / "index" / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ArtifactError, match="was altered"):
        OriginalityIndex.load(tmp_path / "index")


def test_shards_give_the_index_of_their_training_pieces(
    index: OriginalityIndex, listeners: Listeners, music: Path, tmp_path: Path
) -> None:
    clips = []
    for number in range(4):
        heard = hear(music / f"{number}.wav", listeners)
        n_frames = len(heard.semantic)
        clips.append(
            ClipTokens(
                id="same" if number < 2 else str(number),
                split="test" if number == 3 else "train",
                acoustic=torch.zeros(1, n_frames, dtype=torch.int64),
                semantic=torch.from_numpy(heard.semantic.astype(np.int64))[None],
                mulan_audio=torch.from_numpy(heard.mulan.astype(np.int64)),
                mulan_text=torch.zeros(1, 4, dtype=torch.int64),
                facts=torch.zeros(1, 4, dtype=torch.int64),
                timeline=torch.zeros(TIMELINE_STREAM.n_q, n_frames, dtype=torch.int64),
                ensemble=torch.zeros(ENSEMBLE_STREAM.n_q, n_frames, dtype=torch.int64),
            )
        )
    write_shard(tmp_path, 0, clips)
    streams = {
        "acoustic": ACOUSTIC,
        "semantic": listeners.tokenizer.stream,
        "mulan": listeners.mulan.stream,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }
    write_index(tmp_path, streams, n_shards=1, fingerprint="f" * 64)
    made = index_of_shards(TokenShards(tmp_path), listeners)
    assert made.config.pieces == ("shard 0: same", "shard 0: same", "shard 0: 2")
    n_tokens, n_windows = sum(made.config.n_tokens), sum(made.config.n_windows)
    assert np.array_equal(made.semantic, index.semantic[:n_tokens])
    assert np.array_equal(made.mulan, index.mulan[:n_windows])
    assert np.array_equal(made.starts, index.starts[:n_windows])
    assert check_song(music / "2.wav", made, listeners).verdict == "copied"
    assert check_song(music / "3.wav", made, listeners).verdict != "copied"

    write_shard(tmp_path, 0, clips[3:])
    with pytest.raises(DataError, match="has no training piece of at least 5 s"):
        index_of_shards(TokenShards(tmp_path), listeners)


def test_long_sound_is_tokenized_in_stretches_that_meet(
    listeners: Listeners, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = hear(music / "0.wav", listeners).semantic
    monkeypatch.setattr(hear_module, "_STRETCH_SECONDS", 6)
    monkeypatch.setattr(hear_module, "_MARGIN_SECONDS", 1)
    parts = hear(music / "0.wav", listeners).semantic
    assert len(parts) == len(whole)
    assert (parts == whole).mean() > 0.97


def test_bad_songs_are_refused_and_named(
    index: OriginalityIndex, listeners: Listeners, tmp_path: Path
) -> None:
    def refused(name: str, samples: np.ndarray, words: str) -> None:
        soundfile.write(tmp_path / name, samples, RATE, subtype="FLOAT")
        with pytest.raises(AudioError, match=words):
            check_song(tmp_path / name, index, listeners)

    refused("short.wav", tune(4, seed=0).samples[0].numpy(), "short.wav has 4.00 s of sound, at l")
    refused("silent.wav", np.zeros(8 * RATE), "silent.wav is silent: give music")
    refused("empty.wav", np.zeros(0), "empty.wav holds no samples: give music")
    refused("nan.wav", np.full(8 * RATE, np.nan), "nan.wav holds samples that are not finite")
    with pytest.raises(AudioError, match="no audio file"):
        check_song(tmp_path / "none.wav", index, listeners)
    (tmp_path / "text.wav").write_text("no music")
    with pytest.raises(AudioError, match="cannot be read as audio"):
        check_song(tmp_path / "text.wav", index, listeners)
    with pytest.raises(ConfigError, match="at least one nearest window must be wanted, got 0"):
        check_song(tmp_path / "none.wav", index, listeners, n_nearest=0)


def test_what_cannot_be_heard_is_left_out_named_and_counted(
    listeners: Listeners, tmp_path: Path
) -> None:
    with pytest.raises(AudioError, match="no sound file in"):
        index_of_audio(tmp_path, listeners)
    (tmp_path / "text.wav").write_text("no music")
    with pytest.raises(AudioError, match=r"none of 1 sound file\(s\)"):
        index_of_audio(tmp_path, listeners)
    write_audio(tmp_path / "tune.wav", tune(6, seed=0))
    notices: list[str] = []
    made = index_of_audio(tmp_path, listeners, on_notice=notices.append)
    assert made.config.pieces == ("tune.wav",)
    assert made.config.skipped == len(notices) == 1
    assert notices[0].startswith(f"left out: {tmp_path / 'text.wav'} cannot be read as audio")
    assert made.config.calibration.n_pairs == made.config.calibration.n_pieces == 0
    found = check_song(tmp_path / "tune.wav", made, listeners)
    assert found.verdict == "copied"
    assert found.windows[0].nearest[0].transport is None


def test_a_model_without_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no semantic tokenizer"):
        load_listeners(tiny_model(tmp_path))
