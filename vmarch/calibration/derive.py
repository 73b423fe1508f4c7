"""From micro-benchmarks to costs: what one of each demand takes natively, and what more in an environment.

A demand that several operations tell is their mean, over a range that holds them all. User code is as many times slower
as loops of it are. Where a loop is slower by more than TRANSLATED, the environment translates code; and where kernel
code with calls and branches is then slowed more than the loop in every operation of it, the kernel is translated too.
Then such code, not a loop that is translated once, says how fast a program runs, in user mode as in the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, geometric_mean

from vmarch.calibration.micro import Figure, Micro, Row
from vmarch.calibration.operations import OPERATIONS

__all__ = ["Code", "Told", "code", "extras", "natives"]

TRANSLATED = 1.1


@dataclass(frozen=True)
class Told:
    """What operations tell of one demand or cost: an amount, and the operations in words."""

    figure: Figure
    source: str


@dataclass(frozen=True)
class Code:
    """How many times slower user code and kernel code run, with ranges, and why."""

    user: Told
    kernel: Told


def natives(micro: Micro) -> dict[str, Told]:
    """What one of each costs on the bare machine."""
    rows = micro.natives()
    words = {name: f"{name} {_words(row)}" for name, row in rows.items()}
    return _solved({name: row.figure for name, row in rows.items()}, words)


def extras(micro: Micro, environment: str) -> dict[str, Told]:
    """What one of each costs more in an environment; below 0 where it costs less."""
    mine, native = micro.of(environment), micro.beside(environment)
    differences = {name: row.figure.minus(native[name].figure) for name, row in mine.items()}
    words = {name: f"{name} {_words(row)} for {native[name].value:g} native" for name, row in mine.items()}
    found = _solved(differences, words)
    counts = "minor_faults"
    if counts in mine:
        ratio = _ratio(mine[counts], native[counts])
        further = Figure(ratio.low - 1.0, ratio.value - 1.0, ratio.high - 1.0)
        found["further_faults"] = Told(further, words[counts])
    return found


def _solved(figures: Mapping[str, Figure], words: Mapping[str, str]) -> dict[str, Told]:
    """The amount of one of each, in the order of OPERATIONS, taking away what stands beside it."""
    parts: dict[str, list[tuple[Told, bool]]] = {}
    found: dict[str, Told] = {}
    for name, operation in OPERATIONS.items():
        if not operation.tells or name not in figures or operation.stands_for in figures:
            continue
        figure, source = figures[name], words[name]
        for beside, times in operation.beside.items():
            if beside in found:
                figure = figure.minus(found[beside].figure, times)
                source += f", less {times:g} {beside}"
        if operation.of != 1.0:
            source += f", one of {operation.of:g}"
        parts.setdefault(operation.tells, []).append((Told(figure.over(operation.of), source), operation.bounds))
        found[operation.tells] = _joined(parts[operation.tells])
    return found


def _joined(parts: Sequence[tuple[Told, bool]]) -> Told:
    """The mean over a range that holds all; those that are only bounds have no part in it where there are others."""
    amounts = [told for told, bounds in parts if not bounds] or [told for told, _ in parts]
    low, high = min(told.figure.low for told, _ in parts), max(told.figure.high for told, _ in parts)
    mean = fmean(told.figure.value for told in amounts)
    joined = "; ".join(told.source for told in amounts)
    source = f"mean of: {joined}" if len(amounts) > 1 else joined
    if others := [told.source for told, _ in parts if told not in amounts]:
        source += f"; range: {'; '.join(others)}"
    return Told(Figure(min(low, mean), mean, max(high, mean)), source)


def code(micro: Micro, environment: str) -> Code:
    """How many times slower code runs in an environment."""
    mine, native = micro.of(environment), micro.beside(environment)

    def ratios(kind: str) -> dict[str, Figure]:
        names = [name for name, operation in OPERATIONS.items() if operation.code == kind and name in mine]
        return {name: _ratio(mine[name], native[name]) for name in names}

    loops, mixed = ratios("loop"), ratios("mixed")
    plain = loops.get("int_loop")
    if plain is None or plain.value <= TRANSLATED:
        direct = "kernel code runs as natively: " + ("no loop is slower" if plain else "int_loop was not measured")
        return Code(_mean(loops, "loops of user code"), Told(Figure(1.0, 1.0, 1.0), direct))
    if mixed and min(figure.value for figure in mixed.values()) > plain.value:
        why = "code is translated, the kernel's too: so is any program's, as the kernel's code with calls and branches"
        whole = _mean(mixed, why)
        low = min(figure.value for figure in loops.values())
        spread = Figure(min(low, whole.figure.low), whole.figure.value, whole.figure.high)
        return Code(Told(spread, f"{whole.source}; low: the fastest loop"), Told(spread, whole.source))
    return Code(
        _mean(loops, "user code is translated: loops of it"),
        Told(Figure(1.0, 1.0, 1.0), "kernel code is not translated: it is slowed less than int_loop"),
    )


def _ratio(mine: Row, native: Row) -> Figure:
    ours, theirs = mine.figure, native.figure
    return Figure(ours.low / theirs.value, ours.value / theirs.value, ours.high / theirs.value)


def _mean(ratios: Mapping[str, Figure], why: str) -> Told:
    """The geometric mean of ratios over a range that holds them all; 1 where there are none."""
    if not ratios:
        return Told(Figure(1.0, 1.0, 1.0), "no loop of user code was measured: as natively")
    value = geometric_mean(figure.value for figure in ratios.values())
    low, high = (end(figure.value for figure in ratios.values()) for end in (min, max))
    shown = ", ".join(f"{name} x {figure.value:.3g}" for name, figure in ratios.items())
    return Told(Figure(low, value, high), f"{why}: {shown}")


def _words(row: Row) -> str:
    return f"{row.value:g} {row.unit}"
