"""A model in, a page of example pieces out: prompts, seeds, spectrograms and Ogg files.

The rule that chooses them stands here and knows no ears: the 24 prompts below, in this order, each
made once, prompt ``i`` with seed ``i``. Nothing is made twice and nothing is left out.
"""

from collections.abc import Sequence
from pathlib import Path

from musiclm.audio.io import encode_audio, write_file
from musiclm.errors import AudioError
from musiclm.evaluate.model.clips import Progress, identity
from musiclm.evaluate.model.plots import draw_spectrogram
from musiclm.pipeline.musiclm import MusicLM

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("en", "A quiet piano ballad for a rainy evening, no drums"),
    ("fr", "Un swing rapide avec contrebasse et batterie aux balais"),
    ("es", "Una bossa nova tranquila con guitarra de nailon, 120 bpm"),
    ("de", "Dunkler Techno, treibend, 130 bpm"),
    ("it", "Un valzer elegante per archi in sol maggiore"),
    ("pt", "Samba alegre com percussão, para dançar na rua"),
    ("en", "Epic orchestral film music, horns and timpani, growing louder"),
    ("fr", "Musique de jeu vidéo 8 bits, joyeuse et rapide"),
    ("es", "Flamenco apasionado con guitarra, en mi frigio"),
    ("de", "Ein Streichquartett in d-Moll, nachdenklich"),
    ("it", "Funk con basso slap e sezione di fiati, 105 bpm"),
    ("pt", "Lo-fi hip hop para estudar, piano elétrico e vinil"),
    ("en", "A music box lullaby, very slow and soft"),
    ("fr", "Reggae ensoleillé avec orgue et guitare, 78 bpm"),
    ("es", "Tango dramático con bandoneón y violín"),
    ("de", "Ruhige Ambient-Flächen ohne Schlagzeug, wie unter Wasser"),
    ("it", "Una tarantella celtica con flauto e violino, vivace"),
    ("pt", "Rock enérgico com guitarra distorcida e bateria, 140 bpm"),
    ("en", "Synthwave for a night drive, pulsing bass, 100 bpm, in A minor"),
    ("fr", "Une marche solennelle pour cuivres"),
    ("es", "Salsa alegre con trompetas y piano, 190 bpm"),
    ("de", "Boogie-Woogie am Klavier, schnell und fröhlich"),
    ("it", "Musica da brivido per un film dell'orrore"),
    ("pt", "Blues lento com guitarra elétrica e órgão"),
)
"""Language and prompt; four of each language in turn. Written before any weights of theirs."""
SECONDS = 20.0
LARGEST_BYTES = 8_000_000
"""Of all audio files together."""

_QUALITY = 0.4  # Of Vorbis, 0 to 1: about 100 kbit/s of stereo music.


def make_examples(
    model: MusicLM,
    folder: Path,
    *,
    examples: Sequence[tuple[str, str]] = EXAMPLES,
    seconds: float = SECONDS,
    on_progress: Progress | None = None,
) -> int:
    """Make every example and the page that shows them.

    Args:
        model: Who makes them.
        folder: Gets ``01.ogg``, ``01.png`` and so on, and ``README.md``.
        examples: Language and prompt; example ``i`` is made with seed ``i``.
        seconds: Of each.
        on_progress: Told how far this is.

    Returns:
        Bytes of all audio files.

    Raises:
        AudioError: They are too large together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    lines = [_HEAD.format(n=len(examples), seconds=seconds, last=len(examples) - 1)]
    facts = identity(model)
    lines.append(f"Model {facts['name']} {facts['version']}, weights `{facts['weights_sha256']}`.")
    for index, (language, prompt) in enumerate(examples):
        clip = model.generate(prompt, duration=seconds, seed=index).clip()
        name = f"{index + 1:02d}"
        encoded = encode_audio(clip, format="ogg", quality=_QUALITY)
        total += len(encoded)
        write_file(folder / f"{name}.ogg", encoded)
        pictured = draw_spectrogram(folder / f"{name}.png", clip)
        lines.append(f"## {index + 1}. {prompt}")
        lines.append(f"Language {language}, seed {index}: [{name}.ogg]({name}.ogg)")
        if pictured:
            lines.append(f"![Spectrogram of example {index + 1}]({name}.png)")
        if on_progress:
            on_progress("examples", index + 1, len(examples))
    write_file(folder / "README.md", ("\n\n".join(lines) + "\n").encode())
    if total > LARGEST_BYTES:
        raise AudioError(
            f"the examples have {total:,} bytes, at most {LARGEST_BYTES:,} are allowed: make them "
            "shorter or fewer"
        )
    return total


_HEAD = """# Examples

{n} pieces of {seconds:g} seconds, chosen by a rule and not by ear: a fixed list of prompts in six
languages (`EXAMPLES` in `src/musiclm/evaluate/model/examples.py`), each made once, the first with
seed 0, the last with seed {last}. Nothing was made twice, nothing was left out.
`musiclm evaluate examples --out docs/examples` makes them again. All of it is AI-generated."""
