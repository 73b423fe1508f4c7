"""From a job and a machine to its time in an environment.

    native     processor time = counts x native prices + code      wall = processor time / processors busy + idle
    elsewhere  counts x prices there + code as slowed there         idle = disk x prices there + the rest, as natively

Code is what the counts do not explain of the native run: of the user's time what was measured as such, the kernel's the
rest. So the native time comes out exactly, and only what an environment adds is predicted. Costs, counts and native
runs are drawn together, natively and elsewhere the same; the range is the middle 90 % of the times over the typical
native time, so it holds how runs differ natively.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simcore.demands import Demand
from simcore.streams import stream
from simcore.summing import added
from vmarch.jobs.job import Job
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, bare, seconds_of

__all__ = ["DRAWS", "Forecast", "Part", "forecast"]

DRAWS = 1000
LEAST_S, LEAST = 1e-12, 1e-12  # a time of processors (a tick), and a count, that are as good as none
CODE = (Demand.USER_CYCLES, Demand.KERNEL_CYCLES)


@dataclass(frozen=True)
class Part:
    """What one demand, or input and output, takes in an environment.

    Attributes:
        count: how many in a run; seconds of native time for code.
        native_s, seconds: of a run, natively and there.
    """

    count: float
    native_s: float
    seconds: float

    @property
    def more_s(self) -> float:
        """What it takes more than natively."""
        return self.seconds - self.native_s

    @property
    def each_s(self) -> float:
        """What one of it takes more."""
        return self.more_s / self.count if self.count else 0.0


@dataclass(frozen=True)
class Forecast:
    """A run of a job in an environment.

    Attributes:
        native_s: as measured: of the typical run.
        slowdown, low, high: nominal, and the ends of the middle 90 %, of a run there over the typical native run.
        parts: by demand or kind of input and output, and `waiting`, what is the same everywhere.
        explained: how much of the native processor time the counts explain by their prices; above 1 the prices are too
            high for this job, and are scaled down.
    """

    native_s: float
    slowdown: float
    low: float
    high: float
    parts: Mapping[str, Part]
    explained: float

    @property
    def seconds(self) -> float:
        """The predicted time."""
        return self.native_s * self.slowdown

    @property
    def decides(self) -> tuple[str, float]:
        """What takes most of the time beyond native, and its share; ("", 0.0) where nothing takes more."""
        more = {name: part.more_s for name, part in self.parts.items() if part.more_s > 0.0}
        if not more:
            return "", 0.0
        worst = max(more, key=lambda name: more[name])
        return worst, more[worst] / added(more.values())


def forecast(job: Job, there: Scenario, native: Scenario, *, size: int = DRAWS, seed: int = 1) -> Forecast:
    """The time of a run of the job.

    Args:
        there, native: the job's workload in the environment, and on the bare machine of the same host.
        size: how many draws.
    """
    runs = [job.typical, *job.runs]
    picks = np.concatenate([[0], stream(seed, 0, "run").integers(1, len(runs), size)])
    wall, user, busy = (
        np.array([values[k] for k in picks])
        for values in (
            [run.wall_s / run.operations for run in runs],
            [np.inf if run.user_s is None else run.user_s / run.operations for run in runs],
            [
                np.inf if run.user_s is None or run.system_s is None else (run.user_s + run.system_s) / run.operations
                for run in runs
            ],
        )
    )
    here, away = Sample(native.book, size, seed), Sample(there.book, size, seed)
    workload = job.workload
    counts = {name: _drawn(job, str(name), amount, size, seed) for name, amount in workload.demands.items()}
    events = {name: amount for name, amount in counts.items() if name not in CODE}

    def price(scenario: Scenario, sample: Sample, name: Demand) -> Floats:
        return np.zeros(size + 1) + seconds_of(bare(scenario, {name: 1.0}), sample)

    prices = {name: (price(native, here, name), price(there, away, name)) for name in (*events, *CODE)}
    io = {f"{n} {item.kind}": item for n, item in enumerate(workload.io)}
    devices: dict[str, tuple[Floats, Floats]] = {}
    for key, item in io.items():
        alone = {"demands": {}, "varied": {}, "io": (item,)}
        amount = _drawn(job, item.kind, item.count, size, seed) / item.count
        pair = []
        for scenario, sample in ((native, here), (there, away)):
            model = replace(scenario, workload=workload.model_copy(update=alone))
            pair.append(amount * seconds_of(model, sample))
        devices[key] = pair[0], pair[1]
    disk = added((pair[0] for pair in devices.values()), np.zeros(size + 1))
    busy = np.where(np.isfinite(busy), busy, np.maximum(wall - disk, 0.0))
    processors = np.maximum(busy / wall, 1.0)
    idle = np.maximum(wall - busy / processors, 0.0)
    known = added((amount * prices[name][0] for name, amount in events.items()), np.zeros(size + 1))
    fits = np.minimum(1.0, np.divide(busy, known, out=np.ones(size + 1), where=known > 0.0))
    left = np.maximum(busy - known, 0.0)
    walks = counts.get(Demand.TLB_MISSES, 0.0) * prices.get(Demand.TLB_MISSES, (0.0,))[0]  # they are user time too
    mine = np.minimum(np.maximum(user - walks, 0.0), left)
    fits_disk = np.minimum(1.0, np.divide(idle, disk, out=np.ones(size + 1), where=disk > 0.0))
    waiting = np.maximum(idle - disk, 0.0)

    found: dict[str, tuple[Floats, Floats, Floats]] = {}
    for name, amount in events.items():
        scaled = amount * fits / processors
        found[str(name)] = amount * fits, scaled * prices[name][0], scaled * prices[name][1]
    for code, amount in zip(CODE, (mine, left - mine), strict=True):
        ours = amount / processors
        found[str(code)] = ours, ours, ours * prices[code][1] / prices[code][0]
    for key, item in io.items():
        kept = devices[key][0] * fits_disk, devices[key][1] * fits_disk
        earlier = found.get(item.kind, (np.zeros(size + 1),) * 3)
        found[item.kind] = earlier[0] + item.count, earlier[1] + kept[0], earlier[2] + kept[1]
    found["waiting"] = waiting, waiting, waiting
    before, after = (added((one[k] for one in found.values()), np.zeros(size + 1)) for k in (1, 2))
    ratios = after / before[0]
    low, high = np.quantile(ratios[1:], [0.05, 0.95])
    many = job.typical.operations
    parts = {name: Part(*(float(value[0]) * many for value in values)) for name, values in found.items()}
    explained = float(known[0] / busy[0]) if busy[0] > LEAST_S else 0.0
    nominal = float(ratios[0])
    ends = min(float(low), nominal), max(float(high), nominal)
    return Forecast(job.typical.wall_s, nominal, *ends, parts, explained)


def _drawn(job: Job, name: str, amount: float, size: int, seed: int) -> Floats:
    """A count: nominal, then draws equally likely on a logarithmic scale between its ends (from a thousandth for 0)."""
    result = np.full(size + 1, amount)
    one = job.counts.get(name)
    if one is not None and one.high > one.low and one.value > LEAST:
        low = max(one.low, one.value * 1e-3)
        where = stream(seed, 0, "count", name).random(size)
        result[1:] = amount / one.value * low * (max(one.high, low) / low) ** where
    return result
