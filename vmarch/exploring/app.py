"""The server of the pages: a view's page, its data and its rows at addresses that say all there is to see."""

from __future__ import annotations

import functools
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simcore.engines.compiled.kept import is_compiled
from simcore.errors import InputError, VmarchError
from vmarch.exploring.pages import ASSETS, error_page, page
from vmarch.exploring.state import State, read
from vmarch.exploring.views import VIEWS, View
from vmarch.output import csv_text, json_text

__all__ = ["LOCAL", "PORT", "application", "listening", "serve"]

LOCAL = "127.0.0.1"
PORT = 8850  # where nothing else is asked for; any free one if it is taken
OWN = ("127.0.0.1", "localhost", "[::1]")  # what a browser on this machine calls it: no other site may ask in its name
POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


def application(views: Mapping[str, View] = VIEWS, *, hosts: Sequence[str] = OWN) -> Starlette:
    """The pages of some views.

    Args:
        hosts: the names under which the server answers; "*" for any.
    """
    links = {name: view.title for name, view in views.items()}

    def state_of(request: Request) -> tuple[str, View, State]:
        name = request.path_params["view"]
        if name not in views:
            raise HTTPException(404, f"{request.url.path} is none of the pages: {', '.join(views)}")
        view = views[name]
        return name, view, read(request.query_params.multi_items(), view.more)

    def shown(request: Request) -> Response:
        name, view, state = state_of(request)
        return _html(page(name, view.data(state), links))

    def data(request: Request) -> Response:
        _, view, state = state_of(request)
        return Response(json_text(view.data(state)), media_type="application/json")

    def rows(request: Request) -> Response:
        name, view, state = state_of(request)
        headers = {"Content-Disposition": f'attachment; filename="{name}-{state.workload}.csv"'}
        return Response(csv_text(view.rows(state)), media_type="text/csv", headers=headers)

    def asset(request: Request) -> Response:
        found = {path.name: path for path in ASSETS.iterdir()}.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, f"{request.url.path} is not there")
        return FileResponse(found, headers={"Cache-Control": "no-cache"})

    def home(_: Request) -> Response:
        return RedirectResponse(next(iter(views)))

    def wrong(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        reason = error.detail if isinstance(error, HTTPException) else str(error)
        if request.url.path.startswith("/api/"):
            return Response(json_text({"error": reason}), status, media_type="application/json")
        if status == 404:
            return _html(error_page(reason, links), status)
        return _html(error_page(reason, links, "This cannot be shown"), status)

    def broken(request: Request, error: Exception) -> Response:
        """A defect of ours: what went wrong stands in the terminal."""
        reason = f"{type(error).__name__}: {error}; the terminal that serves this page says where."
        if request.url.path.startswith("/api/"):
            return Response(json_text({"error": reason}), 500, media_type="application/json")
        return _html(error_page(reason, links, "Something is broken here"), 500)

    return Starlette(
        routes=[
            Route("/", home),
            Route("/assets/{name}", asset),
            Route("/api/{view}", data),
            Route("/{view}.csv", rows),
            Route("/{view}", shown),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
        exception_handlers={HTTPException: wrong, InputError: wrong, VmarchError: wrong, Exception: broken},
    )


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY})


def listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens; where no port is asked for, PORT or any that is free.

    Raises:
        InputError: the address is not this machine's, or the port is taken.
    """
    wanted = (PORT, 0) if port is None else (port,)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for number in wanted:
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, number))
            found.listen(128)
        except OSError as error:
            found.close()
            reason = error.strerror or str(error)
        else:
            return found
    field, value = ("--port", str(port)) if port is not None else ("--listen", host)
    raise InputError(field, value, f"an address of this machine and a free port ({reason})")


def serve(app: Starlette, at: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serves until it is interrupted.

    Args:
        ready: called, beside the server, once it can be asked.
    """
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    threading.Thread(target=_warm, daemon=True).start()
    if ready is not None:
        threading.Thread(target=ready, daemon=True).start()
    server.run(sockets=[at])


@functools.cache
def _warm() -> None:
    """Reads what the first page needs while the browser starts, and compiles the engine if it never was."""
    from vmarch.exploring.choices import choices

    choices()
    if not is_compiled():
        subprocess.run([sys.executable, "-m", "simcore.engines.compiled"], check=False, capture_output=True)
