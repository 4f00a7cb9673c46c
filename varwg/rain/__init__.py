"""Rain: statistics of its series, Richardson's model of it, and the noise of its amounts."""

from varwg.rain.richardson import RichardsonModel, fit_richardson, simulate_richardson
from varwg.rain.statistics import (
    WET_THRESHOLD,
    exceedance,
    hydrological_years,
    random_dryness,
    spell_lengths,
    transition_counts,
    transition_matrix,
)

__all__ = [
    "WET_THRESHOLD",
    "RichardsonModel",
    "exceedance",
    "fit_richardson",
    "hydrological_years",
    "random_dryness",
    "simulate_richardson",
    "spell_lengths",
    "transition_counts",
    "transition_matrix",
]
