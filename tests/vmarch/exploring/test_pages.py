"""The explorer's pages over HTTP: they hold what the library says, and a wrong address gets a page that says so."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from click.testing import Result

import vmarch
from simcore.errors import InputError
from vmarch.exploring.app import application, listening, serve
from vmarch.exploring.state import State, read
from vmarch.exploring.views import VIEWS

Vmarch = Callable[..., Result]
ADDRESS = "w=tcp-rr&a=native&a=xen-pv&cost.hypercall=2000+cycles&demand.system_calls=50"


class Answer:
    """What the server said."""

    def __init__(self, said: http.client.HTTPResponse) -> None:
        self.status_code, self.headers = said.status, {name.lower(): value for name, value in said.getheaders()}
        self.text = said.read().decode()

    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Asks a server of this test, and follows nothing."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, host: str = "localhost") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Host": host})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def client() -> Client:
    at = listening("127.0.0.1", 0)
    threading.Thread(target=serve, args=(application(), at), daemon=True).start()
    return Client(at.getsockname()[1])


def held(answer: Answer) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', answer.text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_bars_are_what_explain_says(client: Client) -> None:
    data = client.get(f"/api/time?{ADDRESS}").json()
    for bar in data["bars"]:
        costs = {"hypercall": "2000 cycles"}
        if bar["name"] == "native":  # which has no such cost
            costs = {}
        found = vmarch.explain("tcp-rr", bar["name"], costs=costs, demands={"system_calls": 50})
        assert bar["seconds"] == pytest.approx(found.seconds, rel=1e-12)
        assert bar["layers"] == pytest.approx(found.layers.to_dict(), rel=1e-12)
        assert len(bar["charges"]) == len(found.lines)


def test_the_page_holds_the_data(client: Client) -> None:
    answer = client.get(f"/time?{ADDRESS}")
    assert answer.status_code == 200
    assert held(answer) == client.get(f"/api/time?{ADDRESS}").json()
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


def test_what_is_copied_says_the_same(client: Client, vmarch: Vmarch) -> None:
    data = client.get(f"/api/time?{ADDRESS.replace('&a=native', '')}").json()
    (command,) = data["command"].splitlines()
    result = vmarch(*shlex.split(command)[1:], "--format", "csv")
    spent = sum(
        float(row["seconds"]) for row in csv.DictReader(io.StringIO(result.stdout)) if row["background"] == "False"
    )
    assert spent == pytest.approx(data["bars"][0]["seconds"])
    names: dict[str, Any] = {}
    exec(compile(data["python"], "copied", "exec"), names)
    assert names["found"].seconds == data["bars"][0]["seconds"]


def test_the_rows_are_those_of_explain(client: Client) -> None:
    answer = client.get("/time.csv?w=tcp-rr&a=kvm-vhost")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["step"] for row in rows] == [row["step"] for row in vmarch.explain("tcp-rr", "kvm-vhost").rows]
    assert 'filename="time-tcp-rr.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("address", "status", "reason"),
    [
        ("/nothing", 404, "none of the pages: time"),
        ("/time?w=tcp-r", 400, "tcp-rr"),
        ("/time?a=xen", 400, "xen"),
        ("/time?host=nowhere", 400, "nowhere"),
        ("/time?colour=red", 400, "colour"),
        ("/time?cost.hypercal=5", 400, "hypercall"),
        ("/time?cost.hypercall=-5", 400, "hypercall"),
        ("/time?demand.page_fault=5", 400, "page_faults"),
        ("/time?demand.page_faults=-1", 400, "0 or more"),
        ("/api/time?demand.page_faults=many", 400, "page_faults"),
        ("/load?over=guest", 400, "guests"),
        ("/load?clients=two", 400, "a whole number"),
        ("/load?clients=0", 400, "1 to 10000"),
        ("/load?to=99999", 400, "1 to 1000"),
        ("/load?to=nan", 400, "1 to 1000"),
        ("/load?runs=1", 400, "2 to 256"),
        ("/load?cores=100000000", 400, "cores"),
        ("/load?think=5+apples", 400, "think"),
        ("/path?under=xen", 400, "xen-pv"),
        ("/path?w=tcp-rr&under=trap-and-emulate", 400, "trap-and-emulate"),
        ("/path?clients=1000", 400, "at most 256"),
        ("/path?follow=last", 400, "slowest"),
        ("/api/nothing", 404, "none of the pages"),
        ("/assets/nothing.js", 404, "nothing.js"),
        ("/assets/..%2Fapp.py", 404, ""),
    ],
)
def test_a_wrong_address_gets_a_page_that_says_so(client: Client, address: str, status: int, reason: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert reason in answer.text
    assert "Traceback" not in answer.text


def test_what_is_copied_of_a_path_says_the_same(client: Client) -> None:
    address = "w=tcp-rr&a=kvm-vhost&under=kvm-vhost&clients=4&cores=2&cost.vm_exit=2000+cycles"
    data = client.get(f"/api/path?{address}").json()
    names: dict[str, Any] = {}
    exec(compile(data["python"], "copied", "exec"), names)
    assert names["found"].response_s == data["response"]
    rows = list(csv.DictReader(io.StringIO(client.get(f"/path.csv?{address}").text)))
    assert [row["step"] for row in rows] == [step["label"] for step in data["steps"] + data["behind"]]
    assert data["command"] == "vmarch explain tcp-rr kvm-vhost --set 'vm_exit=2000 cycles'"


def test_work_that_nobody_waits_for_is_followed(client: Client) -> None:
    data = client.get("/api/path?w=tcp-stream-in&under=kvm-vhost&clients=3").json()
    assert data["steps"]
    assert data["response"] > 0
    assert not data["waited_for"]


LOAD = "w=tcp-rr&a=native&a=xen-pv&to=4&runs=4&cores=2"


def test_what_is_copied_of_a_load_says_the_same(client: Client, vmarch: Vmarch) -> None:
    data = client.get(f"/api/load?{LOAD}").json()
    while not data["complete"]:
        data = client.get(f"/api/load?{LOAD}").json()
    names: dict[str, Any] = {}
    exec(compile(data["python"], "copied", "exec"), names)
    result = vmarch(*shlex.split(data["command"])[1:], "--format", "csv")
    assert result.stdout == names["found"].to_csv()
    assert result.stdout == client.get(f"/load.csv?{LOAD}").text
    rows = [row for row in names["found"].rows if row["metric"] == "response_s"]
    seen = [point["response_s"][0] for curve in data["curves"] for point in curve["points"]]
    assert seen == [row["value"] for row in rows]


def test_an_architecture_refused_under_load_says_why(client: Client) -> None:
    """Loads of a rate that nobody can serve are there all the same, for those that are not refused."""
    curves = client.get("/api/load?over=rate&a=trap-and-emulate&runs=2").json()["curves"]
    assert [curve["name"] for curve in curves] == ["trap-and-emulate"]
    assert "trap-and-emulate" in curves[0]["refused"]


def test_a_refused_architecture_says_why(client: Client) -> None:
    bars = client.get("/api/time?w=tcp-rr&a=native&a=trap-and-emulate").json()["bars"]
    assert bars[1]["refused"]


def test_the_assets_are_there(client: Client) -> None:
    page = client.get("/time").text
    for name in re.findall(r'(?:src|href)="(assets/[^"]+)"', page):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        assert "http" not in answer.text.replace("http://www.w3.org/", "")


def test_another_site_cannot_ask_in_the_browsers_name(client: Client) -> None:
    assert client.get("/time", host="elsewhere.example").status_code == 400


def test_the_first_page_is_the_first_view(client: Client) -> None:
    assert client.get("/").headers["location"] == next(iter(VIEWS))


def test_an_address_is_read_as_it_is_written() -> None:
    state = State("fork", ("xen-pv",), "xeon-2003", {"hypercall": "5 us"}, {"forks": "2"}, "xen-pv|VMM")
    assert read(parse_qsl(state.address)) == state


def test_a_taken_port_is_told() -> None:
    held = listening("127.0.0.1", None)
    with pytest.raises(InputError, match="--port"):
        listening("127.0.0.1", held.getsockname()[1])
    held.close()


def test_pages_as_files(vmarch: Vmarch, tmp_path: Path) -> None:
    vmarch("explore", "--static", tmp_path / "lecture", "-w", "tcp-rr", "-w", "fork", "-a", "native", "-a", "xen-pv")
    index = (tmp_path / "lecture" / "index.html").read_text("utf-8")
    names = re.findall(r'(?:src|href)="([^":]+)"', index)
    assert {"time-tcp-rr.html", "time-fork.html", "path-tcp-rr-xen-pv.html", "assets/time.js"} <= set(names)
    assert all((tmp_path / "lecture" / name.split("#")[0]).exists() for name in names if not name.startswith("#"))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("-w", "tcp-r"), "tcp-rr"),
        (("-a", "xen-p"), "xen-pv"),
        (("--port", 0), "1 to 65535"),
        (("--listen", "no.such"), "--listen"),
    ],
)
def test_the_command_refuses(vmarch: Vmarch, words: tuple[object, ...], reason: str) -> None:
    assert reason in vmarch("explore", "--no-browser", *words, status=2).stderr
