"""The tflm runtime on the command line, without a TFLM to link."""

import json

import numpy as np
from cli_calls import call, refused, small_tflite
from networks import Net


def test_compress_goes_with_the_tflm_runtime_alone(tmp_path):
    tflite = tmp_path / "m.tflite"
    tflite.write_bytes(small_tflite())
    for words in (("export", tflite, "--out", tmp_path / "out", "--compress"), ("bench", tflite, "--compress")):
        done = call(*words)
        assert done.exit_code == 2
        assert "Error: --compress goes with --runtime tflm" in done.stderr
    assert not (tmp_path / "out" / "plan.json").exists()


def test_a_model_that_tflm_refuses_when_it_runs_is_refused_before_it_is_exported(tmp_path):
    net = Net()
    net.apply("LOG", net.input((1, 4), (0.5, 0)), (1, 4), (0.5, 0))
    (tmp_path / "m.tflite").write_bytes(net.blob())
    said = refused("export", tmp_path / "m.tflite", "--out", tmp_path / "out", "--runtime", "tflm")
    assert said.startswith("TFLM cannot run the model: LOG (operator 0): elementwise.cc:")
    assert not (tmp_path / "out" / "plan.json").exists()


def test_compressing_tells_what_it_saves_and_what_it_costs(tmp_path):
    net = Net()
    weights = np.where(np.arange(20 * 300).reshape(20, 300) % 5 == 0, 7, 0)
    net.apply("FULLY_CONNECTED", [net.input((1, 300), (0.5, 0)), net.constant(weights, (0.01, 0))], (1, 20), (0.5, 0))
    (tmp_path / "m.tflite").write_bytes(net.blob())
    words = ("export", tmp_path / "m.tflite", "--out", tmp_path / "out", "--runtime", "tflm", "--compress")
    done = call(*words, "--format", "json")
    found = json.loads(done.stdout)["compression"]
    (tensor,) = found["tensors"]
    assert (tensor["elements"], tensor["kept"], tensor["bytes_after"]) == (6000, 1200, 16 + 750 + 1200)
    assert found["bytes_after"] == (tmp_path / "out" / "compressed.tflite").stat().st_size < found["bytes_before"]
    assert found["arena_after"] > found["arena_before"]
    shown = call(*words).stdout
    assert "Decoding takes about 102 000 instructions an invocation" in shown
    assert "bytes LARGER" in shown  # TFLM's decoder takes more code than this small model saves
