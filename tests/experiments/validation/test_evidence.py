"""Rows for and against an architecture's costs: by the case's systems, the worst first."""

from __future__ import annotations

import csv
import io

import pytest

from experiments.validation.case import case_paths, load_case
from experiments.validation.evidence import evidence
from experiments.validation.predict import predict
from simcore.errors import InputError
from tests.command_line import Vmarch


def test_only_rows_of_systems_that_are_the_architecture() -> None:
    cases = [load_case(path) for path in case_paths() if path.stem in ("xen-2003", "pvm-2023")]
    found = [row for case in cases for row in predict(case)]
    about = evidence(cases, found, "uml")
    systems = {(target.benchmark, target.system) for target in cases[-1].target if target.runs_on.startswith("UML")}
    assert {(one.row.benchmark, one.row.system) for one in about} <= systems
    errors = [one.row.error for one in about]
    assert errors == sorted(errors, reverse=True)
    for one in about:
        assert (one.speaks == "for") == (one.row.low <= one.row.measured <= one.row.high)


def test_an_architecture_that_nobody_measured_is_refused() -> None:
    cases = [load_case(path) for path in case_paths() if path.stem == "xen-2003"]
    with pytest.raises(InputError, match="an architecture that a case measured"):
        evidence(cases, [], "hyperv")


def test_the_command_says_how_many_speak_on_each_side(vmarch: Vmarch) -> None:
    said = vmarch("validate", "--against", "uml").stdout
    assert "rows speak for the costs of uml" in said
    assert "By the cost whose range decides the row" in said
    rows = list(csv.DictReader(io.StringIO(vmarch("validate", "--against", "uml", "--format", "csv").stdout)))
    assert {row["speaks"] for row in rows} == {"for", "against"}
    assert "did you mean" in vmarch("validate", "--against", "um", status=2).stderr
