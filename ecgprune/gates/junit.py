"""Verification as JUnit XML, which CI servers show as tests: one test case for each runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

__all__ = ["render"]


def render(verdict: Mapping[str, Any], failures: Sequence[str]) -> str:
    """JUnit XML of verify.json. It carries no time, so that equal results are equal files.

    Args:
        verdict: content of verify.json.
        failures: for each of its runtimes what is wrong, in one line; "" for nothing.
    """
    rows, model = verdict["runtimes"], verdict["model"]
    name = model["name"] or model["sha256"][:12]
    counts = {
        "tests": len(rows), "failures": sum(map(bool, failures)), "errors": 0,
        "skipped": sum(bool(row["skipped"]) for row in rows),
    }  # fmt: skip
    numbers = {key: str(value) for key, value in counts.items()}
    root = ElementTree.Element("testsuites", {"name": "ecgprune", **numbers})
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"verification of {name}", **numbers})
    properties = ElementTree.SubElement(suite, "properties")
    oracle = verdict["oracle"]
    about = {"model_sha256": model["sha256"], "oracle": oracle["oracle"], "vectors": oracle.get("source", "")}
    about |= oracle["versions"] | verdict["tools"]
    for key, value in about.items():
        ElementTree.SubElement(properties, "property", name=key, value=str(value))
    figures = {row["board"]: row for row in verdict["firmware"]}
    for row, failure in zip(rows, failures, strict=True):
        code = f" ({row['core']} code)" if row["core"] else ""
        case = ElementTree.SubElement(suite, "testcase", classname=f"ecgprune.verify.{name}",
                                      name=f"{row['runtime']}{code}")  # fmt: skip
        if row["skipped"]:
            ElementTree.SubElement(case, "skipped", message=row["skipped"])
            continue
        if failure:
            ElementTree.SubElement(case, "failure", message=failure, type="difference").text = failure
        ElementTree.SubElement(case, "system-out").text = _told(row, figures.get(row["runtime"]))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _told(row: Mapping[str, Any], figures: Mapping[str, Any] | None) -> str:
    lines = [f"{row['vectors']} vectors, {row['mismatching_bytes']} output bytes differ"]
    keys = ("cycles_estimate", "instructions", "flash_bytes", "ram_bytes", "stack_bytes", "stack_worst_bytes")
    lines += [f"{key} {figures[key]}" for key in keys if figures and figures.get(key) is not None]
    return "\n".join(lines)
