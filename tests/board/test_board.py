"""Building and running firmware: verdicts, sizes, stack, counts, reproducible bytes."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from firmware_models import (
    CORES_ON_QEMU,
    FIRMWARE,
    ON_QEMU,
    TESTS,
    built,
    built_program,
    make,
    needs,
    needs_qemu,
    path_without,
    run_program,
    tiny_model,
    tiny_vectors,
)

from ecgprune.board import Memory, elf, known_boards, load_image, run_on_board, stack
from ecgprune.board.elf import symbol
from ecgprune.board.tools import build_environment
from ecgprune.config import DataConfig
from ecgprune.ecg import beats, patient, qrs, records
from ecgprune.ecg import filter as band_pass
from ecgprune.errors import ArtifactError, FirmwareError


def test_boards_are_those_of_the_folders():
    boards = known_boards()
    assert sorted(boards) == sorted(path.name for path in (FIRMWARE / "boards").iterdir())
    assert sorted(name for name, board in boards.items() if board.machine) == sorted(ON_QEMU)
    assert boards["microbit"].memory == {"FLASH": Memory(0, 262144), "RAM": Memory(0x20000000, 16384)}
    assert (boards["mps2_an386"].core, boards["mps2_an386"].machine) == ("Cortex-M4", "mps2-an386")


@pytest.mark.parametrize("board", ["host", *ON_QEMU])
def test_every_board_runs_and_its_exit_status_carries_the_verdict(board, tmp_path):
    needs_qemu()
    image = built(tmp_path / "with blank, and comma", board)
    vectors, outputs = tiny_vectors(5)
    file = tmp_path / "vectors.bin"
    file.write_bytes(vectors)
    result = run_on_board(image, file, timeout_s=60)
    assert (result.vectors, result.mismatches, result.outputs) == (5, 0, outputs)
    file.write_bytes(tiny_vectors(5, wrong={3: 7})[0])
    result = run_on_board(image, file, timeout_s=60)
    assert (result.vectors, result.mismatches, result.outputs) == (5, 1, outputs)
    if board != "host":
        assert 0 < result.stack_bytes <= image.stack_bytes <= image.stack_reserved_bytes
        assert image.bin.stat().st_size == image.image_flash_bytes
        assert image.hex.exists()
        assert image.map.exists()


@pytest.mark.parametrize("board", ["netduinoplus2", "stm32vldiscovery"])
def test_the_small_model_is_bit_exact_on_the_parts_of_st(board, tmp_path):
    needs_qemu()
    done = make(f"BOARD={board}", "MODEL_DIR=models/small", f"OUT={tmp_path / 'out'}", "run")
    assert done.returncode == 0, done.stderr
    assert "bit-exact: every output byte is the expected one" in done.stdout
    assert re.search(r"mismatches +0$", done.stdout, re.MULTILINE)


def test_image_is_found_again_in_its_folder(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386")
    assert load_image(tmp_path / "out") == image
    with pytest.raises(ArtifactError, match="no image in "):
        load_image(tmp_path)


def test_instructions_are_exact_and_repeatable(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386")
    first, second = (run_on_board(image, tmp_path / "model" / "vectors.bin", timeout_s=60) for _ in range(2))
    assert first == second
    assert first.method == "exact: QEMU TCG plugin"
    assert first.instructions == first.instructions_min == first.instructions_max
    assert sum(cost.instructions for cost in first.functions) == first.instructions
    assert first.functions[0].function == "tiny_invoke"
    assert first.cycles_estimate > first.instructions


@pytest.mark.parametrize("board", CORES_ON_QEMU)
def test_plugin_counts_nothing_between_empty_markers_and_a_known_loop_by_arithmetic(board, tmp_path):
    needs_qemu()
    counts = counted(tmp_path, board, [TESTS / "c" / "markers" / "main.c"])
    assert counts == {"invocations": 2, "min": 0, "max": 1 + 1000 * 3 + 1 + 1, "total": 1 + 1000 * 3 + 1 + 1}


BEAT = {
    "patient": "ecgp_patient_beat(state, window, before, after, out)",
    "context": "ecgp_context_beat(state, window, before, after, out, (out) + ECGP_PATIENT_FEATURES)",
}
PARTS = {"patient": ("patient", "rhythm", "morphology", "select")}
PARTS["context"] = ("context", "similarity", "shape", *PARTS["patient"])


@pytest.mark.parametrize(("inputs", "page"), [("patient", "pruning.md"), ("context", "mixed.md")])
def test_patient_inputs_are_the_same_on_the_core_and_cost_what_the_manual_says(inputs, page, mitdb, tmp_path):
    needs_qemu()
    count, config = 400, DataConfig(database="mitdb", patient=True, context=inputs == "context")
    record = records.read_record(mitdb, "200")  # bigeminy: nothing is quick about it
    found = beats.record_beats(record, config)
    assert np.array_equal(found.sample[:count], record.beat_sample[:count])
    rr = np.diff(beats.to_rate(record.beat_sample, record.sample_rate_hz, config.sample_rate_hz))[:count]
    start, end = config.window_before - patient.BEFORE, config.window_before + patient.AFTER
    expected = found.patient if found.context is None else np.concatenate([found.patient, found.context], axis=1)
    values = {
        "int16_t windows[][ECGP_PATIENT_WINDOW]": found.window[:count, start:end],
        f"int8_t expected[][{expected.shape[1]}]": expected[:count],
        "uint16_t before[]": np.concatenate([[0], rr[:-1]]),
        "uint16_t after[]": rr,
    }
    (tmp_path / "beats.h").write_text(
        f'#include "ecgp_{inputs}.h"\n#define BEATS {count}u\n#define STATE ecgp_{inputs}_t\n'
        f"#define INIT ecgp_{inputs}_init\n#define BEAT(state, window, before, after, out) {BEAT[inputs]}\n"
        + "".join(f"static const {name} = {initializer(array)};\n" for name, array in values.items())
    )
    sources = [FIRMWARE / "lib" / "ecg" / f"ecgp_{part}.c" for part in PARTS[inputs]]
    counts = counted(tmp_path, "mps2_an386", [TESTS / "c" / "patient" / "main.c", tmp_path / "beats.h", *sources])
    assert counts["invocations"] == count
    mean, most = (f"{value / 1000:.1f} k" for value in (counts["total"] / count, counts["max"]))
    said = f"{mean} instructions a beat on a Cortex-M4, {most} at most"
    text = " ".join((FIRMWARE.parent / "docs" / "results" / page).read_text(encoding="utf-8").split())
    assert said in text
    out = tmp_path / "out"
    frames, pointed_to = stack.frames(out.rglob("*.su")), elf.pointed_to(out.rglob("*.o"))
    depth = stack.worst_case(elf.disassemble(out / "firmware.elf"), frames, pointed_to, f"ecgp_{inputs}_beat")
    size = re.search(r"^\S+ (\w+) b state", nm(out / "firmware.elf"), re.MULTILINE)
    assert f"{int(size[1], 16)} bytes of state for each patient and {depth.bytes} of stack" in text


@pytest.mark.parametrize(("board", "column"), [("mps2_an386", 1), ("microbit", 2)])
def test_the_filter_is_the_same_on_the_core_and_costs_what_the_manual_says(board, column, tmp_path):
    needs_qemu()
    rates = (250, 360, 1000)
    rng = np.random.default_rng(1)
    signals = [rng.integers(-32768, 32768, 2 * rate).astype(np.int16) for rate in rates]
    expected = [band_pass.causal(signal, rate, 200_000) for signal, rate in zip(signals, rates, strict=True)]
    values = {
        "uint16_t rates[]": rates, "uint32_t counts[]": [len(part) for part in expected],
        "int16_t sample_values[]": np.concatenate(signals), "int16_t expected_values[]": np.concatenate(expected),
    }  # fmt: skip
    text = "".join(f"static const {name} = {initializer(array)};\n" for name, array in values.items())
    (tmp_path / "signals.h").write_text(f"#include <stdint.h>\n{text}")
    app = [TESTS / "c" / "filter" / "main.c", tmp_path / "signals.h"]
    counts = counted(tmp_path, board, app, "ECGP_PREPROCESSING=ecgp_filter.c")
    assert counts["invocations"] == len(rates)
    found = [counts["total"] - counts["min"] - counts["max"], counts["min"], counts["max"]]
    page = (FIRMWARE.parent / "docs" / "internals" / "filter.md").read_text(encoding="utf-8")
    rows = [row for rate in rates for row in re.findall(rf"^\| {rate} Hz \|.*$", page, re.MULTILINE)]
    assert [f"{count / 1000:.1f} k" for count in found] == [row.split("|")[1 + column].strip() for row in rows]


def nm(image):
    command = ["arm-none-eabi-nm", "--print-size", image]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def initializer(array):
    return "{" + ", ".join(map(initializer, array)) + "}" if np.ndim(array) else str(array)


def test_the_qrs_detector_is_the_same_on_the_core_and_costs_what_the_manual_says(mitdb, tmp_path):
    needs_qemu()
    record = records.read_record(mitdb, "208")
    samples = record.signal[: 16 * 360].T
    low = np.stack([band_pass.low_passed(lead, 360, 200_000, 1024) for lead in samples])
    values = {f"uint32_t beats_{n}[]": [*qrs.detect(low[:n]).sample, 0] for n in (1, 2)}
    text = "".join(f"static const {name} = {initializer(np.array(array))};\n" for name, array in values.items())
    rows = ", ".join(initializer(lead) for lead in samples)
    text += f"#define SAMPLES {samples.shape[1]}u\nstatic const int16_t samples[2][SAMPLES] = {{{rows}}};\n"
    (tmp_path / "signals.h").write_text(f"#include <stdint.h>\n{text}")
    names = ("filter", "qrs", "qrs_lead", "qrs_levels", "qrs_doubt", "qrs_network", "sort")
    app = [TESTS / "c" / "qrs" / "main.c", tmp_path / "signals.h"]
    counts = counted(tmp_path, "mps2_an386", app, f"ECGP_PREPROCESSING={' '.join(f'ecgp_{n}.c' for n in names)}")
    assert counts["invocations"] == 2
    one, two = (f"{counts[key] / 10_000:.1f} k" for key in ("min", "max"))
    page = (FIRMWARE.parent / "docs" / "internals" / "qrs.md").read_text(encoding="utf-8")
    assert f"one lead takes {one} instructions a second, two leads take {two}" in " ".join(page.split())


def counted(folder, board, app, *words):
    """What the plugin counts between the markers of a program made of the files `app`; it must end with 0."""
    out = built_program(folder, board, app, *words)
    begin, end = (symbol(out / "firmware.elf", f"ecgp_marker_{name}") for name in ("begin", "end"))
    ran = run_program(out, board, "-plugin", f"./insn_count.so,begin={begin:#x},end={end:#x},out=counts.txt")
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in (out / "counts.txt").read_text().splitlines()[:4]]
    return {name: int(value) for name, value in lines}


def test_without_a_host_compiler_a_timer_counts_and_says_so(tmp_path, monkeypatch):
    needs_qemu()
    exact = run_on_board(built(tmp_path / "a", "mps2_an386", "TINY_SPIN"), tmp_path / "a/model/vectors.bin")
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "cc"))
    image = built(tmp_path / "b", "mps2_an386", "TINY_SPIN")
    assert not (image.folder / "insn_count.so").exists()
    timed = run_on_board(image, tmp_path / "b/model/vectors.bin")
    assert timed.method == "timer under QEMU's -icount, to 20 instructions: no host cc for the plugin"
    assert timed.instructions == pytest.approx(exact.instructions, abs=20)
    assert timed.functions == []


def test_sizes_are_those_of_the_size_program(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386", "TINY_ARENA_BYTES 4096")
    table = subprocess.run(["arm-none-eabi-size", image.elf], capture_output=True, text=True).stdout.splitlines()[1]
    text, data, bss = (int(word) for word in table.split()[:3])
    assert image.image_flash_bytes == text + data
    assert image.data_bytes == data + bss - image.stack_reserved_bytes
    assert image.image_ram_bytes == image.data_bytes + image.stack_bytes
    assert 4096 <= image.ram_bytes < 4096 + 128
    result = run_on_board(image, tmp_path / "model" / "vectors.bin")
    assert 4096 <= result.ram_bytes < 4096 + 128


def test_stack_is_the_sum_of_the_frames_on_its_path(tmp_path):
    needs_qemu()
    image = built(tmp_path, "mps2_an386", "TINY_FRAME 1000")
    assert image.stack_path[:3] == ("Reset_Handler", "run_main", "main")
    assert image.stack_path[-1] in ("tiny_invoke", "frame")
    assert 1000 <= image.stack_bytes <= 1000 + 200
    result = run_on_board(image, tmp_path / "model" / "vectors.bin", timeout_s=60)
    assert image.stack_bytes - 64 <= result.stack_bytes <= image.stack_bytes


def test_same_bytes_in_two_different_folders(tmp_path):
    needs_qemu()
    images = []
    for folder in (tmp_path / "a", tmp_path / "b" / "longer name"):
        shutil.copytree(FIRMWARE, folder / "firmware", ignore=shutil.ignore_patterns("build", "models"))
        model = tiny_model(tmp_path / folder.parent.name / f"model{len(images)}")
        out = model.parent / f"out{len(images)}"
        words = ["BOARD=mps2_an386", f"MODEL_DIR={model}", f"OUT={out}"]
        command = ["make", "-C", folder / "firmware", *words]
        made = subprocess.run(command, capture_output=True, text=True, env=build_environment())
        assert made.returncode == 0, made.stderr
        images.append((out / "firmware.elf").read_bytes())
    assert images[0] == images[1]
    assert str(tmp_path).encode() not in images[0]
    first, second = built(tmp_path / "c", "mps2_an386"), built(tmp_path / "d" / "e", "mps2_an386")
    for name in ("firmware.elf", "firmware.bin", "firmware.hex", "firmware.map", "image.json", "empty.elf"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name


def test_trace_holds_each_operators_output(tmp_path):
    needs_qemu()
    outputs = tiny_vectors(5)[1]
    for board in ("host", "mps2_an386"):
        image = built(tmp_path / board, board, trace=True)
        trace = tmp_path / board / "trace.bin"
        run_on_board(image, tmp_path / board / "model/vectors.bin", trace=trace, trace_limit=2)
        head = bytes([3, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0])
        assert trace.read_bytes() == head + outputs[:8] + head + outputs[8:16]
    plain = built(tmp_path / "plain", "host")
    with pytest.raises(FirmwareError, match="the trace cannot be written, or the build was made without TRACE=1"):
        run_on_board(plain, tmp_path / "plain/model/vectors.bin", trace=tmp_path / "no.bin")


def test_make_run_needs_no_python_and_speaks_to_a_person(tmp_path):
    needs_qemu()
    model = tiny_model(tmp_path / "model")
    path = path_without(tmp_path / "bin", "python", "pypy")
    said = make("BOARD=mps2_an386", f"MODEL_DIR={model}", f"OUT={tmp_path / 'out'}", "run", PATH=path)
    assert said.returncode == 0, said.stderr
    for line in [
        r"board +mps2_an386 \(Arm MPS2\+ AN386\)",
        r"core +Cortex-M4",
        r"vectors +5",
        r"mismatches +0",
        r"instructions +\d+ per inference",
        r"flash +\d+ bytes, the whole image",
        r"RAM +\d+ bytes \(data \d+, of it arena 16; stack \d+\)",
        r"verdict +bit-exact: every output byte is the expected one",
    ]:
        assert re.search(rf"^  {line}$", said.stdout, re.MULTILINE), (line, said.stdout)
    (model / "vectors.bin").write_bytes(tiny_vectors(5, wrong={0: 0, 2: 1})[0])
    said = make("BOARD=mps2_an386", f"MODEL_DIR={model}", f"OUT={tmp_path / 'out'}", "run")
    assert said.returncode != 0
    assert "verdict         NOT equal: 2 of 5 vectors differ" in said.stdout


def test_make_help_lists_every_target():
    said = make("help").stdout
    for target in ("all", "run", "size", "flash", "clean", "help"):
        assert re.search(rf"^  {target}\t", said, re.MULTILINE)


def predefined(*flags):
    """Options of cppcheck: the macros of arm-none-eabi-gcc that the firmware asks for, where they have a value."""
    told = subprocess.run(
        ["arm-none-eabi-gcc", "-mthumb", "-O2", *flags, "-dM", "-E", "-xc", "/dev/null"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    sources = [path.read_text() for path in FIRMWARE.rglob("*.[ch]")]
    asked = set(re.findall(r"\b__\w+\b", "\n".join(sources)))
    macros = (line.split(maxsplit=2)[1:] for line in told.splitlines())
    return [f"-D{name}={value[0]}" for name, *value in macros if name in asked and value]


CHECKED = {  # left to itself, cppcheck tries the first twelve combinations of macros, most of which no compiler has
    "another compiler": None,
    "GCC on a Cortex-M4": ["-mcpu=cortex-m4"],
    "GCC on a Cortex-M55": ["-mcpu=cortex-m55", "-mfloat-abi=hard"],
}


@pytest.mark.parametrize("flags", CHECKED.values(), ids=CHECKED)
def test_c_passes_cppcheck(flags):
    needs("cppcheck", "arm-none-eabi-gcc")
    macros = ["-DECGP_TRACE_ENABLED"] if flags is None else ["-DECGP_ASSERT_ENABLED", *predefined(*flags)]
    folders = [FIRMWARE / name for name in ("lib/nn", "lib/ecg", "harness", "platform", "tools")]
    includes = [f"-I{FIRMWARE / name}" for name in ("harness/empty", "platform", "lib/nn", "lib/ecg")]
    checks = ["--enable=warning,portability", "--std=c99", "--error-exitcode=1", "--quiet", "--inline-suppr",
              "--suppress=constStatement:*_asm.h"]  # fmt: skip  # it takes a variable in a named register for one
    command = ["cppcheck", *checks, *macros, *includes, *folders]
    said = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert said.returncode == 0, said.stderr
