import pytest
from cli_calls import small_tflite


@pytest.fixture
def tflite(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(small_tflite())
    return path
