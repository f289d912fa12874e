"""The reference of the C API, from the Doxygen comments of the public headers. Used by `make docs`.

Headers are read as they are written here: a comment /** ... */ before a declaration, or /**< ... */ behind a field, an
enumerator or a macro. A public header with a function that has no comment is an error.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIRMWARE = ROOT / "firmware"
MODEL = "firmware/models/reference/ecg.h"
DECLARATION = r"[^/#][^;{]*?(?:;|\{[^{}]*\}[^;{}]*;|(?=\n?\{))|#define[^\n]*"
COMMENT = re.compile(rf"/\*\*(?!<)(?P<text>.*?)\*/\s*(?P<code>{DECLARATION})", re.DOTALL)
FUNCTION = re.compile(r"^(?!static|typedef|#)[a-z][\w \t*]*?\b(\w+)\(", re.MULTILINE)
TRAILING = re.compile(r"^\s*(?P<code>[^/\n]+?),?\s*/\*\*<\s*(?P<text>.*?)\s*\*/", re.MULTILINE | re.DOTALL)


def pages():
    """{path: Markdown}."""
    kernels = [path for path in headers("lib/nn") if functions(path.read_text())]
    return {
        "reference/c-api.md": page("C API", API, [ROOT / MODEL, FIRMWARE / "lib/nn/ecgp_status.h",
                                                  *headers("lib/ecg"), *headers("platform")]),
        "reference/c-kernels.md": page("Kernels in C", KERNELS, kernels),
    }  # fmt: skip


API = """Generated from the headers. First comes the interface of a generated model, here of the reference model, whose
prefix is `ecg`; the sizes are that model's. Several instances may live side by side. No function allocates memory."""
KERNELS = """Generated from the headers of `firmware/lib/nn`. Generated code calls these functions, an application
need not. Which kernel is selected when, and which bound it relies on, is in [Kernels](../internals/kernels.md)."""


def headers(folder):
    return sorted(p for p in (FIRMWARE / folder).rglob("*.h") if not p.stem.endswith("_parts"))


def page(title, intro, paths):
    lines = [f"# {title}", "", intro, ""]
    for path in paths:
        lines += header(path)
    return "\n".join(lines)


def functions(text):
    """Names of the functions that a header declares, without static inline ones."""
    return FUNCTION.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def header(path):
    """One header: what the file is for, its macros, types and functions."""
    text = path.read_text()
    about = re.search(r"/\*\*(?P<text>.*?@file.*?)\*/", text, re.DOTALL)
    body = text[about.end() :] if about else text
    lines = [f"## {path.name}", "", prose(re.sub(r"@file\s+\S+", "", about["text"]) if about else ""), ""]
    macros = [m for m in TRAILING.finditer(body) if m["code"].startswith("#define")]
    if macros:
        lines += ["| macro | value | |", "|---|---|---|"]
        for match in macros:
            name, _, value = match["code"].removeprefix("#define").strip().partition(" ")
            lines.append(f"| `{name}` | `{value.strip()}` | {cell(match['text'])} |")
        lines.append("")
    documented = set()
    for match in COMMENT.finditer(body):
        code = match["code"].strip()
        if code.startswith(("static", "_Static_assert", 'extern "C"')):
            continue
        name = name_of(code)
        documented.add(name)
        lines += [f"### {name} {{ #{path.stem}-{name} }}", "", "```c", plain(code), "```", "", prose(match["text"]), ""]
        fields = [f for f in TRAILING.finditer(code) if "{" not in f["code"]]
        if fields:
            lines += ["| | |", "|---|---|"]
            lines += [f"| `{' '.join(f['code'].rstrip(';').split())}` | {cell(f['text'])} |" for f in fields] + [""]
    missing = sorted(set(functions(body)) - documented)
    if missing:
        raise ValueError(f"{path.relative_to(ROOT)}: no Doxygen comment before {', '.join(missing)}")
    return lines


def name_of(code):
    """The name that a declaration introduces."""
    if code.startswith("#define"):
        return re.match(r"#define\s+(\w+)", code)[1]
    if code.startswith("typedef"):
        return re.search(r"(\w+)\s*;\s*$", code)[1]
    found = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)|_Alignas\(.*?\)", "", code))
    return found[1] if found else re.search(r"(\w+)\s*(?:\[[^\]]*\])*\s*[;=]", code)[1]


def plain(code):
    """A declaration without the comments inside of it."""
    code = re.sub(r"[ \t]*/\*.*?\*/", "", code, flags=re.DOTALL)
    return code if code.endswith(";") or code.startswith("#") else f"{code};"


def cell(text):
    return prose(text).replace("|", "\\|").replace("\n", " ")


def prose(comment):
    """A Doxygen comment as Markdown."""
    lines = [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in comment.strip().splitlines()]
    text = "\n".join(lines).strip()
    text = re.sub(r"@brief\s+", "", text)
    text = re.sub(r"^@(?:param(?:\[[a-z,]+\])?)\s+(\S+)\s+", r"\n- `\1`: ", text, flags=re.MULTILINE)
    text = re.sub(r"^@returns?\s+", "\nReturns ", text, flags=re.MULTILINE)
    text = re.sub(r"^@(?:note|warning|details|pre)\s+", "\n", text, flags=re.MULTILINE)
    text = re.sub(r"@[cp] (\w+)", r"`\1`", text)
    text = re.sub(r"(?<![`\w])(\w+\(\)|ECGP?_\w+)(?![`\w])", r"`\1`", text)
    paragraphs = [" ".join(p.split()) if "\n- " not in p else p.strip() for p in re.split(r"\n\s*\n", text)]
    joined = "\n\n".join(paragraphs)
    joined = re.sub(r"(- `[^\n]+)\n\n(?=- `)", r"\1\n", joined)
    return "".join(part if part.startswith("`") else escaped(part) for part in re.split(r"(`[^`]+`)", joined))


def escaped(text):
    """Text outside code: brackets are no links, stars no emphasis, and < no tag."""
    return re.sub(r"([\[\]*])", r"\\\1", text).replace("<", "&lt;")
