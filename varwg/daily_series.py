"""Daily series that users hand in: arrays, or series with a calendar that days are looked up in."""

from __future__ import annotations

from typing import Any

import numpy as np

from varwg.arrays import FloatArray, IntArray, TimeArray
from varwg.errors import DataError


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
            raise DataError(f"{name} has the dims {', '.join(map(str, series.dims))}, but one of them has to be time.")
        series = series.transpose(..., "time")
        calendar = series["time"].values if "time" in series.coords else None
    elif hasattr(series, "index") and hasattr(series, "to_numpy"):
        index = np.asarray(series.index)
        calendar = index if np.issubdtype(index.dtype, np.datetime64) else None
        series = series.to_numpy().T
    try:
        values = np.atleast_2d(np.asarray(series, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is a {type(series).__name__}, which is no series of daily numbers.") from error
    return values if calendar is None else values[:, _places(calendar, times, name)]


def _places(calendar: Any, times: TimeArray, name: str) -> IntArray:
    """Where the days are in a calendar."""
    known, wanted = np.asarray(calendar).astype("datetime64[D]"), times.astype("datetime64[D]")
    if known.size == 0:
        raise DataError(f"{name} has no days, but values from {wanted[0]} to {wanted[-1]} are needed.")
    if np.unique(known).size < known.size:
        raise DataError(f"{name} has several values for one day, but one for each is expected: resample it to days.")
    order = np.argsort(known)
    found = np.minimum(np.searchsorted(known[order], wanted), known.size - 1)
    missing = known[order][found] != wanted
    if missing.any():
        raise DataError(
            f"{name} has no value on {wanted[missing][0]} ({int(missing.sum())} of {wanted.size} days are missing; it goes from "
            f"{known[order][0]} to {known[order][-1]}): pass all days from {wanted[0]} to {wanted[-1]}."
        )
    return np.asarray(order[found])
