"""`python -m simcore.engines.compiled`: compiles the engine now, so that no run has to wait for it."""

from simcore.demands import Demand, Operation
from simcore.engines.compiled import run
from simcore.model import Domain, Kind, Model, Program, Row, TaskClass, Visit
from simcore.path import ALWAYS, Layer
from simcore.totals import Settings

program = Program((Visit(0, Kind.CPU, 0, 0, 1),), (Row(Layer.USER, ((ALWAYS, 1.0),)),))
tasks = TaskClass("any", 0, 0, 1, Operation(demands={Demand.USER_CYCLES: 1.0}), program)
model = Model(1, 1, (Domain("any", 1),), (), (tasks,))
run(model, Settings(operations=1))
run(model, Settings(operations=1), recorder=[].extend)  # the loop of traced runs is another
