"""Vines of seasonal copulas: the dependence between any number of variables."""

from typing import Final

from weathercop.copulas._seasonal import SeasonalCopula
from weathercop.vines._base import Vine
from weathercop.vines._cvine import CVine, fit_cvine
from weathercop.vines._dvine import DVine, fit_dvine
from weathercop.vines._per_station import StationVines, fit_station_vines
from weathercop.vines._rvine import RVine, fit_rvine

#: The classes a file with a vine may hold.
VINE_CLASSES: Final = (SeasonalCopula, CVine, DVine, RVine, StationVines)

__all__ = [
    "VINE_CLASSES",
    "CVine",
    "DVine",
    "RVine",
    "StationVines",
    "Vine",
    "fit_cvine",
    "fit_dvine",
    "fit_rvine",
    "fit_station_vines",
]


def __dir__() -> list[str]:
    return sorted(__all__)
