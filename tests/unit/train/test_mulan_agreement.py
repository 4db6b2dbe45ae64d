"""What texts state, held against what clips are."""

from typing import Any

import pytest
import torch
from tests.unit.train.mulan_pieces import composed_clips

from musiclm.corpus.captions.requests import Request, requests
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.train.mulan_agreement import (
    attributes_of,
    mismatch,
    said_classes,
    statements_of,
    statements_of_request,
)


def wrong(states: dict[str, Any], facts: dict[str, Any]) -> float:
    """How much of one caption is wrong about one clip."""
    return mismatch([statements_of(states)], [attributes_of(facts)]).item()


def unmet(wish: Request, facts: dict[str, Any]) -> float:
    return mismatch([statements_of_request(wish)], [attributes_of(facts)]).item()


def wish(
    styles: tuple[str, ...] = ("waltz",),
    moods: tuple[str, ...] = ("calm",),
    instruments: tuple[str, ...] = (),
    said: tuple[str, ...] = (),
) -> Request:
    return Request(("x",) * 6, styles, moods, instruments, said)


WALTZ = {
    "style": "waltz",
    "mood": "calm",
    "tempo_bpm": 84,
    "drums": False,
    "instruments": ["violin", "acoustic_grand_piano"],
    "lead": "violin",
    "absent": ["drums", "brass"],
    "density": "sparse",
    "dynamics": "soft",
    "valence": 0.25,
    "arousal": -0.85,
}


@pytest.mark.parametrize("number", range(10))
def test_captions_fit_their_own_clip(number: int) -> None:
    clip = composed_clips()[number]
    assert len(clip.captions) == 24
    texts = [statements_of(caption.states) for caption in clip.captions]
    for caption, off in zip(
        clip.captions, mismatch(texts, [attributes_of(clip.facts)])[:, 0].tolist(), strict=True
    ):
        # An axis of mood counts in degrees, so "warm" of a rather warm piece leaves a trace.
        assert off < 0.16, (caption.text, caption.states)
        without = {k: v for k, v in caption.states.items() if f"{k}=high" not in attributes_of({})}
        assert wrong(without, clip.facts) == pytest.approx(0.0, abs=1e-6), caption


def test_captions_rarely_fit_another_clip() -> None:
    clips = composed_clips()
    texts = [statements_of(caption.states) for clip in clips for caption in clip.captions]
    off = mismatch(texts, [attributes_of(clip.facts) for clip in clips])
    own = torch.arange(len(clips)).repeat_interleave(24)
    assert off[torch.arange(len(texts)), own].mean() < 0.02
    assert (off[torch.arange(len(texts)), (own + 1) % len(clips)] > 0.3).float().mean() > 0.9
    assert (off >= 0).all()


def test_a_text_that_states_nothing_fits_everything() -> None:
    off = mismatch([[], statements_of({"drums": True})], [attributes_of(WALTZ), attributes_of({})])
    assert off[0].tolist() == [0.0, 0.0]
    assert off[1, 0] > 1


@pytest.mark.parametrize(
    ("true", "near", "false"),
    [
        ({"style": "waltz"}, {"style": "baroque"}, {"style": "techno"}),
        ({"tempo": "slow"}, {"tempo": "medium"}, {"tempo": "fast"}),
        ({"tempo_bpm": 84}, {"tempo_bpm": 89}, {"tempo_bpm": 130}),
        ({"tempo_bpm": 84}, {"tempo_bpm": 168}, {"tempo_bpm": 120}),
        ({"instruments": ["violin"]}, {"instruments": ["cello"]}, {"instruments": ["trumpet"]}),
        ({"lead": "violin"}, {"lead": "viola"}, {"lead": "acoustic_grand_piano"}),
        ({"mood": "calm"}, {"mood": "peaceful"}, {"mood": "angry"}),
        ({"arousal": "low"}, {}, {"arousal": "high"}),
        ({"absent": ["brass"]}, {}, {"absent": ["strings"]}),
        ({"drums": False}, {}, {"drums": True}),
        ({"density": "sparse"}, {}, {"density": "busy"}),
    ],
)
def test_relatives_count_a_little(
    true: dict[str, Any], near: dict[str, Any], false: dict[str, Any]
) -> None:
    assert wrong(true, WALTZ) == pytest.approx(0.0, abs=1e-6)
    if near:
        assert 0.02 < wrong(near, WALTZ) < 0.85 * wrong(false, WALTZ)
    assert wrong(false, WALTZ) > 0.2


def test_the_extremes_of_tempo_are_slow_and_fast_too() -> None:
    crawling = WALTZ | {"tempo_bpm": 50}
    assert wrong({"tempo": "very slow"}, crawling) == 0
    assert wrong({"tempo": "slow"}, crawling) == pytest.approx(0.1, abs=1e-6)
    assert wrong({"tempo": "fast"}, WALTZ | {"tempo_bpm": 180}) == pytest.approx(0.1, abs=1e-6)
    assert wrong({"tempo": "very slow"}, WALTZ) > 0.5


def test_a_family_of_styles_is_any_of_its_styles() -> None:
    assert wrong({"family": "classical"}, WALTZ | {"style": "waltz"}) == 0
    assert wrong({"family": "classical"}, WALTZ | {"style": "techno"}) == pytest.approx(0.8)


def test_each_wrong_statement_adds_to_the_others() -> None:
    said = {"style": "techno", "drums": True, "instruments": ["violin", "trumpet", "tuba"]}
    parts = [
        wrong({"style": "techno"}, WALTZ),
        wrong({"drums": True}, WALTZ),
        wrong({"instruments": ["trumpet"]}, WALTZ),
        wrong({"instruments": ["tuba"]}, WALTZ),
    ]
    assert wrong(said, WALTZ) == pytest.approx(sum(parts), abs=1e-5)
    assert min(parts) > 0.3


def test_a_request_is_granted_by_any_of_what_it_names() -> None:
    assert unmet(wish(styles=("techno", "waltz")), WALTZ) == 0
    assert unmet(wish(styles=("waltz", "techno")), WALTZ) == 0
    assert unmet(wish(styles=("techno",)), WALTZ) > 1
    assert unmet(wish(moods=("angry", "calm")), WALTZ) == 0
    assert unmet(wish(moods=("angry",)), WALTZ) > 0.5
    assert unmet(wish(instruments=("trumpet", "violin")), WALTZ) == 0
    assert unmet(wish(instruments=("trumpet", "tuba")), WALTZ) == pytest.approx(0.6)


def test_two_relatives_of_what_is_asked_for_are_no_better_than_one() -> None:
    facts = WALTZ | {"instruments": ["cello", "harpsichord"]}
    one = unmet(wish(instruments=("violin",)), facts)
    assert unmet(wish(instruments=("violin", "acoustic_grand_piano")), facts) == pytest.approx(one)
    assert one > 0.3


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ("slow", True),
        ("fast", False),
        ("no drums", True),
        ("drums", False),
        ("soft", True),
        ("loud", False),
        ("growing", False),
        ("sparse", True),
        ("busy", False),
    ],
)
def test_what_a_request_says_in_words_counts(said: str, granted: bool) -> None:
    off = unmet(wish(said=(said,)), WALTZ)
    assert off == pytest.approx(0.0, abs=1e-6) if granted else off > 0.3


def test_every_request_of_the_package_can_be_granted() -> None:
    paces = {"slow": 80, "medium": 100, "fast": 140}
    clips = []
    for one in requests():
        facts = WALTZ | {"style": one.styles[0], "mood": one.moods[0], "lead": ""}
        facts["instruments"] = list(one.instruments[:1])
        for word in one.said:
            # "Loud and growing" names two of one kind: either will do.
            if word in paces:
                facts["tempo_bpm"] = paces[word]
            elif "drums" in word:
                facts["drums"] = word == "drums"
            else:
                facts["density" if word in ("sparse", "busy") else "dynamics"] = word
        clips.append(attributes_of(facts))
    for start in range(0, len(clips), 200):
        part = requests()[start : start + 200]
        off = mismatch([statements_of_request(one) for one in part], clips[start : start + 200])
        refused = [
            one for one, much in zip(part, off.diagonal().tolist(), strict=True) if much > 1e-5
        ]
        assert refused == []
        assert off.mean() > 1  # and not by any clip


def test_a_missing_drum_kit_can_be_said_of_older_facts() -> None:
    # They do not list what is absent, and captions then say it of drums only.
    facts = {key: value for key, value in WALTZ.items() if key != "absent"}
    assert wrong({"drums": False, "absent": ["drums"]}, facts) == 0


def test_what_heads_may_ask_of_a_text() -> None:
    assert said_classes({"lead": "violin"})["lead_family"] == INSTRUMENTS["violin"].family
    assert said_classes({"tempo_bpm": 84})["tempo_class"] == "slow"
    assert said_classes({"tempo": "very fast"})["tempo_class"] == "fast"
    assert said_classes({"mood": "calm"}) == {"mood": "calm"}


def test_moods_are_near_by_their_axes_and_nearest_to_themselves() -> None:
    names = sorted(MOODS)
    texts = [statements_of({"mood": name}) for name in names]
    off = mismatch(texts, [attributes_of({"mood": name}) for name in names])
    torch.testing.assert_close(off.diagonal(), torch.zeros(len(names)))
    torch.testing.assert_close(off, off.T)
    assert ((off > 0) & (off < 1)).float().mean() > 0.02
    assert (off == 1).float().mean() > 0.4
