"""The Arduino library builds for a Nano 33 IoT (SAMD21, Cortex-M0+) with Arduino's own builder and core."""

from __future__ import annotations

import re
import shutil
from typing import Any

from package_checks.check import Check, CheckError, Room

_SIZE = re.compile(r"Sketch uses (\d+) bytes.*?Global variables use (\d+) bytes", re.DOTALL)

_TWO = """/* Two models in one image: their libraries hold the same files ecgp_*. */
#include <ecg.h>
#include <second.h>

static ecg_t one;
static second_t two;
static uint8_t arenas[2][ECG_ARENA_BYTES] __attribute__((aligned(ECG_ARENA_ALIGNMENT)));

void setup()
{
    Serial.begin(115200);
    Serial.println(ecg_init(&one, arenas[0], sizeof arenas[0]) | second_init(&two, arenas[1], sizeof arenas[1]));
}

void loop()
{
    Serial.println(ecg_invoke(&one) | second_invoke(&two));
}
"""


def run(room: Room) -> dict[str, Any]:
    """Builds each example, and a sketch with two models.

    No file of the libraries may cause a warning, and the weights must lie in flash.
    """
    builder = room.tool("arduino-builder", "-version", package="arduino-builder")
    room.tool("arduino-ctags", package="arduino-ctags")
    room.tool("arm-none-eabi-gcc", package="gcc-arm-none-eabi")
    for package in ("arduino-builder", "arduino-ctags"):
        room.debian(package)
    installed = room.installation("arduino", "hardware/arduino/samd/platform.txt", "tools/CMSIS", "tools/CMSIS-Atmel")
    core = re.search(r"^version=(\S+)", (installed / "hardware/arduino/samd/platform.txt").read_text(), re.MULTILINE)
    room.versions["Arduino SAMD Boards"] = core[1] if core else "unknown"
    for name in ("ecg", "second"):
        package = room.export("--package", "arduino", "--ecg", "--board", "nano33iot", "--name", name) / "arduino"
        shutil.move(package, room.folder / "libraries" / f"ecgprune_{name}")
    two = room.folder / "Two" / "Two.ino"
    two.parent.mkdir()
    two.write_text(_TWO, encoding="utf-8")
    figures = {}
    for sketch in [*sorted(room.folder.glob("libraries/ecgprune_ecg/examples/*/*.ino")), two]:
        out = room.folder / "build" / sketch.stem
        out.mkdir(parents=True)
        said = room.run(
            builder, "-compile", "-warnings", "all", "-fqbn", "arduino:samd:nano_33_iot", "-build-path", out,
            "-hardware", installed / "hardware", "-hardware", "/usr/share/arduino-builder",
            "-tools", installed / "tools", "-libraries", room.folder / "libraries",
            "-prefs=compiler.path=/usr/bin/", "-prefs=tools.ctags.path=/usr/bin",
            f"-prefs=runtime.tools.CMSIS-4.5.0.path={installed / 'tools/CMSIS'}",
            f"-prefs=runtime.tools.CMSIS-Atmel-1.2.0.path={installed / 'tools/CMSIS-Atmel'}",
            "-prefs=compiler.arm.cmsis.ldflags=", sketch,
        )  # fmt: skip
        warning = re.search(r"^.*ecgprune_\w+/.*warning:.*$", said, re.MULTILINE)
        size = _SIZE.search(said)
        if warning or not size:
            raise CheckError(f"{sketch.stem}: {warning[0] if warning else 'no size was told'}")
        symbols = room.run("arm-none-eabi-nm", out / f"{sketch.name}.elf")
        address = re.search(r"^(\w+) \w ecg_constants$", symbols, re.MULTILINE)
        if not address or int(address[1], 16) >= 0x20000000:
            raise CheckError(f"{sketch.stem}: the weights are not in flash")
        figures[sketch.stem] = {"flash_bytes": int(size[1]), "ram_bytes": int(size[2])}
    return figures


CHECK = Check(
    "arduino",
    "examples for the Nano 33 IoT, by arduino-builder",
    (
        "arduino-builder, arduino-ctags (Debian)", "arm-none-eabi-gcc",
        "an installation of Arduino SAMD Boards: hardware/arduino/samd, tools/CMSIS, tools/CMSIS-Atmel",
    ),
    run,
    "linked without CMSIS-DSP, which no sketch of a package calls",
)  # fmt: skip
