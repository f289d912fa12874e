"""The manual's pages as tests read them: README.md of the repository and two folders, CONTRIBUTING.md and docs/."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "firmware/README.md", "tools/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
TOML = re.compile(r"^```toml\n(.*?)^```", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
C = re.compile(r"^```c\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands(page):
    """The shell commands of a page, as lists of words, in the order of the page."""
    lines = [line for block in SHELL.findall(page.read_text()) for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def every_command():
    """(page, words) of all pages, each command once."""
    found = {}
    for page in PAGES:
        for words in commands(page):
            found.setdefault(" ".join(words), (page, words))
    return list(found.values())
