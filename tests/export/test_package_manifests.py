"""What the packages for Zephyr, ESP-IDF and CMSIS-Pack say of themselves is well-formed and true."""

import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import yaml
from firmware_models import needs
from two_models import pooling_model

from ecgprune.config import ExportConfig
from ecgprune.packaging import find_kind
from ecgprune.packaging.package import About
from ecgprune.pipeline import packages

KINDS = ("zephyr", "espidf", "cmsis-pack")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """{name: {kind: folder}} of two models, with a vendor whose name has a blank and a dot."""
    model = tmp_path_factory.mktemp("model") / "model.tflite"
    model.write_bytes(pooling_model())
    found = {}
    for name in ("pool", "basin"):
        out = tmp_path_factory.mktemp(name)
        asked = packages.Wanted(KINDS, vendor="Acme Labs.")
        written = packages.write(model, out, asked, ExportConfig(name=name), ("mps2_an386",))
        found[name] = {row["kind"]: out / row["kind"] for row in written["packages"]}
    return found


def recorded(tmp_path, functions, *includes):
    """The arguments of calls of these functions, {function: [argument]}, when CMake runs the files."""
    needs("cmake")
    lines = [f'function({name})\n message("{name}|${{ARGV}}")\nendfunction()\n' for name in functions]
    lines.insert(0, "cmake_minimum_required(VERSION 3.20)\n")
    lines += ['set(CONFIG_ECGPRUNE_POOL y)\nset(CONFIG_ECGPRUNE_BASIN y)\nset(ENV{IDF_PATH} "")\n']
    (tmp_path / "call.cmake").write_text("".join([*lines, *(f'include("{path}")\n' for path in includes)]))
    done = subprocess.run(["cmake", "-P", tmp_path / "call.cmake"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {name: [] for name in functions}
    for line in done.stderr.splitlines():
        name, _, words = line.partition("|")
        found[name] += words.split(";")
    return found


def test_a_zephyr_module_names_what_is_there(made):
    folder = made["pool"]["zephyr"]
    said = yaml.safe_load((folder / "zephyr" / "module.yml").read_text())
    assert said == {
        "name": "ecgprune_pool",
        "build": {"cmake": "zephyr", "kconfig": "zephyr/Kconfig"},
        "samples": ["samples"],
        "tests": ["tests"],
    }
    assert (folder / said["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert "\nconfig ECGPRUNE_POOL\n\tbool " in (folder / said["build"]["kconfig"]).read_text()
    for path in (folder / "samples" / "minimal", folder / "tests" / "selftest"):
        assert "\nCONFIG_ECGPRUNE_POOL=y\n" in (path / "prj.conf").read_text()
        assert "ZEPHYR_EXTRA_MODULES ${CMAKE_CURRENT_LIST_DIR}/../.." in (path / "CMakeLists.txt").read_text()
    scenario = yaml.safe_load((folder / "tests" / "selftest" / "testcase.yaml").read_text())["tests"]
    harness = scenario["ecgprune_pool.selftest"]["harness_config"]
    assert harness == {"type": "one_line", "regex": ["pool: 0 of 16 vectors differ"]}


def test_two_zephyr_modules_compile_each_shared_file_once(made, tmp_path):
    functions = ("zephyr_library_named", "zephyr_include_directories", "zephyr_library_sources")
    files = [made[name]["zephyr"] / "zephyr" / "CMakeLists.txt" for name in ("pool", "basin")]
    found = recorded(tmp_path, functions, *files)
    assert found["zephyr_library_named"] == ["ecgprune_pool", "ecgprune_basin"]
    names = [path.rpartition("/")[2] for path in found["zephyr_library_sources"]]
    assert len(names) == len(set(names))
    assert set(names) == {p.name for by in made.values() for p in (by["zephyr"] / "src").glob("*.c")}
    second = files[1].read_text().replace("0.1.0", "0.0.9")
    (tmp_path / "CMakeLists.txt").write_text(second)
    with pytest.raises(AssertionError, match=r"is of ecgprune 0.0.9, another module of this build of"):
        recorded(tmp_path, functions, files[0], tmp_path / "CMakeLists.txt")


def test_an_esp_idf_component_compiles_all_its_sources_and_has_no_arm_assembly(made, tmp_path):
    folder = made["pool"]["espidf"]
    said = yaml.safe_load((folder / "idf_component.yml").read_text())
    assert said["version"] == "1.0.0"
    assert said["license"] == "Apache-2.0"
    assert "url" not in said
    functions = ("idf_component_register", "target_compile_options")
    words = recorded(tmp_path, functions, folder / "CMakeLists.txt")["idf_component_register"]
    assert words[0] == "SRCS"
    sources = words[1 : words.index("INCLUDE_DIRS")]
    assert set(sources) == {f"src/{path.name}" for path in (folder / "src").glob("*.c")}
    assert not [*folder.rglob("*_asm.h")]
    needs("cc")
    for source in sources:
        subprocess.run(["cc", "-std=c99", "-fsyntax-only", "-Wall", "-Werror", folder / source], check=True)


def test_programs_of_an_esp_idf_component_require_it_by_the_name_of_its_folder(made, tmp_path):
    for program in ("examples/minimal", "test_apps/selftest"):
        main = made["pool"]["espidf"] / program / "main"
        functions = ("idf_component_register", "set_source_files_properties")
        words = recorded(tmp_path, functions, main / "CMakeLists.txt")["idf_component_register"]
        assert words[words.index("REQUIRES") + 1] == "espidf"
        assert set(words[1 : words.index("INCLUDE_DIRS")]) == {path.name for path in main.glob("*.c")}


def test_a_cmsis_pack_lists_every_file_of_its_component_and_names_its_vendor_in_plain_letters(made):
    folder = made["pool"]["cmsis-pack"]
    root = ET.parse(folder / "Acme_Labs.ecgprune_pool.pdsc").getroot()
    said = {key: root.findtext(key) for key in ("vendor", "name", "license")}
    assert said == {"vendor": "Acme_Labs", "name": "ecgprune_pool", "license": "LICENSE"}
    assert [release.get("version") for release in root.iter("release")] == ["1.0.0"]
    listed = {file.get("name") for file in root.iter("file")}
    assert listed == {"README.md", *(f"src/{path.name}" for path in (folder / "src").iterdir())}
    (template,) = root.iter("template")
    solution = yaml.safe_load((folder / template.get("path") / template.get("file")).read_text())["solution"]
    assert solution["packs"][0] == {"pack": "Acme_Labs::ecgprune_pool@1.0.0"}
    for project in solution["projects"]:
        path = folder / "examples" / project["project"]
        said = yaml.safe_load(path.read_text())["project"]
        assert {"component": "Acme_Labs::Machine Learning:ecgprune:pool"} in said["components"]
        assert all((path.parent / file["file"]).is_file() for group in said["groups"] for file in group["files"])


@pytest.mark.parametrize(
    ("board", "accepted", "denied"),
    [
        ("microbit", "Cortex-M0+", None),
        ("mps2_an385", "Cortex-M4", "Cortex-M0+"),
        ("mps2_an386", "Cortex-M33", "Cortex-M3"),
        ("mps3_an547", "Cortex-M85", "Cortex-M7"),
    ],
)
def test_the_component_of_a_cmsis_pack_shows_for_cores_with_the_instructions_of_its_core(
    board, accepted, denied, tmp_path
):
    model = tmp_path / "model.tflite"
    model.write_bytes(pooling_model())
    packages.write(model, tmp_path, packages.Wanted(("cmsis-pack",)), ExportConfig(name="pool"), (board,))
    root = ET.parse(tmp_path / "cmsis-pack" / "ecgprune.ecgprune_pool.pdsc").getroot()
    cores = {accept.get("Dcore") for accept in root.iter("accept")}
    assert accepted in cores
    assert denied not in cores
    assert root.find("components/component").get("condition") == root.find("conditions/condition").get("id")


def test_a_pack_has_the_name_that_installers_want(made):
    about = About(version="1.2.3", vendor="Acme Labs.")
    assert find_kind("cmsis-pack").archive_name("ecgprune_pool", about) == "Acme_Labs.ecgprune_pool.1.2.3.pack"
    assert replace(about, vendor="..").vendor_id == "vendor"
