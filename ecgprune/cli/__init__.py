"""The command line. The only package that prints or exits; heavy imports stay inside the commands.

A command is the module of its name. They share:

    arguments      options, groups (options that go together), sources (SOURCE: a config or a model), budgets
    running        stages (commands of a run), bare (commands of a model that is in no run), quantizing, packaging
    output         console (progress and results), figures, scores, junit
    failures       failures (one line on stderr), signals

Read first: `train.py`, a whole command of a run, and `sources.py`.
"""

from __future__ import annotations

import os

import click

from ecgprune import __version__
from ecgprune.cli import (
    attest,
    bench,
    boards,
    build,
    compare,
    configs,
    data,
    doctor,
    evaluate,
    export,
    flash,
    monitor,
    ops,
    prune,
    quantize,
    release,
    report,
    reproduce,
    run,
    score,
    stream,
    train,
    verify,
)
from ecgprune.cli.failures import Group
from ecgprune.cli.options import verbosity_options

__all__ = ["main"]

_COMMANDS: tuple[click.Command, ...] = (
    run.run,
    train.train,
    prune.prune,
    quantize.quantize,
    export.export,
    build.build,
    verify.verify,
    report.report,
    evaluate.evaluate,
    score.score,
    bench.bench,
    compare.compare,
    stream.stream,
    flash.flash,
    monitor.monitor,
    data.data,
    attest.attest,
    release.release,
    reproduce.reproduce,
    boards.boards,
    ops.ops,
    configs.configs,
    doctor.doctor,
)

_EPILOG = """\b
First run, on a synthetic database:
    ecgprune run default --out runs/default
\b
Exit codes:
    0 all is well          4 a tool is missing     7 a budget is broken
    1 a bug in ecgprune    5 verification failed   8 the firmware fails
    2 wrong usage          6 does not fit          9 this machine does not let it
    3 wrong input                              128+n stopped by signal n
\b
Shell completion, for this session:
    bash  eval "$(_ECGPRUNE_COMPLETE=bash_source ecgprune)"
    zsh   eval "$(_ECGPRUNE_COMPLETE=zsh_source ecgprune)"
    fish  _ECGPRUNE_COMPLETE=fish_source ecgprune | source
"""


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="ecgprune")
def main() -> None:
    """From ECG records to verified Cortex-M firmware.

    Train, prune in stages, quantize to int8, generate C, build, run on an emulated board, and compare every output byte
    with TensorFlow Lite Micro's.
    """
    # TensorFlow then loads tf_keras, which training uses, and not Keras 3 as well, which takes 2 s.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


main.params += verbosity_options()
for _command in _COMMANDS:
    main.add_command(_command)
