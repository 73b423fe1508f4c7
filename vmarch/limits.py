"""What a guest may have of a host's processors: a weight, a cap with its period, cores of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simcore.errors import InputError
from simcore.hosts import Host
from simcore.model import Domain
from simcore.units import ticks

__all__ = ["NO_LIMITS", "PERIOD_S", "Limits", "cores_of"]

PERIOD_S = 0.1  # of Linux's cgroups (cpu.cfs_period_us, kernel documentation sched-bwc); Xen accounts every 30 ms


@dataclass(frozen=True)
class Limits:
    """The limits of one guest. Weight and cap are in per cent of a core.

    Attributes:
        weight: its share where cores are short, relative to others; None for 100 times its virtual processors.
        cap_percent: the most of a core that all its virtual processors use in a period; None for no limit.
        period_s: of the cap.
        cores: numbers of those that it may run on; empty for all.

    Raises:
        InputError: a value out of range.
    """

    weight: float | None = None
    cap_percent: float | None = None
    period_s: float = PERIOD_S
    cores: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for field, value, low, high in (
            ("weight", self.weight, 1.0, 1e6),
            ("cap", self.cap_percent, 1.0, 409_600.0),
            ("period", self.period_s, 1e-3, 1.0),
        ):
            if value is not None and not low <= value <= high:
                raise InputError(field, value, f"{low:g} to {high:g}")

    def check(self, host: Host) -> None:
        """Refuses what the host does not have.

        Raises:
            InputError: a cap above its cores, or cores that are not there.
        """
        if self.cap_percent is not None and self.cap_percent > 100.0 * host.cores:
            raise InputError("cap", self.cap_percent, f"at most {100 * host.cores}, all {host.cores} cores")
        if absent := [core for core in self.cores if not 0 <= core < host.cores]:
            raise InputError("cores", absent[0], f"0 to {host.cores - 1}")

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return self.weight is not None or self.cap_percent is not None or bool(self.cores)

    def of(self, domain: Domain, guests: int) -> Domain:
        """The domain of so many guests with these limits."""
        weight = domain.weight if self.weight is None else self.weight / 100.0 / domain.vcpus
        period = ticks(self.period_s)
        quota = round((self.cap_percent or 0.0) / 100.0 * period) * guests
        return replace(domain, weight=weight, quota_ticks=quota, period_ticks=period if quota else 0, cores=self.cores)


NO_LIMITS = Limits()


def cores_of(text: str) -> tuple[int, ...]:
    """'0-3,8' as numbers of cores, in order and each once.

    Raises:
        InputError: not like this.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or int(last or first) < int(first):
            raise InputError("cores", text, "numbers and ranges of cores, such as '0-3,8'")
        if int(last or first) >= 4096:
            raise InputError("cores", text, "numbers below 4096")
        found.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))
