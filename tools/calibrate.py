"""`make calibrate`: measures layers on every core and writes ecgprune/codegen/cost/coefficients.

calibrate.py [CORE...]: only these cores.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ecgprune.calibration import fitting, measuring, suite
from ecgprune.calibration.networks import random_networks
from ecgprune.codegen import cost
from ecgprune.codegen.target import CORES
from ecgprune.graph.reader import read

REFERENCE = Path(__file__).parent.parent / "firmware" / "models" / "reference" / "model.tflite"
SEED = 1
PATTERNS = ("dense", "weight 60%", "block 80%")


def graphs():
    models = [read(REFERENCE), *(read(tflite) for _, _, tflite in random_networks(PATTERNS))]
    return suite.layers(SEED) + [layer for model in models for layer in suite.of_model(model)]


def main(cores):
    started = time.monotonic()
    layers = graphs()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = pool.map(lambda core: measuring.measure(layers, measuring.board_of(core)), cores)
        fits_of = [fitting.fit(found) for found in measured]
    for core, fits in zip(cores, fits_of, strict=True):
        fitting.write(fits, cost.FOLDER)
        calls = sum(fit.calls for fit in fits)
        print(f"{core}: {calls} calls measured, {time.monotonic() - started:.0f} s since the start")
        for fit in fits:
            print(f"  {fit.kernel:<34} {fit.calls:>4} calls, error {fit.mean:.1%}, at most {fit.worst:+.1%}")
            if abs(fit.worst) > 0.1:
                print(f"      {fit.farthest}")


if __name__ == "__main__":
    main(sys.argv[1:] or CORES)
