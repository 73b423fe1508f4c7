"""What an engine must do, every engine must do: the tests here run on each that simulates."""

from collections.abc import Iterator

import pytest

from experiments.theory import models


@pytest.fixture(params=["simpy", "compiled"], autouse=True, scope="module")
def each_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    before, models.ENGINE = models.ENGINE, request.param
    yield request.param
    models.ENGINE = before
