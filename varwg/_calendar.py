"""Days: the day of the year, daily times, months, and series looked up by their dates."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

#: Rows of every seasonal table; row 59 is 29 February.
N_DOYS: Final = 366

#: The first and the last day that can be asked for; seconds, which all times are counted in, would reach much farther.
FIRST_DAY: Final = np.datetime64("0001-01-01", "D")
LAST_DAY: Final = np.datetime64("99999-12-31", "D")
#: The days that nanoseconds count, which are the times of xarray before 2025.1.2.
_IN_NANOSECONDS: Final = np.datetime64("1677-09-23", "D"), np.datetime64("2262-04-10", "D")

#: Units of times in files with their seconds.
_TIME_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("minutes", 60))

#: Days before the first of each month in a leap year.
_MONTH_STARTS: Final = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)


def doy_index(times: NDArray[Any]) -> IntArray:
    """Row of a seasonal table for each timestamp.

    A date has the same row in every year: 29 February has row 59 to itself, 1 March is row 60 in leap years and
    others alike.

    Parameters
    ----------
    times : array of datetime64, shape (T,)
        Timestamps of any resolution.

    Returns
    -------
    array of int, shape (T,)
        Rows 0 (1 January) to 365 (31 December).
    """
    days = np.asarray(times).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month_number = months.astype(np.int64) % 12
    day_of_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(np.asarray(_MONTH_STARTS)[month_number] + day_of_month, dtype=np.intp)


def month_of_doy() -> IntArray:
    """Calendar month (0 to 11) of each of the 366 rows of a seasonal table."""
    rows = np.arange(N_DOYS)
    return np.asarray(np.searchsorted(np.asarray(_MONTH_STARTS), rows, side="right") - 1, dtype=np.intp)


def daily_times(start: object, n_days: int) -> TimeArray:
    """`n_days` consecutive days from `start` as datetime64[s].

    Raises
    ------
    DataError
        If `start` is not a date, `n_days` is not a positive whole number, or days lie outside the years from
        1 to 99999.
    """
    if isinstance(n_days, (bool, np.bool_)) or not isinstance(n_days, (int, np.integer)):
        raise DataError(f"n_days is {n_days!r}, but a simulation needs a whole number of days.")
    if n_days < 1:
        raise DataError(f"n_days is {n_days}, but a simulation needs at least one day.")
    first = _day(start)
    if not FIRST_DAY <= first <= LAST_DAY:
        raise outside_of_time(first)
    if n_days - 1 > int((LAST_DAY - first).astype(np.int64)):
        raise DataError(
            f"{n_days} days from {first} on end after {LAST_DAY}, the last day that can be counted: simulate fewer days, "
            "start earlier, or simulate several times."
        )
    return np.asarray((first + np.arange(n_days).astype("timedelta64[D]")).astype("datetime64[s]"))


def consecutive_days(times: object, name: str = "times") -> TimeArray:
    """Consecutive days as datetime64[s].

    Raises
    ------
    DataError
        If they are anything else.
    """
    try:
        raw = np.atleast_1d(np.asarray(times))
        if raw.size and raw.dtype.kind in "biufc":
            raise TypeError(f"{raw[0]} is a number")
        stamps = in_seconds(raw.astype("datetime64"))
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name} are not dates ({error}): pass for example xarray's or pandas' date_range.") from error
    days = stamps.astype("datetime64[D]")
    if stamps.ndim != 1 or stamps.size == 0 or np.any(np.isnat(stamps)):
        raise DataError(f"{name} must be a non-empty, one-dimensional array of dates without gaps.")
    steps = np.diff(days).astype(np.int64)
    if np.any(steps != 1):
        at = int(np.argmax(steps != 1))
        raise DataError(
            f"{name} step from {days[at]} to {days[at + 1]}, but consecutive days are needed: the generator is daily."
        )
    return np.asarray(days.astype("datetime64[s]"))


def months_of(times: NDArray[Any]) -> IntArray:
    """Calendar month of each timestamp, 0 (January) to 11."""
    return np.asarray(np.asarray(times).astype("datetime64[M]").astype(np.intp) % 12, dtype=np.intp)


def outside_of_time(day: object) -> DataError:
    """The error for a time that is farther away than any that can be asked for."""
    return DataError(f"the time {day} cannot be used, as times have to lie between {FIRST_DAY} and {LAST_DAY}: move it there.")


def in_seconds(times: TimeArray) -> TimeArray:
    """Times of any resolution as datetime64[s]: to the nearest second where they are finer.

    Raises
    ------
    DataError
        If a time lies outside the years from 1 to 99999, or times closer together than a second would be the same.
    """
    seconds: TimeArray = times.astype("datetime64[s]")
    if np.datetime_data(times.dtype)[0] in ("ms", "us", "ns"):
        seconds = seconds + (times - seconds >= np.timedelta64(500, "ms"))
        merged = (np.diff(seconds, axis=-1) == np.timedelta64(0, "s")) & (np.diff(times, axis=-1) != np.timedelta64(0, "s"))
        if merged.any():
            first = times[..., :-1][merged][0]
            raise DataError(f"after the time {first} comes one within the same second: average them over whole seconds at least.")
    days = times.astype("datetime64[D]")
    outside = (days < FIRST_DAY) | (days > LAST_DAY)
    if outside.any():
        raise outside_of_time(times[outside][0])
    return np.asarray(seconds)


def for_xarray(times: TimeArray) -> TimeArray:
    """Times as the xarray that is installed holds them: as they are, or as datetime64[ns] before 2025.1.2.

    Raises
    ------
    DataError
        If they lie outside the years that such nanoseconds can count, which would be wrapped around without a word.
    """
    import xarray as xr

    if hasattr(xr, "coders") or times.dtype == "datetime64[ns]":
        return times
    days = times.astype("datetime64[D]")
    outside = (days < _IN_NANOSECONDS[0]) | (days > _IN_NANOSECONDS[1])
    if outside.any():
        raise DataError(
            f"the time {days[outside][0]} cannot be held by xarray {xr.__version__}, whose times lie between "
            f"{_IN_NANOSECONDS[0]} and {_IN_NANOSECONDS[1]}: install xarray 2025.1.2 or newer, or choose other days."
        )
    return np.asarray(times.astype("datetime64[ns]"))


def encoded_times(times: xr.Variable) -> xr.Variable:
    """Times as CF numbers: days, hours or minutes since 1970 if they are whole, else seconds as floating-point numbers.

    Classic NetCDF has no 64-bit integers, hence int32, whose minutes end in the year 6053.
    """
    import xarray as xr

    seconds = in_seconds(times.values).astype(np.int64)
    numbers, chosen = seconds.astype(np.float64), "seconds"
    for unit, step in _TIME_UNITS:
        whole, rest = np.divmod(seconds, step)
        if not rest.any() and np.abs(whole).max(initial=0) <= np.iinfo(np.int32).max:
            numbers, chosen = whole.astype(np.int32), unit
            break
    attributes = {**times.attrs, "units": f"{chosen} since 1970-01-01", "calendar": "proleptic_gregorian"}
    return xr.Variable(times.dims, numbers, attributes)


def decoded_times(numbers: NDArray[Any], units: str) -> TimeArray:
    """The inverse of `encoded_times`, which xarray would do in nanoseconds.

    Raises
    ------
    KeyError, ValueError
        If nothing that this software wrote has such units.
    """
    unit, _, since = units.partition(" since ")
    seconds = np.asarray(numbers, dtype=np.int64) * {**dict(_TIME_UNITS), "seconds": 1}[unit]
    return in_seconds(np.datetime64(since, "s") + seconds.astype("timedelta64[s]"))


def _day(start: object) -> np.datetime64:
    """The day that the caller means; of a time with a zone the day on the wall."""
    refusal = f"start is {start!r}, which is not a date; write it like '2030-01-01'."
    # NumPy takes "today" and "now" for the day of the run, which would make another result of the same seed tomorrow.
    if isinstance(start, (int, float, np.number)) or (isinstance(start, str) and not any(sign.isdigit() for sign in start)):
        raise DataError(refusal)
    if isinstance(start, datetime):
        start = start.replace(tzinfo=None)
    try:
        first = np.datetime64(start, "D")  # type: ignore[call-overload]
    except (ValueError, TypeError) as error:
        raise DataError(refusal) from error
    if np.isnat(first):
        raise DataError("start is NaT, which is not a date; write it like '2030-01-01'.")
    return np.datetime64(first)


def rows_on(series: Any, times: TimeArray, name: str) -> FloatArray:
    """Values of one or several series, shape (M, T), on the days `times` where they have a calendar.

    Parameters
    ----------
    series : array, pandas.Series or DataFrame, xarray.DataArray
        Without a calendar it is taken as it is, whatever its length.
    times : array of datetime64, shape (T,)
        The days.
    name : str
        What it is, for messages.

    Raises
    ------
    DataError
        If it holds no numbers, or its calendar not all of the days once.
    """
    calendar = None
    if hasattr(series, "dims") and hasattr(series, "transpose"):
        if "time" not in series.dims:
            raise DataError(f"{name} has the dimensions {', '.join(map(str, series.dims))}, but one of them has to be time.")
        series = series.transpose(..., "time")
        calendar = series["time"].values if "time" in series.coords else None
    elif hasattr(series, "index") and hasattr(series, "to_numpy"):
        index = np.asarray(series.index)
        calendar = index if np.issubdtype(index.dtype, np.datetime64) else None
        series = series.to_numpy().T
    try:
        values = np.atleast_2d(np.asarray(series, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is a {type(series).__name__}, but a series of daily numbers is expected.") from error
    return values if calendar is None else values[:, _places(calendar, times, name)]


def _places(calendar: Any, times: TimeArray, name: str) -> IntArray:
    """Where the days are in a calendar."""
    days, wanted = np.asarray(calendar).astype("datetime64[D]"), times.astype("datetime64[D]")
    if days.size == 0:
        raise DataError(f"{name} has no days, but values from {wanted[0]} to {wanted[-1]} are needed.")
    if np.unique(days).size < days.size:
        raise DataError(f"{name} has several values for one day, but one for each is expected: resample it to days.")
    order = np.argsort(days)
    positions = np.minimum(np.searchsorted(days[order], wanted), days.size - 1)
    missing = days[order][positions] != wanted
    if missing.any():
        raise DataError(
            f"{name} has no value on {wanted[missing][0]} ({int(missing.sum())} of {wanted.size} days are missing; it goes from "
            f"{days[order][0]} to {days[order][-1]}): pass all days from {wanted[0]} to {wanted[-1]}."
        )
    return np.asarray(order[positions])
