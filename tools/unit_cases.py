"""Runs the unit-test cases of CMSIS-NN or TFLM through the kernels: same bytes?

The folder is a source tree of either, or holds logs of TFLM's kernel tests, see unit_cases_tflm_kernels.py.

unit_cases.py FOLDER [--kernels] [--board BOARD]... [--test NAME]... [--json FILE --commit ID --date DATE]

Every case becomes a network of one operator. All of them are generated for Cortex-M0, M4 and M55, built with sanitizers
and run on this machine; with --kernels once more for each kernel, which is then selected wherever it can be; and on the
emulated boards. Nothing of the tree is kept.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import unit_cases_cmsis
import unit_cases_tflm
import unit_cases_tflm_kernels
from hostmodel import HostModel
from networks import Net
from unit_case import Case, Given, OutsideError, handed
from weighted import preferring

from ecgprune import codegen
from ecgprune.artifacts import write_json
from ecgprune.board import BuildOptions, build_image, find_board, run_on_board
from ecgprune.codegen import ops
from ecgprune.codegen.target import Target
from ecgprune.errors import EcgpruneError
from ecgprune.graph.reader import read
from ecgprune.verify import vectors

CORES = ("Cortex-M0", "Cortex-M4", "Cortex-M55")
Bytes = npt.NDArray[np.int8]


def merged(cases: list[Case]) -> tuple[bytes, list[list[Any]]]:
    """One network of all cases, an output each, and its vectors; a case whose vectors end repeats its last."""
    net = Net()
    for case in cases:
        names = {spec.name: f"t{len(net.tensors) + number}" for number, spec in enumerate(case.net.tensors)}
        for spec in case.net.tensors:
            net.tensors.append(replace(spec, name=names[spec.name]))
        for op in case.net.ops:
            inputs, outputs, between = (
                tuple(n and names[n] for n in part) for part in (op.inputs, op.outputs, op.intermediates)
            )
            net.ops.append(replace(op, inputs=inputs, outputs=outputs, intermediates=between))
        net.inputs += [names[n] for n in case.net.inputs]
        net.outputs += [names[n] for n in case.net.outputs]
    steps = max(len(case.vectors) for case in cases)
    return net.blob(), [
        [x for case in cases for x in case.vectors[min(step, len(case.vectors) - 1)]] for step in range(steps)
    ]


def taken(cases: list[Case], given: Given) -> tuple[list[Case], dict[str, str]]:
    """The cases that code is generated for, and why it is not for the others."""
    found, refused = [], {}
    for case in cases:
        try:
            with handed(given):
                codegen.generate(read(case.net.blob()), "m", "auto", Target.for_board("Cortex-M4"))
            found.append(case)
        except EcgpruneError as error:
            refused[case.name] = str(error)
    return found, refused


def generated(cases: list[Case], given: Given, core: str, kernel: str | None) -> tuple[Any, Any, list[list[Any]]]:
    """Code for all the cases, their network, and its inputs; kernel: selected wherever it can be."""
    blob, steps = merged(cases)
    graph = read(blob)
    with handed(given), preferring(kernel) if kernel else nullcontext():
        return codegen.generate(graph, "m", "auto", Target.for_board(core)), graph, steps


def differing(cases: list[Case], answers: list[list[Bytes]]) -> dict[str, str]:
    """{case: how its outputs differ}."""
    wrong, place = {}, 0
    for case in cases:
        ends = place + len(case.net.outputs)
        got = np.concatenate(answers[len(case.vectors) - 1][place:ends]).view(case.expected.dtype)
        expected, place = case.expected.reshape(-1), ends
        if got.size != expected.size:
            wrong[case.name] = f"{got.size} outputs, {expected.size} expected"
        elif not np.array_equal(got, expected):
            off = got.astype(int) - expected
            wrong[case.name] = f"{np.count_nonzero(off)} of {off.size} outputs, by {abs(off).max()} at most"
    return wrong


def on_host(cases: list[Case], made: Any, steps: list[list[Any]]) -> tuple[dict[str, str], list[list[Bytes]]]:
    """What differs, and the answers."""
    with tempfile.TemporaryDirectory() as folder:
        answers = HostModel(made, Path(folder)).invoke_many(steps)
    return differing(cases, answers), answers


def on_board(
    cases: list[Case], given: Given, board: str, kernel: str | None
) -> tuple[dict[str, str], set[str]]:
    """What differs in the image for a board, which expects this machine's answers, and the kernels that ran."""
    found = find_board(board)
    made, graph, steps = generated(cases, given, found.core, kernel)
    wrong, answers = on_host(cases, made, steps)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "src").mkdir()
        for file, text in made.files.items():
            (scratch / "src" / file).write_text(text, encoding="utf-8")
        inputs = [np.stack([x.reshape(-1) for x in column]) for column in zip(*steps, strict=True)]
        expected = [
            np.stack([y.view(graph.tensor(t).dtype) for y in column])
            for t, column in zip(graph.outputs, zip(*answers, strict=True), strict=True)
        ]
        vectors.write(scratch / "vectors.bin", inputs, expected, {})
        image = build_image(scratch / "src", found, scratch / "image", BuildOptions("native", stack_bytes=8192))
        got = run_on_board(image, scratch / "vectors.bin", 600.0).outputs
    right = b"".join(y.tobytes() for step in answers for y in step)
    ends = np.cumsum([y.size for step in answers for y in step])
    owners = [case for case in cases for _ in case.net.outputs]
    for at in np.flatnonzero(np.frombuffer(got, np.int8) != np.frombuffer(right, np.int8)):
        wrong[owners[int(np.searchsorted(ends, at, "right")) % len(owners)].name] = "another answer than this machine's"
    return wrong, {planned.call.kernel for planned in made.plan.calls}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path, help="source tree of CMSIS-NN or TFLM, or a folder of logs")
    parser.add_argument("--kernels", action="store_true", help="run every kernel wherever it can be selected")
    parser.add_argument("--board", action="append", default=[], help="an emulated board as well; may be repeated")
    parser.add_argument("--test", action="append", default=[], help="tests whose names begin so; may be repeated")
    parser.add_argument("--json", type=Path, help="file in which the counts of these tests are replaced")
    parser.add_argument("--commit", help="that of the tree, for the file")
    parser.add_argument("--date", help="today's, for the file")
    options = parser.parse_args()
    given = Given()
    if unit_cases_tflm_kernels.logs(options.tree):
        of, source = "TFLM, kernel tests", unit_cases_tflm_kernels.cases(options.tree)
    elif (options.tree / unit_cases_tflm.PER_LAYER).is_dir():
        of, source = "TFLM, integration tests", unit_cases_tflm.cases(options.tree)
    else:
        of, source = "CMSIS-NN", unit_cases_cmsis.cases(options.tree, given)
    tests: dict[str, list[tuple[str, Case | OutsideError]]] = {}
    for test, name, case in source:
        if test.startswith(tuple(options.test or [""])):
            tests.setdefault(test, []).append((name, case))
    rows = [row(test, found, given, options) for test, found in sorted(tests.items())]
    kernels = {kernel for row in rows for kernel in row.pop("kernels")}
    equal, count = (sum(row[key] for row in rows) for key in ("equal", "cases"))
    print(f"{equal} of {count} equal, by {len(kernels)} kernels")
    if options.json:
        write(options, of, rows, kernels)
    sys.exit(any(row["differ"] for row in rows))


def write(options: Any, of: str, rows: list[dict[str, Any]], kernels: set[str]) -> None:
    """Puts the rows of a source into the file; with --test, those of its other tests stay."""
    before = json.loads(options.json.read_text())["sources"] if options.json.is_file() else []
    old = next((source for source in before if source["source"] == of), {"tests": [], "kernels": []})
    if options.test:
        rows = rows + [row for row in old["tests"] if row["test"] not in {new["test"] for new in rows}]
        kernels = kernels | set(old["kernels"]) & set(ops.costs())
    total = {key: sum(row[key] for row in rows) for key in ("cases", "equal")}
    new = {"source": of, "commit": options.commit, "date": options.date, "boards": options.board, **total,
           "kernels": sorted(kernels), "tests": sorted(rows, key=lambda row: row["test"])}  # fmt: skip
    sources = sorted([new, *(s for s in before if s["source"] != of)], key=lambda source: source["source"])
    write_json(options.json, {"schema_version": 1, "command": "tools/unit_cases.py", "sources": sources})


def row(test: str, found: list[tuple[str, Case | OutsideError]], given: Given, options: Any) -> dict[str, Any]:
    """Runs the cases of a test, and says how it went."""
    left_out = {name: str(case) for name, case in found if isinstance(case, OutsideError)}
    cases, refused = taken([case for _, case in found if isinstance(case, Case)], given)
    left_out.update(refused)
    wrong: dict[str, dict[str, str]] = {}
    kernels: set[str] = set()
    for where, off, ran in runs(cases, given, options.kernels, options.board):
        kernels |= ran
        for name, how in off.items():
            print(f"{test}, {where}: {name}: {how}", flush=True)
            wrong.setdefault(name, {})[where] = how
    equal = sum(case.name not in wrong for case in cases)
    print(f"{test:36} {len(found):3} cases, {equal:3} equal", *left_out.items(), sep="  ", flush=True)
    return {
        "test": test,
        "cases": len(found),
        "equal": equal,
        "differ": wrong,
        "left_out": left_out,
        "notes": {case.name: case.note for case in cases if case.note},
        "kernels": kernels,
    }


def runs(
    cases: list[Case], given: Given, each_kernel: bool, boards: list[str]
) -> Iterator[tuple[str, dict[str, str], set[str]]]:
    """(where, what differs, kernels that ran) of every build of a test's cases, no plan twice."""
    specs = ops.specs()
    names = sorted({kernel for case in cases if case.operator in specs for kernel in specs[case.operator].costs})
    seen = set()
    for core in CORES if cases else ():
        for kernel in (None, *(names if each_kernel else ())):
            made, _graph, steps = generated(cases, given, core, kernel)
            called = tuple(planned.call.kernel for planned in made.plan.calls)
            if called not in seen:
                seen.add(called)
                off, _answers = on_host(cases, made, steps)
                yield f"host, {core}, {kernel or 'as selected'}", off, set(called)
                for board in boards:
                    if find_board(board).core == core:
                        yield f"{board}, {kernel or 'as selected'}", *on_board(cases, given, board, kernel)


if __name__ == "__main__":
    main()
