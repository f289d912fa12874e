"""One build for all tests of gates."""

import pytest
from cli_calls import call, small_tflite


@pytest.fixture(scope="session")
def broken(tmp_path_factory):
    """(how `ecgprune build` ended on a budget that it breaks, its folder)."""
    folder = tmp_path_factory.mktemp("gates")
    (folder / "m.tflite").write_bytes(small_tflite())
    build = ("build", folder / "m.tflite", "--out", folder / "my out", "--format", "json")
    limits = ("--max-flash", "0.25K", "--max-ram", 1, "--max-stack", "64K", "--max-cycles", 9)
    return call(*build, *limits), folder / "my out"
