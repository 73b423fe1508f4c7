"""Counts the kinds of code that a program runs, from QEMU's log of the blocks that it translates and executes.

    qemu-x86_64 -d in_asm,exec,nochain -D /dev/stderr PROGRAM 2>&1 >/dev/null | python benchmarks/code/mix.py

Prints, of the whole run: instructions, blocks, accesses to memory, direct jumps to another page, indirect jumps with
returns, scalar and x87 floating-point instructions; then the instructions translated. x86-64 only.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable

INSTRUCTION = re.compile(r"^0x([0-9a-f]+):\s+(?:[0-9a-f]{2} )+\s*(.*)$")
FLOAT = re.compile(r"v?(add|sub|mul|div|sqrt|cvt\w*|ucomi|comi|max|min|cmp\w*)[sp][sd]|f")
TARGET = re.compile(r"0x([0-9a-f]+)")
STACK = ("push", "pop", "call", "ret")


def read(lines: Iterable[str]) -> tuple[dict[int, list[str]], Counter[int]]:
    """The instructions of each block by address, and how often each was executed."""
    blocks: dict[int, list[str]] = {}
    executed: Counter[int] = Counter()
    current: list[str] | None = None
    for line in lines:
        if line.startswith("Trace "):
            executed[int(line.split("/")[1], 16)] += 1
        elif line.startswith("IN:"):
            current = None
        elif found := INSTRUCTION.match(line):
            if current is None:
                current = blocks[int(found[1], 16)] = []
            if found[2]:
                current.append(found[2])
    return blocks, executed


def kinds(address: int, body: list[str]) -> Counter[str]:
    """How much of each kind one execution of a block holds."""
    counts = Counter(instructions=len(body), blocks=1)
    for text in body:
        name, _, operands = text.partition(" ")
        in_memory = "(" in operands and not name.startswith(("lea", "nop"))
        counts["memory"] += in_memory or name.startswith(STACK)
        counts["float"] += FLOAT.match(name) is not None
    name, _, operands = body[-1].partition(" ")
    if name.startswith("ret") or (name.startswith(("jmp", "call")) and "*" in operands):
        counts["indirect"] += 1
    elif name.startswith(("j", "call")) and (target := TARGET.search(operands)):
        counts["far"] += int(target[1], 16) >> 12 != address >> 12
    return counts


def main() -> None:
    """Reads the log from standard input."""
    blocks, executed = read(sys.stdin)
    total: Counter[str] = Counter()
    for address, times in executed.items():
        for kind, count in kinds(address, blocks[address]).items() if blocks.get(address) else ():
            total[kind] += count * times
    total["translated"] = sum(map(len, blocks.values()))
    for kind, count in total.items():
        print(f"{kind},{count}")


if __name__ == "__main__":
    main()
