"""Pictures of several stations, of copulas and vines, and of a validation, beside those of `varwg.plotting`."""

from typing import TYPE_CHECKING, Any

from varwg._arguments import no_such_name
from varwg.plotting import (
    annual_cycle,
    autocorrelation,
    cross_correlation,
    day_courses,
    exceedance_curve,
    marginal_fit,
    meteogram,
    monthly_means,
    monthly_violins,
    qq,
    response_surface,
    return_levels,
    scenario_change,
    seasonal_marginal,
    seasonal_parameters,
    spectrum,
    spell_lengths,
    wet_fractions,
    wind_rose,
)
from weathercop.plotting._overview import Pictures, agreement, grade_bars, summary_picture
from weathercop.plotting._stations import (
    correlation_dots,
    correlation_scatter,
    station_correlations,
    station_map,
    variable_correlations,
)
from weathercop.plotting._vine import copula_densities, copula_density, seasonal_tau, vine_trees

__all__ = [
    "Pictures",
    "agreement",
    "annual_cycle",
    "autocorrelation",
    "copula_densities",
    "copula_density",
    "correlation_dots",
    "correlation_scatter",
    "cross_correlation",
    "day_courses",
    "exceedance_curve",
    "grade_bars",
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
    "seasonal_tau",
    "spectrum",
    "spell_lengths",
    "station_correlations",
    "station_map",
    "summary_picture",
    "variable_correlations",
    "vine_trees",
    "wet_fractions",
    "wind_rose",
]


if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an existing one

    def __getattr__(name: str) -> Any:
        raise no_such_name(__name__, name)


def __dir__() -> list[str]:
    return sorted(__all__)
