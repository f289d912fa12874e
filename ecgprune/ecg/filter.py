"""The band-pass of every ECG signal: causal, linear-phase, in integers; firmware/lib/ecg/ecgp_filter.c is its equal.

From samples of an ADC at 128 to 1000 Hz to int16 at 180 Hz in units of 5 uV, in three parts:

1. Samples are brought to units of 5 uV.
2. A low-pass resamples them. Its impulse response is a continuous function of time, that of |H|^2 of a Butterworth
   filter of order 2 (-6 dB at 40 Hz), cut off at 29 ms. PROTOTYPE has its values at 1440 Hz; between them it is linear.
   An output is the sum of the inputs, each weighed by the value at its distance in time. So all rates have the same
   frequency response, a rate needs no table of its own, and any ratio of two rates works.
3. A high-pass subtracts the mean over 2/3 s of means over 2/3 s: -6 dB at 0.66 Hz. A constant signal gives 0 exactly.

Both filters are symmetric in time, so no wave changes its shape by the phase. The causal output comes `delay()` samples
late: `filtered` takes that back. Before its first sample a signal counts as constant, and so it does after its last.

All arithmetic fits in 32 bits. A shift to the right rounds down; half a unit is added before where it is to nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BAND_HZ",
    "LSB_MV",
    "OUT_RATES_HZ",
    "RATES_HZ",
    "RATE_HZ",
    "UNITS",
    "causal",
    "check_rates",
    "coefficients",
    "delay",
    "filtered",
    "low_passed",
    "reach",
    "scaled",
    "units_per_volt",
]

RATE_HZ = 180
"""Rate of the filtered signal, unless said otherwise."""

RATES_HZ = (128, 1000)
"""Lowest and highest rate of the samples that come in."""

OUT_RATES_HZ = (128, 380)
"""Lowest and highest rate of the filtered signal."""

UNITS = (100, 1_000_000_000)
"""Least and largest gain, in ADC units per volt."""

BAND_HZ = (0.66, 40.0)
"""Where the response is down by 6 dB."""

LSB_MV = 0.005
"""Millivolts per unit of the filtered int16 signal: MIT-BIH's own 200 units per millivolt."""

# firmware/lib/ecg/ecgp_filter.c has the same constants, and a test compares the two.
PROTOTYPE_HZ = 1440
PROTOTYPE = (
    2918, 2877, 2768, 2608, 2412, 2195, 1966, 1734, 1506, 1288, 1082, 893, 720, 567, 431, 314, 213, 129, 60, 4, -39,
    -72, -96, -112, -122, -126, -126, -122, -116, -108, -99, -90, -79, -70, -60, -51, -42, -34, -27, -21, -16, -11,
)  # fmt: skip
"""Values of the low-pass's impulse response at 0, 1, ... / PROTOTYPE_HZ s; 0 at 42 / PROTOTYPE_HZ s and after it. They
are as large as sums of products with int16 let them be, at 1000 Hz."""

_LOWEST, _HIGHEST = -32768, 32767
_UNITS_PER_VOLT = 200_000  # of the filtered signal


def units_per_volt(gain: float) -> int:
    """The gain of a lead as `causal` takes it, from its ADC units per millivolt."""
    return round(1000 * gain)


def filtered(
    samples: NDArray[np.integer], rate_hz: int, gain: int, zero: int = 0, out_hz: int = RATE_HZ
) -> NDArray[np.int16]:
    """A whole record filtered, without the delay: sample k is at k / out_hz seconds.

    Args:
        samples: [samples], as the ADC gives them.
        rate_hz: their rate.
        gain: ADC units per volt.
        zero: ADC units at 0 V.
        out_hz: rate of the result.

    Returns:
        int16 [ceil(samples * out_hz / rate_hz)] in units of LSB_MV. It is what `causal` gives of the record and of its
        last sample, repeated, without the first `delay(out_hz)` samples.

    Raises:
        ValueError: rate_hz is not in RATES_HZ, out_hz not in OUT_RATES_HZ, or the gain not in UNITS.
    """
    count = -(-len(samples) * out_hz // rate_hz)
    if not count:
        return np.zeros(0, np.int16)
    late = delay(out_hz)
    low = _low_passed(scaled(samples, gain, zero), _Resampling.between(rate_hz, out_hz), count + late)
    return _high_passed(low, count + late, out_hz)[late:]


def causal(
    samples: NDArray[np.integer], rate_hz: int, gain: int, zero: int = 0, out_hz: int = RATE_HZ
) -> NDArray[np.int16]:
    """What ecgp_filter_push() gives, one sample after the other.

    Args:
        samples: as of `filtered`, and so are the others.
        rate_hz: their rate.
        gain: ADC units per volt.
        zero: ADC units at 0 V.
        out_hz: rate of the result.

    Returns:
        int16: sample k is at (k - delay(out_hz)) / out_hz seconds.
    """
    low = _resampled(samples, rate_hz, gain, zero, out_hz)
    return _high_passed(low, len(low) - 1, out_hz) if len(low) else np.zeros(0, np.int16)


def low_passed(
    samples: NDArray[np.integer], rate_hz: int, gain: int, zero: int = 0, out_hz: int = RATE_HZ
) -> NDArray[np.int16]:
    """What ecgp_filter_low() gives after each output of ecgp_filter_push(): resampled, before the high-pass.

    Args:
        samples: as of `filtered`, and so are the others.
        rate_hz: their rate.
        gain: ADC units per volt.
        zero: ADC units at 0 V.
        out_hz: rate of the result.

    Returns:
        int16, as many as `causal` gives: sample k is at k / out_hz seconds, and known 29 to 31 ms later.
    """
    return _resampled(samples, rate_hz, gain, zero, out_hz)[:-1].astype(np.int16)


def delay(out_hz: int = RATE_HZ) -> int:
    """Samples at out_hz by which the causal output is late."""
    return _mean_of(out_hz) - 1


def reach(rate_hz: int) -> int:
    """Inputs to either side that make a sample of the output, as ECGP_FILTER_REACH_AT()."""
    return -(-len(PROTOTYPE) * rate_hz // PROTOTYPE_HZ)


def check_rates(rate_hz: int, out_hz: int = RATE_HZ) -> None:
    """Raises ValueError where the filter does not take samples at rate_hz, or does not give them at out_hz."""
    for verb, rate, (lowest, highest) in (("takes", rate_hz, RATES_HZ), ("gives", out_hz, OUT_RATES_HZ)):
        if not lowest <= rate <= highest:
            raise ValueError(f"the rate is {rate} Hz, and the filter {verb} {lowest} to {highest} Hz")


def scaled(samples: NDArray[np.integer], gain: int, zero: int) -> NDArray[np.int64]:
    """Samples in units of 5 uV, to nearest, halves up, clipped to int16.

    The factor 200000 / gain is kept as a number of 14 bits and a shift, rounded down.

    Args:
        samples: [samples], as the ADC gives them.
        gain: ADC units per volt.
        zero: ADC units at 0 V.

    Raises:
        ValueError: the gain is not in UNITS.
    """
    if not UNITS[0] <= gain <= UNITS[1]:
        raise ValueError(f"the gain is {gain / 1000:g} ADC units per mV, and the filter takes 0.1 to 1000000")
    over, under, shift = _UNITS_PER_VOLT, gain, 13
    while over < under:
        over, shift = 2 * over, shift + 1
    while over >= 2 * under:
        under, shift = 2 * under, shift - 1
    factor = (over << 13) // under
    units: NDArray[np.int64] = ((samples.astype(np.int64) - zero) * factor + (1 << shift >> 1)) >> shift
    return units.clip(_LOWEST, _HIGHEST)


def coefficients(rate_hz: int, out_hz: int = RATE_HZ) -> NDArray[np.int64]:
    """[phases, taps], oldest sample first: phase p * gcd(rate_hz, out_hz) / out_hz of a sample after the middle one.

    The middle one is taps // 2 - 1. All rows have the same sum, so that a constant stays one: what the prototype's
    values lack goes to the two samples about the output.
    """
    resampling = _Resampling.between(rate_hz, out_hz)
    step = (PROTOTYPE_HZ << 16) // rate_hz
    phase = np.arange(0, out_hz, gcd(rate_hz, out_hz), dtype=np.int64)[:, None]
    start = phase * ((PROTOTYPE_HZ << 20) // (rate_hz * out_hz)) >> 4
    number = np.arange(1 - resampling.reach, resampling.reach + 1)
    position = np.where(number > 0, number * step - start, start - number * step)
    index = np.minimum(position >> 16, len(PROTOTYPE))
    table = np.array([*PROTOTYPE, 0, 0], np.int64)
    part = (table[index + 1] - table[index]) * ((position & 0xFFFF) >> 1)
    found: NDArray[np.int64] = table[index] + ((part + (1 << 14)) >> 15)
    lacking = resampling.total - found.sum(axis=1)
    after = (lacking * (phase[:, 0] * (65536 // out_hz)) + (1 << 15)) >> 16
    found[:, resampling.reach - 1] += lacking - after
    found[:, resampling.reach] += after
    return found


@dataclass(frozen=True)
class _Resampling:
    """From one rate to another.

    Attributes:
        rate_hz: of the input.
        out_hz: of the output.
        reach: inputs on either side that make an output.
        total: the sum of the coefficients.
        shift: of sums of products, so that 2 or 3 bits of them are below 5 uV.
        scale: 2**(shift + 15) / total, to nearest.
    """

    rate_hz: int
    out_hz: int
    reach: int
    total: int
    shift: int
    scale: int

    @classmethod
    def between(cls, rate_hz: int, out_hz: int) -> _Resampling:
        check_rates(rate_hz, out_hz)
        area = PROTOTYPE[0] + 2 * sum(PROTOTYPE[1:])
        total = rate_hz * area // PROTOTYPE_HZ
        shift = total.bit_length() - 3
        return cls(rate_hz, out_hz, reach(rate_hz), total, shift, ((1 << shift + 15) + total // 2) // total)

    def due(self, inputs: int) -> int:
        """Outputs that follow from `inputs` inputs alone: those on either side are known."""
        return max(0, -(-(inputs - self.reach) * self.out_hz // self.rate_hz))

    def normal(self, value: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums of products as samples, to nearest, clipped to int16."""
        found: NDArray[np.int64] = ((value >> self.shift) * self.scale + (1 << 14)) >> 15
        return found.clip(_LOWEST, _HIGHEST)


def _resampled(samples: NDArray[np.integer], rate_hz: int, gain: int, zero: int, out_hz: int) -> NDArray[np.int64]:
    """What `_low_passed` gives of all outputs that follow from the samples; empty where none does."""
    resampling = _Resampling.between(rate_hz, out_hz)
    count = resampling.due(len(samples))
    if not count:
        return np.zeros(0, np.int64)
    return _low_passed(scaled(samples, gain, zero), resampling, count)


def _low_passed(samples: NDArray[np.int64], resampling: _Resampling, count: int) -> NDArray[np.int64]:
    """`count` samples at the new rate; after them, one that stands for all before the first."""
    rate_hz, out_hz, reach = resampling.rate_hz, resampling.out_hz, resampling.reach
    table = coefficients(rate_hz, out_hz)
    ahead = max(0, (count - 1) * rate_hz // out_hz + reach + 1 - len(samples))
    held = np.concatenate([np.repeat(samples[:1], reach), samples, np.repeat(samples[-1:], ahead)])
    phases = len(table)
    stride = rate_hz * phases // out_hz  # inputs from an output to the next one with the same phase
    sums = np.empty(count + 1, np.int64)
    sums[-1] = resampling.total * samples[0]
    for first in range(min(phases, count)):
        start, number = first * rate_hz // out_hz + 1, -(-(count - first) // phases)
        row = table[first * rate_hz % out_hz // gcd(rate_hz, out_hz)]
        last = (number - 1) * stride + 1
        sums[first:count:phases] = sum(
            weight * held[start + tap : start + tap + last : stride] for tap, weight in enumerate(row)
        )
    return resampling.normal(sums)


def _high_passed(low: NDArray[np.int64], count: int, out_hz: int) -> NDArray[np.int16]:
    """`count` samples less the mean of means about each, late by the delay; `low` as `_low_passed` gives it."""
    size = _mean_of(out_hz)
    held = np.concatenate([np.repeat(low[-1:], 2 * size), low[:-1]])
    sums = _moving_sum(_moving_sum(held, size), size)[-count:]
    middle = held[size + 1 :][:count]
    parts = size * size // 4
    difference = np.clip(parts * middle - (sums >> 2), -_HIGHEST * parts, _HIGHEST * parts)
    shift = parts.bit_length() - 2
    inverse = (1 << shift + 16) // parts
    found: NDArray[np.int16] = (((difference >> shift) * inverse + (1 << 15)) >> 16).astype(np.int16)
    return found


def _mean_of(out_hz: int) -> int:
    """Samples of a mean: 2/3 s, even."""
    return 2 * ((out_hz + 1) // 3)


def _moving_sum(values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    total = np.concatenate([[0], np.cumsum(values)])
    found: NDArray[np.int64] = total[size:] - total[:-size]
    return found
