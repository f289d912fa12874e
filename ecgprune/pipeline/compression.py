"""A model whose pruned tensors are stored small, for TFLM: checked against the plain one, and described."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune import tflm, verify
from ecgprune.errors import VerificationError
from ecgprune.graph.graph import Graph
from ecgprune.graph.precision import check_tflm
from ecgprune.verify.oracles import TflmHost
from ecgprune.verify.vectors import arrange

__all__ = ["check_runs", "compressed", "described"]

_SEED = 1
_VECTORS = 20


def check_runs(tflite: bytes, graph: Graph) -> None:
    """Runs a model on TFLM once, on random values: some operators are only refused when they run.

    Args:
        tflite: content of the .tflite file.
        graph: its graph.

    Raises:
        UnsupportedOperatorError: it is of a kind that TFLM has no kernels for, as dynamic range; the remedy is named.
        RefusedModelError: TFLM cannot load or run it.
    """
    _outputs(tflite, graph, 1)


def compressed(plain: bytes, graph: Graph) -> tflm.Compression:
    """The compressed file, checked on random vectors: TFLM gives the bytes that it gives for the plain one.

    Args:
        plain: content of the plain .tflite file.
        graph: its graph.

    Raises:
        CodegenError: the file holds compressed tensors already.
        UnsupportedOperatorError: as of `check_runs`.
        RefusedModelError: TFLM cannot run one of the two.
        VerificationError: TFLM gives other bytes.
    """
    before = _outputs(plain, graph, _VECTORS)
    found = tflm.compress(plain)
    after = _outputs(found.tflite, graph, _VECTORS)
    if not all(np.array_equal(a.view(np.uint8), b.view(np.uint8)) for a, b in zip(before, after, strict=True)):
        raise VerificationError("TFLM gives other bytes for the compressed model; export it without --compress")
    return found


def _outputs(tflite: bytes, graph: Graph, vectors: int) -> list[npt.NDArray[Any]]:
    """TFLM's outputs on random inputs. Raises as `check_runs`."""
    check_tflm(graph)
    return TflmHost(tflite, graph).outputs(arrange(graph, verify.random_inputs(graph, vectors, _SEED)))


def described(found: tflm.Compression, plain: bytes) -> dict[str, Any]:
    """The object "compression" of plan.json, in bytes and instructions; tensors as `tflm.compress.CompressedTensor`."""
    decoded = sum(tensor.elements * tensor.readers for tensor in found.tensors)
    return {
        "bytes_before": len(plain),
        "bytes_after": len(found.tflite),
        "arena_before": tflm.arena_bytes(plain),
        "arena_after": tflm.arena_bytes(found.tflite),
        "decoder_flash_estimate": tflm.DECODER_FLASH if found.tensors else 0,
        "decode_instructions_estimate": tflm.DECODE_INSTRUCTIONS * decoded,
        "tensors": [asdict(tensor) for tensor in found.tensors],
    }
