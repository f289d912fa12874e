"""The reproduction: what staged pruning does on MIT-BIH, over seeds, granularities and splits. `ecgprune reproduce`.

plan.py states what is trained, work.py how one seed of it becomes scored models, scoring.py how these are scored, and
summary.py makes rows of them.
run.py does the work on this machine, cluster.py on a Ray cluster.
"""

from ecgprune.study.cluster import execute_on
from ecgprune.study.plan import groups
from ecgprune.study.run import Study

__all__ = ["Study", "execute_on", "groups"]
