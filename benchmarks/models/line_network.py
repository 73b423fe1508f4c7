"""LINE's simulator, the compiled program `ldes` that its package starts as a child: no Java, and no model in Python.

The package wants an older pandas than the rest, and works with ours: `make bench` puts it in a folder of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.networks import Measured, Network

sys.path.append(str(Path(__file__).parents[2] / ".venv/line"))

import line_solver as line


def run(network: Network, until: float) -> Measured:
    line.GlobalConstants.set_verbose(line.VerboseLevel.SILENT)
    model = line.Network(network.name.replace("/", ""))
    stations = [line.Queue(model, f"station{n}", line.SchedStrategy.FCFS) for n in range(len(network.servers))]
    around = stations
    if network.customers:
        tasks = line.ClosedClass(model, "customers", network.customers, stations[0])
    else:
        source, sink = line.Source(model, "source"), line.Sink(model, "sink")
        tasks = line.OpenClass(model, "customers")
        source.set_arrival(tasks, line.Exp.fit_mean(network.every_us))
        around = [source, *stations, sink]
    for station, servers, mean in zip(stations, network.servers, network.means_us, strict=True):
        station.set_number_of_servers(servers)
        station.set_service(tasks, line.Exp.fit_mean(mean))
    model.link(line.Network.serial_routing(*around))
    customers = round(until * network.exact[0])
    found = line.LDES(model, samples=customers * len(stations), seed=1).avg_table()
    return Measured(customers, float(found[found["Station"].str.startswith("station")]["RespT"].sum()))
