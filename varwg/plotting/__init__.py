"""Pictures of one variable or one station; functions return figure and axes, accept axes, and never open a window."""

from varwg.plotting.courses import meteogram
from varwg.plotting.distribution import exceedance_curve, monthly_violins, qq
from varwg.plotting.extremes import return_levels
from varwg.plotting.hourly import day_courses
from varwg.plotting.marginals import marginal_fit, seasonal_marginal, seasonal_parameters
from varwg.plotting.memory import autocorrelation, cross_correlation, spectrum
from varwg.plotting.pictures import Pictures
from varwg.plotting.scenario import scenario_change
from varwg.plotting.seasons import annual_cycle, monthly_means, wet_fractions
from varwg.plotting.spells import spell_lengths
from varwg.plotting.wind import wind_rose

__all__ = [
    "Pictures",
    "annual_cycle",
    "autocorrelation",
    "cross_correlation",
    "day_courses",
    "exceedance_curve",
    "marginal_fit",
    "meteogram",
    "monthly_means",
    "monthly_violins",
    "qq",
    "return_levels",
    "scenario_change",
    "seasonal_marginal",
    "seasonal_parameters",
    "spectrum",
    "spell_lengths",
    "wet_fractions",
    "wind_rose",
]
