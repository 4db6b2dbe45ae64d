"""What is asked for, as it changes, in; what every stage is told for every frame out.

A course joins the timeline (beats, bars, the end), the ensemble (style, players) and the untimed
conditions (MuLan tokens and facts), which hold in segments. All only grow: a wish or control that
comes while music is played takes effect in the first frame that is not planned yet, and ``events``
says when that was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.errors import GenerationError
from musiclm.pipeline.plan import Controls, Timeline, controls_of
from musiclm.pipeline.wish import Wish
from musiclm.prompt.ensemble import SILENT, SOUNDS, level_of, said_of
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.timing import frames_to_seconds, seconds_to_frames

Transition = Literal["cut", "blend", "bar"]
"""How a wish takes over: at once, little by little, or on the next bar line."""
LONGEST_BLEND_SECONDS = 60.0
_RATE = TIMELINE_STREAM.frame_rate


def checked_transition(transition: str, blend_seconds: float) -> None:
    """Refuse what is no transition.

    Raises:
        GenerationError: Another word, or a blend that is no number above 0 up to a minute.
    """
    if transition not in ("cut", "blend", "bar"):
        raise GenerationError(f'a transition is "cut", "blend" or "bar", got {transition!r}')
    try:
        possible = 0 < blend_seconds <= LONGEST_BLEND_SECONDS
    except TypeError:
        possible = False
    if not possible:
        raise GenerationError(
            f"a blend takes more than 0 and at most {LONGEST_BLEND_SECONDS:g} seconds, got "
            f"{blend_seconds!r:.40}"
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that took effect."""

    seconds: float  # in the music
    what: str  # "prompt", "ensemble", "controls", "end", "retry" or "window"
    detail: Any

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"seconds": round(self.seconds, 3), "what": self.what, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Segment:
    """Untimed conditions and the first frame of the timeline for which they hold."""

    frame: int
    tokens: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a model turns wishes into conditions."""

    point_of: Callable[[Wish], Float[Tensor, " D"]]
    tokens_of: Callable[[Float[Tensor, " D"]], Int[Tensor, "1 M"]]
    ensemble_of: Callable[[Wish, Float[Tensor, " D"]], Int[Tensor, " K"]]
    chords_of: Callable[[Wish], str | None] = lambda wish: None
    """What a later wish brings that names a key; the chords before would be of another one."""


@dataclass(frozen=True, slots=True)
class _Cue:
    frame: int
    wish: Wish
    transition: Transition
    blend_seconds: float


@dataclass(frozen=True, slots=True)
class _Blend:
    start: Tensor
    end: Tensor
    first: int
    n_frames: int
    wish: Wish


class Course:
    """Where a piece is going; ``plan`` goes on, everything else bends it.

    State: ``timeline``, ``ensemble`` ``[1, K, t]`` of the same frames, ``segments`` (the first
    begins at frame 0), ``controls``, ``events``.
    """

    def __init__(
        self,
        voice: Voice,
        wish: Wish,
        controls: Controls,
        *,
        seconds: float | None,
        n_before: int = 0,
    ) -> None:
        """Begin.

        Args:
            voice: Of the model.
            wish: What is wanted at first.
            controls: What is said about time at first.
            seconds: Length of the piece; ``None`` while it has no end.
            n_before: Frames of music that is continued: nothing is said about time in them.
        """
        self.timeline = Timeline(seconds)
        self.controls = controls
        self.events: list[Event] = []
        self._voice, self._wish = voice, wish
        self._point = voice.point_of(wish)
        self._players = voice.ensemble_of(wish, self._point)
        self.ensemble = torch.zeros(1, len(self._players), n_before, dtype=torch.int64)
        self._cues: list[_Cue] = []
        self._blend: _Blend | None = None
        self.segments: list[Segment] = []
        self._tell()
        self.timeline.extend(n_before, Controls())
        self.note(n_before, "prompt", wish.text)
        if said := said_of(self._players):
            self.note(n_before, "ensemble", said)
        if stated := controls.to_dict():
            self.note(n_before, "controls", stated)

    @property
    def planned_seconds(self) -> float:
        """Of the music; what comes after may still be changed."""
        return frames_to_seconds(self.timeline.reach, _RATE)

    def cue(
        self, seconds: float, wish: Wish, *, transition: Transition, blend_seconds: float
    ) -> None:
        """Let a wish take over at a moment of the music, or as soon after as nothing is planned.

        Raises:
            GenerationError: An unknown transition, or an impossible time.
        """
        checked_transition(transition, blend_seconds)
        if not 0 <= seconds < float("inf"):
            raise GenerationError(f"a cue needs a time from 0 seconds, got {seconds!r}")
        frame = seconds_to_frames(round(seconds, 6), _RATE)
        self._cues.append(_Cue(frame, wish, transition, blend_seconds))
        self._cues.sort(key=lambda cue: cue.frame)

    def control(self, changes: Mapping[str, Any]) -> None:
        """Say something else about time.

        Raises:
            GenerationError: An unknown control, or a value out of range.
        """
        self._set_controls(self.controls.changed(changes))
        self.note(self.timeline.reach, "controls", dict(changes))
        self._tell()

    def end_in(self, seconds: float) -> float:
        """Give a piece without end one; returns its length."""
        length = round(self.planned_seconds + seconds, 3)
        self.timeline.end_seconds = length
        self.note(self.timeline.reach, "end", length)
        return length

    def plan(self, n_frames: int, *, length: int | None) -> None:
        """Plan further, but neither beyond the next cue nor beyond ``length`` frames in all."""
        self._follow_cues()
        reach = self.timeline.reach
        goal = reach + n_frames
        if self._cues:
            goal = min(goal, max(self._cues[0].frame, reach + 1))
        if length is not None:
            goal = min(goal, length)
        n_new = max(0, goal - reach)
        self.timeline.extend(n_new, self.controls)
        told = heeding(self._players, self.controls)[None, :, None].expand(-1, -1, n_new)
        self.ensemble = torch.cat((self.ensemble, told), dim=-1)

    def note(self, frame: int, what: str, detail: Any) -> None:
        """Remember that something took effect."""
        self.events.append(Event(frames_to_seconds(frame, _RATE), what, detail))

    def _follow_cues(self) -> None:
        reach = self.timeline.reach
        if self._blend is not None:
            share = min(1.0, (reach - self._blend.first) / self._blend.n_frames)
            self._point = torch.lerp(self._blend.start, self._blend.end, share)
            if share >= 0.5:
                self._play(self._blend.wish, self._blend.end)
            self._blend = None if share == 1.0 else self._blend
            self._tell()
        while self._cues and self._cues[0].frame <= reach:
            cue = self._cues.pop(0)
            if cue.transition == "bar":
                line = self.timeline.next_bar(reach, self.controls)
                if line > reach:
                    # Whatever was to come before that line comes with it, in the same order.
                    rest = [replace(each, frame=max(each.frame, line)) for each in self._cues]
                    self._cues = [replace(cue, frame=line, transition="cut"), *rest]
                    return
            self._take(cue, reach)

    def _take(self, cue: _Cue, frame: int) -> None:
        point = self._voice.point_of(cue.wish)
        if cue.transition == "blend":
            n_frames = seconds_to_frames(cue.blend_seconds, _RATE)
            self._blend = _Blend(self._point, point, frame, n_frames, cue.wish)
        else:
            self._blend, self._point = None, point
        self._wish = cue.wish
        # What the new wish says wins; what it leaves open stays, so that a beat goes on.
        said = controls_of(cue.wish.facts).to_dict()
        if chords := self._voice.chords_of(cue.wish):
            said["chords"] = chords
        self._set_controls(self.controls.changed(said))
        self.note(frame, "prompt", cue.wish.text)
        if self._blend is None:
            self._play(cue.wish, point)
        self._tell()

    def _play(self, wish: Wish, point: Float[Tensor, " D"]) -> None:
        """Let style and players of a wish take over; half a style is none, so they never blend."""
        players = self._voice.ensemble_of(wish, point)
        if not torch.equal(players, self._players):
            self._players = players
            self.note(self.timeline.reach, "ensemble", said_of(players))

    def _set_controls(self, controls: Controls) -> None:
        if controls.beats_per_bar != self.controls.beats_per_bar:
            self.timeline.new_metre()
        self.controls = controls

    def _tell(self) -> None:
        """What holds from the first frame that is not planned yet."""
        facts = torch.tensor([self._wish.tokens_with(self.controls)])
        tokens = {"mulan": self._voice.tokens_of(self._point), "facts": facts}
        if self.segments and self.segments[-1].frame == self.timeline.reach:
            self.segments.pop()
        self.segments.append(Segment(self.timeline.reach, tokens))


def heeding(players: Int[Tensor, " K"], controls: Controls) -> Int[Tensor, " K"]:
    """Players, with drums and bass as controls have them: the two must not contradict each other.

    Example:
        >>> players = torch.zeros(15, dtype=torch.int64)
        >>> int(heeding(players, Controls(drums=False))[level_of("drums")])
        1
    """
    told = players.clone()
    for family in ("drums", "bass"):
        plays, level = getattr(controls, family), level_of(family)
        if plays is not None:
            told[level] = max(int(told[level]), SOUNDS) if plays else SILENT
    return told
