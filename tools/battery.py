"""How long a cell lasts with the live chain: results/battery.json, from the cycles in results/board_records.json.

    python tools/battery.py --json results/battery.json

The core sleeps, wakes for every frame of the ADC, runs the chain and sleeps again. Cycles are the estimate of
`tools/board_records.py` for a heart of 75 beats a minute at 360 Hz, filter to class, without UART and protocol, which
a device with an ADC does not need. Currents are the typical ones of the part's datasheet. Left out: the analogue front
end and what moves its samples, the radio, self-discharge, and a cell's losses under load.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import board_parts  # noqa: E402

from ecgprune.artifacts import write_json  # noqa: E402

RECORDS = ROOT / "results" / "board_records.json"
FRAMES_A_SECOND = 360
PART = {
    "name": "nRF52840",
    "source": "Nordic nRF52840 Product Specification, current consumption: typical, 3 V, 25 degrees C",
    "clock_hz": 64_000_000,
    "run_ma": 3.3,  # CPU running CoreMark from flash, cache enabled, HFXO, DC/DC
    "sleep_ma": 0.00316,  # System ON, full RAM retention, wake on RTC
    "wake_s": 3e-6,  # from System ON IDLE until the CPU executes
}
CELLS_MAH = {"CR2032": 225, "LiPo, 100 mAh": 100}


def lifetime(cycles_a_second: float) -> dict[str, Any]:
    """Duty cycle, mean current in microamperes, and days for each cell.

    Args:
        cycles_a_second: of the chain. Waking takes its time on top, with the current of running.
    """
    duty = cycles_a_second / PART["clock_hz"] + FRAMES_A_SECOND * PART["wake_s"]
    current = duty * PART["run_ma"] + (1 - duty) * PART["sleep_ma"]
    days = {cell: round(capacity / current / 24) for cell, capacity in CELLS_MAH.items()}
    return {
        "cycles_per_second": round(cycles_a_second), "duty_cycle": round(duty, 5),
        "microamperes": round(1000 * current, 2), "days": days,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True, help="file for the result")
    options = parser.parse_args()
    found = json.loads(RECORDS.read_text())
    made: dict[str, Any] = {"part": PART, "cells_mah": CELLS_MAH, "frames_per_second": FRAMES_A_SECOND}
    for leads in (1, 2):
        spent = dict(found[f"steady_{leads}"]["cycles_per_second_estimate"])
        spent.pop(board_parts.LINK)
        made[f"leads_{leads}"] = lifetime(sum(spent.values()))
    made |= {"cycles_model": found["cycles_model"], "from_sha256": hashlib.sha256(RECORDS.read_bytes()).hexdigest()}
    write_json(options.json, made)


if __name__ == "__main__":
    main()
