"""Packages in whole images of vendors' SDKs and of an RTOS, each built from the SDK's own tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from package_checks import sdk_sources as programs
from package_checks.check import Check, CheckError, Room

_M4 = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
_BUILD = ("-std=gnu99", "-O2", "-ffunction-sections", "-fdata-sections")
_LINK = ("-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments")
_SAID = "0 of 16 vectors differ"
_CMSIS = "ARM-software/CMSIS_6"
_GCC = "arm-none-eabi-gcc"


def _sizes(room: Room, image: Path) -> dict[str, int]:
    line = room.run("arm-none-eabi-size", image).splitlines()[1]
    text, data, bss = (int(number) for number in re.findall(r"\d+", line)[:3])
    return {"flash_bytes": text + data, "ram_bytes": data + bss}


def _linked(room: Room, name: str, files: Sequence[object], *words: object) -> Path:
    """An image of a Cortex-M4 by the Arm compiler."""
    image = room.folder / f"{name}.elf"
    room.run(room.tool(_GCC, package="gcc-arm-none-eabi"), *_M4, *_BUILD, *words, *files, *_LINK, "-o", image)
    return image


def _written(room: Room, name: str, text: str) -> Path:
    path = room.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _passed(room: Room, image: Path, machine: str) -> None:
    """Runs the vectors in QEMU."""
    emulator = room.tool("qemu-system-arm", package="qemu-system-arm")
    said = room.run(
        emulator, "-M", machine, "-display", "none", "-monitor", "none", "-serial", "none",
        "-semihosting-config", "enable=on,target=native", "-kernel", image,
    )  # fmt: skip
    if _SAID not in said:
        raise CheckError(f"{image.name} says {said[-200:]!r}, not {_SAID!r}")


def _package(room: Room, board: str) -> tuple[Path, list[Path]]:
    """The package of kind make, and its sources."""
    package = room.export("--package", "make", "--board", board) / "make"
    return package, sorted((package / "src").glob("*.c"))


def _stm32(room: Room, files: Sequence[object], led: str, *words: object) -> dict[str, Any]:
    """Minimal with a LED, and the vectors on QEMU's STM32F405."""
    package, sources = _package(room, "nucleo_f446re")
    include = (f"-I{package / 'src'}", "--specs=nano.specs")
    example = [*sources, package / "examples" / "minimal" / "main.c", _written(room, "led.c", led)]
    minimal = _linked(room, "minimal", [*example, *files], "-Dmain=example", *include, *words, "--specs=nosys.specs")
    tested = [*sources, *(package / "test").glob("*.c"), _written(room, "semihosted.c", programs.SEMIHOSTED)]
    test = _linked(room, "test", [*tested, *files], "-Dmain=example", *include, *words, "--specs=rdimon.specs")
    _passed(room, test, "netduinoplus2")
    return {"minimal": _sizes(room, minimal), "test": _sizes(room, test)}


def device_f4(room: Room) -> dict[str, Any]:
    """ST's device pack with its system and startup files, and a linker script of one's own."""
    device, cmsis = room.tree("STMicroelectronics/cmsis-device-f4"), room.tree(_CMSIS, "CMSIS/Core/Include")
    templates = device / "Source" / "Templates"
    files = [templates / "system_stm32f4xx.c", templates / "gcc" / "startup_stm32f411xe.s"]
    words = ["-DSTM32F411xE", f"-I{device / 'Include'}", f"-I{cmsis / 'CMSIS/Core/Include'}", "-nostartfiles"]
    return _stm32(room, files, programs.DEVICE_LED, *words, "-T", _written(room, "layout.ld", programs.LAYOUT))


def libopencm3(room: Room) -> dict[str, Any]:
    """libopencm3, built for stm32/f4 by its own Makefile."""
    tree = room.tree("libopencm3/libopencm3")
    room.run("make", "-C", tree, "-s", "TARGETS=stm32/f4", "lib")
    words = ["-DSTM32F4", f"-I{tree / 'include'}", f"-L{tree / 'lib'}", "-nostartfiles"]
    layout = _written(room, "layout.ld", programs.OPENCM3_LAYOUT)
    return _stm32(room, [tree / "lib" / "libopencm3_stm32f4.a"], programs.OPENCM3_LED, *words, "-T", layout)


def nrfx(room: Room) -> dict[str, Any]:
    """nrfx' HAL, the MDK's startup code and linker script; linked, not run."""
    left_out = [f":(exclude)bsp/stable/mdk/{names}" for names in ("*_types.h", "*.svd")]
    tree, cmsis = room.tree("NordicSemiconductor/nrfx", ".", *left_out), room.tree(_CMSIS, "CMSIS/Core/Include")
    package, sources = _package(room, "nrf52840dk")
    mdk = tree / "bsp" / "stable" / "mdk"
    files = [*sources, package / "examples" / "minimal" / "main.c", _written(room, "led.c", programs.NRFX_LED)]
    files += [mdk / "gcc_startup_nrf52840.S", mdk / "system_nrf52840.c"]
    _written(room, "nrfx_config.h", programs.NRFX_CONFIG)
    own = [tree, tree / "hal", tree / "templates", mdk.parent, mdk, mdk.parent / "templates"]
    folders = [room.folder, package / "src", *own, cmsis / "CMSIS/Core/Include"]
    words = ["-DNRF52840_XXAA", "-Dmain=example", *(f"-I{folder}" for folder in folders), f"-L{mdk}"]
    words += ["--specs=nano.specs", "--specs=nosys.specs"]
    return {"minimal": _sizes(room, _linked(room, "minimal", files, *words, "-T", mdk / "nrf52840_xxaa.ld"))}


def freertos(room: Room) -> dict[str, Any]:
    """A task runs the vectors 20 times while another one, with the FPU, interrupts it."""
    tree = room.tree("FreeRTOS/FreeRTOS-Kernel")
    package, sources = _package(room, "mps2_an386")
    port, platform = tree / "portable" / "GCC" / "ARM_CM4F", package / "platform"
    _written(room, "FreeRTOSConfig.h", programs.FREERTOS_CONFIG)
    kernel = [tree / "tasks.c", tree / "list.c", port / "port.c", tree / "portable" / "MemMang" / "heap_4.c"]
    tasks = _written(room, "tasks_main.c", programs.FREERTOS_TASKS)
    tested = [*sources, package / "test" / "ecg_selftest.c", tasks]
    folders = (package / "src", package / "test", platform, room.folder, tree / "include", port)
    words = [*(f"-I{folder}" for folder in folders), "-DECGP_INTERRUPTS=32", "-nostartfiles", "--specs=nano.specs"]
    words += ["-Wl,--defsym=ecgp_stack_bytes=2048", "-T", platform / "memory.ld", "-T", platform / "sections.ld"]
    image = _linked(room, "test", [*tested, *kernel, *platform.glob("*.c"), platform / "vectors.S"], *words)
    _passed(room, image, "mps2-an386")
    return {"test": _sizes(room, image)}


def pico_sdk(room: Room) -> dict[str, Any]:
    """An ordinary CMake project of the SDK, with add_subdirectory of the package; linked, not run."""
    tree = room.tree("raspberrypi/pico-sdk", ".", ":(exclude)*.svd")
    room.tool("cmake")
    room.tool(_GCC, package="gcc-arm-none-eabi")
    package = room.export("--package", "cmake", "--board", "rpi_pico") / "cmake"
    project = room.folder / "project"
    project.mkdir()
    _written(room, "project/CMakeLists.txt", programs.PICO_CMAKE.replace("PACKAGE", package.as_posix()))
    _written(room, "project/main.c", programs.PICO_MAIN)
    build = room.folder / "build"
    words = ("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DPICO_BOARD=pico", f"-DPICO_SDK_PATH={tree}")
    room.run("cmake", "-S", project, "-B", build, *words)
    room.run("cmake", "--build", build)
    return {"minimal": _sizes(room, build / "minimal.elf")}


def _check(name: str, title: str, trees: Sequence[str], run: Any, note: str) -> Check:
    return Check(name, title, (f"{_GCC}, qemu-system-arm (Debian)", *trees), run, note=note, sdk=True)


CHECKS = (
    _check("cmsis-device-f4", "ST's cmsis-device-f4, STM32F411", ("STMicroelectronics/cmsis-device-f4", _CMSIS),
           device_f4,
           "kind make: minimal with a LED by registers, ST's startup code; the vectors pass on QEMU's STM32F405"),
    _check("libopencm3", "libopencm3, STM32F411", ("libopencm3/libopencm3",), libopencm3,
           "kind make: minimal with the clock at 84 MHz and a LED; the vectors pass on QEMU's STM32F405"),
    _check("nrfx", "nrfx, nRF52840", ("NordicSemiconductor/nrfx", _CMSIS), nrfx,
           "kind make: minimal with a LED by nrfx's HAL, the MDK's startup code and linker script; linked, not run"),
    _check("freertos", "FreeRTOS kernel, port GCC/ARM_CM4F, AN386", ("FreeRTOS/FreeRTOS-Kernel",), freertos,
           "kind make: two tasks; one runs the vectors 20 times while a task of higher priority, with the FPU, "
           "interrupts it; all pass in QEMU"),
    _check("pico-sdk", "Pico SDK, RP2040", ("raspberrypi/pico-sdk",), pico_sdk,
           "kind cmake, --board rpi_pico: pico_stdlib, printf() by UART; linked, not run"),
)  # fmt: skip
