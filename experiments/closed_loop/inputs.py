"""The files on which the programs work; the same bytes each time."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path

from vmarch.measuring.measure import SOURCE

__all__ = ["make"]

MODULES = [
    "argparse",
    "ast",
    "asyncio",
    "base64",
    "bisect",
    "calendar",
    "cmd",
    "code",
    "codecs",
    "collections",
    "concurrent.futures",
    "configparser",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "doctest",
    "email",
    "enum",
    "filecmp",
    "fractions",
    "ftplib",
    "getpass",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "html",
    "http",
    "imaplib",
    "inspect",
    "json",
    "locale",
    "logging",
    "lzma",
    "mailbox",
    "multiprocessing",
    "optparse",
    "pathlib",
    "pdb",
    "pickle",
]
LOOPS = """
table, total = {}, 0
for i in range(2000000):
    key = i * 7919 % 10007
    table[key] = table.get(key, 0) + i
for key, value in sorted(table.items()):
    total = (total * 31 + key ^ value) % 1000003
print(total)
"""
COUNT = r"""
my %seen; open(my $f, "<", $ARGV[0]) or die;
while (<$f>) { $seen{lc $1}++ while /(\w+)/g; }
print scalar(keys %seen), "\n";
"""
ENDS = "\n   "  # a line holds four words on average
NGINX = """
daemon on; pid nginx.pid; error_log /dev/null; worker_processes 1; user root;
events { worker_connections 64; }
http { access_log off; server { listen 127.0.0.1:7392; root .; } }
"""


def make(folder: Path) -> None:
    """Fills a folder; what is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    vocabulary = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 14))) for _ in range(20000)]
    text = "".join(f"{word}{chance.choice(ENDS)}" for word in chance.choices(vocabulary, k=1_310_000))
    texts = {
        "program.c": SOURCE.read_text("utf-8"),
        "loops.py": LOOPS,
        "imports.py": "".join(f"import {name}\n" for name in MODULES),
        "count.pl": COUNT,
        "nginx.conf": NGINX,
        "words.txt": text,
        "small.txt": text[:2000],
        "rows.sql": _inserts("rows", 200_000, 200_000),
        "durable.sql": _inserts("durable", 300, 1),
    }
    for name, content in texts.items():
        (folder / name).write_text(content, "utf-8")
    for tree, files in (("tree", 3000), ("part", 500)):
        for n in range(files):
            path = folder / tree / f"d{n % 50:02d}" / f"f{n:04d}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            start = chance.randrange(len(text) - 8000)
            path.write_text(text[start : start + chance.randint(200, 8000)], "utf-8")
    with tarfile.open(folder / "tree-0.tar", "w") as archive:
        archive.add(folder / "tree", "tree")


def _inserts(table: str, rows: int, together: int) -> str:
    lines = [f"drop table if exists {table};", f"create table {table} (a integer primary key, b text);"]
    lines.insert(0, f"pragma synchronous={'full' if together == 1 else 'off'};")
    for first in range(0, rows, together):
        lines.append("begin;")
        lines += [
            f"insert into {table} values ({n}, 'row {n * 7919 % 10007}');" for n in range(first, first + together)
        ]
        lines.append("commit;")
    return "\n".join(lines) + "\n"
