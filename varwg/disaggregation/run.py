"""Disaggregation: daily values and an archive of observed days become sub-daily values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg.calendar import N_DOYS, doy_index
from varwg.disaggregation.archive import WINDOW, HourlyArchive
from varwg.disaggregation.days import EXACT, NEAREST, WIDENED, choose, shortlist
from varwg.disaggregation.features import features, midnights, rarity, seams
from varwg.disaggregation.patterns import kind_of, steps_of
from varwg.disaggregation.rain import courses
from varwg.errors import DataError
from varwg.streams import require_generator


class DisaggregationCounts(NamedTuple):
    """What disaggregation did.

    Attributes
    ----------
    exact : int
        Days whose observed day has the same wet and dry stations and is within the season.
    widened : int
        Days for which such a day was found only in a wider season.
    nearest : int
        Days for which the best there was had to do: the fewest stations that differ, or the nearest in the year.
    lent : int
        Wet values of a station that was dry on the observed day, and got the course of rain of others.
    beyond : int
        Daily values beyond their own bounds, whose steps are too.
    """

    exact: int
    widened: int
    nearest: int
    lent: int
    beyond: int


class Disaggregation(NamedTuple):
    """Sub-daily values.

    Attributes
    ----------
    values : array, shape (S, K, T n)
        In the units of the archive: amounts are per step.
    times : array of datetime64[ns], shape (T n,)
        Beginnings of the steps.
    source : array of datetime64[D], shape (T,)
        The observed day whose course each day has.
    counts : DisaggregationCounts
    """

    values: FloatArray
    times: TimeArray
    source: TimeArray
    counts: DisaggregationCounts


def disaggregate(
    archive: HourlyArchive, times: TimeArray, values: FloatArray, *, rng: np.random.Generator, window: int = WINDOW
) -> Disaggregation:
    """Sub-daily values whose daily means (sums, extremes) are the given ones.

    Every day gets the course of one observed day, the same for all variables and stations: of the days of the season
    that agree with it best in which stations are wet, one that resembles it and goes with the day before at midnight.
    What a course is depends on the variable (see `varwg.disaggregation.patterns`). Remaining gaps at midnight are
    closed from both sides, then each day is moved to its daily value within its bounds.

    Parameters
    ----------
    archive : HourlyArchive
        Observed days.
    times : array of datetime64, shape (T,)
        Consecutive days.
    values : array, shape (S, K, T)
        Daily values of the stations and variables of the archive; NaN stays NaN.
    rng : numpy.random.Generator
        Source of all choices.
    window : int
        Half-width in days of the season.

    Returns
    -------
    Disaggregation
        Daily values are kept to rounding. Steps are within the bounds of their variable (and below what the sun
        allows) wherever the daily value is.

    Raises
    ------
    DataError
        If shapes do not fit, or `window` is not within 0 and 182.
    RngError
        If `rng` is not a Generator.
    """
    require_generator(rng)
    daily = np.asarray(values, dtype=np.float64)
    dates = np.asarray(times).astype("datetime64[D]")
    _check(archive, dates, daily, window)
    doy = doy_index(dates)
    reported: BoolArray = np.asarray(np.isfinite(daily).any(axis=2))
    begins, ends = midnights(archive)
    listed = shortlist(*features(archive, daily, doy), window)
    weights = rarity(archive, begins, ends, reported)
    days = choose(listed, seams(archive, begins, reported), seams(archive, ends, reported), weights, rng=rng)
    out = np.full((*daily.shape, archive.steps_per_day), np.nan)
    n_lent = n_beyond = 0
    for place in zip(*np.nonzero(reported), strict=True):
        station, column = int(place[0]), int(place[1])
        variable, series = archive.variables[column], daily[place]
        if kind_of(variable) == "amount":
            pattern, lent = courses(archive, (station, column), series, days, doy, rng=rng)
            n_lent += lent
        else:
            pattern = archive.patterns[station, column, days].astype(np.float64)
        gaps = begins[station, column, days[1:]] - ends[station, column, days[:-1]]
        out[place], beyond = steps_of(variable, pattern, gaps, series, _most(archive, station, column, series, doy))
        n_beyond += int(beyond.sum())
    found = np.bincount(listed.quality, minlength=3)
    return Disaggregation(
        values=out.reshape(*daily.shape[:2], -1),
        times=step_times(dates, archive.steps_per_day),
        source=archive.days[days].astype("datetime64[D]"),
        counts=DisaggregationCounts(int(found[EXACT]), int(found[WIDENED]), int(found[NEAREST]), n_lent, n_beyond),
    )


def step_times(times: TimeArray, steps_per_day: int) -> TimeArray:
    """Beginnings of the steps of all days.

    Parameters
    ----------
    times : array of datetime64, shape (T,)
        Days.
    steps_per_day : int
        Steps in a day, n.

    Returns
    -------
    array of datetime64[ns], shape (T n,)
    """
    step = np.timedelta64(86_400_000_000_000 // steps_per_day, "ns")
    days = np.asarray(times).astype("datetime64[D]").astype("datetime64[ns]")
    return np.asarray((days[:, None] + step * np.arange(steps_per_day)).ravel())


def _most(archive: HourlyArchive, station: int, column: int, series: FloatArray, doy: IntArray) -> FloatArray | None:
    """The most that steps can have by the sun; or what gusts should not exceed: the strongest of the record.

    That of days with a larger value than any of the record is larger in proportion.
    """
    variable = archive.variables[column]
    if kind_of(variable) == "sunlit":
        table = archive.ceilings(station, column)
        return None if table is None else table[doy]
    if kind_of(variable) != "bounded" or np.isinf(variable.lower) or np.isfinite(variable.upper):
        return None
    largest = float(archive.largest[station, column]) - variable.lower
    if not 0.0 < largest < np.inf:
        return None
    of_days = float(np.nanmax(archive.daily[station, column])) - variable.lower
    return np.asarray(variable.lower + largest * np.maximum(1.0, (series - variable.lower) / of_days))[:, None]


def _check(archive: HourlyArchive, dates: TimeArray, daily: FloatArray, window: int) -> None:
    expected = (len(archive.stations), len(archive.variables), dates.size)
    if daily.shape != expected or dates.size == 0:
        raise DataError(
            f"the daily values have shape {daily.shape}, but {expected} is needed for the stations "
            f"{', '.join(archive.stations)}, the variables {', '.join(v.name for v in archive.variables)} and at least one "
            "day: pass the values of the stations and variables that the archive was made for, in this order."
        )
    if dates.size > 1 and np.any(np.diff(dates).astype(np.int64) != 1):
        at = int(np.argmax(np.diff(dates).astype(np.int64) != 1))
        raise DataError(f"the times step from {dates[at]} to {dates[at + 1]}, but consecutive days are needed.")
    if not 0 <= window < N_DOYS // 2:
        raise DataError(f"window is {window} days, but 0 to {N_DOYS // 2 - 1} were expected.")
