import os
from pathlib import Path

import pytest

MITDB = Path(__file__).resolve().parents[2] / "shared" / "data" / "mitdb"


@pytest.fixture(scope="session")
def mitdb() -> Path:
    """The folder of the MIT-BIH Arrhythmia Database; without it the test is skipped, or fails where CI=true."""
    if not MITDB.is_dir():
        missing = f"the MIT-BIH database is not at {MITDB}"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return MITDB
