"""Nothing in, the package that reaches loudspeakers and microphones out, or how to get it.

Playing and recording share the optional package ``sounddevice`` (extra ``play``) and what can be
wrong with it. It opens no device: see ``cli/play.py`` and ``audio/microphone.py``.
"""

from typing import Any

from musiclm.errors import AudioError


def sounddevice_for(doing: str, *, instead: str) -> Any:
    """The module ``sounddevice``.

    Args:
        doing: What it is needed for, as the first word of a message: "playing".
        instead: What else the user can do, as the last words of a message.

    Raises:
        AudioError: It is not there, or the system's part of it is not.
    """
    try:
        import sounddevice
    except ImportError:
        raise AudioError(
            f"{doing} needs the package sounddevice: pip install 'musiclm[play]', or {instead}"
        ) from None
    except OSError as error:
        raise AudioError(
            f"{doing} is not possible here ({error}): install PortAudio, or {instead}"
        ) from None
    return sounddevice
