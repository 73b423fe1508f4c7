"""What is measured of packets is what the cost tables say is measured."""

from architectures.mechanisms.drivers import TRANSLATED
from architectures.spec import load_architecture
from benchmarks.network import paths
from simcore.hosts import load_host


def test_every_way_is_explained() -> None:
    assert paths.__doc__ is not None
    for way in paths.WAYS:
        assert f"\n    {way} " in paths.__doc__


def test_costs_of_packets_name_their_measurement() -> None:
    book = load_architecture("container").book(load_host("server"))
    for name in ("bridge_packet", *TRANSLATED, "proxy_packet"):
        assert "benchmarks/network" in book[name].source
