"""Scenarios: what is asked of a primary variable, and how it reaches the normal scores of all."""

from varwg.scenarios._climate import climate_factors
from varwg.scenarios._factors import ChangeFactors
from varwg.scenarios._scenario import (
    FixedVariables,
    Increment,
    Scenario,
    as_json,
    combined,
    scenario_values,
    scenarios_of,
    without_default,
)
from varwg.scenarios._score_shift import daily_score_shift, score_shift

__all__ = [
    "ChangeFactors",
    "FixedVariables",
    "Increment",
    "Scenario",
    "as_json",
    "climate_factors",
    "combined",
    "daily_score_shift",
    "scenario_values",
    "scenarios_of",
    "score_shift",
    "without_default",
]


def __dir__() -> list[str]:
    return sorted(__all__)
