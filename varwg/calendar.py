"""Days of the year: the one mapping from a timestamp to the row of a seasonal table, and the calendar of a simulation."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from varwg.arrays import IntArray, TimeArray
from varwg.errors import DataError

#: Rows of every seasonal table; row 59 is 29 February.
N_DOYS: Final = 366

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
    """`n_days` consecutive days from `start` as datetime64[ns].

    Raises
    ------
    DataError
        If `start` is not a date or `n_days` is not positive.
    """
    if n_days < 1:
        raise DataError(f"n_days is {n_days}, but a simulation needs at least one day.")
    try:
        first = np.datetime64(start, "D")  # type: ignore[call-overload]
    except (ValueError, TypeError) as error:
        raise DataError(f"start is {start!r}, which is not a date; write it like '2030-01-01'.") from error
    if np.isnat(first):
        raise DataError("start is NaT, which is not a date; write it like '2030-01-01'.")
    days = first + np.arange(n_days)
    return np.asarray(days.astype("datetime64[ns]"))
