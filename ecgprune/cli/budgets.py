"""Limits of a result: options of commands, over what [budget] of a config says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecgprune.cli.groups import gathered

if TYPE_CHECKING:
    from ecgprune.config import BudgetConfig

__all__ = ["LimitType", "Limits", "budget_options", "check"]

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


def budget_options(*unknown: str, why: str = "") -> Callable[[F], Callable[..., Any]]:
    """Options of all limits; the command gets those that are given as one argument `limits`.

    Args:
        unknown: limits that the command does not know the figure of, and refuses.
        why: it does not, as in "build runs nothing".
    """

    def refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is not None:
            raise click.UsageError(f"{param.opts[0]} cannot be checked here: {why}", ctx)

    def option(key: str) -> Callable[[Any], Any]:
        reader, metavar, text = _OPTIONS[key]
        refused: dict[str, Any] = {"hidden": True, "callback": refuse} if key in unknown else {}
        flag = f"--{key.replace('_', '-')}"
        return click.option(flag, key, type=LimitType(reader), metavar=metavar, help=text, **refused)

    return gathered(_given, "limits", tuple(option(key) for key in _OPTIONS), set(_OPTIONS))


def check(
    limits: Limits, rows: Sequence[Mapping[str, Any]], scores: Mapping[str, Any] | None = None,
    config: BudgetConfig | None = None, ignored: Sequence[str] = (),
) -> None:  # fmt: skip
    """Checks figures against the options, and against a config's budget where an option says nothing.

    Args:
        limits: of the options.
        rows: as `gates.budget.check`.
        scores: likewise.
        config: the config's budget.
        ignored: limits of the config that this command does not know the figure of.

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
    budget.check(replace(wanted, boards=boards, **limits), rows, scores, ignored)


def _given(**values: Any) -> Limits:
    return {key: value for key, value in values.items() if value is not None}
