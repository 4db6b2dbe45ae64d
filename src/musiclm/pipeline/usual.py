"""A point of the joint space in, a usual tempo, bar and harmony for such music out.

Music needs a beat before the first note, and few prompts name one. So a tempo is drawn from the
range of the style that lies nearest, and a phrase or two of chords that the style uses, in the key
that was named or in any. Without chords the stages lose their key within a minute and nothing comes
back; whoever wants that says ``chords="free"``. The record beside the audio says what was drawn.
"""

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


class UsualControls:
    """Fills in what nobody said; embeds the names of all styles once."""

    def __init__(self, mulan: Mulan) -> None:
        self._mulan = mulan
        self._styles: Float[Tensor, "n D"] | None = None

    def complete(
        self,
        controls: Controls,
        point: Float[Tensor, " D"],
        *,
        pace: str | None,
        key: str | None,
        mode: str | None,
        seed: int,
    ) -> Controls:
        """``controls`` with a tempo, a bar and chords.

        Args:
            controls: What is said.
            point: Where the wish lies, among texts.
            pace: ``slow``, ``medium`` or ``fast``, if that was said.
            key: Tonic, such as ``"F#"``, if that was said.
            mode: ``minor``, ``dorian``..., if that was said.
            seed: Of the clip; decides which of the usual ones.
        """
        style = STYLES[self.nearest_style(point)]
        rng = Random(seed)
        drawn = rng.choices(list(style.metres), list(style.metres.values()))[0]
        tempo = controls.tempo
        if tempo is None:
            slowest, fastest = style.tempo
            if pace in _PACES:
                least, most = _PACES[pace]
                meets = max(slowest, least) < min(fastest, most)
                slowest = max(slowest, least) if meets else least
                fastest = min(fastest, most) if meets else most
            tempo = round(rng.uniform(slowest, fastest))
        chords = controls.chords
        if chords is None:
            tonic = None if key is None else pitch_class(key)
            if tonic is None:
                tonic = rng.randrange(12)
                mode = mode or rng.choices(list(style.modes), list(style.modes.values()))[0]
            chords = usual_chords(style, tonic, mode or "major", rng)
        return replace(
            controls,
            tempo=float(tempo),
            beats_per_bar=controls.beats_per_bar or beats_in_bar(drawn),
            chords=chords,
        )

    def nearest_style(self, point: Float[Tensor, " D"]) -> str:
        """The style whose name lies nearest, each seen from the middle of all texts."""
        names = list(STYLES)
        if self._styles is None:
            embedded = self._mulan.embed_text([name.replace("_", " ") for name in names])
            self._styles = embedded - self._mulan.text_mean
        wanted = (point - self._mulan.text_mean)[None]
        return names[int(torch.cosine_similarity(self._styles, wanted).argmax())]


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
