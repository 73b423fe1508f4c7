"""Domain 0: shared by all guests, until it saturates; and what stops when it stops."""

from __future__ import annotations

from collections.abc import Sequence

from architectures import Architecture, load_architecture
from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, constant, path_s, share, variant
from experiments.claims.search import between, bracket
from experiments.claims.spec import (
    Claim,
    Evidence,
    Plot,
    Verdict,
    above,
    below,
    evidence,
    standing,
    whether,
)
from simcore.demands import Demand
from simcore.engines import engine
from simcore.statistics import Estimate, mean_interval
from simcore.totals import Settings
from simcore.units import ticks
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.scenario import Scenario

__all__ = ["CLAIMS"]

DOMAIN_0 = "driver domain"
LEVEL = 0.95  # share of the most throughput from which it counts as levelled off, and utilisation as full
REQUESTS = "tcp-rr"


def shared(bench: Bench) -> Verdict:
    """One request at a time from each of 1, 2, ... guests: throughput, response, and how busy Domain 0 is."""
    guests = bench.pick((1, 2, 4, 8, 16), (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64))
    wider = variant("xen-two-vcpus", "xen-pv", back_end_vcpus=2)
    one, two = (_sweep(bench, architecture, guests) for architecture in (load_architecture("xen-pv"), wider))
    knee, moved = _knee(guests, one), _knee(guests, two)
    most, alone = one["throughput"][-1], one["throughput"][0]
    busy, cores = one["Domain 0 busy"][-1], one["cores busy"][-1]
    per_guest = [_over(rate, n * alone.value) for n, rate in zip(guests, one["throughput"], strict=True)]
    slower = _over(one["response"][-1], one["response"][0].value)
    lines = [
        evidence(
            f"{guests[-1]} guests: throughput of each over that of one alone",
            per_guest[-1],
            below(per_guest[-1], LEVEL),
        ),
        evidence(f"{guests[-1]} guests: response over that of one", slower, above(slower, 1.0)),
        evidence(
            f"{guests[-1]} guests: Domain 0 busy over with one",
            _over(busy, one["Domain 0 busy"][0].value),
            above(busy, one["Domain 0 busy"][0].value),
        ),
    ]
    lines += [
        evidence(f"{n} guests{note}: {what}", values[number])
        for note, sweep in (("", one), (", two virtual processors for Domain 0", two))
        for number, n in enumerate(guests)
        for what, values in sweep.items()
    ]
    limit = (
        "Domain 0 saturates"
        if busy.low >= LEVEL
        else f"the {bench.host.cores} cores saturate, which Domain 0 shares with the guests"
    )
    gain = _over(most, alone.value)
    return Verdict(
        standing(lines),
        f"{gain.value:.2f} times the throughput of one guest with {guests[-1]}: {limit} (Domain 0 "
        f"{100 * busy.value:.0f} %, cores {100 * cores.value:.0f} % busy)",
        *(gain.value, gain.low, gain.high),
        boundary=f"throughput levels off {between(knee)} guests with one request under way each; with two virtual "
        f"processors for Domain 0 {between(moved)}, at {two['throughput'][-1].value / most.value:.2f} times the "
        f"throughput",
        why="every request of every guest passes the back end's processors: at their limit more guests only wait "
        "longer",
        lines=tuple(lines),
        plot=Plot(
            line_plot,
            (
                Panel(
                    [
                        Line("Domain 0 busy", list(guests), *_parts(one["Domain 0 busy"])),
                        Line("cores busy", list(guests), *_parts(one["cores busy"])),
                        Line("throughput of each guest, alone = 1", list(guests), *_parts(per_guest)),
                        Line("Domain 0 busy, two virtual processors", list(guests), *_parts(two["Domain 0 busy"])),
                    ],
                    "guests, one request under way each",
                    "share",
                    x_log=True,
                ),
            ),
            f"Throughput levels off {between(knee)} guests; two virtual processors for Domain 0 move that to "
            f"{between(moved)}",
        ),
    )


def _knee(guests: Sequence[int], sweep: dict[str, list[Estimate]]) -> tuple[float | None, float | None]:
    """Between which numbers of guests the throughput reaches its level."""
    rates = dict(zip(guests, sweep["throughput"], strict=True))
    most = max(rate.value for rate in rates.values())
    return bracket(guests, lambda n: rates[int(n)].high < LEVEL * most)


def _sweep(bench: Bench, architecture: Architecture, guests: Sequence[int]) -> dict[str, list[Estimate]]:
    found: dict[str, list[Estimate]] = {"throughput": [], "response": [], "Domain 0 busy": [], "cores busy": []}
    for count in guests:
        scenario = bench.scenario(REQUESTS, architecture, guests=count, vcpus=1)
        found["throughput"].append(bench.estimate(scenario, "throughput_per_s"))
        found["response"].append(bench.estimate(scenario, "response_s"))
        found["Domain 0 busy"].append(bench.estimate(scenario, lambda result: share(result, DOMAIN_0)))
        found["cores busy"].append(bench.estimate(scenario, lambda result: share(result, "cores")))
    return found


def _over(found: Estimate, to: float) -> Estimate:
    return Estimate(found.value / to, found.low / to, found.high / to, found.n, found.level)


def _parts(found: Sequence[Estimate]) -> list[list[float]]:
    return [[getattr(one, part) for one in found] for part in ("value", "low", "high")]


GUESTS = 4
WORK = Demand.USER_CYCLES
IO = made("requests", {WORK: 1000.0}, ({"kind": "receive", "size": "1 B"}, {"kind": "send", "size": "1 B"}))
COMPUTE = made("computing", {WORK: 1e6}, varied=(WORK,))
OUTPUT = made("output", {WORK: 1000.0}, ({"kind": "send", "size": "64 B", "sync": False},))


def single_point(bench: Bench) -> Verdict:
    """A part is lost at half time: what of input and output, and of computation, is left."""
    lines = []
    shown = None
    for name in bench.runs_here("xen-pv", "hyperv", "full-translation", "workstation-translation"):
        one = load_architecture(name)
        part = one.capabilities.fails_with
        left_io, left_work = (_left(bench, workload, name, _lost(bench, name)) for workload in (IO, COMPUTE))
        alone = part == DOMAIN_0
        lines += [
            evidence(f"{name}, its {part} lost: share of requests left", left_io, below(left_io, 0.0)),
            evidence(
                f"{name}, its {part} lost: share of computation left",
                left_work,
                whether(left_work.low <= 1.0 <= left_work.high or abs(left_work.value - 1.0) < 0.01)
                if alone
                else below(left_work, 0.0),
            ),
        ]
        shown = shown or left_io
    assert shown is not None
    until = _output_left(bench)
    lines.append(Evidence("xen-pv, Domain 0 lost: messages that each guest still puts out without waiting", until))
    each = bench.runs_here("kvm-vhost")
    words = f"output that nobody waits for goes on for {until:.0f} messages, until the ring is full"
    if each:
        left = _left(bench, IO, "kvm-vhost", ("I/O threads 1",))
        lines.append(evidence(f"kvm-vhost, one of {GUESTS} back ends lost: share of requests left", left))
        rest = f"{100 * left.value:.0f} % of {GUESTS} guests' requests"
        words += f"; with a back end for each guest (vhost) the loss of one leaves {rest}"
    else:
        words += f"; an architecture with a back end for each guest does not exist on {bench.host.name}"
    return Verdict(
        standing(lines),
        f"{100 * shown.value:.0f} % of all guests' requests are left when Domain 0 stops; computation goes on",
        *(100.0 * shown.value, 100.0 * shown.low, 100.0 * shown.high),
        boundary=words,
        why="the loss of the driver domain takes the only way to the devices; processors are the hypervisor's. The "
        "loss of a "
        "hypervisor, or of a hosted monitor's operating system, takes both",
        lines=tuple(lines),
    )


def _lost(bench: Bench, name: str) -> tuple[str, ...]:
    """The domains that stop with the part on which an architecture depends: the driver domain, or everything."""
    domains = [domain.name for domain in _scenario(bench, IO, name).model.domains]
    own = load_architecture(name).capabilities.fails_with
    return (own,) if own in domains else tuple(domains)


def _scenario(bench: Bench, workload: object, name: str, **options: object) -> Scenario:
    return bench.scenario(workload, name, guests=GUESTS, vcpus=1, **options)  # type: ignore[arg-type]


def _left(bench: Bench, workload: object, name: str, lost: tuple[str, ...]) -> Estimate:
    """Operations of all guests in the second half of a run, with the loss over without, by replication."""
    sound = _scenario(bench, workload, name)
    half = bench.pick(40, 400) * path_s(sound)
    settle = half / 10.0  # what was under way at the loss may end
    hurt = _scenario(bench, workload, name, faults=tuple((half, domain) for domain in lost))
    shares = [
        _done(bench, hurt, half + settle, 2.0 * half, k) / _done(bench, sound, half + settle, 2.0 * half, k)
        for k in range(1 if constant(sound) else bench.setting.replications)
    ]
    return mean_interval(shares * bench.setting.replications if len(shares) == 1 else shares, bench.setting.level)


def _done(bench: Bench, scenario: Scenario, since_s: float, until_s: float, replication: int) -> float:
    """Operations completed between two times of a run."""
    return _completed(bench, scenario, until_s, replication) - _completed(bench, scenario, since_s, replication)


def _completed(bench: Bench, scenario: Scenario, until_s: float, replication: int) -> float:
    settings = Settings(seed=bench.setting.seed, replication=replication, horizon_ticks=ticks(until_s))
    window = engine("auto")(scenario.model, settings)
    return float(sum(totals.completed for totals in window.whole.classes))


def _output_left(bench: Bench) -> float:
    """Messages a guest completes after the loss although nothing takes them from its ring."""
    half = 100 * path_s(_scenario(bench, OUTPUT, "xen-pv"))
    hurt = _scenario(bench, OUTPUT, "xen-pv", faults=((half, DOMAIN_0),))
    return _done(bench, hurt, half, 50.0 * half, 0) / GUESTS


CLAIMS = (
    Claim(
        "dom0-is-shared",
        "Domain 0 manages the devices for all guests",
        "xeon-2003",
        "Xen's own host: two processors, one for Domain 0 and one for the guests",
        43,
        shared,
    ),
    Claim(
        "dom0-single-point",
        "Who controls Domain 0 controls the system, and its loss stalls the system",
        "xeon-2003",
        "Xen's own host",
        44,
        single_point,
    ),
)
