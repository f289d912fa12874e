"""MkDocs hooks (mkdocs.yml, run by `make docs`): pages made at build time, and links into the repository.

A page that is generated, or that stands elsewhere in the repository, is added to the site under its own path. A link
from a page to a file outside docs/ works on a code host as it is; here the file is put into the site under files/.
"""

import os
import re
from pathlib import Path, PurePosixPath

import docs_c_api
import docs_commands
import docs_config
import docs_exit_codes
import docs_operators
import docs_python
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ELSEWHERE = {
    "changelog.md": "CHANGELOG.md",
    "internals/contributing.md": "CONTRIBUTING.md",
    "internals/firmware.md": "firmware/README.md",
    "internals/kernels.md": "firmware/lib/nn/README.md",
    "internals/tools.md": "tools/README.md",
}
"""Pages that stand outside docs/, by their place in the site."""

LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#:]+)(#[^)\s]*)?(\))")
FENCE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def pages():
    """{path in the site: Markdown} of every page that docs/ does not hold."""
    found = {name: (ROOT / source).read_text() for name, source in ELSEWHERE.items()}
    for module in (docs_c_api, docs_commands, docs_config, docs_exit_codes, docs_operators, docs_python):
        found |= module.pages()
    return found


def on_config(config):
    """Puts the Python packages' pages where the navigation says reference/python."""
    for section in config.nav:
        for entries in section.values():
            if isinstance(entries, list):
                for entry in entries:
                    if isinstance(entry, dict) and entry.get("Python API") == "reference/python":
                        entry["Python API"] = docs_python.navigation()
    return config


def on_files(files, config):
    """Adds the generated pages."""
    for name, text in pages().items():
        if (DOCS / name).exists():
            raise PluginError(f"docs/{name} is there, and {name} is generated: remove one")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Rewrites links that leave docs/, outside code."""
    here = PurePosixPath(page.file.src_uri)
    source = PurePosixPath(ELSEWHERE.get(str(here), f"docs/{here}"))
    parts = FENCE.split(markdown)
    return "".join(
        part if part.startswith("```") else LINK.sub(lambda m: _link(m, here, source, config, files), part)
        for part in parts
    )


def _link(match, here, source, config, files):
    """One link, from the page at `here` whose text stands in the repository's file `source`."""
    head, target, anchor, tail = match.groups()
    path = os.path.normpath(source.parent / target)
    moved = {origin: name for name, origin in ELSEWHERE.items()}
    if path in moved:
        place = moved[path]
    elif path.startswith("docs/"):
        place = path.removeprefix("docs/")
    elif (ROOT / path).is_file():
        place = f"files/{path}"
        if place not in files.src_uris:
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    else:
        return match.group()  # MkDocs says that it is not there
    return f"{head}{os.path.relpath(place, here.parent)}{anchor or ''}{tail}"
