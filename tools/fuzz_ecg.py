"""`make fuzz-ecg`: random signals, rates, gains, gaps and cuts through the live ECG's C, built with sanitizers.

    python tools/fuzz_ecg.py --minutes 60 --seed 1 --json results/fuzz_ecg.json
    python tools/fuzz_ecg.py --only 4711          # one case again

A finding is what a sanitizer reports, a run of more than a minute, events that are not those of ecgprune/ecg/stream.py,
beats out of order, or a beat that comes later than ECGP_STREAM_WAIT allows. It is printed, and the exit status is 1.
The result names the sources by a hash over firmware/lib/ecg: names and contents, in the order of the names.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import board_parts  # noqa: E402
import numpy as np  # noqa: E402
import stream_host  # noqa: E402
import stream_signals as signals  # noqa: E402

from ecgprune.artifacts import write_json  # noqa: E402
from ecgprune.ecg import stream  # noqa: E402

RATES = (128, 129, 130, 180, 200, 250, 256, 257, 360, 500, 720, 997, 1000)
LATEST_S = stream.WAIT / 180 + 0.1  # after an R peak, where no search back found it


def draw_signal(draw, rate):
    """Samples of a random kind, for 1 to 60 s."""
    seconds = float(draw.uniform(1, 60))
    count = int(seconds * rate)
    kind = int(draw.integers(8))
    if kind == 0:
        return draw.integers(-32768, 32768, count)
    if kind == 1:
        return np.where(np.cumsum(draw.random(count) < 1 / rate) % 2, -32768, 32767)
    if kind == 2:
        return np.clip(np.cumsum(draw.normal(0, float(10 ** draw.uniform(-1, 4)), count)), -32768, 32767)
    if kind == 3:
        return np.full(count, int(draw.integers(-32768, 32768)))
    wave = signals.fibrillation(rate, seconds)
    if kind > 4:
        wave = signals.heart(rate * draw.uniform(0.98, 1.02), seconds, draw.uniform(15, 320))
    size = min(len(wave), count)
    wave = wave[:size] + draw.normal(0, float(10 ** draw.uniform(-3, 0)), size)
    if kind == 6:
        wave += signals.hum(rate, seconds, 50 if draw.random() < 0.5 else 60)[:size]
    found = signals.adc(wave * 10 ** draw.uniform(-1.5, 0.7))
    if kind == 7:
        start = draw.uniform(0, seconds)
        found = signals.lost(found, rate, start, start + draw.uniform(0, 20), int(draw.choice([0, 1024, 2047])))
    return found


def draw_case(seed, number):
    """(samples, rate, leads, gaps, frames of a push) of a case."""
    draw = np.random.default_rng([seed, number])
    rate = int(draw.choice(RATES)) if draw.random() < 0.7 else int(draw.integers(128, 1001))
    columns = [draw_signal(draw, rate) for _ in range(int(draw.integers(1, stream.LEADS + 1)))]
    size = min(map(len, columns))
    samples = np.stack([column[:size] for column in columns], axis=1).astype(np.int16)
    lead = signals.LEAD
    if draw.random() < 0.3:
        lead = stream.Lead(int(10 ** draw.uniform(2, 9)), int(draw.integers(-32768, 32768)))
    at = np.sort(draw.integers(0, size + 1, int(draw.integers(4))))
    gaps = [(int(place), int(10 ** draw.uniform(0, 9.6))) for place in at]
    return samples, rate, [lead] * samples.shape[1], gaps, int(draw.choice([0, 0, 1, 7, 360, 100_000]))


def judged(program, case):
    """(what is wrong with a case, "" where nothing is; its events)."""
    samples, rate, leads, gaps, part = case
    try:
        done = stream_host.run(program, samples, rate, leads, gaps, part)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return str(error), 0
    expected = stream.events(samples, rate, leads, stream_host.CHECKSUM, gaps)
    if done.events != expected:
        pairs = zip(done.events, expected, strict=False)
        first = next((pair for pair in pairs if pair[0] != pair[1]), "their number")
        return f"other events than Python's: {len(done.events)}, {len(expected)}; {first}", 0
    beats = [(event, taken) for event, taken in zip(done.events, done.taken, strict=True) if event.kind == stream.BEAT]
    if not gaps and any(b[0].sample <= a[0].sample for a, b in itertools.pairwise(beats)):
        return "beats out of order", 0
    late = [taken - event.sample for event, taken in beats if not event.late and event.sample > 3 * rate]
    if not gaps and late and max(late) > LATEST_S * rate:
        return f"a beat after {max(late) / rate:.2f} s", 0
    return "", len(done.events)


def versions():
    """Of what the C was built with, and of NumPy, which draws the cases."""
    gcc = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
    return {"gcc": gcc, "python": platform.python_version(), "numpy": np.__version__}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long")
    parser.add_argument("--seed", type=int, default=1, help="of all cases")
    parser.add_argument("--only", type=int, help="number of the one case to run")
    parser.add_argument("--json", type=Path, help="file for the result")
    options = parser.parse_args()
    found = events = frames = 0
    made = {"sources_sha256": board_parts.sources_hash("lib/ecg"), "versions": versions()}
    with tempfile.TemporaryDirectory() as name:
        program = stream_host.build(Path(name) / "stream", *stream_host.SANITIZERS)
        ends = time.monotonic() + 60 * options.minutes
        number = options.only or 0
        while options.only is not None or time.monotonic() < ends:
            case = draw_case(options.seed, number)
            wrong, count = judged(program, case)
            events, frames = events + count, frames + len(case[0])
            if wrong:
                found += 1
                print(f"case {number} of seed {options.seed}: {wrong}", flush=True)
            number += 1
            if options.only is not None:
                break
    if options.json:
        ran = {"seed": options.seed, "minutes": options.minutes, "cases": number, "findings": found}
        flags = [flag for flag in stream_host.SANITIZERS if flag.startswith("-f")]
        write_json(options.json, ran | {"frames": frames, "events": events, "sanitizers": flags} | made)
    print(f"{number - (options.only or 0)} cases of seed {options.seed}: {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
