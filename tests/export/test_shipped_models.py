"""firmware/models: the committed C and model cards are what this ecgprune makes of the committed .tflite."""

import pytest
import regenerate_models as tool


@pytest.mark.parametrize("model", tool.RUNS)
def test_the_committed_files_are_what_the_generator_makes_of_the_committed_tflite(model):
    folder = tool.MODELS / model
    expected = tool.files(model)
    assert {"ecg.c", "ecg.h", "ecgp_model.h", "sources.mk", "README.md", "config.toml"} == set(expected)
    stale = [name for name, text in expected.items() if (folder / name).read_text(encoding="utf-8") != text]
    assert stale == [], "python tools/regenerate_models.py writes them anew"
    assert {p.name for p in folder.iterdir()} == {*expected, "model.tflite", "vectors.bin", "vectors.json"}
