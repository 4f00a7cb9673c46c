"""Pictures of one variable or one station; functions return figure and axes, accept axes, and never open a window."""

from varwg.plotting._courses import day_courses, meteogram
from varwg.plotting._distribution import exceedance_curve, monthly_violins, qq, return_levels, spell_lengths, wind_rose
from varwg.plotting._marginals import marginal_fit, seasonal_marginal, seasonal_parameters
from varwg.plotting._memory import autocorrelation, cross_correlation, spectrum
from varwg.plotting._pictures import Pictures
from varwg.plotting._seasons import annual_cycle, monthly_means, response_surface, scenario_change, wet_fractions

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
    "response_surface",
    "return_levels",
    "scenario_change",
    "seasonal_marginal",
    "seasonal_parameters",
    "spectrum",
    "spell_lengths",
    "wet_fractions",
    "wind_rose",
]


def __dir__() -> list[str]:
    return sorted(__all__)
