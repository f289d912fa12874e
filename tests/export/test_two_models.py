"""Two generated models in one image share the library, link, and give TFLM's bytes: in two folders and in one."""

import shutil
import subprocess

import pytest
from firmware_models import needs
from two_models import SMALL, TWO_MODELS, assert_both_answer_as_tflm, pooling_model, write_drop_in

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
PROJECT = """
cmake_minimum_required(VERSION 3.13)
project(two C)
{folders}
add_executable(both main.c)
target_link_libraries(both PRIVATE ecgprune_one ecgprune_two)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    write_drop_in(SMALL, "one", folder / "one")
    write_drop_in(pooling_model(), "two", folder / "two")
    shared = {p.name for p in (folder / "one").iterdir()} & {p.name for p in (folder / "two").iterdir()}
    assert {"ecgp_status.h", "ecgp_window.h"} <= shared
    return folder


def project(folder, names):
    """A CMake project around drop-in folders, built; returns its program."""
    needs("cmake", "ninja", "cc")
    shutil.copyfile(TWO_MODELS, folder / "main.c")
    added = "\n".join(f"add_subdirectory({name})" for name in names)
    (folder / "CMakeLists.txt").write_text(PROJECT.format(folders=added))
    flags = f"-DCMAKE_C_FLAGS={' '.join(STRICT[1:])}"
    configure = ["cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", flags]
    for command in (configure, ["cmake", "--build", folder / "build"]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "both"


def test_in_two_folders_they_share_one_library(folders, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(folders / name, tmp_path / name)
    assert_both_answer_as_tflm(project(tmp_path, ["one", "two"]))
    listed = subprocess.run(["ar", "t", *(tmp_path / "build").rglob("libecgprune.a")], capture_output=True, text=True)
    objects = listed.stdout.split()
    assert len(objects) == len(set(objects))
    assert {"ecgp_concatenation.c.o", "ecgp_pool.c.o"} <= set(objects)


def test_merged_into_one_folder_they_build_from_one_list(folders, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(folders / name, tmp_path / "models", dirs_exist_ok=True)
    assert_both_answer_as_tflm(project(tmp_path, ["models"]))


def test_files_of_one_name_are_equal_but_for_the_readme_and_the_example(folders):
    one, two = folders / "one", folders / "two"
    shared = {p.name for p in one.iterdir()} & {p.name for p in two.iterdir()}
    different = {name for name in shared if (one / name).read_bytes() != (two / name).read_bytes()}
    assert different == {"README.md", "main.c"}


def test_without_cmake_one_folder_whole_and_what_it_lacks_of_the_other_link(folders, tmp_path):
    needs("cc")
    first = {p.name: p for p in (folders / "one").glob("*.c") if p.name != "main.c"}
    others = [p for p in (folders / "two").glob("*.c") if p.name not in first and p.name != "main.c"]
    includes = [f"-I{folders / name}" for name in ("one", "two")]
    words = ["cc", *STRICT, "-O2", *includes, TWO_MODELS, *first.values(), *others, "-o", tmp_path / "two"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert_both_answer_as_tflm(tmp_path / "two")


def test_they_link_into_one_image_of_a_cortex_m4(folders, tmp_path):
    needs("arm-none-eabi-gcc")
    for name in ("one", "two"):
        shutil.copytree(folders / name, tmp_path / "models", dirs_exist_ok=True)
    sources = [p for p in (tmp_path / "models").glob("*.c") if p.name != "main.c"]
    flags = ["-mcpu=cortex-m4", "-mthumb", "-O2", "--specs=nosys.specs", "--specs=nano.specs", "-Wl,--gc-sections"]
    sources = [*flags, f"-I{tmp_path / 'models'}", TWO_MODELS, *sources]
    words = ["arm-none-eabi-gcc", *STRICT, *sources, "-o", tmp_path / "elf"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    strings = subprocess.run(["strings", tmp_path / "elf"], capture_output=True, text=True, check=True).stdout
    assert "one tflite-sha256:" in strings
    assert "two tflite-sha256:" in strings


def test_models_of_two_versions_of_ecgprune_are_refused(folders, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(folders / name, tmp_path / name)
    listing = tmp_path / "two" / "two.ecgprune.cmake"
    listing.write_text(listing.read_text().replace('ecgprune_add_model(two "', 'ecgprune_add_model(two "9.'))
    needs("cmake", "ninja", "cc")
    shutil.copyfile(TWO_MODELS, tmp_path / "main.c")
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(folders="add_subdirectory(one)\nadd_subdirectory(two)"))
    words = ["cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "build"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode != 0
    assert "model two is of ecgprune 9." in " ".join(done.stderr.split())
