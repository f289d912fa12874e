"""The reference of the exit codes, from the classes of ecgprune/errors.py. Used by `make docs`."""

from docs_commands import escaped

from ecgprune import errors

HEAD = """# Exit codes

One code for each kind of failure, so that a script can tell a firmware that grew from a compiler that is missing. Every
failure but the first two of the table prints one line on standard error that begins with `ecgprune: `.
"""

TAIL = """
A signal ends a command with 128 + its number: 130 after Ctrl-C, 143 after SIGTERM. Finished steps of a run are kept.

From Python, the same failures are the exceptions of `ecgprune.errors`; `error.exit_code` is the code.
"""


def pages():
    """{path: Markdown}."""
    rows = [
        f"| {code.value} | {escaped(code.meaning)} | {', '.join(f'`{c.__name__}`' for c in classes(code))} |"
        for code in errors.ExitCode
    ]
    table = ["| code | meaning | raised as |", "|---|---|---|", *rows]
    return {"reference/exit-codes.md": "\n".join([HEAD, *table, TAIL])}


def classes(code):
    """The classes that carry the code, in the order of the source."""
    found = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.EcgpruneError)]
    return [c for c in found if getattr(c, "exit_code", None) is code]
