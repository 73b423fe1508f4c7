"""Options that commands share, by the names of the library's arguments."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
from click.core import ParameterSource

import vmarch
from simcore.engines import AUTO
from simcore.errors import MISSING, InputError, unknown

__all__ = [
    "OneOf",
    "architecture_option",
    "beside_a_file",
    "check_named",
    "completed",
    "formats",
    "happening",
    "out",
    "out_file",
    "pairs",
    "running",
    "scenario_file",
    "scenario_options",
    "slides",
    "timing",
    "workload_option",
]

F = TypeVar("F", bound=Callable[..., Any])


class OneOf(click.Choice[str]):
    """A choice that suggests the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value, if it is one of the choices."""
        del ctx
        if value not in self.choices:
            raise unknown(param.opts[-1] if param else "choice", str(value), self.choices)
        return str(value)


scenario_file = click.argument("scenario", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
slides = click.option("--slides", is_flag=True, help="Figures of 16:9, with letters for a slide.")
formats = click.option("--format", "form", type=OneOf(["table", "csv", "json"]), default="table", help="How to print.")


def _folder(ctx: click.Context, param: click.Parameter, given: Path | None) -> Path | None:
    """A folder that is there or can be made; refused before any work, and not made yet."""
    del ctx
    nearest = next((path for path in (given, *given.parents) if path.exists()), None) if given else None
    if nearest is not None and not nearest.is_dir():
        reason = os.strerror(errno.EEXIST if nearest == given else errno.ENOTDIR)
        raise InputError(param.opts[0], str(given), f"a folder that can be made ({reason})")
    if nearest is not None and not os.access(nearest, os.W_OK):
        raise InputError(param.opts[0], str(given), "a writable folder")
    return given


out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    callback=_folder,
    help="Folder for results; finished work there is reused.",
)


def out_file(what: str) -> Callable[[F], F]:
    """A file to write, refused before any work if it cannot be.

    Args:
        what: the help.
    """

    def file(ctx: click.Context, param: click.Parameter, given: Path | None) -> Path | None:
        _folder(ctx, param, given.parent if given else None)
        return given

    return click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False, writable=True), default=None, callback=file, help=what
    )


def completed(names: Callable[[], Sequence[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What a shell may complete an option to: the names that begin like this."""
    return lambda _ctx, _param, begun: [name for name in names() if name.startswith(begun)]


def _named(
    flag: str, what: str, names: Callable[[], Sequence[str]], *, several: bool, required: bool, otherwise: str
) -> Callable[[F], F]:
    name = flag.removeprefix("--")
    return click.option(
        flag,
        f"-{name[0]}",
        f"{name}s" if several else name,
        multiple=several,
        required=required,
        help=" ".join(filter(None, (f"{what}, or a TOML file.", otherwise))),
        shell_complete=completed(names),
    )


def workload_option(*, several: bool = False, required: bool = False, otherwise: str = "") -> Callable[[F], F]:
    """`--workload`: one or several; `otherwise` tells what stands for none."""
    return _named("--workload", "A workload", vmarch.workloads, several=several, required=required, otherwise=otherwise)


def architecture_option(*, several: bool = False, required: bool = False, otherwise: str = "") -> Callable[[F], F]:
    """`--architecture`: one or several; `otherwise` tells what stands for none."""
    return _named(
        "--architecture",
        "An architecture",
        vmarch.architectures,
        several=several,
        required=required,
        otherwise=otherwise,
    )


def check_named(workload: object, architecture: object) -> None:
    """Refuses a command that has neither a scenario file nor what stands for one."""
    for field, given in (("--workload", workload), ("--architecture", architecture)):
        if not given:
            raise InputError(field, MISSING, "a name or a TOML file, or a scenario file in place of both")


def beside_a_file(ctx: click.Context, names: Sequence[str]) -> dict[str, Any]:
    """The options of these names, beside a scenario file; others are refused, but for the form of what is printed."""
    for parameter in ctx.command.params:
        stated = parameter.name and ctx.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
        if stated and parameter.name not in (*names, "scenario", "form", "out"):
            raise InputError(parameter.opts[0], ctx.params[str(parameter.name)], "no such option beside a file")
    return {name: ctx.params[name] for name in names}


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


Pairs: TypeAlias = Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, str]]


def pairs(allowed: str, once: str | None = None) -> Pairs:
    """Reads NAME=VALUE, given any number of times, as values by name.

    Args:
        allowed: what to say of one that is not like this.
        once: what to say of a name that is given twice; the last holds where nothing is to be said.
    """

    def read(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
        del ctx
        found: dict[str, str] = {}
        for text in given:
            name, equals, value = (part.strip() for part in text.partition("="))
            if not equals or not name or not value:
                raise InputError(param.opts[0], text, allowed)
            if once and name in found:
                raise InputError(param.opts[0], name, once)
            found[name] = value
        return found

    return read


def _unmodifiable(ctx: click.Context, param: click.Parameter, given: bool) -> bool | None:
    """Whether the kernel can be changed; the workload decides where nothing is said."""
    del ctx, param
    return False if given else None


scenario_options = _all(
    click.option(
        "--host",
        default="server",
        show_default=True,
        help="A host preset, or a TOML file.",
        shell_complete=completed(vmarch.hosts),
    ),
    click.option("--guests", type=int, default=1, show_default=True, help="Identical guests on the host."),
    click.option(
        "--vcpus",
        type=int,
        default=None,
        help="Virtual processors of each guest, or cores at a time. [default: the host's cores]",
    ),
    click.option(
        "--polling",
        default=None,
        metavar="none|host|guest",
        shell_complete=completed(lambda: ("none", "host", "guest")),
        help="Who polls before a virtual processor sleeps, where costs say how. [default: the architecture's own]",
    ),
    click.option(
        "--set",
        "costs",
        multiple=True,
        metavar="COST=VALUE",
        callback=pairs("COST=VALUE, such as vm_exit='1000 cycles'"),
        help="A cost in place of the table's.",
    ),
    click.option(
        "--demand",
        "demands",
        multiple=True,
        metavar="NAME=AMOUNT",
        callback=pairs("NAME=AMOUNT, such as page_faults=100"),
        help="A demand of an operation in place of the workload's.",
    ),
    click.option("--guest-os", default=None, help="The guest's operating system family."),
    click.option("--guest-isa", default=None, help="The guest's instruction set."),
    click.option(
        "--unmodifiable-guest",
        "modifiable",
        is_flag=True,
        callback=_unmodifiable,
        help="The guest's kernel cannot be changed.",
    ),
)

timing = _all(
    click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams."),
    click.option("--replications", type=int, default=5, show_default=True, help="Independent runs of each scenario."),
    click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level of all intervals."),
    click.option("--operations", type=int, default=None, help="Measured in each run. [default: the workload's]"),
    click.option("--warmup", type=int, default=None, help="Operations to leave out first. [default: detected]"),
    click.option("--engine", default=AUTO, show_default=True, help="What runs the model."),
    click.option("--deterministic", is_flag=True, help="Every draw is its mean."),
    click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]"),
)

running = _all(
    timing, click.option("--precision", default=None, metavar="P", help="Add runs until slowdowns are within, say, 1%.")
)

happening = _all(
    click.option(
        "--at",
        nargs=2,
        multiple=True,
        metavar="TIME WHAT",
        help="Something that happens to a guest of a scenario file: 10s migrate:web.0:host-b, 12s drop-link.",
    ),
    click.option("--after", default=None, metavar="TIME", help="How long to go on when all has happened."),
)
