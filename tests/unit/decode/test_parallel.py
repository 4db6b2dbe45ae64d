import pytest
import torch
from torch import Tensor

from lm_models import ACOUSTIC, codes, conditions, config, model
from musiclm.decode.parallel import ParallelConfig, decode_parallel
from musiclm.decode.sampling import SamplingConfig
from musiclm.errors import ConfigError, GenerationError
from musiclm.lm.masked_lm import MaskedLM


def _rngs(seed: int = 0) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed)]


class _Recorder:
    """A real model that writes down which cells were masked in each pass."""

    def __init__(self, lm: MaskedLM) -> None:
        self.lm, self.config, self.mask_id = lm, lm.config, lm.mask_id
        self.passes: list[tuple[int, list[int]]] = []

    def level_logits(
        self,
        conditions: tuple[Tensor, ...],
        codes: Tensor,
        level: int,
        *,
        drop: Tensor | None = None,
    ) -> Tensor:
        self.passes.append((level, (codes[0] == self.mask_id).sum(dim=1).tolist()))
        return self.lm.level_logits(conditions, codes, level, drop=drop)


def _decode(parallel: ParallelConfig, *, n_prompt: int = 0) -> tuple[_Recorder, Tensor, Tensor]:
    lm = model(config("masked"))
    assert isinstance(lm, MaskedLM)
    recorder = _Recorder(lm)
    prompt = codes(ACOUSTIC, 1, n_prompt, seed=4)
    with torch.no_grad():
        written = decode_parallel(
            recorder,
            conditions(lm.config, 1, 12 + n_prompt),
            prompt,
            n_frames=12 + n_prompt,
            generators=_rngs(),
            sampling=SamplingConfig(),
            parallel=parallel,
        )
    return recorder, prompt, written


def test_masked_cells_fall_along_a_cosine_level_by_level() -> None:
    recorder, prompt, written = _decode(ParallelConfig(iterations=(4, 2, 1)), n_prompt=5)
    # floor(12 cos(pi/2 * i/4)) for i = 0..3: finer levels wait, whole.
    assert recorder.passes == [
        (0, [12, 12, 12]),
        (0, [11, 12, 12]),
        (0, [8, 12, 12]),
        (0, [4, 12, 12]),
        (1, [0, 12, 12]),
        (1, [0, 8, 12]),
        (2, [0, 0, 12]),
    ]
    assert torch.equal(written[..., :5], prompt)
    assert int(written.max()) < ACOUSTIC.codebook_size


def test_one_pass_a_level_is_the_argmax() -> None:
    recorder, _, written = _decode(ParallelConfig(iterations=(1,)))
    hidden = written.clone()
    hidden[:, 1:] = recorder.mask_id
    with torch.no_grad():
        logits = recorder.lm.level_logits(conditions(recorder.config, 1, 12), hidden * 0 + 10, 0)
    assert torch.equal(logits.argmax(dim=-1), written[:, 0])


def test_confidence_decides_which_codes_stay() -> None:
    """Without noise and with greedy choices, the surest cell of the first pass is kept."""
    lm = model(config("masked"))
    assert isinstance(lm, MaskedLM)
    given = conditions(lm.config, 1, 12)
    empty = torch.full((1, 3, 12), lm.mask_id)
    with torch.no_grad():
        first = lm.level_logits(given, empty, 0)
        sure = int(first.log_softmax(-1).amax(-1).argmax())
        written = decode_parallel(
            lm,
            given,
            codes(ACOUSTIC, 1, 0),
            n_frames=12,
            generators=_rngs(),
            sampling=SamplingConfig(greedy=True),
            parallel=ParallelConfig(iterations=(6, 1), confidence_noise=0.0),
        )
    assert int(written[0, 0, sure]) == int(first[0, sure].argmax())


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"iterations must be numbers >= 1, got \(4, 0\)"):
        ParallelConfig(iterations=(4, 0)).passes(3)
    lm = model(config("masked"))
    assert isinstance(lm, MaskedLM)
    with pytest.raises(GenerationError, match="the prompt has 5 frames but the window only 4"):
        decode_parallel(
            lm,
            conditions(lm.config, 1, 4),
            codes(ACOUSTIC, 1, 5),
            n_frames=4,
            generators=_rngs(),
            sampling=SamplingConfig(),
        )
