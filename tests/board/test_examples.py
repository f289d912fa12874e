"""firmware/examples: programs that users start from, built and run."""

import struct

import numpy as np
import pytest
from firmware_models import FIRMWARE, make, needs_qemu

from ecgprune.board import build_image, run_on_board

REFERENCE = FIRMWARE / "models" / "reference"
INPUT_BYTES, CLASSES = 180 + 28, 5


@pytest.mark.parametrize("board", ["host", "mps2_an386"])
def test_the_minimal_program_prints_the_class_that_the_model_gives_zeros(board, tmp_path):
    needs_qemu()
    words = [f"BOARD={board}", "APP=examples/minimal", f"MODEL_DIR={REFERENCE}", f"OUT={tmp_path / 'out'}"]
    done = make(*words, "run")
    assert done.returncode == 0, done.stderr
    vectors = tmp_path / "vectors.bin"
    vectors.write_bytes(struct.pack("<4sIII", b"EPV1", 1, INPUT_BYTES, CLASSES) + bytes(INPUT_BYTES + CLASSES))
    outputs = run_on_board(build_image(REFERENCE, "host", tmp_path / "harness"), vectors).outputs
    assert done.stdout == f"class {np.frombuffer(outputs, np.int8).argmax()}\n"


def test_the_minimal_program_has_at_most_forty_lines_and_no_file_of_the_harness():
    text = (FIRMWARE / "examples/minimal/main.c").read_text()
    assert len(text.splitlines()) <= 40
    assert [path.name for path in (FIRMWARE / "examples/minimal").iterdir()] == ["main.c"]
