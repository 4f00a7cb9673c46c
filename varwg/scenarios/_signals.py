"""Changes that go day by day: episodes that are drawn, and signals that are given."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray, readonly_floats
from varwg.errors import ScenarioError
from varwg.streams import Streams

#: Name of the streams that the episodes are drawn from.
EPISODES: Final = "episodes"


def episode_series(n_days: int, mean_arrival: float, *, streams: Streams) -> FloatArray:
    """Daily deviations of episodes whose amplitudes have unit standard deviation about zero.

    Episodes follow each other without a break, alternately warm and cold. Their lengths are 1 day more than an
    exponential number (in whole days), their amplitudes |N(0, 1)|, and within an episode the deviation rises and falls
    like a triangle whose mean is the amplitude.

    Parameters
    ----------
    n_days : int
        Length n of the series.
    mean_arrival : float
        Mean of the exponential numbers, days.
    streams : Streams
        Streams of the call; those called "episodes" are used. A longer series begins with the shorter one.

    Returns
    -------
    array, shape (n,)
    """
    lengths = 1 + np.rint(streams.generator(EPISODES, "lengths").exponential(mean_arrival, n_days)).astype(np.intp)
    amplitudes = np.abs(streams.generator(EPISODES, "amplitudes").standard_normal(n_days))
    first_sign = 1.0 if streams.generator(EPISODES, "sign").random() < 0.5 else -1.0
    n_episodes = 1 + int(np.searchsorted(np.cumsum(lengths), n_days))
    signs = first_sign * (-1.0) ** np.arange(n_episodes)
    used = lengths[:n_episodes]
    return (np.repeat(signs * amplitudes[:n_episodes], used) * triangles(used))[:n_days]


def triangles(lengths: IntArray) -> FloatArray:
    """Triangular windows one after the other, each with mean 1: heights at the middles of the days."""
    total = np.repeat(lengths, lengths)
    day = np.arange(total.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    heights = 1.0 - np.abs(2.0 * (day + 0.5) / total - 1.0)
    means = np.add.reduceat(heights, np.cumsum(lengths) - lengths) / lengths
    return np.asarray(heights / np.repeat(means, lengths), dtype=np.float64)


def checked_signal(signal: Any, n_stations: int, start: str = "") -> tuple[FloatArray, str]:
    """A signal as an array of shape (1 or S, N), and its first day, empty if it has no calendar.

    Parameters
    ----------
    signal : array, pandas.Series, xarray.DataArray or None
        Daily values, shape (N,) or (S, N); a DataArray has the dims "time" or ("station", "time") in any order.
    n_stations : int
        Number of stations S.
    start : str
        First day of an array, ISO 8601.

    Raises
    ------
    ScenarioError
        If the shape does not fit, a value is not finite, or the calendar is not one of consecutive days.
    """
    if signal is None:
        if start:
            raise ScenarioError(f"signal_start is {start}, but there is no climate_signal: give both, or leave both out.")
        return readonly_floats(np.zeros((1, 0))), ""
    values, first_day = signal_and_first_day(signal, start)
    rows = np.atleast_2d(values)
    if rows.ndim != 2 or rows.shape[0] not in (1, n_stations) or not rows.size:
        raise ScenarioError(
            f"climate_signal has shape {values.shape}, but daily values, (days,) for all stations or ({n_stations}, days), "
            "are expected."
        )
    if not np.isfinite(rows).all():
        raise ScenarioError(f"climate_signal has {np.sum(~np.isfinite(rows))} missing or infinite values: give all days.")
    return readonly_floats(rows), first_day


def signal_and_first_day(signal: Any, start: str) -> tuple[FloatArray, str]:
    """Values of a signal, and the first day of its calendar (that of an array is `start`), empty where there is none.

    Raises
    ------
    ScenarioError
        If it is no series of numbers, or its calendar is not one of consecutive days.
    """
    values, times = _taken_apart(signal)
    return values, _first_day(times, start)


def signal_on(times: TimeArray, signal: FloatArray, start: str) -> FloatArray:
    """The signal (1 or S, N) on simulated days (T,): by date if it has a first day, else day by day.

    Raises
    ------
    ScenarioError
        If it does not have all the days.
    """
    days, n_known = times.astype("datetime64[D]"), signal.shape[1]
    if not start:
        if n_known != days.size:
            raise ScenarioError(
                f"climate_signal has {n_known} days, but {days.size} are simulated: give as many, or a series with a calendar."
            )
        return signal
    first = int((days[0] - np.datetime64(start, "D")).astype(np.int64))
    if first < 0 or first + days.size > n_known:
        last = np.datetime64(start, "D") + np.timedelta64(n_known - 1, "D")
        raise ScenarioError(
            f"climate_signal has the days from {start} to {last}, but {days[0]} to {days[-1]} are simulated: give all of them."
        )
    return signal[:, first : first + days.size]


def _taken_apart(signal: Any) -> tuple[FloatArray, Any]:
    """Values, and the calendar of a Series or DataArray (None for anything else)."""
    times = None
    if hasattr(signal, "dims") and hasattr(signal, "transpose"):
        if "time" not in signal.dims:
            raise ScenarioError(f"climate_signal has the dims {signal.dims}, but one of them has to be time.")
        signal = signal.transpose(..., "time")
        times = signal["time"].values if "time" in signal.coords else None
    elif hasattr(signal, "index") and hasattr(signal, "to_numpy"):
        index = np.asarray(signal.index)
        times = index if np.issubdtype(index.dtype, np.datetime64) else None
    try:
        return np.asarray(signal, dtype=np.float64), times
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"climate_signal is a {type(signal).__name__}, which is no series of daily numbers.") from error


def _first_day(times: Any, start: str) -> str:
    if times is None:
        try:
            return str(np.datetime64(start, "D")) if start else ""
        except ValueError as error:
            raise ScenarioError(f"signal_start is {start!r}, which is not a date: write it like 2030-01-01.") from error
    days = np.asarray(times).astype("datetime64[D]")
    if np.any(np.diff(days).astype(np.int64) != 1):
        raise ScenarioError("climate_signal has a calendar that is not one of consecutive days: resample it to days.")
    return str(days[0])
