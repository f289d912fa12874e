"""The reproduction: what staged pruning does on MIT-BIH, over seeds, granularities and splits. `ecgprune reproduce`.

plan.py states what is trained, work.py how one seed of it becomes scored models, and summary.py makes rows of them.
"""

from ecgprune.study.plan import groups
from ecgprune.study.run import Study

__all__ = ["Study", "groups"]
