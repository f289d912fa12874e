"""Debug probes, through pyOCD (extra `flash`)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress
from ecgprune.board.boards import Board
from ecgprune.errors import BoardError, FirmwareError, ToolMissingError

__all__ = ["check_target", "find_probe", "program"]

_KINDS = "CMSIS-DAP (DAPLink, MCU-Link, Debugprobe), ST-LINK, J-Link"


def check_target(board: Board) -> str:
    """pyOCD's name for the board's part, where this pyOCD knows it.

    Raises:
        BoardError: the board has no such name in its data.
        ToolMissingError: the name comes with a CMSIS pack that is not installed.
    """
    from pyocd.target import TARGET
    from pyocd.target.pack.pack_target import ManagedPacks

    if board.pyocd is None:
        other = f"; make flash of firmware/ uses {board.flasher.split()[0]}" if board.flasher else ""
        raise BoardError(f"board {board.name} has no ECGP_PYOCD in its board.mk: no debug probe writes it{other}")
    name = board.pyocd
    known = set(TARGET) | {target.part_number.lower() for target in ManagedPacks.get_installed_targets()}
    if name.lower() not in known:
        raise ToolMissingError(
            f"pyOCD knows no {name}, the part of {board.name}, without its CMSIS pack: pyocd pack install {name}"
        )
    return name.lower()


def find_probe(uid: str | None = None) -> Any:
    """The one debug probe that is connected.

    Args:
        uid: (the beginning of) its unique id, where there are several; None: any.

    Raises:
        FirmwareError: there is none, or there are several.
    """
    from pyocd.core.helpers import ConnectHelper

    logging.getLogger("pyocd").setLevel(logging.CRITICAL)  # what is wrong is said in one line
    probes = ConnectHelper.get_all_connected_probes(blocking=False, unique_id=uid, print_wait_message=False)
    if not probes:
        which = f" whose id has {uid} in it" if uid else ""
        raise FirmwareError(
            f"no debug probe{which} is connected: looked for {_KINDS} over USB; plug the board in, and on Linux see "
            "that you may open it (udev rules of pyOCD)"
        )
    if len(probes) > 1:
        ids = ", ".join(f"{probe.unique_id} ({probe.description})" for probe in probes)
        raise FirmwareError(f"{len(probes)} debug probes are connected: say which with --probe: {ids}")
    return probes[0]


def program(image: Path, target: str, probe: Any, progress: Progress = no_progress) -> None:
    """Writes an image through a probe, and starts it.

    Args:
        image: an Intel hex file.
        target: of `check_target`.
        probe: of `find_probe`.
        progress: is told how far it is.

    Raises:
        FirmwareError: the probe or the part does not answer, or the flash cannot be written.
    """
    from pyocd.core.exceptions import Error
    from pyocd.core.session import Session
    from pyocd.flash.file_programmer import FileProgrammer

    try:
        with Session(probe, target_override=target) as session:
            FileProgrammer(session, progress=lambda share: progress(share, "writing flash")).program(str(image))
            session.target.reset()
    except (Error, OSError, ValueError) as error:
        raise FirmwareError(f"the probe {probe.unique_id} cannot write {target}: {error}") from None
