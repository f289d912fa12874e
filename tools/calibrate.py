"""`make calibrate`: measures layers on every core and writes ecgprune/codegen/cost/coefficients.

calibrate.py [--kernel KERNEL]... [CORE...]: only these kernels, on these cores.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ecgprune.calibration import fitting, measuring, suite
from ecgprune.codegen import cost
from ecgprune.codegen.target import CORES, Target
from ecgprune.errors import EcgpruneError
from ecgprune.formatting import percent
from ecgprune.graph.reader import read

REFERENCE = Path(__file__).parent.parent / "firmware" / "models" / "reference" / "model.tflite"
SEED = 1
PATTERNS = ("dense", "weight 60%", "block 80%")


def graphs(kernels):
    """All operators' cases, and the layers of whole models; only the cases of the operators that take the kernels."""
    if kernels:
        return suite.layers(SEED, suite.operators_of(kernels))
    from ecgprune.calibration.networks import random_networks  # imports TensorFlow

    models = [read(REFERENCE), *(read(tflite) for _, _, tflite in random_networks(PATTERNS))]
    return suite.layers(SEED) + [layer for model in models for layer in suite.of_model(model)]


def calibrate(cores, kernels):
    """Measures on all cores at once, writes the coefficients and tells how well they predict."""
    started = time.monotonic()
    layers = graphs(kernels)

    def measured(core):
        return measuring.measure(layers, measuring.board_of(Target(core).core), kernels=kernels or None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fits_of = [fitting.fit(found) for found in pool.map(measured, cores)]
    for core, fits in zip(cores, fits_of, strict=True):
        fitting.write(fits, cost.FOLDER)
        calls = sum(fit.calls for fit in fits)
        print(f"{core}: {calls} calls measured, {time.monotonic() - started:.0f} s since the start")
        for fit in fits:
            told = {"instructions": fit.instructions, "cycles": fit.cycles}
            errors = [f"{name} {percent(x.mean)}, at most {percent(x.worst, signed=True)}" for name, x in told.items()]
            print(f"  {fit.kernel:<34} {fit.calls:>4} calls, error of {'; '.join(errors)}")
            for name, fitted in told.items():
                if abs(fitted.worst) > 0.1:
                    print(f"      {fitted.farthest} ({name})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fit the cost model to instructions counted on QEMU and cycles.")
    parser.add_argument("--kernel", action="append", default=[], help="only this kernel, ecgp_add_s8; may be repeated")
    parser.add_argument("core", nargs="*", default=CORES, help=f"only these cores, of {', '.join(CORES)}")
    given = parser.parse_args()
    try:
        calibrate(given.core, given.kernel)
    except EcgpruneError as error:
        sys.exit(f"calibrate.py: {error}")
