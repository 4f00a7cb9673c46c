"""Pictures of several stations, of copulas and vines, and of a validation, beside those of `varwg.plotting`."""

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
    return_levels,
    scenario_change,
    seasonal_marginal,
    seasonal_parameters,
    spectrum,
    spell_lengths,
    wet_fractions,
    wind_rose,
)
from weathercop.plotting.agreements import agreement, grade_bars
from weathercop.plotting.copulas import copula_densities, copula_density
from weathercop.plotting.maps import station_map
from weathercop.plotting.matrices import correlation_dots, correlation_scatter, station_correlations, variable_correlations
from weathercop.plotting.overview import summary_picture
from weathercop.plotting.pictures import Pictures
from weathercop.plotting.vine import seasonal_tau, vine_trees

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
