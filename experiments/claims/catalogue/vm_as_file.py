"""A virtual machine is handled like a file: what each operation takes beside moving the same bytes as a file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from architectures import load_architecture
from architectures.procedures import Guest
from experiments.claims.bench import Bench
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Verdict, below, evidence, standing, whether
from simcore.errors import CapabilityError
from simcore.life.migration import rounds_of
from simcore.memory import PAGE_BYTES, Memory
from simcore.units import TICKS_PER_S, format_seconds
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.sensitivity.ranges import Floats, Sample
from vmarch.storms import Storm

__all__ = ["CLAIMS"]

NAME = "xen-pv"
DRAWS = 400
LIMIT = 2.0  # an operation is a file's if it takes at most twice as long as the bytes do as a file
GIBIBYTE = 2.0**30
SIZES = tuple(2.0**n for n in range(24, 37))  # of memory: 16 MiB to 64 GiB
READS, WRITES, NAME_ONLY = ("disk_byte", "file_byte"), ("written_byte", "disk_written_byte"), ("file_change",)
# what of a file does the same: its bytes read, written, or both (a copy), a roll-back reading an old one; or its name
# alone made, linked or removed
AS: Mapping[str, tuple[str, ...]] = {
    "save": WRITES,
    "restore": READS,
    "snapshot": WRITES,
    "roll-back": READS,
    "full-clone": (*READS, *WRITES),
    "create": NAME_ONLY,
    "clone": NAME_ONLY,
}
WORDS = {READS: "reading 4 GiB", WRITES: "writing 4 GiB", NAME_ONLY: "making one"}


SET = 1.0 * GIBIBYTE  # of 4 GiB, what a guest goes on writing to
WRITTEN = (1_000.0, 30_000.0, 300_000.0)  # pages a second: the first is judged
ROUNDS, TIMES, PAGES = 29, 3.0, 50  # Xen's tools: no more rounds, no more of the memory sent; fewer pages are the rest


@dataclass(frozen=True)
class _Ratio:
    """A ratio with the ends of its middle 90 % over the costs' ranges."""

    value: float
    low: float
    high: float


def as_file(bench: Bench) -> Verdict:
    """Each operation's time over that of the same bytes as a file, for a guest of 4 GiB, and over sizes."""
    guest = _guest(4 * GIBIBYTE)
    ratios = {operation: _over(bench, operation, guest) for operation in AS}
    lines = [
        evidence(f"{operation} over {_words(operation)} as a file", ratio, below(ratio, LIMIT))
        for operation, ratio in ratios.items()
    ]
    for operation in ("pause", "resume", "destroy"):
        seconds = float(_alone(bench, operation, guest)[0])
        lines.append(Evidence(f"{operation}, which a file knows not or as its name alone (s)", seconds))
    most = bench.pick((1, 20), (1, 50, 200))
    for many in most:
        last = Storm(load_architecture(NAME), bench.host, "create", _guest(GIBIBYTE / 4), many).run().last
        lines.append(Evidence(f"{many} guests made at once: until the last one runs (s)", last))
    lines += list(_others(bench, guest))
    moving = {name: ratio for name, ratio in ratios.items() if AS[name] != NAME_ONLY}
    worst = max(moving, key=lambda name: moving[name].value)
    from_ = ", ".join(f"{name} {_from(bench, name)}" for name in moving)
    for writes in WRITTEN:
        sent = _sent(bench, writes)
        what = f"migrate over sending 4 GiB as a file, {writes:,.0f} pages written a second"
        lines.append(Evidence(what, sent, holds=whether(sent <= LIMIT) if writes == WRITTEN[0] else Holds.APART))
    pages = _least_writes(bench)
    nothing = float(_alone(bench, "create", _guest(GIBIBYTE / 4))[0])
    return Verdict(
        standing(lines),
        f"what moves the guest's bytes takes at most {moving[worst].value:.2f} times as long as these bytes of a file "
        f"({worst}, 4 GiB; {moving[worst].low:.2f} to {moving[worst].high:.2f} over the costs' ranges)",
        *(moving[worst].value, moving[worst].low, moving[worst].high),
        boundary=f"within {LIMIT:g} times by the guest's memory: {from_}; a file needs no kernel that boots "
        f"({format_seconds(nothing)} for a small guest), one after the other where there are more; and a guest goes on "
        f"writing: from {pages:,.0f} pages written a second in a set of {SET / GIBIBYTE:g} GiB, live migration sends "
        f"more than {LIMIT:g} times its memory",
        why="saving, restoring and copying a guest is moving its memory and its disk's blocks; the rest (xl, XenStore, "
        "scripts, the kernel that starts) does not grow with the guest and is the whole of it for a small one; with a "
        "disk as fast as today's, mapping its pages one by one takes longer than reading them",
        lines=tuple(lines),
        plot=_plot(bench, list(moving)),
    )


def _guest(memory_bytes: float) -> Guest:
    """A guest that has written all its memory, with a disk as large."""
    return Guest(memory_bytes, memory_bytes, memory_bytes / 4, memory_bytes)


def _words(operation: str) -> str:
    return WORDS.get(AS[operation], "copying 4 GiB")


def _times(bench: Bench, operation: str, guest: Guest, name: str = NAME) -> tuple[Floats, Floats]:
    """Seconds of the operation, and of the same bytes as a file, for each draw of the costs; the nominal one first."""
    storm = Storm(load_architecture(name), bench.host, operation, guest)
    sample = Sample(storm.book, DRAWS)
    total, file = np.zeros(DRAWS + 1), np.zeros(DRAWS + 1)
    for phase in storm.phases():
        for charge in (charge for stage in phase.stages for charge in stage.charges):
            total = total + phase.units * charge.count * sample[charge.cost]
    for cost in AS.get(operation, ()):
        file = file + (1.0 if cost in NAME_ONLY else guest.touched_bytes) * sample[cost]
    return total / TICKS_PER_S, file / TICKS_PER_S


def _alone(bench: Bench, operation: str, guest: Guest) -> Floats:
    return _times(bench, operation, guest)[0]


def _over(bench: Bench, operation: str, guest: Guest, name: str = NAME) -> _Ratio:
    total, file = _times(bench, operation, guest, name)
    ratios = total / file
    low, high = np.quantile(ratios[1:], [0.05, 0.95])
    return _Ratio(float(ratios[0]), min(float(low), float(ratios[0])), max(float(high), float(ratios[0])))


def _sent(bench: Bench, writes_per_s: float) -> float:
    """What a live migration of 4 GiB sends, over the memory: rounds of what was written in the round before."""
    whole = 4.0 * GIBIBYTE
    memory = Memory(size=whole, written=SET, writes=writes_per_s)
    total = 0.0
    for sent in rounds_of(memory, bench.host.nic.bandwidth_bytes_per_s, ROUNDS, whole):
        total += sent
        if sent < PAGES * PAGE_BYTES or total > TIMES * whole:
            break
    return total / whole


def _least_writes(bench: Bench) -> float:
    """Pages written a second from which more than LIMIT times the memory is sent."""
    low, high = 1.0, 1e9
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _sent(bench, middle) <= LIMIT else (low, middle)
    return high


def _others(bench: Bench, guest: Guest) -> list[Evidence]:
    """The same of other architectures, for comparison."""
    found = []
    for name in bench.runs_here("container", "firecracker", "kvm-vhost"):
        for operation in ("save", "restore"):
            try:
                ratio = _over(bench, operation, guest, name)
            except CapabilityError:
                continue
            found.append(evidence(f"{name}: {operation} over {_words(operation)} as a file", ratio))
    return found


def _from(bench: Bench, operation: str) -> str:
    """The least guest whose operation is a file's."""
    for size in SIZES:
        if _over(bench, operation, _guest(size)).value <= LIMIT:
            return f"from {size / GIBIBYTE:.3g} GiB" if size >= GIBIBYTE else f"from {1024 * size / GIBIBYTE:.3g} MiB"
    return "nowhere up to 64 GiB"


def _plot(bench: Bench, operations: list[str]) -> Plot:
    """Each operation over the same bytes as a file, by the guest's size."""
    found: Mapping[str, list[_Ratio]] = {
        name: [_over(bench, name, _guest(size)) for size in SIZES] for name in operations
    }
    curves = [
        Line(
            name,
            [size / GIBIBYTE for size in SIZES],
            [r.value for r in ratios],
            [r.low for r in ratios],
            [r.high for r in ratios],
        )
        for name, ratios in found.items()
    ]
    panel = Panel(
        curves,
        "memory of the guest, all written (GiB)",
        "time over the same bytes as a file",
        x_log=True,
        y_log=True,
        levels={"twice": LIMIT},
    )
    return Plot(line_plot, (panel,), "Large guests are handled as files are, small ones are not")


CLAIMS = (
    Claim(
        "vm-as-file",
        "Through Domain 0, virtual machines are created, copied, saved, restored, migrated and rolled back like files",
        "xeon-2003",
        "Xen's own host",
        45,
        as_file,
    ),
)
