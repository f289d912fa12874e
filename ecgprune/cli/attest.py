"""ecgprune attest: what artefacts are made of and where they come from."""

from __future__ import annotations

from pathlib import Path

import click

from ecgprune.cli import sources
from ecgprune.cli.console import progress_bar, show
from ecgprune.cli.options import PathType, command, format_option

__all__ = ["attest"]


@command()
@click.argument("folder", type=PathType(file_okay=False))
@click.option(
    "--key",
    type=PathType(dir_okay=False),
    help="Key for SSH that signs the sums: a private key, or the .pub file of one that ssh-agent holds.",
)
@format_option
def attest(folder: Path, key: Path | None, style: str) -> None:
    """Write an SBOM, the provenance and the sums of artefacts.

    FOLDER is that of a finished run, or of `ecgprune build MODEL`. It gets sbom.cdx.json (CycloneDX 1.6),
    provenance.intoto.json (SLSA 1.0), SHA256SUMS, and with --key SHA256SUMS.sig.
    """
    from ecgprune.pipeline import attest as attesting

    sources.refuse_shipped(str(folder), f"what is attested is made by: ecgprune build {folder} --out FOLDER")
    with progress_bar("attest"):
        written = attesting.attest(folder, key)

    def human() -> None:
        for name in written:
            click.echo(folder / name)

    show(style, {"folder": str(folder), "written": written}, human)
