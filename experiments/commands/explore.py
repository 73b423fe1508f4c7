"""`vmarch explore`: the explorer in the browser, on this machine."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import click

import vmarch
from experiments.commands.options import OneOf, completed
from simcore.errors import InputError

__all__ = ["command"]

VIEWS = ("time", "load", "path", "claims")


@click.command("explore")
@click.option(
    "--workload", "-w", "workloads", multiple=True, help="Seen first.", shell_complete=completed(vmarch.workloads)
)
@click.option(
    "--architecture",
    "-a",
    "architectures",
    multiple=True,
    help="Seen first, any number.",
    shell_complete=completed(vmarch.architectures),
)
@click.option("--host", default="server", show_default=True, help="A host.", shell_complete=completed(vmarch.hosts))
@click.option("--view", type=OneOf(VIEWS), default="time", show_default=True, help="Seen first.")
@click.option("--port", type=int, default=None, help="Of the address. [default: 8850, or any that is free]")
@click.option("--listen", default="127.0.0.1", show_default=True, help="Address to serve; others reach this one only.")
@click.option("--browser/--no-browser", default=True, help="Open the browser, where there is one.")
@click.option(
    "--static", "folder", type=click.Path(path_type=Path), default=None, help="Write pages that need no Python, here."
)
def command(
    workloads: tuple[str, ...],
    architectures: tuple[str, ...],
    host: str,
    view: str,
    port: int | None,
    listen: str,
    browser: bool,
    folder: Path | None,
) -> None:
    """Pages in the browser: where the time goes, a host under load, a request's path, and the claims.

    It is served on this machine, to this machine only, until it is interrupted, and loads nothing from elsewhere.
    """
    from vmarch.exploring.state import DEFAULTS, read

    names = workloads or (DEFAULTS["w"],)
    state = read([("w", names[0]), ("host", host), *(("a", one) for one in architectures)])
    if folder is not None:
        from vmarch.exploring.files import write_files

        written = write_files(folder, names, architectures, host)
        click.echo(f"{len(written)} files; the first page: {folder / 'index.html'}")
        return
    if port is not None and not 1 <= port <= 65535:
        raise InputError("--port", port, "1 to 65535")
    from experiments.claims.view import CLAIMS
    from vmarch.exploring.app import LOCAL, OWN, application, listening, serve
    from vmarch.exploring.views import VIEWS as OTHERS

    at = listening(listen, port)
    here = f"[{listen}]" if ":" in listen else listen
    address = f"http://{here}:{at.getsockname()[1]}/{view}?{state.address}"
    click.echo(f"The explorer is at {address}\nCtrl-C ends it.")
    sys.stdout.flush()
    try:
        serve(
            application({**OTHERS, "claims": CLAIMS}, hosts=OWN if listen == LOCAL else ["*"]),
            at,
            (lambda: _open(address)) if browser and _has_browser() else None,
        )
    except KeyboardInterrupt:
        click.echo("ended")


def _has_browser() -> bool:
    """Whether a browser with windows can be opened."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    webbrowser.open(address)
