"""What measured numbers belong to: this machine, and the most memory that a process held."""

import os
import platform
from pathlib import Path
from typing import Any


def machine_facts() -> dict[str, Any]:
    """Processor, cores, system and Python."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def machine_line(machine: dict[str, Any]) -> str:
    """The same for people."""
    return f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}"


def peak_memory_bytes() -> int:
    """The most memory that this process ever held.

    On Linux ``getrusage`` will not do: a program started by a larger one inherits the larger one's
    peak, so that a test suite or a notebook would be measured in our place.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes where there is no /proc
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def _processor() -> str:
    """The processor's own name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
