"""tools/unit_cases.py on a tree like CMSIS-NN's, with a case of our own: what it reads, hands over, and compares."""

import json
import re
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import unit_cases
import unit_cases_cmsis
from unit_case import Given

from ecgprune.codegen.requant import multiply

ROOT = Path(__file__).parents[2]
ROWS = {  # of the manual's table
    "CMSIS-NN": "CMSIS-NN {}, all integer tests",
    "TFLM, integration tests": "tflite-micro {}, `integration_tests`",
    "TFLM, kernel tests": "tflite-micro {}, `kernels/*_test.cc`",
}
MULTIPLIERS, SHIFTS = [1431655777, 1999999999], [-6, -7]  # no float32 scale gives the first
CONFIG = {
    "OUT_CH": 2, "IN_CH": 3, "INPUT_W": 4, "INPUT_H": 1, "OUT_ACTIVATION_MIN": -77, "OUT_ACTIVATION_MAX": 90,
    "INPUT_BATCHES": 1, "FILTER_X": 1, "FILTER_Y": 1, "STRIDE_X": 1, "STRIDE_Y": 1, "PAD_X": 0, "PAD_Y": 0,
    "OUTPUT_W": 4, "OUTPUT_H": 1, "INPUT_OFFSET": 5, "OUTPUT_OFFSET": -9, "DILATION_X": 1, "DILATION_Y": 1,
}  # fmt: skip


def write_tree(tree, spoil=0):
    """One test with one case, 1x1 over 4 pixels; spoil: added to its first output."""
    rng = np.random.default_rng(1)
    x, weights, bias = rng.integers(-128, 128, (4, 3)), rng.integers(-127, 128, (2, 3)), rng.integers(-900, 900, 2)
    sums = (x + CONFIG["INPUT_OFFSET"]) @ weights.T + bias
    scaled = np.stack([multiply(sums[:, k], MULTIPLIERS[k], SHIFTS[k]) for k in range(2)], axis=1)
    answers = np.clip(scaled + CONFIG["OUTPUT_OFFSET"], CONFIG["OUT_ACTIVATION_MIN"], CONFIG["OUT_ACTIVATION_MAX"])
    answers[0, 0] += spoil
    folder = tree / "Tests" / "UnitTest" / "TestCases"
    (folder / "test_arm_convolve_s8").mkdir(parents=True)
    (folder / "test_arm_convolve_s8" / "test.c").write_text('#include "../TestData/own/test_data.h"\n')
    (folder / "TestData" / "own").mkdir(parents=True)
    arrays = {
        "int8_t own_input": x, "int8_t own_weights": weights, "int32_t own_biases": bias,
        "int32_t own_output_mult": MULTIPLIERS, "int32_t own_output_shift": SHIFTS, "int8_t own_output_ref": answers,
    }  # fmt: skip
    lines = [f"#define OWN_{name} {value}\n" for name, value in CONFIG.items()]
    for name, values in arrays.items():
        flat = np.ravel(values)
        lines.append(f"const {name}[{flat.size}] = {{{', '.join(map(str, flat))}}};\n")
    (folder / "TestData" / "own" / "data.h").write_text("".join(lines))
    (folder / "TestData" / "own" / "test_data.h").write_text('#include "data.h"\n')


@pytest.mark.parametrize("spoil", [0, 1])
def test_a_case_with_multipliers_and_a_clamp_of_no_scale_gives_its_bytes(spoil, tmp_path, monkeypatch):
    write_tree(tmp_path, spoil)
    monkeypatch.setattr(unit_cases, "CORES", ("Cortex-M4",))
    given = Given()
    found = [(name, case) for _, name, case in unit_cases_cmsis.cases(tmp_path, given)]
    assert [name for name, _ in found] == ["own"]
    row = unit_cases.row("convolve_s8", found, given, Namespace(kernels=False, board=[]))
    assert row["left_out"] == {}
    assert (row["cases"], row["equal"]) == (1, 1 - spoil)
    assert row["differ"] == ({"own": {"host, Cortex-M4, as selected": "1 of 8 outputs, by 1 at most"}} if spoil else {})


def test_the_manual_has_the_counts_of_the_last_run():
    page = (ROOT / "docs" / "internals" / "verification.md").read_text(encoding="utf-8")
    for source in json.loads((ROOT / "results" / "unit_cases.json").read_text())["sources"]:
        name = ROWS[source["source"]].format(source["commit"][:7])
        row = re.search(rf"^\| {re.escape(name)} .*", page, re.MULTILINE)[0]
        left_out = sum(len(test["left_out"]) for test in source["tests"])
        assert f"| {source['cases']} | {source['equal']} | {left_out or 'none'}" in row
        assert source["cases"] == source["equal"] + left_out
