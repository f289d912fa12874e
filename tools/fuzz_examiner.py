"""The process in which tools/fuzz.py reads, checks and plans mutants: bounded in time and memory, so that it may die.

A program with the arguments SEED FILE: a line of stdin is the number of a mutant, a line of stdout what became of it,
as JSON. The mutant is in FILE before anything is done with it.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_models import models
from fuzz_mutations import REFUSED, mutant
from schema_objects import packed, unpacked

from ecgprune.codegen import generate
from ecgprune.errors import EcgpruneError
from ecgprune.graph.reader import read
from ecgprune.runtimes.worker import address_space, limit_memory

__all__ = ["MEMORY", "SECONDS", "examine", "made", "model_of", "repaired"]

SECONDS = 5.0
"""Of the processor, for one mutant."""
MEMORY = 1 << 30
"""Bytes, for one mutant."""


def model_of(number: int) -> str:
    """Name of the model that a mutant comes from."""
    return list(models())[number % len(models())]


def made(seed: int, number: int) -> bytes:
    """The mutant of a number before repairs: the same on every machine, as long as the models are."""
    return mutant(models()[model_of(number)], np.random.default_rng([seed, number]))


def examined(seed: int, number: int, file: Path) -> dict[str, Any]:
    """What becomes of the mutant, which is left in `file`; half of them are repaired until they get further."""
    blob = made(seed, number)
    for repairs in range(4 if number % 2 else 1):
        file.write_bytes(blob)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        found = examine(blob)
        signal.setitimer(signal.ITIMER_PROF, 0)
        better = repaired(blob, str(found.get("text", ""))) if repairs < 3 else None
        if better is None:
            break
        blob = better
    return found


def examine(blob: bytes) -> dict[str, Any]:
    """Reads and plans a mutant: {"outcome": "refused" | "accepted" | "exception", ...}."""
    start = time.process_time()
    try:
        files = generate(read(blob), "m").files
        found: dict[str, Any] = {"outcome": "accepted", "files": files}
    except EcgpruneError as error:
        found = {"outcome": "refused", "error": type(error).__name__, "text": str(error)}
    except Exception:  # what this program looks for
        found = {"outcome": "exception", "text": traceback.format_exc()}
    return found | {"seconds": time.process_time() - start}


def repaired(blob: bytes, refusal: str) -> bytes | None:
    """The file with the output shape that a refusal asks for, so that what is behind it is reached; None for others."""
    asked = re.search(r"operator (\d+) .*: output shape \[.*\]; supported: \[([\d, ]*)\] for its inputs", refusal)
    if not asked:
        return None
    shape = [int(n) for n in asked[2].split(",") if n.strip()]
    try:
        model = unpacked(blob)
        graph = model.subgraphs[0]
        graph.tensors[graph.operators[int(asked[1])].outputs[0]].shape = np.array(shape, np.int32)
        return packed(model)
    except REFUSED:  # parts of the file that ecgprune does not read are damaged
        return None


def main() -> None:
    """Answers until stdin ends."""
    seed, file = int(sys.argv[1]), Path(sys.argv[2])
    examine(models()["classifier"])  # what is loaded once counts for no mutant
    warnings.simplefilter("error")  # numpy's would stand on the user's screen
    limit_memory(address_space() + MEMORY)
    for line in sys.stdin:
        print(json.dumps(examined(seed, int(line), file)), flush=True)


if __name__ == "__main__":
    main()
