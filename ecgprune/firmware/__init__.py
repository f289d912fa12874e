"""Firmware: builds a generated model into an image for a board, and runs it on the emulated board or on this machine.

    board = boards()["mps2_an386"]
    image = build(model_dir, board, out)          # ELF, .bin, .hex, .map, sizes, worst-case stack
    result = run(image, vectors, timeout_s=60)    # outputs, mismatches, instructions per invocation

Needs make and arm-none-eabi-gcc (host boards: cc), and qemu-system-arm to run; `find_tools()` says what there is.
"""

from ecgprune.firmware.boards import Board, Memory, board, boards, root
from ecgprune.firmware.build import Image, build, load
from ecgprune.firmware.profile import FunctionCost
from ecgprune.firmware.run import Calls, RunResult, run
from ecgprune.firmware.tools import PROGRAMS, Tools, find_tools, tool_versions

__all__ = [
    "PROGRAMS",
    "Board",
    "Calls",
    "FunctionCost",
    "Image",
    "Memory",
    "RunResult",
    "Tools",
    "board",
    "boards",
    "build",
    "find_tools",
    "load",
    "root",
    "run",
    "tool_versions",
]
