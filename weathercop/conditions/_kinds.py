"""Conditions that a realisation is to meet: on annual sums, means and standard deviations, or on any function of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg.errors import ConditionError

#: How the days of a year become one number.
YearlyStatistic: TypeAlias = Literal["mean", "sum", "std"]

_FEWEST_DAYS_OF_A_YEAR: Final = 365


class Weather(NamedTuple):
    """A realisation as conditions see it: physical values (S, K, T), days (T,), and names of stations and variables."""

    values: FloatArray
    times: TimeArray
    stations: tuple[str, ...]
    variables: tuple[str, ...]

    def to_array(self) -> xr.DataArray:
        """The same as an array with dims (station, variable, time)."""
        coordinates = {"station": list(self.stations), "variable": list(self.variables), "time": self.times}
        return xr.DataArray(self.values, coordinates, ("station", "variable", "time"))


class Quantities(NamedTuple):
    """Numbers of a realisation, what they are, and the bounds they are to be in; all of length n."""

    labels: tuple[str, ...]
    values: FloatArray
    lower: FloatArray
    upper: FloatArray

    @classmethod
    def within(cls, labels: Sequence[str], values: FloatArray, lower: float, upper: float) -> Quantities:
        """Numbers that share their bounds."""
        return cls(tuple(labels), values, np.full(values.shape, lower), np.full(values.shape, upper))


@runtime_checkable
class Condition(Protocol):
    """Anything that names numbers of a realisation and bounds for them; its repr identifies it."""

    def quantities(self, weather: Weather) -> Quantities:
        """The numbers of this realisation."""


class YearlyValues(NamedTuple):
    """Statistics of years, shape (S', Y), with the stations and calendar years that they belong to."""

    values: FloatArray
    stations: tuple[str, ...]
    years: IntArray


@dataclass(frozen=True)
class _Yearly:
    """What conditions on years share: which statistic of which variable at which stations.

    Attributes
    ----------
    variable : str
        Name of the variable.
    statistic : {"mean", "sum", "std"}
        What is computed of the days of each calendar year; years that the simulation has a part of do not count.
    stations : tuple of str
        Stations that have to meet the condition, each by itself; all if empty.
    """

    variable: str
    _: KW_ONLY
    statistic: YearlyStatistic = "mean"
    stations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.statistic not in get_args(YearlyStatistic):
            raise ConditionError(
                f"the statistic of {self.variable} is {self.statistic!r}, but one of mean, sum and std is expected."
            )
        names = (self.stations,) if isinstance(self.stations, str) else tuple(self.stations)
        object.__setattr__(self, "stations", names)

    def yearly(self, weather: Weather) -> YearlyValues:
        """The statistic of all complete years at the chosen stations.

        Raises
        ------
        ConditionError
            If the variable or a station is unknown or not reported, or no year is complete.
        """
        rows = [_position("station", name, weather.stations) for name in self.stations or weather.stations]
        series = weather.values[rows, _position("variable", self.variable, weather.variables)]
        if not np.isfinite(series).all():
            silent = weather.stations[rows[int(np.argmin(np.isfinite(series).all(axis=1)))]]
            raise ConditionError(f"{self.variable} is not reported at {silent}: name other stations in the condition.")
        years, starts, stops = _complete_years(weather.times)
        parts = [series[:, start:stop] for start, stop in zip(starts, stops, strict=True)]
        values = np.stack([getattr(part, self.statistic)(axis=1) for part in parts], axis=1)
        return YearlyValues(values, tuple(weather.stations[row] for row in rows), years)

    def _what(self) -> str:
        return f"yearly {self.statistic} of {self.variable}"


@dataclass(frozen=True)
class YearlyBounds(_Yearly):
    """The statistic of every year lies within bounds.

    Attributes
    ----------
    variable, statistic, stations
        Which statistic of which variable where (see `_Yearly`): the name of the variable; "mean", "sum" or "std" over the
        days of a year; stations that each meet the condition, all if empty.
    lower, upper : float
        Bounds in the unit of the variable; infinite where there is none.
    years : tuple of int
        Calendar years that have to meet the condition; all complete ones if empty.
    """

    _: KW_ONLY
    lower: float = -float("inf")
    upper: float = float("inf")
    years: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_floats(self, self._what(), ("lower", "upper"))
        _check_bounds(self._what(), self.lower, self.upper)
        object.__setattr__(self, "years", tuple(int(year) for year in np.atleast_1d(np.asarray(self.years, dtype=np.intp))))

    def quantities(self, weather: Weather) -> Quantities:
        """One number for each station and year."""
        values, stations, years = self.yearly(weather)
        absent = sorted(set(self.years) - set(years.tolist()))
        if absent:
            raise ConditionError(
                f"the {self._what()} is bounded in {absent[0]}, but the complete years of the simulation are "
                f"{years[0]} to {years[-1]}: name years among these."
            )
        chosen = np.isin(years, self.years) if self.years else np.full(years.size, True)
        labels = [f"{self._what()} at {station} in {year}" for station in stations for year in years[chosen]]
        return Quantities.within(labels, values[:, chosen].ravel(), self.lower, self.upper)


@dataclass(frozen=True)
class _OverYears(_Yearly):
    """A number computed of all years that is to be near a target."""

    _: KW_ONLY
    target: float
    tolerance: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_floats(self, self._what(), ("target", "tolerance"))
        if not (np.isfinite(self.target) and np.isfinite(self.tolerance) and self.tolerance > 0.0):
            raise ConditionError(
                f"the {self._what()} has the target {self.target} with the tolerance {self.tolerance}, but finite numbers are "
                "expected, the tolerance above 0."
            )

    def _near_target(self, what: str, values: FloatArray, stations: tuple[str, ...]) -> Quantities:
        labels = [f"{what} of the {self._what()} at {station}" for station in stations]
        return Quantities.within(labels, values, self.target - self.tolerance, self.target + self.tolerance)


@dataclass(frozen=True)
class YearlyMean(_OverYears):
    """The mean over all years of the statistic is near a target.

    Members as long as the record hardly differ in it, because phase randomisation keeps the mean of the latent series:
    simulate them with `stretch=2` (see `weathercop._phases`) where the target is far.

    Attributes
    ----------
    variable, statistic, stations
        As for `YearlyBounds`.
    target, tolerance : float
        The mean and how far it may be off, in the unit of the variable.
    """

    def quantities(self, weather: Weather) -> Quantities:
        """One number for each station."""
        values, stations, _ = self.yearly(weather)
        return self._near_target("mean", values.mean(axis=1), stations)


@dataclass(frozen=True)
class YearlyStd(_OverYears):
    """The standard deviation (ddof 1) between years of the statistic is near a target.

    Attributes
    ----------
    variable, statistic, stations
        As for `YearlyBounds`.
    target, tolerance : float
        The standard deviation and how far it may be off, in the unit of the variable.
    """

    def quantities(self, weather: Weather) -> Quantities:
        """One number for each station."""
        values, stations, years = self.yearly(weather)
        if years.size < 2:
            raise ConditionError(
                f"the standard deviation of the {self._what()} needs two complete years, but there is {years.size}: "
                "simulate longer."
            )
        return self._near_target("standard deviation", values.std(axis=1, ddof=1), stations)


@dataclass(frozen=True)
class FunctionBounds:
    """Any number, or numbers, computed of a realisation lie within bounds.

    Attributes
    ----------
    name : str
        What it is; names the condition in reports and provenance, where the function itself cannot be written down.
    function : callable
        Takes the physical values, a DataArray with dims (station, variable, time), and returns a number or an array of
        them, always as many. For process pools it must be importable, a function at the top of a module.
    lower, upper : float
        The bounds.
    """

    name: str
    function: Callable[[xr.DataArray], Any] = field(repr=False)
    _: KW_ONLY
    lower: float = -float("inf")
    upper: float = float("inf")

    def __post_init__(self) -> None:
        _as_floats(self, self.name, ("lower", "upper"))
        _check_bounds(self.name, self.lower, self.upper)

    def quantities(self, weather: Weather) -> Quantities:
        """What the function returns.

        Raises
        ------
        ConditionError
            If that is not made of finite numbers.
        """
        values = np.atleast_1d(np.asarray(self.function(weather.to_array()), dtype=np.float64)).ravel()
        if not np.isfinite(values).all():
            raise ConditionError(f"the function {self.name} returned {values[~np.isfinite(values)][0]}: return finite numbers.")
        labels = [self.name] if values.size == 1 else [f"{self.name} [{number}]" for number in range(values.size)]
        return Quantities.within(labels, values, self.lower, self.upper)


def all_quantities(conditions: Sequence[Condition], weather: Weather) -> Quantities:
    """The numbers of all conditions, one after the other."""
    parts = [condition.quantities(weather) for condition in conditions]
    values, lower, upper = (np.concatenate([part[n] for part in parts]) for n in (1, 2, 3))
    return Quantities(tuple(label for part in parts for label in part.labels), values, lower, upper)


def _as_floats(condition: object, what: str, names: tuple[str, ...]) -> None:
    """Make numbers floats, so that equal conditions have equal texts."""
    for name in names:
        value = getattr(condition, name)
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise ConditionError(f"the {what} has the {name} {value!r}, but one number is expected.")
        object.__setattr__(condition, name, float(value))


def _check_bounds(what: str, lower: float, upper: float) -> None:
    if not lower < upper or (np.isinf(lower) and np.isinf(upper)):
        raise ConditionError(
            f"the {what} has the bounds {lower} and {upper}: give at least one, and a lower one below the upper."
        )


def _position(kind: str, name: str, available: tuple[str, ...]) -> int:
    if name not in available:
        raise ConditionError(f"there is no {kind} {name!r} in the model, which has {', '.join(available)}: name one of these.")
    return available.index(name)


def _complete_years(times: TimeArray) -> tuple[IntArray, IntArray, IntArray]:
    """Calendar years that are simulated from their first day to their last, with their first positions and ends."""
    numbers = times.astype("datetime64[Y]").astype(np.int64) + 1970
    years, starts, counts = np.unique(numbers, return_index=True, return_counts=True)
    complete = counts >= _FEWEST_DAYS_OF_A_YEAR
    if not complete.any():
        raise ConditionError(
            f"conditions on years need a complete calendar year, but the simulation has {times.size} days from "
            f"{times[0].astype('datetime64[D]')}: simulate from 1 January, for a year or longer."
        )
    return years[complete], starts[complete], (starts + counts)[complete]
