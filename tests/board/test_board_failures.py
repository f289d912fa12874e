"""Every way that firmware goes wrong, each with its one line."""

import re
from dataclasses import replace

import pytest
from firmware_models import (
    CORES_ON_QEMU,
    FIRMWARE,
    built,
    make,
    needs,
    needs_qemu,
    path_without,
    tiny_model,
    tiny_vectors,
)

from ecgprune.board import BuildOptions, build_image, find_board, known_boards, run_on_board
from ecgprune.board.run import _judge
from ecgprune.errors import ArtifactError, BoardError, FirmwareError, ToolMissingError


def test_unknown_board_lists_the_known_ones():
    known = ", ".join(sorted(path.name for path in (FIRMWARE / "boards").iterdir()))
    with pytest.raises(BoardError) as error:
        find_board("mps2_an387")
    assert str(error.value) == f"unknown board 'mps2_an387': did you mean mps2_an386? known boards are {known}"
    said = make("BOARD=nope")
    assert said.returncode != 0
    assert "unknown BOARD 'nope'; known boards: apollo4p_evb ek_ra8d1 host microbit" in said.stderr


def test_missing_firmware_sources_say_how_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setenv("ECGPRUNE_FIRMWARE", str(tmp_path))
    with pytest.raises(BoardError, match=r"no firmware sources in ECGPRUNE_FIRMWARE=.*; name the folder firmware/"):
        known_boards()


def test_deep_stack_is_refused_with_its_path(tmp_path):
    needs_qemu()
    with pytest.raises(FirmwareError) as error:
        built(tmp_path, "mps2_an386", "TINY_FRAME 3000")
    assert re.fullmatch(
        r"the stack of mps2_an386 does not fit: Reset_Handler > run_main > main > tiny_invoke.* needs "
        r"3\d+ bytes,"
        r" 2048 are reserved; build with a larger stack \(STACK=3328\)",
        str(error.value),
    )
    assert built(tmp_path / "larger", "mps2_an386", "TINY_FRAME 3000", stack_bytes=3328).stack_reserved_bytes == 3328
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("board", CORES_ON_QEMU)
def test_recursion_has_no_known_stack_and_its_overflow_is_caught(board, tmp_path):
    needs_qemu()
    image = built(tmp_path, board, "TINY_RECURSION")
    assert image.stack_bytes is None
    assert "recurse calls itself" in image.stack_note
    with pytest.raises(FirmwareError, match=r"\(exit status 100\): (hard fault: )?the stack overflowed"):
        run_on_board(image, tmp_path / "model" / "vectors.bin", timeout_s=60)


@pytest.mark.parametrize("board", CORES_ON_QEMU)
def test_fault_is_an_error_with_its_address(board, tmp_path):
    needs_qemu()
    image = built(tmp_path, board, "TINY_FAULT")
    with pytest.raises(FirmwareError, match=r"gave no verdict \(exit status 100\): hard fault at 0x[0-9a-f]{8}"):
        run_on_board(image, tmp_path / "model" / "vectors.bin", timeout_s=60)


@pytest.mark.parametrize("board", ["host", "mps2_an386"])
def test_hang_is_killed_with_one_line(board, tmp_path):
    needs_qemu()
    image = built(tmp_path, board, "TINY_HANG")
    what = "the program" if board == "host" else "QEMU"
    with pytest.raises(FirmwareError, match=rf"^{what} for {board} gave no answer within 0.5 s and was killed$"):
        run_on_board(image, tmp_path / "model" / "vectors.bin", timeout_s=0.5)


@pytest.mark.parametrize("board", ["host", "mps2_an386"])
def test_status_of_the_model_becomes_the_exit_status(board, tmp_path):
    needs_qemu()
    image = built(tmp_path, board, "TINY_FAIL")
    with pytest.raises(FirmwareError, match=r"\(exit status 3\): the model could not be invoked"):
        run_on_board(image, tmp_path / "model" / "vectors.bin")


def test_damaged_vectors_are_named(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386")
    whole = tiny_vectors(5)[0]
    file = tmp_path / "vectors.bin"
    for content, why in [
        (whole[:-1], "the vector file ends early"),
        (whole[:10], "the vector file ends early"),
        (b"EPV2" + whole[4:], "the vector file does not begin with EPV1"),
        (whole[:8] + b"\x09" + whole[9:], "the vectors are another model's: their inputs or outputs have another size"),
    ]:
        file.write_bytes(content)
        with pytest.raises(FirmwareError, match=re.escape(f"mps2_an386 gave no verdict (exit status 5): {why}")):
            run_on_board(image, file)
    with pytest.raises(ArtifactError, match=r"nowhere\.bin does not exist"):
        run_on_board(image, tmp_path / "nowhere.bin")


def test_image_that_does_not_fit_says_region_needed_and_available(tmp_path):
    needs_qemu()
    fits = built(tmp_path / "fits", "microbit")
    with pytest.raises(FirmwareError) as error:
        built(tmp_path / "ram", "microbit", "TINY_ARENA_BYTES 20000")
    line = r"the image does not fit microbit: RAM needs (\d+) bytes, 16384 are available"
    said = re.fullmatch(line, str(error.value))
    needed = fits.data_bytes + fits.stack_reserved_bytes + 20000 - 16
    assert abs(int(said[1]) - needed) <= 16, "but for alignment"
    with pytest.raises(FirmwareError, match=r"^the image does not fit microbit: FLASH needs 30\d{4} bytes, 262144 "):
        built(tmp_path / "flash", "microbit", "TINY_FLASH 300000")


def test_compiler_error_becomes_one_line(tmp_path):
    needs_qemu()
    with pytest.raises(FirmwareError) as error:
        built(tmp_path, "mps2_an386", "TINY_ARENA_BYTES nonsense")
    assert "\n" not in str(error.value)
    assert re.search(r"the build for mps2_an386 failed: tiny\..: ?\d+.*nonsense|nonsense.*undeclared", str(error.value))


def test_linker_error_becomes_the_line_that_names_the_symbol(tmp_path):
    needs_qemu()
    model = tiny_model(tmp_path / "model")
    (model / "tiny.c").write_text((model / "tiny.c").read_text().replace("tiny_invoke", "tiny_other"))
    (model / "tiny.h").write_text((model / "tiny.h").read_text() + "ecgp_status tiny_other(tiny_t *m);\n")
    line = r"build for mps2_an386 failed: .*undefined reference to `tiny_invoke' \(all output: "
    with pytest.raises(FirmwareError, match=line):
        build_image(model, "mps2_an386", tmp_path / "out")


@pytest.mark.parametrize(
    ("program", "board", "package"),
    [
        ("make", "mps2_an386", "make"),
        ("arm-none-eabi-gcc", "mps2_an386", "gcc-arm-none-eabi libnewlib-arm-none-eabi"),
        ("cc", "host", "gcc libc6-dev"),
        ("qemu-system-arm", "mps2_an386", "qemu-system-arm"),
    ],
)
def test_missing_tool_names_its_package(program, board, package, tmp_path, monkeypatch):
    needs_qemu()
    image = built(tmp_path / "image", board) if program == "qemu-system-arm" else None
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", program))
    with pytest.raises(ToolMissingError) as error:
        run_on_board(image, tmp_path / "image/model/vectors.bin") if image else built(tmp_path / "image", board)
    assert str(error.value) == f"{program} is not installed: on Debian or Ubuntu, apt install {package}"


def test_more_stack_than_was_computed_is_a_failure(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386", "TINY_FRAME 1000")
    vectors = tmp_path / "model" / "vectors.bin"
    assert 1000 < run_on_board(image, vectors).stack_bytes <= image.stack_bytes
    with pytest.raises(FirmwareError, match=r"used \d+ bytes of stack, but 1000 were computed: the stack analysis is"):
        run_on_board(replace(image, stack_bytes=1000), vectors)


def test_sanitized_host_build_reports_what_it_finds(tmp_path):
    needs("make", "cc")
    image = built(tmp_path, "host", "TINY_OUT_OF_BOUNDS", sanitize=True)
    with pytest.raises(FirmwareError, match="AddressSanitizer: global-buffer-overflow"):
        run_on_board(image, tmp_path / "model" / "vectors.bin")


def test_tflm_without_a_build_of_it_says_what_is_missing(tmp_path, monkeypatch):
    needs("make", "arm-none-eabi-gcc")
    monkeypatch.delenv("TFLM_LIB", raising=False)
    model = tiny_model(tmp_path / "model")
    (model / "sources.mk").write_text("ECGP_RUNTIME := tflm\nECGP_GENERATED := tiny.c\n")
    with pytest.raises(FirmwareError, match="RUNTIME=tflm links your build of TFLM: set TFLM_LIB"):
        build_image(model, "mps2_an386", tmp_path / "out", BuildOptions(runtime="tflm"))
    with pytest.raises(FirmwareError, match=r"RUNTIME is 'native', but the model in .* was generated for 'tflm'"):
        build_image(model, "mps2_an386", tmp_path / "out")


def test_the_environment_names_the_build_of_tflm_that_is_linked(tmp_path, monkeypatch):
    needs("make", "arm-none-eabi-gcc")
    model = tiny_model(tmp_path / "model")
    (model / "sources.mk").write_text("ECGP_RUNTIME := tflm\nECGP_GENERATED := tiny.c\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFLM_LIB", "none/libtensorflow-microlite.a")
    monkeypatch.setenv("TFLM_INCLUDE", "none/a none/b")
    with pytest.raises(FirmwareError, match=f"{tmp_path}/none/libtensorflow-microlite.a"):
        build_image(model, "mps2_an386", tmp_path / "out", BuildOptions(runtime="tflm"))


def test_what_tflm_prints_on_a_board_says_why_it_refused_the_model():
    said = (
        "tensorflow/lite/micro/kernels/cmsis_nn/fully_connected.cc:116 is_per_channel was not true.\n"
        "Node FULLY_CONNECTED (number 2) failed to prepare with status 1\n"
        "ECGP error: TFLM refused the model: an operator, or the arena is too small\n"
    )
    expected = r"gave no verdict \(exit status 4\): TFLM: FULLY_CONNECTED \(operator 2\): fully_connected.cc:116 is_per"
    with pytest.raises(FirmwareError, match=expected):
        _judge(find_board("mps2_an386"), 4, said)
