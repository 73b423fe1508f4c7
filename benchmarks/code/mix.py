"""Counts the kinds of code that a program runs, from QEMU's log of the blocks that it translates and executes.

    qemu-x86_64 -d in_asm,exec,nochain -D /dev/stderr PROGRAM 2>&1 >/dev/null | python benchmarks/code/mix.py

Prints, of the whole run: instructions, blocks, accesses to memory, conditional jumps, scalar and x87 floating-point
instructions; jumps that the translator must look up, because they are indirect (returns too) or leave their page of
code; those of them that its table of 4096 places by address no longer holds; and the instructions translated. x86-64
only.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable

INSTRUCTION = re.compile(r"^0x([0-9a-f]+):\s+(?:[0-9a-f]{2} )+\s*(.*)$")
FLOAT = re.compile(r"v?(add|sub|mul|div|sqrt|cvt\w*|ucomi|comi|max|min|cmp\w*)[sp][sd]|f")
STACK = ("push", "pop", "call", "ret")
PLACES = 4096  # QEMU's TB_JMP_CACHE_SIZE; in user mode a target's place is its address, folded at 12 bits


class Run:
    """Blocks by address, how often each was executed, and the jumps between them that were looked up."""

    def __init__(self) -> None:
        self.blocks: dict[int, list[str]] = {}
        self.executed: Counter[int] = Counter()
        self.looked_up = self.missed = 0

    def read(self, lines: Iterable[str]) -> None:
        """Follows a log from its beginning."""
        places = [-1] * PLACES
        indirect: set[int] = set()
        current: list[str] | None = None
        before = -1
        for line in lines:
            if line.startswith("Trace "):
                address = int(line.split("/")[1], 16)
                self.executed[address] += 1
                if before in indirect or before >> 12 != address >> 12:
                    self.looked_up += 1
                    place = (address ^ address >> 12) % PLACES
                    if places[place] != address:
                        self.missed += 1
                        places[place] = address
                before = address
            elif line.startswith("IN:"):
                current = None
            elif found := INSTRUCTION.match(line):
                if current is None:
                    start = int(found[1], 16)
                    current = self.blocks[start] = []
                if found[2]:
                    current.append(found[2])
                    name, _, operands = found[2].partition(" ")
                    if name.startswith("ret") or (name.startswith(("jmp", "call")) and "*" in operands):
                        indirect.add(start)


def kinds(body: list[str]) -> Counter[str]:
    """How much of each kind one execution of a block holds."""
    counts = Counter(instructions=len(body), blocks=1)
    for text in body:
        name, _, operands = text.partition(" ")
        in_memory = "(" in operands and not name.startswith(("lea", "nop"))
        counts["memory"] += in_memory or name.startswith(STACK)
        counts["float"] += FLOAT.match(name) is not None
        counts["conditional"] += name.startswith("j") and not name.startswith("jmp")
    return counts


def main() -> None:
    """Reads the log from standard input."""
    run = Run()
    run.read(sys.stdin)
    total: Counter[str] = Counter()
    for address, times in run.executed.items():
        for kind, count in kinds(run.blocks[address]).items() if run.blocks.get(address) else ():
            total[kind] += count * times
    total.update(looked_up=run.looked_up, missed=run.missed, translated=sum(map(len, run.blocks.values())))
    for kind, count in total.items():
        print(f"{kind},{count}")


if __name__ == "__main__":
    main()
