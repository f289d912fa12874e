"""results/streaming.json is of every record, of the shipped models, and of the present code."""

import argparse
import hashlib
import json
import re

import stream_host
import stream_results
import table_streaming

from ecgprune.ecg.databases import registry
from ecgprune.pipeline.trained_model import find

MODELS = stream_host.FIRMWARE / "models"


def test_the_committed_result_has_every_record_and_names_no_machine():
    text = table_streaming.STREAMING.read_text()
    assert not re.search(r"/(tmp|home|root|work|usr)/", text)
    splits = registry.get("mitdb").splits
    for model, result in json.loads(text)["models"].items():
        assert hashlib.sha256((MODELS / model / "model.tflite").read_bytes()).hexdigest() == result["sha256"]
        assert len(result["records"]) == 48
        assert result["subsets"]["DS2"]["records"] == list(splits["ds2"])
        assert result["subsets"]["all"]["records"] == list(result["records"])


def test_the_present_code_gives_a_record_the_committed_result(tmp_path, mitdb):
    model = "mixed"
    program = stream_host.build(tmp_path / "stream", "-O2", model=MODELS / model)
    options = argparse.Namespace(leads=1, noise=None)
    streamer = stream_results.Streamer(program, find(MODELS / model), mitdb, options)
    committed = table_streaming.found()[model]["records"]["116"]  # with false beats, missed ones, and shut-down
    assert stream_results.summary([streamer.found("116")]) == committed
