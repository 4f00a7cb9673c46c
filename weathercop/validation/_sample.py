"""What statistics are made of: samples of observed and simulated values, and ranges over members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg._calendar import doy_index, months_of
from varwg._statistics import anomalies, mean_ranks
from varwg._variables import Variable
from varwg.rain import is_wet

#: Probabilities of the median and the limits of both ranges, in the order of `varwg` results: low before high.
LEVELS: Final = (0.5, 0.05, 0.95, 0.0015, 0.9985)


def member_quantiles(members: FloatArray) -> FloatArray:
    """Quantiles of members (M, ...) at `LEVELS`, shape (5, ...).

    A further member is below the i-th smallest of M with the probability i / (M + 1), so that quantiles are interpolated
    between these positions (type 6 of Hyndman and Fan 1996). Beyond the first and the last position, which for 20 members
    are 5 % and 95 %, they are the limits of a normal distribution for one more value (Student's t; Wilks 2011, Statistical
    Methods in the Atmospheric Sciences), but no nearer than the outermost member. So the model that is true is poor in 0.3 %
    of the values, not in the 10 % that lie outside of 20 members by chance.
    """
    ordered = np.sort(members, axis=0)
    count = np.isfinite(members).sum(axis=0)
    last = np.maximum(count - 1, 0)
    n_present = np.maximum(count, 1)
    mean = np.where(np.isfinite(members), members, 0.0).sum(axis=0) / n_present
    squares = np.where(np.isfinite(members), members - mean, 0.0) ** 2
    sd = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 1)) * np.sqrt(1.0 + 1.0 / n_present)
    rows = []
    for level in LEVELS:
        position = level * (count + 1) - 1.0
        inner = _at(ordered, np.clip(position, 0.0, last))
        limit = mean + special.stdtrit(np.maximum(count - 1, 1), level) * sd
        outer = np.minimum(limit, inner) if level < 0.5 else np.maximum(limit, inner)
        rows.append(np.where((position >= 0.0) & (position <= last), inner, outer))
    return np.where(count > 0, np.stack(rows), np.nan)


def _at(ordered: FloatArray, position: FloatArray) -> FloatArray:
    """Values between two neighbouring members."""
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, len(ordered) - 1)
    low, high = (np.take_along_axis(ordered, place[None], 0)[0] for place in (below, above))
    return np.asarray(np.where(position > below, low + (position - below) * (high - low), low))


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
        month = months_of(times)
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
    return is_wet(values), np.isfinite(values)


def month_ranks(values: FloatArray, month: IntArray) -> FloatArray:
    """Ranks of values among those of their calendar month, between 0 and 1, along the last axis; ties share their mean."""
    ranks = np.full(values.shape, np.nan)
    for number in range(12):
        days = np.flatnonzero(month == number)
        of_month = values[..., days]
        count = np.isfinite(of_month).sum(axis=-1, keepdims=True)
        ranks[..., days] = (mean_ranks(of_month) - 0.5) / np.maximum(count, 1)
    return ranks


#: Unit of a statistic that has that of its variable.
OWN_UNIT = ""


@dataclass(frozen=True)
class Statistic:
    """A statistic of daily weather.

    Attributes
    ----------
    name : str
        Name of the data variable in a validation Dataset.
    long_name : str
        What it is, in words, with the source of its definition where there are several.
    dims : tuple of str
        Names of the dimensions of what `compute` returns.
    units : str
        Unit; empty for that of the variable.
    compute : callable
        From a `Sample` to an array with these dimensions; NaN where it does not apply.
    location : bool
        Whether it is a value of the variable itself, whose zero may be arbitrary (as that of degC is).
    """

    name: str
    long_name: str
    dims: tuple[str, ...]
    units: str
    compute: Callable[[Sample], FloatArray]
    location: bool = False
