"""What PhysioNet's bxb, rxr and sumstats print, and the same figures of ours, number by number as printed.

Both are {what: text}. A figure that is a share is printed from its counts, as the C programs do.
"""

import re

import numpy as np

from ecgprune.ecg.ec57_beats import rates, rms
from ecgprune.ecg.ec57_periods import LABELS, marked
from ecgprune.ecg.ec57_runs import run_rates
from ecgprune.ecg.ec57_totals import averages

STATISTIC = re.compile(r"^ *(\S[^:\n]*): +(-|\d+\.?\d*%) +\((\d+)/(\d+)\)$", re.MULTILINE)
RATES = {"sensitivity": ("tp", "fn"), "positive predictivity": ("tp", "fp")}
BEATS = {"QRS": "QRS", "VEB": "V", "SVEB": "S"}
RUNS = {"Couplet": "couplets", "Short run": "short", "Long run": "long"}


def theirs(folder):
    """Of the reports in a folder: bxb.txt and shut_down.txt (bxb -S, its file and its standard output), bxb_v_lines.txt
    (bxb -l), rxr.txt (rxr -S), and sumstats of each -L and -l file: *_sums.txt."""
    found = {}
    beats = _split((folder / "bxb.txt").read_text(), "Beat-by-beat comparison results")
    shut_down = (folder / "shut_down.txt").read_text().strip().split("seconds")[: len(beats)]
    for report, missed in zip(beats, shut_down, strict=True):
        record = re.search(r"for record (\S+)", report)[1]
        found |= {f"{record} {pair}": n for pair, n in _matrix(report, LABELS, "nsvfqox")}
        found |= {f"{record} {name}": f"{share} ({a}/{b})" for name, share, a, b in STATISTIC.findall(report + missed)}
        found[f"{record} RR error"] = re.search(r"RR interval error: +(\S+)", report)[1]
        found[f"{record} shut-down"] = missed.split()[-1]
    for line in (folder / "bxb_v_lines.txt").read_text().splitlines()[1:]:
        found[f"{line.split()[0]} VEB false positive rate"] = line.split()[-1]
    for report in _split((folder / "rxr.txt").read_text(), "S?VE run-by-run comparison results"):
        record, kind = re.search(r"for record (\S+)", report)[1], "S" if report.startswith("S") else "V"
        for name, half in zip(("sensitivity", "predictivity"), report.split("Run Sensitivity"), strict=True):
            cells = _matrix(half, ("0", "1", "2", "3", "4", "5", ">5"), "0123456")
            found |= {f"{record} {kind} runs {name} {pair}": n for pair, n in cells}
        found |= {f"{record} {kind} {name}": f"{share} ({a}/{b})" for name, share, a, b in STATISTIC.findall(report)}
    for name, titles in SUMS.items():
        text = (folder / f"{name}_sums.txt").read_text()
        for row in ("Gross", "Average"):
            values = re.search(rf"^{row} +(.*)$", text, re.MULTILINE)[1].split()
            found |= {f"{row} {title}": value for title, value in zip(titles, values, strict=False)}
    return found


SUMS = {
    "bxb": ("QRS Se", "QRS +P", "V Se", "V +P", "S Se", "S +P", "RR error"),
    "bxb_v": ("QRS Se", "QRS +P", "V Se", "V +P", "V FPR"),
    "shut_down_v": tuple(f"% of {beats} in shut-down" for beats in ("beats", "N and S", "V", "F")),
    "rxr_v": tuple(f"V {name} {rate}" for name in RUNS.values() for rate in ("Se", "+P")),
    "rxr_s": tuple(f"S {name} {rate}" for name in RUNS.values() for rate in ("Se", "+P")),
}


def ours(scored, tests, length, window, rate_hz):
    """The same of our own comparisons.

    Args:
        scored: [ScoredRecord].
        tests: {record: the test Annotations}.
        length: samples of each record.
        window: of matching, in samples.
        rate_hz: of the records.
    """
    found = {}
    for one in scored:
        record, matrix = one.record, one.beats.matrix
        found |= {f"{record} {LABELS[i]}{LABELS[j].lower()}": str(matrix[i, j]) for i, j in _cells(matrix, ends=5)}
        detected = rates(matrix)
        for title, name in BEATS.items():
            for rate, (true, false) in RATES.items():
                hits = int(getattr(detected[name], true))
                found[f"{record} {title} {rate}"] = _share(hits, hits + int(getattr(detected[name], false)), 2)
        v = detected["V"]
        found[f"{record} VEB false positive rate"] = _share(int(v.fp), int(v.fp + v.tn), 3).split("%")[0].split(" ")[0]
        for title, rows in {"Beats": [0, 1, 2, 3, 4], "N": [0], "S": [1], "V": [2], "F": [3]}.items():
            whole = int(matrix[rows].sum())
            found[f"{record} {title} missed in shutdown"] = _share(int(matrix[rows, 6].sum()), whole, 2)
        error = rms(one.beats.rr_errors)
        found[f"{record} RR error"] = "-" if error is None else f"{error:.2f}"
        periods = np.clip(marked(tests[record], window).shut_down, 0, length)  # bxb counts the learning period's too
        found[f"{record} shut-down"] = str(int(np.diff(periods).sum() / rate_hz + 0.5))
        for kind, runs in one.runs.items():
            found |= _runs(f"{record} {kind}", runs)
    return found | _sums(scored)


def totals(found):
    """The cells of the matrices of all records, added up: {"Nn": ..., "V runs sensitivity 11": ...}, without zeros."""
    summed = {}
    for what, value in found.items():
        record, _, cell = what.partition(" ")
        if record.isdigit() and re.fullmatch(r"[A-Z][a-z]|[VS] runs \w+ \d\d", cell):
            summed[cell] = summed.get(cell, 0) + int(value)
    return {cell: n for cell, n in summed.items() if n}


def _runs(title, runs):
    found = {}
    for name in ("sensitivity", "predictivity"):
        matrix = getattr(runs, name)
        found |= {f"{title} runs {name} {i}{j}": str(matrix[i, j]) for i, j in _cells(matrix) if i or j}
    for name, key in RUNS.items():
        r = run_rates(runs.sensitivity, runs.predictivity)[key]
        found[f"{title} {name} sensitivity"] = _share(int(r.found), int(r.found + r.missed), 0)
        found[f"{title} {name} positive predictivity"] = _share(int(r.true), int(r.true + r.false), 0)
    return found


def _sums(scored):
    """Gross and average figures as EC57 has them."""
    found = {}
    matrix = np.sum([s.beats.matrix for s in scored], axis=0)
    mean = averages(scored)
    for name, r in rates(matrix).items():
        found[f"Gross {name} Se"] = _percent(r.tp, r.tp + r.fn)
        found[f"Gross {name} +P"] = _percent(r.tp, r.tp + r.fp)
        found |= {f"Average {name} {title}": _mean(mean[name][key]) for title, key in (("Se", "se"), ("+P", "ppv"))}
    v = rates(matrix)["V"]
    found["Gross V FPR"], found["Average V FPR"] = _percent(v.fp, v.fp + v.tn, 3), _mean(mean["V"]["fpr"], 3)
    for title, rows in {"beats": [0, 1, 2, 3, 4], "N and S": [0, 1], "V": [2], "F": [3]}.items():
        parts = [(int(s.beats.matrix[rows, 6].sum()), int(s.beats.matrix[rows].sum())) for s in scored]
        shares = [part / whole for part, whole in parts if whole]
        found[f"Gross % of {title} in shut-down"] = _percent(*map(sum, zip(*parts, strict=True)))
        found[f"Average % of {title} in shut-down"] = _mean(sum(shares) / len(shares) if shares else None)
    errors = [round(error, 2) for s in scored if (error := rms(s.beats.rr_errors)) is not None]  # as bxb printed them
    found["Average RR error"] = f"{sum(errors) / len(errors):.2f}"
    for kind in scored[0].runs:
        compared = [s.runs[kind] for s in scored]
        whole = run_rates(np.sum([c.sensitivity for c in compared], 0), np.sum([c.predictivity for c in compared], 0))
        for key, r in whole.items():
            found[f"Gross {kind} {key} Se"] = _percent(r.found, r.found + r.missed, 0)
            found[f"Gross {kind} {key} +P"] = _percent(r.true, r.true + r.false, 0)
            average = mean["runs"][kind][key]
            found |= {f"Average {kind} {key} {t}": _mean(average[k], 0) for t, k in (("Se", "se"), ("+P", "ppv"))}
    return found


def _split(text, title):
    """The reports of a file, each from its title on."""
    return re.split(rf"(?=^{title})", text, flags=re.MULTILINE)[1:]


def _matrix(report, rows, columns):
    """(row and column, number as printed) of a table with "|" after the row's name. Cells that are no pairs lack."""
    for i, name in enumerate(rows):
        values = re.search(rf"^ *{re.escape(name)} \|(.*)$", report, re.MULTILINE)[1].split()
        shown = columns[-len(values) :] if columns[0] == "0" else columns[: len(values)]
        title = str(i) if columns[0] == "0" else name
        yield from ((f"{title}{column}", value) for column, value in zip(shown, values, strict=True))


def _cells(matrix, ends=None):
    """Indices of a matrix, without the corner from `ends` on in both, which holds no pairs."""
    size = len(matrix)
    return [(i, j) for i in range(size) for j in range(size) if ends is None or i < ends or j < ends]


def _share(part, whole, digits):
    return f"{100 * part / whole:.{digits}f}% ({part}/{whole})" if whole else f"- ({part}/{whole})"


def _percent(part, whole, digits=2):
    return f"{100 * int(part) / int(whole):.{digits}f}" if whole else "-"


def _mean(share, digits=2):
    return "-" if share is None else f"{100 * share:.{digits}f}"
