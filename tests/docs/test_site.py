"""The manual as a site: it builds strictly, loads nothing from other hosts, and its reference is whole."""

import dataclasses
import importlib.util
import os
import re
import subprocess
import sys

import click
import pytest
from manual import ROOT

from ecgprune.cli import main
from ecgprune.codegen import ops
from ecgprune.config import Config

pytestmark = pytest.mark.xdist_group("site")  # one worker, one build for all of them
FETCHED = re.compile(r"<(?:script|link|img|source|iframe|object|embed|use)\b[^>]*?\b(?:src|href|data)=\"([^\"]+)\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    if importlib.util.find_spec("mkdocs") is None:
        why = "not installed: mkdocs, of the extra [docs]"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return folder


def text_of(site, page):
    return re.sub(r"<[^>]+>", "", (site / page).read_text())


def test_every_page_loads_from_the_site_alone(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    fetched = [(page.name, target) for page in pages for target in FETCHED.findall(page.read_text())]
    assert fetched
    assert [pair for pair in fetched if re.match(r"(https?:)?//", pair[1])] == []
    styles = "".join(sheet.read_text() for sheet in site.rglob("*.css"))
    assert not re.search(r"url\([\"']?(https?:)?//", styles)


def test_a_dead_link_fails_the_build(tmp_path):
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("not installed: mkdocs, of the extra [docs]")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[nothing](nowhere.md)\n")
    validation = re.search(r"^validation:\n(?: .*\n)+", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)[0]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: x\nstrict: true\ntheme: mkdocs\n{validation}")
    words = [sys.executable, "-m", "mkdocs", "build"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_every_key_of_a_config_is_in_the_reference(site):
    page = text_of(site, "reference/config.html")

    def keys(kind):
        for field in dataclasses.fields(kind):
            yield field.name
            if dataclasses.is_dataclass(default := field.default_factory) and isinstance(default, type):
                yield from keys(default)

    assert [key for key in keys(Config) if key not in page] == []


def test_every_command_and_option_is_in_the_reference(site):
    page = text_of(site, "reference/commands.html")

    def options(command, context):
        for parameter in command.params:
            yield from (name for name in parameter.opts if name.startswith("--") and name != "--help")
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                if not inner.hidden:
                    yield name
                    yield from options(inner, click.Context(inner, parent=context, info_name=name))

    assert [name for name in options(main, click.Context(main)) if name not in page] == []


def test_every_supported_operator_is_in_the_reference(site):
    page = text_of(site, "reference/operators.html")
    assert [name for name in ops.supported() if name not in page] == []


def test_every_function_of_the_c_library_is_in_the_reference(site):
    pages = text_of(site, "reference/c-api.html") + text_of(site, "reference/c-kernels.html")
    headers = [*(ROOT / "firmware" / "lib").rglob("*.h"), *(ROOT / "firmware" / "platform").rglob("*.h")]
    declared = {
        name
        for header in headers
        if not header.stem.endswith("_parts")
        for name in re.findall(r"^(?!static)[a-z][\w ]*[ *](ecgp_\w+)\([^;{]*\);", header.read_text(), re.MULTILINE)
    }
    assert len(declared) > 20
    assert sorted(name for name in declared if name not in pages) == []
