"""Pictures of one variable or one station; functions return figure and axes, accept axes, and never open a window."""

from typing import TYPE_CHECKING, Any

from varwg._arguments import no_such_name
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


if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an existing one

    def __getattr__(name: str) -> Any:
        raise no_such_name(__name__, name)


def __dir__() -> list[str]:
    return sorted(__all__)
