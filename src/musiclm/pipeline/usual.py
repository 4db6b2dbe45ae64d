"""A point of the joint space in, a usual tempo, bar and harmony for such music out.

Music needs a beat before the first note, and few prompts name one. So a tempo is drawn from the
range of the wish's style, the livelier the wish the faster, and a phrase or two of chords that the
style uses, in the key that was named or in any, the sadder the wish the likelier in minor. Without
chords the stages lose their key within a minute and nothing comes back; whoever wants that says
``chords="free"``. The record beside the audio says what was drawn.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.blocks import Style
from musiclm.corpus.score import beats_in_bar
from musiclm.corpus.theory import chord
from musiclm.mulan.model import Mulan
from musiclm.pipeline.plan import Controls
from musiclm.prompt.stream import is_minor, pitch_class

# Beats a minute that the words slow, medium and fast stand for: those of ``prompt/stream.py``.
_PACES = {"slow": (50.0, 88.0), "medium": (92.0, 124.0), "fast": (128.0, 180.0)}
# Of 64 English words for moods, the cosine with the first axis goes with the composer's arousal
# (correlation 0.77), that with the second with its valence (-0.82); in German and French half so.
_POLES = (
    ("fast energetic music", "slow calm music"),
    ("sad melancholic music", "happy cheerful music"),
)
_MIDDLE = (-0.1, -0.07)  # mean cosines of those words
_FREEDOM = 0.25  # of a style's range of tempi, in either direction
_SADNESS = 4.0


class UsualControls:
    """Fills in what nobody said; embeds what is slow, fast, glad and sad once."""

    def __init__(self, mulan: Mulan) -> None:
        self._mulan = mulan
        self._axes: Float[Tensor, "2 D"] | None = None

    def complete(
        self,
        controls: Controls,
        point: Float[Tensor, " D"],
        *,
        style: str,
        pace: str | None,
        key: str | None,
        mode: str | None,
        seed: int,
    ) -> Controls:
        """``controls`` with a tempo, a bar and chords.

        Args:
            controls: What is said.
            point: Where the wish lies, among texts: how lively and how sad it is.
            style: Of the composer; whose usual ones are drawn.
            pace: ``slow``, ``medium`` or ``fast``, if that was said.
            key: Tonic, such as ``"F#"``, if that was said.
            mode: ``minor``, ``dorian``..., if that was said.
            seed: Of the clip; decides which of the usual ones.
        """
        usual, rng = STYLES[style], Random(seed)
        lively, sad = self.feeling(point)
        drawn = rng.choices(list(usual.metres), list(usual.metres.values()))[0]
        tempo = controls.tempo
        if tempo is None:
            slowest, fastest = usual.tempo
            if pace in _PACES:
                least, most = _PACES[pace]
                meets = max(slowest, least) < min(fastest, most)
                slowest = max(slowest, least) if meets else least
                fastest = min(fastest, most) if meets else most
            place = lively + rng.uniform(-_FREEDOM, _FREEDOM)
            tempo = round(slowest + (fastest - slowest) * min(max(place, 0.0), 1.0))
        chords = controls.chords
        if chords is None:
            tonic = None if key is None else pitch_class(key)
            if tonic is None:
                tonic = rng.randrange(12)
                mode = mode or rng.choices(*_modes(usual, sad))[0]
            chords = usual_chords(usual, tonic, mode or "major", rng)
        return replace(
            controls,
            tempo=float(tempo),
            beats_per_bar=controls.beats_per_bar or beats_in_bar(drawn),
            chords=chords,
        )

    def feeling(self, point: Float[Tensor, " D"]) -> tuple[float, float]:
        """How lively a wish is, 0 to 1 and 0.5 for most, and how sad, around 0."""
        if self._axes is None:
            poles = self._mulan.embed_text([text for pair in _POLES for text in pair])
            seen = torch.nn.functional.normalize(poles - self._mulan.text_mean, dim=-1)
            self._axes = torch.nn.functional.normalize(seen[0::2] - seen[1::2], dim=-1)
        wanted = torch.nn.functional.normalize(point - self._mulan.text_mean, dim=-1)
        lively, sad = (self._axes @ wanted).tolist()
        return min(max(0.5 + lively - _MIDDLE[0], 0.0), 1.0), sad - _MIDDLE[1]


def _modes(style: Style, sad: float) -> tuple[list[str], list[float]]:
    """Modes of a style and their weights: the sadder the wish, the more those like minor."""
    weights = {
        mode: weight * math.exp((_SADNESS if is_minor(mode) else -_SADNESS) * sad)
        for mode, weight in style.modes.items()
    }
    return list(weights), list(weights.values())


def usual_chords(style: Style, tonic: int, mode: str, rng: Random) -> str:
    """Two phrases of a style in a key, in the order A A B A, as a chart of bars.

    Args:
        style: Whose progressions.
        tonic: Pitch class.
        mode: ``major``, ``dorian``...; a style that has none in it gets plain progressions, in
            minor or major by the mode's third.
        rng: Chooses.

    Example:
        >>> usual_chords(STYLES["folk"], 7, "major", Random(1)).count("|") >= 3
        True
    """
    plain = _PLAIN["minor" if is_minor(mode) else "major"]
    bank: Mapping[str, tuple[str, ...]] = style.harmony.get(mode, plain)
    first = rng.choice(bank.get("A", plain["A"]))
    second = rng.choice(bank.get("B", bank.get("A", plain["A"])))
    bars = " | ".join((first, first, second, first)).split("|")
    return " | ".join(
        " ".join(chord(numeral, tonic).symbol for numeral in bar.split()) for bar in bars
    )


# For styles that know no such key: a raga has neither, a lament no major.
_PLAIN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "major": {"A": ("I | V | vi | IV", "I | IV | V | I"), "B": ("IV | I | ii | V",)},
    "minor": {"A": ("i | bVI | bIII | bVII", "i | iv | v | i"), "B": ("bVI | bVII | i | i",)},
}
