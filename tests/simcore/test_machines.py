"""The same bytes whatever the processor can do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import json
import vmarch
found = vmarch.compare(["web-server", "oltp"], ["kvm-vhost"], operations=60, replications=2, jobs=1, engine=ENGINE)
print(json.dumps([dict(row) for row in found.rows], sort_keys=True))
"""
FEWER = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3 F16C"


def rows(engine: str, **environment: str) -> str:
    program = PROGRAM.replace("ENGINE", repr(engine))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_results_do_not_depend_on_features_of_the_processor(engine: str) -> None:
    """NumPy without its wider vectors and fused operations; the compiled loop for a processor without them."""
    plain = rows(engine, NPY_DISABLE_CPU_FEATURES=FEWER, NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    assert plain == rows(engine)
