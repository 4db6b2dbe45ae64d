"""Known notes: where their partials lie, how they turn, and how loud each is in a chord."""

import math

import torch

from musiclm.codec.atlas import FALLS, LOWEST_NOTE, activations, atlas
from musiclm.codec.phases import measured_turns
from musiclm.codec.vocoder_encoder import amplitudes, spectra_of

RATE, N_FFT, HOP, BINS = 24_000, 1_920, 480, 640
N_NOTES = 88


def harmonic_tone(midi: float, *, fall: float = 1.0) -> torch.Tensor:
    """A second of a note, [1, 2, N]."""
    t = torch.arange(RATE, dtype=torch.float64) / RATE
    hertz = 440.0 * 2.0 ** ((midi - 69) / 12)
    overtones = range(1, int(7_900 / hertz) + 1)
    wave = sum(h**-fall * torch.sin(2 * math.pi * hertz * h * t + h) for h in overtones)
    return (0.1 * torch.as_tensor(wave)).float().expand(1, 2, -1)


def test_an_atom_looks_and_turns_as_its_note_does() -> None:
    known = atlas(N_FFT, HOP, BINS, RATE)
    for midi in (57, 72, 90):
        atom = FALLS.index(1.0) * N_NOTES + midi - LOWEST_NOTE
        tone = harmonic_tone(midi)
        seen = amplitudes(tone, N_FFT, HOP)[0, 0, 20, :BINS]
        level = known.levels[atom]
        likeness = torch.nn.functional.cosine_similarity(seen, level, dim=0)
        assert likeness > 0.98
        turned = measured_turns(spectra_of(tone, N_FFT, HOP), HOP, N_FFT)[0, 20, :BINS]
        angle = torch.atan2(known.turns[1, atom], known.turns[0, atom])
        strong = level > 0.05
        apart = torch.remainder(angle - turned.angle() + math.pi, 2 * math.pi) - math.pi
        assert apart[strong].abs().max() < 0.05


def test_activations_find_the_notes_of_a_chord() -> None:
    known = atlas(N_FFT, HOP, BINS, RATE)
    chord = harmonic_tone(57) + harmonic_tone(61) + harmonic_tone(76)
    seen = amplitudes(chord, N_FFT, HOP)[0, 0, 20:22, :BINS]
    loud = activations(seen, known.levels, n_rounds=100)
    notes = loud[:, : len(FALLS) * N_NOTES].view(2, len(FALLS), N_NOTES).sum(dim=1)[0]
    assert sorted((notes.topk(3).indices + LOWEST_NOTE).tolist()) == [57, 61, 76]
    rebuilt = loud @ known.levels
    assert float((rebuilt - seen).abs().sum() / seen.sum()) < 0.15


def test_a_low_rate_knows_only_the_notes_below_its_top() -> None:
    known = atlas(32, 8, 14, 800)
    assert len(known.levels) < len(FALLS) * N_NOTES
    assert bool((known.levels.sum(dim=1) > 0).all())
    assert bool(torch.isfinite(known.turns).all())
