import os
import shutil
import signal
from pathlib import Path

import pytest

# A job that a script puts in the background ignores Ctrl-C, and so would the commands that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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


COMPILERS = ("cc", "gcc", "clang", "arm-none-eabi-gcc", "arm-none-eabi-g++")


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where ccache is installed, all workers compile a file once for the same flags: hundreds of builds share kernels.

    The cache begins empty, and compilers are found on PATH as before: programs that run the real ones through ccache.
    """
    ccache = shutil.which("ccache")
    if ccache is None:
        return
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compilers"
    folder.mkdir(exist_ok=True)
    # Depend mode takes what a file includes from the compiler's -MMD, and runs no preprocessor before it compiles.
    settings = f"CCACHE_DEPEND=1 CCACHE_DIR='{folder / 'cache'}'"
    for name in COMPILERS:
        compiler = shutil.which(name)
        if compiler is not None:
            new = folder / f".{name}-{os.getpid()}"
            new.write_text(f"#!/bin/sh\n{settings} exec '{ccache}' '{compiler}' \"$@\"\n")
            new.chmod(0o755)
            new.replace(folder / name)  # as a whole, for another worker may be running it
    os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a fixture of their module go to one worker, which makes it once; slow ones of the others begin
    first, so that no worker ends with a long one."""
    for item in items:
        fixtures = item._fixtureinfo.name2fixturedefs.items()
        shared = {name for name, found in fixtures if any(fixture.scope == "module" for fixture in found)}
        if shared and not item.get_closest_marker("xdist_group"):
            values = getattr(item, "callspec", None)
            made = [i for name, i in values.indices.items() if name in shared] if values else []
            item.add_marker(pytest.mark.xdist_group("-".join([item.path.stem, *map(str, made)])))
    items.sort(key=lambda item: not item.get_closest_marker("slow") or bool(item.get_closest_marker("xdist_group")))


def _database(folder: Path, title: str) -> Path:
    if not folder.is_dir():
        missing = f"{title} is not at {folder}"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return folder
