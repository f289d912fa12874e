"""MISRA C:2012 deviations of the firmware: finds them with cppcheck's addon, and keeps the list and its page.

    python tools/misra.py            # check: fails on a deviation that firmware/misra.json does not list
    python tools/misra.py --update   # write the files found into the list, and docs/internals/misra.md

The list holds the rules' numbers, why each is deviated from, the places in each file, and the SHA-256 of the sources
that it was made from: the test asks the checker, which takes two minutes of a core, only where they have changed since.
MISRA sells the rules' texts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware"
LIST = FIRMWARE / "misra.json"
PAGE = ROOT / "docs" / "internals" / "misra.md"
FOLDERS = ("lib/nn", "lib/ecg", "platform")
_FOUND = re.compile(r"^misra-c2012-(\d+\.\d+) (\S+):\d+$", re.MULTILINE)

HEAD = """# MISRA C

`lib/nn`, `lib/ecg` and `platform` are checked against MISRA C:2012 with cppcheck's addon. This page lists every rule
that they deviate from, in how many places, and why. A test fails when a rule is broken in a file that
`firmware/misra.json` does not list for it. Where the table says "idiom", every file of the folder may: each kernel is
written that way. Rules go by their numbers: MISRA sells their texts.

Categories are MISRA's: a required rule needs a recorded deviation, which this page is; an advisory rule should be
followed where practical. No mandatory rule is deviated from. The checker knows a part of the rules, and its verdicts
are not a certificate of compliance.
"""


def load() -> dict[str, Any]:
    """firmware/misra.json."""
    found: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8"))
    return found


def digest() -> str:
    """The SHA-256 of every checked file's name and bytes, in hexadecimal."""
    whole = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((FIRMWARE / folder).glob("*.[ch]")):
            whole.update(f"{folder}/{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def checker() -> str:
    """What cppcheck says of its version: "Cppcheck 2.10"."""
    done = subprocess.run(["cppcheck", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def violations() -> dict[str, Counter[str]]:
    """{rule: {file, relative to firmware/: places}} as cppcheck finds them now."""
    with tempfile.TemporaryDirectory() as name:  # cppcheck leaves files beside the sources
        for folder in FOLDERS:
            shutil.copytree(FIRMWARE / folder, Path(name) / folder)
        command = ["cppcheck", "--addon=misra", "--std=c99", "--quiet", "--enable=style", "-j2"]
        command += ["--template={id} {file}:{line}", *(f"-I{folder}" for folder in FOLDERS), *FOLDERS]
        done = subprocess.run(command, cwd=name, capture_output=True, text=True, check=True)
    rules = {rule for rule, _ in _FOUND.findall(done.stderr)}
    found: dict[str, Counter[str]] = {rule: Counter() for rule in sorted(rules, key=_order)}
    for line in sorted(set(done.stderr.splitlines())):  # a header's places count once, whoever includes it
        if match := _FOUND.match(line):
            found[match[1]][match[2]] += 1
    return found


def _order(rule: str) -> tuple[int, ...]:
    return tuple(int(number) for number in rule.split("."))


def new_ones(found: dict[str, Counter[str]], listed: dict[str, Any]) -> list[str]:
    """The (rule, file) pairs that are not listed, a line each."""
    rules = listed["rules"]
    return [
        f"rule {rule} in {file} ({places} places)"
        for rule, files in found.items()
        for file, places in sorted(files.items())
        if file not in rules.get(rule, {}).get("files", {}) and not _is_idiom(rules.get(rule, {}), file)
    ]


def _is_idiom(entry: dict[str, Any], file: str) -> bool:
    """Whether every file of this one's folder may deviate."""
    return any(file.startswith(f"{folder}/") for folder in entry.get("idiom_of", ()))


def update(found: dict[str, Counter[str]], listed: dict[str, Any]) -> dict[str, Any]:
    """The list with the files found. Raises SystemExit for a rule without a reason."""
    new = [f"{rule} ({', '.join(sorted(files))})" for rule, files in found.items() if rule not in listed["rules"]]
    if new:
        raise SystemExit(f"no category and reason in firmware/misra.json for rule {'; rule '.join(new)}")
    rules = {rule: {**listed["rules"][rule], "files": dict(sorted(files.items()))} for rule, files in found.items()}
    return {**listed, "checker": checker(), "sources_sha256": digest(), "rules": rules}


def page(listed: dict[str, Any]) -> str:
    """docs/internals/misra.md."""
    rows = [
        f"| rule | category | {' | '.join(f'`{folder}`' for folder in FOLDERS)} | why |",
        f"|---|---|{'--:|' * len(FOLDERS)}---|",
    ]
    for rule, entry in listed["rules"].items():
        places = [sum(n for file, n in entry["files"].items() if file.startswith(f"{f}/")) for f in FOLDERS]
        idioms = [" (idiom)" if f in entry.get("idiom_of", ()) else "" for f in FOLDERS]
        cells = [f"{n}{idiom}" if n else "" for n, idiom in zip(places, idioms, strict=True)]
        rows.append(f"| {rule} | {entry['category']} | {' | '.join(cells)} | {entry['reason']} |")
    total = sum(n for entry in listed["rules"].values() for n in entry["files"].values())
    tail = (
        f"Found with {listed['checker']}: {total} places against {len(listed['rules'])} rules. After a change of\n"
        "the C, `python tools/misra.py` checks, and `python tools/misra.py --update` writes the list and this page; a\n"
        "rule that is new there needs its category and its reason in `firmware/misra.json` first.\n"
    )
    return f"{HEAD}\n" + "\n".join(rows) + f"\n\n{tail}"


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(description="Check the firmware against its list of MISRA C:2012 deviations.")
    parser.add_argument("--update", action="store_true", help="write firmware/misra.json and docs/internals/misra.md")
    options = parser.parse_args()
    listed, found = load(), violations()
    if options.update:
        listed = update(found, listed)
        LIST.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(listed), encoding="utf-8")
        return 0
    for line in new_ones(found, listed):
        print(f"new deviation: {line}", file=sys.stderr)
    return 1 if new_ones(found, listed) else 0


if __name__ == "__main__":
    sys.exit(main())
