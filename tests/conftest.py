import os
from pathlib import Path

import pytest

MITDB = Path(__file__).resolve().parents[2] / "shared" / "data" / "mitdb"


@pytest.fixture(scope="session")
def mitdb() -> Path:
    """The folder of the MIT-BIH Arrhythmia Database; without it the test is skipped, or fails where CI=true."""
    return _database(MITDB, "the MIT-BIH database")


@pytest.fixture(scope="session")
def nstdb() -> Path:
    """The folder of the MIT-BIH Noise Stress Test Database's bw, em and ma; without it as `mitdb`."""
    return _database(MITDB.parent / "nstdb", "the MIT-BIH Noise Stress Test Database")


@pytest.fixture(scope="session")
def svdb() -> Path:
    """The folder of 39 records of the MIT-BIH Supraventricular Arrhythmia Database; without it as `mitdb`."""
    return _database(MITDB.parent / "svdb", "the MIT-BIH Supraventricular Arrhythmia Database")


def _database(folder: Path, title: str) -> Path:
    if not folder.is_dir():
        missing = f"{title} is not at {folder}"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return folder
