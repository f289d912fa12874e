"""The kernels give the same bits, and no warning, with every compiler and flag that a project may build them with."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from firmware_models import FIRMWARE, make, needs, needs_qemu
from hostmodel import WARNINGS
from kernel_matrix import GCC, KernelMatrix, clang

from ecgprune.board.stack import frames

pytestmark = pytest.mark.xdist_group("matrix")

M0, M3, M4, M7, M33, M55 = "microbit", "mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547"
TRAPPED = ["-mno-unaligned-access", "-DMATRIX_TRAP"]
CLANG_TRAPPED = [*TRAPPED, "-DECGP_UNALIGNED=0"]  # clang before 17 predefines the same macros with it and without
R9 = ["-ffixed-r9", "-DECGP_RESERVED_R9=1"]
RUNS = {  # what does not concern the same thing shares a build; -O2 alone is what all other tests build
    M0: {GCC: [["-O2", "-fno-omit-frame-pointer"]], "clang": [["-Os"]]},
    M3: {GCC: [["-O2", "-flto", "-msingle-pic-base"], ["-O3", *TRAPPED]], "clang": [["-O2", *CLANG_TRAPPED]]},
    M4: {
        GCC: [
            ["-O0"], ["-O1", "-flto", "-mfloat-abi=softfp"], ["-O3", "-fno-omit-frame-pointer"],
            ["-Os", "-ffixed-r9", "-fshort-enums"], ["-O2", "-fpic", "-msingle-pic-base", *R9],
            ["-O2", *TRAPPED, "-mfloat-abi=soft"],
        ],
        "clang": [["-O0"], ["-Os", "-fno-omit-frame-pointer"], ["-O2"]],
    },
    M7: {GCC: [["-O2"]]},
    M33: {GCC: [["-Os", "-ffixed-r9", "-fno-omit-frame-pointer"]]},
    M55: {
        GCC: [
            ["-O0"], ["-O3", "-flto", "-mfloat-abi=softfp"], ["-Os", "-ffixed-r9", "-fno-omit-frame-pointer"],
            ["-O2", "-fpic", "-msingle-pic-base", "-mfloat-abi=soft", *TRAPPED],
        ],
        "clang": [["-O2", "-ffixed-r9", "-fno-omit-frame-pointer"]],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    needs("arm-none-eabi-gcc", "qemu-system-arm", "gcc")
    return KernelMatrix(tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def expected(matrix):
    return matrix.host()


def test_the_matrix_runs_every_kernel(matrix):
    headers = "".join(header.read_text() for header in (FIRMWARE / "lib/nn").glob("ecgp_*.h"))
    found = set(re.findall(r"^void (ecgp_\w+_(?:s8|f32))\(", headers, re.MULTILINE))
    assert found - matrix.called == set()
    assert len(found) > 30


NAMES = {GCC: "gcc", "clang": "clang"}
BUILDS = [pytest.param(board, compiler, id=f"{board}-{NAMES[compiler]}") for board in RUNS for compiler in RUNS[board]]


@pytest.mark.parametrize(("board", "compiler"), BUILDS)
def test_every_build_gives_the_bits_of_the_host(board, compiler, matrix, expected):
    runs = RUNS[board][compiler]
    if compiler == "clang":
        needs("clang")
        compiler = clang()

    def differing(flags):
        hashes = matrix.run(board, compiler, flags)
        assert len(hashes) == len(expected)
        return sorted({k for k, a, b in zip(matrix.kernels, hashes, expected, strict=True) if a != b})

    with ThreadPoolExecutor(2) as pool:
        for flags, wrong in zip(runs, pool.map(differing, runs), strict=True):
            assert wrong == [], f"{board}, {compiler[0]} {' '.join(flags)}"


def defined(source, *flags, compiler=GCC):
    """What the preprocessor says of `source`, with ecgp_compiler.h included before."""
    command = [*compiler, *flags, f"-I{FIRMWARE / 'lib/nn'}", "-P", "-E", "-xc", "-"]
    text = f'#include "ecgp_compiler.h"\nRESULT {source}\n'
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("RESULT")[-1].split()


@pytest.mark.parametrize(
    ("cpu", "flags", "values"),
    [
        ("cortex-m0", [], "0 0 0 0 0"),
        ("cortex-m3", [], "1 0 0 1 0"),
        ("cortex-m4", [], "1 1 0 1 0"),
        ("cortex-m33", ["-O0", "-fno-omit-frame-pointer"], "1 1 0 1 0"),
        ("cortex-m4", ["-fpic"], "1 1 0 0 0"),
        ("cortex-m4", ["-DECGP_RESERVED_R9=1"], "1 1 0 0 0"),
        ("cortex-m55", ["-mfloat-abi=hard"], "1 1 1 1 1"),
        ("cortex-m55", ["-mfloat-abi=hard", "-DECGP_RESERVED_R9=1"], "1 1 1 0 1"),
    ],
)
def test_gcc_and_clang_see_the_same_core_and_use_the_same_assembly(cpu, flags, values):
    needs("arm-none-eabi-gcc", "clang")
    names = "ECGP_THUMB2 ECGP_DSP ECGP_MVE ECGP_ASSEMBLY ECGP_HELIUM"
    compilers = [GCC, *(clang(c) for c in ("clang", "clang-16", "clang-19") if shutil.which(c))]
    for compiler in compilers:
        assert defined(names, f"-mcpu={cpu}", "-mthumb", *flags, compiler=compiler) == values.split()
        unaligned = defined("ECGP_UNALIGNED", f"-mcpu={cpu}", "-mthumb", *flags, compiler=compiler)
        assert unaligned == [values.split()[0]]


@pytest.mark.parametrize("board", [M4, M55])
def test_clang_takes_at_most_a_twentieth_more_instructions_than_gcc(board, tmp_path):
    needs_qemu()
    needs("clang")

    def count(compiler):
        done = make(f"BOARD={board}", f"CC={compiler}", f"OUT={tmp_path / compiler}", "run")
        assert done.returncode == 0, done.stderr
        assert "bit-exact" in done.stdout
        assert "warning" not in done.stderr
        assert frames((tmp_path / compiler).rglob("*.su")).keys() >= {"Reset_Handler", "main"}
        return int(re.search(r"instructions .*?(\d+) per inference", done.stdout)[1])

    assert count("clang") <= 1.05 * count("arm-none-eabi-gcc")


def test_big_endian_is_refused():
    needs("arm-none-eabi-gcc")
    source = FIRMWARE / "lib/nn/ecgp_conv.c"
    command = [*GCC, "-mcpu=cortex-m4", "-mthumb", "-mbig-endian", *WARNINGS, "-c", str(source), "-o", "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "build without -mbig-endian" in done.stderr


def test_only_two_headers_test_compilers_and_assembly_stands_by_itself():
    for path in sorted((FIRMWARE / "lib/nn").glob("ecgp_*.[ch]")):
        text = path.read_text()
        if path.name not in ("ecgp_compiler.h", "ecgp_intrinsics.h"):
            for macro in ("__GNUC__", "__clang__", "__ARM_", "__thumb", "__OPTIMIZE__", "__attribute__", "__builtin"):
                assert macro not in text, f"{path.name} tests {macro}"
            assert path.name.endswith("_asm.h") == ("__asm__" in text), path.name
