"""Major faults at a disk of one channel: M/G/1, whoever's guest they are of."""

from __future__ import annotations

from typing import Any

import pytest

import vmarch
from experiments.catalogue.sweeps import exact_s
from simcore.memory import Memory
from simcore.totals import Window
from simcore.units import TICKS_PER_S
from tests.theory.agreement import agrees, estimates
from tests.theory.closed_forms import pollaczek_khinchine
from vmarch.scenario import Scenario

GUESTS = 12
READ_S = 80e-6


@pytest.mark.parametrize("cv", [0.0, 1.0])
def test_faults_of_all_guests_are_one_queue(cv: float) -> None:
    """Guests' requests arrive by themselves and find one page away each: the disk sees a Poisson stream of page-ins."""
    host = vmarch.load_host("server").with_(disk={"channels": 1, "cv": cv, "read": READ_S})
    asked: dict[str, Any] = {"size": 40 * 2.0**30, "hot": 1.0}
    away = _scenario(host, Memory(**asked, touches=1.0), 1.0).squeezed
    assert away is not None
    load = 0.7
    made = _scenario(host, Memory(**asked, touches=1.0 / away.swapped), load / READ_S / GUESTS)
    alone = exact_s(("job", "kvm-vhost", made))
    truth = alone + READ_S * (pollaczek_khinchine(load, cv) - 1.0)
    (found,) = estimates(made.model, _response_s, operations=40_000, warmup=4000)
    agrees(found, truth, within=0.05)


def _response_s(window: Window) -> float:
    """Mean response of all guests' operations, in seconds."""
    classes = window.measured.classes
    return sum(one.response for one in classes) / sum(one.completed for one in classes) / TICKS_PER_S


def _scenario(host: vmarch.Host, memory: Memory, rate: float) -> Scenario:
    job = vmarch.load_workload("compute").with_(
        demands={"user_cycles": 1000.0}, varied={}, tasks={"arrivals": "open", "rate": rate, "count": 1}
    )
    job = job.model_copy(update={"memory": memory})
    return Scenario(job, vmarch.load_architecture("kvm-vhost"), host, guests=GUESTS, vcpus=2, overcommit=("swap",))
