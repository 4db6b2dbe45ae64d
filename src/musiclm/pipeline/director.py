"""A wish, controls and a seed in, the course of a piece out: what is said, and what is usual."""

from musiclm.mulan.model import Mulan
from musiclm.pipeline.beginning import Continued
from musiclm.pipeline.course import Course, Voice
from musiclm.pipeline.ensemble import Ensembles
from musiclm.pipeline.meaning import Meaning
from musiclm.pipeline.plan import Controls, controls_of
from musiclm.pipeline.usual import UsualControls
from musiclm.pipeline.wish import Wish


class Director:
    """Decides what the stages are told; holds nothing but embedded words."""

    def __init__(self, mulan: Mulan, meaning: Meaning, *, follows: bool) -> None:
        """Begin.

        Args:
            mulan: The text tower.
            meaning: What wishes mean.
            follows: Whether stages hear a timeline: else a beat and chords tell them nothing.
        """
        self._meaning, self._follows = meaning, follows
        self._ensembles, self._usual = Ensembles(mulan), UsualControls(mulan)

    def course(
        self,
        wish: Wish,
        controls: Controls,
        *,
        seconds: float | None,
        seed: int,
        continued: Continued | None,
    ) -> Course:
        """What the stages are told: what is said, and what is usual where nobody says it.

        Args:
            wish: What is wanted at first.
            controls: What is said beside it.
            seconds: That are new; ``None`` without end.
            seed: Of the clip.
            continued: Music to go on from.
        """
        asked = Controls().changed({**controls_of(wish.facts).to_dict(), **controls.to_dict()})
        # Music that goes on has its own beat, and where its beats fall is not known.
        if self._follows and continued is None:
            asked = self._complete(wish, asked, seed)

        def chords_of(later: Wish) -> str | None:
            named = later.facts.key is not None and controls.chords is None
            return self._complete(later, Controls(), seed).chords if named else None

        meaning, before = self._meaning, 0.0 if continued is None else continued.seconds
        return Course(
            Voice(
                meaning.point,
                meaning.tokens,
                self._ensembles.codes,
                chords_of if self._follows else lambda later: None,
            ),
            wish,
            asked,
            seconds=None if seconds is None else seconds + before,
            n_before=0 if continued is None else continued.beginning.n_frames,
        )

    def _complete(self, wish: Wish, controls: Controls, seed: int) -> Controls:
        facts, point = wish.facts, self._meaning.point(wish)
        return self._usual.complete(
            controls,
            point,
            style=self._ensembles.style(wish, point),
            pace=facts.pace,
            key=facts.key,
            mode=facts.mode,
            seed=seed,
        )
