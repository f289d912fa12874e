"""Packages for build systems build, link and pass the model's own vectors, with nothing beside them."""

import json
import os
import re
import subprocess
import tarfile
import zipfile
from dataclasses import replace

import pytest
from cli_calls import call, refused, small_tflite
from firmware_models import needs, needs_qemu
from tflite_builder import model, op, tensor
from two_models import SMALL, TWO_MODELS, assert_both_answer_as_tflm, ecg_contract, pooling_model

from ecgprune.artifacts import sha256_file
from ecgprune.board import firmware_root
from ecgprune.cli.groups import package_kinds
from ecgprune.config import ExportConfig
from ecgprune.errors import EcgpruneError
from ecgprune.packaging import find_kind, kind_names
from ecgprune.pipeline import packages

STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Werror"
KINDS = kind_names()
QEMU = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none",
        "-semihosting-config", "enable=on,target=native", "-kernel"]  # fmt: skip


def write_packages(blob, folder, out, *kinds, name="pool", boards=("mps2_an386",), contract=None, **wanted):
    folder.mkdir(exist_ok=True)
    (folder / "model.tflite").write_bytes(blob)
    asked = packages.Wanted(kinds, **wanted)
    return packages.write(folder / "model.tflite", out, asked, ExportConfig(name=name), boards, contract)


@pytest.fixture(scope="module")
def tflite(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.tflite"
    path.write_bytes(pooling_model())
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A package of each kind of one small model, in a folder with a blank in its name."""
    out = tmp_path_factory.mktemp("all kinds")
    found = write_packages(pooling_model(), tmp_path_factory.mktemp("model"), out, *KINDS)
    assert [row["kind"] for row in found["packages"]] == KINDS
    assert found["vectors"] == 16
    return out


def run(*words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=1200, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr  # QEMU writes what a program prints to stderr


def cmake(source, build, *options):
    """Configures and builds with strict warnings."""
    flags = [f"-DCMAKE_C_FLAGS_RELEASE=-O2 {STRICT}", "-DCMAKE_BUILD_TYPE=Release"]
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, *flags, *options)
    run("cmake", "--build", build)


def test_the_command_line_offers_every_kind():
    assert package_kinds() == KINDS
    assert {"cmake", "make"} <= set(KINDS)
    assert [find_kind(name).name for name in KINDS] == KINDS


def test_a_make_package_of_the_ecg_chain_passes_its_vectors_and_finds_beats_on_a_cortex_m4(tmp_path):
    needs_qemu()
    write_packages(SMALL, tmp_path / "model", tmp_path, "make", name="ecg", contract=ecg_contract(), ecg=True)
    words = ["make", "-C", tmp_path / "make", "CROSS=arm-none-eabi-", f"CFLAGS={STRICT}"]
    assert "ecg: 0 of 16 vectors differ" in run(*words, "all", "test")
    assert run(*QEMU, tmp_path / "make" / "build" / "arm-none-eabi" / "live.elf").endswith("\n36 beats\n")


def test_a_makefile_of_ones_own_takes_the_package_by_its_fragment(tmp_path):
    needs("make", "cc")
    write_packages(pooling_model(), tmp_path / "model", tmp_path, "make")
    (tmp_path / "Makefile").write_text(
        "include make/ecgprune_pool.mk\nprogram: make/test/main.c make/test/pool_selftest.c $(ECGPRUNE_POOL_SOURCES)\n"
        f"\t$(CC) -std=c99 {STRICT} $(ECGPRUNE_POOL_CFLAGS) $^ -o $@\n"
    )
    run("make", "-C", tmp_path)
    assert run(tmp_path / "program") == "pool: 0 of 16 vectors differ\n"


def test_a_wrong_byte_fails_the_test_of_a_package(tmp_path):
    needs("make", "cc")
    write_packages(pooling_model(), tmp_path / "model", tmp_path, "make")
    source = tmp_path / "make" / "test" / "pool_selftest.c"
    head, _, expected = source.read_text().partition("expected[POOL_SELFTEST_VECTORS]")
    number = re.search(r"\n     (\d+),", expected)
    wrong = f"\n     {(int(number[1]) + 1) % 256},"
    source.write_text(f"{head}expected[POOL_SELFTEST_VECTORS]{expected.replace(number[0], wrong, 1)}")
    done = subprocess.run(["make", "-C", tmp_path / "make", "test"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "pool: 1 of 16 vectors differ" in done.stdout


def test_a_cmake_package_passes_its_vectors_on_a_cortex_m4(made, tmp_path):
    needs_qemu()
    needs("cmake", "ninja", "ctest")
    toolchain = made / "cmake" / "cmake" / "arm-none-eabi.cmake"
    cmake(made / "cmake", tmp_path / "build", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}")
    said = run("ctest", "--test-dir", tmp_path / "build", "--verbose")
    assert "pool: 0 of 16 vectors differ" in said
    assert "qemu-system-arm" in said


def test_a_project_adds_two_cmake_packages_as_subdirectories_and_both_answer_as_tflm(tmp_path):
    """Their libraries hold the same kernels; no test of theirs is built."""
    needs("cmake", "ninja", "cc")
    write_packages(SMALL, tmp_path / "model", tmp_path / "one", "cmake", name="one")
    write_packages(pooling_model(), tmp_path / "model", tmp_path / "two", "cmake", name="two")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(app C)\n"
        "add_subdirectory(one/cmake)\nadd_subdirectory(two/cmake)\n"
        f'add_executable(app "{TWO_MODELS}")\ntarget_link_libraries(app PRIVATE ecgprune::one ecgprune::two)\n'
    )
    cmake(tmp_path, tmp_path / "build")
    assert_both_answer_as_tflm(tmp_path / "build" / "app")
    assert not [*(tmp_path / "build").rglob("*_test*")]
    other = tmp_path / "two" / "cmake" / "CMakeLists.txt"
    other.write_text(other.read_text().replace('ECGPRUNE_VERSION "', 'ECGPRUNE_VERSION "9.').replace(
        'STREQUAL "', 'STREQUAL "9.'))  # fmt: skip
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "make both with the same version" in " ".join(done.stderr.split())


def test_find_package_finds_the_sources_and_what_was_installed_and_no_other_version(made, tmp_path):
    needs("cmake", "ninja", "cc")
    package, prefix = made / "cmake", tmp_path / "in stalled"
    cmake(package, tmp_path / "library", "-DECGPRUNE_POOL_TESTS=OFF")
    run("cmake", "--install", tmp_path / "library", "--prefix", prefix)
    for where, build in ((package, tmp_path / "a"), (prefix, tmp_path / "b")):
        cmake(package / "examples" / "minimal", build, f"-DCMAKE_PREFIX_PATH={where}")
        assert len(run(build / "minimal").splitlines()) == 28
    assert not [*(tmp_path / "b").rglob("pool.c.o")]
    (tmp_path / "new").mkdir()
    asked = "cmake_minimum_required(VERSION 3.16)\nproject(app C)\nfind_package(ecgprune_pool {} CONFIG REQUIRED)\n"
    for where in (package, prefix):
        (tmp_path / "new" / "CMakeLists.txt").write_text(asked.format("2.0"))
        words = ["cmake", "-G", "Ninja", "-S", tmp_path / "new", "-B", tmp_path / "n", f"-DCMAKE_PREFIX_PATH={where}"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode != 0
        assert "version: 1.0.0" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_says_what_it_is_and_each_file_has_its_licence_and_sum(kind, made):
    folder = made / kind
    record = json.loads((folder / "ecgprune.json").read_text())
    assert record["package"] | {"name": "ecgprune_pool", "kind": kind, "version": "1.0.0"} == record["package"]
    (given,) = record["model"]["inputs"]
    assert given | {"type": "int8", "shape": [1, 1, 16, 4], "scale": 0.0625, "zero_point": 0} == given
    assert 500 < record["model"]["kernel_bytes"] < 10_000
    assert 500 < record["model"]["instructions_estimate"] < 20_000
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert files.keys() == {*record["files"], "ecgprune.json"}
    for name, digest in record["files"].items():
        assert sha256_file(files[name]) == digest
        if files[name].suffix not in (".md", ".json", ".properties") and name != "LICENSE":
            assert "SPDX-License-Identifier: Apache-2.0" in files[name].read_text()[:200], name
    assert (folder / "LICENSE").read_bytes() == (firmware_root().parent / "LICENSE").read_bytes()
    text = (folder / "README.md").read_text()
    for words in (
        "`POOL_INPUT_T0`",
        "1 x 1 x 16 x 4",
        "stored value",
        "| arena, one per instance",
        "| kernels, in flash, on a Cortex-M4",
        "pool_init(&model",
    ):
        assert words in text
    assert "ecgp_pool.c" in " ".join(files)
    assert not [name for name in files if "ecgp_conv" in name or "ecgp_filter" in name]


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_an_archive_has_one_folder_and_the_same_bytes_each_time(suffix, made, tmp_path):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    for out in (one, two):
        write_packages(pooling_model(), tmp_path / "model", out, "make")
        os.utime(tmp_path / "model" / "model.tflite", (1e9, 1e9))
    assert one.read_bytes() == two.read_bytes()
    unpacked = tmp_path / "unpacked"
    with (zipfile.ZipFile if suffix == ".zip" else tarfile.open)(one) as archive:
        archive.extractall(unpacked)
    assert [path.name for path in unpacked.iterdir()] == ["ecgprune_pool"]
    names = {path.relative_to(made / "make") for path in (made / "make").rglob("*") if path.is_file()}
    found = {path.relative_to(unpacked / "ecgprune_pool") for path in unpacked.rglob("*") if path.is_file()}
    assert found == {name for name in names if name.parts[0] != "build"}


def test_the_command_packs_a_model_with_its_own_classes_and_replaces_its_packages(tflite, tmp_path):
    words = ("export", firmware_root() / "models" / "small", "--package", "make", "--package", "cmake", "--archive")
    for version in ("1.2.0", "1.2.0"):
        done = call(*words, "--package-version", version, "--out", tmp_path, "--format", "json")
        assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found | {"name": "ecgprune_ecg", "version": "1.2.0", "core": "Cortex-M4", "vectors": 16} == found
    names = {path.name for path in tmp_path.iterdir() if path.name != ".lock"}
    assert names == {"ecgprune_ecg-1.2.0-make.zip", "ecgprune_ecg-1.2.0-cmake.zip"}
    with zipfile.ZipFile(tmp_path / "ecgprune_ecg-1.2.0-make.zip") as archive:
        assert b"| V | `ECG_CLASS_V` |" in archive.read("ecgprune_ecg/README.md")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--package", "make", "--package", "cmake", "--out", "{tmp}/both.zip"],
         "give a folder as --out, and --archive"),
        (["--package", "make", "--runtime", "tflm"], "the runtime here is tflm"),
        (["--package", "make", "--board", "microbit", "--board", "mps2_an386"],
         "a package has the kernels of one core, and --board names Cortex-M0, Cortex-M4; call once for each"),
        (["--package", "make", "--board", "mps2_an3866"], "did you mean mps2_an386?"),
        (["--package", "make", "--package-version", "1.0"], "expected three numbers below 10000 such as 1.0.0"),
        (["--package", "make", "--package-vendor", 'a"b'], "expected plain ASCII without"),
        (["--package", "make", "--name", "9lives"], "model name is '9lives', expected lower-case letters"),
        (["--package", "make", "--ecg"], "how the inputs of {model} are made is not known"),
        (["--package", "make", "--out", "{tmp}/a.tar.xz"], "packages are archived as .zip"),
        (["--package", "make", "--out", "{tmp}/mine.txt"], "{tmp}/mine.txt is a file; --out takes a folder"),
        (["--package", "make", "--out", "{tmp}/mine"], "{tmp}/mine/make exists and is no package of ecgprune's"),
        (["--package", "make", "--out", "{tmp}/mine.zip"], "{tmp}/mine.zip exists and is no package of ecgprune's"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_leaves_nothing(words, said, tflite, tmp_path):
    (tmp_path / "mine" / "make").mkdir(parents=True)
    (tmp_path / "mine" / "make" / "notes.txt").write_text("mine")
    for name in ("mine.zip", "mine.txt"):
        (tmp_path / name).write_text("mine")
    words = [word.replace("{tmp}", str(tmp_path)) for word in words]
    out = [] if "--out" in words else ["--out", tmp_path / "out"]
    before = sorted(tmp_path.rglob("*"))
    assert said.replace("{tmp}", str(tmp_path)).replace("{model}", str(tflite)) in refused(
        "export", tflite, *words, *out
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_options_of_packages_stand_beside_package_alone_and_kinds_are_listed(tflite, tmp_path):
    done = call("export", tflite, "--out", tmp_path / "out", "--archive")
    assert done.exit_code == 2
    assert "--archive goes with --package KIND" in done.stderr
    done = call("export", tflite, "--out", tmp_path / "out", "--package", "bazel")
    assert done.exit_code == 2
    assert "'bazel' is not one of" in done.stderr
    assert "'cmake'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_model_that_no_stream_can_feed_gets_no_ecg_chain(tmp_path):
    contract = replace(ecg_contract(), labels=())
    with pytest.raises(EcgpruneError, match=r"pool takes the inputs t0 \(int8\); a stream makes int8 ecg"):
        write_packages(pooling_model(), tmp_path / "model", tmp_path / "out", "make", contract=contract, ecg=True)
    assert not (tmp_path / "out").exists()


def test_examples_and_readme_read_an_int16_output_as_such(tmp_path):
    needs("make", "cc")
    tensors = [tensor((1, 8), "int16", scale=0.1, name=name) for name in "xy"]
    blob = model(tensors=tensors, ops=[op("RELU", "x", "y")], inputs="x", outputs="y")
    write_packages(blob, tmp_path / "model", tmp_path, "make", "arduino")
    said = run("make", "-C", tmp_path / "make", "all", "test", f"CFLAGS={STRICT}")
    assert "pool: 0 of 16 vectors differ" in said
    assert len(run(tmp_path / "make" / "build" / "minimal").splitlines()) == 8
    for file in ("make/README.md", "make/examples/minimal/main.c", "arduino/examples/Minimal/Minimal.ino"):
        assert "const int16_t *scores" in (tmp_path / file).read_text()


def test_without_tflm_s_wheel_packages_have_the_same_vectors_or_say_why_there_are_none(made, tmp_path, monkeypatch):
    monkeypatch.setattr("ecgprune.verify.substitute.has_tflm", lambda: False)
    write_packages(pooling_model(), tmp_path / "model", tmp_path / "same", "make")
    (name,) = [path.relative_to(made / "make") for path in (made / "make").rglob("*selftest*.c")]
    assert (tmp_path / "same" / "make" / name).read_bytes() == (made / "make" / name).read_bytes()
    found = write_packages(small_tflite("ABS"), tmp_path / "model", tmp_path / "out", *KINDS)
    assert "the interpreter deviates in operator 0 (ABS)" in found["vectors_missing"]
    assert not list((tmp_path / "out").rglob("*selftest*"))
    assert "has no test vectors" in (tmp_path / "out" / "make" / "README.md").read_text()
    needs("make", "cc")
    run("make", "-C", tmp_path / "out" / "make")
