"""README.md and the C of the manual: size, links, code that compiles."""

import re
import subprocess

import pytest
from manual import PAGES, ROOT, C

README = ROOT / "README.md"
(CODE,) = C.findall(README.read_text())


def test_the_readme_has_at_most_8_kb():
    assert len(README.read_bytes()) <= 8192


def test_the_readme_has_one_picture_and_a_table_of_six_rows():
    text = README.read_text()
    assert len(re.findall(r"!\[", text)) == 1
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 8  # with head and rule


def test_the_c_of_the_readme_has_about_twelve_lines():
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 14


def test_the_guide_shows_the_same_c():
    assert CODE in (ROOT / "docs" / "guide" / "board.md").read_text()


def test_the_c_compiles_against_the_reference_model(tmp_path):
    head, _, body = CODE.partition("\necg_init")
    inputs = "const int16_t *samples, uint16_t rr, uint16_t next_rr"
    function = f"const int8_t *classify({inputs})"
    (tmp_path / "board.c").write_text(f"{head}\n{function};\n{function}\n{{ ecg_init{body} return scores; }}\n")
    folders = [f"-I{ROOT / 'firmware' / name}" for name in ("models/reference", "lib/nn", "lib/ecg")]
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    words = ["cc", *flags, *folders, str(tmp_path / "board.c")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_c_of_the_live_page_compiles_against_the_reference_model(tmp_path):
    loop, settings = C.findall((ROOT / "docs" / "guide" / "live.md").read_text())
    head, _, body = loop.partition("\necgp_event_t event;\n")
    given = """
#include "ecg.h"
static ecg_t model;
int8_t *input(void *m, ecgp_stream_input which);
const int8_t *run(void *m);
void on_ventricular_beat(uint32_t sample);
void take(const int16_t *samples, uint32_t count);
"""
    function = f"void take(const int16_t *samples, uint32_t count)\n{{ uint32_t at; ecgp_event_t event; {body} }}\n"
    (tmp_path / "live.c").write_text(head + given + settings + function)
    folders = [f"-I{ROOT / 'firmware' / name}" for name in ("models/reference", "lib/nn", "lib/ecg")]
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    words = ["cc", *flags, *folders, str(tmp_path / "live.c")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_of_a_page_works_on_a_code_host(page):
    """All but those to pages that are generated, which only the site has."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    generated = re.compile(r"reference/|^(commands|config|exit-codes|operators|c-api|c-kernels|python/index)\.md$|"
                           r"changelog|(kernels|contributing|firmware|tools)\.md$")  # fmt: skip
    assert [name for name in links if not (page.parent / name).exists() and not generated.search(name)] == []


def test_each_file_that_is_named_is_there():
    named = [
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"`((?:firmware|ecgprune|results|tests|tools)/(?!drop-in)[\w/.-]+)`", page.read_text())
    ]
    assert named
    assert [pair for pair in named if not (ROOT / pair[1]).exists()] == []
