"""Times a byte and back over TCP on the ways that a container's packets take: which part of the kernel costs what.

    cc -O2 -o /tmp/rr benchmarks/network/rr.c && sudo python benchmarks/network/paths.py /tmp/rr [ROUNDS [WAY...]]

Three network namespaces stand for another machine, the host and a container, so that nothing of the machine itself is
changed: the other machine is joined to the host by a virtual Ethernet pair, the container by a pair whose host end is
a port of a bridge. Everything runs on one processor. The ways, each with all of the one before it:

    loopback     server and client in one namespace
    pair         a virtual Ethernet pair between them
    bridge       both ends on pairs that are ports of one bridge, which calls no packet filter
    filtered     the same, and the bridge hands its frames to the (empty) packet filter, as container engines ask of it
    routed       the host routes between the other machine's pair and the bridge
    tracked      the same, with connection tracking
    published    the client asks the host, whose rules rewrite the address (those that Docker 24 sets up)
    proxy        the client asks a program of the host that passes everything on

Linux, root, iproute2 and iptables are needed. Prints the least, the median and the greatest of the rounds, in ns, and
the quartiles of what each way takes more than the one before it in the same round. With names of ways, only those.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles

OTHER, HOST, GUEST = (f"vmarch-{name}" for name in ("other", "host", "guest"))
SECONDS = "0.4"
Made = Callable[[], None]


def run(text: str, check: bool = True) -> None:
    """Runs one command."""
    subprocess.run(text.split(), check=check, capture_output=not check)


def within(namespace: str, text: str) -> None:
    """Runs one command in a namespace."""
    run(f"ip netns exec {namespace} {text}")


def namespaces() -> None:
    """Makes the three namespaces anew."""
    for name in (OTHER, HOST, GUEST):
        run(f"ip netns del {name}", check=False)
        run(f"ip netns add {name}")
        within(name, "ip link set lo up")


def pair(one: str, name: str, two: str, other: str) -> None:
    """Joins two namespaces by a virtual Ethernet pair."""
    run(f"ip link add {name} netns {one} type veth peer name {other} netns {two}")
    for where, what in ((one, name), (two, other)):
        within(where, f"ip link set {what} up")


def bridged(call: int) -> None:
    """Other machine and container on one bridge of the host."""
    namespaces()
    within(HOST, "ip link add br0 type bridge")
    within(HOST, "ip link set br0 up")
    within(HOST, f"sysctl -qw net.bridge.bridge-nf-call-iptables={call}")
    for name, far, address in ((OTHER, "o", "10.9.0.1"), (GUEST, "g", "10.9.0.2")):
        pair(name, "eth0", HOST, far)
        within(HOST, f"ip link set {far} master br0")
        within(name, f"ip addr add {address}/24 dev eth0")


def routed() -> None:
    """The host between the other machine's pair and the container's bridge."""
    namespaces()
    pair(OTHER, "eth0", HOST, "o")
    pair(GUEST, "eth0", HOST, "g")
    within(HOST, "ip link add br0 type bridge")
    within(HOST, "ip link set br0 up")
    within(HOST, "ip link set g master br0")
    for where, address, device in (
        (OTHER, "10.8.0.1", "eth0"),
        (HOST, "10.8.0.2", "o"),
        (HOST, "10.9.0.1", "br0"),
        (GUEST, "10.9.0.2", "eth0"),
    ):
        within(where, f"ip addr add {address}/24 dev {device}")
    within(OTHER, "ip route add default via 10.8.0.2")
    within(GUEST, "ip route add default via 10.9.0.1")
    within(HOST, "sysctl -qw net.ipv4.ip_forward=1")


def tracked() -> None:
    """The same with one rule that asks for connection tracking."""
    routed()
    within(HOST, "iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")


DOCKER = """
-t nat -N DOCKER
-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-t nat -A POSTROUTING -s 10.9.0.0/24 ! -o br0 -j MASQUERADE
-t nat -A POSTROUTING -s 10.9.0.2/32 -d 10.9.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
-t nat -A DOCKER -i br0 -j RETURN
-t nat -A DOCKER ! -i br0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.9.0.2:80
-N DOCKER
-N DOCKER-ISOLATION-STAGE-1
-N DOCKER-ISOLATION-STAGE-2
-N DOCKER-USER
-P FORWARD DROP
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o br0 -j DOCKER
-A FORWARD -i br0 ! -o br0 -j ACCEPT
-A FORWARD -i br0 -o br0 -j ACCEPT
-A DOCKER -d 10.9.0.2/32 ! -i br0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i br0 ! -o br0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o br0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
"""


def published() -> None:
    """The rules of a published port."""
    routed()
    for rule in DOCKER.strip().splitlines():
        within(HOST, f"iptables {rule}")


def loopback() -> None:
    """One namespace."""
    namespaces()


def direct() -> None:
    """One pair."""
    namespaces()
    pair(OTHER, "eth0", GUEST, "eth0")
    within(OTHER, "ip addr add 10.9.0.1/24 dev eth0")
    within(GUEST, "ip addr add 10.9.0.2/24 dev eth0")


# how it is made, where the client is, what it asks
WAYS: dict[str, tuple[Made, str, str]] = {
    "loopback": (loopback, GUEST, "127.0.0.1 80"),
    "pair": (direct, OTHER, "10.9.0.2 80"),
    "bridge": (lambda: bridged(0), OTHER, "10.9.0.2 80"),
    "filtered": (lambda: bridged(1), OTHER, "10.9.0.2 80"),
    "routed": (routed, OTHER, "10.9.0.2 80"),
    "tracked": (tracked, OTHER, "10.9.0.2 80"),
    "published": (published, OTHER, "10.8.0.2 8080"),
    "proxy": (published, OTHER, "10.8.0.2 9090"),
}


@contextmanager
def program(namespace: str, text: str) -> Iterator[None]:
    """A program in a namespace, on the first processor, ended afterwards."""
    started = subprocess.Popen(["ip", "netns", "exec", namespace, "taskset", "-c", "0", *text.split()])
    try:
        yield
    finally:
        started.kill()
        started.wait()


def measured(rr: str, way: str) -> float:
    """Nanoseconds of a byte and back on one way."""
    made, where, asked = WAYS[way]
    made()
    with program(GUEST, f"{rr} server 80"), program(HOST, f"{rr} proxy 9090 10.9.0.2 80"):
        time.sleep(0.1)
        command = ["ip", "netns", "exec", where, "taskset", "-c", "0", rr, "client", *asked.split(), SECONDS]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(rr: str, rounds: int, ways: list[str]) -> None:
    """Measures ways in turn, some rounds of them."""
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, times in found.items():
            times.append(measured(rr, way))
    for name in (OTHER, HOST, GUEST):
        run(f"ip netns del {name}", check=False)
    before: list[float] = [0.0] * rounds
    for way, times in found.items():
        low, middle, high = quantiles([mine - its for mine, its in zip(times, before, strict=True)], n=4)
        more = f"{low:9.0f} {middle:9.0f} {high:9.0f}"
        print(f"{way:10} {min(times):9.0f} {median(times):9.0f} {max(times):9.0f}   {more}")
        before = times


if __name__ == "__main__":
    program_path, count, *chosen = [*sys.argv[1:], *["9"][len(sys.argv) - 2 :]]
    main(program_path, int(count), chosen or list(WAYS))
