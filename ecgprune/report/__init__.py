"""The report: report.json for programs, report.html for people, both from the artefacts of a run folder alone.

And the same for `ecgprune evaluate`: evaluation.json, evaluation.html.
"""

from ecgprune.report.evaluation_page import checked, write_evaluation
from ecgprune.report.page import build

__all__ = ["build", "checked", "write_evaluation"]
