"""Whether C and Python give every record of MIT-BIH the same events: results/stream_equal.json.

    python tools/stream_equal.py --data FOLDER --json results/stream_equal.json

The host build of ecgp_stream.h and ecgprune/ecg/stream.py get all samples, of one lead and of two. Their classifier is
a checksum of the inputs, so that every bit of every input shows in the class. Exit status 1: an event differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import board_parts  # noqa: E402
import stream_host  # noqa: E402

from ecgprune.artifacts import write_json  # noqa: E402
from ecgprune.ecg import filter as band_pass  # noqa: E402
from ecgprune.ecg import stream  # noqa: E402
from ecgprune.ecg.records import read_record  # noqa: E402

ADC = (0, 2047)
"""The range of MIT-BIH's ADC."""


def row(program: Path, data: Path, name: str, leads: int) -> dict[str, Any]:
    """One record on both."""
    record = read_record(data, name)
    samples = record.signal[:, :leads]
    each = [stream.Lead(band_pass.units_per_volt(record.gain[i]), int(record.baseline[i]), *ADC) for i in range(leads)]
    found = stream_host.run(program, samples, record.sample_rate_hz, each).events
    expected = stream.events(samples, record.sample_rate_hz, each, stream_host.CHECKSUM)
    differ = sum(a != b for a, b in zip(found, expected, strict=False)) + abs(len(found) - len(expected))
    return {"record": name, "leads": leads, "events": len(found), "differ": differ}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of MIT-BIH")
    parser.add_argument("--json", type=Path, help="file for the result")
    options = parser.parse_args()
    made: dict[str, Any] = {"sources_sha256": board_parts.sources_hash("lib/ecg")}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program = stream_host.build(Path(folder) / "stream", "-O2")
        for leads in (1, 2):
            for path in sorted(options.data.glob("*.hea")):
                rows.append(row(program, options.data, path.stem, leads))
                print(rows[-1], flush=True)
    if options.json:
        write_json(options.json, made | {"records": rows})
    return 1 if any(each["differ"] for each in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
