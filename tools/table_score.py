"""The tables of docs/guide/score.md, from results/score.json. Written by docs_tables.py."""

import json
from pathlib import Path

from docs_format import number

SCORE = Path(__file__).parent.parent / "results" / "score.json"
PARTS = {"all": "48", "without_paced": "44 without paced"}


def detectors():
    """What published detectors score."""
    lines = [
        "| detector | records | QRS Se | QRS +P | V Se | V +P | RR error, found beats |",
        "|---|---|---|---|---|---|---|",
    ]
    notes = []
    for name, row in json.loads(SCORE.read_text())["detectors"].items():
        for part, title in PARTS.items():
            gross, between = row[part]["gross"], row[part]["intervals"]
            cells = [_cell(gross[kind], between[kind], key) for kind in ("QRS", "V") for key in ("se", "ppv")]
            if not gross["V"]["tp"]:
                cells[2:] = ["-", "-"]  # it does not classify
            lines.append(
                f"| {row['title']} | {title} | {' | '.join(cells)} | {row[part]['rr_error_matched_ms']:.1f} ms |"
            )
        missed, last = row["all"]["gross"]["QRS"]["fn"], row["missed_in_last_second"]
        notes += [f"{last} of the {missed} beats that {name} misses lie in the last second of a record."] * (last > 0)
    return [*lines, "", *notes]


def agreement():
    """How many numbers of PhysioNet's programs agree, and where they do not."""
    found = json.loads(SCORE.read_text())
    sets = {**found["perturbed"], **found["detectors"]}
    compared = {name: row.get("beside", row) for name, row in sets.items()}
    lines = ["| annotations | numbers compared | that differ |", "|---|---|---|"]
    titles = {"beats": "reference as it is, spoilt copies of it", "all": "both spoilt, with more flutter and shut-down"}
    titles |= {name: row["title"] for name, row in found["detectors"].items()}
    lines += [
        f"| {titles[name]} | {number(row['numbers'])} | {len(row['differences'])} |" for name, row in compared.items()
    ]
    return lines


def _cell(rates, intervals, key):
    low, high = intervals[key] or (0, 0)
    share = rates[key]
    return "-" if share is None else f"{100 * share:.2f} [{100 * low:.2f}, {100 * high:.2f}]"
