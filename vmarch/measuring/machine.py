"""What a machine says of itself, in /proc and /sys."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

__all__ = ["clock_hz", "facts"]

SYSTEM = Path("/sys")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _cpu(key: str) -> str:
    found = re.search(rf"^{key}\s*: (.*)$", _text(Path("/proc/cpuinfo")), re.MULTILINE)
    return found[1].strip() if found else ""


def clock_hz() -> float | None:
    """The processor's clock as the kernel states it; None where it does not."""
    mhz = _cpu("cpu MHz")
    return float(mhz) * 1e6 if mhz else None


def facts() -> dict[str, object]:
    """Processor, clock, caches, cores, memory, kernel, mitigations, disks and interfaces; empty where not told."""
    cpus, devices = SYSTEM / "devices/system/cpu", SYSTEM / "block"
    caches = sorted((cpus / "cpu0/cache").glob("index*"))
    memory = re.search(r"^MemTotal:\s+(\d+) kB", _text(Path("/proc/meminfo")), re.MULTILINE)
    holes = sorted((cpus / "vulnerabilities").glob("*"))
    real = [path for path in sorted(devices.glob("*")) if (path / "device").exists() or path.name.startswith("vd")]
    return {
        "processor": _cpu("model name"),
        "instruction_set": platform.machine(),
        "clock_hz": clock_hz(),
        "cores": os.cpu_count(),
        "caches": {f"L{_text(c / 'level')} {_text(c / 'type').lower()}": _text(c / "size") for c in caches},
        "memory_bytes": int(memory[1]) * 1024 if memory else None,
        "kernel": platform.release(),
        "under_a_hypervisor": "hypervisor" in _cpu("flags").split(),
        "kvm": Path("/dev/kvm").exists(),
        "mitigations": {path.name: _text(path) for path in holes},
        "disks": {
            path.name: {"sectors_512": _text(path / "size"), "rotates": _text(path / "queue/rotational") == "1"}
            for path in real
        },
        "interfaces": {path.name: _text(path / "mtu") for path in sorted((SYSTEM / "class/net").glob("*"))},
    }
