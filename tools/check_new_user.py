"""Goes a new user's way from `pip install` to a linked image, for three build systems, and times each part.

    python tools/check_new_user.py --trees FOLDER

For maintainers, not for CI. A new venv in build/new-user gets ecgprune from this checkout through pip and nothing else;
the commands are those of docs/guide/cmake.md, make.md and arduino.md. Wall-clock seconds depend on what else the
machine does, so CPU seconds and the load stand beside them in results/new_user.json. FOLDER holds the installation of
Arduino's boards that tools/check_packages.py takes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "new-user"
RESULTS = ROOT / "results" / "new_user.json"
MODEL = ROOT / "firmware" / "models" / "small"
ARDUINO_LINKS = "-prefs=compiler.arm.cmsis.ldflags="  # no sketch of a package calls CMSIS-DSP


def timed(name: str, parts: dict[str, Any], *commands: list[str | Path]) -> None:
    """Runs commands one after the other in FOLDER; their seconds go to `parts`."""
    kept = {key: value for key, value in os.environ.items() if key in ("HOME", "LANG") or key.startswith("PIP_")}
    environment = kept | {"PATH": f"{FOLDER / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    for words in commands:
        done = subprocess.run([str(w) for w in words], cwd=FOLDER, env=environment, capture_output=True, text=True,
                              check=False)  # fmt: skip
        if done.returncode:
            sys.exit(f"{name}: {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    parts[name] = {"seconds": round(time.monotonic() - begun, 1), "cpu_seconds": round(spent, 1)}
    print(name, parts[name], flush=True)


def export(kind: str, *more: str) -> list[str | Path]:
    return ["ecgprune", "export", MODEL, "--package", kind, *more, "--out", FOLDER / "packages", "-q"]


def arduino(trees: Path) -> list[str | Path]:
    """The call that Arduino's IDE makes to build a sketch."""
    installed, sketch = trees / "arduino", FOLDER / "libraries/ecgprune_ecg/examples/Minimal/Minimal.ino"
    (FOLDER / "arduino").mkdir()
    return [
        "arduino-builder", "-compile", "-fqbn", "arduino:samd:nano_33_iot", "-build-path", FOLDER / "arduino",
        "-hardware", installed / "hardware", "-hardware", "/usr/share/arduino-builder", "-tools", installed / "tools",
        "-libraries", FOLDER / "libraries", "-prefs=compiler.path=/usr/bin/", "-prefs=tools.ctags.path=/usr/bin",
        f"-prefs=runtime.tools.CMSIS-4.5.0.path={installed / 'tools/CMSIS'}",
        f"-prefs=runtime.tools.CMSIS-Atmel-1.2.0.path={installed / 'tools/CMSIS-Atmel'}", ARDUINO_LINKS, sketch,
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", type=Path, required=True, help="folder with the installation arduino/")
    trees = parser.parse_args().trees.resolve()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    parts: dict[str, Any] = {}
    load = os.getloadavg()[0]
    source = FOLDER / "source"
    timed("copy", {}, ["git", "-C", ROOT, "checkout-index", "-a", f"--prefix={source}/"])
    timed("install", parts, [sys.executable, "-m", "venv", "venv"], ["pip", "install", "--quiet", source])
    timed("cmake, export", parts, export("cmake"))
    arm = "-DCMAKE_TOOLCHAIN_FILE=cmake/arm-none-eabi.cmake"
    cmake = FOLDER / "packages/cmake"
    timed("cmake, image", parts, ["cmake", "-G", "Ninja", "-S", cmake, "-B", "cmake", arm],
          ["cmake", "--build", "cmake"], ["ctest", "--test-dir", "cmake"])  # fmt: skip
    timed("make, export", parts, export("make"))
    timed("make, image", parts, ["make", "-C", "packages/make", "CROSS=arm-none-eabi-", "all", "test"])
    timed("arduino, export", parts, export("arduino", "--ecg", "--board", "nano33iot"))
    (FOLDER / "libraries").mkdir()
    shutil.move(FOLDER / "packages/arduino", FOLDER / "libraries/ecgprune_ecg")
    timed("arduino, image", parts, arduino(trees))
    images = ("cmake/test/ecgprune_ecg_test", "packages/make/build/arm-none-eabi/test.elf", "arduino/Minimal.ino.elf")
    for image in images:
        assert (FOLDER / image).read_bytes().startswith(b"\x7fELF"), image
    totals = {
        kind: {unit: round(sum(parts[part][unit] for part in ("install", f"{kind}, export", f"{kind}, image")), 1)
               for unit in ("seconds", "cpu_seconds")}
        for kind in ("cmake", "make", "arduino")
    }  # fmt: skip
    tools = {"cmake": ["--version"], "ninja": ["--version"], "make": ["--version"], "arduino-builder": ["-version"],
             "arm-none-eabi-gcc": ["--version"], "qemu-system-arm": ["--version"]}  # fmt: skip
    said = {n: subprocess.run([n, *w], capture_output=True, text=True, check=False) for n, w in tools.items()}
    found = {
        "schema_version": 1, "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(), "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "python": sys.version.split()[0],
        "versions": {name: (one.stdout or one.stderr).splitlines()[0] for name, one in said.items()},
        "parts": parts, "from_pip_install_to_image": totals,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
