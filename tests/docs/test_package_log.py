"""The log of checked packages is whole: results/packages.json."""

import json
import re
from pathlib import Path

import check_packages

from ecgprune.packaging import kind_names

ROOT = Path(__file__).parents[2]


def test_each_kind_and_each_check_of_it_passed_once_with_a_date_and_versions():
    rows = {row["name"]: row for row in json.loads((ROOT / "results" / "packages.json").read_text())["checks"]}
    checks = set(check_packages.all_checks())
    assert checks <= rows.keys()
    assert checks >= set(kind_names()) - {"cmake", "make"}  # tests build these
    for name, row in rows.items():
        assert name in checks or row["by_hand"]
        assert row["passed"] is True
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["date"])
        assert row["versions"]
        assert all(row["versions"].values())
