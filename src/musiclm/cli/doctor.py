"""``musiclm doctor``: what this machine has, what is missing, and the one fix for each."""

import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

_ENOUGH_DISK = 2 * 10**9
_MARKS = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str  # the thing looked at
    state: Literal["ok", "note", "missing"]  # "missing" stops musiclm from working
    found: str  # what is there
    fix: str = ""  # what to do, if anything


def doctor(
    model: Annotated[str, typer.Option(help="Model to verify.")] = "small",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Say what this machine has, what is missing, and the one fix for each."""
    findings = [
        _python(),
        *_torch(),
        _sound_fonts(),
        _disk(),
        _model(model),
    ]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            fix = f"\n{'':9}fix: {finding.fix}" if finding.fix else ""
            print(f"{_MARKS[finding.state]}  {finding.what}: {finding.found}{fix}")
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)


def _python() -> Finding:
    """Version and machine; older ones cannot have come this far."""
    return Finding(
        "Python",
        "ok",
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores",
    )


def _torch() -> list[Finding]:
    """The build, the accelerator it does or does not find, and fast arithmetic."""
    try:
        import torch
    except ImportError as error:
        return [Finding("torch", "missing", str(error), "pip install torch")]
    build = torch.version.cuda
    if build is None:
        findings = [Finding("torch", "ok", f"{torch.__version__}, build for CPUs")]
    elif torch.cuda.is_available():
        name = torch.cuda.get_device_name(0)
        findings = [Finding("torch", "ok", f"{torch.__version__}, CUDA {build}, {name}")]
    else:
        findings = [
            Finding(
                "torch",
                "note",
                f"{torch.__version__}, a CUDA {build} build on a machine without a usable GPU",
                "the CPU build of torch saves 2.8 GB of disk: scripts/setup installs it",
            )
        ]
    threads = torch.get_num_threads()
    if _has_fast_bf16():
        findings.append(Finding("bfloat16", "ok", f"in hardware; {threads} threads"))
    else:
        findings.append(
            Finding("bfloat16", "note", f"not in hardware: float32 is used; {threads} threads")
        )
    return findings


def _has_fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 natively."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags or " bf16" in flags


def _sound_fonts() -> Finding:
    """Needed only to render a training corpus with sampled instruments."""
    from musiclm.corpus.font import best_packages, find_sound_fonts
    from musiclm.errors import DataError

    install = f"apt-get install {' '.join(best_packages())}"
    try:
        found = find_sound_fonts()
    except DataError:
        about = "none: only needed to build a corpus, and --sound own does without"
        return Finding("sound fonts", "note", about, install)
    names = ", ".join(font.name for font in found)
    if len(found) < len(best_packages()):
        about = f"{names}; with more of them, training hears more than one of an instrument"
        return Finding("sound fonts", "note", about, install)
    return Finding("sound fonts", "ok", names)


def _disk() -> Finding:
    """Room where files would be written."""
    free = shutil.disk_usage(Path.cwd()).free
    if free < _ENOUGH_DISK:
        return Finding(
            "disk", "note", f"{free / 1e9:.1f} GB free here", "training wants 2 GB or more"
        )
    return Finding("disk", "ok", f"{free / 1e9:.1f} GB free here")


def _model(name: str) -> Finding:
    """Whether the model is there, and every byte as it was published."""
    from musiclm.errors import ArtifactError
    from musiclm.pipeline.folder import find_model, folder_bytes, verify_model

    try:
        folder = find_model(name)
        description = verify_model(folder)
    except ArtifactError as error:
        where, _, fix = str(error).rpartition(": ")
        return Finding("model", "missing", where, fix)
    size = folder_bytes(folder) / 1e6
    return Finding(
        "model",
        "ok",
        f"{description.name} {description.version}, {size:.1f} MB, every checksum right",
    )
