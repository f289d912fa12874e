"""What the stream costs on a Cortex-M4: its state, and the stack of the deepest way through its functions."""

import re
import subprocess

import pytest
import stream_host
from firmware_models import needs

ECG = stream_host.FIRMWARE / "lib" / "ecg"
FLAGS = ("-std=c99", "-mcpu=cortex-m4", "-mthumb", "-O2", f"-I{ECG}", f"-I{ECG.parent / 'nn'}")
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*?\\n(\d+) bytes \((static|dynamic[^)]*)\)')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def compiled(folder, *flags):
    """Compiles the stream and what it calls; the compiler's graphs of calls lie in the folder afterwards."""
    sources = sorted(ECG.glob("*.c"))
    words = ["arm-none-eabi-gcc", *FLAGS, *flags, "-fcallgraph-info=su", "-c", *map(str, sources)]
    subprocess.run(words, cwd=folder, check=True)
    return "".join(path.read_text() for path in sorted(folder.glob("*.ci")))


def state_bytes(folder, *flags):
    (folder / "state.c").write_text('#include "ecgp_stream.h"\necgp_stream_t state;\n')
    subprocess.run(["arm-none-eabi-gcc", *FLAGS, *flags, "-c", "state.c"], cwd=folder, check=True)
    shown = subprocess.run(
        ["arm-none-eabi-nm", "-S", "state.o"], cwd=folder, check=True, capture_output=True, text=True
    )
    return int(shown.stdout.split()[1], 16)


def deepest(graph, name):
    """Bytes of stack below a call of this function; the classifier's, which it calls by pointer, not counted."""
    frames = {title: int(size) for title, size, _ in NODE.findall(graph)}
    calls = EDGE.findall(graph)
    assert {kind for *_, kind in NODE.findall(graph)} == {"static"}

    def below(at):
        return frames.get(at, 0) + max([below(to) for source, to in calls if source == at], default=0)

    assert name in frames
    return below(name)


@pytest.mark.parametrize(
    ("leads", "context", "highest_hz", "state", "poll", "push"),
    [(1, 1, 1000, 4016, 728, 296), (2, 1, 1000, 5508, 728, 368), (1, 0, 360, 3112, 620, 296)],
)
def test_state_and_stack_are_what_the_docs_say(tmp_path, leads, context, highest_hz, state, poll, push):
    needs("arm-none-eabi-gcc")
    flags = [f"-DECGP_STREAM_LEADS={leads}u", f"-DECGP_STREAM_CONTEXT={context}"]
    flags += [f"-DECGP_FILTER_HIGHEST_HZ={highest_hz}u"]
    graph = compiled(tmp_path, *flags)
    assert state_bytes(tmp_path, *flags) <= state
    assert deepest(graph, "ecgp_stream_poll") <= poll
    assert deepest(graph, "ecgp_stream_push") <= push
    page = (stream_host.ROOT / "docs" / "internals" / "stream.md").read_text()
    assert f"| {leads} | {context} | {highest_hz} | {state} | {poll} | {push} | {state + poll} |" in page
