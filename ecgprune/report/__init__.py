"""The report: report.json for programs, report.html for people, both from the artefacts of a run folder alone."""

from ecgprune.report.page import build

__all__ = ["build"]
