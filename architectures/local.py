"""Messages between guests of one host: from one to the bridge or virtual switch, and from there to the other.

Each half is the guest's own way, without network interface and wire. Within one kernel it is the loopback interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from architectures.mechanisms.base import Stages
from architectures.spec import Architecture
from architectures.threads import threaded
from simcore.demands import Demand, Io, IoKind
from simcore.path import Role, Stage

__all__ = ["Client", "is_loopback"]

ROLES = {Role.GUEST: Role.CLIENT, Role.BACK_END: Role.CLIENT_BACK_END, Role.HOST: Role.CLIENT_HOST}
KERNEL = ("native", "calibrated")  # input and output of one kernel for all guests, without a bridge between them


def is_loopback(one: Architecture, other: Architecture) -> bool:
    """Whether guests of two architectures reach each other by the loopback interface of the kernel that they share."""
    return one.io in KERNEL and other.io in KERNEL and one.placement in ("bare", "shared-kernel")


@dataclass(frozen=True)
class Client:
    """Who calls an operation: a guest on the same host.

    Attributes:
        loopback: whether it is in the same kernel as whom it calls.
    """

    architecture: Architecture
    loopback: bool

    def message(
        self, server: Architecture, io: Callable[[Architecture], Io], slowed: Callable[[Architecture, Stages], Stages]
    ) -> Stages:
        """The stages of a message from the client that the server receives, or that it sends.

        Args:
            io: the message in segments of an architecture.
            slowed: guest work at the speed that an architecture gives it.
        """
        client, sent = self.architecture, io(server).kind is IoKind.SEND
        if self.loopback:
            by = server if sent else client
            stages = slowed(by, by.cpu_mechanism.stages(Demand.LOOPBACK_MESSAGES))
            return stages if sent else _of_client(stages)
        sender, receiver = (server, client) if sent else (client, server)
        cpus = sender.cpu_mechanism, receiver.cpu_mechanism
        to = slowed(sender, sender.io_mechanism.to_bridge(io(sender), cpus[0]))
        off = slowed(receiver, receiver.io_mechanism.from_bridge(io(receiver), cpus[1]))
        to, off = threaded(sender, io(sender), to), threaded(receiver, io(receiver), off)
        return (*to, *_of_client(off)) if sent else (*_of_client(to), *off)


def _of_client(stages: Iterable[Stage]) -> Stages:
    """The same in the client's domains."""
    return tuple(
        stage
        if stage.role is None
        else replace(
            stage, role=ROLES[stage.role], thread=f"client {stage.thread}" if stage.thread else "", shared=False
        )
        for stage in stages
    )
