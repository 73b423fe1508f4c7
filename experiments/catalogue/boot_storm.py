"""How long until many guests that are made at once run, and what does each operation of a guest's life take?

After a failure, or in the morning, guests are created together. Their toolstacks, monitors and kernels share the host's
processors, Domain 0 where there is one, its daemons and the disk. The second figure sets the operations of a guest's
life side by side, each for one guest on an idle host, with the range over the ranges of the costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from architectures import load_architecture
from architectures.procedures import MEANINGS, Guest
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.errors import CapabilityError
from simcore.units import TICKS_PER_S, format_seconds
from vmarch.figures.intervals import interval_bars
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from vmarch.sensitivity.ranges import Sample
from vmarch.storms import Storm

__all__ = ["EXPERIMENT"]

DRAWS = 400
MEBIBYTE = 2.0**20


def run(context: Context) -> Outcome:
    """The time until the last of many guests runs, and the time of each operation."""
    guest = Guest(context["memory_mib"] * MEBIBYTE, context["touched_mib"] * MEBIBYTE, networks=1)
    lines: list[Line] = []
    each: list[Line] = []
    rows: list[Row] = []
    unknown = []
    for name in context["architectures"]:
        one = load_architecture(name)
        if not Storm(one, context.host, "create", guest).works:
            unknown.append(one.title)
            continue
        lasts = []
        for size in context["at_once"]:
            found = Storm(one, context.host, "create", guest, size).run()
            lasts.append(found.last)
            rows.append(
                {"what": "storm", "architecture": name, "operation": "create", "at_once": size, "last_s": found.last}
                | {"median_s": found.median, "low_s": None, "high_s": None, "busy": found.busy}
            )
        sizes = list(map(float, context["at_once"]))
        lines.append(Line(one.title, sizes, lasts, lasts, lasts))
        shares = [last / size for last, size in zip(lasts, sizes, strict=True)]
        each.append(Line(one.title, sizes, shares, shares, shares))
    finding = _finding(lines, context)
    context.draw(
        line_plot,
        "boot_storm",
        [
            Panel(lines, "guests made at once", "until the last one runs (s)", x_log=True, y_log=True),
            Panel(each, "guests made at once", "the same for each guest (s)", x_log=True, y_log=True),
        ],
        title=finding,
        caption=f"{context['memory_mib']} MiB and a network interface each, small kernels without a distribution's "
        f"services. {_left_out(unknown)}Host: {context.host.name}, {context.host.cores} cores. Costs at their nominal "
        "values, nothing drawn.",
    )
    times, more = _operations(context, guest)
    rows += more
    context.draw(
        interval_bars,
        "boot_storm-operations",
        times,
        title="What each operation of a guest's life takes on an idle host",
        caption=f"{context['memory_mib']} MiB of memory, {context['touched_mib']} of it written, a quarter of that "
        "since the last snapshot, a disk of 1 GiB. Bars: the middle 90 % over the costs' ranges.",
        label="seconds",
        reference=None,
    )
    return Outcome(rows, f"{finding}. {_spread(times)}")


def _left_out(titles: Sequence[str]) -> str:
    return f"Not shown, as what of it is processor work is not known: {', '.join(titles)}. " if titles else ""


def _finding(lines: Sequence[Line], context: Context) -> str:
    """How the first and the last of many stand."""
    most = context["at_once"][-1]
    ends = {line.name: line.y[-1] for line in lines}
    quick, slow = min(ends, key=lambda name: ends[name]), max(ends, key=lambda name: ends[name])
    return (
        f"{most} guests at once run after {format_seconds(ends[quick])} under {quick} and after "
        f"{format_seconds(ends[slow])} under {slow}"
    )


def _operations(context: Context, guest: Guest) -> tuple[dict[str, dict[str, tuple[float, float, float]]], list[Row]]:
    """For each operation and architecture its time, with its range over the costs' ranges."""
    shown: dict[str, dict[str, tuple[float, float, float]]] = {}
    rows: list[Row] = []
    for operation in MEANINGS:
        for name in context["architectures"]:
            one = load_architecture(name)
            try:
                storm = Storm(one, context.host, operation, guest)
            except CapabilityError:
                continue
            value, low, high = alone(storm)
            shown.setdefault(operation, {})[one.title] = (value, low, high)
            rows.append(
                {"what": "operation", "architecture": name, "operation": operation, "at_once": 1, "last_s": value}
                | {"median_s": value, "low_s": low, "high_s": high, "busy": None}
            )
    return shown, rows


def alone(storm: Storm) -> tuple[float, float, float]:
    """Seconds of an operation on an idle host, and the ends of the middle 90 % over the costs' ranges."""
    sample = Sample(storm.book, DRAWS)
    total = np.zeros(DRAWS + 1)
    for phase in storm.phases():
        for charge in (charge for stage in phase.stages for charge in stage.charges):
            total = total + phase.units * charge.count * sample[charge.cost]
    total /= TICKS_PER_S
    low, high = np.quantile(total[1:], [0.05, 0.95])
    return float(total[0]), min(float(low), float(total[0])), max(float(high), float(total[0]))


def _spread(times: dict[str, dict[str, tuple[float, float, float]]]) -> str:
    """The operation in which architectures differ most."""
    ratios = {
        operation: max(value for value, _, _ in by.values()) / min(value for value, _, _ in by.values())
        for operation, by in times.items()
        if len(by) > 1
    }
    widest = max(ratios, key=lambda operation: ratios[operation])
    return f"Architectures differ most in {widest}: by a factor of {ratios[widest]:.3g}."


EXPERIMENT = Experiment(
    name="boot_storm",
    title="A boot storm, and what each operation of a guest's life takes",
    run=run,
    order=95,
    parameters=(
        Parameter(
            "architectures",
            ("container", "gvisor-ptrace", "uml", "firecracker", "kvm-vhost", "xen-pv", "hyperv"),
            "Architectures.",
            ("container", "firecracker", "kvm-vhost", "xen-pv"),
        ),
        Parameter("at_once", (1, 2, 5, 10, 20, 50, 100, 200), "Guests made at once.", (1, 10, 50), 1, 10_000),
        Parameter("memory_mib", 256, "Of each guest.", low=1, high=2**20),
        Parameter("touched_mib", 64, "Of it written at all.", low=0, high=2**20),
    ),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
