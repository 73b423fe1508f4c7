"""On which processors a system was made to run: by its description, checked before every run."""

from __future__ import annotations

from architectures import load_architecture
from experiments.claims.bench import Bench
from experiments.claims.spec import Claim, Evidence, Standing, Verdict, standing, whether

__all__ = ["CLAIMS"]

ISAS = {"x86": "IA-32", "x86-64": "x86-64", "itanium": "Itanium", "powerpc": "PowerPC", "aarch64": "64-bit Arm"}


def xen(bench: Bench) -> Verdict:
    """Xen on a host of each instruction set."""
    return _table(bench, "xen-pv", ("x86", "x86-64", "itanium", "powerpc"), [])


def workstation(bench: Bench) -> Verdict:
    """VMware Workstation on a host of each instruction set, and where it is installed."""
    one = load_architecture("workstation-translation")
    hosted = one.placement == "host-process" and one.capabilities.drivers_in == "host OS"
    line = Evidence("workstation-translation: placement", one.placement, holds=whether(hosted))
    return _table(bench, "workstation-translation", ("x86", "x86-64"), [line])


def _table(bench: Bench, name: str, claimed: tuple[str, ...], lines: list[Evidence]) -> Verdict:
    for isa, words in ISAS.items():
        reason = bench.refusal(name, bench.host.model_copy(update={"isa": isa}))
        lines.append(
            Evidence(f"{name} on {words}", reason or "accepted", holds=whether(bool(reason) is (isa not in claimed)))
        )
    refused = [words for isa, words in ISAS.items() if isa not in claimed]
    stands = standing(lines)
    return Verdict(
        stands,
        f"{len(claimed)} instruction sets ({', '.join(ISAS[isa] for isa in claimed)})"
        if stands is Standing.REPRODUCED
        else "the table differs from the claim",
        value=float(len(claimed)),
        boundary=f"refused on {', '.join(refused)}; the table is the textbook's, of its time, on {bench.host.name} "
        f"as anywhere",
        why="a hypervisor is written for the privileged instructions of a processor",
        lines=tuple(lines),
    )


CLAIMS = (
    Claim(
        "xen-host-isas",
        "Xen's hosts are IA-32, x86-64, Itanium and PowerPC 970",
        "xeon-2003",
        "Xen's own host",
        70,
        xen,
    ),
    Claim(
        "workstation-host-isas",
        "VMware Workstation's hosts are x86 and x86-64, and it is host-based",
        "pentium3-733",
        "the host on which VMware Workstation was measured",
        71,
        workstation,
    ),
)
