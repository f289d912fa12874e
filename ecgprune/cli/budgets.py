"""Limits of a result: options of commands, over what [budget] of a config says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecgprune.cli.groups import gathered

if TYPE_CHECKING:
    from ecgprune.config import BudgetConfig

__all__ = ["LimitType", "Limits", "budget_options", "check", "scores"]

Limits = dict[str, Any]
"""Key of `BudgetConfig` -> value, of the options that are given."""

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = {  # key: (function of config.budget that reads it, metavar, help)
    "max_flash": ("byte_count", "BYTES", "Limit of flash on each board, net of an empty image: 32768, 32K, 1M."),
    "max_ram": ("byte_count", "BYTES", "Limit of RAM with arena and stack, net of an empty image."),
    "max_stack": ("byte_count", "BYTES", "Limit of the stack at worst."),
    "max_cycles": ("cycle_count", "CYCLES", "Limit of one inference's estimated cycles: 500000, 500K, 0.5M."),
    "min_accuracy": ("share", "SHARE", "Least accuracy of the int8 model on test beats: 0.98, 98%."),
    "min_f1": ("share", "SHARE", "Least macro-F1 of the int8 model on test beats."),
}


class LimitType(click.ParamType[Any]):
    """A limit as people write it."""

    name = "limit"

    def __init__(self, reader: str) -> None:
        self._reader = reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ecgprune.config import budget

        try:
            return getattr(budget, self._reader)(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def budget_options() -> Callable[[F], Callable[..., Any]]:
    """Options of all limits; the command gets those that are given as one argument `limits`."""

    def option(key: str) -> Callable[[Any], Any]:
        reader, metavar, text = _OPTIONS[key]
        flag = f"--{key.replace('_', '-')}"
        return click.option(flag, key, type=LimitType(reader), metavar=metavar, help=text)

    return gathered(_given, "limits", tuple(option(key) for key in _OPTIONS), set(_OPTIONS))


def scores(limits: Limits, run: Path | None) -> Mapping[str, Any] | None:
    """The scores of the int8 model of a run, if there is a run that has them.

    Args:
        limits: of the options.
        run: the run folder that the model is of; None: it is of none.

    Raises:
        UsageError: a score is limited, and nothing knows it.
    """
    from ecgprune.artifacts import read_json

    file = run / "evaluation.json" if run else None
    if file and file.is_file():
        return dict(read_json(file)["int8"])
    asked = next((key for key in ("min_accuracy", "min_f1") if key in limits), None)
    if asked:
        flag = f"--{asked.replace('_', '-')}"
        raise click.UsageError(f"{flag} cannot be checked here: scores are those of a run's test beats, "
                               "and this model is part of no run")  # fmt: skip
    return None


def check(
    limits: Limits, rows: Sequence[Mapping[str, Any]], scores: Mapping[str, Any] | None = None,
    config: BudgetConfig | None = None,
) -> None:  # fmt: skip
    """Checks figures against the options, and against a config's budget where an option says nothing.

    Args:
        limits: of the options.
        rows: as `gates.budget.check`.
        scores: likewise.
        config: the config's budget.

    Raises:
        BudgetError: names every limit that is broken.
    """
    if not limits and config is None:
        return
    from ecgprune.config import BudgetConfig
    from ecgprune.gates import budget

    wanted = config or BudgetConfig()
    given = dict.fromkeys(limits)
    boards = {name: replace(own, **{k: None for k in given if hasattr(own, k)}) for name, own in wanted.boards.items()}
    budget.check(replace(wanted, boards=boards, **limits), rows, scores)


def _given(**values: Any) -> Limits:
    return {key: value for key, value in values.items() if value is not None}
