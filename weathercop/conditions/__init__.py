"""Conditions that a realisation has to meet, and how its phases are adjusted until it does."""

from weathercop.conditions.conditioning import Conditioning, ConditionReport
from weathercop.conditions.kinds import (
    Condition,
    ConditionError,
    FunctionBounds,
    Quantities,
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
    "Weather",
    "YearlyBounds",
    "YearlyMean",
    "YearlyStd",
]
