"""Seasonal marginal distributions: one row of parameters or quantiles for each day of the year."""

from typing import Final

from varwg.marginals.base import SeasonalMarginal
from varwg.marginals.censored_normal import CensoredNormal
from varwg.marginals.diagnostics import GoodnessOfFit, goodness_of_fit, return_level
from varwg.marginals.fit import fit_marginal
from varwg.marginals.inflated import Inflated
from varwg.marginals.lognormal import LogNormal
from varwg.marginals.normal import Normal
from varwg.marginals.score_table import ScoreTable
from varwg.marginals.tabulated import Tabulated
from varwg.marginals.zero_inflated import ZeroInflated

#: The classes a fitted marginal may consist of: what reading it from a file needs to know.
MARGINALS: Final = (Normal, LogNormal, CensoredNormal, Tabulated, Inflated, ZeroInflated, ScoreTable)

__all__ = [
    "MARGINALS",
    "CensoredNormal",
    "GoodnessOfFit",
    "Inflated",
    "LogNormal",
    "Normal",
    "ScoreTable",
    "SeasonalMarginal",
    "Tabulated",
    "ZeroInflated",
    "fit_marginal",
    "goodness_of_fit",
    "return_level",
]
