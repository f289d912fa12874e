"""The report: report.json for programs, report.html for people, both from the artefacts of a run folder alone.

It writes the files of other commands too: evaluation.json and evaluation.html of `ecgprune evaluate`, score.json of
`ecgprune score`, stream.html of `ecgprune stream`.

    a run's report     artefacts (reads the run folder) > summary (report.json) > page (report.html)
    schemas            schema (report.json as types) and schema_*: what the JSON files hold, checked when written
    pictures           figures, code_figures: geometry, which templates/ turn into SVG

Read first: `summary.summarize`, then `page.build`.
"""

from ecgprune.report.evaluation_page import checked, write_evaluation
from ecgprune.report.page import build
from ecgprune.report.score_file import checked_score

__all__ = ["build", "checked", "checked_score", "write_evaluation"]
