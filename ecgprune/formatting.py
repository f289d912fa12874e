"""Numbers as people read them: in tables of the command line, in the report and in the documentation."""

from __future__ import annotations

__all__ = ["binary_size", "grouped", "percent", "score"]

THIN_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"


def grouped(number: float | None, *, missing: str = "-", separator: str = " ") -> str:
    """A number, rounded to a whole one, in groups of three digits: "3 405 877".

    Args:
        number: None gives `missing`.
        separator: between groups; in HTML a THIN_SPACE, which does not break.
    """
    return missing if number is None else f"{number:,.0f}".replace(",", separator)


def percent(share: float, digits: int = 1, *, signed: bool = False) -> str:
    """A share of 1 in percent: 0.1234 gives "12.3%".

    Args:
        share: the share.
        digits: after the point.
        signed: "+" before what is positive.
    """
    return f"{share:+.{digits}%}" if signed else f"{share:.{digits}%}"


def score(value: float, digits: int = 3) -> str:
    """A score from 0 to 1, such as macro-F1, with three digits: "0.953". digits: after the point."""
    return f"{value:.{digits}f}"


def binary_size(count: float) -> str:
    """A number of bytes in the unit that suits it: "512 B", "17.8 KiB", "1.5 MiB", with a space that does not break."""
    if count < 1024:
        return f"{count:.0f}{NO_BREAK_SPACE}B"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f}{NO_BREAK_SPACE}KiB"
    return f"{count / 1024 / 1024:.1f}{NO_BREAK_SPACE}MiB"
