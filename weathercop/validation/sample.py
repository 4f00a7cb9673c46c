"""Daily values prepared for statistics: anomalies, months, ranks, and which variables are rain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg.calendar import doy_index
from varwg.rain import WET_THRESHOLD
from varwg.statistics import anomalies, mean_ranks, months
from varwg.variables import Variable

#: Names of the periods that seasonal statistics are given for: the year and its months.
PERIODS: Final = ("year", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, eq=False)
class Sample:
    """Daily values of S stations and K variables with what the statistics share.

    Attributes
    ----------
    values : array, shape (S, K, T)
        Physical values, NaN where missing.
    anomalies : array, shape (S, K, T)
        Departures from the mean annual cycle of each series, see `anomalies`.
    ranks : array, shape (S, K, T)
        Ranks within the calendar month, see `month_ranks`.
    times : array of datetime64, shape (T,)
        Consecutive days.
    month : array of int, shape (T,)
        0 (January) to 11.
    rain : array of bool, shape (K,)
        Which variables are amounts of precipitation in mm.
    """

    values: FloatArray
    anomalies: FloatArray
    ranks: FloatArray
    times: TimeArray
    month: IntArray
    rain: BoolArray

    @classmethod
    def of(cls, values: FloatArray, times: TimeArray, variables: Sequence[Variable]) -> Sample:
        """Prepare values (S, K, T) of days `times`."""
        floats = np.asarray(values, dtype=np.float64)
        month = months(times)
        rain = np.array([is_rain(variable) for variable in variables], dtype=np.bool_)
        ranks = month_ranks(floats, month)
        return cls(floats, anomalies(floats, doy_index(times)), ranks, np.asarray(times), month, rain)

    def periods(self) -> tuple[IntArray, ...]:
        """Positions of the days of each of `PERIODS`."""
        return (np.arange(self.month.size), *(np.flatnonzero(self.month == number) for number in range(12)))

    def rain_values(self) -> FloatArray:
        """Precipitation only, shape (S, number of rain variables, T)."""
        return self.values[:, self.rain]

    def among_variables(self, statistic: FloatArray) -> FloatArray:
        """A statistic (S, number of rain variables, ...) with NaN for the variables that are not rain, (S, K, ...)."""
        full = np.full((statistic.shape[0], self.rain.size, *statistic.shape[2:]), np.nan)
        full[:, self.rain] = statistic
        return full


def is_rain(variable: Variable) -> bool:
    """Whether a variable is an amount of precipitation, so that wet and dry days make sense."""
    return variable.marginal == "zero_inflated" and variable.units == "mm"


def wet_days(values: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Which days have at least 1 mm, and which are known."""
    return values >= WET_THRESHOLD, np.isfinite(values)


def month_ranks(values: FloatArray, month: IntArray) -> FloatArray:
    """Ranks of values among those of their calendar month, between 0 and 1, along the last axis; ties share their mean."""
    ranks = np.full(values.shape, np.nan)
    for number in range(12):
        days = np.flatnonzero(month == number)
        own = values[..., days]
        count = np.isfinite(own).sum(axis=-1, keepdims=True)
        ranks[..., days] = (mean_ranks(own) - 0.5) / np.maximum(count, 1)
    return ranks
