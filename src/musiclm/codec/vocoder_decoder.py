"""Latents ``[B, D, T]`` to waveforms ``[B, C, N]``: the network that plays the vocoder's banks.

The network says how loud each bin is, how fast it turns, how the channels lean against each other,
and how much noise there is; ``phases.py`` counts the rest. The network looks a few frames back, the
phases look back to the beginning: ``VocoderStream`` carries them from chunk to chunk.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import mel_density
from musiclm.codec.atlas import activations, atlas
from musiclm.codec.banks import Banks, Sheets, white_noise
from musiclm.codec.config import CodecConfig
from musiclm.codec.phases import measured_turns
from musiclm.codec.vocoder_encoder import amplitudes, spectra_of
from musiclm.nn.conv import convnext_blocks

LOUDEST = 0.5
"""Limit of the level heads in nats over a full-scale sine."""
QUIETEST = 1e-5
"""Floor of amplitudes where their logarithm is taken."""
LEVEL_SHARE, LEVEL_POWER = 0.4, 0.35
"""What a nat of a bin's level weighs beside its directions, and how that grows with amplitude."""


class VocoderDecoder(nn.Module):
    """ConvNeXt blocks at the frame rate, unfolded to the windows of the two banks.

    With ``atoms``, the tones' levels are a sum of known spectra (``atlas.py``), shaped bin by bin.
    """

    atom_levels: Tensor
    atom_turns: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        size = config.vocoder
        self.config = config
        self.size = size
        self.n_bins = size.tone_bins
        self.noise_bins = size.noise_n_fft // 2 + 1
        self.noise_fold = config.hop_length // size.noise_hop
        self.embed = nn.Linear(config.latent_dim, size.dim)
        shape = {"expansion": size.expansion, "kernel_size": size.kernel_size}
        self.blocks = convnext_blocks(size.decoder_blocks, size.dim, **shape)
        self.norm = nn.LayerNorm(size.dim)
        self.unfold = nn.Linear(size.dim, size.fold * size.sub_dim)
        self.tone_blocks = convnext_blocks(size.sub_blocks, size.sub_dim, **shape)
        self.tone_norm = nn.LayerNorm(size.sub_dim)
        self.level_head = nn.Linear(size.sub_dim, 2 * self.n_bins)
        self.turn_head = nn.Linear(size.sub_dim, 4 * self.n_bins)
        if size.atoms:
            known = atlas(size.n_fft, size.sub_hop, self.n_bins, config.sample_rate)
            self.register_buffer("atom_levels", known.levels.clone(), persistent=False)
            self.register_buffer("atom_turns", known.turns.clone(), persistent=False)
            self.atom_head = nn.Linear(size.sub_dim, len(known.levels))
            self.atom_shape = nn.Parameter(torch.zeros_like(known.levels))
        self.noise_unfold = nn.Linear(size.dim, self.noise_fold * size.noise_dim)
        self.noise_blocks = convnext_blocks(size.sub_blocks, size.noise_dim, **shape)
        self.noise_norm = nn.LayerNorm(size.noise_dim)
        self.noise_head = nn.Linear(size.noise_dim, 3 * self.noise_bins)
        with torch.no_grad():
            for head in (self.level_head, self.turn_head, self.noise_head):
                head.weight.mul_(0.5)
            # Music falls off with frequency; starting there saves the first hundred steps.
            self.level_head.bias.view(2, -1).copy_(torch.linspace(-5.0, -8.0, self.n_bins))
            bias = self.noise_head.bias.view(3, -1)
            bias[:2] = torch.linspace(-6.0, -8.0, self.noise_bins)
            bias[2] = 0.5
            self.turn_head.bias.view(2, -1, 2).copy_(torch.tensor([1.0, 0.0]))

    def sheets(self, latents: Float[Tensor, "B D T"]) -> Sheets:
        """The network: finite context, no state."""
        tones, noise = self._hidden(latents)
        levels = self.level_head(tones).float().unflatten(2, (2, self.n_bins))
        turning = self.turn_head(tones).float().unflatten(2, (2, self.n_bins, 2))
        if self.size.atoms:
            lines, votes = self._lines(tones)
            levels = levels + torch.log(lines)[:, :, None]
            turning = torch.cat((turning[:, :, :1] + votes[:, :, None], turning[:, :, 1:]), dim=2)
        levels = _limited(levels)
        heads = self.noise_head(noise).float().unflatten(2, (3, self.noise_bins))
        gains = torch.cat((_limited(heads[:, :, :2]), torch.tanh(heads[:, :, 2:])), dim=2)
        return Sheets(
            levels=levels.transpose(1, 2),
            turns=turning[:, :, 0],
            leans=turning[:, :, 1],
            noise=gains.transpose(1, 2),
        )

    def _lines(
        self, tones: Float[Tensor, "B T D"]
    ) -> tuple[Float[Tensor, "B T F"], Float[Tensor, "B T F 2"]]:
        """Amplitudes of the sum of the atoms, and directions by which their partials turn."""
        loud = _limited(self.atom_head(tones).float())
        shape = torch.exp(self.atom_shape)
        lines = loud @ (self.atom_levels * shape) + QUIETEST
        votes = torch.stack([loud @ (turns * shape) for turns in self.atom_turns], dim=-1)
        return lines, votes / lines[..., None]

    def _hidden(
        self, latents: Float[Tensor, "B D T"]
    ) -> tuple[Float[Tensor, "B T_t D_t"], Float[Tensor, "B T_n D_n"]]:
        """What the heads of either bank read."""
        size = self.size
        ahead = size.decoder_lookahead
        x = self.embed(nn.functional.pad(latents, (0, ahead)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        x = self.norm(x[:, ahead:])
        tones = self.unfold(x).unflatten(2, (size.fold, size.sub_dim)).flatten(1, 2)
        for block in self.tone_blocks:
            tones = block(tones)
        noise = self.noise_unfold(x).unflatten(2, (self.noise_fold, size.noise_dim)).flatten(1, 2)
        for block in self.noise_blocks:
            noise = block(noise)
        return self.tone_norm(tones), self.noise_norm(noise)

    @torch.no_grad()
    def start_from(
        self, latents: Sequence[Float[Tensor, "B D T"]], samples: Sequence[Float[Tensor, "B C N"]]
    ) -> None:
        """Begin with the heads that a linear regression finds on the fresh network's features.

        Of a thousand outputs each, they would need hundreds of steps to find what linear algebra
        finds at once.
        """
        size = self.size
        hidden = [self._hidden(each) for each in latents]
        long = [amplitudes(each, size.n_fft, size.sub_hop)[..., : self.n_bins] for each in samples]
        short = [amplitudes(each, size.noise_n_fft, size.noise_hop) for each in samples]
        directions = [self._directions(each) for each in samples]
        tones = [each for each, _ in hidden]
        wanted = [_log_rows(each) for each in long]
        if size.atoms:
            loud = [_atom_rows(each, self.atom_levels) for each in long]
            _regress(self.atom_head, tones, loud)
            for index, each in enumerate(tones):
                lines, votes = self._lines(each)
                wanted[index] = wanted[index] - torch.log(lines).repeat(1, 1, 2)
                directions[index][..., : 2 * self.n_bins] -= votes.flatten(2)
        _regress(self.level_head, tones, wanted)
        # The mean of logarithms lies below the logarithm of the mean.
        self.level_head.bias.add_(0.7)
        _regress(self.turn_head, tones, directions)
        fitted = nn.Linear(size.noise_dim, 2 * self.noise_bins)
        _regress(fitted, [noise for _, noise in hidden], [_log_rows(x) for x in short])
        # Unit noise has an amplitude of its own, and leaves the lower bins to the tones at first.
        own = white_noise(size.noise_n_fft, size.noise_hop).abs().mean() * (4 / size.noise_n_fft)
        share = torch.full((self.noise_bins,), -float(torch.log(own)))
        share[: self.n_bins * size.noise_n_fft // size.n_fft] -= 1.0
        self.noise_head.weight[: 2 * self.noise_bins] = fitted.weight.to(self.noise_head.weight)
        self.noise_head.bias[: 2 * self.noise_bins] = (fitted.bias + share.repeat(2)).to(
            self.noise_head.bias
        )

    def _directions(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B T D"]:
        """Unit vectors of the turns and leans of the samples, as ``turn_head`` orders them."""
        spectra = spectra_of(samples, self.size.n_fft, self.size.sub_hop)[..., : self.n_bins]
        turns = measured_turns(spectra, self.size.sub_hop, self.size.n_fft)
        leans = spectra[:, 0] * spectra[:, 1].conj()
        both = torch.view_as_real(torch.stack((turns, leans), dim=2))
        return nn.functional.normalize(both, dim=-1, eps=1e-12).flatten(2)

    def forward(
        self, latents: Float[Tensor, "B D T"], *, noise_from: int = 0
    ) -> Float[Tensor, "B C N"]:
        """Decode whole frames; ``noise_from`` is the window of the noise to begin with."""
        return self.render(self.sheets(latents), noise_from=noise_from, soft_ends=True)

    def render(
        self, sheets: Sheets, *, noise_from: int = 0, soft_ends: bool = False
    ) -> Float[Tensor, "B C N"]:
        """Sound of whole sheets; crops in training have no ends that would have to be soft."""
        banks = Banks(self.size, noise_from=noise_from, soft_ends=soft_ends)
        return torch.cat((banks.push(sheets), banks.finish()), dim=-1)

    def guidance(self, sheets: Sheets, target: Float[Tensor, "B C N"]) -> Float[Tensor, ""]:
        """How far levels, turns and leans are from those of the target.

        Spectral losses of the sound reach the turns not at all, since phases are counted without
        gradient, and the levels only through the interference of neighbouring windows. Here every
        bin is told. Directions are compared by their cosine, weighted by loudness; levels in nats,
        down to 60 dB below the item's RMS, where what lies between partials and what is soft
        counts nearly as much as what is loud: a line is a line by what is beside it. Bins count
        by the share of the mel scale that they cover, or the highest octave were half of it all.
        """
        spectra = spectra_of(target, self.size.n_fft, self.size.sub_hop)[..., : self.n_bins]
        turns = measured_turns(spectra, self.size.sub_hop, self.size.n_fft)
        leans = spectra[:, 0] * spectra[:, 1].conj()
        floor = target.square().mean(dim=(1, 2)).sqrt().clamp(min=1e-3)[:, None, None, None] * 1e-3
        wanted = (spectra.real.square() + spectra.imag.square()).sqrt()
        errors = (torch.log(sheets.levels + floor) - torch.log(wanted + floor)).abs()
        density = mel_density(self.n_bins, self.size.n_fft, self.config.sample_rate).to(wanted)
        weight = density * (wanted + floor) ** LEVEL_POWER
        weight = weight / weight.mean(dim=(1, 2, 3), keepdim=True)
        directions = _misdirection(sheets.turns, turns, density)
        directions = directions + _misdirection(sheets.leans, leans, density)
        return directions + LEVEL_SHARE * (weight * errors).mean()

    def stream(self) -> "VocoderStream":
        """Begin to decode a stream."""
        return VocoderStream(self)


class VocoderStream:
    """Latents in as they come, samples out; joined, the output equals ``forward`` of the whole.

    State: the latents that the network still looks back on, and the banks'.
    """

    def __init__(self, decoder: VocoderDecoder) -> None:
        self.decoder = decoder
        self._banks = Banks(decoder.size, soft_ends=True)
        self._past: Tensor | None = None
        self._known = 0  # Frames of ``_past`` that were rendered before.

    def push(self, latents: Float[Tensor, "B D T"]) -> Float[Tensor, "B C N"]:
        """Decode what no later frame can change."""
        past = latents if self._past is None else torch.cat((self._past, latents), dim=-1)
        ahead = self.decoder.size.decoder_lookahead
        return self._render(past, past.shape[-1] - ahead)

    def finish(self) -> Float[Tensor, "B C N"]:
        """Decode the rest; nothing may be pushed afterwards."""
        if self._past is None:
            raise ValueError("nothing was pushed: there is nothing to finish")
        head = self._render(self._past, self._past.shape[-1])
        return torch.cat((head, self._banks.finish()), dim=-1)

    def _render(self, past: Tensor, end: int) -> Tensor:
        decoder = self.decoder
        samples = past.new_zeros(past.shape[0], decoder.config.n_channels, 0)
        if end > self._known:
            sheets = decoder.sheets(past)
            fold = decoder.size.fold
            samples = self._banks.push(sheets.frames(self._known, end, fold, decoder.noise_fold))
        end = max(end, self._known)
        forget = max(0, end - decoder.config.context_frames)
        self._past, self._known = past[..., forget:], end - forget
        return samples


def _log_rows(amplitude: Float[Tensor, "B C T F"]) -> Float[Tensor, "B T D"]:
    return torch.log(amplitude + QUIETEST).transpose(1, 2).flatten(2)


def _atom_rows(
    amplitude: Float[Tensor, "B C T F"], atoms: Float[Tensor, "P F"]
) -> Float[Tensor, "B T P"]:
    """Logarithms of how loud the atoms are in the louder channel of each bin."""
    louder = amplitude.amax(dim=1)
    loud = activations(louder.flatten(0, 1), atoms)
    return torch.log(loud + QUIETEST).view(*louder.shape[:2], -1)


def _regress(
    head: nn.Linear, inputs: Sequence[Float[Tensor, "B T D_in"]], targets: Sequence[Tensor]
) -> None:
    """Give ``head`` the weights that predict ``targets`` best; ridge keeps them small."""
    n_inputs = head.in_features
    gram, cross = torch.zeros(n_inputs + 1, n_inputs + 1), torch.zeros(n_inputs + 1, 1)
    for x, y in zip(inputs, targets, strict=True):
        rows = nn.functional.pad(x.flatten(0, 1).float(), (0, 1), value=1.0).cpu()
        gram = gram + rows.T @ rows
        cross = cross + rows.T @ y.flatten(0, 1).float().cpu()
    ridge = torch.eye(n_inputs + 1) * (0.01 * gram.diagonal().mean())
    solution = torch.linalg.solve(gram + ridge, cross)
    head.weight.copy_(solution[:-1].T)
    head.bias.copy_(solution[-1])


def _misdirection(
    predicted: Float[Tensor, "B T F 2"],
    target: Complex[Tensor, "B T F"],
    density: Float[Tensor, " F"],
) -> Float[Tensor, ""]:
    """Mean of one minus the cosine of the angle between; bins weigh amplitude times density."""
    wanted = torch.view_as_real(target)
    size = wanted.square().sum(dim=-1).sqrt() + 1e-12
    weight = density * size.sqrt()  # ``target`` is a power.
    weight = weight / weight.mean(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    own = predicted.square().sum(dim=-1).add(1e-4).rsqrt()
    cosine = (predicted * wanted).sum(dim=-1) * own / size
    return (weight * (1.0 - cosine)).mean()


def _limited(level: Tensor) -> Tensor:
    """Amplitudes of levels in nats, softly bounded."""
    return torch.exp(LOUDEST - nn.functional.softplus(LOUDEST - level))
