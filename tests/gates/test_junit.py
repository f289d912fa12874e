"""JUnit XML of a verification."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from cli_calls import call, small_tflite

from ecgprune.cli.junit import written
from ecgprune.errors import ExitCode
from ecgprune.gates import junit
from ecgprune.verify.oracles import TflmHost


def test_every_runtime_is_a_test_case_and_a_wrong_one_is_a_failure(tmp_path, monkeypatch):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    right = TflmHost.outputs

    def wrong(self, inputs):
        rows = right(self, inputs)
        return [np.where(np.arange(len(row))[:, None] == 1, row ^ 1, row) for row in rows]

    monkeypatch.setattr(TflmHost, "outputs", wrong)
    file = tmp_path / "reports" / "junit.xml"
    words = ("verify", tmp_path / "m.tflite", "--out", tmp_path / "out", "--board", "host", "--vectors", 2)
    done = call(*words, "--junit", file)
    assert done.exit_code == ExitCode.VERIFICATION
    root = ElementTree.parse(file).getroot()
    (suite,) = root
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert set(cases) == {"tflm-host", "interpreter", "host-c (Cortex-M4 code)", "host (Cortex-M4 code)"}
    found = {name: case.find("failure") for name, case in cases.items()}
    failures = {name: failure.get("message") for name, failure in found.items() if failure is not None}
    assert len(failures) == int(suite.get("failures")) == int(root.get("failures")) > 0
    assert any(done.stderr == f"ecgprune: {text}\n" for text in failures.values())
    assert int(suite.get("tests")) == 4


def test_what_did_not_run_is_skipped_and_equal_results_are_equal_files():
    verdict = {
        "model": {"name": "m", "sha256": "0" * 64},
        "oracle": {"oracle": "TFLM", "versions": {"tflite-micro": "1"}},
        "tools": {"cc": "cc <1>"},
        "runtimes": [
            {"runtime": "a", "core": None, "skipped": "no \"tool\" & no <board>"},
            {"runtime": "b", "core": "Cortex-M4", "skipped": None, "vectors": 3, "mismatching_bytes": 0},
        ],
        "firmware": [{"board": "b", "instructions": 5, "flash_bytes": 7}],
    }
    text = junit.render(verdict, ["", ""])
    assert text == junit.render(verdict, ["", ""])
    (suite,) = ElementTree.fromstring(text)
    first, second = suite.iter("testcase")
    assert first.find("skipped").get("message") == "no \"tool\" & no <board>"
    assert second.find("system-out").text.splitlines() == [
        "3 vectors, 0 output bytes differ", "instructions 5", "flash_bytes 7",
    ]  # fmt: skip
    assert (suite.get("skipped"), suite.get("failures"), suite.get("time")) == ("1", "0", None)


def test_a_verdict_of_an_earlier_call_is_not_told_again(tmp_path):
    verdict, file = tmp_path / "verify.json", tmp_path / "junit.xml"
    verdict.write_text(json.dumps({"runtimes": []}))
    file.write_text("old")
    with pytest.raises(RuntimeError), written(file, verdict):
        raise RuntimeError
    assert not file.exists()
