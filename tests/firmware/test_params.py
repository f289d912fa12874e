"""Every field of a kernel's parameter struct is read by that kernel: no byte of flash says what nobody asks.

Read off the C: the functions that a kernel reaches, by name, in its own file and in the headers it includes.
"""

import re
from functools import cache
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
STRUCT = re.compile(r"typedef struct\s*\{(.*?)\}\s*(\w+);", re.DOTALL)
FUNCTION = re.compile(r"^[A-Za-z_][^;{}()=#]*?\b(\w+)\(([^;{}]*)\)\s*\{", re.MULTILINE)
KERNEL = re.compile(r"^void\s+(ecgp_\w+)\(const (\w+_params) \*", re.MULTILINE)


@cache
def texts():
    comments = re.compile(r"/\*.*?\*/", re.DOTALL)
    return {path.name: comments.sub("", path.read_text()) for path in sorted(LIBRARY.glob("*.[ch]"))}


@cache
def structs():
    found = {}
    for text in texts().values():
        for body, name in STRUCT.findall(text):
            declared = [line.strip() for line in body.split(";") if line.strip()]
            pairs = [re.fullmatch(r"(?:const )?(\w+)[\s*]+(\w+)(?:\[[^\]]*\])?", line) for line in declared]
            found[name] = [(pair[1], pair[2]) for pair in pairs if pair]
    return found


def leaves(struct, path=""):
    for kind, name in structs()[struct]:
        yield from leaves(kind, f"{path}{name}.") if kind in structs() else [f"{path}{name}"]


def included(name, seen):
    if name in texts() and name not in seen:
        seen.add(name)
        for other in re.findall(r'#include "(\w+\.h)"', texts()[name]):
            included(other, seen)
    return seen


def functions(text):
    """{name: its text}; a function that exists twice, for two kinds of cores, is both."""
    found = {}
    for match in FUNCTION.finditer(text):
        end, depth = match.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found[match[1]] = found.get(match[1], "") + text[match.start() : end]
    return found


def reached(kernel, source):
    """The text of all functions that the kernel may call, those of other kernels whose headers it includes too."""
    headers = included(source, set())
    files = headers | {file for name in headers for file in included(name.replace(".h", ".c"), set())}
    known = functions("\n".join(STRUCT.sub("", texts()[name]) for name in sorted(files)))
    todo, found = [kernel], {}
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found[name] = known[name]
            todo += re.findall(r"\w+", known[name])
    return "\n".join(found.values())


KERNELS = [(k, s, f) for f, text in texts().items() if f.endswith(".c") for k, s in KERNEL.findall(text)]


@pytest.mark.parametrize(("kernel", "struct", "source"), KERNELS, ids=[kernel for kernel, _, _ in KERNELS])
def test_a_kernel_reads_every_field_of_its_parameters(kernel, struct, source):
    text = reached(kernel, source)
    fields = list(leaves(struct))
    assert fields
    unread = [field for field in fields if not re.search(rf"(->|\.){field.rsplit('.', 1)[-1]}\b", text)]
    assert unread == []


def test_the_kernels_are_found_and_so_are_fields_in_structs_within():
    assert len(KERNELS) >= 30
    assert "packed.window.input_w" in set(leaves("ecgp_conv_smlal_codes_params"))
    assert "conv.window.input_w" in set(leaves("ecgp_conv_gather_params"))
