"""Scenes as data: what a piece of music may be for, and what that asks of it.

A scene has moods of its own, the families and styles that suit it, and a pull on tempo, energy
and room. A style is not told how to play a scene: the scene bends the same numbers that moods
bend, so every style can serve every scene it suits without knowing of it.
"""

from musiclm.corpus.craft.scene import Scene
from musiclm.corpus.craft.scenes_life import LIFE
from musiclm.corpus.craft.scenes_screen import SCREEN

SCENES: dict[str, Scene] = {**LIFE, **SCREEN}
"""Every scene by its name."""
