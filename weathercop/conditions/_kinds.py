"""Conditions that a realisation is to meet: on annual sums, means and standard deviations, or on any function of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg.errors import ConditionError

#: How the days of a year become one number.
YearlyStatistic: TypeAlias = Literal["mean", "sum", "std"]

_FEWEST_DAYS_OF_A_YEAR: Final = 365
#: Seasons that a third of a climate is told from, and what thirds are called.
_FEWEST_SEASONS: Final = 10
_THIRDS: Final = ("lower", "middle", "upper")


class Weather(NamedTuple):
    """A realisation as conditions see it: physical values (S, K, T), days (T,), and names of stations and variables."""

    values: FloatArray
    times: TimeArray
    stations: tuple[str, ...]
    variables: tuple[str, ...]

    def to_array(self) -> xr.DataArray:
        """The same as an array with dimensions (station, variable, time)."""
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


@runtime_checkable
class DrawnCondition(Condition, Protocol):
    """A condition that each member draws for itself."""

    def drawn(self, weather: Weather, *, rng: np.random.Generator) -> Condition:
        """What a member with weather of these days has to meet."""


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
    stations : str or sequence of str
        Stations that have to meet the condition, each by itself; all if empty.
    """

    variable: str
    _: KW_ONLY
    statistic: YearlyStatistic = "mean"
    stations: str | Sequence[str] = ()

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
            unreported = weather.stations[rows[int(np.argmin(np.isfinite(series).all(axis=1)))]]
            raise ConditionError(f"{self.variable} is not reported at {unreported}: name other stations in the condition.")
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
    years : int or sequence of int
        Calendar years that have to meet the condition; all complete ones if empty.
    """

    _: KW_ONLY
    lower: float = -float("inf")
    upper: float = float("inf")
    years: int | Sequence[int] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_floats(self, self._what(), ("lower", "upper"))
        _check_bounds(self._what(), self.lower, self.upper)
        object.__setattr__(self, "years", tuple(int(year) for year in np.atleast_1d(np.asarray(self.years, dtype=np.intp))))

    def quantities(self, weather: Weather) -> Quantities:
        """One number for each station and year."""
        values, stations, years = self.yearly(weather)
        absent = sorted(set(np.atleast_1d(self.years).tolist()) - set(years.tolist()))
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
class SeasonTerciles:
    """The seasons of members fall below, into and above the middle third of a climate with the probabilities of a forecast.

    Every season of every member draws its third from the member's own random numbers, and is then one of the seasons of that
    third: with n members a share p is reached within sqrt(p (1 - p) / n).

    Attributes
    ----------
    variable : str
        Name of the variable.
    months : tuple of int
        Months of the season, 1 to 12, in their order; (12, 1, 2) begins in December and belongs to the year it ends in.
    shares : tuple of float
        Probabilities of the lower, middle and upper third; they sum to 1.
    limits : tuple of float
        The two limits between the thirds, in the unit of the variable; `of` takes them from an ensemble or from observations.
    statistic : {"mean", "sum"}
        What is computed of the days of a season.
    stations : str or sequence of str
        Stations whose mean is meant; all if empty.
    """

    variable: str
    _: KW_ONLY
    months: tuple[int, ...]
    shares: tuple[float, float, float]
    limits: tuple[float, float]
    statistic: Literal["mean", "sum"] = "mean"
    stations: str | Sequence[str] = ()

    def __post_init__(self) -> None:
        what = f"the season of {self.variable}"
        if self.statistic not in ("mean", "sum"):
            raise ConditionError(f"{what} has the statistic {self.statistic!r}, but mean or sum is expected.")
        for name, kind in (("months", int), ("shares", float), ("limits", float)):
            object.__setattr__(self, name, tuple(kind(value) for value in np.atleast_1d(np.asarray(getattr(self, name)))))
        names = (self.stations,) if isinstance(self.stations, str) else tuple(self.stations)
        object.__setattr__(self, "stations", names)
        follow = all((later - month) % 12 == 1 for month, later in pairwise(self.months))
        if not 1 <= len(self.months) <= 11 or not all(1 <= month <= 12 for month in self.months) or not follow:
            raise ConditionError(f"{what} has the months {self.months}, but months that follow each other are expected.")
        if len(self.shares) != 3 or min(self.shares) < 0.0 or abs(sum(self.shares) - 1.0) > 1e-6:
            raise ConditionError(f"{what} has the shares {self.shares}, but three probabilities are expected that sum to 1.")
        if len(self.limits) != 2 or not self.limits[0] < self.limits[1]:
            raise ConditionError(f"{what} has the limits {self.limits}, but two are expected, the lower one first.")

    @classmethod
    def of(
        cls,
        climate: Any,
        variable: str,
        months: Sequence[int],
        shares: Sequence[float],
        *,
        statistic: Literal["mean", "sum"] = "mean",
        stations: Sequence[str] = (),
    ) -> SeasonTerciles:
        """With the thirds of a climate.

        Parameters
        ----------
        climate : DataArray with dimensions ([realization,] station, variable, time), or Observations
            An ensemble without the condition, or the record (`wc.observations`).
        variable, months, shares, statistic, stations
            As the attributes.

        Raises
        ------
        ConditionError
            If there are fewer than ten seasons, or as for `SeasonTerciles`.
        """
        unbounded = cls(
            variable,
            months=tuple(months),
            shares=tuple(shares),  # type: ignore[arg-type]
            limits=(0.0, 1.0),
            statistic=statistic,
            stations=tuple(stations),
        )
        seasons = np.concatenate([unbounded._seasons(weather)[0] for weather in _weathers_of(climate)])
        seasons = seasons[np.isfinite(seasons)]
        if seasons.size < _FEWEST_SEASONS:
            raise ConditionError(
                f"the thirds of the season of {variable} are taken from {seasons.size} seasons, but {_FEWEST_SEASONS} are "
                "needed: give a longer record or an ensemble."
            )
        low, high = np.quantile(seasons, (1 / 3, 2 / 3))
        return replace(unbounded, limits=(float(low), float(high)))

    def drawn(self, weather: Weather, *, rng: np.random.Generator) -> Condition:
        """The bounds of one member, whose seasons have each drawn their third."""
        _, years = self._seasons(weather)
        thirds = np.searchsorted(np.cumsum(self.shares)[:-1], rng.random(years.size), side="right")
        return _SeasonBounds(self, tuple(int(third) for third in thirds))

    def quantities(self, weather: Weather) -> Quantities:
        """The numbers of this realisation, within no bounds before thirds are drawn."""
        values, years = self._seasons(weather)
        return Quantities.within([self._label(year) for year in years], values, -np.inf, np.inf)

    def _label(self, year: int) -> str:
        return f"{self.statistic} of {self.variable} in months {self.months[0]} to {self.months[-1]} of {year}"

    def _seasons(self, weather: Weather) -> tuple[FloatArray, IntArray]:
        """The statistic of all complete seasons, mean over the stations, and the years that these end in."""
        rows = [_position("station", name, weather.stations) for name in self.stations or weather.stations]
        series = weather.values[rows, _position("variable", self.variable, weather.variables)].mean(axis=0)
        months = weather.times.astype("datetime64[M]").astype(np.int64)
        last = months - months % 12 + self.months[-1] - 1
        ending = np.where(months <= last, last, last + 12)
        inside = ending - months < len(self.months)
        numbers, places = np.unique(ending[inside], return_inverse=True)
        count, total = np.bincount(places), np.bincount(places, weights=series[inside])
        begin = (numbers - len(self.months) + 1).astype("datetime64[M]").astype("datetime64[D]")
        days = ((numbers + 1).astype("datetime64[M]").astype("datetime64[D]") - begin).astype(np.int64)
        complete = count == days
        if not complete.any():
            raise ConditionError(
                f"the months {self.months[0]} to {self.months[-1]} are never complete in the simulation of "
                f"{weather.times.size} days from {weather.times[0].astype('datetime64[D]')}: simulate all of their days."
            )
        values = total[complete] / (days[complete] if self.statistic == "mean" else 1.0)
        return values, numbers[complete] // 12 + 1970


def _weathers_of(climate: Any) -> list[Weather]:
    """The members of an ensemble, a simulation, or the record."""
    if not isinstance(climate, xr.DataArray):
        return [Weather(climate.values, climate.times, climate.stations, climate.names)]
    members = climate if "realization" in climate.dims else climate.expand_dims("realization")
    stations, variables = (tuple(map(str, climate[dim].values)) for dim in ("station", "variable"))
    times = climate["time"].values
    ordered = members.transpose("realization", "station", "variable", "time")
    return [Weather(np.asarray(member.values), times, stations, variables) for member in ordered]


@dataclass(frozen=True)
class _SeasonBounds:
    """The thirds that the seasons of one member have drawn."""

    terciles: SeasonTerciles
    thirds: tuple[int, ...]

    def quantities(self, weather: Weather) -> Quantities:
        free = self.terciles.quantities(weather)
        edges = np.array([-np.inf, *self.terciles.limits, np.inf])
        thirds = np.array(self.thirds)
        labels = [f"{label}, {_THIRDS[third]} third" for label, third in zip(free.labels, thirds, strict=True)]
        return Quantities(tuple(labels), free.values, edges[thirds], edges[thirds + 1])


@dataclass(frozen=True)
class FunctionBounds:
    """Any number, or numbers, computed of a realisation lie within bounds.

    Attributes
    ----------
    name : str
        What it is; names the condition in reports and provenance, where the function itself cannot be written down.
    function : callable
        Takes the physical values, a DataArray with dimensions (station, variable, time), and returns a number or an array of
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
