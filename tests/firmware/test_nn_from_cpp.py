"""lib/nn as a C++ program sees it: compiled as C, included and linked by g++."""

import re
import subprocess

import pytest
from firmware_models import FIRMWARE, needs

NN = FIRMWARE / "lib/nn"
HEADERS = [*sorted(c.with_suffix(".h") for c in NN.glob("*.c")), NN / "ecgp_status.h", NN / "ecgp_trace.h"]
KERNEL = re.compile(r"^void (ecgp_\w+_(?:s8|f32))\(", re.MULTILINE)


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("flags", [["-std=c++11"], ["-std=c++17", "-O2"]], ids=["c++11", "c++17"])
@pytest.mark.parametrize("prefix", ["", "arm-none-eabi-"])
def test_a_cpp_program_links_every_kernel(prefix, flags, tmp_path):
    needs(f"{prefix}gcc", f"{prefix}g++")
    cpu = ["-mcpu=cortex-m4", "-mthumb"] if prefix else []
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{NN}"]
    kernels = [name for header in HEADERS for name in KERNEL.findall(header.read_text())]
    assert len(kernels) > 30
    includes = "".join(f'#include "{header.name}"\n' for header in HEADERS)
    table = "".join(f"    reinterpret_cast<function>({name}),\n" for name in kernels)
    (tmp_path / "main.cpp").write_text(
        f"{includes}\ntypedef void (*function)();\nfunction const kernels[] = {{\n{table}}};\n"
        "int main() { return kernels[0] != nullptr && ECGP_OK == 0 ? 0 : 1; }\n"
    )
    run([f"{prefix}gcc", *cpu, "-std=c99", *warnings, "-c", *sorted(NN.glob("*.c"))], tmp_path)
    run([f"{prefix}g++", *cpu, *flags, *warnings, "-c", "main.cpp"], tmp_path)
    objects = sorted(path.name for path in tmp_path.glob("*.o"))
    if prefix:
        run([f"{prefix}g++", *cpu, "-nostartfiles", "-r", *objects, "-o", "image"], tmp_path)
        assert "ecgp_" not in run([f"{prefix}nm", "--undefined-only", "image"], tmp_path)
    else:
        run(["g++", *objects, "-o", "image"], tmp_path)
        run(["./image"], tmp_path)


def test_every_file_names_its_licence_and_every_header_of_kernels_has_c_linkage():
    for path in sorted(NN.glob("ecgp_*.[ch]")):
        assert "SPDX-License-Identifier: Apache-2.0" in path.read_text().splitlines()[0], path.name
    for header in HEADERS:
        assert 'extern "C" {' in header.read_text(), header.name


def test_every_field_of_a_kernels_parameters_is_described():
    for header in HEADERS:
        for body in re.findall(r"typedef struct \{\n(.*?)\n\}", header.read_text(), re.DOTALL):
            for line in body.splitlines():
                assert "/**<" in line, f"{header.name}: {line.strip()}"
