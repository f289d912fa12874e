"""Every kernel builds for every Cortex-M without a warning, and asks the C library for memcpy and memset only.

test_matrix.py builds them at the other optimizations, as strictly. A Cortex-M0+ has the instructions of an M0.
"""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hostmodel import INCLUDES, WARNINGS

KERNELS = sorted((Path(__file__).parents[2] / "firmware" / "lib" / "nn").glob("*.c"))
CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
FLOATS = {"cortex-m55": ["-mfloat-abi=hard"]}  # without, there are no vectors either
# Compiler support for what a core has no instruction for: a 64-bit product, 32-bit division, float arithmetic.
SUPPORT = r"__aeabi_(lmul|idiv|idivmod|uidiv|uidivmod|i2f|f2iz|f(sub|add|mul|div)|fcmp(gt|ge|lt|le|eq))"
OWN = {  # a kernel may call another
    name
    for header in KERNELS[0].parent.glob("*.h")
    for name in re.findall(r"^void (ecgp_\w+)\(", header.read_text(), re.MULTILINE)
}
ALLOWED = re.compile(rf"(memcpy|memset|{SUPPORT})$")


@pytest.fixture(scope="module")
def arm():
    """The cross tools' prefix; without them the test is skipped, or fails where CI=true."""
    if shutil.which("arm-none-eabi-gcc") is None:
        missing = "arm-none-eabi-gcc is not installed"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return "arm-none-eabi-"


@pytest.fixture(scope="module")
def undefined_symbols(arm, tmp_path_factory):
    """A function of a core and an optimization: {kernel: the symbols it asks others for}, built with the project's
    warnings as errors, once."""

    @functools.cache
    def found(core, optimize):
        folder = tmp_path_factory.mktemp(core)
        flags = [f"-mcpu={core}", "-mthumb", *FLOATS.get(core, []), optimize, "-ffreestanding", *WARNINGS, *INCLUDES]
        # No other test compiles with these flags: a compiler cache would only cost time.
        alone = {**os.environ, "CCACHE_DISABLE": "1"}
        command = [f"{arm}gcc", *flags, "-c", *map(str, KERNELS)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=alone)
        assert done.returncode == 0, done.stderr
        symbols = {kernel.name: [] for kernel in KERNELS}
        objects = [f"{kernel.stem}.o" for kernel in KERNELS]
        command = [f"{arm}nm", "-u", "-A", *objects]
        listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout
        for line in listed.splitlines():
            symbols[f"{Path(line.partition(':')[0]).stem}.c"].append(line.split()[-1])
        return symbols

    return found


@pytest.mark.parametrize("core", CORES)
def test_kernels_build_without_warnings_and_call_only_memcpy_and_memset(undefined_symbols, core):
    for kernel, symbols in undefined_symbols(core, "-O2").items():
        others = [s for s in symbols if not ALLOWED.match(s) and s not in OWN]
        assert others == [], f"{kernel} on {core} asks for {others}"


@pytest.mark.parametrize("optimize", ["-O2", "-Os"])
def test_the_m0_needs_no_64_bit_division(undefined_symbols, optimize):
    symbols = {s for found in undefined_symbols("cortex-m0", optimize).values() for s in found}
    assert not {s for s in symbols if re.match(r"__aeabi_u?ldivmod|__u?(div|mod)di3", s)}
    assert "__aeabi_lmul" in symbols  # the test looks at the right thing: a 64-bit product is there


def test_every_kernel_has_a_header_of_its_name():
    assert KERNELS
    for kernel in KERNELS:
        assert kernel.with_suffix(".h").exists(), f"{kernel.name} has no header"


def test_no_kernel_keeps_state():
    """No mutable data: everything a kernel knows is in its parameters, so instances cannot disturb one another."""
    for kernel in KERNELS:
        lines = kernel.read_text().splitlines()
        statics = [x for x in lines if re.match(r"\s*static\b(?!.*\bconst\b)(?!.*[({])", x)]
        assert statics == [], f"{kernel.name}: {statics}"
