"""The tables of docs/results/live-board.md: records on the board, costs by part, battery, equality, fuzzing."""

import json
from functools import cache
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "results"


@cache
def found(name):
    """One of the results."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def records():
    """Whole records on the emulated board."""
    lines = _head(
        "record", "leads", "events", "same as the host's", "frames sent again", "instructions a second", "stack"
    )
    for row in found("board_records")["records"]:
        total = sum(row["instructions_per_second"].values())
        same = "all" if row["identical"] else "no"
        cells = [row["record"], row["leads"], _count(row["events"]), same, row["frames_sent_again"]]
        lines.append(_row(*cells, _count(total), _count(row["stack_bytes"])))
    return lines


def parts():
    """Instructions, cycles, flash and RAM of each part at 75 beats a minute."""
    made = found("board_records")
    lines = _head(
        "part", "instructions a second, 1 lead", "2 leads", "cycles a second (est.), 1 lead", "2 leads",
        "flash, 1 lead", "2 leads",
    )  # fmt: skip
    keys = ("instructions_per_second", "cycles_per_second_estimate")
    columns = [made[f"steady_{n}"][key] for key in keys for n in (1, 2)]
    columns += [made[f"memory_{n}"]["flash"] for n in (1, 2)]
    lines += [_row(part, *(_count(column[part]) for column in columns)) for part in columns[0]]
    chain = [sum(n for part, n in column.items() if part not in NO_CHAIN) for column in columns]
    lines.append(_row("**filter to class**", *(f"**{_count(total)}**" for total in chain)))
    lines.append(_row("all", *(_count(sum(column.values())) for column in columns)))
    return lines


def ram():
    """RAM by owner."""
    made = found("board_records")
    ways = ("1", "1_speed", "2")
    lines = _head("RAM", "1 lead", "1 lead, `--optimize speed`", "2 leads")
    rows = {
        "state of the stream": lambda n: made[f"steady_{n}"]["stream_bytes"],
        "arena and instance of the model": lambda n: made[f"memory_{n}"]["ram"]["model"],
        "stack, deepest use": lambda n: made[f"memory_{n}"]["ram"]["stack"],
        "UART and protocol, and what is left": lambda n: _rest(made, n),
    }
    lines += [_row(title, *(_count(of(n)) for n in ways)) for title, of in rows.items()]
    lines.append(_row("**all**", *(f"**{_count(sum(made[f'memory_{n}']['ram'].values()))}**" for n in ways)))
    chain = [made[f"steady_{n}"]["instructions_per_second"] for n in ways]
    spent = [sum(count for part, count in parts.items() if part not in NO_CHAIN) for parts in chain]
    lines.append(_row("filter to class, instructions a second", *map(_count, spent)))
    return lines


def battery():
    """Days of a cell."""
    made = found("battery")
    lines = _head("leads", "cycles a second (est.)", "duty cycle", "mean current", *made["cells_mah"])
    for leads in (1, 2):
        row = made[f"leads_{leads}"]
        days = [f"{_count(days)} days" for days in row["days"].values()]
        duty = f"{100 * row['duty_cycle']:.2f} %"
        lines.append(_row(leads, _count(row["cycles_per_second"]), duty, f"{row['microamperes']:.1f} µA", *days))
    return lines


def equal():
    """C against Python on all records."""
    lines = _head("leads", "records", "events", "that differ")
    for leads in (1, 2):
        rows = [row for row in found("stream_equal")["records"] if row["leads"] == leads]
        lines.append(_row(leads, len(rows), _count(sum(r["events"] for r in rows)), sum(r["differ"] for r in rows)))
    return lines


def fuzzing():
    """Runs of the fuzzer."""
    lines = _head("seed", "minutes", "cases", "frames", "events", "findings", "firmware/lib/ecg, SHA-256")
    for run in found("fuzz_ecg")["runs"]:
        cells = [run["seed"], f"{run['minutes']:g}", *(_count(run[key]) for key in ("cases", "frames", "events"))]
        lines.append(_row(*cells, run["findings"], f"`{run['sources_sha256'][:12]}`"))
    return lines


NO_CHAIN = ("UART and protocol", "C library, startup")


def _rest(made, leads):
    memory = made[f"memory_{leads}"]["ram"]
    return sum(memory.values()) - memory["model"] - memory["stack"] - made[f"steady_{leads}"]["stream_bytes"]


def _head(*names):
    return [_row(*names), "|---" * len(names) + "|"]


def _row(*cells):
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _count(number):
    return f"{number:,}".replace(",", " ")
