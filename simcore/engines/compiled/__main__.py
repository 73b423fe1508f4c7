"""`python -m simcore.engines.compiled`: compiles the engine now, so that no run has to wait for it.

The loop of runs that are traced is another; a process of its own compiles it at the same time.
"""

import subprocess
import sys

from simcore.demands import Demand, Operation
from simcore.engines.compiled import run
from simcore.model import Domain, Kind, Model, Program, Row, TaskClass, Visit
from simcore.path import ALWAYS, Layer
from simcore.totals import Settings

TRACED = "traced"

program = Program((Visit(0, Kind.CPU, 0, 0, 1),), (Row(Layer.USER, ((ALWAYS, 1.0),)),))
tasks = TaskClass("any", 0, 0, 1, Operation(demands={Demand.USER_CYCLES: 1.0}), program)
model = Model(1, 1, (Domain("any", 1),), (), (tasks,))
if sys.argv[1:] == [TRACED]:
    run(model, Settings(operations=1), recorder=[].extend)
else:
    with subprocess.Popen([sys.executable, "-m", "simcore.engines.compiled", TRACED]) as other:
        run(model, Settings(operations=1))
    sys.exit(other.returncode)
