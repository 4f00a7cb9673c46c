"""Conditions that a realisation has to meet, and how its phases are adjusted until it does."""

from varwg.errors import ConditionError
from weathercop.conditions._conditioning import Conditioning, ConditionReport
from weathercop.conditions._kinds import (
    Condition,
    FunctionBounds,
    Quantities,
    SeasonTerciles,
    Weather,
    YearlyBounds,
    YearlyMean,
    YearlyStd,
)

__all__ = [
    "Condition",
    "ConditionError",
    "ConditionReport",
    "Conditioning",
    "FunctionBounds",
    "Quantities",
    "SeasonTerciles",
    "Weather",
    "YearlyBounds",
    "YearlyMean",
    "YearlyStd",
]


def __dir__() -> list[str]:
    return sorted(__all__)
