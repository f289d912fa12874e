"""Whole records on the emulated Cortex-M4 over its UART, and what the live chain costs: results/board_records.json.

    python tools/board_records.py --data FOLDER --json results/board_records.json

Each record of MIT-BIH goes through `firmware/examples/live` on QEMU as `ecgprune stream` sends it. Its events must be
those of the host build of the same C (`tools/stream_host.c`), all fields of each. QEMU counts the instructions of each
function from the start of the stream to its end; a made heart of 75 beats a minute, with one lead and with two, is
counted as well. The result has flash and RAM by part of the chain, from the image's symbols. Exit status 1: the board
gave other events.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import board_parts  # noqa: E402
import numpy as np  # noqa: E402
import stream_host  # noqa: E402
import stream_signals as signals  # noqa: E402

from ecgprune.artifacts import write_json  # noqa: E402
from ecgprune.board import blocks, cycles, find_board, link, live, session, tool_versions  # noqa: E402
from ecgprune.board.counts import read_counts  # noqa: E402
from ecgprune.board.elf import disassemble, symbol  # noqa: E402
from ecgprune.ecg.stream import Lead  # noqa: E402
from ecgprune.pipeline import live_input, live_model  # noqa: E402

RECORDS = ("100", "108", "114", "203", "207", "208", "217", "232")
"""A quiet one, the two that the detector finds hardest, an inverted lead, flutter, bigeminy, a pacemaker, pauses."""
STEADY_S, STEADY_PER_MINUTE, STEADY_HZ = 120, 75, 360
FIELDS = ("kind", "sample", "rr", "beat_class", "score", "reason", "quality", "late", "lead")


class Bench:
    """A board's program and the host's, around one model, for streams of a number of leads."""

    def __init__(self, model: live_model.LiveModel, board_name: str, leads: int, folder: Path) -> None:
        self.board, self.folder = find_board(board_name), folder
        model.write_code(self.board, folder / "model")
        self.image = live.build_live(folder / "model", self.board, folder, leads, STEADY_HZ, model.window)
        shipped = stream_host.FIRMWARE / "models" / model.tflite.parent.name
        self.host = stream_host.build(folder / "host", "-O2", model=shipped)
        self.plugin = board_parts.plugin(folder)
        self.functions = disassemble(self.image.program)
        self.parts = board_parts.parts_of(self.image.program, self.functions)

    def streamed(self, source: live_input.RecordInput) -> tuple[session.Tally, list[link.Event]]:
        """A source on the board, counted from the start of its stream to the end."""
        begin, end = (symbol(self.image.program, name) for name in ("ecgp_stream_init", "send_done"))
        words = f"{self.plugin},begin={begin:#x},end={end:#x},out={self.folder / 'counts.txt'}"
        events: list[link.Event] = []
        with live.started(self.image, ["-plugin", words]) as line:
            tally = session.stream(self.image, line, source.rate_hz, source.leads, source, events.append)
        if tally.failure is not None:
            raise tally.failure
        return tally, events

    def row(self, source: live_input.RecordInput) -> dict[str, Any]:
        """One source on both: whether the events are the same, and what it cost."""
        tally, events = self.streamed(source)
        leads = [Lead(lead.units_per_volt, lead.zero, lead.lowest, lead.highest) for lead in source.leads]
        expected = stream_host.run(self.host, source.samples, source.rate_hz, leads).events
        identical = [[getattr(event, name) for name in FIELDS] for event in events] == [
            [getattr(event, name) for name in FIELDS] for event in expected
        ]
        seconds = len(source.samples) / source.rate_hz
        counts = read_counts(self.folder / "counts.txt")
        instructions, spent = dict.fromkeys(board_parts.PARTS, 0.0), dict.fromkeys(board_parts.PARTS, 0.0)
        for function, part in zip(self.functions, self.parts, strict=True):
            count = sum(counts.by_address.get(insn.address, 0) for insn in function.instructions)
            if count:
                instructions[part] += count / seconds
                estimate = cycles.estimate(self.board.core, blocks.executed(function, counts.by_address))
                assert estimate is not None
                spent[part] += estimate.total / seconds
                self.cycles_model = estimate.model
        done = tally.done
        assert done is not None
        return {
            "record": source.name, "leads": len(source.leads), "seconds": round(seconds, 3),
            "events": len(events), "beats": sum(event.kind == 0 for event in events), "identical": identical,
            "frames_sent_again": tally.resent, "bytes_lost": done.overruns, "stack_bytes": done.stack_bytes,
            "stream_bytes": done.stream_bytes,
            "instructions_per_second": {part: round(count) for part, count in instructions.items()},
            "cycles_per_second_estimate": {part: round(count) for part, count in spent.items()},
        }  # fmt: skip


def steady(leads: int) -> live_input.RecordInput:
    """A made heart of 75 beats a minute."""
    samples = signals.adc(signals.heart(STEADY_HZ, STEADY_S, STEADY_PER_MINUTE))
    lead = link.Lead(signals.LEAD.units_per_volt, signals.LEAD.zero)
    return live_input.RecordInput(
        f"{STEADY_PER_MINUTE} a minute", STEADY_HZ, ("a", "b")[:leads], [lead] * leads,
        samples=np.stack([samples] * leads, axis=1), valid=np.ones(len(samples), np.bool_),
    )  # fmt: skip


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Prints a row, and gives it back."""
    total = sum(row["instructions_per_second"].values())
    same = "identical" if row["identical"] else "OTHER EVENTS"
    print(f"{row['record']}, {row['leads']} lead(s): {row['events']} events, {same}; {total} instructions/s")
    sys.stdout.flush()
    return row


def _merged(rows: list[dict[str, Any]], file: Path) -> list[dict[str, Any]]:
    """The rows of a file with the new ones in their places, and others behind."""
    old = json.loads(file.read_text()) if file.exists() else {"records": []}
    kept = {(row["record"], row["leads"]): {"sources_sha256": old["sources_sha256"]} | row for row in old["records"]}
    return list((kept | {(row["record"], row["leads"]): row for row in rows}).values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of MIT-BIH")
    parser.add_argument("--board", default="mps2_an386", help="an emulated Cortex-M4 with a UART")
    parser.add_argument("--model", default="small", help="a name in firmware/models")
    parser.add_argument("--records", nargs="*", default=RECORDS, help="names")
    parser.add_argument("--two-leads", nargs="*", default=[], help="of these records, both leads are streamed as well")
    parser.add_argument("--json", type=Path, help="file for the result")
    parser.add_argument("--add", action="store_true", help="keep the file's rows of other records; each row has the "
                        "hash of the sources that it is of")  # fmt: skip
    options = parser.parse_args()
    model = live_model.find_live_model(options.model)
    rows: list[dict[str, Any]] = []
    made: dict[str, Any] = {
        "about": "firmware/examples/live on QEMU, fed over the UART; each event compared with the host build's",
        "board": options.board, "model": {"name": options.model, "sha256": model.sha256},
        "sources_sha256": board_parts.sources_hash("lib/ecg", "examples/live"), "versions": tool_versions(),
    }  # fmt: skip
    fast = live_model.find_live_model(options.model, "speed")
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
        bench = Bench(fast, options.board, 1, Path(name))
        made["steady_1_speed"] = shown(bench.row(steady(1)))
        made["memory_1_speed"] = board_parts.memory(bench.image, made["steady_1_speed"]["stack_bytes"])
    for leads, names in ((1, options.records), (2, options.two_leads)):
        with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
            bench = Bench(model, options.board, leads, Path(name))
            print(f"{options.board}, {leads} lead(s)", flush=True)
            made[f"steady_{leads}"] = shown(bench.row(steady(leads)))
            made[f"memory_{leads}"] = board_parts.memory(bench.image, made[f"steady_{leads}"]["stack_bytes"])
            for record in names:
                source = live_input.read_record_input(str(options.data / record), leads, None, model.lead, False)
                rows.append(shown(bench.row(source)) | {"sources_sha256": made["sources_sha256"]})
            made["cycles_model"] = bench.cycles_model
    if options.json:
        write_json(options.json, made | {"records": _merged(rows, options.json) if options.add else rows})
    rows += [made[name] for name in ("steady_1", "steady_1_speed", "steady_2")]
    return 0 if all(row["identical"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
