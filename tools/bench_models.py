"""`make models FROM=FOLDER`: the four MLPerf Tiny networks, dense and pruned, into results/models.json.

FOLDER holds the .tflite files of mlcommons/tiny (see MODELS), which are not part of this project. Pruned: in every
layer with weights, 60 % of the 1x4 blocks, those of least L1 norm of the real weights, become zero. Such a network is
not retrained and predicts nothing; it takes what a trained one takes.

Every network is measured on every BOARD, and on TFLM as well where TFLM_LIB names a library for the core of the one
board. Rows of other networks and boards stay in the file, so one network on one core can be measured by itself. What
was measured before and has not changed since is taken from build/bench, see bench_cache.py.
"""

import argparse
import json
import sys
from pathlib import Path

import bench_cache
import docs_tables
import numpy as np
import table_prediction

from ecgprune.artifacts import sha256_bytes, write_text
from ecgprune.board import find_board, tool_versions
from ecgprune.graph.tflite import TfliteFile
from ecgprune.pipeline import bench
from ecgprune.pipeline.firmware import own_tflm

RESULTS = Path(__file__).parent.parent / "results" / "models.json"
SOURCE = "mlcommons/tiny 1afd2c98, benchmark/training"
MODELS = {  # name: (file, SHA-256)
    "kws": ("kws_ref_model.tflite", "aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae"),
    "vww": ("vww_96_int8.tflite", "597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b"),
    "ic": ("pretrainedResnet_quant.tflite", "3c002613d1b2475eb51dd78dfb85a546c8ae658dee71cf6ade43b022fe205415"),
    "ad": ("ad01_int8.tflite", "87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24"),
}
BLOCK, SHARE = 4, 0.6
VECTORS = 3
KEPT = (
    "model", "pattern", "board", "core", "runtime", "compress", "instructions", "instructions_estimate",
    "cycles_predicted", "cycles_estimate", "flash_bytes", "ram_bytes", "arena_bytes", "stack_bytes", "bit_exact",
    "vectors", "model_sha256",
)  # fmt: skip


def pruned(tflite):
    """The file with SHARE of the 1x4 blocks of every layer's weights zero."""
    file = TfliteFile(tflite)
    for op in file.operators:
        if op.weighted:
            weights = op.inputs[1]
            channels_last = op.name == "DEPTHWISE_CONV_2D"  # its rows are the kernel positions of one channel
            rows = np.moveaxis(weights.data, -1, 0) if channels_last else weights.data
            kept = _without_least_blocks(rows.reshape(rows.shape[0], -1), weights)
            moved = kept.reshape(rows.shape)
            weights.data[...] = np.moveaxis(moved, 0, -1) if channels_last else moved
    return bytes(file.content)


def _without_least_blocks(rows, weights):
    """[channels, taps]: a row's last block may be short."""
    taps = rows.shape[1]
    zero = weights.zero_point.reshape(-1, 1).astype(np.int64) if weights.zero_point.size else 0
    real = (rows.astype(np.int64) - zero) * weights.scale.reshape(-1, 1).astype(np.float64)
    blocks = np.pad(np.abs(real), ((0, 0), (0, -taps % BLOCK))).reshape(len(rows), -1, BLOCK).sum(axis=2)
    least = np.argsort(blocks, axis=None, kind="stable")[: round(SHARE * blocks.size)]
    gone = np.zeros(blocks.size, bool)
    gone[least] = True
    gone = np.repeat(gone.reshape(blocks.shape), BLOCK, axis=1)[:, :taps]
    return np.where(gone, np.broadcast_to(zero, rows.shape), rows).astype(np.int8)


def zeros(tflite):
    """Share of the layers' weights that are zero."""
    weights = [op.inputs[1] for op in TfliteFile(tflite).operators if op.weighted]
    count = sum(int((w.data == (w.zero_point[0] if w.zero_point.size else 0)).sum()) for w in weights)
    return count / sum(w.data.size for w in weights)


def files(folder, names=tuple(MODELS)):
    """{name: bytes} of MODELS."""
    found = {}
    for name in names:
        file, expected = MODELS[name]
        found[name] = (folder / file).read_bytes()
        if sha256_bytes(found[name]) != expected:
            sys.exit(f"{folder / file} is not the file of {SOURCE}: its SHA-256 is {sha256_bytes(found[name])}")
    return found


def measured(folder, board, names):
    """The rows of a board."""
    runtimes = ["native"] + (["tflm"] if None not in own_tflm() else [])
    for name, dense in files(folder, names).items():
        for pattern, tflite in (("dense", dense), ("block 60%", pruned(dense))):
            subject = bench.Subject(tflite, name, VECTORS)
            for runtime in runtimes:  # TFLM multiplies by every weight, zero or not: pruned, it only has less to store
                compress = runtime == "tflm" and pattern != "dense"
                row = bench_cache.measured(subject, board, runtime=runtime, compress=compress) | {"pattern": pattern}
                cycles = row["cycles_estimate"]
                print(f"{name} {pattern}, {board.core}, {runtime}: {cycles} cycles", file=sys.stderr, flush=True)
                worst = {"worst_layer": table_prediction.worst_layer(row)} if row.get("cycles_predicted") else {}
                yield {key: row.get(key) for key in KEPT} | {"zeros": round(zeros(tflite), 4)} | worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--board", action="append", default=[], help="mps2_an500; may be repeated")
    parser.add_argument("--model", action="append", default=[], choices=list(MODELS), help="may be repeated")
    options = parser.parse_args()
    boards = [find_board(name) for name in options.board or ["mps2_an386"]]
    if len(boards) > 1 and None not in own_tflm():
        sys.exit("TFLM_LIB is a library for one core, and there are several boards: name one, or unset TFLM_LIB")
    given = options.model or list(MODELS)
    rows = [row for board in boards for row in measured(options.folder, board, given)]
    before = json.loads(RESULTS.read_text())["rows"] if RESULTS.is_file() else []
    new = {(row["model"], row["board"], row["runtime"]) for row in rows}
    rows += [row for row in before if (row["model"], row["board"], row["runtime"]) not in new]
    names = list(MODELS)
    rows.sort(key=lambda r: (names.index(r["model"]), r["pattern"] != "dense", r["core"], r["runtime"]))
    head = {
        "schema_version": 1,
        "command": "make models FROM=<folder> BOARD=<boards>",
        "source": SOURCE,
        "files": {name: {"file": file, "sha256": sha} for name, (file, sha) in MODELS.items()},
        "pruned": "in every layer with weights, 60 % of the 1x4 blocks of least L1 norm are zero; not retrained",
        "tflm": "TFLM 90b983c with CMSIS-NN 4ab83cc, kernels at -O2, the rest at -Os, no error messages, by TFLM_LIB",
        "vectors_source": f"random int8 values, seed {bench.SEED}",
        "tools": {name: version for name, version in tool_versions().items() if version},
    }
    body = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    write_text(RESULTS, f'{json.dumps(head, indent=2)[:-2]},\n  "rows": [\n{body}\n  ]\n}}\n')
    docs_tables.write()
    native = [row for row in rows if row["runtime"] == "native"]
    wrong = [f"{row['model']} {row['pattern']} on {row['board']}" for row in native if not row["bit_exact"]]
    sys.exit(f"NOT bit-exact: {', '.join(wrong)}" if wrong else None)


if __name__ == "__main__":
    main()
