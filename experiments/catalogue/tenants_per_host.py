"""How many tenants does a host carry before the 99th percentile of a request is lost?

Each guest serves requests that arrive by themselves. Guests are added until the limit breaks, and the
number is found by halving in between: at each, replications are added until the interval lies on one side.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from architectures import load_architecture
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.engines import COMPILED
from simcore.errors import CapabilityError
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.fitting import Bound, Capacity, Found
from vmarch.loading import busiest
from vmarch.output import Row
from vmarch.scenario import Scenario
from vmarch.tables import Table
from vmarch.tenancy import Tenancy
from workloads import load_workload

__all__ = ["EXPERIMENT"]

TENANT = "tenant"


def run(context: Context) -> Outcome:
    """For each workload the number of tenants under each architecture, and the curves that it was read from."""
    rows: list[Row] = []
    findings, panels, tables = [], [], []
    for workload, rate, limit_ms in zip(
        context["workloads"], context["rates_per_s"], context["limits_ms"], strict=False
    ):
        bound = Bound(TENANT, "p99", limit_ms * 1e-3)
        found = {}
        for name in context["architectures"]:
            with suppress(CapabilityError):  # it cannot carry the workload
                host = _host(context, name, workload, rate)
                found[name] = context.fit(host, bound, most=context["most"], engine=COMPILED)
        titles = {name: load_architecture(name).title for name in found}
        rows += [{"workload": workload, **row} for name, one in found.items() for row in _rows(name, one)]
        words = f"{workload}, {rate:g} requests a second"
        findings.append(f"{workload}, at most {limit_ms:g} ms: {_finding({titles[n]: o for n, o in found.items()})}")
        lines = [_line(titles[name], one) for name, one in found.items() if any(each.estimate for each in one.tried)]
        title = f"{words}; dotted: the limit, {limit_ms:g} ms"
        panels.append(
            Panel(lines, "tenants", "99th percentile (ms)", title, x_log=True, y_log=True, levels={"": limit_ms})
        )
        columns = ("architecture", "tenants", "between", "99th percentile", "busiest")
        cells = [_words(titles[name], one, bound) for name, one in found.items()]
        tables.append(Table(f"Tenants per host: {words} each, 99th percentile at most {limit_ms:g} ms", columns, cells))
    finding = f"Tenants on {context['cores']} cores. {'. '.join(findings)}"
    context.draw(
        line_plot,
        "tenants_per_host",
        panels,
        title=finding,
        caption=f"Each tenant has {context['vcpus']} virtual processors, and open arrivals. A curve "
        f"ends where more arrives than can be served. {context.caption}",
    )
    return Outcome(rows, f"{finding}.", tables)


def _host(context: Context, name: str, asked: str, rate_per_s: float) -> Tenancy:
    """One tenant on the host."""
    tasks = {"arrivals": "open", "rate": rate_per_s, "count": 1, "think": 0.0, "think_distribution": None}
    workload = load_workload(asked).with_(tasks=tasks)
    host = context.host.with_(cores=context["cores"])
    tenant = Scenario(
        workload,
        load_architecture(name),
        host,
        vcpus=context["vcpus"],
        name=TENANT,
        operations=context["operations"],
    )
    return Tenancy((tenant,), "tenants")


def _line(title: str, one: Capacity) -> Line:
    there = [(each.guests, each.estimate) for each in one.tried if each.estimate]
    return Line.of(title, [guests for guests, _ in there], [found for _, found in there], 1e3)


def _rows(name: str, one: Capacity) -> list[Row]:
    return [
        {
            "architecture": name,
            "tenants": each.guests,
            **{f"p99_{end}_s": getattr(each.estimate, end, None) for end in ("value", "low", "high")},
            "holds": each.verdict.good,
            "sure": each.verdict.sure,
            "status": each.state,
            "fit": one.guests,
            "fit_low": one.low,
            "fit_high": one.high,
        }
        for each in one.tried
    ]


def _words(title: str, one: Capacity, bound: Bound) -> Sequence[str]:
    last = next((each for each in reversed(one.tried) if each.guests == one.guests), None)
    between = f"{one.low} .. {'more' if one.high is None else one.high}"
    return [
        title,
        str(one.guests),
        between,
        bound.said(last.estimate.value) if last and last.estimate else "",
        _part(last),
    ]


def _part(last: Found | None) -> str:
    if last is None or last.estimate is None:
        return ""
    name, share = busiest(last.cell)
    return f"{name}, {100 * share.value:.0f} %"


def _finding(found: dict[str, Capacity]) -> str:
    """How many fit, the most first."""
    groups: dict[int, list[str]] = {}
    for name in sorted(found, key=lambda name: -found[name].guests):
        groups.setdefault(found[name].guests, []).append(name)
    return ", ".join(f"{number} under {' / '.join(names)}" for number, names in groups.items()) or "refused by all"


EXPERIMENT = Experiment(
    name="tenants_per_host",
    title="Tenants per host before the 99th percentile is lost",
    run=run,
    order=41,
    parameters=(
        Parameter("workloads", ("oltp", "web-server"), "What each tenant runs.", ("oltp",)),
        Parameter("rates_per_s", (300.0, 400.0), "Requests that arrive at each tenant.", low=1e-3, high=1e7),
        Parameter("vcpus", 2, "Of each tenant.", low=1, high=64),
        Parameter("cores", 4, "Of the host.", low=1, high=4096),
        Parameter("limits_ms", (5.0, 10.0), "Of the 99th percentile.", low=1e-6, high=1e6),
        Parameter("most", 200, "Tenants to try at most.", low=1, high=10_000),
        Parameter(
            "architectures",
            ("container", "kvm-vhost", "xen-pv", "hyperv", "assist-nested", "gvisor-kvm", "firecracker"),
            "Architectures.",
            ("container", "kvm-vhost", "xen-pv", "hyperv", "assist-nested"),
        ),
    ),
    replications=(8, 3),
    operations=(1000, 150),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
