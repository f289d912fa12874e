"""The C of firmware/lib/ecg as a shared library of this machine, whose functions tests call by ctypes."""

import ctypes
import subprocess
from pathlib import Path

ECG = Path(__file__).parents[2] / "firmware" / "lib" / "ecg"
_WARNINGS = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror"
_FLAGS = f"{_WARNINGS} -O2 -shared -fPIC -fsanitize=undefined -fsanitize-undefined-trap-on-error".split()


def built(folder, *parts):
    """The library of ecgp_<part>.c, or of every file; undefined behaviour traps.

    Args:
        folder: where it is built.
        *parts: names of files without "ecgp_" and ".c"; none: all.
    """
    sources = [ECG / f"ecgp_{part}.c" for part in parts] or sorted(ECG.glob("*.c"))
    library = folder / "ecg.so"
    subprocess.run(["gcc", *_FLAGS, f"-I{ECG.parent / 'nn'}", *sources, "-o", library], check=True)
    return ctypes.CDLL(str(library))


def pointer(array):
    """The address of a numpy array's first element."""
    return array.ctypes.data_as(ctypes.c_void_p)
