"""Where a core runs, its clock and its current: what makes times and energies of estimated cycles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["OperatingPoint"]

_DEFAULT_SUPPLY_V = 3.0
_OPTION = "stated by the user"


@dataclass(frozen=True)
class OperatingPoint:
    """A clock and a current. None of it is measured: times and energies that follow are as good as it is.

    Attributes:
        clock_hz: of the core; None: not known.
        clock_source: who says so, in words; "" for None.
        ua_per_mhz: current of the part for each MHz of the clock, in microamperes; None: not known.
        supply_v: voltage that it draws this current at.
        current_source: who says so, in words; "" for None.
    """

    clock_hz: float | None = None
    clock_source: str = ""
    ua_per_mhz: float | None = None
    supply_v: float = _DEFAULT_SUPPLY_V
    current_source: str = ""

    def stated(
        self, clock_mhz: float | None = None, ua_per_mhz: float | None = None, supply_v: float | None = None
    ) -> OperatingPoint:
        """The same with what a user states instead; None or 0 leaves a value as it is."""
        point = replace(self, clock_hz=clock_mhz * 1e6, clock_source=_OPTION) if clock_mhz else self
        if ua_per_mhz:
            point = replace(point, ua_per_mhz=ua_per_mhz, supply_v=_DEFAULT_SUPPLY_V, current_source=_OPTION)
        return replace(point, supply_v=supply_v) if supply_v else point

    def figures(self, cycles: float | None) -> dict[str, Any]:
        """The fields of this point, and of one inference: "time_ms" and "energy_uj", None where not known.

        A core at f MHz draws f times ua_per_mhz for cycles / f microseconds: energy does not depend on the clock.
        """
        time = 1000 * cycles / self.clock_hz if cycles is not None and self.clock_hz else None
        energy = cycles / 1e6 * self.ua_per_mhz * self.supply_v if cycles is not None and self.ua_per_mhz else None
        return {
            "clock_hz": self.clock_hz,
            "clock_source": self.clock_source,
            "time_ms": time,
            "ua_per_mhz": self.ua_per_mhz,
            "supply_v": self.supply_v if self.ua_per_mhz else None,
            "current_source": self.current_source,
            "energy_uj": energy,
        }
