"""A few seconds of tools/fuzz.py, and that it finds what it looks for."""

import fuzz
import numpy as np
import small_network
from firmware_models import needs
from fuzz_examiner import examine, made, model_of, repaired
from fuzz_models import models
from schema_objects import changed

from ecgprune.graph.reader import read

SEED = 3


def test_twelve_models_are_spoilt_and_a_number_always_gives_the_same_mutant():
    assert len(models()) == 12
    for number in range(12):
        assert made(SEED, number) == made(SEED, number) != models()[model_of(number)]
    assert len({model_of(number) for number in range(12)}) == 12
    for blob in models().values():
        read(blob)


def test_mutants_end_in_one_line_or_in_the_bytes_of_tflm():
    needs("gcc")
    found = fuzz.fuzz(SEED, range(30), share=1.0, minutes=10, jobs=1, out=None)
    assert found.findings == {}
    assert found.mutants.total() == 30
    assert found.refused.total() > 10
    assert found.compared.total() > 0


def test_c_of_another_model_is_found_to_be_different(tmp_path):
    needs("gcc")
    files = examine(small_network.network(("last_bias", 0, 9000)))["files"]
    blob, file = small_network.network(), tmp_path / "model.tflite"
    file.write_bytes(blob)
    right = {"outcome": "accepted", "files": examine(blob)["files"]}
    assert fuzz.judge(file, right, compare=True) == ("equal", "")
    kind, text = fuzz.judge(file, {"outcome": "accepted", "files": files}, compare=True)
    assert kind == "different"
    assert text.startswith("output 0, vector ")


def test_a_refusal_of_an_output_shape_is_repaired():
    def change(m):
        m.subgraphs[0].tensors[m.subgraphs[0].operators[1].outputs[0]].shape = np.array([1, 1, 9, 4], np.int32)

    spoilt = changed(small_network.network(), change)
    refused = examine(spoilt)
    assert "output shape [1, 1, 9, 4]; supported: [1, 1, 7, 4] for its inputs" in refused["text"]
    assert examine(repaired(spoilt, refused["text"]))["outcome"] == "accepted"


def test_a_process_that_dies_is_a_finding():
    examiner = fuzz.Examiner(SEED)
    examiner.process.kill()
    examiner.process.wait()
    assert examiner.verdict(0)["outcome"] == "died"
    assert examiner.verdict(0)["outcome"] in ("refused", "accepted")
    examiner.close()
