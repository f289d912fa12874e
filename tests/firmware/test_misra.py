"""The firmware deviates from MISRA C:2012 where firmware/misra.json says so, and nowhere else."""

import re
from collections import Counter

import misra
import pytest
from firmware_models import FIRMWARE, needs


def test_no_file_breaks_a_rule_that_is_not_listed_for_it():
    """The list holds what the checker found in the sources of its hash. It is asked again where they differ."""
    needs("cppcheck")
    listed = misra.load()
    if (listed["checker"], listed["sources_sha256"]) == (misra.checker(), misra.digest()):
        return
    found = misra.violations()
    assert sum(sum(files.values()) for files in found.values()) > 100, "the checker has run"
    assert misra.new_ones(found, misra.load()) == []


def test_a_new_deviation_is_found(tmp_path, monkeypatch):
    needs("cppcheck")
    for folder in misra.FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib/ecg/new.c").write_text("int new(int a);\nint new(int a) { goto end; end: return a; }\n")
    monkeypatch.setattr(misra, "FIRMWARE", tmp_path)
    assert any("lib/ecg/new.c" in line for line in misra.new_ones(misra.violations(), misra.load()))


def test_a_rule_without_a_reason_is_refused():
    found = {"9.1": Counter({"lib/nn/ecgp_add.c": 1})}
    with pytest.raises(SystemExit, match=r"no category and reason in .* for rule 9.1 \(lib/nn/ecgp_add.c\)"):
        misra.update(found, misra.load())


def test_the_page_is_the_lists_and_each_listed_file_exists():
    listed = misra.load()
    assert misra.PAGE.read_text(encoding="utf-8") == misra.page(listed)
    for rule, entry in listed["rules"].items():
        assert re.fullmatch(r"\d+\.\d+", rule)
        assert entry["category"] in ("required", "advisory")
        assert entry["reason"].endswith(".")
        for file in entry["files"]:
            assert (FIRMWARE / file).is_file(), f"{file}: run python tools/misra.py --update"


def test_an_idiom_of_the_kernels_needs_no_entry_for_a_new_kernel_and_any_other_rule_does():
    def new(rule, file):
        return misra.new_ones({rule: Counter({file: 1})}, misra.load())

    assert new("18.4", "lib/nn/ecgp_new.c") == []
    assert new("18.4", "platform/new.c") == ["rule 18.4 in platform/new.c (1 places)"]
    assert new("10.1", "lib/nn/ecgp_new.c") == ["rule 10.1 in lib/nn/ecgp_new.c (1 places)"]
