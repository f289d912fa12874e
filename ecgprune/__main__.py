"""`python -m ecgprune` is the same as `ecgprune`."""

from ecgprune.cli import main

main(prog_name="ecgprune")
