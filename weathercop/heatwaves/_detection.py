"""Heat waves: finding them, and how many, long and hot they are in observations and simulations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, readonly, readonly_floats
from varwg._calendar import N_DOYS, month_of_doy
from varwg.errors import DataError
from weathercop.heatwaves._hot_days import (
    KUGLITSCH,
    SUMMER,
    HeatThresholds,
    HeatWaveDefinition,
    OutOfSampleThresholds,
    as_array,
    checked_months,
    in_months,
    temperature_names,
    values_of,
)

_QUANTILES: Final = (0.05, 0.95)
_STATISTICS: Final = (
    ("n_per_year", "heat waves per year", "1"),
    ("days_per_year", "days in heat waves per year", "d"),
    ("mean_length", "mean length of heat waves", "d"),
    ("longest", "longest heat wave", "d"),
    ("mean_excess", "mean excess over the threshold on days of heat waves", "K"),
    ("highest", "highest temperature in heat waves", "degC"),
)


@dataclass(frozen=True, eq=False)
class HeatWaves:
    """Heat waves of one record or of the members of an ensemble; the n events are ordered by member, station and time.

    Attributes
    ----------
    times : array of datetime64[s], shape (T,)
        The days.
    stations : tuple of str
        The S stations.
    months : tuple of int
        Months that were searched.
    n_members : int
        Number of members; 1 for a record.
    member, station, start, length : array of int, shape (n,)
        Position of the member, of the station and of the first day, and length in days.
    excess : array, shape (n,)
        Mean over the days of the temperature above the threshold of the day (of the mean of the months, for the warmest
        windows).
    highest : array, shape (n,)
        Highest temperature.
    """

    times: TimeArray
    stations: tuple[str, ...]
    months: tuple[int, ...]
    n_members: int
    member: IntArray
    station: IntArray
    start: IntArray
    length: IntArray
    excess: FloatArray
    highest: FloatArray

    __repr__ = brief

    @property
    def n_years(self) -> float:
        """Years whose months were searched; a part of a summer is a part of a year."""
        per_year = np.isin(month_of_doy()[np.arange(N_DOYS) != 59] + 1, self.months).sum()
        return float(in_months(self.times, self.months).sum() / per_year)

    def days(self, member: int = 0) -> BoolArray:
        """Which days of a member belong to a heat wave, shape (S, T)."""
        marked = np.zeros((len(self.stations), self.times.size), dtype=bool)
        for n in np.flatnonzero(self.member == member):
            marked[self.station[n], self.start[n] : self.start[n] + self.length[n]] = True
        return marked

    def statistics(self) -> xr.Dataset:
        """Number, length and heat per member and station, dimensions (realization, station); NaN where there is no heat wave."""
        shape = (self.n_members, len(self.stations))
        place = np.ravel_multi_index((self.member, self.station), shape)
        size = shape[0] * shape[1]
        count, days = np.bincount(place, minlength=size), np.bincount(place, self.length, size)
        excess = np.bincount(place, self.excess * self.length, size)
        longest, highest = np.zeros(size), np.full(size, -np.inf)
        np.maximum.at(longest, place, self.length)
        np.maximum.at(highest, place, self.highest)
        there = count > 0
        columns = {
            "n_per_year": count / self.n_years,
            "days_per_year": days / self.n_years,
            "mean_length": _ratio(days, count),
            "longest": longest,
            "mean_excess": _ratio(excess, days),
            "highest": np.where(there, highest, np.nan),
        }
        data = {
            name: xr.Variable(("realization", "station"), columns[name].reshape(shape), {"long_name": text, "units": units})
            for name, text, units in _STATISTICS
        }
        return xr.Dataset(data, {"realization": np.arange(self.n_members), "station": list(self.stations)})


def detect(weather: xr.DataArray | xr.Dataset, thresholds: HeatThresholds | OutOfSampleThresholds) -> HeatWaves:
    """Heat waves of observations, a simulation or an ensemble.

    Parameters
    ----------
    weather : DataArray with dimensions ((realization,) station, variable, time), or Dataset with dimensions (station, time)
        Daily weather with the variables and stations of the thresholds; missing days are not hot.
    thresholds : HeatThresholds or OutOfSampleThresholds
        What is hot; those of the observations for simulations too. Only those that leave out the year of each day can be
        compared between both.

    Returns
    -------
    HeatWaves
        Runs of hot days; one that leaves the months ends with them.

    Raises
    ------
    DataError
        If a variable or a station is not there.
    """
    array = as_array(weather)
    _require(array, "variable", thresholds.variables)
    _require(array, "station", thresholds.stations)
    temperatures = values_of(array.sel(station=list(thresholds.stations)), thresholds.variables)
    times, months = array["time"].values, thresholds.definition.months
    above = temperatures - thresholds.on(times)[:, None]
    hot = (above > 0.0).all(axis=0) & in_months(times, months)
    starts, lengths = _runs(hot, thresholds.definition.min_days)
    return _events(temperatures[0], above[0], times, thresholds.stations, months, starts, lengths)


def warmest_windows(weather: xr.DataArray | xr.Dataset, n: int, *, length: int = 3, months: Sequence[int] = SUMMER) -> HeatWaves:
    """The n warmest windows of every summer, whatever their temperature.

    Parameters
    ----------
    weather : DataArray with dimensions ((realization,) station, variable, time), or Dataset with dimensions (station, time)
        Daily weather; theta_max is used where it is reported, else theta.
    n : int
        Windows per summer; they do not overlap. Summers without room for n have fewer.
    length : int
        Days of a window, all inside the summer and none missing.
    months : sequence of int
        Months (1 to 12) of a summer, which may reach over the turn of the year.

    Raises
    ------
    DataError
        If `n` or `length` is not positive, or there is no temperature.
    """
    if n < 1 or length < 1:
        raise DataError(f"{n} windows of {length} days were asked for, but at least 1 of 1 day is expected.")
    array = as_array(weather)
    temperatures = values_of(array, temperature_names(array, nights=False))[0]
    times, checked = array["time"].values, checked_months(months)
    stations = tuple(str(name) for name in array["station"].values)
    summer = in_months(times, checked)
    starts = [
        _warmest(temperatures[..., first : first + size], n, length) + np.array([0, 0, first])
        for first, size in zip(*_runs(summer, length), strict=True)
    ]
    places = np.concatenate([np.empty((0, 3), dtype=np.intp), *starts])
    places = places[np.lexsort(places.T[::-1])]
    flat = np.ravel_multi_index(tuple(places.T), temperatures.shape)
    usable = summer & np.isfinite(temperatures)
    mean = _ratio(np.where(usable, temperatures, 0.0).sum(axis=-1, keepdims=True), usable.sum(axis=-1, keepdims=True))
    lengths = np.full(flat.size, length, dtype=np.intp)
    return _events(temperatures, temperatures - mean, times, stations, checked, flat, lengths)


def compare(
    observed: xr.DataArray | xr.Dataset, simulated: xr.DataArray | xr.Dataset, definition: HeatWaveDefinition = KUGLITSCH
) -> xr.Dataset:
    """Statistics of heat waves in observations and in an ensemble, with the thresholds of the observations.

    Every observed day is judged by the other years of the record, as simulated days are by years that they are not in.

    Parameters
    ----------
    observed, simulated : DataArray or Dataset
        As for `detect`.
    definition : HeatWaveDefinition
        What a heat wave is.

    Returns
    -------
    Dataset with dimensions (source, station)
        The statistics of `HeatWaves.statistics` of the observations, and mean, 5 % and 95 % quantiles over the members.
        A mean over heat waves leaves members without any out.
    """
    thresholds = OutOfSampleThresholds.of(observed, definition)
    of_record = detect(observed, thresholds).statistics().isel(realization=0, drop=True)
    members = detect(simulated, thresholds).statistics()
    parts = [of_record, _over_members(members, np.nanmean), *(_over_members(members, np.nanquantile, q=q) for q in _QUANTILES)]
    sources = ["observed", "simulated", *(f"simulated {q:.0%}" for q in _QUANTILES)]
    return xr.concat(parts, xr.Variable("source", sources), join="exact", coords="minimal", compat="override")


def _over_members(statistics: xr.Dataset, reduction: Callable[..., FloatArray], **options: float) -> xr.Dataset:
    """A reduction over the members, without those that are NaN; NaN where all are."""

    def reduced(values: xr.DataArray) -> xr.DataArray:
        reported = np.isfinite(values.values).any(axis=0)
        result = np.full(reported.shape, np.nan)
        result[reported] = reduction(values.values[:, reported], axis=0, **options)
        return xr.DataArray(result, {"station": values["station"]}, ("station",), attrs=values.attrs)

    return statistics.map(reduced)


def _require(array: xr.DataArray, kind: str, names: tuple[str, ...]) -> None:
    available = [str(name) for name in array[kind].values]
    absent = [name for name in names if name not in available]
    if absent:
        raise DataError(f"the thresholds are for the {kind} {absent[0]}, but the weather has {', '.join(available)}.")


def _runs(flags: BoolArray, min_length: int) -> tuple[IntArray, IntArray]:
    """First positions, in the flattened array, and lengths of the runs along the last axis; shorter ones are left out."""
    padded = np.zeros((*flags.shape[:-1], flags.shape[-1] + 2), dtype=np.int8)
    padded[..., 1:-1] = flags
    change = np.diff(padded, axis=-1).reshape(-1, flags.shape[-1] + 1)
    row, first = np.nonzero(change == 1)
    _, stop = np.nonzero(change == -1)
    long_enough = stop - first >= min_length
    return (row * flags.shape[-1] + first)[long_enough], (stop - first)[long_enough]


def _warmest(temperatures: FloatArray, n: int, length: int) -> IntArray:
    """Member, station and start of the n warmest windows of one summer (M, S, days), shape (events, 3)."""
    complete = np.isfinite(np.lib.stride_tricks.sliding_window_view(temperatures, length, axis=-1)).all(axis=-1)
    sums = np.concatenate([np.zeros((*temperatures.shape[:-1], 1)), np.cumsum(np.nan_to_num(temperatures), axis=-1)], axis=-1)
    means = np.where(complete, (sums[..., length:] - sums[..., :-length]) / length, -np.inf)
    windows = []
    starts = np.arange(means.shape[-1])
    for _ in range(n):
        best = means.argmax(axis=-1)
        there = np.isfinite(np.take_along_axis(means, best[..., None], axis=-1)[..., 0])
        windows.append(np.column_stack([*np.nonzero(there), best[there]]))
        means = np.where(np.abs(starts - best[..., None]) < length, -np.inf, means)
    return np.concatenate(windows)


def _events(
    temperatures: FloatArray,
    above: FloatArray,
    times: TimeArray,
    stations: tuple[str, ...],
    months: tuple[int, ...],
    starts: IntArray,
    lengths: IntArray,
) -> HeatWaves:
    """Heat waves from the positions of their first days in the flattened (M, S, T), and their lengths."""
    member, station, start = np.unravel_index(starts, temperatures.shape)
    return HeatWaves(
        times=readonly(times),
        stations=stations,
        months=months,
        n_members=len(temperatures),
        member=readonly(member),
        station=readonly(station),
        start=readonly(start),
        length=readonly(lengths),
        excess=readonly_floats(_over(np.add, above, starts, lengths) / lengths),
        highest=readonly_floats(_over(np.maximum, temperatures, starts, lengths)),
    )


def _over(reduction: np.ufunc, values: FloatArray, starts: IntArray, lengths: IntArray) -> FloatArray:
    """A reduction of each stretch of the flattened values."""
    edges = np.column_stack([starts, starts + lengths]).ravel()
    padded = np.append(values.ravel(), 0.0)
    return np.asarray(reduction.reduceat(padded, edges)[::2]) if edges.size else np.empty(0)


def _ratio(sums: NDArray[Any], counts: NDArray[Any]) -> FloatArray:
    return np.asarray(np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=counts > 0))
