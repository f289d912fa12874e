"""ecgprune stream: a record and samples from a pipe, live on a board over its UART and on the host; its refusals."""

import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import wfdb
import wfdb_records
from cli_calls import call, refused, small_tflite
from firmware_models import FIRMWARE, TESTS, built_program, make, needs, needs_qemu, path_without

from ecgprune.board import find_board, link, live, session
from ecgprune.board.elf import function_sizes
from ecgprune.errors import BoardError, ExitCode, FirmwareError
from ecgprune.pipeline import live_input, live_model, streaming

LIVE = FIRMWARE / "examples" / "live"
RATE, BEATS = wfdb_records.RATE_HZ, wfdb_records.BEATS
NEAR = RATE // 20  # 50 ms
pytestmark = pytest.mark.xdist_group("stream")  # one worker, one build of the host's program


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """A record of 12 s, two leads, with a beat each 0.8 s."""
    return wfdb_records.simple(tmp_path_factory.mktemp("db"), leads=("MLII", "V1")) / "r1"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """The live program around the small model, for the host."""
    needs("make", "cc")
    folder, board, model = tmp_path_factory.mktemp("host"), find_board("host"), live_model.find_live_model("small")
    model.write_code(board, folder / "model")
    return live.build_live(folder / "model", board, folder, 1, RATE, model.window)


def streamed(image, source, line_of=lambda line: line):
    """(tally, events) of a source on the host's program; line_of: puts something between the two."""
    events = []
    with live.started(image) as line:
        tally = session.stream(image, line_of(line), source.rate_hz, source.leads, source, events.append)
    return tally, events


def test_a_board_and_the_host_find_the_same_beats_and_the_files_hold_them(record, host, tmp_path, monkeypatch):
    needs_qemu()
    out = tmp_path / "out"
    done = call("stream", record, "--board", "mps2_an386", "--out", out)
    assert done.exit_code == 0, done.stderr
    found = json.loads((out / "stream.json").read_text())
    beats = [row for row in found["rows"] if row["kind"] == "beat"]
    samples = np.array([row["sample"] for row in beats])
    assert all(np.abs(samples - beat).min() <= NEAR for beat in BEATS)
    assert len(beats) <= len(BEATS) + 1
    assert sum(row["class"] is not None for row in beats) >= len(BEATS) - 2
    lines = done.stdout.splitlines()
    assert len(lines) == len(found["rows"]) + 2
    assert lines[-2].startswith("r1: 0:00:12.000 on mps2_an386; beats: ")
    device = found["device"]
    assert device["damaged_frames"] == 0 or found["resent_frames"] > 0  # a very busy machine repeats frames
    assert 0 < device["stack_bytes"] <= device["stack_reserved_bytes"] - 200
    assert device["ram_bytes"] >= device["stream_bytes"] + device["stack_reserved_bytes"]

    annotations = wfdb.rdann(str(out / "r1"), "ecgp")
    assert annotations.fs == RATE
    assert annotations.sample.tolist() == samples.tolist()
    assert annotations.symbol == [row["class"] or "Q" for row in beats]
    page = (out / "stream.html").read_text()
    assert page.count('<path class="trace"') == 2
    assert page.count('<line class="mark') == len(found["rows"])

    monkeypatch.setattr(live, "build_live", lambda *_: host)
    done = call("stream", record, "--board", "host", "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == found["rows"]


class Damaging(socket.socket):
    """A line that flips bits and drops bytes, in both directions, at random but the same ones each time."""

    def __init__(self, line, seed):
        super().__init__(fileno=os.dup(line.fileno()))
        self.draw = random.Random(seed)

    def spoilt(self, data):
        if len(data) > 3 and self.draw.random() < 0.15:
            at = self.draw.randrange(len(data))
            return data[:at] + self.draw.choice([b"", bytes([data[at] ^ 0x10]), b"\0"]) + data[at + 1 :]
        return data

    def sendall(self, data):
        super().sendall(self.spoilt(data))

    def recv(self, size):
        frame = b""
        while not frame.endswith(b"\0"):
            some = super().recv(1)
            if not some:
                return b""
            frame += some
        is_event = [one.type for one in link.Decoder().feed(frame)] == [link.Type.EVENT]
        return b"\0" if is_event and self.draw.random() < 0.3 else self.spoilt(frame) or b"\0"


def test_a_line_that_damages_and_drops_bytes_in_both_directions_costs_time_and_no_sample_and_no_event(
    record, host, monkeypatch
):
    monkeypatch.setattr(session, "_RETRY_S", 0.2)
    monkeypatch.setattr(session, "_AGAIN_S", 0.05)
    source = live_input.read_record_input(str(record), 1, None, "", real_time=False)
    _, expected = streamed(host, source)
    tallies = []
    for seed in range(3):
        source = live_input.read_record_input(str(record), 1, None, "", real_time=False)
        tally, events = streamed(host, source, lambda line, seed=seed: Damaging(line, seed))
        assert (tally.failure, events) == (None, expected)
        assert tally.done.events == len(expected)
        tallies.append(tally)
    assert sum(tally.resent for tally in tallies) > 20
    assert sum(tally.asked for tally in tallies) > 2
    assert sum(tally.damaged for tally in tallies) > 2
    assert sum(tally.done.damaged for tally in tallies) > 10
    monkeypatch.setattr(session, "_REPORT", 1000)  # the device keeps 8 events, and then takes no more samples
    source = live_input.read_record_input(str(record), 1, None, "", real_time=False)
    tally, events = streamed(host, source)
    assert (tally.failure, events) == (None, expected)
    assert tally.asked > 0


def test_a_board_that_stops_in_the_middle_leaves_whole_files_that_say_so(record, host, tmp_path, monkeypatch):
    whole, running = live_input.RecordInput.read, []

    def interrupted(self, frames):
        if self._at > 2 * len(self.samples) // 3:
            running[0].kill()
        return whole(self, frames)

    spawn = live._spawn
    monkeypatch.setattr(live, "_spawn", lambda *words: running.append(spawn(*words)) or running[0])
    monkeypatch.setattr(live_input.RecordInput, "read", interrupted)
    monkeypatch.setattr(live, "build_live", lambda *_: host)
    done = call("stream", record, "--board", "host", "--out", tmp_path)
    assert done.exit_code not in (0, 130)
    found = json.loads((tmp_path / "stream.json").read_text())
    assert (found["failure"], found["stopped_early"]) == ("host has ended: its UART is closed", False)
    assert done.stderr.splitlines()[-2:] == [
        f"the stream is incomplete; {len(found['rows'])} events are kept",
        "ecgprune: host has ended: its UART is closed",
    ]
    assert len(found["rows"]) >= 5
    assert wfdb.rdann(str(tmp_path / "r1"), "ecgp").sample.tolist() == [row["sample"] for row in found["rows"]]
    assert "Incomplete: host has ended" in (tmp_path / "stream.html").read_text()


def test_samples_from_a_pipe_give_the_events_of_the_record(record, host):
    source = live_input.read_record_input(str(record), 1, "signal 1", "", real_time=False)
    expected = streamed(host, source)[1]
    reading, writing = os.pipe()
    os.write(writing, source.samples.astype("<i2").tobytes() + b"\0")  # 6 KB fit; the odd byte is no sample
    os.close(writing)
    try:
        piped = live_input.pipe_input(reading, RATE, 1, 200.0, 0)
        assert streamed(host, piped)[1] == expected
    finally:
        os.close(reading)
    assert np.array_equal(piped.seen(), source.samples[:, 0])
    assert piped.cut_off() == 1


def test_a_pipe_without_samples_is_refused_and_half_a_frame_is_told(tmp_path):
    def piped(samples: bytes, *more: str) -> subprocess.CompletedProcess[bytes]:
        words = ("stream", "-", "--board", "host", "--rate", "360", "--gain", "200", *more)
        return subprocess.run(
            [sys.executable, "-m", "ecgprune", *words], input=samples, capture_output=True, check=False
        )

    empty = piped(b"", "--out", str(tmp_path / "out"))
    assert empty.returncode == ExitCode.INPUT
    assert b"stdin has no samples; expected int16, little endian, 2 bytes a frame" in empty.stderr
    assert not (tmp_path / "out").exists()
    odd = piped(bytes(7), "--leads", "2")
    assert odd.returncode == 0
    assert b"stdin ends within a frame of 4 bytes; its last 3 are left out" in odd.stderr


def test_missing_samples_are_a_gap_and_real_time_is_kept(record, host):
    source = live_input.read_record_input(str(record), 1, None, "", real_time=True)
    source.samples, source.valid = source.samples[: RATE // 2], source.valid[: RATE // 2].copy()
    source.valid[30:50] = False
    parts = []
    while (part := source.read(28)) is not None:
        parts += [part] if part != b"" else []
        assert source.waits_for()[0] is None
    assert [part if isinstance(part, int) else len(part) // 2 for part in parts] == [28, 2, 20, 28, 28, 19]
    assert source.waits_for()[1] <= 0


def test_a_signal_ends_the_stream_and_keeps_the_events(record, host, tmp_path, monkeypatch):
    whole = live_input.RecordInput.read

    def interrupted(self, frames):
        if self._at > 2 * len(self.samples) // 3:
            os.kill(os.getpid(), signal.SIGINT)
        return whole(self, frames)

    monkeypatch.setattr(live_input.RecordInput, "read", interrupted)
    monkeypatch.setattr(live, "build_live", lambda *_: host)
    monkeypatch.setattr(session, "_LAST_S", 60.0)  # the machine may be busy
    done = call("stream", record, "--board", "host", "--out", tmp_path)
    assert done.exit_code == 130
    found = json.loads((tmp_path / "stream.json").read_text())
    assert found["stopped_early"] is True
    assert 7.9 < found["seconds"] < 8.3
    assert len(found["rows"]) >= 8
    assert done.stderr.endswith(f"stopped early; {len(found['rows'])} events are kept\n")
    assert (tmp_path / "r1.ecgp").exists()


def test_a_fault_says_where_over_the_uart(tmp_path):
    needs_qemu()
    main = tmp_path / "main.c"
    main.write_text(
        '#include "ecgp_uart.h"\nint main(void)\n{\n    ecgp_uart_init(115200u);\n'
        "    return *(volatile int *)0xF0000004u;\n}\n"
    )
    out = built_program(tmp_path, "mps2_an386", [main, FIRMWARE / "harness" / "serial" / "app.mk"])
    image = live.LiveImage(find_board("mps2_an386"), out / "firmware.elf", 0, 0, 0)
    begin, size = function_sizes(image.program)["main"]
    with live.started(image) as line, pytest.raises(FirmwareError) as error:
        session.stream(image, line, RATE, [link.Lead(200_000, 0)], None, print)
    told = str(error.value)
    assert told.startswith("mps2_an386 stopped: hard fault at 0x")
    assert begin <= int(told.split(" at ")[1][:10], 16) < begin + size
    assert " in main, called from 0x" in told
    assert told.endswith(", CFSR 0x00008200, address 0xf0000004")


def test_samples_of_an_adc_make_beats_the_watchdog_is_fed_and_the_stacks_canary_is_told(tmp_path):
    needs_qemu()
    app = tmp_path / "app"
    shutil.copytree(LIVE, app)
    shutil.copy(TESTS / "c" / "live_adc" / "adc.c", app)
    macros = ("ECGP_STREAM_LEADS=1u", *(f"LIVE_ADC_{one}" for one in ("RATE_HZ=250u", "LEADS=1u", "ZERO=0")))
    flags = " ".join(f"-D{macro}" for macro in (*macros, "LIVE_ADC_UNITS_PER_VOLT=200000u"))
    words = ["BOARD=mps2_an386", f"MODEL_DIR={FIRMWARE / 'models' / 'small'}", f"APP={app}", f"OUT={tmp_path / 'out'}"]
    made = make(*words, "STACK=3072", f"FLAGS={flags}")
    assert made.returncode == 0, made.stderr
    decoder, frames = link.Decoder(), []
    image = live.LiveImage(find_board("mps2_an386"), tmp_path / "out" / "firmware.elf", 0, 0, 0)
    with live.started(image) as line:
        line.settimeout(60)
        while data := line.recv(4096):
            frames += decoder.feed(data)
    assert [frame.type for frame in frames if frame.type != link.Type.EVENT] == [link.Type.HELLO, link.Type.FAULT]
    assert link.Fault.parse(frames[-1].data) == link.Fault(0, 0, 0, 0, 0, 0), "the canary, before anything has faulted"
    assert [frame.number for frame in frames[1:-1]] == list(range(len(frames) - 2))
    beats = [event for frame in frames[1:-1] if (event := link.Event.parse(frame.data)).kind == 0]
    assert len(beats) >= 15
    assert {after.sample - before.sample for before, after in itertools.pairwise(beats[1:])} == {200}
    assert sum(beat.beat_class >= 0 for beat in beats) >= 13


def test_the_numbers_of_events_and_reasons_are_those_of_the_headers():
    stream = (FIRMWARE / "lib/ecg/ecgp_stream.h").read_text()
    signal = (FIRMWARE / "lib/ecg/ecgp_signal.h").read_text()
    kinds = [line.split(",")[0].strip() for line in stream.splitlines() if line.startswith("    ECGP_EVENT_")]
    assert kinds == [f"ECGP_EVENT_{kind.upper().replace(' ', '_')}" for kind in streaming.KINDS]
    reasons = [line.split(",")[0].strip() for line in signal.splitlines() if line.startswith("    ECGP_SIGNAL_")]
    assert reasons == [f"ECGP_SIGNAL_{n}" for n in ("GOOD", "IS_FLAT", "SATURATED", "NO_BEAT", "IS_HUM")]
    assert streaming.REASONS[1:] == ("flat line", "saturated", "no beat", "hum")


def test_poor_quality_and_no_signal_are_shut_down_and_flutter_is_none():
    def row(kind, sample):
        return {"kind": kind, "sample": sample}

    rows = [row("no signal", 100), row("quality poor", 150), row("signal back", 200), row("no signal", 300)]
    assert streaming.shut_downs(rows) == [(100, 200), (300, None), (150, None)]
    assert streaming.shut_downs([row("no signal", 100) | {"lead": 1}]) == []
    rows = [row("flutter", 400), row("no signal", 450), row("flutter over", 500), row("flutter", 600)]
    assert streaming.flutters(rows) == [(400, 500), (600, None)]


def test_the_small_model_runs_in_8_kilobytes_and_mixed_is_refused_there_with_two_leads(record, host):
    needs_qemu()
    board, small = find_board("stm32vldiscovery"), live_model.find_live_model("small")

    def source(leads):
        return live_input.read_record_input(str(record), leads, None, "", real_time=False)

    with streaming.built(small, source(1), board) as image:
        done = streaming.stream(image, small, source(1), lambda row: None)
    assert image.ram_bytes <= 8192
    assert (done.tally.failure, done.tally.done.overruns) == (None, 0)
    assert done.rows == [streaming.as_row(event, small, source(1)) for event in streamed(host, source(1))[1]]
    words = ("--board", "stm32vldiscovery", "--leads", 2, "--model", "mixed")
    said = refused("stream", record, *words, code=ExitCode.DOES_NOT_FIT)
    assert said.startswith("the image does not fit stm32vldiscovery: RAM needs ")
    assert said.endswith(" bytes, 8192 are available")


def test_what_goes_wrong_is_one_line(record, tmp_path, monkeypatch):
    absent = tmp_path / "none"
    assert refused("stream", absent) == (
        f"no record {absent}: there is no {absent}.hea; give the path of a WFDB record, or - for samples on stdin"
    )
    assert refused("stream", record.parent).endswith(f"; {record.parent} holds r1")
    assert refused("stream", record, "--lead", "V6") == "r1 has no lead V6; it has signal 1, signal 2"
    one = wfdb_records.simple(tmp_path / "one") / "r1"
    assert refused("stream", one, "--leads", 2) == "r1 has 1 lead (signal 1), not 2"
    fast = wfdb_records.simple(tmp_path / "fast", rate=2000) / "r1"
    assert refused("stream", fast) == "r1 has 2000 Hz; a stream takes 128 to 1000 Hz"
    assert refused("stream", record, "--board", "mps2_an387").startswith("unknown board 'mps2_an387': did you mean")
    assert refused("stream", record, "--model", tmp_path / "m").startswith(f"no model {tmp_path / 'm'}: expected")
    assert "--rate and --gain" in call("stream", "-").stderr
    assert "goes with samples on stdin" in call("stream", record, "--rate", 250).stderr
    board = find_board("mps2_an386")
    with pytest.raises(BoardError, match=r"^board mps2_an386 has no UART in its board.mk \(ECGP_UART\)"):
        live.check_live(replace(board, uart=None))
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "qemu-system-arm"))
    said = refused("stream", record, code=ExitCode.TOOL_MISSING)
    assert said.startswith("qemu-system-arm is not installed: on Debian or Ubuntu, apt install")


def test_a_model_whose_inputs_the_stream_cannot_make_is_refused(record, tmp_path):
    folder = FIRMWARE / "models" / "small"
    config = (folder / "config.toml").read_text()
    plain = config.replace("patient = true", "patient = false").replace("compact_patient", "compact")
    plain = plain.replace("sample_rate_hz = 180", "sample_rate_hz = 250")
    for name, changed in (("rate", plain), ("inputs", config)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text(changed)
    assert "sample_rate_hz = 250" in (tmp_path / "rate" / "config.toml").read_text()
    (tmp_path / "rate" / "model.tflite").write_bytes((folder / "model.tflite").read_bytes())
    said = refused("stream", record, "--model", tmp_path / "rate")
    assert said.endswith("rate takes ECG at 250 Hz; a stream gives 180 Hz")
    (tmp_path / "inputs" / "model.tflite").write_bytes(small_tflite())
    said = refused("stream", record, "--model", tmp_path / "inputs")
    assert said.endswith("inputs takes the inputs x (int8); a stream makes int8 ecg, rr, patient, context")
