"""What the benchmark compares is one model: every simulator that the tests have agrees with exact theory."""

import pytest

from benchmarks.engines import SIMULATORS, found
from benchmarks.networks import CLOSED, MM1, NETWORKS, Network

HERE = ("raw SimPy", "plain heapq loop", "numba loop", "vmarch, SimPy engine", "vmarch, compiled engine")
VISITS = {"numba loop": 400_000, "C loop": 400_000, "vmarch, compiled engine": 400_000}
OTHERWISE = 40_000


def test_exact_answers() -> None:
    assert MM1.exact == (0.1, 10.0)  # at load 1/2, a response is two services
    throughput, response = CLOSED.exact
    assert throughput == pytest.approx(2 / 20.0, rel=1e-4)  # the two processors are nearly always busy
    assert throughput * response == pytest.approx(50)  # Little's law


@pytest.mark.parametrize("name", [*HERE, "C loop"])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_simulators_agree_with_theory(name: str, network: Network) -> None:
    run = found(name)
    if run is None:
        assert name not in HERE
        pytest.skip("not installed")
    visits = VISITS.get(name, OTHERWISE)
    measured = run(network, network.until_us(visits))
    assert measured.customers * len(network.servers) == pytest.approx(visits, rel=0.03)
    assert measured.response_us == pytest.approx(network.exact[1], rel=0.05)


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIMULATORS, "nothing", "nothing_network.run")
    assert found("nothing") is None
