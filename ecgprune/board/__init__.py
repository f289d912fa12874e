"""Builds a generated model into an image for a board, and runs it on the emulated board or on this machine.

    board = find_board("mps2_an386")
    image = build_image(model_dir, board, out)              # ELF, .bin, .hex, .map, sizes, worst-case stack
    result = run_on_board(image, vectors, timeout_s=60)     # outputs, mismatches, instructions per invocation

Needs make and arm-none-eabi-gcc (host board: cc), and qemu-system-arm to run; `find_tools()` says what there is.
"""

from ecgprune.board.boards import Board, Memory, emulator, find_board, firmware_root, known_boards
from ecgprune.board.build import BuildOptions, Image, build_image, load_image
from ecgprune.board.calls import Calls
from ecgprune.board.profile import FunctionCost
from ecgprune.board.run import run_on_board
from ecgprune.board.run_result import RunResult
from ecgprune.board.tools import MCA, PROGRAMS, Tools, find_mca, find_tools, tool_versions

__all__ = [
    "MCA",
    "PROGRAMS",
    "Board",
    "BuildOptions",
    "Calls",
    "FunctionCost",
    "Image",
    "Memory",
    "RunResult",
    "Tools",
    "build_image",
    "emulator",
    "find_board",
    "find_mca",
    "find_tools",
    "firmware_root",
    "known_boards",
    "load_image",
    "run_on_board",
    "tool_versions",
]
