"""The tables of packages, from results/packages.json. Written by docs_tables.py."""

import json
import re
from pathlib import Path

from docs_format import number

PACKAGES = Path(__file__).parent.parent / "results" / "packages.json"
NEW_USER = PACKAGES.with_name("new_user.json")


def checks():
    """What tools/check_packages.py checked."""
    head = ["| package | checked | with | on |", "|---|---|---|---|"]
    return head + [
        f"| `{row['name']}` | {row['title']}{_note(row)} | {_with(row)} | {row['date']} |"
        for row in _rows()
        if "by_hand" not in row and "sdk" not in row
    ]


def sdks():
    """What was built and linked in the trees of SDKs, by tools/check_packages.py or by hand."""
    head = ["| | the package in it | with | flash | RAM | on |", "|---|---|---|---|---|---|"]
    lines = []
    for row in _rows():
        if "by_hand" in row or "sdk" in row:
            how = row.get("by_hand") or row["note"]
            mark = ", by hand" if "by_hand" in row else ""
            sizes = [_joined(row, key) for key in ("flash_bytes", "ram_bytes")]
            lines.append(f"| {row['title']} | {how} | {_with(row)} | {' | '.join(sizes)} | {row['date']}{mark} |")
    return head + lines


def new_user():
    """How long the way from pip install to a linked image was, as tools/check_new_user.py measured it."""
    found = json.loads(NEW_USER.read_text())
    units = (("seconds", "by the clock"), ("cpu_seconds", "of processor"))
    rows = []
    for kind, together in found["from_pip_install_to_image"].items():
        for unit, said in units:
            parts = [found["parts"][part][unit] for part in ("install", f"{kind}, export", f"{kind}, image")]
            cells = " | ".join(f"{seconds:.0f}" for seconds in (*parts, together[unit]))
            rows.append(f"| `{kind}`, seconds {said} | {cells} |")
    load = " to ".join(f"{load:g}" for load in found["load"])
    where = f"{found['cores']} cores, load {load}, {found['date']}"
    head = f"| {where} | `pip install` | export | build and link | together |"
    return [head, "|---|--:|--:|--:|--:|", *rows]


def _rows():
    return [row for row in json.loads(PACKAGES.read_text())["checks"] if row["passed"]]


def _note(row):
    """What the check leaves out."""
    return f" ({row['note']})" if "note" in row else ""


def _joined(row, key):
    """The figure of each program, "minimal 24 424"."""
    found = [(name, figure[key]) for name, figure in row["figures"].items() if key in figure]
    return ", ".join(f"{name} {number(value)}" for name, value in found)


def _with(row):
    """Tools with their versions, trees with their commits."""
    return ", ".join(f"{name.rpartition('/')[2]} {_short(text)}" for name, text in row["versions"].items())


def _short(version):
    """The number in what a program says of its version; a tree's commit and date."""
    commit = re.fullmatch(r"([0-9a-f]{12}) of (\S+)", version)
    if commit:
        return f"{commit[1][:7]} ({commit[2]})"
    found = re.search(r"\d+\.\d[\w.]*", version)
    return found[0] if found else version.split()[-1]
