"""A tempo in words: what counts, what is denied, what only looks like one."""

import pytest

from musiclm.prompt import parse_key, read_prompt


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("a slow blues", "slow"),
        ("mid-tempo soul with horns", "medium"),
        ("very fast punk", "fast"),
        ("une valse lente", "slow"),
        ("tempo modéré, piano seul", "medium"),
        ("salsa endiablée", "fast"),
        ("algo rápido y alegre", "fast"),
        ("ein langsames Stück für Cello", "slow"),
        ("mittleres Tempo, bitte", "medium"),
        ("schneller Walzer", "fast"),
        ("una ballata lenta", "slow"),
        ("samba rápido", "fast"),
        ("not too fast, just jazz", None),
        ("pas trop lent", None),
        ("starts slow, ends fast", None),
        ("ein fast vergessenes Lied für die Nacht", None),
        ("calm piano", None),
        ("", None),
    ],
)
def test_the_pace_of_a_prompt(text: str, pace: str | None) -> None:
    assert read_prompt(text).pace == pace


def test_e_minor_is_a_key_though_em_is_a_word() -> None:
    assert parse_key("Em") == ("E", "minor")
