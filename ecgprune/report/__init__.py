"""The report: report.json for programs, report.html for people, both from the artefacts of a run folder alone.

And the same for `ecgprune evaluate`: evaluation.json, evaluation.html. And score.json of `ecgprune score`.
"""

from ecgprune.report.evaluation_page import checked, write_evaluation
from ecgprune.report.page import build
from ecgprune.report.score_file import checked_score

__all__ = ["build", "checked", "checked_score", "write_evaluation"]
