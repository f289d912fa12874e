"""Calls of the command line as users make them: in a process of its own."""

import shlex
import subprocess
import sys

from ecgprune.errors import ExitCode

ECGPRUNE = (sys.executable, "-m", "ecgprune")


def call(*words, **options):
    given = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([*ECGPRUNE, *map(str, words)], check=False, **given)


def in_shell(command, **options):
    """`command` with "ecgprune" in it, by sh."""
    name, _, rest = command.partition(" ")
    assert name == "ecgprune"
    words = ["sh", "-c", f"{shlex.join(ECGPRUNE)} {rest}"]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, **options)


def one_line(done, code=ExitCode.INPUT):
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stderr.startswith("ecgprune: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    return done.stderr.removeprefix("ecgprune: ").rstrip("\n")


def refused(*words, code=ExitCode.INPUT, **options):
    return one_line(call(*words, **options), code)


def usage_error(*words):
    done = call(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]
