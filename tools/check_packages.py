"""Checks packages with the tools of their ecosystems, and writes what was found to results/packages.json.

    python tools/check_packages.py                          every check that has what it needs
    python tools/check_packages.py arduino --trees FOLDER   one check

The checks are the modules of tools/package_checks. They need tools and public source trees that ecgprune's own
environment does not have, so that a maintainer runs them and the tests do not. Trees are clones in one folder, named
owner+name; an installation of an ecosystem's own lies beside them, or is linked there, by its name.
Everything is built below build/packages. A check that was not run keeps its row, which has a date of its own. So does
what was tried by hand, in rows with "by_hand" that no check writes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from importlib import import_module
from pathlib import Path

from package_checks.check import Check, CheckError, MissingError, Room

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "packages.json"


def all_checks() -> dict[str, Check]:
    """The checks by name, sorted: CHECK or CHECKS of each module of package_checks that has one."""
    found = []
    for path in (ROOT / "tools" / "package_checks").glob("[a-z]*.py"):
        module = import_module(f"package_checks.{path.stem}")
        found += getattr(module, "CHECKS", [module.CHECK] if hasattr(module, "CHECK") else [])
    return {check.name: check for check in sorted(found, key=lambda check: check.name)}


def run(check: Check, room: Room) -> dict[str, object]:
    """The row of a check."""
    row: dict[str, object] = {"name": check.name, "title": check.title, "needs": list(check.needs)}
    row |= ({"note": check.note} if check.note else {}) | ({"sdk": True} if check.sdk else {})
    try:
        figures = check.run(room)
    except MissingError as missing:
        return row | {"passed": None, "missing": str(missing)}
    except CheckError as failed:
        return row | {"passed": False, "failure": str(failed), "versions": room.versions}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return row | {"passed": True, "date": today, "versions": room.versions, "figures": figures}


def main() -> int:
    checks = all_checks()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="CHECK", help=", ".join(checks))
    parser.add_argument(
        "--trees", type=Path, default=ROOT / "build" / "trees", help="folder of the public source trees"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="results/packages.json by default")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in checks]
    if unknown:
        parser.error(f"no check {unknown[0]}; there are {', '.join(checks)}")
    old = json.loads(asked.out.read_text(encoding="utf-8"))["checks"] if asked.out.exists() else []
    rows = {row["name"]: row for row in old if row["name"] in checks or "by_hand" in row}
    failed = False
    for name in asked.names or checks:
        row = run(checks[name], Room(ROOT, ROOT / "build" / "packages" / name, asked.trees))
        words = {True: "passed", False: f"FAILED: {row.get('failure')}", None: f"not run: {row.get('missing')}"}
        print(f"{name:14}{words[row['passed']]}", flush=True)
        failed |= row["passed"] is not True
        if row["passed"] is not None or name not in rows:
            rows[name] = row
    found = {"schema_version": 1, "checks": [rows[name] for name in sorted(rows)]}
    asked.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
