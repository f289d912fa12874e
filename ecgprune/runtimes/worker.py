"""The child process: loads a model on a runtime and runs vectors through it, as messages ask (see frames.py).

A program: `python -m ecgprune.runtimes.worker`. It imports numpy and the runtime asked for. What a runtime prints goes
to stderr, which is a file of the parent's.

Requests, each answered by one message, `run` by one for each vector:
    {"do": "load", "runtime": "tflm" | "interpreter", "arena": bytes or None, "keep_all": bool,
     "cpu_seconds": float, "memory": bytes} and the .tflite
    {"do": "run", "vectors": n, "inputs": [[tensor, dtype, shape], ...], "wanted": [tensor, ...], "outputs": bool}
        and, input by input, n vectors; outputs: the tensors wanted are the model's outputs
    {"do": "allocations"}: TFLM prints what it has allocated
An answer is {} and the tensors' bytes one after the other, or {"error": text, ...}.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.runtimes.frames import Header, receive, send

Arrays = list[npt.NDArray[Any]]
Inputs = Sequence[tuple[int, npt.NDArray[Any]]]


class Tflm:
    """A model on TFLM's reference kernels."""

    def __init__(self, tflite: bytes, arena: int | None, keep_all: bool) -> None:
        from tflite_micro.python.tflite_micro import runtime

        kinds = runtime.InterpreterConfig
        kind = kinds.kPreserveAllTensors if keep_all else kinds.kAllocationRecording
        self.model = runtime.Interpreter.from_bytes(tflite, arena_size=arena, intrepreter_config=kind)

    def run(self, inputs: Inputs, wanted: Sequence[int], outputs: bool) -> Arrays:
        for position, (_, values) in enumerate(inputs):
            self.model.set_input(values, position)
        self.model.invoke()
        if outputs:
            return [self.model.get_output(position) for position in range(len(wanted))]
        return [self.model.GetTensor(tensor, 0)["tensor_data"] for tensor in wanted]


class Interpreter:
    """A model on the TFLite interpreter's reference kernels, every tensor kept."""

    def __init__(self, tflite: bytes, arena: int | None, keep_all: bool) -> None:
        from ai_edge_litert import interpreter

        self.model = interpreter.Interpreter(
            model_content=tflite,
            experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        self.model.allocate_tensors()

    def run(self, inputs: Inputs, wanted: Sequence[int], outputs: bool) -> Arrays:
        for tensor, values in inputs:
            self.model.set_tensor(tensor, values)
        self.model.invoke()
        return [self.model.get_tensor(tensor) for tensor in wanted]


RUNTIMES: dict[str, type[Tflm] | type[Interpreter]] = {"tflm": Tflm, "interpreter": Interpreter}


class Worker:
    """One model at a time."""

    def __init__(self) -> None:
        self.model: Tflm | Interpreter | None = None
        self.seconds = 0.0
        self.idle_bytes = address_space()

    def answers(self, request: Header, payload: bytes) -> Iterator[tuple[Header, Arrays]]:
        """The answers to one request; an exception ends them."""
        if request["do"] == "load":
            self.model = None
            gc.collect()
            limit_memory(self.idle_bytes + request["memory"])
            self.seconds = request["cpu_seconds"]
            with Timer(self.seconds):
                self.model = RUNTIMES[request["runtime"]](payload, request["arena"], request["keep_all"])
            yield {}, []
        elif request["do"] == "run":
            assert self.model is not None
            rows = _rows(request, payload)
            for v in range(request["vectors"]):
                with Timer(self.seconds):
                    found = self.model.run([(t, r[v]) for t, r in rows], request["wanted"], request["outputs"])
                yield {}, found
        else:
            assert isinstance(self.model, Tflm)
            self.model.model.print_allocations()
            yield {}, []


class Timer:
    """Ends the process by SIGPROF after so many seconds of its own work: a busy machine does not count."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        self._set(self.seconds)

    def __exit__(self, *_: object) -> None:
        self._set(0)

    def _set(self, seconds: float) -> None:
        if hasattr(signal, "setitimer"):  # not on Windows, where nothing ends a model that loops
            signal.setitimer(signal.ITIMER_PROF, seconds)


def _rows(request: Header, payload: bytes) -> list[tuple[int, npt.NDArray[Any]]]:
    """(tensor, [n, *shape]) of each input."""
    found, at = [], 0
    for tensor, dtype, shape in request["inputs"]:
        rows = np.frombuffer(payload, dtype, request["vectors"] * int(np.prod(shape, dtype=np.int64)), at)
        found.append((tensor, rows.reshape(request["vectors"], *shape)))
        at += rows.nbytes
    return found


def address_space() -> int:
    """Bytes of address space in use; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def limit_memory(total: int) -> None:
    """Bounds the address space, where the system can, and leaves no core files."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (total, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        pass


def main() -> None:
    """Answers requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a runtime prints must not get between the answers
    worker = Worker()
    while (message := receive(sys.stdin.buffer)) is not None:
        try:
            for header, arrays in worker.answers(*message):
                send(answers, header, *(np.ascontiguousarray(a).tobytes() for a in arrays))
        except ImportError as error:
            missing = isinstance(error, ModuleNotFoundError)
            send(answers, {"error": str(error), "module": error.name, "missing": missing})
        except MemoryError:
            send(answers, {"error": "", "memory": True})
        except Exception as error:  # a runtime reports what it refuses by any kind of exception
            send(answers, {"error": str(error) or type(error).__name__})


if __name__ == "__main__":
    main()
