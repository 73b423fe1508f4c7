"""Experiments: each a small program that says what is swept and what is drawn.

    parameters (defaults < quick < file < command line) ──> Context ──run──> rows, figures, a reading ──> results/NAME/

The rest is here: parsing, replications that are reused, processes, progress, files. An experiment is a module of the
catalogue that defines `EXPERIMENT`; it is found by itself. Each folder holds NAME.csv (tidy, full precision),
manifest.json, reading.txt, PNG and SVG figures, and replications.jsonl, from which an interrupted experiment goes on.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from architectures import Architecture, load_architecture
from experiments.parameters import Parameter, Value
from simcore.errors import CapabilityError, unknown
from simcore.hosts import Host, load_host
from vmarch.answers.capacity import fit
from vmarch.answers.tenants import together
from vmarch.comparison import Cell, compare
from vmarch.figures.frame import PAGE, Size, at_size
from vmarch.fitting import Bound, Capacity
from vmarch.output import Row, csv_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.runs import Plan, Replications
from vmarch.scenario import Scenario
from vmarch.store import Store
from vmarch.tables import Table
from vmarch.tenancy import Tenancy
from vmarch.workers import Workers
from workloads import Workload, load_workload

__all__ = ["Asked", "Context", "Experiment", "Outcome", "Parameter", "experiment_names", "load_experiment", "perform"]

Asked = tuple[str, str, Scenario | CapabilityError]
FOLDER = Path(__file__).parent / "catalogue"
DEFINES = "\nEXPERIMENT = Experiment("


@dataclass(frozen=True)
class Outcome:
    """What an experiment found: a tidy table, a paragraph that says what the figures show, and tables to print."""

    rows: Sequence[Row]
    reading: str
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Experiment:
    """An experiment.

    Attributes:
        title: what it asks, in a few words.
        run: runs it, draws, and returns what was found.
        order: its place on the page.
        replications, operations: in full and in the quick setting.
        shares: the experiment whose finished replications it reuses; its own by default.
    """

    name: str
    title: str
    run: Callable[[Context], Outcome]
    order: int
    parameters: tuple[Parameter, ...] = ()
    host: str = "server"
    replications: tuple[int, int] = (10, 4)
    operations: tuple[int, int] = (2000, 200)
    shares: str = ""

    @property
    def settings(self) -> tuple[Parameter, ...]:
        """What every experiment takes, then its own parameters."""
        return (
            Parameter("host", self.host, "A host preset, or a TOML file."),
            Parameter("seed", 1, "Master seed of all random streams.", high=2**53),
            Parameter("replications", self.replications[0], "Of each scenario.", self.replications[1], 1, 10**5),
            Parameter("operations", self.operations[0], "Measured in each run.", self.operations[1], 1, 10**9),
            *self.parameters,
        )

    def values(self, quick: bool, given: Mapping[str, object]) -> dict[str, Value]:
        """Every setting, from defaults and what was given.

        Raises:
            InputError: an unknown name, or a value that is not allowed.
        """
        known = {setting.name: setting for setting in self.settings}
        for name in given:
            if name not in known:
                raise unknown(f"{self.name}: parameter", name, known)
        return {
            name: one.parsed(given[name])
            if name in given
            else one.quick
            if quick and one.quick is not None
            else one.default
            for name, one in known.items()
        }


@dataclass
class Context:
    """What an experiment works with: its settings by name (`context["guests"]`), and ways to run and to draw."""

    folder: Path
    values: Mapping[str, Value]
    store: Store
    workers: Workers
    progress: Callable[[int, int], None] = lambda _done, _total: None
    size: Size = PAGE
    figures: list[dict[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    @property
    def host(self) -> Host:
        """The host chosen."""
        return load_host(self["host"])

    @property
    def caption(self) -> str:
        """The host and the sample in short, for captions: the page says more, once."""
        return f"Host: {self.host.name}. {self.sample}"

    @property
    def sample(self) -> str:
        """How often things were run, in words."""
        return f"Seed {self['seed']}, {self['replications']} replications, 95 % intervals."

    def ask(
        self, workload: str | Workload, architecture: str | Architecture, host: str | Host | None = None, **options: Any
    ) -> Asked:
        """A scenario, or why it is refused; options are Scenario's (guests, vcpus, overrides, ...)."""
        what = load_workload(workload) if isinstance(workload, str) else workload
        under = load_architecture(architecture) if isinstance(architecture, str) else architecture
        machine = self.host if host is None else load_host(host) if isinstance(host, str) else host
        try:
            scenario: Scenario | CapabilityError = Scenario(what, under, machine, **options)
        except CapabilityError as refusal:
            scenario = refusal
        return what.name, under.name, scenario

    def cells(self, asked: Sequence[Asked], operations: int | None = None, **plan: Any) -> list[Cell]:
        """Runs scenarios, each beside its bare machine; in the order asked. `plan` is more of a Plan."""
        usual = {name: self[name] for name in ("seed", "replications", "operations")}
        how = Plan(**{**usual, **({"operations": operations} if operations else {}), **plan})
        return compare(asked, how, store=self.store, jobs=self.workers, progress=self.progress)

    def hosts(self, asked: Sequence[Tenancy], **plan: Any) -> list[Replications]:
        """Runs hosts that guests of several kinds share; in the order asked. `plan` is more of a Plan."""
        usual = {name: self[name] for name in ("seed", "replications", "operations")}
        return together(asked, Plan(**{**usual, **plan}), store=self.store, jobs=self.workers)

    def fit(self, one: Tenancy, bound: Bound, *, most: int, **plan: Any) -> Capacity:
        """How many guests of the bound's kind fit on a host; as long as the kinds say. `plan` is more of a Plan."""
        how = Plan(seed=self["seed"], replications=self["replications"], **plan)
        return fit(one, bound, how, most=most, store=self.store, workers=self.workers)

    def draw(
        self, shape: Callable[..., None], name: str, *data: object, title: str, caption: str, **options: Any
    ) -> None:
        """Draws a figure with a shape of vmarch.figures, and lists it for the page."""
        self.figures.append({"file": name, "title": title, "caption": caption})
        self.workers.later(
            at_size, self.size, shape, self.folder / name, *data, title=title, caption=caption, **options
        )


def experiment_names() -> tuple[str, ...]:
    """All experiments, in the order of the page."""
    return tuple(sorted(_found(), key=lambda name: (load_experiment(name).order, name)))


def _found() -> list[str]:
    return [path.stem for path in FOLDER.glob("*.py") if DEFINES in path.read_text(encoding="utf-8")]


def load_experiment(name: str) -> Experiment:
    """An experiment by name.

    Raises:
        InputError: there is none of this name.
    """
    module = name.replace("-", "_")
    if module not in _found():
        raise unknown("experiment", name, _found())
    experiment: Experiment = importlib.import_module(f"experiments.catalogue.{module}").EXPERIMENT
    return experiment


def perform(
    experiment: Experiment,
    out: Path,
    workers: Workers,
    *,
    quick: bool = False,
    size: Size = PAGE,
    **given: object,
) -> Outcome:
    """Runs an experiment into out/NAME; figures are complete when the workers have been waited for.

    Args:
        size: of its figures.

    Raises:
        InputError: a setting that is not allowed.
    """
    values = experiment.values(quick, given)
    _ = load_host(values["host"])
    folder = prepare(prepare(out) / experiment.name)
    store = Store(prepare(out / (experiment.shares or experiment.name)) / "replications.jsonl")
    with progress_bar(experiment.name) as progress:
        context = Context(folder, values, store, workers, progress, size)
        outcome = experiment.run(context)
    write(folder / f"{experiment.name}.csv", csv_text(outcome.rows))
    write(folder / "reading.txt", outcome.reading.strip() + "\n")
    if outcome.tables:
        write(folder / "tables.html", "\n".join(one._repr_html_() for one in outcome.tables) + "\n")
    configuration = {"experiment": experiment.name, "title": experiment.title, "quick": quick, **values}
    write(folder / "manifest.json", manifest({**configuration, "figures": context.figures}))
    return outcome
