"""Stages: what they refuse, multiples, and flattening."""

import pytest

from simcore.errors import InputError
from simcore.path import ALWAYS, Background, Charge, Layer, Role, Stage, StageKind, flat

CPU = Stage(StageKind.CPU, Layer.VMM, (Charge("a", 2.0, ("f",)), Charge("b", variable="io0.0")), Role.GUEST, label="x")
DISK = Stage(StageKind.DISK, Layer.DEVICE, (Charge("disk_read"),))


def test_times_multiplies_counts_and_names_what_does_not_vary_yet() -> None:
    found = CPU.times(3.0, "system_calls")
    assert found.charges == (Charge("a", 6.0, ("f",), "system_calls"), Charge("b", 3.0, (), "io0.0"))
    assert (found.kind, found.layer, found.role, found.label) == (CPU.kind, CPU.layer, CPU.role, CPU.label)
    assert CPU.times(1.0) == CPU
    assert CPU.charges[0].variable == ALWAYS


@pytest.mark.parametrize(
    ("kind", "role", "lock", "field"),
    [
        (StageKind.CPU, None, None, "stage.role"),
        (StageKind.MMU, None, "vm", "stage.role"),
        (StageKind.DISK, Role.GUEST, None, "stage.role"),
        (StageKind.DELAY, Role.HOST, None, "stage.role"),
        (StageKind.MMU, Role.GUEST, None, "stage.lock"),
        (StageKind.CPU, Role.GUEST, "vm", "stage.lock"),
    ],
)
def test_bad_stages(kind: StageKind, role: Role | None, lock: str | None, field: str) -> None:
    with pytest.raises(InputError) as caught:
        Stage(kind, Layer.VMM, (), role, lock=lock)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_flat_puts_background_stages_in_their_place() -> None:
    assert flat((CPU, Background("disk", (DISK, CPU)), DISK)) == [CPU, DISK, CPU, DISK]
