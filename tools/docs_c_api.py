"""The reference of the C API, from the Doxygen comments of the public headers. Used by `make docs`.

Headers are read as they are written here: a comment /** ... */ before a declaration, or /**< ... */ behind a field, an
enumerator or a macro. A public header with a function that has no comment is an error.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIRMWARE = ROOT / "firmware"
MODEL = "firmware/models/reference/ecg.h"
COMMENT = re.compile(r"/\*\*(?!<)(?P<text>.*?)\*/\s*", re.DOTALL)
FUNCTION = re.compile(r"^(?!static|typedef|#)[a-z][\w \t*]*?\b(\w+)\(", re.MULTILINE)
TRAILING = re.compile(r"^\s*(?P<code>[^/\n]+?),?\s*/\*\*<\s*(?P<text>.*?)\s*\*/", re.MULTILINE | re.DOTALL)
GROUP = re.compile(r"/\*\*\s*@name (?P<name>.*?)\s*@\{\s*\*/(?P<text>.*?)/\*\*\s*@\}\s*\*/", re.DOTALL)
PLAIN_MACRO = re.compile(r"#define\s+\w+(?!\()\b")
MACRO = re.compile(
    r"(?:/\*\*(?!<)\s*(?P<before>(?:(?!\*/).)*?)\s*\*/\n)?^#define[ \t]+(?P<name>\w+)(?!\()\b(?P<value>[^/\n\\]*)"
    r"(?:/\*\*<\s*(?P<behind>.*?)\s*\*/)?$",
    re.DOTALL | re.MULTILINE,
)


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
    for group in GROUP.finditer(body):
        lines += [f"### {prose(group['name'])}", "", *macros(group["text"], all_of_them=True)]
    body = GROUP.sub("", body)
    lines += macros(body)
    documented = set()
    for match in COMMENT.finditer(body):
        code = declaration(body[match.end() :])
        name = name_of(code)
        if not name or PLAIN_MACRO.match(code):
            continue
        documented.add(name)
        lines += [f"### {name} {{ #{path.stem}-{name} }}", "", "```c", plain(code), "```", "", prose(match["text"]), ""]
        fields = [f for f in TRAILING.finditer(code) if "{" not in f["code"]]
        if fields:
            head = "field" if code.startswith("typedef struct") else "value"
            lines += [f"| {head} | meaning |", "|---|---|"]
            lines += [f"| `{' '.join(f['code'].rstrip(';').split())}` | {cell(f['text'])} |" for f in fields] + [""]
    missing = sorted(set(functions(body)) - documented)
    if missing:
        raise ValueError(f"{path.relative_to(ROOT)}: no Doxygen comment before {', '.join(missing)}")
    return lines


def macros(text, all_of_them=False):
    """A table of the macros without arguments: those with a comment before or behind them, or all."""
    rows = []
    for match in MACRO.finditer(text):
        meaning = match["behind"] or match["before"] or ""
        if meaning or all_of_them:
            value = f"`{match['value'].strip()}`" if match["value"].strip() else ""
            rows.append(f"| `{match['name']}` | {value} | {cell(meaning)} |")
    return ["| macro | value | meaning |", "|---|---|---|", *rows, ""] if rows else []


def declaration(rest):
    """The declaration at the start of the text behind a comment; "" where there is none, or none of a public name."""
    if rest.startswith("#define"):
        return rest.partition("\n")[0]
    if rest.startswith(("#", "/", "static", "_Static_assert", "extern")):
        return ""
    if rest.startswith("typedef"):
        body = re.match(r"typedef\s+(?:struct|enum|union)[^{;]*\{.*?\}[^;]*;", rest, re.DOTALL)
        return body[0] if body else rest.partition(";")[0] + ";"
    return re.match(r"[^;{]*", rest)[0].strip() + ";"


def name_of(code):
    """The name that a declaration introduces, "" for none."""
    if code.startswith("#define"):
        return re.match(r"#define\s+(\w+)", code)[1]
    if code.startswith("typedef"):
        return re.search(r"(\w+)\s*(?:\([^()]*\)\s*)?;\s*$", code)[1]
    bare = re.sub(r"__attribute__\s*\(\(.*?\)\)|_Alignas\(.*?\)", "", code)
    found = re.search(r"(\w+)\s*\(", bare) or re.search(r"(\w+)\s*(?:\[[^\]]*\])*\s*;", bare)
    return found[1] if found else ""


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
