"""Seconds in, what the default microphone heard out.

For a tune that is hummed rather than played from a file. It listens for a fixed time and does not
stream; playing is in ``cli/play.py``.
"""

import torch

from musiclm.audio.device import sounddevice_for
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.tokens.timing import Seconds, seconds_to_samples

LONGEST_SECONDS = 600
"""As long as the longest melody that is read."""
_INSTEAD = "give a recording as a file"


def record(seconds: Seconds, sample_rate: int = 32_000) -> Waveform:
    """Listen to the default microphone, one channel; returns when the time is over.

    Args:
        seconds: How long to listen, above 0 and up to 600.
        sample_rate: Rate wanted, Hz; recorded at the device's own rate and resampled.

    Raises:
        AudioError: A duration or rate out of range; the package sounddevice or PortAudio is
            missing; there is no microphone, or it refuses.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise AudioError(
            f"a recording takes more than 0 and up to {LONGEST_SECONDS} seconds, got {seconds}"
        )
    if sample_rate < 1:
        raise AudioError(f"sample_rate must be at least 1 Hz, got {sample_rate}")
    device = sounddevice_for("recording", instead=_INSTEAD)
    try:
        # Not at the rate wanted: many devices offer one or two rates and refuse the others.
        rate = round(device.query_devices(kind="input")["default_samplerate"])
        n_samples = max(1, seconds_to_samples(seconds, rate))
        frames = device.rec(n_samples, samplerate=rate, channels=1, dtype="float32", blocking=True)
    except device.PortAudioError as error:
        raise AudioError(
            f"the microphone cannot be used ({error}): connect one, allow its use, or {_INSTEAD}"
        ) from None
    return Waveform(resample(torch.from_numpy(frames.T.copy()), rate, sample_rate), sample_rate)
