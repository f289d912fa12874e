"""One exit code for each kind of failure, carried by the error classes."""

import ast
import builtins
from pathlib import Path

import click
import docs_exit_codes
import pytest
from click.testing import CliRunner

from ecgprune import errors
from ecgprune.cli.failures import Group
from ecgprune.errors import EcgpruneError, ExitCode

PACKAGE = Path(__file__).parent.parent / "ecgprune"
CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, EcgpruneError)]
RAISED = [c for c in CLASSES if c is not EcgpruneError]


def exit_of(raising):
    """How a command ends that does `raising`."""
    group = Group("ecgprune")
    group.add_command(click.Command("fail", callback=raising))
    return CliRunner().invoke(group, ["fail"])


@pytest.mark.parametrize("kind", RAISED, ids=lambda c: c.__name__)
def test_every_error_class_ends_a_command_in_one_line_with_the_code_of_its_kind(kind):
    def raising():
        raise kind("it is so")

    done = exit_of(raising)
    assert (done.exit_code, done.stderr) == (kind.exit_code, "ecgprune: it is so\n")
    assert kind.exit_code not in (ExitCode.OK, ExitCode.INTERNAL, ExitCode.USAGE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), ExitCode.MACHINE),
        (PermissionError(13, "Permission denied", "a"), ExitCode.MACHINE),
        (FileNotFoundError(2, "No such file or directory", "a"), ExitCode.INPUT),
        (ModuleNotFoundError("no", name="tensorflow"), ExitCode.TOOL_MISSING),
        (click.UsageError("no"), ExitCode.USAGE),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_failures_of_others_have_the_code_of_their_kind(error, code):
    def raising():
        raise error

    assert exit_of(raising).exit_code == code


def test_a_bug_keeps_its_traceback_and_the_code_of_python():
    def raising():
        raise ValueError("a bug")

    done = exit_of(raising)
    assert (done.exit_code, str(done.exception)) == (ExitCode.INTERNAL, "a bug")


def test_every_code_has_a_class_and_a_line_in_the_reference():
    (page,) = docs_exit_codes.pages().values()
    for code in ExitCode:
        has_class = any(kind.exit_code is code for kind in RAISED)
        assert has_class is (code > ExitCode.USAGE), code
        assert f"| {code.value} | " in page
    assert all(f"`{kind.__name__}`" in page for kind in RAISED)


def test_what_the_package_raises_has_a_kind():
    # Names of classes alone: what is raised from a variable was made of one of them.
    known = {c.__name__ for c in RAISED} | set(dir(builtins)) | {"UsageError", "BadParameter", "MissingParameter"}
    known |= {"Exit", "Stopped"}
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                name = ast.unparse(node.exc.func).rpartition(".")[2]
                if name[:1].isupper() and name not in known:
                    wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} raises {name}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".exit", "_fail")):
                last = ast.unparse(node.args[-1])
                if last.isdigit():
                    wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} exits with {last}")
    assert wrong == []
