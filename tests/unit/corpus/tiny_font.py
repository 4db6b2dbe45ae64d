"""A sound font of one sine wave, written by hand: makes the player testable on any machine."""

import math
import struct
from pathlib import Path

RATE = 24_000
LOOP = 48  # samples of one cycle: 500 Hz at the root key
ROOT_KEY = 60


def write_tiny_font(path: Path) -> Path:
    """Presets: bank 0 program 0, and bank 128 program 0; the same looped sine in both."""
    n_samples = 40 * LOOP
    wave = [round(20_000 * math.sin(2 * math.pi * n / LOOP)) for n in range(n_samples)]
    samples = struct.pack(f"<{n_samples + 46}h", *wave, *([0] * 46))
    info = _chunk(b"ifil", struct.pack("<HH", 2, 1)) + _chunk(b"INAM", b"tiny\0\0")
    presets = _preset(b"sine", 0, 0, 0) + _preset(b"sine kit", 0, 128, 1) + _preset(b"EOP", 0, 0, 2)
    to_instrument = struct.pack("<HH", 41, 0)
    loop_forever = struct.pack("<HH", 54, 1)
    to_sample = struct.pack("<HH", 53, 0)
    header = struct.pack(
        "<20sIIIIIBbHH", b"sine", 0, n_samples, LOOP, n_samples - LOOP, RATE, ROOT_KEY, 0, 0, 1
    )
    pdta = (
        _chunk(b"phdr", presets)
        + _chunk(b"pbag", struct.pack("<HHHHHH", 0, 0, 1, 0, 2, 0))
        + _chunk(b"pmod", bytes(10))
        + _chunk(b"pgen", to_instrument + to_instrument + bytes(4))
        + _chunk(b"inst", struct.pack("<20sH20sH", b"sine", 0, b"EOI", 1))
        + _chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0))
        + _chunk(b"imod", bytes(10))
        + _chunk(b"igen", loop_forever + to_sample + bytes(4))
        + _chunk(b"shdr", header + struct.pack("<20sIIIIIBbHH", b"EOS", *([0] * 9)))
    )
    body = b"sfbk" + _list(b"INFO", info) + _list(b"sdta", _chunk(b"smpl", samples))
    path.write_bytes(_chunk(b"RIFF", body + _list(b"pdta", pdta)))
    return path


def _preset(name: bytes, program: int, bank: int, bag: int) -> bytes:
    return struct.pack("<20sHHHIII", name, program, bank, bag, 0, 0, 0)


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
