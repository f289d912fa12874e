"""From an int8 model to C for each core, and to an image for each board."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import Progress, read_json, replacing, write_json
from ecgprune.config import ExportConfig
from ecgprune.errors import ToolMissingError
from ecgprune.pipeline.cores import Core

if TYPE_CHECKING:
    from ecgprune.graph.graph import Graph
    from ecgprune.interface import ModelContract
    from ecgprune.packaging import GeneratedModel
    from ecgprune.verify import Generated

__all__ = ["build", "export", "generate_native", "generated_code", "own_tflm"]

PLAN_SCHEMA_VERSION = 1


def export(
    tflite: Path, out: Path, settings: ExportConfig, cores: Sequence[Core], contract: ModelContract | None = None
) -> None:
    """Generates C from `tflite` for each core, with the kernels selected for that core.

    Writes out/src/<core> (the generated files), out/drop-in/<core> (these and all they need, for any project), and
    out/plan.json: {"schema_version", "name", "runtime", "optimize", "cores"}, the last a list with one object per core:
    {"core", "folder", "arena_bytes", "instructions_estimate", "cycles_predicted", "layers"}, layers as
    `codegen.plan.Layer`; native alone also "state_bytes" (those of the arena that last), "calls" (operator and kernel
    of each kernel call, in order) and "arena" (what lies where and from when to when, see arena_split).
    With settings.compress also out/compressed.tflite, and in plan.json "compression": {"bytes_before", "bytes_after",
    "arena_before", "arena_after", "decoder_flash_estimate", "decode_instructions_estimate", "tensors"}, the last as
    `tflm.compress.CompressedTensor`.

    Args:
        tflite: the int8 model.
        out: the folder to write to. What other folders it holds stays.
        settings: name, runtime, and objective of kernel selection.
        cores: the cores to generate code for.
        contract: class names and preprocessing, for the generated header; None where they are not known.

    Raises:
        GraphError: the model cannot be read.
        UnsupportedOperatorError: it has an operator without a kernel.
        CodegenError: a kernel cannot be shown to be exact, or the name is not usable.
        VerificationError: TFLM gives other bytes for the compressed model.
        RefusedModelError: TFLM cannot run the model. On a platform without the tflite-micro wheel the native runtime is
            not held against it.
    """
    from ecgprune.board import firmware_root
    from ecgprune.graph.reader import read
    from ecgprune.packaging import drop_in as write_drop_in
    from ecgprune.pipeline.compression import check_runs, compressed, described
    from ecgprune.verify import has_tflm

    graph = read(tflite)
    compression = compressed(tflite.read_bytes(), graph) if settings.compress else None
    if settings.runtime == "tflm" and compression is None:
        check_runs(tflite.read_bytes(), graph)
    stored = compression.tflite if compression else tflite.read_bytes()
    rows = []
    with replacing(out / "src") as src, replacing(out / "drop-in") as drop_in:
        drop_in.mkdir()
        for core in cores:
            if settings.runtime == "tflm":
                row, model = _generate_tflm(stored, graph, settings, core, contract)
            else:
                row, model = generate_native(graph, settings, core, contract)
            rows.append(row)
            (src / core.folder).mkdir(parents=True)
            for name, text in model.files.items():
                (src / core.folder / name).write_text(text, encoding="utf-8")
            write_drop_in(model, drop_in / core.folder, firmware_root())
        if settings.runtime == "native" and has_tflm():
            check_runs(tflite.read_bytes(), graph)
    about: dict[str, Any] = {"name": settings.name, "runtime": settings.runtime, "optimize": settings.optimize}
    if compression is not None:
        with replacing(out / "compressed.tflite") as file:
            file.write_bytes(compression.tflite)
        about["compression"] = described(compression, tflite.read_bytes())
    write_json(out / "plan.json", {"schema_version": PLAN_SCHEMA_VERSION, **about, "cores": rows})


def generate_native(
    graph: Graph, settings: ExportConfig, core: Core, contract: ModelContract | None
) -> tuple[dict[str, Any], GeneratedModel]:
    """(object of plan.json, code) of one core; for arguments and errors see `export`."""
    from ecgprune import codegen
    from ecgprune.codegen.cost import code_bytes
    from ecgprune.codegen.target import Target
    from ecgprune.packaging import GeneratedModel
    from ecgprune.pipeline import arena_split

    target = Target(core.name, settings.optimize)
    generated = codegen.generate(graph, settings.name, settings.sparse, target, contract)
    layers, arena_bytes = generated.plan.layers, generated.plan.arena_bytes
    instructions = sum(layer.instructions_estimate for layer in layers)
    row = {
        "core": core.name,
        "folder": core.folder,
        "arena_bytes": arena_bytes,
        "state_bytes": generated.plan.arena.state_bytes,
        **generated.plan.predicted(),
        "layers": [asdict(layer) for layer in layers],
        "calls": [{"op": p.call.op, "kernel": p.call.kernel} for p in generated.plan.calls if p.call.kernel],
        "arena": arena_split.native(generated.plan),
    }
    constants = sum(layer.weight_bytes for layer in layers)
    kernels = {name for layer in layers for name in layer.kernel.split("+")}
    model = GeneratedModel(
        generated.files, generated.model, "native", core.name, settings.optimize, arena_bytes, constants,
        sum(code_bytes(name, target) for name in kernels), instructions,
    )  # fmt: skip
    return row, model


def _generate_tflm(
    tflite: bytes, graph: Graph, settings: ExportConfig, core: Core, contract: ModelContract | None
) -> tuple[dict[str, Any], GeneratedModel]:
    """The same for TFLM, whose kernels are the same on every core; `graph` is that of the plain file."""
    from ecgprune import tflm
    from ecgprune.codegen.target import Target
    from ecgprune.graph.reader import read
    from ecgprune.interface import interface
    from ecgprune.packaging import GeneratedModel

    files = tflm.generate(tflite, read(tflite), settings.name, contract)
    arena_bytes = tflm.arena_bytes(tflite, helium=Target(core.name).helium)
    row = {
        "core": core.name,
        "folder": core.folder,
        "arena_bytes": arena_bytes,
        "instructions_estimate": None,
        "cycles_predicted": None,
        "layers": tflm.layers(graph),
    }
    model = interface(graph, settings.name, contract)
    found = GeneratedModel(files, model, "tflm", core.name, settings.optimize, arena_bytes, len(tflite))
    return row, found


def generated_code(sources: Path, cores: Sequence[Core]) -> tuple[Generated, ...]:
    """The code that `export` wrote to `sources`, as `verify.run` takes it."""
    from ecgprune.verify import Generated, KernelCalls

    plan = read_json(sources.parent / "plan.json")
    calls = {}
    for row in plan["cores"]:
        names = {layer["op"]: layer["name"] for layer in row["layers"]}
        made = tuple((call["op"], names[call["op"]], call["kernel"]) for call in row.get("calls", []))
        calls[row["folder"]] = KernelCalls(plan["name"], made) if made else None  # the tflm runtime has none of ours
    return tuple(Generated(sources / c.folder, c.name, c.boards, calls.get(c.folder)) for c in cores)


def own_tflm() -> list[str | None]:
    """The user's build of TFLM, as firmware/Makefile takes it: values of TFLM_LIB and TFLM_INCLUDE, None if not set."""
    return [os.environ.get(name) for name in ("TFLM_LIB", "TFLM_INCLUDE")]


def build(sources: Path, cores: Sequence[Core], out: Path, runtime: str, progress: Progress) -> list[str]:
    """Builds an image for each board of `cores` into out/<board>, from sources/<core>.

    Args:
        sources: the folder with the code of each core, from `export`.
        cores: cores and their boards.
        out: the folder to write to; images.json there lists the boards, and which core's code each one runs.
        runtime: "native" or "tflm".
        progress: called before each board.

    Returns:
        For each board that was left out, the reason in words.

    Raises:
        BoardError: a board is unknown.
        FirmwareError: an image does not build.
        DoesNotFitError: an image does not fit its board.
    """
    from ecgprune.board import BuildOptions, build_image, find_board

    skipped = []
    out.mkdir(parents=True, exist_ok=True)
    places = [(find_board(name), core) for core in cores for name in core.boards]
    for number, (board, core) in enumerate(places):
        name, folder = board.name, sources / core.folder
        progress(number / len(places), f"for {name}")
        if runtime == "tflm" and None in own_tflm():
            skipped.append(f"{name}: the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE")
            continue
        try:
            build_image(folder, board, out / name, BuildOptions(runtime))
        except ToolMissingError as error:
            skipped.append(f"{name}: {error}")
    of_board = {board.name: core.name for board, core in places}
    write_json(out / "images.json", {"boards": list(of_board), "cores": of_board, "skipped": skipped})
    return skipped
