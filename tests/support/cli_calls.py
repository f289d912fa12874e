"""Calls of the command line inside the test process."""

from click.testing import CliRunner
from tflite_builder import model, op, tensor

from ecgprune.cli import main
from ecgprune.errors import ExitCode


def call(*words):
    return CliRunner().invoke(main, [str(w) for w in words], prog_name="ecgprune")


def refused(*words, code=ExitCode.INPUT):
    """The one line on stderr of a command that fails with `code`."""
    done = call(*words)
    assert done.exit_code == code, done.output
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("ecgprune: ")
    assert done.stdout == ""
    return done.stderr.removeprefix("ecgprune: ").strip()


def small_tflite(operator="RELU", size=8):
    """One element-wise operator on `size` int8 values."""
    return model(
        tensors=[tensor((1, size), scale=0.1, name="x"), tensor((1, size), scale=0.1, name="y")],
        ops=[op(operator, "x", "y")],
        inputs="x",
        outputs="y",
    )
