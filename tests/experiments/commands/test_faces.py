"""Each command is a thin face of one function of the library: it is called once, and its answer is what is printed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from vmarch.answers.answer import Answer

Vmarch = Callable[..., Result]
FEW = ("--operations", 20, "--replications", 2, "--jobs", 1)
GUESTS = '[[guest]]\nname = "web"\nworkload = "tcp-rr"\narchitecture = "kvm-vhost"\n'
STUDY = '[run]\nreplications = 2\noperations = 10\n[factors]\nworkload = "tcp-rr"\narchitecture = "kvm-vhost"\n'

FACES: dict[
    str, tuple[tuple[object, ...], tuple[str, dict[str, object]]]
] = {  # the command's words, and the function with what it must be given
    "compare": (
        ("-w", "tcp-rr", "-a", "xen-pv", "--set", "hypercall=500 cycles", "--unmodifiable-guest", *FEW),
        ("compare", {"costs": {"hypercall": "500 cycles"}, "modifiable": False, "guests": 1, "operations": 20}),
    ),
    "run": (("-w", "tcp-rr", "-a", "xen-pv", "--guests", 2, *FEW), ("run", {"guests": 2, "modifiable": None})),
    "load": (
        ("-w", "tcp-rr", "-a", "xen-pv", "--over", "clients", "--to", 4, "--think", "1 ms", *FEW),
        ("under_load", {"over": "clients", "to": 4.0, "think": "1 ms", "guests": 1}),
    ),
    "capacity": (
        ("GUESTS", "--limit", "web.p99 <= 1 s", "--most", 2, *FEW),
        ("capacity", {"limit": "web.p99 <= 1 s", "most": 2, "of": None}),
    ),
    "explain": (("tcp-rr", "xen-pv", "--vcpus", 2), ("explain", {"vcpus": 2, "host": "server"})),
    "costs": (("xen-pv", "--host", "xeon-2003"), ("costs", {})),
    "sensitivity": (("-w", "fork", "-a", "pvm", "--metric", "response"), ("sensitivities", {"metric": "response"})),
    "infer": (
        ("TIMES", "--predict", "kvm-vhost", "--draws", 400, "--demand", "page_faults=75000"),
        ("infer", {"predict": ["kvm-vhost"], "demands": {"page_faults": "75000"}, "draws": 400}),
    ),
    "sweep": (("STUDY", "--workers", 1, "--out", "OUT"), ("sweep_study", {"workers": 1, "retry_failed": False})),
    "reach": (
        ("-a", "xen-hvm", "--policy", "stub-domains", "--no-iommu"),
        ("reach", {"policies": ("stub-domains",), "iommu": False, "each": False}),
    ),
    "life": (
        ("-a", "firecracker", "-o", "create", "--at-once", 4, "--memory", "1 GiB", "--set", "monitor_start=5 ms"),
        ("life", {"memory": "1 GiB", "at_once": (4,), "costs": {"monitor_start": "5 ms"}, "distribution": False}),
    ),
    "calibrate": (("MICRO", "--year", 2020, "--out", "OUT"), ("calibrate", {"year": 2020, "host": "server"})),
}


@pytest.mark.parametrize("name", FACES)
def test_a_command_calls_its_function_once_and_prints_the_answer(
    name: str, vmarch: Vmarch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, (function, given) = FACES[name]
    files = {
        "TIMES": "architecture,value,unit\nnative,12,s\nxen-pv,15,s\n",
        "STUDY": STUDY,
        "OUT": "",
        "GUESTS": GUESTS,
    }
    files["MICRO"] = "operation,native,virtual,low,high,unit\nint_loop,100,110,,,ns\nsys_getppid,200,900,,,ns\n"
    there = {key: tmp_path / f"{key.lower()}.{'toml' if key in ('STUDY', 'GUESTS') else 'csv'}" for key in files}
    for key, text in files.items():
        if text:
            there[key].write_text(text, "utf-8")
    module = importlib.import_module(f"experiments.commands.{name}")
    real, calls, answers = getattr(module, function), list[dict[str, Any]](), list[Answer]()

    def recorded(*positional: Any, **options: Any) -> Answer:
        calls.append(options)
        answers.append(real(*positional, **options))
        return answers[-1]

    monkeypatch.setattr(module, function, recorded)
    prints = name not in ("sweep", "calibrate")
    refused = name == "compare"  # a guest that cannot be modified, under Xen's paravirtual interface
    asked = [there.get(str(word), word) for word in words] + (["--format", "csv"] if prints else [])
    result = vmarch(name, *asked, status=2 if refused else 0)
    assert len(calls) == 1
    assert {key: calls[0][key] for key in given} == given
    if prints and not refused:
        assert result.stdout == answers[0].to_csv()
