"""From a run's artefacts to report.json."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ecgprune import __version__
from ecgprune.config import shipped
from ecgprune.errors import ArtifactError
from ecgprune.operating_point import OperatingPoint
from ecgprune.report.artefacts import ON_TARGET, TFLM_BENCH, Run
from ecgprune.report.schema import Report

__all__ = ["summarize", "versions"]

_PACKAGES = (
    "tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "tflite-micro", "numpy", "wfdb",
)  # fmt: skip


def summarize(run: Run) -> Report:
    """The report of a run.

    Raises:
        ArtifactError: an artefact lacks a field, or holds a wrong value in one; the message names it.
    """
    try:
        return TypeAdapter(Report).validate_python(_values(run))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArtifactError(f"the run's artefacts do not make a report: {where}: {first['msg']}; run again") from error
    except KeyError as error:
        raise ArtifactError(f"the run's artefacts do not make a report: {error} is missing; run again") from error


def _values(run: Run) -> dict[str, Any]:
    cores = {core["core"]: core for core in run.plan["cores"]}
    first = run.plan["cores"][0]  # of the first board, whose figures head the page
    layers = first["layers"]
    return {
        "schema_version": 1,
        "name": run.config["name"],
        "synthetic": run.dataset["synthetic"],
        "command": _command(run),
        "dataset": _dataset(run),
        "model": {
            "name": run.config["export"]["name"],
            "network": run.config["model"]["name"],
            "sha256": run.tflite_sha256,
            "tflite_bytes": run.tflite_bytes,
            "arena_bytes": first["arena_bytes"],
            "state_bytes": first.get("state_bytes") or 0,
            "core": first["core"],
            "optimize": run.plan["optimize"],
        },
        "accuracy": {k: run.evaluation.get(k) for k in ("dense", "pruned", "int8", "one_shot")},
        "parts": run.evaluation.get("parts", []),
        "sparsity": run.quantize["sparsity"],
        "macs": {
            "dense": sum(layer["macs"] for layer in layers),
            "effective": sum(layer["nonzero_macs"] for layer in layers),
        },
        "pruning": {
            "dense_accuracy": run.dense["accuracy"],
            "dense_macro_f1": run.dense["macro_f1"],
            "stages": run.stages,
            "one_shot": run.one_shot,
            "chosen": run.chosen["stage"] - 1,
        },
        "layers": layers,
        "firmware": [_firmware(row, cores[row["generated_for"]], run.config) for row in run.verify["firmware"]],
        "verification": {
            "oracle": run.verify["oracle"]["oracle"],
            "passed": all(row["passed"] for row in run.verify["runtimes"] if not row["skipped"]),
            "runtimes": run.verify["runtimes"],
            "interpreter_rounding": run.verify["interpreter_rounding"],
        },
        "on_target": run.measurements[ON_TARGET],
        "beside": run.measurements[TFLM_BENCH],
        "arena": first.get("arena", []),
        "versions": versions() | run.verify["tools"],
        "input_hashes": run.dataset["input_hashes"],
    }


def _firmware(row: dict[str, Any], core: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """A firmware row with what the plan of its core says, and with times and energies at the clock and current."""
    figures = ("instructions", "cycles_estimate")
    counted = {layer["op"]: {key: layer[key] for key in figures} for layer in row.get("layers", [])}
    idle = dict.fromkeys(figures, 0) if counted else {}  # an operator without a kernel call
    stated = {key: config["firmware"].get(key) for key in ("clock_mhz", "ua_per_mhz", "supply_v")}
    point = OperatingPoint(**row.get("operating_point", {})).stated(**stated)
    cycles, highest = row["cycles_estimate"], row.get("clock_max_hz")
    return row | {
        "instructions_estimate": core["instructions_estimate"],
        "cycles_predicted": core.get("cycles_predicted"),
        "layers": [layer | counted.get(layer["op"], idle) for layer in core["layers"]],
        **point.figures(cycles),
        "time_max_clock_ms": 1000 * cycles / highest if cycles is not None and highest else None,
    }


def _dataset(run: Run) -> dict[str, Any]:
    info = run.dataset
    kept = (
        "name", "database", "split", "classes", "beats", "window", "sample_rate_hz", "band_hz", "sources",
        "lead_instead",
    )  # fmt: skip
    return {key: info[key] for key in kept if key in info} | {"records": len(info["records"])}


def _command(run: Run) -> str:
    """The command that repeats this run."""
    name = run.config["name"]
    config = name if name in shipped() else "CONFIG.toml"
    data = "" if run.dataset["synthetic"] else " --data FOLDER"
    return f"ecgprune run {config}{data} --out RUN"


def versions() -> dict[str, str]:
    """Versions of the packages that the run was made with, as installed now."""
    found = {"ecgprune": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
