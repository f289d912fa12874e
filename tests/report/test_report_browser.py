"""The report page in a real browser: headless Chromium, desktop and phone."""

import html
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from report_run import reported

SECTIONS = (
    "verdict", "pruning", "accuracy", "layers", "arena", "firmware", "verification", "beats", "files", "origin",
)  # fmt: skip
PHONE_SCREEN = 844  # pixels of height at a width of 390
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-extensions", "--no-pings",
]  # fmt: skip
# Loads the page in a frame of a given width and writes what it finds into the title, which --dump-dom shows.
PROBE = """<!DOCTYPE html><title>waiting</title><body style="margin:0">
<iframe id="f" src="report.html" style="width:{width}px;height:3000px;border:0"></iframe>
<script>
document.getElementById("f").onload = () => {{
  const d = document.getElementById("f").contentDocument, e = d.documentElement;
  const wide = [...d.querySelectorAll("section, h1, h2, p, dl, figure, li")].filter(
    x => x.getBoundingClientRect().right > {width} + 0.5).map(x => x.tagName + x.id);
  const fetched = document.getElementById("f").contentWindow.performance.getEntriesByType("resource").map(x => x.name);
  const sections = [...d.querySelectorAll("section")].map(x => [x.id, x.getBoundingClientRect().height]);
  const tall = Object.fromEntries(sections), overflow = e.scrollWidth - e.clientWidth;
  document.title = JSON.stringify({{overflow, wide, fetched, height: e.scrollHeight, tall}});
}};
</script>"""


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing = "no chromium to look at the page with"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return reported(tmp_path_factory.mktemp("browser") / "run") / "report.html"


def browse(chromium, page, profile, *arguments):
    command = [chromium, *QUIET, f"--user-data-dir={profile}", *arguments, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=1800, check=True)


def pixels(png):
    """Width, height and the set of colours of an 8-bit PNG without interlacing, as Chromium writes it."""
    data = png.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) in {(8, 2), (8, 6)}
    size = {2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(packed)
    stride = width * size + 1
    return width, height, len({raw[row * stride : (row + 1) * stride] for row in range(height)})


def test_browser_shows_verdict_and_every_section(chromium, page, tmp_path):
    dom = browse(chromium, page, tmp_path, "--dump-dom").stdout
    assert "Bit-exact on the emulated Cortex-M4" in dom
    for section in SECTIONS:
        assert re.search(rf'<section[^>]* id="{section}"', dom), section
    assert dom.count("<svg") == 3 + 9 + 1
    assert "Synthetic data" in dom


@pytest.mark.parametrize("width", [1200, 390])
def test_nothing_overflows_and_nothing_is_fetched(chromium, page, tmp_path, width):
    probe = page.parent / f"probe-{width}.html"
    probe.write_text(PROBE.format(width=width))
    patient = ("--allow-file-access-from-files", "--virtual-time-budget=10000", "--window-size=1300,3000")
    dom = browse(chromium, probe, tmp_path, "--dump-dom", *patient).stdout
    found = json.loads(html.unescape(re.search(r"<title>(.*?)</title>", dom)[1]))
    assert found["overflow"] == 0
    assert found["wide"] == []
    assert found["fetched"] == []
    assert found["height"] > 2000
    assert set(found["tall"]) == set(SECTIONS)
    if width == 390:
        assert {name: height for name, height in found["tall"].items() if height > 3 * PHONE_SCREEN} == {}


@pytest.mark.parametrize(("width", "height"), [(1200, 3000), (390, 2000)])
def test_screenshot_is_full_of_something(chromium, page, tmp_path, width, height):
    picture = tmp_path / "shot.png"
    browse(chromium, page, tmp_path / "profile", f"--window-size={width},{height}", f"--screenshot={picture}")
    found = pixels(picture)
    assert found[:2] == (width, height)
    assert found[2] > height / 4  # rows of pixels that differ from one another


def test_browser_reports_no_error(chromium, page, tmp_path):
    said = browse(chromium, page, tmp_path, "--dump-dom", "--enable-logging=stderr", "--v=0").stderr
    assert not [line for line in said.splitlines() if "CONSOLE" in line]
    assert not Path(page.parent / "favicon.ico").exists()
