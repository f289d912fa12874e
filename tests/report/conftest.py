"""Fixtures of the report's tests."""

import shutil
from pathlib import Path

import pytest
from report_run import write_run

from ecgprune import report


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with its report; not to be changed."""
    folder = write_run(tmp_path_factory.mktemp("report") / "run")
    report.build(folder)
    return folder


@pytest.fixture
def copy(run, tmp_path):
    """A copy of it, for tests that change it."""
    return Path(shutil.copytree(run, tmp_path / "run"))
