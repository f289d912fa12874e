"""Damaged constants: a generated model refuses every single wrong bit, on the host and on an emulated board."""

import random
import re
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from firmware_models import FIRMWARE, make, needs_qemu, run_program
from hostmodel import INCLUDES, WARNINGS

from ecgprune.board.elf import symbol
from ecgprune.codegen import generate
from ecgprune.codegen.integrity import layout
from ecgprune.graph.reader import read

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "codegen" / "golden" / "small.tflite"
APP = TESTS / "support" / "c" / "integrity"
DAMAGED = 6  # exit status of both programs for ECGP_ERR_CONSTANTS


@pytest.fixture(scope="module")
def flips(tmp_path_factory):
    """What flips.c found in the golden model, and the plan that was rendered: ({object: (bytes, bits taken)}, plan)."""
    folder = tmp_path_factory.mktemp("flips")
    generated = generate(read(GOLDEN), "small")
    for name, text in generated.files.items():
        (folder / name).write_text(text)
    code = generated.files["small.c"]
    objects = ["small_constants", "small_version", *re.findall(r"^static const \w+ (\w+_params) =", code, re.MULTILINE)]
    (folder / "flips_model.h").write_text('#include "small.c"\n#include "ecgp_model.h"\n')
    (folder / "flips_objects.h").write_text("".join(f"FLIP({name});\n" for name in objects))
    kernels = re.search(r"ECGP_KERNELS := (.*)", generated.files["sources.mk"])[1].split()
    sources = [TESTS / "support" / "c" / "flips.c", *(FIRMWARE / "lib" / "nn" / name for name in kernels)]
    flags = [*WARNINGS, "-O2", *INCLUDES, f"-I{folder}"]
    subprocess.run(["gcc", *flags, *map(str, sources), "-o", str(folder / "flips")], check=True)
    lines = subprocess.run([folder / "flips"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: (int(size), int(taken)) for name, size, taken in map(str.split, lines)}, generated.plan


def test_init_refuses_every_single_wrong_bit_of_arrays_layouts_parameters_and_version(flips):
    found, plan = flips
    params = [call.call.params for call in plan.calls if call.call.params]
    assert len(found) == 2 + len(params) >= 6
    sizes = dict(found)
    for name in ("small_constants", "small_version"):
        assert sizes.pop(name)[1] == 0
    for (size, taken), fields in zip(sizes.values(), params, strict=True):
        runs = layout(fields)
        words, pointers = (sum(run % 128 for run in runs if run // 128 == kind) for kind in (0, 1))
        assert taken == 8 * (size - 4 * words - 8 * pointers)  # the host's padding before pointers, which nobody reads


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The small model with integrity/main.c for a Cortex-M4."""
    return built(tmp_path_factory.mktemp("image"), "mps2_an386")


def built(folder, board):
    needs_qemu()
    made = make(f"BOARD={board}", "MODEL_DIR=models/small", f"OUT={folder}", f"APP={APP}", "all")
    assert made.returncode == 0, made.stderr
    return folder


def test_init_of_an_image_refuses_wrong_bits_anywhere_in_its_constants_on_the_board(image, tmp_path):
    whole = (image / "firmware.elf").read_bytes()
    objects = constants(image / "firmware.elf")
    assert {"ecg_constants", "ecg_version", "conv1_params", "softmax_params"} <= set(objects)
    draw = random.Random(13)
    drawn = [*objects, *["ecg_constants"] * 20]
    for name, (start, size) in ((name, objects[name]) for name in drawn):
        bit = draw.randrange(8 * size)
        changed = bytearray(whole)
        changed[start + bit // 8] ^= 1 << bit % 8
        (tmp_path / "firmware.elf").write_bytes(changed)
        assert run_program(tmp_path, "mps2_an386").returncode == DAMAGED, f"bit {bit} of {name}"


@pytest.mark.parametrize(("board", "column"), [("mps2_an386", 1), ("microbit", 2)])
def test_a_check_costs_the_instructions_and_the_flash_that_the_manual_says(board, column, request, tmp_path):
    out = request.getfixturevalue("image") if column == 1 else built(tmp_path, board)
    begin, end = (symbol(out / "firmware.elf", f"ecgp_marker_{name}") for name in ("begin", "end"))
    ran = run_program(out, board, "-plugin", f"./insn_count.so,begin={begin:#x},end={end:#x},out=counts.txt")
    assert ran.returncode == 1, ran.stderr  # 1 - ECGP_OK
    counts = dict(line.split()[:2] for line in (out / "counts.txt").read_text().splitlines()[:4])
    parts = [w[1] for name, _, w in placed(out / "firmware.elf") if re.match("ecg_check|ecgp_crc32|remainders", name)]
    lines = (FIRMWARE.parent / "docs" / "guide" / "board.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:]] for line in lines if line.startswith("| a check")]
    assert [row[column] for row in rows] == [f"{int(counts['total']) / 1000:.1f} k instructions", f"{sum(parts)} bytes"]


def constants(elf):
    """{name: (place in the file, bytes)} of every constant object of the model's C and of the CRC's."""
    return {name: where for name, kind, where in placed(elf) if kind == "STT_OBJECT"}


def placed(elf):
    """(name, type, (place in the file, bytes)) of what the model's C and the CRC's have in flash."""
    with elf.open("rb") as file:
        image = ELFFile(file)
        text = image.get_section_by_name(".text")
        source = ""
        for one in image.get_section_by_name(".symtab").iter_symbols():
            name, kind, start, size = one.name, one["st_info"]["type"], one["st_value"] & ~1, one["st_size"]
            source = name if kind == "STT_FILE" else source
            local = one["st_info"]["bind"] == "STB_LOCAL" and source in ("ecg.c", "ecgp_crc32.c")
            in_flash = text["sh_addr"] <= start < text["sh_addr"] + text["sh_size"]
            if in_flash and size and (local or re.match("ecg_version|ecg_check|ecgp_crc32", name)):
                yield name, kind, (text["sh_offset"] + start - text["sh_addr"], size)
