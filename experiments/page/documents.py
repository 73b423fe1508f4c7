"""The generated part of the documentation: every cost, the catalogue, and the operations of calibration.

`python -m experiments.page.documents` writes below the marker of docs/costs.md, docs/catalogue.md, docs/calibrate.md,
docs/files.md, docs/memory.md and docs/reach.md; what stands above the marker is written by hand. With `--check` it
writes nothing and exits with 1 if a page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from architectures import Architecture, architecture_names, load_architecture
from architectures.footprint import footprint_names, footprints
from architectures.protection import (
    Cost,
    Policy,
    Privileges,
    Right,
    Taken,
    load_policy,
    load_privileges,
    policy_names,
    protection_names,
)
from architectures.spec import FOLDER as ARCHITECTURES
from architectures.spec import known
from experiments.page.assumed import applications, shares_assumed
from experiments.page.files import KINDS, models_of, rows_of
from experiments.page.glossary import home, linked, pages
from simcore.costs import CostEntry, CostTable, mitigation_costs, native_costs
from simcore.hosts import Disk, Host, Nic, host_names, load_host
from simcore.units import format_bytes, format_seconds
from vmarch.calibration import NOT_USED, OPERATIONS, Operation
from vmarch.overcommit import limits
from workloads import Workload, load_workload, workload_names
from workloads.spec import IoItem

__all__ = ["PAGES", "cost_columns", "cost_row", "main", "page", "table"]

DOCS = Path(__file__).parents[2] / "docs"
MARKER = "<!-- Generated below this line by `python -m experiments.page.documents`: edit the TOML files instead. -->"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table in Markdown."""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _cell(value: object) -> str:
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def costs() -> Iterator[str]:
    """Every entry of every cost table, in the units of its file."""
    paths = sorted((ARCHITECTURES / "costs").glob("*.toml"))
    entries = [
        ("simcore/native.toml", native_costs()),
        *((f"simcore/mitigations/{kind}.toml", mitigation_costs(kind)) for kind in ("2018", "hardware")),
        *((f"architectures/costs/{path.name}", CostTable.load(path).cost) for path in paths),
        *((f"architectures/catalogue/{one.name}.toml", one.cost) for one in _architectures() if one.cost),
    ]
    everything = [entry for _, own in entries for entry in own]
    assumed = sum(entry.assumed for entry in everything)
    yield f"{len(everything)} entries in {len(entries)} files, {assumed} of them assumed."
    yield ""
    for name, own in entries:
        yield f"### {name}"
        yield ""
        if name.startswith("architectures/costs"):
            users = [one.name for one in _architectures() if Path(name).stem in one.costs]
            yield f"Used by {', '.join(users)}."
            yield ""
        yield from table(cost_columns(), [cost_row(entry) for entry in own])
    yield "## How much of the overhead is assumed"
    yield ""
    yield "Of what lies beyond the bare machine, in per cent: one operation of each application alone on the default"
    yield "host (see `vmarch compare`). A dash: the slowdown is 1.000, and there is nothing to share."
    yield ""
    yield from table(("architecture", *(f"`{name}`" for name in applications())), shares_assumed())


def cost_columns() -> tuple[str, ...]:
    """What `cost_row` tells."""
    return ("cost", "value", "range", "unit", "measured on", "carried by", "source")


def cost_row(entry: CostEntry) -> tuple[object, ...]:
    """An entry, in the units of its file."""
    span = "" if entry.low is None or entry.high is None else f"{entry.low:.10g} to {entry.high:.10g}"
    machine = entry.measured_on or ""
    if entry.clock:
        machine += f" ({entry.clock}, {entry.year})"
    source = f"ASSUMED. {entry.source}" if entry.assumed else entry.source
    return f"`{entry.name}`", entry.value, span, entry.unit, machine, entry.carry or "", source


def catalogue() -> Iterator[str]:
    """Hosts, architectures and workloads."""
    yield "## Hosts"
    yield ""
    columns = ("host", "year", "isa", "cores", "clock", "hardware assist", "disk", "network")
    yield from table(columns, [_host(load_host(name)) for name in host_names()])
    for host in map(load_host, host_names()):
        yield f"- `{host.name}`: {_cell(host.source)}. Disk: {_cited(host.disk)}. Network: {_cited(host.nic)}."
    yield ""
    yield "## Architectures"
    yield ""
    yield from table(
        ("architecture", "title", "family", "cpu", "mmu", "io", "placement", "cost tables", "privileges"),
        [
            (f"`{a.name}`", a.title, a.family, a.cpu, a.mmu, a.io, a.placement, ", ".join(a.costs), a.privileges)
            for a in _architectures()
        ],
    )
    for one in _architectures():
        yield from _architecture(one)
    yield "## Workloads"
    yield ""
    for workload in map(load_workload, workload_names()):
        yield from _workload(workload)


def _architectures() -> list[Architecture]:
    return [load_architecture(name) for name in architecture_names()]


def _host(host: Host) -> tuple[object, ...]:
    assist = "nested paging" if host.nested_paging else "yes" if host.hardware_assist else "no"
    disk, nic = host.disk, host.nic
    moves = f", seek {format_seconds(disk.seek_s)}, revolution {format_seconds(disk.rotation_s)}"
    storage = (
        f"{disk.kind}, read {format_seconds(disk.read_s)}, write {format_seconds(disk.write_s)}, "
        f"flush {format_seconds(disk.flush_s)}, {disk.bandwidth_bytes_per_s / 1e6:g} MB/s"
        + (moves if disk.kind == "rotating" else f", {disk.channels} channels")
    )
    network = f"{nic.bandwidth_bytes_per_s * 8 / 1e9:g} Gbit/s, {format_seconds(nic.wire_s)} one way"
    clock = f"{host.frequency_hz / 1e9:g} GHz"
    return f"`{host.name}`", host.year, host.isa, host.cores, clock, assist, storage, network


def _cited(device: Disk | Nic) -> str:
    return f"{'ASSUMED. ' if device.assumed else ''}{_cell(device.source)}"


def _architecture(one: Architecture) -> Iterator[str]:
    able = one.capabilities
    facts = [
        f"guest: {'the same kernel as the host' if able.guest_os == 'same-kernel' else 'any operating system'}"
        + (", its kernel modified" if able.modified_guest else "")
        + f", {'any instruction set' if able.guest_isa == 'any' else 'instruction set of the host'}",
        f"host: {', '.join(able.host_isas) or 'any instruction set'}"
        + (f", needs {', '.join(able.needs)}" if able.needs else ""),
        f"drivers in the {able.drivers_in}; input and output fail with the {able.fails_with}"
        + ("; guests may write host state" if able.writes_host_state else ""),
        *(f"{ring}: {what}" for ring, what in able.rings.items()),
    ]
    yield f"### {one.name}"
    yield ""
    yield from (f"- {fact}" for fact in facts)
    yield ""


def _workload(one: Workload) -> Iterator[str]:
    tasks = one.tasks
    arrive = f"open, {tasks.rate_per_s:g} operations a second" if tasks.arrivals == "open" else f"closed, {tasks.count}"
    think = f", think time {format_seconds(tasks.think_s)}" if tasks.think_s else ""
    yield f"### {one.name}"
    yield ""
    yield f"{_cell(one.title)}. One operation: {_cell(one.unit)}. Kind: {one.kind}. Tasks in each guest:"
    yield f"{arrive}{think}. Source: {_cell(one.source)}."
    yield ""
    rows: list[tuple[object, ...]] = []
    for demand, amount in one.demands.items():
        varied = one.varied.get(demand)
        spread = "" if varied is None else varied.family + (f", cv {varied.cv:g}" if varied.cv else "")
        rows.append((f"`{demand}`", amount, spread, one.basis.get(demand, "")))
    rows += [(f"`{item.kind}`", item.count, _item(item), one.basis.get(item.kind, "")) for item in one.io]
    if "tasks" in one.basis:
        rows.append(("tasks", tasks.count, "", one.basis["tasks"]))
    yield from table(("demand", "mean", "how it varies, or what is moved", "basis"), rows)


def _item(item: IoItem) -> str:
    io = item.io
    parts = [f"{io.size_bytes:g} B"] if io.size_bytes else []
    parts += [io.pattern] if item.kind in ("disk_read", "disk_write") else []
    parts += [f"{item.packets:g} packets"] if item.packets else []
    parts += [format_seconds(io.wait_s)] if io.wait_s else []
    return ", ".join([*parts, *([] if io.sync else ["in the background"])])


def operations() -> Iterator[str]:
    """The operations of a table of micro-benchmarks."""
    columns = ("operation", "one run of it", "unit", "tells", "beside")
    yield from table(columns, [_told(one) for one in OPERATIONS.values()])
    yield "Read, and not used:"
    yield ""
    yield from table(("operation", "why"), [(f"`{name}`", why) for name, why in NOT_USED.items()])


def _told(one: Operation) -> tuple[object, ...]:
    unit = {"time": "a time", "rate": "bytes a second", "count": "count"}[one.unit]
    code = {"": "", "loop": "how fast user code runs", "mixed": "how fast translated code runs"}[one.code]
    told = f"{one.of:g} `{one.tells}`" if one.tells else ""
    return (
        f"`{one.name}`",
        one.what,
        unit,
        "; ".join(filter(None, (told, code))),
        ", ".join(f"{count:g} `{name}`" for name, count in one.beside.items()),
    )


def keys() -> Iterator[str]:
    """Every key of every kind of file."""
    for kind, roots in KINDS.items():
        yield f"## {kind.capitalize()}"
        yield ""
        for place, model in models_of(*roots):
            if place:
                yield f"### {kind}: `{place}`" if model not in roots else f"### {kind}: a {place} of levels"
                yield ""
            rows = [(f"`{key}`", takes, limits, default, text) for key, takes, limits, default, text in rows_of(model)]
            yield from table(("key", "takes", "range", "default", "meaning"), rows)
            if model is Architecture:
                yield "The names that there are; [the model](model.md) explains the mechanisms."
                yield ""
                names = [(f"`{key}`", ", ".join(f"`{name}`" for name in there)) for key, there in known().items()]
                yield from table(("key", "names"), names)


def rights() -> Iterator[str]:
    """Who may do what, by each file of privileges, and what each policy changes."""
    yield "## Who may do what"
    yield ""
    for name in protection_names():
        users = ", ".join(f"`{one.name}`" for one in _architectures() if one.privileges == name)
        yield f"### privileges/{name}"
        yield ""
        yield f"Of {users}."
        yield ""
        yield from _rights(load_privileges(name))
    yield "## Policies"
    yield ""
    for policy in map(load_policy, policy_names()):
        yield f"### policies/{policy.name}"
        yield ""
        yield f"{policy.title[0].upper()}{policy.title[1:]}, for {', '.join(f'`{name}`' for name in policy.fits)}. "
        yield f"Source: {_cell(policy.source)}."
        said = {
            "no longer there": ", ".join(policy.gone),
            "trusts anew": policy.trusts,
            "gives up": policy.gives_up,
            "ends": policy.ends,
        }
        yield ""
        yield from (f"- {word}: {_cell(text)}" for word, text in said.items() if text)
        yield from (f"- {_cost_of(cost)}" for cost in policy.cost)
        yield ""
        yield from _rights(policy)
        if policy.taken:
            columns = ("takes from", "what", "over", "source")
            yield from table(columns, [_taken(taken) for taken in policy.taken])


def _rights(found: Privileges | Policy) -> Iterator[str]:
    if found.part:
        rows = [(one.name, ", ".join(one.does), "each guest" if one.each else "all", one.mode) for one in found.part]
        yield from table(("part", "jobs", "one for", "mode"), rows)
    if found.right:
        yield from table(("who", "may", "whom", "source"), [_right(right) for right in found.right])


def _right(right: Right) -> tuple[object, ...]:
    whom = ", ".join(right.whom) + (", of any guest" if right.any_guest else "")
    return right.who, ", ".join(right.may), whom + (", without an IOMMU" if right.without else ""), right.source


def _taken(taken: Taken) -> tuple[object, ...]:
    who = ", ".join(taken.who) or "any" + (f" but {', '.join(taken.but)}" if taken.but else "")
    return who, ", ".join(taken.may) or "all", ", ".join(taken.whom) or "any", taken.source


def _cost_of(cost: Cost) -> str:
    after = f"`{cost.after}`" if cost.after else "the same"
    changed = "".join(f", `{key}` {value}" for key, value in cost.changes.items())
    pair = f"`{cost.before}` against {after}{changed}: " if cost.before else ""
    return f"cost: {pair}{_cell(cost.says)}"


def footprint() -> Iterator[str]:
    """What each architecture takes of a host's memory."""
    yield "## What architectures take"
    yield ""
    columns = ("file", "of", "year", "before the first", "each guest", "each vCPU", "of its size", "range", "source")
    rows = []
    for name in footprint_names():
        users = ", ".join(f"`{one.name}`" for one in _architectures() if one.footprint == name)
        for one in sorted(footprints(name), key=lambda one: one.year):
            sizes = [format_bytes(size) for size in (one.host_bytes, one.guest_bytes, one.vcpu_bytes)]
            span = f"{one.low:g} to {one.high:g} of it" if one.low != one.high else ""
            source = f"ASSUMED. {one.source}" if one.assumed else one.source
            rows.append((f"`{name}`", users, one.year, *sizes, f"{100 * one.share:.3g} %", span, source))
    yield from table(columns, rows)
    yield "Architectures without a file take nothing beside their guests, as far as anybody published."
    yield ""
    yield "## How far overcommitment goes"
    yield ""
    rows = [
        (
            f"`{one.name}`",
            one.of,
            one.software or "others",
            f"{one.value:g}",
            f"{one.low:g} to {one.high:g}",
            f"ASSUMED. {one.source}" if one.assumed else one.source,
        )
        for one in limits()
    ]
    yield from table(("limit", "of", "host's software", "value", "range", "source"), rows)


PAGES = {
    "costs.md": costs,
    "catalogue.md": catalogue,
    "calibrate.md": operations,
    "files.md": keys,
    "memory.md": footprint,
    "reach.md": rights,
}


def page(name: str) -> str:
    """A page as it should be: its text up to the marker, then what is generated."""
    written, _, _ = (DOCS / name).read_text("utf-8").partition(MARKER)
    return f"{written}{MARKER}\n\n" + "\n".join(PAGES[name]()).rstrip() + "\n"


def main(arguments: Sequence[str]) -> int:
    """Writes the pages, or with --check only compares them; the exit status."""
    stale = [name for name in PAGES if (DOCS / name).read_text("utf-8") != page(name)]
    for name in stale:
        if "--check" in arguments:
            print(f"docs/{name} is stale: run `python -m experiments.page.documents`", file=sys.stderr)
        else:
            (DOCS / name).write_text(page(name), "utf-8")
            print(f"docs/{name} written")
    for path in pages():
        text = path.read_text("utf-8")
        right = linked(text, home(path))
        if text == right:
            continue
        stale.append(path.name)
        if "--check" in arguments:
            print(
                f"{path.relative_to(DOCS.parent)} lacks links: run `python -m experiments.page.documents`",
                file=sys.stderr,
            )
        else:
            path.write_text(right, "utf-8")
            print(f"{path.relative_to(DOCS.parent)} linked to the glossary")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
