"""A run folder as the stages leave it, made up in a second: for tests of the report alone.

Everything in it is invented. Waves are sums of bumps, scores follow from an invented confusion matrix.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from ecgprune import report
from ecgprune.config import Config, Stage
from ecgprune.ecg import evaluation

CLASSES = ["N", "S", "V", "F", "Q"]
CONFUSION = np.array([[712, 5, 3, 1, 0], [9, 88, 2, 0, 0], [2, 1, 141, 3, 0], [1, 0, 6, 41, 0], [0, 0, 0, 0, 85]])
# Bumps of a beat: (middle in samples, width, height); R peak at 72 of 180.
WAVES = {
    "N": [(42, 6, 0.9), (68, 2, -0.8), (72, 2.2, 6.0), (77, 2.4, -1.6), (122, 14, 1.6)],
    "S": [(52, 5, 0.7), (68, 2, -0.6), (72, 2.2, 5.4), (77, 2.4, -1.4), (118, 13, 1.4)],
    "V": [(70, 9, 5.2), (92, 12, -4.2), (134, 16, -1.6)],
    "F": [(46, 6, 0.5), (71, 5, 5.2), (86, 9, -2.4), (128, 15, 0.6)],
    "Q": [(54, 0.8, 6.5), (72, 8, -3.4), (100, 16, 2.2)],
}


def reported(folder: Path, **options: bool) -> Path:
    """The run folder that `write_run` writes, with its report."""
    write_run(folder, **options)
    report.build(folder)
    return folder


def write_run(folder: Path, *, boards: bool = True, failing: bool = False, synthetic: bool = True) -> Path:
    """Writes a run folder. boards: firmware ran. failing: a board differs. synthetic: what the dataset says it is."""
    config = Config(
        name="default" if synthetic else "mitdb", prune=Config().prune.__class__(stages=_stages())
    )
    (folder / "prune").mkdir(parents=True)
    (folder / "firmware").mkdir()
    (folder / "config.toml").write_text(tomli_w.dumps(config.as_dict()))
    (folder / "model.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(range(256)) * 110)
    _beats(folder)
    scores = {"accuracy": 0.9782, "macro_f1": 0.9481}
    _write(folder / "dataset.json", _dataset(synthetic))
    _write(folder / "dense.json", {**scores, "epochs_run": 24, "best_epoch": 16, "parameters": 22_853, "history": []})
    for index, (stage, score) in enumerate(zip(_stages(), (0.951, 0.947, 0.941, 0.921), strict=True), start=1):
        _write(folder / "prune" / f"stage-{index:02}.json", _stage("multistage", index, stage, score))
    _write(folder / "prune" / "one-shot.json", _stage("one-shot", 0, _stages()[-1], 0.862))
    _write(folder / "prune" / "chosen.json", {"stage": len(_stages()) - (_stages()[-1].floor > 0.921)})
    _write(folder / "quantize.json", {"bytes": 28_168, "calibration_beats": 500, "sparsity": _sparsity(0.801)})
    _write(
        folder / "evaluation.json",
        {
            "dense": _metrics(CONFUSION),
            "pruned": _metrics(CONFUSION + np.diag([-3, -2, 2, -3, 0]) + np.fliplr(np.diag([0, 0, 0, 2, 4]))),
            "one_shot": _metrics(CONFUSION + np.array([[-9, 5, 2, 2, 0], *[[4, -11, 5, 2, 0]] * 4])),
            "int8": _metrics(CONFUSION),
            "parts": _parts(),
        },
    )
    _write(folder / "firmware" / "plan.json", _plan())
    _write(folder / "verify.json", _verify(boards, failing))
    return folder


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2))


def _stages() -> tuple[Stage, ...]:
    return tuple(Stage(sparsity=s, floor=0.9 if s > 0.75 else 0.0) for s in (0.3, 0.5, 0.65, 0.8))


def _sparsity(share: float) -> dict[str, Any]:
    weights = {"conv1": 80, "conv2": 2560, "conv3": 7680, "conv4": 10240, "dense1": 1152, "scores": 160}
    shares = dict(zip(weights, (0.2, 0.9, 1.0, 1.07, 0.95, 0.5), strict=True))
    layers = [(name, n, round(n * min(0.97, share * shares[name]))) for name, n in weights.items()]
    zeros = sum(z for _, _, z in layers)
    return {
        "overall": zeros / sum(weights.values()),
        "per_layer": [{"layer": name, "zeros": z, "weights": n, "sparsity": z / n} for name, n, z in layers],
    }


def _stage(method: str, index: int, stage: Stage, score: float) -> dict[str, Any]:
    return {
        "index": index, "method": method, "granularity": "weight", "target": stage.sparsity,
        "sparsity": _sparsity(stage.sparsity), "accuracy": score + 0.03, "macro_f1": score, "epochs": 3,
        "best_epoch": 2, "learning_rate": 0.001, "floor": stage.floor, "passed": score >= stage.floor, "history": [],
    }  # fmt: skip


def _metrics(confusion: np.ndarray) -> dict[str, Any]:
    counts = np.maximum(confusion, 0)
    hits, rows, columns = np.diag(counts), counts.sum(1), counts.sum(0)
    per_class = {
        c: {"f1": 2 * hits[i] / (rows[i] + columns[i]), "se": hits[i] / rows[i], "ppv": hits[i] / columns[i],
            "support": int(rows[i])}
        for i, c in enumerate(CLASSES)
    }  # fmt: skip
    return {
        "accuracy": hits.sum() / counts.sum(),
        "macro_f1": float(np.mean([k["f1"] for k in per_class.values()])),
        "per_class": per_class,
        "confusion": counts.tolist(),
    }


def _parts() -> list[dict[str, Any]]:
    """Two parts of the test beats, with intervals over three invented patients."""
    label = np.repeat(np.arange(5), CONFUSION.sum(1)).astype(np.uint8)
    predicted = np.concatenate([np.repeat(np.arange(5), row) for row in CONFUSION]).astype(np.uint8)
    late = np.full(len(label), 9.0)
    answers = [
        evaluation.Answers(f"s{n}", f"s{n}", "", label[n::3], predicted[n::3], late[n::3], {}) for n in range(3)
    ]
    subsets = (evaluation.Subset("all", "all records"), evaluation.Subset("without_paced", "without paced", ("s1",)))
    return [evaluation.score(answers, CLASSES, subset) for subset in subsets]


def _beats(folder: Path) -> None:
    rng = np.random.default_rng(11)
    label = np.repeat(np.arange(5), CONFUSION.sum(1)).astype(np.uint8)
    predicted = np.concatenate([np.repeat(np.arange(5), row) for row in CONFUSION]).astype(np.uint8)
    order = rng.permutation(len(label))
    label, predicted = label[order], predicted[order]
    t = np.arange(180)
    ecg = np.stack([_wave(CLASSES[k], t, rng) for k in label])
    sure = rng.uniform(0.55, 0.99, len(label))
    probabilities = np.full((len(label), 5), 0.0, np.float32)
    probabilities += ((1 - sure) / 4)[:, None]
    probabilities[np.arange(len(label)), predicted] = sure
    np.savez(folder / "dataset.npz", ecg=ecg, label=label, split=np.full(len(label), 2, np.uint8))
    np.savez(folder / "predictions.npz", label=label, predicted=predicted, probabilities=probabilities)


def _wave(kind: str, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shift = rng.uniform(-2, 2)
    bumps = sum(h * np.exp(-(((t - m - shift) / w) ** 2) / 2) for m, w, h in WAVES[kind])
    noisy = bumps * rng.uniform(0.85, 1.1) + rng.normal(0, 0.12, len(t)) + 0.2 * np.sin(t / 60 + rng.uniform(0, 6))
    return np.clip(np.rint(noisy * 16), -128, 127).astype(np.int8)


def _dataset(synthetic: bool) -> dict[str, Any]:
    counts = {c: int(n) for c, n in zip(CLASSES, CONFUSION.sum(1), strict=True)}
    records = [f"s{n:02}" for n in range(16)] if synthetic else ["100", "101", "103"]
    return {
        "schema_version": 1,
        "name": "ecgprune synthetic database" if synthetic else "MIT-BIH Arrhythmia Database",
        "synthetic": synthetic, "database": "synthetic" if synthetic else "mitdb", "split": "intra",
        "classes": CLASSES, "window": 180, "sample_rate_hz": 180,
        "band_hz": [0.66, 40.0], "ecg_scale": 1 / 16, "rr_scale": 1 / 32,
        "records": records,
        "beats": {
            "train": {c: 7 * n // 2 for c, n in counts.items()},
            "validation": {c: n // 2 for c, n in counts.items()},
            "test": counts,
        },
        "input_hashes": {f"{r}.{ext}": f"{i:064x}" for i, (r, ext) in enumerate(
            (r, e) for r in records for e in ("atr", "dat", "hea"))},
    }  # fmt: skip


def _plan() -> dict[str, Any]:
    layers = [
        ("CONV_2D", "ecgp_conv", 14_400, 12_100, 240), ("MAX_POOL_2D", "ecgp_max_pool", 0, 0, 0),
        ("CONV_2D", "ecgp_conv_sparse", 230_400, 66_000, 1_420), ("MAX_POOL_2D", "ecgp_max_pool", 0, 0, 0),
        ("CONV_2D", "ecgp_conv_sparse", 345_600, 69_300, 3_300),
        ("CONV_2D", "ecgp_conv_sparse", 460_800, 66_240, 3_120),
        ("MEAN", "ecgp_mean", 0, 0, 0), ("RESHAPE", "", 0, 0, 0), ("CONCATENATION", "ecgp_concatenation", 0, 0, 0),
        ("FULLY_CONNECTED", "ecgp_fully_connected_sparse", 1_152, 276, 690),
        ("FULLY_CONNECTED", "ecgp_fully_connected", 160, 96, 220),
        ("SOFTMAX", "ecgp_softmax", 0, 0, 1_024),
    ]  # fmt: skip
    cores = [("Cortex-M4", "", 400_000), ("Cortex-M55", "_helium", 430_000)]
    return {
        "schema_version": 1, "name": "ecg", "runtime": "native", "optimize": "speed",
        "cores": [
            {
                "core": core, "folder": core.lower(), "arena_bytes": 7_424, "instructions_estimate": total,
                "layers": [
                    {"op": i, "name": f"{op.lower()}_{i}", "operator": op, "kernel": kernel and kernel + suffix,
                     "macs": macs, "nonzero_macs": left, "weight_bytes": size, "output": 30 + i,
                     "instructions_estimate": left, "cycles_predicted": left * 3 // 2}
                    for i, (op, kernel, macs, left, size) in enumerate(layers)
                ],
                "calls": [{"op": i, "kernel": kernel} for i, (_, kernel, *_) in enumerate(layers) if kernel],
                "arena": _arena(),
            }
            for core, suffix, total in cores
        ],
    }  # fmt: skip


def _arena() -> list[dict[str, Any]]:
    """A tensor between every two convolutions, the input, the output, and working memory of one."""
    rows = [("ecg", "tensor", 180, 3584, None, 0), ("scores", "tensor", 5, 0, 11, None),
            ("working memory of conv_2d_2", "scratch", 1024, 6400, 2, 2),
            *((f"tensor {i}", "tensor", 3584, 3584 * (i % 2), i, i + 1) for i in range(6))]  # fmt: skip
    keys = ("what", "kind", "bytes", "offset", "first_op", "last_op")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _verify(boards: bool, failing: bool) -> dict[str, Any]:
    equal = {"bit_exact": True, "passed": True, "mismatching_bytes": 0, "max_difference": 0, "class_changes": 0,
             "first_mismatch": None, "skipped": None, "core": None}  # fmt: skip
    first = {"op": 9, "operator": "FULLY_CONNECTED", "layer": "compact/dense1/MatMul", "tensor": 39, "vector": 17,
             "index": 4, "expected": -28, "got": -29}  # fmt: skip
    interpreter = equal | {"bit_exact": False, "mismatching_bytes": 9, "max_difference": 1, "first_mismatch": first}
    runtimes = [
        {"runtime": "tflm-host", "vectors": 1000, **equal},
        {"runtime": "interpreter", "vectors": 1000, **interpreter},
        {"runtime": "host-c", "vectors": 1000, **equal, "core": "Cortex-M4"},
        {"runtime": "host-c", "vectors": 1000, **equal, "core": "Cortex-M55"},
    ]
    why = "arm-none-eabi-gcc is not installed: on Debian or Ubuntu, apt install gcc-arm-none-eabi"
    sizes = [("mps2_an386", "Cortex-M4", 402_118, 561_300), ("mps3_an547", "Cortex-M55", 437_902, None)]
    if not boards:
        runtimes += [{"runtime": b, "vectors": 0, **equal, "passed": False, "bit_exact": False, "skipped": why}
                     for b, *_ in sizes]  # fmt: skip
        sizes = []
    for name, *_ in sizes:
        bad = failing and name == "mps3_an547"
        row = equal | ({"bit_exact": False, "passed": False, "mismatching_bytes": 3, "max_difference": 2,
                        "first_mismatch": first} if bad else {})  # fmt: skip
        runtimes.append({"runtime": name, "vectors": 100, **row})
    firmware = [
        {"board": b, "core": core, "description": core, "generated_for": core, "runtime": "native", "instructions": n,
         "cycles_estimate": cycles,
         "flash_bytes": 18_212, "ram_bytes": 7_988, "stack_bytes": 524, "arena_bytes": 7_424,
         "bit_exact": not (failing and b == "mps3_an547"), "vectors": 100, "flash_available": 1_048_576,
         "ram_available": 262_144, "clock_max_hz": None,
         "operating_point": {"clock_hz": 25_000_000, "clock_source": "by the board's data"},
         "layers": [{"op": layer["op"], "name": layer["name"], "kernel": layer["kernel"],
                     "instructions": layer["nonzero_macs"] + 20,
                     "cycles_estimate": layer["nonzero_macs"] * 3 // 2 + 50 if cycles else None}
                    for layer in _plan()["cores"][0]["layers"] if layer["kernel"]]}
        for b, core, n, cycles in sizes
    ]  # fmt: skip
    return {
        "schema_version": 1,
        "model": {"name": "ecg", "sha256": "0" * 64},
        "oracle": {"oracle": "TensorFlow Lite Micro on the host", "resolver": "the wheel's", "versions": {}},
        "tools": {"arm-none-eabi-gcc": "arm-none-eabi-gcc 12.2.1", "qemu-system-arm": "QEMU emulator version 7.2"},
        "vectors": 1000,
        "runtimes": runtimes,
        "interpreter_rounding": {
            "explained": True, "vectors": 1000, "vectors_differing": 31, "mismatching_bytes": 9, "max_difference": 1,
            "class_changes": 0, "class_change_share": 0.0,
            "operators": {"FULLY_CONNECTED": "rounds once, where TensorFlow Lite Micro and CMSIS-NN round twice"},
            "layers": [{"op": 9, "operator": "FULLY_CONNECTED", "layer": "compact/dense1/MatMul", "differing": 27,
                        "largest": 1}],
        },
        "firmware": firmware,
    }  # fmt: skip
