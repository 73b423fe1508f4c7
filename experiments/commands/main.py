"""The command line: `vmarch COMMAND`.

What the user can mend is one line on standard error and exit status 2, without a traceback; so is a refused combination
where only that was asked for. A broken law or a stuck run is status 1, an interruption 130.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from simcore.errors import CapabilityError, InputError, VmarchError, printable, unknown

__all__ = ["main", "script"]

COMMANDS = {
    "list": ("listing", "What there is: hosts, architectures, workloads, experiments, claims."),
    "show": ("showing", "A workload, host, architecture, case or study as it stands, to copy from."),
    "run": ("run", "Run workloads under architectures; where their time goes."),
    "compare": ("compare", "Slowdowns against the bare machine, with intervals."),
    "load": ("load", "A host under growing load: throughput, response, what is busy, and the knee."),
    "capacity": ("capacity", "How many guests fit on a host before a limit breaks."),
    "life": ("life", "What making, saving, copying and stopping guests takes, alone or many at once."),
    "sweep": ("sweep", "A study over any factors, from a file: resumes, extends, merges, on a cluster too."),
    "explain": ("explain", "Where each microsecond of one operation goes."),
    "trace": ("trace", "A run on the timeline of Perfetto's viewer; one request's life in words."),
    "explore": ("explore", "Pages in the browser: where the time goes, under load, the path, the claims."),
    "costs": ("costs", "The costs of an architecture, with their sources."),
    "reach": ("reach", "What an attacker reaches who holds Domain 0, a driver, a device model; and under policies."),
    "measure": ("measure", "Micro-benchmarks of this machine and the environments on it."),
    "profile": ("profile", "What a real job asks for, counted on this machine."),
    "predict": ("predict", "A job's time in the environments of a measured machine."),
    "check": ("check", "A job's prediction beside its runs in the environments themselves."),
    "calibrate": ("calibrate", "A host and architectures from micro-benchmarks."),
    "sensitivity": ("sensitivity", "Which cost decides a workload's slowdown."),
    "infer": ("infer", "A job's demands from its times; its times elsewhere."),
    "validate": ("validate", "Predictions against published measurements."),
    "experiment": ("experiment", "One experiment, or all, with tables and figures."),
    "claims": ("claims", "The textbook's claims: which hold, then and now, and where they end."),
    "reproduce": ("reproduce", "The main job: every experiment with its figures, and the slowdown table."),
}


class _Commands(click.Group):
    """Loads a command's module only when it is called, and words errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"experiments.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; what an interruption says is not lost."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise click.Abort(str(stop)) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a command and exits with its status."""
        del standalone_mode
        _open_streams()
        status = 0
        try:
            status = super().main(args, prog_name or "vmarch", complete_var, standalone_mode=False, **extra) or 0
        except click.NoSuchOption as error:
            status = _complain(str(unknown("option", error.option_name, _options(error.ctx))), 2)
        except click.ClickException as error:
            status = _complain(error.format_message(), 2)
        except (InputError, CapabilityError) as error:
            status = _complain(str(error), 2)
        except VmarchError as error:
            status = _complain(str(error), 1)
        except (click.Abort, KeyboardInterrupt) as stop:
            usual = "interrupted; what had finished is kept in --out, and the same command goes on from there"
            status = _complain(str(stop) or usual, 130)
        except (BrokenPipeError, SystemExit):  # click ends so where nobody reads on
            status = 0
            _forget_output()
        except OSError as error:
            status = _complain(_reason(error), 1)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
        except OSError as error:
            _forget_output()
            status = _complain(f"standard output cannot be written ({error.strerror})", 1)
        sys.exit(status if isinstance(status, int) else 0)


def _open_streams() -> None:
    """Streams that the caller has closed swallow what is written; others take any character, as best they can."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 -- for as long as we run
        elif isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace" if name == "stderr" else "replace")


def _forget_output() -> None:
    """Nobody reads on, so that nothing is left to be flushed when Python ends."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _reason(error: OSError) -> str:
    """What the system refused, in a line."""
    if error.errno == errno.EMFILE:
        return f"{error.strerror}: fewer --jobs need fewer, or raise `ulimit -n`"
    if error.errno == errno.ENOSPC and error.filename is None:
        return f"standard output cannot be written ({error.strerror})"
    return f"{error.filename or 'the system'}: {error.strerror or error}"


def _complain(text: str, status: int) -> int:
    with suppress(OSError):
        click.echo(f"vmarch: {printable(text.replace(chr(10), ' '))}", err=True)
    return status


def _options(ctx: click.Context | None) -> list[str]:
    """All options of the command that a context is of."""
    parameters = ctx.command.get_params(ctx) if ctx else []
    return [name for parameter in parameters for name in parameter.opts if name.startswith("-")]


def _version(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    """Prints the versions, the project's own on the first line."""
    del param
    if asked:
        from vmarch.output import versions

        found = versions()
        click.echo(f"vmarch, version {found.pop('vmarch')}")
        for name, number in found.items():
            click.echo(f"{name} {number}")
        ctx.exit()


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version, and those that decide results, and exit.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Compares virtual-machine architectures: how much slower, where the time goes, how sure."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def script(name: str) -> None:
    """The command line of an experiment's own module, `python -m experiments.catalogue.NAME`."""
    main(["experiment", name, *sys.argv[1:]], prog_name="vmarch")


if __name__ == "__main__":
    main()
