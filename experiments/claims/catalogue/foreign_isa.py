"""A guest of another instruction set than the host's: every instruction is translated."""

from __future__ import annotations

import math

from architectures import architecture_names, load_architecture
from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, ends, path_slowdown
from experiments.claims.search import crossing
from experiments.claims.spec import Claim, Evidence, Plot, Standing, Verdict, above, evidence, standing, whether
from simcore.demands import Demand
from vmarch.figures.plots import Line, Panel, line_plot

__all__ = ["CLAIMS"]

FOREIGN = "powerpc"
TRANSLATES = "qemu-foreign"
WORK = Demand.USER_CYCLES
READ = ({"kind": "disk_read", "size": "4 KiB", "pattern": "random"},)
HIDDEN = 1.5  # a slowdown below this, where computation has several times it, hides most of the translation


def needed(bench: Bench) -> Verdict:
    """Everything is asked for a foreign guest; then what it costs, and how input and output hide it."""
    lines = []
    names = [name for name in bench.runs_here(*architecture_names()) if name != "native"]
    for name in names:
        reason = bench.refusal(name, guest_isa=FOREIGN)
        able = "emulation" in load_architecture(name).cpu
        lines.append(
            Evidence(f"{name}: a {FOREIGN} guest", reason or "accepted", holds=whether(able is not bool(reason)))
        )
    user, kernel = (made(f"all-{part}", {part: 1e6}, varied=(part,)) for part in (WORK, Demand.KERNEL_CYCLES))
    computing = bench.slowdown(user, TRANSLATES, comparisons=2)
    in_kernel = bench.slowdown(kernel, TRANSLATES, comparisons=2)
    lines += [
        evidence("user code: slowdown", computing, above(computing, 1.0)),
        evidence("kernel code: slowdown", in_kernel, above(in_kernel, 1.0)),
    ]
    refused = sum(bool(bench.refusal(name, guest_isa=FOREIGN)) for name in names)
    points = bench.pick((1e4, 1e5, 1e6, 1e7, 1e8), (1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8))
    swept = [bench.slowdown(made("read-and-work", {WORK: cycles}, READ), TRANSLATES) for cycles in points]
    lines += [
        evidence(f"{cycles:g} user cycles to a random disk read: slowdown", found)
        for cycles, found in zip(points, swept, strict=True)
    ]
    at, low, high = (_hides(bench, override) for override in ends(bench.scenario(user, TRANSLATES), "emulated_user"))
    stands = standing(lines)
    return Verdict(
        Standing.WITHIN if stands is Standing.REPRODUCED and at else stands,
        f"{computing.value:.2f} times native for every user instruction; {refused} of {len(names)} architectures "
        f"refuse",
        *(computing.value, computing.low, computing.high),
        boundary=f"input and output hides it: below {_cycles(at)} of work to a random disk read the slowdown is under "
        f"{HIDDEN} ({_cycles(high)} to {_cycles(low)} over the cost's range)",
        why="the processor cannot execute the guest's instructions, so each becomes several of the host's; devices "
        "are as "
        "quick as ever",
        lines=tuple(lines),
        plot=Plot(
            line_plot,
            (
                Panel(
                    [Line.of("foreign guest", [cycles / 1e3 for cycles in points], swept)],
                    "thousands of user cycles to a random disk read",
                    "slowdown",
                    x_log=True,
                ),
            ),
            f"Translating every instruction costs {computing.value:.1f} times; below {_cycles(at)} to a disk read "
            f"it is hidden",
        ),
    )


MOST = 1e10  # user cycles: beyond any disk read


def _hides(bench: Bench, override: object) -> float:
    """User cycles to a random disk read below which the slowdown is hidden, by hand; 0: never, infinite: always."""

    def slowdown(cycles: float) -> float:
        workload = made("read-and-work", {WORK: cycles}, READ)
        return path_slowdown(bench.scenario(workload, TRANSLATES, overrides=override))

    found = crossing(slowdown, 1.0, MOST, HIDDEN)
    return found if found is not None else math.inf if slowdown(MOST) < HIDDEN else 0.0


def _cycles(found: float) -> str:
    return "any number of cycles" if math.isinf(found) else f"{found:,.0f} cycles"


CLAIMS = (
    Claim(
        "foreign-isa-needs-translation",
        "When the guest's instruction set is not the host's, binary translation must be adopted",
        "xeon-2003",
        "before hardware assist, when QEMU was written",
        60,
        needed,
    ),
)
