"""ESP-IDF's component manager packs the component, and it passes its vectors on an emulated RISC-V."""

from __future__ import annotations

import re
import tarfile
from typing import Any

from package_checks.check import Check, CheckError, Room

_RISCV = "-march=rv32imc -mabi=ilp32 --specs=picolibc.specs --oslib=semihost --crt0=hosted"
_STRICT = "-std=c99 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -ffunction-sections -fdata-sections"
_LAYOUT = {"__flash": 0x80000000, "__flash_size": 0x400000, "__ram": 0x80400000, "__ram_size": 0x400000}
_LINK = ("-Wl,--gc-sections", *(f"-Wl,--defsym={name}={value:#x}" for name, value in _LAYOUT.items()))
_QEMU = (
    "-machine", "virt", "-cpu", "rv32", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel",
)  # fmt: skip


def run(room: Room) -> dict[str, Any]:
    """Packs it, compiles it strictly for RV32IMC, as of an ESP32-C3, and runs its test in QEMU."""
    bin_folder = room.venv("idf-component-manager")
    compiler = room.tool("riscv64-unknown-elf-gcc", package="gcc-riscv64-unknown-elf")
    emulator = room.tool("qemu-system-riscv32", package="qemu-system-misc")
    room.debian("picolibc-riscv64-unknown-elf")
    package = room.export("--package", "espidf", "--ecg", "--board", "microbit") / "espidf"
    room.run(bin_folder / "compote", "component", "pack", "--name", "ecgprune_ecg", "--dest-dir", room.folder,
             cwd=package, env={"IDF_TOOLS_PATH": str(room.folder)})  # fmt: skip
    (archive,) = room.folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        names = {name.removeprefix("./") for name in packed.getnames()}
    wanted = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    if not wanted <= names:
        raise CheckError(f"left out of the archive: {sorted(wanted - names)[0]}")
    figures = {}
    for program, said in (("examples/live", "36 beats"), ("test_apps/selftest", "0 of 16 vectors differ")):
        image = room.folder / f"{program.rpartition('/')[2]}.elf"
        main = package / program / "main"
        sources = [*(package / "src").glob("*.c"), *(p for p in main.glob("*.c") if p.name != "app_main.c")]
        words = (*_RISCV.split(), *_STRICT.split(), f"-I{package / 'src'}", f"-I{main}")
        room.run(compiler, *words, *sorted(sources), *_LINK, "-o", image)
        output = room.run(emulator, *_QEMU, image)
        if said not in output:
            raise CheckError(f"{image.name} says {output[-200:]!r}, not {said!r}")
        sizes = room.run("riscv64-unknown-elf-size", image).splitlines()[1]
        text, data, bss = (int(number) for number in re.findall(r"\d+", sizes)[:3])
        figures[image.stem] = {"flash_bytes": text + data, "ram_bytes": data + bss}
    return figures


CHECK = Check(
    "espidf",
    "packed by compote; its vectors pass on an emulated RV32IMC, compiled by Debian's GCC",
    (
        "idf-component-manager (PyPI)",
        "gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf, qemu-system-misc (Debian)",
    ),
    run,
    note="bare metal with picolibc; a build by ESP-IDF itself is among the checks by hand",
)
