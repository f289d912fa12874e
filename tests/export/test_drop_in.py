"""The drop-in folder is complete: it compiles, links and runs with nothing beside it, and holds no file too many."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from firmware_models import needs
from two_models import SMALL, ecg_contract, pooling_model, write_drop_in

from ecgprune import tflm
from ecgprune.board import firmware_root
from ecgprune.errors import ArtifactError
from ecgprune.graph.reader import read
from ecgprune.interface import interface
from ecgprune.packaging import GeneratedModel, drop_in, manifest

ROOT = Path(__file__).parents[2]
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
CORES = {
    "Cortex-M0": ["-mcpu=cortex-m0", "-mthumb"],
    "Cortex-M3": ["-mcpu=cortex-m3", "-mthumb"],
    "Cortex-M4": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "Cortex-M33": ["-mcpu=cortex-m33", "-mthumb"],
    "Cortex-M55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("ecg") / "drop-in"
    write_drop_in(SMALL, "ecg", out, contract=ecg_contract())
    return out


def run(*words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def cmake(source, build, *options):
    needs("cmake", "ninja", "cc")
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_C_FLAGS={' '.join(STRICT[1:])}", *options)
    run("cmake", "--build", build)


def test_the_folder_builds_with_cmake_and_its_program_prints_a_score_for_each_class(folder, tmp_path):
    cmake(folder, tmp_path / "build")
    printed = run(tmp_path / "build" / "example").split()
    assert printed[::2] == ["N", "S", "V", "F", "Q"]
    assert sum(int(score) + 128 for score in printed[1::2]) == pytest.approx(256, abs=3)


@pytest.mark.parametrize("core", CORES)
def test_the_folder_compiles_for_each_core_without_a_warning(core, tmp_path):
    needs("arm-none-eabi-gcc")
    write_drop_in(SMALL, "ecg", tmp_path, core, ecg_contract())
    for source in sorted(tmp_path.glob("*.c")):
        run("arm-none-eabi-gcc", *STRICT, *CORES[core], "-O2", "-c", source, "-o", source.with_suffix(".o"))


@pytest.mark.parametrize("core", CORES)
def test_the_folder_holds_exactly_the_headers_that_its_sources_include_on_any_core(core, tmp_path):
    """Says the compilers' own preprocessors: a header may serve one core alone."""
    needs("arm-none-eabi-gcc", "cc")
    write_drop_in(SMALL, "ecg", tmp_path, core, ecg_contract())
    sources = sorted(tmp_path.glob("*.c"))
    used = set()
    for words in (["cc"], *(["arm-none-eabi-gcc", *flags] for flags in CORES.values())):
        used |= set(re.findall(r"(\w+\.h)\b", run(*words, "-std=c99", "-O2", "-MM", *sources)))
    assert {path.name for path in tmp_path.glob("*.h")} == used


def test_the_folder_holds_what_a_project_needs_and_nothing_of_the_harness(folder):
    names = {path.name for path in folder.iterdir()}
    others = {name for name in names if not re.fullmatch(r"ecgp_\w+\.[ch]", name)}
    assert others == {"LICENSE", "README.md", "CMakeLists.txt", "ecg.ecgprune.cmake", "main.c", "ecg.c", "ecg.h"}
    assert not {"ecgp_model.h", "ecgp_port.h"} & names
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_every_kernel_that_the_code_calls_is_there_and_no_other(folder):
    called = set(re.findall(r"^    (ecgp_\w+)\(", (folder / "ecg.c").read_text(), re.MULTILINE))
    library = [p for p in folder.glob("ecgp_*.c") if (firmware_root() / "lib" / "nn" / p.name).is_file()]
    kernels = [p for p in library if p.name != "ecgp_crc32.c"]
    assert len(library) == len(kernels) + 1
    defined = [set(re.findall(r"^void (ecgp_\w+)\(", p.read_text(), re.MULTILINE)) for p in kernels]
    assert called <= set().union(*defined)
    assert all(functions & called for functions in defined)


def test_a_model_without_ecg_inputs_brings_nothing_of_lib_ecg(tmp_path):
    write_drop_in(pooling_model(), "pooling", tmp_path)
    ecg = {path.name for path in (firmware_root() / "lib" / "ecg").iterdir()}
    assert ecg
    assert not ecg & {path.name for path in tmp_path.iterdir()}
    cmake(tmp_path, tmp_path / "build")
    assert len(run(tmp_path / "build" / "example").splitlines()) == 28


def test_the_readme_names_every_file_input_output_and_class_and_its_c_compiles(folder, tmp_path):
    text = (folder / "README.md").read_text()
    for path in folder.iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in text or re.fullmatch(r"ecgp_\w+\.h", path.name), path
    for words in (
        "ECG_INPUT_ECG",
        "ECG_INPUT_PATIENT",
        "ECG_OUTPUT_SCORES",
        "ECG_CLASS_V",
        "| sampling rate | 180 Hz |",
    ):
        assert words in text
    (code,) = re.findall(r"```c\n(.*?)```", text, re.DOTALL)
    head, _, body = code.partition("\necg_init")
    (tmp_path / "use.c").write_text(f"{head}\nconst int8_t *use(void);\nconst int8_t *use(void)\n{{ ecg_init{body} "
                                    "return scores; }\n")  # fmt: skip
    run("cc", *STRICT, f"-I{folder}", "-fsyntax-only", tmp_path / "use.c")
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120


def test_the_headers_work_from_cpp(folder, tmp_path):
    needs("c++")
    (tmp_path / "main.cc").write_text('#include "ecg.h"\nint main() { return ecg_invoke(nullptr) == ECGP_OK; }\n')
    run("c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{folder}", "-fsyntax-only",
        tmp_path / "main.cc")  # fmt: skip


def test_cmake_tells_the_library_where_a_register_is_reserved(folder, tmp_path):
    needs("cmake", "ninja", "cc")
    common = ("cmake", "-G", "Ninja", "-S", folder, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    for name, flags, expected in (("plain", "", 0), ("fixed", "-ffixed-r9", 1)):
        run(*common, "-B", tmp_path / name, f"-DCMAKE_C_FLAGS={flags}")
        commands = json.loads((tmp_path / name / "compile_commands.json").read_text())
        library = [c["command"] for c in commands if Path(c["file"]).name.startswith("ecgp_")]
        assert library
        assert {command.count("-DECGP_RESERVED_R9=1") for command in library} == {expected}


def test_the_manifest_names_places_in_firmware_that_are_there(folder):
    found = manifest(
        {"sources.mk": "ECGP_KERNELS := ecgp_mean.c\n", "ecg.c": '#include "ecgp_mean.h"\n#include "ecg.h"\n'},
        interface(read(SMALL), "ecg").inputs,
        firmware_root(),
    )
    assert all((firmware_root() / path).is_file() for path in (*found.sources, *found.headers))
    assert "lib/nn/ecgp_mean.c" in found.sources
    assert {f"lib/ecg/ecgp_{part}.c" for part in ("filter", "beat", "patient", "rhythm")} <= set(found.sources)
    assert not [path for path in found.sources if path.startswith("lib/nn/") and path != "lib/nn/ecgp_mean.c"]


def test_an_installation_without_a_license_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["ecgprune.packaging.drop_in"], "files", lambda name: [])
    (tmp_path / "firmware").symlink_to(firmware_root())
    model = write_drop_in(SMALL, "ecg", tmp_path / "out")
    with pytest.raises(ArtifactError, match=r"^no LICENSE beside .*/firmware or in the installed package"):
        drop_in(model, tmp_path / "other", tmp_path / "firmware")


def test_a_model_for_tflm_gets_the_same_folder_and_asks_for_the_users_tflm(tmp_path):
    needs("cmake", "ninja", "cc")
    graph = read(SMALL)
    files = tflm.generate(SMALL, graph, "ecg", ecg_contract())
    about = GeneratedModel(files, interface(graph, "ecg", ecg_contract()), "tflm", "Cortex-M4", "speed", 9000)
    drop_in(about, tmp_path / "ecg", firmware_root())
    assert {"ecg.cc", "ecg_model.c", "ecgp_beat.c", "ecgp_patient.c"} <= {p.name for p in (tmp_path / "ecg").iterdir()}
    assert not (tmp_path / "ecg" / "ecgp_mean.c").exists()
    sources = sorted((tmp_path / "ecg").glob("*.c"))
    run("cc", *STRICT, "-fsyntax-only", *sources)
    words = ["cmake", "-G", "Ninja", "-S", tmp_path / "ecg", "-B", tmp_path / "build"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode != 0
    assert "model ecg links your build of TFLM" in " ".join(done.stderr.split())
    library = tmp_path / "libtflm.a"
    run("ar", "rc", library)
    run(*words, f"-DTFLM_INCLUDE={tmp_path}", f"-DTFLM_LIB={library}")
