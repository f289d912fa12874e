"""Fixtures of the report's tests."""

import shutil
from pathlib import Path

import pytest
from report_run import reported


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with its report; not to be changed."""
    return reported(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture
def copy(run, tmp_path):
    """A copy of it, for tests that change it."""
    return Path(shutil.copytree(run, tmp_path / "run"))
