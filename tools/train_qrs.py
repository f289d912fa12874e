"""Trains the network of the QRS detector, and writes its weights into Python and C.

    python tools/train_qrs.py --data FOLDER

FOLDER has mitdb, svdb and nstdb. Records of DS2 are not touched, nor the second halves of the noise records. A
candidate is a beat where its R peak is within 72 ms of an annotated one; those from 72 to 150 ms, and those in
ventricular flutter, are left out. As what the network sees depends on what it said before, it is trained twice: on the
candidates of a rule of thumb, then on those of its first version too. The network of two leads sees MIT-BIH's records
with noise too, em at 12 dB. That of one lead does not: it would miss more. Seeds are fixed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qrs_data import RATE_HZ, ROOT, Detector, Noise, Weights, low_passed, record, tuning_names

from ecgprune.ecg.ec57_periods import inside, marked
from ecgprune.ecg.qrs_network import inputs

HIDDEN, EPOCHS, BATCH, RATE, DECAY = 12, 4, 1024, 3e-3, 1e-4
NEAR, FAR = 13, 27  # samples from an annotated beat: within NEAR it is one, beyond FAR it is none
NOISE: dict[int, tuple[Noise, ...]] = {1: (), 2: (Noise("em", 12),)}
CAUTION = {1: 0, 2: 1024}  # taken off the scores: two leads show more that might be a beat
LARGEST = 3.9  # of a weight, in int8 of 1/32

Floats = NDArray[np.float32]


@cache
def rule_of_thumb(leads: int) -> Weights:
    """Scores by height in the first lead against its level, and less where a slope soon after a beat is flat."""
    hidden = np.zeros((HIDDEN, inputs(leads)), np.int64)
    bias, out = np.zeros((2, HIDDEN), np.int64)
    hidden[0, 0], bias[0], out[0] = 32, 1228, 127
    hidden[1, 2], hidden[1, 7 * leads + 1], bias[1], out[1] = -32, -64, -1024, -127
    return Weights(hidden, bias, out, -1500)


@cache
def candidates(
    detector: Detector, data: Path, name: str, leads: int, noise: Noise | None, weights: Weights
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Features [candidates, features] and whether each is a beat, of a record."""
    _, found = detector.run(low_passed(data, name, leads, noise), weights)
    rate = record(data, name)[0].sample_rate_hz
    reference = marked(record(data, name)[1].at_rate(rate, RATE_HZ), FAR)
    peak = found[:, 0]
    at = np.clip(np.searchsorted(reference.sample, peak), 1, len(reference.sample) - 1)
    far = np.minimum(np.abs(peak - reference.sample[at]), np.abs(peak - reference.sample[at - 1]))
    kept = ((far <= NEAR) | (far > FAR)) & ~inside(reference.flutter, peak.astype(np.int64))
    return found[kept, 1 : 1 + inputs(leads)].astype(np.int8), far[kept] <= NEAR


def fitted(features: NDArray[np.int8], beat: NDArray[np.bool_], seed: int = 0) -> Weights:
    """A network trained on candidates: Adam, cross-entropy, cosine decay; rounded to integers at the end."""
    rng = np.random.default_rng(seed)
    x, y = features.astype(np.float32) / 32, beat.astype(np.float32)
    count, width = x.shape
    values: list[Floats] = [
        rng.normal(0, width**-0.5, (HIDDEN, width)).astype(np.float32), np.zeros(HIDDEN, np.float32),
        rng.normal(0, HIDDEN**-0.5, HIDDEN).astype(np.float32), np.zeros(1, np.float32),
    ]  # fmt: skip
    mean, square = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values]
    steps, step = EPOCHS * (count // BATCH), 0
    for _ in range(EPOCHS):
        order = rng.permutation(count)
        for start in range(0, count - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            gradients = _gradients(values, x[rows], y[rows])
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
            for value, gradient, m, s in zip(values, gradients, mean, square, strict=True):
                m += 0.1 * (gradient - m)
                s += 0.001 * (gradient**2 - s)
                value -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
            for value in (values[0], values[2]):
                np.clip(value, -LARGEST, LARGEST, out=value)
    hidden, bias, out, out_bias = values
    whole = [np.rint(v).astype(np.int64) for v in (hidden * 32, bias * 1024, out * 32, out_bias * 1024)]
    return Weights(whole[0], whole[1], whole[2], int(whole[3][0]))


def _gradients(values: Sequence[Floats], x: Floats, y: Floats) -> list[Floats]:
    hidden, bias, out, out_bias = values
    sums = x @ hidden.T + bias
    given = np.maximum(sums, 0)
    odds = given @ out + out_bias[0]
    error = (1 / (1 + np.exp(-np.clip(odds, -30, 30))) - y) / len(y)
    back = np.outer(error, out) * (sums > 0)
    return [back.T @ x + DECAY * hidden, back.sum(axis=0), error @ given, np.array([error.sum()], np.float32)]


def trained(detector: Detector, data: Path, names: Sequence[str], leads: int) -> Weights:
    """The network of records. MIT-BIH's are taken with noise too, where the number of leads has any."""
    weights, seen = rule_of_thumb(leads), []
    for _ in range(2):
        for noise in (None, *NOISE[leads]):
            for name in names:
                if noise is None or not name.startswith("8"):
                    seen.append(candidates(detector, data, name, leads, noise, weights))
        weights = fitted(np.concatenate([x for x, _ in seen]), np.concatenate([y for _, y in seen]))
    return replace(weights, out_bias=weights.out_bias - CAUTION[leads])


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description="Train the network of the QRS detector.")
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb, svdb and nstdb")
    options = parser.parse_args()
    detector = Detector()
    names = [name for part in tuning_names(options.data) for name in part]
    found = {leads: trained(detector, options.data, names, leads) for leads in NOISE}
    write(found)


def write(found: dict[int, Weights]) -> None:
    """Writes ecgprune/ecg/qrs_weights.py and firmware/lib/ecg/ecgp_qrs_network_parts.h."""
    python = [
        '"""Weights of the QRS detector\'s network, by tools/train_qrs.py; ecgp_qrs_network_parts.h has the same."""',
        "", "from __future__ import annotations", "", '__all__ = ["HIDDEN", "WEIGHTS"]', "", f"HIDDEN = {HIDDEN}",
        '"""Units of the hidden layer."""', "", "# fmt: off",
        "WEIGHTS: dict[int, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]] = {",
    ]  # fmt: skip
    c = [
        "/* SPDX-License-Identifier: Apache-2.0 */", "/**", " * @file ecgp_qrs_network_parts.h",
        " * @brief Weights of the QRS detector's network, written by tools/train_qrs.py; for ecgp_qrs_network.c alone.",
        " */", "#ifndef ECGP_QRS_NETWORK_PARTS_H", "#define ECGP_QRS_NETWORK_PARTS_H", "", "#include <stdint.h>", "",
        "#ifdef __cplusplus", 'extern "C" {', "#endif", "", f"#define HIDDEN {HIDDEN}u /* units */",
    ]  # fmt: skip
    for leads, weights in sorted(found.items()):
        parts = (weights.hidden.ravel(), weights.hidden_bias, weights.out)
        rows = [line for part in parts for line in ("        (", *_lines(part, 12), "        ),")]
        python += [f"    {leads}: (", *rows]
        python += [f"        {weights.out_bias},", "    ),"]
        c += ["", "#if ECGP_QRS_LEADS > 1"] if leads > 1 else [""]
        for name, kind, part in zip(("WEIGHT", "BIAS", "OUT"), ("int8_t", "int16_t", "int8_t"), parts, strict=True):
            c += [f"static const {kind} {name}_{leads}[{len(part)}] = {{", *_lines(part, 4), "};"]
        c += [f"#define OUT_BIAS_{leads} ({weights.out_bias})", *(["#endif"] if leads > 1 else [])]
    python += ["}", '"""{leads: (hidden layer, [HIDDEN, features]; its biases; output; its bias)}."""', ""]
    c += ["", "#ifdef __cplusplus", "}", "#endif", "", "#endif /* ECGP_QRS_NETWORK_PARTS_H */", ""]
    (ROOT / "ecgprune" / "ecg" / "qrs_weights.py").write_text("\n".join(python), encoding="utf-8")
    (ROOT / "firmware" / "lib" / "ecg" / "ecgp_qrs_network_parts.h").write_text("\n".join(c), encoding="utf-8")


def _lines(values: NDArray[np.int64], indent: int) -> list[str]:
    """Values with commas, as many as go into a line."""
    rows, words = [" " * indent], [f"{value}," for value in values.tolist()]
    for word in words:
        if len(rows[-1]) + len(word) > 116:
            rows.append(" " * indent)
        rows[-1] += word if rows[-1].isspace() else f" {word}"
    return rows


if __name__ == "__main__":
    main()
