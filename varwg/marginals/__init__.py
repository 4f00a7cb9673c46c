"""Seasonal marginal distributions: one row of parameters or quantiles for each day of the year."""

from typing import Final

from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._diagnostics import GoodnessOfFit, goodness_of_fit, return_level, return_level_range
from varwg.marginals._fit import fit_marginal
from varwg.marginals._inflated import Inflated
from varwg.marginals._normal import CensoredNormal, Normal
from varwg.marginals._positive import LogNormal
from varwg.marginals._sinh_arcsinh import SinhArcsinh
from varwg.marginals._tabulated import ScoreTable, Tabulated
from varwg.marginals._zero_inflated import ZeroInflated

#: The classes a fitted marginal may consist of: what reading it from a file needs to know.
MARGINALS: Final = (Normal, SinhArcsinh, LogNormal, CensoredNormal, Tabulated, Inflated, ZeroInflated, ScoreTable)

__all__ = [
    "MARGINALS",
    "CensoredNormal",
    "GoodnessOfFit",
    "Inflated",
    "LogNormal",
    "Normal",
    "ScoreTable",
    "SeasonalMarginal",
    "SinhArcsinh",
    "Tabulated",
    "ZeroInflated",
    "fit_marginal",
    "goodness_of_fit",
    "return_level",
    "return_level_range",
]


def __dir__() -> list[str]:
    return sorted(__all__)
