import pytest

from musiclm.corpus.compose import compose
from musiclm.errors import ConfigError
from musiclm.evaluate.model.metre import metre_class
from musiclm.evaluate.model.metre_cases import metre_cases
from musiclm.prompt.read import read_prompt


def test_three_and_four_in_turn_true_of_their_pieces_and_read_by_the_grammar() -> None:
    found = metre_cases(3, seconds=10.0)
    assert [metre_class(case.wanted.metre) for case in found] == [3, 4, 3]
    assert len({case.language for case in found}) == 3
    for case in found:
        score = compose(case.style, case.piece_seed, seconds=case.piece_seconds)
        assert score.metre == case.wanted.metre
        asked = read_prompt(case.text)
        assert asked.metre == f"{score.metre[0]}/{score.metre[1]}", case.text
        assert asked.tempo_bpm == case.wanted.tempo_bpm, case.text
    assert found[:1] == metre_cases(1, seconds=10.0)
    assert found[0].piece_seed != metre_cases(1, seconds=10.0, seed=1)[0].piece_seed
    with pytest.raises(ConfigError, match="at least one prompt is needed, got 0"):
        metre_cases(0, seconds=10.0)
