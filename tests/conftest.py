"""What all tests share: properties drawn alike in every run, no windows, and the way to accept new fingerprints."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib, and for commands that tests start
settings.register_profile("vmarch", derandomize=True, deadline=None, database=None)
settings.load_profile("vmarch")
pytest_plugins = ["tests.command_line"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-fingerprints",
        action="store_true",
        help="store the fingerprints that this run finds, instead of comparing with the stored ones",
    )


@pytest.fixture(scope="session")
def update_fingerprints(pytestconfig: pytest.Config) -> bool:
    """Whether changed fingerprints are intended, and stored."""
    return bool(pytestconfig.getoption("--update-fingerprints"))
