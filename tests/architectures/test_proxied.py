"""A port published by a program of the host."""

from architectures.mechanisms.drivers import ProxiedDrivers
from architectures.mechanisms.processor import Container
from simcore.demands import Io, IoKind
from simcore.path import Layer

SEND = Io(kind=IoKind.SEND, size_bytes=4096.0, packets=3.0, segments=1.0)
RECEIVE = Io(kind=IoKind.RECEIVE, size_bytes=4096.0, packets=3.0, segments=1.0)


def test_a_proxy_takes_the_place_of_rules_and_copies_twice() -> None:
    cpu = Container()
    for found in (ProxiedDrivers().send(SEND, cpu), ProxiedDrivers().receive(RECEIVE, cpu)):
        (bridge,) = (stage for stage in found if stage.layer is Layer.HOST_OS)
        counts = {charge.cost: charge.count for charge in bridge.charges}
        assert counts == {"bridge_packet": 1.0, "proxy_packet": 1.0, "file_byte": 2 * 4096.0}
