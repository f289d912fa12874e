"""The wheel, installed with pip into bare environments and used outside any checkout."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from firmware_models import needs_qemu

pytestmark = pytest.mark.xdist_group("wheel")  # one worker, one installation for all of them

ROOT = Path(__file__).parents[2]
NOT_SOURCE = ("build", "generated", "__pycache__")
LIMIT_MB = 250


def sources(folder):
    """The files below a folder that are no build output, relative to it."""
    files = (p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.is_file())
    return [f for f in files if not set(NOT_SOURCE) & set(f.parts)]


def setuptools(call, folder, out):
    """Calls a hook of the build backend in `folder`, in a process of its own; returns the file made in `out`."""
    out.mkdir(exist_ok=True)
    code = f"from setuptools import build_meta; build_meta.{call}({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what the build needs, with build output in it that must stay out of the wheel."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, copy)
    for name in ("ecgprune", "firmware"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    (copy / "firmware" / "build" / "board").mkdir(parents=True)
    (copy / "firmware" / "build" / "board" / "main.o").write_bytes(b"object")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    return setuptools("build_wheel", checkout, tmp_path_factory.mktemp("wheel"))


def contents(wheel):
    """{name: bytes} of the package's files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {n: archive.read(n) for n in archive.namelist() if n.startswith("ecgprune/")}


def test_wheel_holds_the_package_and_the_firmware_and_nothing_else(wheel):
    package = {f"ecgprune/{f.as_posix()}": ROOT / "ecgprune" / f for f in sources(ROOT / "ecgprune")}
    firmware = {f"ecgprune/_firmware/{f.as_posix()}": ROOT / "firmware" / f for f in sources(ROOT / "firmware")}
    held = contents(wheel)
    assert sorted(held) == sorted(package | firmware)
    assert [name for name, path in (package | firmware).items() if held[name] != path.read_bytes()] == []


def test_sdist_gives_the_same_wheel(checkout, wheel, tmp_path):
    with tarfile.open(setuptools("build_sdist", checkout, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "from", filter="data")
    (unpacked,) = (tmp_path / "from").iterdir()
    assert contents(setuptools("build_wheel", unpacked, tmp_path / "wheel")) == contents(wheel)


class Installed:
    """A virtual environment with the wheel; its commands run outside any checkout, with a HOME of their own."""

    def __init__(self, folder):
        self.folder, self.home = folder / "venv", folder / "home"
        self.home.mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "ECGPRUNE", "XDG"))}
        self.environment |= {"HOME": str(self.home)}

    @property
    def site(self):
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    @property
    def firmware(self):
        return self.site / "ecgprune" / "_firmware"

    def pip(self, *words):
        """Runs pip. Where it fails the test is skipped, for there may be no network, and fails where CI=true."""
        done = subprocess.run([self.folder / "bin" / "python", "-m", "pip", "install", "--quiet", *words],
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode:
            why = f"pip install failed: {done.stderr.strip().splitlines()[-1]}"
            pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)

    def __call__(self, *words):
        return self.python("-m", "ecgprune", *words)

    def python(self, *words):
        command = [self.folder / "bin" / "python", *words]
        return subprocess.run(
            command, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False
        )

    def succeeds(self, *words):
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def base(wheel, tmp_path_factory):
    """The wheel and its base dependencies, in the versions of requirements.lock."""
    folder = tmp_path_factory.mktemp("base")
    installed = Installed(folder)
    subprocess.run([sys.executable, "-m", "venv", installed.folder], check=True)
    pins = re.findall(r"^[\w.-]+==[^\\\n]+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    (folder / "pins.txt").write_text("\n".join(pins))
    installed.pip("--constraint", folder / "pins.txt", wheel)
    return installed


@pytest.fixture(scope="module")
def model(base):
    return base.firmware / "models" / "reference" / "model.tflite"


def test_base_environment_is_small_and_has_no_tensorflow(base):
    blocks = {(s.st_dev, s.st_ino): s.st_blocks for s in (p.lstat() for p in base.folder.rglob("*"))}
    assert sum(blocks.values()) * 512 < LIMIT_MB * 2**20
    unwanted = {"tensorflow", "keras", "tf_keras", "scipy", "sklearn", "wfdb", "matplotlib", "pandas"}
    assert unwanted & {p.name for p in base.site.iterdir()} == set()


def test_base_environment_exports_builds_benches_and_verifies(base, model):
    needs_qemu()
    assert '"kernel"' in base.succeeds("export", model, "--out", "export", "--format", "json")
    written = [path.name for path in (base.home / "export").rglob("*")]
    assert written.count("model.c") == 2  # as generated, and with all that it needs
    assert written.count("LICENSE") == 1
    base.succeeds("build", model, "--out", "build", "--board", "mps2_an505")
    assert len(list((base.home / "build").rglob("firmware.hex"))) == 1
    assert '"bit_exact": true' in base.succeeds("bench", model, "--vectors", "3", "--format", "json")
    assert "equal" in base.succeeds("verify", model, "--out", "verify", "--vectors", "3")


def test_nothing_is_written_beside_the_installed_sources(base, wheel):
    held = {name.removeprefix("ecgprune/") for name in contents(wheel)}
    there = {p.as_posix() for p in sources(base.site / "ecgprune")}
    assert there == held


@pytest.mark.parametrize(("command", "listed"), [("boards", "mps2_an386"), ("ops", "CONV_2D"), ("configs", "smoke")])
def test_base_environment_lists_what_there_is(base, command, listed):
    script = base.folder / "bin" / "ecgprune"
    done = subprocess.run([script, command], cwd=base.home, env=base.environment, capture_output=True, text=True)
    assert listed in done.stdout


@pytest.mark.parametrize("command", ["run", "train"])
def test_missing_extra_is_one_line_that_names_it(base, command):
    done = base(command, "smoke", "--out", f"base-{command}")
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert 'pip install "ecgprune[train]"' in done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def trained(wheel, tmp_path_factory):
    """A run folder made by the wheel with [train].

    What the extra brings comes from this test's own environment: installing TensorFlow once more takes minutes.
    """
    needs_qemu()
    installed = Installed(tmp_path_factory.mktemp("train"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", installed.folder], check=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed.site)
    (installed.site / "extra.pth").write_text(sysconfig.get_path("purelib"))
    where = installed.python("-c", "import ecgprune; print(ecgprune.__file__)").stdout
    assert Path(where.strip()).is_relative_to(installed.site)
    installed.succeeds("run", "smoke", "--out", "run")
    return installed.home / "run"


@pytest.mark.slow
def test_smoke_run_works_from_the_wheel_with_the_train_extra(trained):
    assert (trained / "report.html").is_file()


@pytest.mark.slow
def test_base_environment_resumes_a_trained_run_to_its_report(base, trained):
    (trained / "report.html").unlink()
    done = base("report", "smoke", "--out", trained)
    assert done.returncode == 0, done.stderr
    assert (trained / "report.html").is_file()
    assert [line for line in done.stderr.splitlines() if line.startswith("[") and "(kept)" not in line] == [
        line for line in done.stderr.splitlines() if line.endswith("] report")
    ]
