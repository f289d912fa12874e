"""How figures are written in the manual's tables."""

from functools import partial

from ecgprune.formatting import NO_BREAK_SPACE, grouped

number = partial(grouped, missing="", separator=NO_BREAK_SPACE)
"""12345 as 12 345; nothing for None."""
