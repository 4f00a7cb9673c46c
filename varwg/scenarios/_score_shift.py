"""Changes of the mean of a variable: day by day, as signals and episodes, and as shifts of its normal scores."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, TimeArray, readonly_floats
from varwg._calendar import N_DOYS
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._normal import Normal
from varwg.marginals._sinh_arcsinh import SinhArcsinh
from varwg.streams import Streams

#: Largest shift that is looked for.
_MAX_SHIFT: Final = 5.0
#: Numbers of shifts at which means are tabulated, first roughly and then where they are needed.
_COARSE, _FINE = 41, 61


def score_shift(marginal: SeasonalMarginal, increments: FloatArray, *, variable: str, station: str) -> FloatArray:
    """Shift of the standard-normal scores that changes the mean of each day of the year by what is asked.

    Solves E[F_d^-1(Phi(Z + shift_d))] = mean_d + increment_d for all 366 days at once; for the normal family that is
    increment / standard deviation.

    Parameters
    ----------
    marginal : SeasonalMarginal
        Distribution of the primary variable at the station.
    increments : array, shape (366,)
        Change of the mean per day of the year, in the variable's unit.
    variable, station : str
        For the error message.

    Returns
    -------
    array, shape (366,)

    Raises
    ------
    ScenarioError
        If no shift reaches the change, because the variable's bounds are in the way.
    """
    if type(marginal) is Normal:
        return np.asarray(increments / marginal.scale, dtype=np.float64)
    return solve_shift(marginal, increments, variable, station)


def added_by_value(marginal: SeasonalMarginal | None) -> bool:
    """Whether a change of the mean is added to every value: on the whole real line, if scores are no straight line of values."""
    return isinstance(marginal, SinhArcsinh)


def moved_scores(
    marginal: SeasonalMarginal, scores: FloatArray, increments: FloatArray, doy: IntArray, factor: float = 1.0
) -> FloatArray:
    """Scores (..., T) of values to which increments (..., T) are added, their deviations from the mean multiplied by a factor."""
    values = marginal.from_scores(scores, doy)
    if factor != 1.0:
        mean = marginal.mean()[doy]
        values = mean + factor * (values - mean)
    return marginal.to_scores(values + increments, doy)


def solve_shift(marginal: SeasonalMarginal, increments: FloatArray, variable: str, station: str) -> FloatArray:
    """`score_shift` for any family, by bisection."""
    rows = np.arange(N_DOYS)[:, None]
    nodes, weights = _normal_nodes()

    def mean_of(shift: FloatArray) -> FloatArray:
        return np.asarray(marginal.from_scores(nodes + shift[:, None], rows) @ weights)

    target = mean_of(np.zeros(N_DOYS)) + increments
    low, high = np.full(N_DOYS, -_MAX_SHIFT), np.full(N_DOYS, _MAX_SHIFT)
    reachable = (mean_of(low) < target) & (target < mean_of(high))
    if not np.all(reachable):
        row = int(np.argmin(reachable))
        raise _out_of_reach(increments[row], target[row], row, variable, station)
    for _ in range(45):
        middle = (low + high) / 2
        above = mean_of(middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(increments == 0.0, 0.0, (low + high) / 2)


def daily_score_shift(
    marginal: SeasonalMarginal,
    increments: FloatArray,
    doy: IntArray,
    *,
    variable: str,
    station: str,
    mean: FloatArray | float = 0.0,
    sd: FloatArray | float = 1.0,
    factor: float = 1.0,
) -> FloatArray:
    """Shift of the scores that changes the mean of each simulated day by what is asked of that day.

    Solves E[F_d^-1(Phi(m_d + f s_d Z + shift_t))] = E[F_d^-1(Phi(m_d + s_d Z))] + increment_t, where m and s are the mean
    and standard deviation of the scores before the change and f a factor by which their deviations have been multiplied.
    For the normal family that is increment / standard deviation, otherwise it is read from a table of means.

    Parameters
    ----------
    marginal : SeasonalMarginal
        Distribution of the primary variable at the station.
    increments : array, shape (T,)
        Change of the mean of each day, in the variable's unit.
    doy : array of int, shape (T,)
        Row 0 to 365 of each day.
    variable, station : str
        For the error message.
    mean, sd : float or array, shape (366,)
        m and s.
    factor : float
        f.

    Returns
    -------
    array, shape (T,)

    Raises
    ------
    ScenarioError
        If no shift reaches the change, because the variable's bounds are in the way.
    """
    if type(marginal) is Normal:
        return np.asarray(increments / marginal.scale[doy], dtype=np.float64)
    centre, spread = (np.broadcast_to(np.asarray(values, dtype=np.float64), (N_DOYS,)) for values in (mean, sd))
    target = _means(marginal, np.zeros(1), centre, spread)[doy, 0] + increments
    shifts = np.linspace(-_MAX_SHIFT, _MAX_SHIFT, _COARSE)
    for n_shifts in (_FINE, 0):
        table = _means(marginal, shifts, centre, factor * spread)
        position = _position(table, target, doy)
        lost = (position < 0) | (position >= shifts.size - 1)
        if lost.any():
            day = int(np.argmax(lost))
            raise _out_of_reach(increments[day], target[day], int(doy[day]), variable, station)
        if n_shifts:
            shifts = np.linspace(shifts[position.min()], shifts[position.max() + 1], n_shifts)
    below, above = table[doy, position], table[doy, position + 1]
    return np.asarray(shifts[position] + (target - below) / (above - below) * (shifts[1] - shifts[0]))


def _normal_nodes() -> tuple[FloatArray, FloatArray]:
    """Standard-normal scores and their probabilities."""
    nodes = np.linspace(-6.0, 6.0, 241)
    weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
    return nodes, weights


def _means(marginal: SeasonalMarginal, shifts: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Mean of the variable for each row of the year and each shift, shape (366, n), rising with the shift."""
    nodes, weights = _normal_nodes()
    rows = np.arange(N_DOYS)[:, None]
    scores = centre[:, None] + spread[:, None] * nodes
    means = np.array([marginal.from_scores(scores + shift, rows) @ weights for shift in shifts])
    return np.maximum.accumulate(means, axis=0).T


def _position(table: FloatArray, target: FloatArray, doy: IntArray) -> IntArray:
    """Cell of its row of `table` that each target lies in; -1 and the last column are outside."""
    position = np.empty(target.size, dtype=np.intp)
    order = np.argsort(doy, kind="stable")
    ends = np.cumsum(np.bincount(doy, minlength=N_DOYS))
    for row, days in enumerate(np.split(order, ends[:-1])):
        position[days] = np.searchsorted(table[row], target[days], side="right") - 1
    return position


def _out_of_reach(increment: float, target: float, row: int, variable: str, station: str) -> ScenarioError:
    return ScenarioError(
        f"a change of {increment:g} would bring the mean of {variable} at {station} to {target:g} on "
        f"day {row + 1} of the year, beyond what its distribution allows: ask for a smaller change."
    )


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
        Daily values, shape (N,) or (S, N); a DataArray has the dimensions "time" or ("station", "time") in any order.
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
            raise ScenarioError(
                f"climate_signal has the dimensions {', '.join(map(str, signal.dims))}, but one of them has to be time."
            )
        signal = signal.transpose(..., "time")
        times = signal["time"].values if "time" in signal.coords else None
    elif hasattr(signal, "index") and hasattr(signal, "to_numpy"):
        index = np.asarray(signal.index)
        times = index if np.issubdtype(index.dtype, np.datetime64) else None
    try:
        return np.asarray(signal, dtype=np.float64), times
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"climate_signal is a {type(signal).__name__}, but a series of daily numbers is expected.") from error


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
