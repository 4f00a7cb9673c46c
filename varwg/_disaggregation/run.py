"""From days to hours: the courses of observed days laid on simulated days, and the hours of rain."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, in_nanoseconds
from varwg._disaggregation.archive import WINDOW, HourlyArchive
from varwg._disaggregation.courses import kind_of, steps_of
from varwg._disaggregation.days import EXACT, NEAREST, WIDENED, choose, features, midnights, rarity, seams, shortlist
from varwg.errors import DataError
from varwg.streams import require_generator

#: Wet days of a station, nearest in the year, among which a course is drawn where the observed day has none.
_LENDERS: Final = 10

#: Times that too strong a course is smoothed at most; after that rain is nearly the same at all steps.
_SMOOTHINGS: Final = 100


def courses(
    archive: HourlyArchive,
    place: tuple[int, int],
    amounts: FloatArray,
    days: IntArray,
    doy: IntArray,
    *,
    rng: np.random.Generator,
) -> tuple[FloatArray, int]:
    """Courses of rain of one series.

    Parameters
    ----------
    archive : HourlyArchive
    place : tuple of int
        Station and variable.
    amounts : array, shape (T,)
        Of the simulated days.
    days : array of int, shape (T,)
        Position of the observed day of each.
    doy : array of int, shape (T,)
        Row 0 to 365 of each simulated day.
    rng : numpy.random.Generator
        Source of the choices where neither the station nor another one was wet on the observed day.

    Returns
    -------
    array, shape (T, n)
        Only the proportions within a day matter.
    int
        Wet days whose course is not that of the station on the observed day.
    """
    require_generator(rng)
    station, column = place
    observed = archive.patterns[station, column]
    pattern = observed[days].astype(np.float64)
    lacking = np.flatnonzero((amounts > 0.0) & ~pattern.any(axis=1))
    if lacking.size:
        pattern[lacking] = _lent(archive, place, days[lacking], doy[lacking], rng)
    if observed.any():
        # A gauge that counts in tenths of a millimetre records nothing below half a tenth.
        pattern = _without_traces(pattern, amounts, 0.5 * float(observed[observed > 0.0].min()))
        everywhere = archive.patterns[:, column]
        pattern = _without_torrents(pattern, amounts, float(everywhere.max()), float(everywhere.sum(axis=-1).max()))
    return pattern, int(lacking.size)


def _lent(archive: HourlyArchive, place: tuple[int, int], days: IntArray, doy: IntArray, rng: np.random.Generator) -> FloatArray:
    """Courses of the same observed day at other stations, or drawn from the wet days nearest in the year, or steady rain."""
    station, column = place
    pattern = np.asarray(archive.patterns[:, column, days].sum(axis=0, dtype=np.float64))
    still = np.flatnonzero(~pattern.any(axis=1))
    if not still.size:
        return pattern
    lender = archive.patterns[station, column]
    lender = lender if lender.any() else archive.patterns[:, column].sum(axis=0)
    wet = np.flatnonzero(lender.any(axis=1))
    if not wet.size:
        pattern[still] = 1.0
        return pattern
    wet = wet[np.argsort(archive.doy[wet], kind="stable")]
    place_in_year = np.searchsorted(archive.doy[wet], doy[still])
    drawn = place_in_year + rng.integers(-(_LENDERS // 2), _LENDERS // 2, size=still.size)
    pattern[still] = lender[wet[drawn % wet.size]]
    return pattern


def _without_traces(pattern: FloatArray, amounts: FloatArray, least: float) -> FloatArray:
    """Courses without the steps that would get less than `least`; the strongest step stays."""
    totals = pattern.sum(axis=1)
    scaled = pattern * (amounts / np.where(totals > 0.0, totals, 1.0))[:, None]
    weak = np.flatnonzero(((scaled > 0.0) & (scaled < least)).any(axis=1))
    order = np.argsort(-pattern[weak], axis=1, kind="stable")
    falling = np.take_along_axis(pattern[weak], order, axis=1)
    # What the weakest of the j strongest steps gets if only these j get rain; it falls with j.
    shares = falling / np.cumsum(falling, axis=1)
    n_strong = np.maximum((amounts[weak, None] * shares >= least).sum(axis=1), 1)
    kept = np.where(np.arange(pattern.shape[1]) < n_strong[:, None], falling, 0.0)
    strong = np.empty_like(kept)
    np.put_along_axis(strong, order, kept, axis=1)
    out = pattern.copy()
    out[weak] = strong
    return out


def _without_torrents(pattern: FloatArray, amounts: FloatArray, strongest: float, largest: float) -> FloatArray:
    """Courses smoothed until no step gets more than the strongest recorded one.

    On days with more rain than any recorded one that limit grows with the root of their amount: they are taken to be as
    much longer as they are stronger.
    """
    limit = strongest * np.sqrt(np.maximum(1.0, amounts / largest))
    out = pattern.copy()
    for _ in range(_SMOOTHINGS):
        totals = out.sum(axis=1)
        strong = np.flatnonzero(amounts * out.max(axis=1) > limit * totals * (1.0 + 1e-6))
        if not strong.size:
            break
        padded = np.pad(out[strong], ((0, 0), (1, 1)), mode="edge")
        out[strong] = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return out


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
    What a course is depends on the variable (see `varwg._disaggregation.courses`). Remaining gaps at midnight are
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
    days = in_nanoseconds(np.asarray(times).astype("datetime64[D]"))
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
