"""TensorFlow Lite Micro's own error lines, as one line that says what is wrong."""

from __future__ import annotations

import re

__all__ = ["tflm_reason"]

_NODE = re.compile(r"^Node (\S+) \(number (\d+)\w?\) failed to (?:prepare|invoke)")
_GENERAL = re.compile(r"^(Node |Failed starting model allocation|Failed to get registration|Invoke\(\) called after)")
_FOLDERS = re.compile(r"\S*/(?=[\w.]+\.(?:cc|h)\b)")
# What TFLM prints -> what it means and what to do; \1 and so on are the groups.
_KNOWN = (
    (r"Didn't find op for builtin opcode '(\w+)'", r"operator \1 is not in the op resolver"),
    (r"Failed to get registration from op code (\w+)", r"operator \1 is not in the op resolver"),
    (r"Failed to (?:resize buffer|allocate (?:tail|temp) memory)\. Requested: (\d+), available (\d+), missing: (\d+)",
     r"the arena is too small: \1 bytes are needed where \2 are left, so give it \3 more at least"),
    (r"Arena size is too small for all buffers\. Needed (\d+) but only (\d+) was available",
     r"the arena is too small: \1 bytes are needed where \2 are left"),
    (r"Model provided is schema version (\d+) not equal to supported version (\d+)",
     r"the model has schema version \1, expected \2"),
    (r"Dynamic tensors are not supported", r"a tensor's shape is not fixed: convert with fixed input shapes"),
)  # fmt: skip


def tflm_reason(printed: str) -> str:
    """Why TFLM refused a model, from what it printed.

    Args:
        printed: all that it wrote to stderr or to the console of a board.

    Returns:
        One line, "SOFTMAX (operator 0): softmax_common.cc:75 ... was not true": the first message that names a cause,
        without the folders of TFLM's sources; "" where it printed nothing.
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    for pattern, meaning in _KNOWN:
        for line in lines:
            if found := re.search(pattern, line):
                return _placed(found.expand(meaning), lines)
    causes = [line for line in lines if not _GENERAL.match(line)] or lines[:1]
    return _placed(_FOLDERS.sub("", causes[0]), lines) if causes else ""


def _placed(cause: str, lines: list[str]) -> str:
    """With the operator that TFLM names as the one that failed."""
    for line in lines:
        if (node := _NODE.match(line)) and cause != line:
            return f"{node[1]} (operator {node[2]}): {cause}"
    return cause
