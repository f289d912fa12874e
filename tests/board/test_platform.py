"""firmware/platform: the vector table and its handlers, and which parts need which."""

import re

import pytest
from firmware_models import FIRMWARE, ON_QEMU, TESTS, built_program, needs_qemu, run_program

from ecgprune.board import find_board
from ecgprune.board.elf import function_sizes, symbol

PLATFORM = FIRMWARE / "platform"
FAULTS = ["NMI", "HardFault", "MemManage", "BusFault", "UsageFault", "SecureFault"]
SYSTEM = [*FAULTS, "SVC", "DebugMon", "PendSV", "SysTick"]


@pytest.mark.parametrize(("board", "flags"), [*((board, "") for board in ON_QEMU), ("mps2_an386", "-flto")])
def test_handlers_of_a_program_are_called_and_an_unhandled_interrupt_is_named(board, flags, tmp_path):
    needs_qemu()
    out = built_program(tmp_path, board, [TESTS / "c/interrupts/main.c"], f"FLAGS={flags}")
    ran = run_program(out, board)
    said = re.fullmatch(r"ECGP error: exception 023 at 0x([0-9a-f]{8})\n", ran.stdout + ran.stderr)
    assert said, ran.stdout + ran.stderr
    start, size = function_sizes(out / "firmware.elf")["main" if not flags else "run_main"]
    assert start <= int(said[1], 16) < start + size
    assert ran.returncode == 100


def test_every_system_exception_and_interrupt_has_a_weak_entry(tmp_path):
    needs_qemu()
    out = built_program(tmp_path, "mps2_an386", [TESTS / "c/markers/main.c"], "ECGP_INTERRUPTS=3")
    elf = out / "firmware.elf"
    default = symbol(elf, "Default_Handler") | 1
    entries = [int.from_bytes(word, "little") for word in words((out / "firmware.bin").read_bytes()[: 4 * (16 + 4)])]
    assert entries[0] == symbol(elf, "ecgp_stack_top")
    assert entries[0] - find_board("mps2_an386").memory["RAM"].origin == 2048
    assert entries[1] == symbol(elf, "Reset_Handler") | 1
    assert entries[2:8] == [default] * 6
    assert [*entries[8:11], entries[13]] == [0] * 4
    assert entries[11:13] + entries[14:16] == [default] * 4
    assert entries[16:19] == [default] * 3
    assert entries[19] != default
    for name in (*SYSTEM, "IRQ0", "IRQ2"):
        assert symbol(elf, f"{name}_Handler") | 1 == default


def words(data):
    return [data[i : i + 4] for i in range(0, len(data), 4)]


def test_no_two_files_of_the_platform_need_each_other():
    defined = {
        "semihosting": set(re.findall(r"^\w[\w *]*\b(ecgp_\w+)\([^;]*$", text("semihosting.c"), re.MULTILINE)),
        "stack": set(re.findall(r"^\w[\w *]*\b(ecgp_\w+)\([^;]*$", text("stack.c"), re.MULTILINE)),
        "startup": {"Reset_Handler", "ecgp_fault", "main"},
    }
    uses = {
        file: {other for other, names in defined.items() if other != file and used(f"{file}.c") & names}
        for file in defined
    }
    assert uses == {"semihosting": set(), "stack": set(), "startup": {"semihosting", "stack"}}


def text(name):
    return (PLATFORM / name).read_text()


def used(name):
    return set(re.findall(r"\w+(?=\()", text(name)))


OWN = [FIRMWARE / folder for folder in ("lib/ecg", "harness", "platform", "tools", "examples")]
SOURCES = sorted(p for folder in OWN for p in folder.rglob("*") if p.suffix in (".c", ".h", ".S", ".ld", ".sh"))
PROTOTYPE = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\n[\w *()_]*?\b\w+\(([^()]*)\)(?:;|$)", re.DOTALL)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_names_its_licence(path):
    assert "SPDX-License-Identifier: Apache-2.0" in "".join(path.read_text().splitlines(keepends=True)[:2])


HEADERS = [p for p in SOURCES if p.suffix == ".h" and p.parent.name != "tools"]  # those are parts of one C program


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.name)
def test_a_header_documents_each_parameter_and_works_from_cpp(path):
    header = path.read_text()
    assert 'extern "C" {' in header
    for comment, names in PROTOTYPE.findall(header):
        if "@param" in comment:
            declared = [re.sub(r"\[.*", "", name).split()[-1].lstrip("*") for name in names.split(",")]
            assert re.findall(r"@param (\w+)", comment) == declared, names


def test_every_field_of_the_public_structs_is_described():
    for path in SOURCES:
        for fields in re.findall(r"^typedef struct \{\n(.*?)^\}", path.read_text(), re.DOTALL | re.MULTILINE):
            for line in re.sub(r"^#.*\n", "", fields, flags=re.M).splitlines() if path.suffix == ".h" else ():
                assert "/**<" in line, f"{path.name}: {line}"
