"""Beat codes of WFDB annotations and the AAMI class of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecgprune.ecg.dataset import CLASSES

__all__ = ["AAMI_CLASS", "BEAT_CODES", "EC57_CLASS", "classes_of"]

_AAMI = {"N": "NLRejBn", "S": "AaJS", "V": "VEr", "F": "F", "Q": "/fQ?"}

AAMI_CLASS: Mapping[str, int] = {
    code: CLASSES.index(aami) for aami, codes in _AAMI.items() for code in codes
}
"""Beat code -> index into CLASSES: the five classes that ANSI/AAMI EC57 (Testing and reporting performance results of
cardiac rhythm and ST segment measurement algorithms) recommends. The codes that MIT-BIH uses are mapped as tabulated by
de Chazal et al. 2004 (doi:10.1109/TBME.2004.827359); B, n, r and ? as in WFDB's ecgmap.h: bundle branch block and
supraventricular escape are normal, R-on-T is a premature ventricular contraction, a beat while learning is unknown."""

EC57_CLASS: Mapping[str, int] = {**AAMI_CLASS, **dict.fromkeys("ejn", CLASSES.index("S"))}
"""The same as EC57 itself and PhysioNet's bxb have it: a supraventricular escape beat (atrial, nodal or other) is a
supraventricular ectopic beat. De Chazal's table, and with it most publications on five classes, calls it normal."""

BEAT_CODES = "".join(_AAMI.values())
"""Every code that WFDB's isqrs calls a beat (annot(5) of the WFDB Applications Guide). The others mark rhythm, noise,
signal quality, waves."""


def classes_of(table: Mapping[Any, Sequence[str]]) -> Mapping[str, int]:
    """{beat code: index into CLASSES}.

    Args:
        table: {AAMI class: beat codes}, as data.beats of a config; empty for the standard's table.
    """
    return {code: CLASSES.index(aami) for aami, codes in table.items() for code in codes} or AAMI_CLASS
