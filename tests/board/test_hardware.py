"""Real boards: what is linked for each could start there; what QEMU can run of it, runs. None saw silicon here."""

import shutil
import struct

import pytest
from elftools.elf.elffile import ELFFile
from firmware_models import CORES_ON_QEMU, FIRMWARE, TESTS, built, built_program, needs, needs_qemu, tiny_vectors

from ecgprune.board import build_image, find_board, known_boards, load_image, run_on_board, uf2
from ecgprune.board.boards import emulator
from ecgprune.board.build import stack_depth
from ecgprune.board.elf import sizes, symbol
from ecgprune.board.layout import check_layout, content, crc32_rp2040
from ecgprune.codegen.target import Target
from ecgprune.errors import BoardError, FirmwareError
from ecgprune.pipeline.cores import cores_of

HARDWARE = [
    "apollo4p_evb", "ek_ra8d1", "nano33ble", "nano33iot", "nrf52840dk", "nucleo_f446re", "nucleo_l476rg",
    "nucleo_u575zi_q", "rpi_pico", "rpi_pico2", "stm32f4_disco",
]  # fmt: skip


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """Builds a small program for a board, once: the one that echoes its UART."""
    needs("make", "arm-none-eabi-gcc", "arm-none-eabi-objdump")
    done = {}

    def build(board):
        if board not in done:
            app = TESTS / "c" / "echo"
            files = [file for file in app.iterdir() if file.suffix in (".c", ".mk")]
            done[board] = built_program(tmp_path_factory.mktemp(board), board, files, "HOSTCC=none") / "firmware.elf"
        return done[board]

    return build


def test_real_boards_say_how_they_are_flashed_and_at_what_clock():
    boards = known_boards()
    assert [name for name in boards if name in HARDWARE] == HARDWARE
    for name in HARDWARE:
        board = boards[name]
        assert board.machine is None
        assert board.flashed_by
        assert 0 < board.clock_hz <= board.clock_max_hz
        assert board.uart is not None
        mk = (board.folder / "board.mk").read_text()
        assert "Sources: " in mk, "every number has its source"
    assert {boards[name].flashed_by for name in ("rpi_pico", "nano33iot")} == {("pyOCD", "UF2", "openocd"), ("bossac",)}


@pytest.mark.parametrize("name", HARDWARE)
def test_a_linked_image_could_start_on_the_board_and_fits(name, linked):
    board, elf = find_board(name), linked(name)
    check_layout(board, elf)
    depth, found = stack_depth(elf.parent), sizes(elf)
    assert depth.bytes is not None
    assert depth.bytes <= found.stack
    assert found.data + found.stack <= board.memory["RAM"].length
    stored = content(elf)
    assert sum(map(len, stored.values())) == found.flash
    assert board.memory["FLASH"].origin in stored
    if board.uf2_family:
        pages, family = uf2.read(uf2.uf2(stored, board.uf2_family))
        assert family == board.uf2_family
        whole = {address + n: byte for address, page in pages.items() for n, byte in enumerate(page)}
        assert all(whole[start + n] == byte for start, data in stored.items() for n, byte in enumerate(data))
        assert all(address % uf2.PAGE_BYTES == 0 for address in pages)


def test_what_the_boot_roms_look_for_is_there(linked):
    stage = content(linked("rpi_pico"))[0x10000000]
    assert len(stage) == 256
    assert stage[-4:] == struct.pack("<I", crc32_rp2040(stage[:-4]))
    assert crc32_rp2040(b"123456789") == 0x0376E6E7, "CRC-32/MPEG-2 of the catalogue of CRCs"
    table = content(linked("rpi_pico"))[0x10000100]
    assert struct.unpack_from("<I", table, 4)[0] == symbol(linked("rpi_pico"), "Reset_Handler") | 1
    image_def = symbol(linked("rpi_pico2"), "ecgp_image_def") - 0x10000000
    assert image_def == 4 * (16 + 52)
    found = content(linked("rpi_pico2"))[0x10000000][image_def : image_def + 20]
    assert found == bytes.fromhex("d3deffff 42012110 ff010000 00000000 793512ab")
    for name, address in (("nano33ble", 0x10000), ("nano33iot", 0x2000), ("apollo4p_evb", 0x18000)):
        assert symbol(linked(name), "ecgp_vectors") == address


def changed(elf, folder, at, value):
    """A copy of an image with other bytes at an address."""
    data = bytearray(elf.read_bytes())
    with elf.open("rb") as file:
        segment = next(s for s in ELFFile(file).iter_segments() if s["p_vaddr"] <= at < s["p_vaddr"] + s["p_filesz"])
    start = segment["p_offset"] + at - segment["p_vaddr"]
    data[start : start + len(value)] = value
    copy = folder / "changed.elf"
    copy.write_bytes(data)
    return copy


def moved(elf, folder, name, address):
    """A copy of an image with a section at another address."""
    data = bytearray(elf.read_bytes())
    with elf.open("rb") as file:
        found = ELFFile(file)
        header = found["e_shoff"] + found.get_section_index(name) * found["e_shentsize"]
    data[header + 12 : header + 16] = struct.pack("<I", address)
    copy = folder / "moved.elf"
    copy.write_bytes(data)
    return copy


def test_an_image_that_would_not_start_is_refused_with_the_reason(linked, tmp_path):
    def refused(board, image):
        with pytest.raises(FirmwareError, match=f"^the image would not start on {board}: ") as error:
            check_layout(find_board(board), image)
        return str(error.value).partition(": ")[2]

    elf = linked("nucleo_f446re")
    assert refused("nrf52840dk", elf) == ".text is loaded to 0x08000000, outside of the flash of memory.ld"
    reset = symbol(elf, "Reset_Handler")
    said = refused("nucleo_f446re", changed(elf, tmp_path, 0x08000004, struct.pack("<I", reset)))
    assert said == f"the reset vector is {reset:#010x}, expected Reset_Handler in flash, an odd address"
    said = refused("nucleo_f446re", changed(elf, tmp_path, 0x08000000, struct.pack("<I", 0x20000804)))
    assert said.startswith("the initial stack pointer is 0x20000804, expected the top of the stack")
    said = refused("nucleo_f446re", changed(elf, tmp_path, 0x08000000 + 4 * (16 + 38), struct.pack("<I", 0x20000001)))
    assert said == "the vector of interrupt 38 is 0x20000001, expected an odd address in flash"
    said = refused("nucleo_f446re", moved(elf, tmp_path, ".bss", 0x20000000))
    assert said == ".stack and .bss overlap at 0x20000000" or said == ".bss and .stack overlap at 0x20000000"
    said = refused("rpi_pico", changed(linked("rpi_pico"), tmp_path, 0x100000FB, b"\1"))
    assert said.startswith("the CRC of the second boot stage is not 0x")
    image_def = symbol(linked("rpi_pico2"), "ecgp_image_def")
    said = refused("rpi_pico2", changed(linked("rpi_pico2"), tmp_path, image_def, b"\0"))
    assert said == "there is no IMAGE_DEF in the first 4096 bytes of the flash"


def test_what_qemu_has_the_core_and_memory_of_runs_as_it_is(tmp_path):
    needs_qemu()
    assert {name: find_board(name).stand_in for name in HARDWARE if find_board(name).stand_in} == {
        "nano33iot": "microbit",
        **dict.fromkeys(["nano33ble", "nrf52840dk"], "mps2_an386"),
        **dict.fromkeys(["nucleo_f446re", "nucleo_l476rg", "stm32f4_disco"], "netduinoplus2"),
    }
    for name in HARDWARE:
        board, other = find_board(name), emulator(find_board(name))
        if other:
            core = Target.for_board(board.core).core
            assert (core, board.memory["RAM"].origin) == (other.core, other.memory["RAM"].origin)
    small = FIRMWARE / "models" / "small"
    image = build_image(small, "nucleo_f446re", tmp_path / "small")
    result = run_on_board(image, small / "vectors.bin", count=False)
    assert (result.vectors, result.mismatches) == (100, 0)


def test_a_stand_in_with_too_little_ram_runs_nothing(tmp_path):
    needs_qemu()
    image = built(tmp_path, "nano33iot", "TINY_ARENA_BYTES 20000")
    line = r"QEMU has no nano33iot, and microbit, which stands in for it, has 16384 bytes of RAM: 2\d{4} are needed"
    with pytest.raises(BoardError, match=line):
        run_on_board(image, tmp_path / "model" / "vectors.bin")


def test_a_folder_of_ones_own_is_a_board_and_runs_behind_a_boot_loader_that_qemu_lacks(tmp_path):
    needs_qemu()
    own = tmp_path / "my boards" / "mine"
    shutil.copytree(FIRMWARE / "boards" / "nano33ble", own)
    image = built(tmp_path, str(own))
    shutil.rmtree(own.parent)
    assert image.board.name == "mine"
    assert image.board.memory["FLASH"].origin == 0x10000
    file = tmp_path / "vectors.bin"
    file.write_bytes(tiny_vectors(5, wrong={3: 7})[0])
    result = run_on_board(load_image(image.folder), file)
    assert (result.vectors, result.mismatches, result.outputs) == (5, 1, tiny_vectors(5)[1])


def test_a_folder_that_is_no_board_is_refused_with_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FIRMWARE / "boards" / "mps2_an386", tmp_path / "mine")
    assert find_board("./mine").memory == find_board("mps2_an386").memory
    with pytest.raises(BoardError, match=r"unknown board 'mine': for the folder mine write \./mine; known boards are"):
        find_board("mine")
    with pytest.raises(BoardError, match=r"no board in the folder nowhere/x: it has no board\.mk"):
        find_board("nowhere/x")
    shutil.copytree(FIRMWARE / "boards" / "mps2_an386", tmp_path / "other" / "mps2_an386")
    with pytest.raises(BoardError, match=r"boards mps2_an386 and \./other/mps2_an386 have one name, mps2_an386"):
        cores_of(["mps2_an386", "./other/mps2_an386"])
    mk = tmp_path / "mine" / "board.mk"
    whole = mk.read_text().replace("25000000", "25000000  # of the FPGA").replace("ECGP_CORE        :=", "ECGP_CORE = ")
    mk.write_text(whole)
    assert (find_board("./mine").clock_hz, find_board("./mine").core) == (25000000, "Cortex-M4")
    for old, new, why in (
        ("ECGP_CORE ", "ECGP_KERN ", r"board mine: board\.mk has no ECGP_CORE, such as Cortex-M4"),
        (":= cmsdk", ":= 16550", r"board mine: ECGP_UART is '16550', expected one of cmsdk, nrf51, pl011, "),
        ("ECGP_QEMU ", "ECGP_BOOT ", r"board mine: ECGP_BOOT is 'mps2-an386', expected one of rp2040, rp2350"),
        ("25000000", "25 MHz", r"board mine: ECGP_CLOCK_HZ is '25 MHz', expected a number"),
    ):
        mk.write_text(whole.replace(old, new))
        with pytest.raises(BoardError, match=why):
            find_board("./mine")
    mk.write_text(whole)
    (tmp_path / "mine" / "memory.ld").unlink()
    with pytest.raises(BoardError, match=r"board mine: memory\.ld must hold the regions FLASH and RAM, each as"):
        find_board("./mine")


def test_code_is_generated_for_the_core_that_stands_for_it():
    cores = cores_of(["rpi_pico", "microbit", "ek_ra8d1", "mps3_an547", "rpi_pico2"])
    assert {core.name: core.boards for core in cores} == {
        "Cortex-M0": ("rpi_pico", "microbit"),
        "Cortex-M55": ("ek_ra8d1", "mps3_an547"),
        "Cortex-M33": ("rpi_pico2",),
    }
    assert set(CORES_ON_QEMU) < set(known_boards())
