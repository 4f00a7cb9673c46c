"""What counts as a heat wave: definitions from the literature, and the temperatures above which days are hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, readonly_floats
from varwg._calendar import N_DOYS, doy_index, month_of_doy
from varwg.errors import DataError, ScenarioError
from varwg.io._unknown import roles_in

#: June to September, the months of both definitions from the literature.
SUMMER: Final = (6, 7, 8, 9)


def checked_months(months: Sequence[int]) -> tuple[int, ...]:
    numbers = tuple(int(month) for month in months)
    if not numbers or not set(numbers) <= set(range(1, 13)):
        raise ScenarioError(f"months are {tuple(months)}, but one or more numbers from 1 to 12 are expected.")
    return numbers


@dataclass(frozen=True)
class HeatWaveDefinition:
    """What counts as a heat wave: a run of days each above a percentile of its own calendar day.

    Attributes
    ----------
    percentile : float
        Percentile of the values within `half_window` days of the calendar day, in all years of the reference.
    nights : bool
        Whether nights (theta_min) have to be above theirs as well as days (theta_max).
    min_days : int
        Days that make a heat wave.
    half_window : int
        Half-width in days of the window of the year.
    months : tuple of int
        Months (1 to 12) in which days count.
    """

    percentile: float
    nights: bool
    min_days: int = 3
    half_window: int = 7
    months: tuple[int, ...] = SUMMER

    def __post_init__(self) -> None:
        if not 0.0 < self.percentile < 100.0:
            raise DataError(f"the percentile of a heat wave is {self.percentile}, but a number between 0 and 100 is expected.")
        if self.min_days < 1 or self.half_window < 0:
            raise DataError(
                f"a heat wave has min_days {self.min_days} and half_window {self.half_window}, but at least 1 and 0 are expected."
            )
        object.__setattr__(self, "months", checked_months(self.months))


#: Days and nights above their 95th percentiles (Kuglitsch et al. 2010, doi:10.1029/2009GL041841).
KUGLITSCH: Final = HeatWaveDefinition(95.0, nights=True)
#: Days above their 90th percentile (Zittis et al. 2016, doi:10.1007/s10113-014-0753-2).
ZITTIS: Final = HeatWaveDefinition(90.0, nights=False)


@dataclass(frozen=True, eq=False)
class HeatThresholds:
    """Temperatures above which days (and nights) are hot, from a reference, usually the observations.

    Attributes
    ----------
    definition : HeatWaveDefinition
        What they are thresholds for.
    variables : tuple of str
        The V variables that have to be above them: theta_max and theta_min, or theta where these are not reported.
    stations : tuple of str
        The S stations.
    tables : array, shape (V, S, 366)
        A threshold for each day of the year.
    """

    definition: HeatWaveDefinition
    variables: tuple[str, ...]
    stations: tuple[str, ...]
    tables: FloatArray

    __repr__ = brief

    @classmethod
    def of(cls, reference: xr.DataArray | xr.Dataset, definition: HeatWaveDefinition = KUGLITSCH) -> HeatThresholds:
        """Thresholds from a reference.

        Parameters
        ----------
        reference : DataArray with dimensions (station, variable, time), or Dataset with dimensions (station, time)
            Daily temperatures; NaN is missing.
        definition : HeatWaveDefinition
            Which percentiles.

        Raises
        ------
        DataError
            If there is no temperature, or a day of the year in the months of the definition has no values.
        """
        array = as_array(reference)
        variables = temperature_names(array, definition.nights)
        everything = np.ones(array.sizes["time"], dtype=bool)
        tables = _tables(array, variables, definition, everything, np.arange(N_DOYS))
        return cls(definition, variables, _station_names(array), readonly_floats(tables))

    def on(self, times: TimeArray) -> FloatArray:
        """The thresholds of days (T,), shape (V, S, T)."""
        return np.asarray(self.tables[..., doy_index(times)])


@dataclass(frozen=True, eq=False)
class OutOfSampleThresholds:
    """Thresholds for every year of a record from all its other years, so that no day has a part in its own.

    A heat wave raises the percentiles of its calendar days: the 95th of 15 days in ten years leaves seven days above it, and
    a wave of a week takes them all. With thresholds from the same years there are much fewer heat waves than in other years
    from the same climate (Zhang et al. 2005, doi:10.1175/JCLI3366.1), as those of a simulation are.

    Attributes
    ----------
    definition, variables, stations
        As for `HeatThresholds`.
    first_year : int
        Year of the first table. Years begin in July if the months reach over the turn of the year.
    tables : array, shape (Y, V, S, 366)
        Thresholds without each of the Y years in turn; years outside the record take them in the same turn. NaN outside the
        months.
    """

    definition: HeatWaveDefinition
    variables: tuple[str, ...]
    stations: tuple[str, ...]
    first_year: int
    tables: FloatArray

    __repr__ = brief

    @classmethod
    def of(cls, record: xr.DataArray | xr.Dataset, definition: HeatWaveDefinition = KUGLITSCH) -> OutOfSampleThresholds:
        """Thresholds of a record; parameters as for `HeatThresholds.of`.

        Raises
        ------
        DataError
            If the record has the months of fewer than two years, or a day of the year has no values without one of them.
        """
        array = as_array(record)
        times, variables = array["time"].values, temperature_names(array, definition.nights)
        years = _years(times, definition.months)
        searched = np.unique(years[in_months(times, definition.months)])
        if searched.size < 2:
            raise DataError(
                f"the months {', '.join(map(str, definition.months))} of {searched.size} year were recorded, but two or more are "
                "needed for thresholds from other years: use a longer record."
            )
        rows = np.flatnonzero(np.isin(month_of_doy() + 1, definition.months))
        tables = [_tables(array, variables, definition, years != year, rows) for year in range(searched[0], searched[-1] + 1)]
        return cls(definition, variables, _station_names(array), int(searched[0]), readonly_floats(np.stack(tables)))

    def on(self, times: TimeArray) -> FloatArray:
        """The thresholds of days (T,), shape (V, S, T)."""
        turn = (_years(times, self.definition.months) - self.first_year) % len(self.tables)
        return np.moveaxis(self.tables[turn, :, :, doy_index(times)], 0, -1)


def _station_names(array: xr.DataArray) -> tuple[str, ...]:
    return tuple(str(name) for name in array["station"].values)


def _years(times: TimeArray, months: tuple[int, ...]) -> IntArray:
    """Calendar year of each day, or of the day half a year later where the months reach over the turn of the year."""
    later = 6 if {12, 1} <= set(months) and len(set(months)) < 12 else 0
    return np.asarray((np.asarray(times).astype("datetime64[M]").astype(np.intp) + later) // 12 + 1970)


def as_array(weather: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """Dims (realization, station, variable, time); a record or a single simulation is one realisation."""
    array = weather.to_dataarray("variable") if isinstance(weather, xr.Dataset) else weather
    if "realization" not in array.dims:
        array = array.drop_vars("realization", errors="ignore").expand_dims("realization")
    missing = {"station", "variable", "time"} - set(array.dims)
    if missing:
        raise DataError(
            f"the weather has the dimensions {', '.join(map(str, weather.dims))}, but {', '.join(sorted(missing))} is missing."
        )
    return array.transpose("realization", "station", "variable", "time")


def values_of(array: xr.DataArray, variables: tuple[str, ...]) -> FloatArray:
    """Values of the named variables, shape (V, M, S, T)."""
    values = array.sel(variable=list(variables)).transpose("variable", "realization", "station", "time")
    return np.asarray(values, dtype=np.float64)


def temperature_names(array: xr.DataArray, nights: bool) -> tuple[str, ...]:
    """The variables that have to be hot, as far as they are there."""
    names = dict(zip(roles_in(array), (str(name) for name in array["variable"].values), strict=True))
    choices = [("theta_max", "theta_min"), ("theta",), ("theta_max",)] if nights else [("theta_max",), ("theta",)]
    for roles in choices:
        if names.keys() >= set(roles):
            return tuple(names[role] for role in roles)
    raise DataError(
        "heat waves need theta_max (and theta_min for nights) or theta, but the variables are "
        f"{', '.join(sorted(names.values()))}."
    )


def in_months(times: TimeArray, months: tuple[int, ...]) -> BoolArray:
    numbers = np.asarray(times).astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.isin(numbers, months)


def _tables(
    array: xr.DataArray, variables: tuple[str, ...], definition: HeatWaveDefinition, used: BoolArray, rows: IntArray
) -> FloatArray:
    """Percentiles (V, S, 366) of the days that are used; NaN but for some rows of the year."""
    doy = doy_index(array["time"].values)[used]
    tables = np.stack(
        [_seasonal_percentile(values[:, used], doy, definition, rows) for values in values_of(array, variables)[:, 0]]
    )
    needed = np.isin(month_of_doy() + 1, definition.months)
    absent = np.isnan(tables[..., needed]).any(axis=-1)
    if absent.any():
        variable, station = (int(place[0]) for place in np.nonzero(absent))
        raise DataError(
            f"{variables[variable]} at {_station_names(array)[station]} has no values around some days of the months "
            f"{', '.join(map(str, definition.months))}: choose other months, or a longer reference."
        )
    return tables


def _seasonal_percentile(values: FloatArray, doy: IntArray, definition: HeatWaveDefinition, rows: IntArray) -> FloatArray:
    """Percentile of values (S, T) near each of some rows of the year, shape (S, 366); NaN where there are none."""
    table = np.full((len(values), N_DOYS), np.nan)
    distance = np.abs(doy - rows[:, None])
    near = np.minimum(distance, N_DOYS - distance) <= definition.half_window
    for row, days in zip(rows, near, strict=True):
        window = values[:, days]
        present = np.isfinite(window)
        complete, gappy = present.all(axis=1), present.any(axis=1) & ~present.all(axis=1)
        for rows_of_window, percentile in ((complete, np.percentile), (gappy, np.nanpercentile)):
            if rows_of_window.any() and days.any():
                table[rows_of_window, row] = percentile(window[rows_of_window], definition.percentile, axis=1)
    return table
