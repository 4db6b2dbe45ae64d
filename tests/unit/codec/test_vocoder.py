"""The vocoder's two banks, its start from data, and what guides its frequencies."""

import math

import torch
from tiny_codecs import VOCODER, noise, tiny_codec, tiny_config

from musiclm.audio.spectrogram import stft
from musiclm.codec.banks import Banks, Sheets, white_noise
from musiclm.codec.model import Codec
from musiclm.codec.phases import measured_turns
from musiclm.codec.vocoder_decoder import VocoderDecoder
from musiclm.codec.vocoder_encoder import VocoderEncoder
from musiclm.nn.quantizer import effective_codes


def encoder(codec: Codec) -> VocoderEncoder:
    assert isinstance(codec.encoder, VocoderEncoder)
    return codec.encoder


def decoder(codec: Codec) -> VocoderDecoder:
    assert isinstance(codec.decoder, VocoderDecoder)
    return codec.decoder


def silent_sheets(n_frames: int) -> Sheets:
    n_tones, n_noises = n_frames * VOCODER.fold, n_frames * 32 // VOCODER.noise_hop
    direction = torch.tensor([1.0, 0.0]).expand(1, n_tones, VOCODER.tone_bins, 2)
    return Sheets(
        levels=torch.zeros(1, 2, n_tones, VOCODER.tone_bins),
        turns=direction,
        leans=direction,
        noise=torch.zeros(1, 3, n_noises, VOCODER.noise_n_fft // 2 + 1),
    )


def render(sheets: Sheets) -> torch.Tensor:
    banks = Banks(VOCODER)
    return torch.cat((banks.push(sheets), banks.finish()), dim=-1)


def test_a_bin_that_does_not_turn_extra_is_a_steady_sine_at_its_centre() -> None:
    sheets = silent_sheets(20)
    sheets.levels[:, :, :, 4:7] = torch.tensor([0.5, 1.0, 0.5])  # The lobe of a Hann window.
    samples = render(sheets)[0, 0, 100:500]
    power = torch.fft.rfft(samples * torch.hann_window(400)).abs()
    assert int(power.argmax()) in (62, 63)  # Bin 5 of 32 samples is 62.5 of 400.
    assert abs(float(samples.max()) - 1.0) < 0.1


def test_noise_is_mono_independent_or_opposite_as_its_coherence_says() -> None:
    for coherence, low, high in ((1.0, 0.99, 1.01), (0.0, -0.25, 0.25), (-1.0, -1.01, -0.99)):
        sheets = silent_sheets(200)
        sheets.noise[:, :2] = 0.1
        sheets.noise[:, 2] = coherence
        left, right = render(sheets)[0]
        assert low < float(torch.corrcoef(torch.stack((left, right)))[0, 1]) < high
        assert 0.08 < float(left.std()) < 0.12


def test_the_noise_repeats_without_a_seam_and_is_the_same_everywhere() -> None:
    bank = white_noise(16, 4)
    assert bank.shape == (2, 2000, 9)
    assert torch.equal(bank, white_noise.__wrapped__(16, 4))
    assert abs(float(bank[0, -1].abs().mean() / bank[0].abs().mean()) - 1.0) < 0.5


def test_leaning_channels_differ_in_phase_by_the_lean() -> None:
    sheets = silent_sheets(20)
    sheets.levels[:, :, :, 4:7] = torch.tensor([0.5, 1.0, 0.5])
    quarter = torch.tensor([0.0, 1.0]).expand_as(sheets.leans)
    turned = Sheets(sheets.levels, sheets.turns, quarter, sheets.noise)
    left, right = render(turned)[0, :, 100:500]
    spectra = torch.fft.rfft(torch.stack((left, right)) * torch.hann_window(400))[:, 62]
    assert math.isclose(float((spectra[0] * spectra[1].conj()).angle()), math.pi / 2, abs_tol=0.1)


def test_guidance_vanishes_for_the_levels_and_directions_of_the_target() -> None:
    codec = tiny_codec("vocoder")
    target = noise(codec.config, 12)
    side = (VOCODER.n_fft - VOCODER.sub_hop) // 2
    padded = torch.nn.functional.pad(target, (side, side))
    spectra = stft(padded, n_fft=VOCODER.n_fft, hop_length=VOCODER.sub_hop)
    spectra = spectra[..., : VOCODER.tone_bins] * (4.0 / VOCODER.n_fft)
    with torch.no_grad():
        sheets = decoder(codec).sheets(codec.encoder(target))
    right = Sheets(
        levels=spectra.abs(),
        turns=torch.view_as_real(measured_turns(spectra, VOCODER.sub_hop, VOCODER.n_fft)) * 1e3,
        leans=torch.view_as_real(spectra[:, 0] * spectra[:, 1].conj()) * 1e3,
        noise=sheets.noise,
    )
    away = decoder(codec).guidance(sheets, target)
    assert float(decoder(codec).guidance(right, target)) < 0.05 < float(away)
    louder = Sheets(2.0 * right.levels, right.turns, right.leans, right.noise)
    assert 0.2 < float(decoder(codec).guidance(louder, target)) < 0.3  # LEVEL_SHARE of ln 2.


def test_an_encoder_started_from_data_fills_its_first_codebook() -> None:
    torch.manual_seed(0)
    codec = Codec(tiny_config("vocoder"))
    music = torch.cumsum(noise(codec.config, 100, n_batch=4), dim=-1) * 0.05
    used = []
    for started in (False, True):
        if started:
            encoder(codec).start_from([music])
        latents = codec.encoder(music).detach()
        rows = latents.transpose(1, 2).flatten(0, 1)
        codec.quantizer.init_from(rows, torch.Generator().manual_seed(0))
        used.append(float(effective_codes(codec.quantizer.encode(latents), 16)[0]))
    assert torch.allclose(latents.std(dim=(0, 2)), torch.ones(6), atol=0.5)
    assert used[1] > 10.0


def test_an_encoder_sees_which_channel_is_the_louder_one() -> None:
    config = tiny_config("vocoder")
    codec = tiny_codec("vocoder")
    sound = noise(config, 8)
    left = sound * torch.tensor([1.0, 0.0])[:, None]
    n_places = VOCODER.place_bands
    places = encoder(codec).features(left)[..., -n_places:]
    assert float(places.mean()) > 0.9
    mirrored = encoder(codec).features(left.flip(1))[..., -n_places:]
    assert torch.allclose(mirrored, -places)
    both = encoder(codec).features(sound[:, :1].expand(-1, 2, -1))[..., -n_places:]
    assert float(both.abs().max()) < 1e-6


def test_bins_begin_as_a_sum_of_atoms_that_the_network_shapes() -> None:
    config = tiny_config("vocoder")
    network = decoder(Codec(config))
    latents = torch.randn(1, config.latent_dim, 6, generator=torch.Generator().manual_seed(0))
    atom = int((network.atom_levels > 0.0).sum(dim=1).argmin())  # The narrowest.
    with torch.no_grad():
        for head in (network.level_head, network.atom_head):
            head.weight.zero_()
            head.bias.zero_()
        network.atom_head.bias.fill_(-20.0)
        network.atom_head.bias[atom] = -2.0
        levels = network.sheets(latents).levels
    shape = network.atom_levels[atom] * float(torch.exp(torch.tensor(-2.0)))
    audible = shape > 0.01
    assert torch.allclose(
        levels[..., audible], shape[audible].expand_as(levels[..., audible]), rtol=0.15
    )
    assert float(levels[..., ~audible].max()) < 0.02


def test_soft_ends_rise_and_fall_and_change_nothing_between() -> None:
    sheets = silent_sheets(20)
    sheets.levels[:, :, :, 4:7] = torch.tensor([0.5, 1.0, 0.5])
    hard = render(sheets)
    banks = Banks(VOCODER, soft_ends=True)
    soft = torch.cat((banks.push(sheets), banks.finish()), dim=-1)
    n_ramp = VOCODER.noise_hop
    assert torch.equal(soft[..., n_ramp:-n_ramp], hard[..., n_ramp:-n_ramp])
    for ends in (soft[..., :n_ramp], soft[..., -n_ramp:].flip(-1)):
        assert float(ends[..., 0].abs().max()) < 0.2
    gains = (soft / hard)[0, 0, :n_ramp]
    assert bool((gains.diff() > 0).all())
