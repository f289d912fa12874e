"""The tables of docs/results/streaming.md, from results/streaming.json. Written by docs_tables.py."""

import json
from functools import cache, partial
from pathlib import Path

STREAMING = Path(__file__).parent.parent / "results" / "streaming.json"
_NOISY = ((12, 1), (12, 2), (6, 2))  # decibels, leads
NOISY = {way: STREAMING.with_name("streaming-em{}-leads{}.json".format(*way)) for way in _NOISY}
SUBSETS = {"DS2": "DS2", "DS1": "DS1", "without paced": "44 without paced", "all": "all 48"}


@cache
def found():
    """The results."""
    return json.loads(STREAMING.read_text())["models"]


def gross():
    """Gross figures of both models, live and on annotated R peaks."""
    lines = _head("model", "records", "R peaks", "V Se", "V +P", "V F1", "S Se", "S +P", "S F1")
    for model, result in found().items():
        for subset, title in SUBSETS.items():
            part = result["subsets"][subset]
            for way, peaks in (("live", "live"), ("annotated", "annotated")):
                between = part["intervals"][way]
                cells = [_with_interval(part[way][kind], between[kind], key) for kind in "VS" for key in KEYS]
                lines.append(_row(f"`{model}`", title, peaks, *cells))
    return lines


def lost():
    """How many points of F1 the detector, the shut-down and the template beat's guard cost."""
    lines = _head("model", "records", "V", "S")
    for model, result in found().items():
        for subset, title in SUBSETS.items():
            part = result["subsets"][subset]
            cells = [f"{100 * (part['annotated'][kind]['f1'] - part['live'][kind]['f1']):.2f}" for kind in "VS"]
            lines.append(_row(f"`{model}`", title, *cells))
    return lines


def noise():
    """DS2 with em at 12 and 6 dB: `mixed` live, with one lead or two to find beats, and on annotated R peaks."""
    lines = _head("dB", "R peaks", "QRS Se", "QRS +P", "V Se", "V +P", "V F1", "S Se", "S +P", "S F1", "shut down")
    for (snr, leads), path in NOISY.items():
        part = json.loads(path.read_text())["models"]["mixed"]["subsets"]["DS2"]
        for way, title in (("live", f"live, {leads} lead{'s' * (leads > 1)}"), ("annotated", "annotated")):
            if way == "live" or leads == 2:
                qrs = [_share(part[way]["QRS"][key]) if way == "live" else "-" for key in KEYS[:2]]
                rates, spread = part[way], part["intervals"][way]
                cells = [_with_interval(rates[kind], spread[kind], key) for kind in "VS" for key in KEYS]
                lines.append(_row(snr, title, *qrs, *cells, _times(part)[-1] if way == "live" else "-"))
    return lines


def detection():
    """Gross figures of the detector, how late events come, and shut-down: the same with both models."""
    lines = _head("records", "QRS Se", "QRS +P", "latency, median", "99.9 %", "shut down", "beats without class")
    for subset, title in SUBSETS.items():
        part = found()["mixed"]["subsets"][subset]
        between = part["intervals"]["live"]["QRS"]
        cells = [_with_interval(part["live"]["QRS"], between, key) for key in KEYS[:2]]
        lines.append(_row(title, *cells, *_times(part), part["beats_without_class"]))
    return lines


def records(model):
    """Every record with one of the models."""
    lines = _head(
        "record", "QRS Se", "QRS +P", "V Se", "V +P", "V F1", "annotated", "S Se", "S +P", "S F1", "annotated",
        "latency, median", "99.9 %", "shut down",
    )  # fmt: skip
    result = found()[model]
    tested = set(result["subsets"]["DS2"]["records"])
    for name, row in result["records"].items():
        cells = [_share(row["live"]["QRS"][key]) for key in KEYS[:2]]
        for kind in "VS":
            cells += [_share(row["live"][kind][key]) for key in KEYS] + [_share(row["annotated"][kind]["f1"])]
        lines.append(_row(f"**{name}**" if name in tested else name, *cells, *_times(row)))
    return lines


small = partial(records, "small")
mixed = partial(records, "mixed")

KEYS = ("se", "ppv", "f1")


def _head(*names):
    return [_row(*names), "|---" * len(names) + "|"]


def _row(*cells):
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _times(row):
    late = row["latency_s"]
    return f"{late['median']:.2f} s", f"{late['99.9 %']:.2f} s", f"{100 * row['shut_down']:.1f} %"


def _share(share):
    return "-" if share is None else f"{100 * share:.2f}"


def _with_interval(rates, between, key):
    """A share, and its interval where it has one: F1 has none."""
    spread = between.get(key)
    return _share(rates[key]) + (f" [{100 * spread[0]:.1f}, {100 * spread[1]:.1f}]" if spread else "")
