"""Bivariate copulas: one file per family or kindred families, one entry per family in `FAMILIES`, rotations by `Rotated`."""

from weathercop.copulas._base import Family
from weathercop.copulas._families import FAMILIES, find_family
from weathercop.copulas._fitting import FittedCopula, fit_copula
from weathercop.copulas._rotation import Rotated
from weathercop.copulas._seasonal import SeasonalCopula, fit_seasonal_copula

__all__ = ["FAMILIES", "Family", "FittedCopula", "Rotated", "SeasonalCopula", "find_family", "fit_copula", "fit_seasonal_copula"]


def __dir__() -> list[str]:
    return sorted(__all__)
