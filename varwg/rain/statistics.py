"""Statistics of rain series: transitions between dry and wet, spells, exceedance, hydrological years, dry spells put in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.errors import DataError
from varwg.streams import require_generator

#: Days with at least this much rain are wet, in mm.
WET_THRESHOLD: Final = 1.0
#: Length of a year in days, for rates per year.
_YEAR: Final = 365.2425


def transition_matrix(rain: FloatArray, *, threshold: float = WET_THRESHOLD) -> FloatArray:
    """Probabilities of the next day's state given today's.

    Parameters
    ----------
    rain : array, shape (T,)
        Daily sums in mm, NaN where missing.
    threshold : float
        Smallest sum of a wet day, mm.

    Returns
    -------
    array, shape (2, 2)
        Row 0 after a dry day, row 1 after a wet one; columns dry and wet. Rows sum to one.

    Raises
    ------
    DataError
        If no dry or no wet day is followed by an observed one.
    """
    counts = transition_counts(rain, threshold=threshold)
    totals = counts.sum(axis=1)
    if not totals.all():
        state = ("dry", "wet")[int(np.argmin(totals))]
        raise DataError(f"no {state} day of the series is followed by an observed one: give a longer series.")
    return np.asarray(counts / totals[:, None], dtype=np.float64)


def transition_counts(rain: FloatArray, *, threshold: float = WET_THRESHOLD) -> IntArray:
    """Numbers of pairs of neighbouring observed days by state today (rows) and next day (columns), shape (2, 2)."""
    values = np.asarray(rain, dtype=np.float64)
    observed = np.isfinite(values[:-1]) & np.isfinite(values[1:])
    today, tomorrow = (values[:-1] >= threshold)[observed], (values[1:] >= threshold)[observed]
    return np.bincount(2 * today + tomorrow, minlength=4).reshape(2, 2)


def spell_lengths(rain: FloatArray, *, threshold: float = WET_THRESHOLD) -> tuple[IntArray, IntArray]:
    """Lengths in days of all dry and all wet spells, in their order.

    Gaps and the ends of the record end a spell.

    Parameters
    ----------
    rain : array, shape (T,)
        Daily sums in mm, NaN where missing.
    threshold : float
        Smallest sum of a wet day, mm.

    Returns
    -------
    dry, wet : arrays of int
    """
    values = np.asarray(rain, dtype=np.float64)
    states = np.where(np.isnan(values), -1, (values >= threshold).astype(int))
    starts = np.flatnonzero(np.concatenate([[True], states[1:] != states[:-1]])) if states.size else np.array([], int)
    lengths = np.diff(np.append(starts, states.size))
    return lengths[states[starts] == 0], lengths[states[starts] == 1]


def exceedance(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Observed values from large to small, and the probability that each is reached or exceeded.

    Weibull plotting positions k / (n + 1) (Weibull 1939); NaN is left out.

    Raises
    ------
    DataError
        If there is no value.
    """
    observed = np.asarray(values, dtype=np.float64).ravel()
    observed = np.sort(observed[np.isfinite(observed)])[::-1]
    if not observed.size:
        raise DataError("there is no observed value, so there are no exceedance probabilities.")
    return observed, np.arange(1, observed.size + 1) / (observed.size + 1.0)


def hydrological_years(times: NDArray[Any], *, first_month: int = 11) -> IntArray:
    """Hydrological year of each timestamp, named after the calendar year in which it ends.

    Parameters
    ----------
    times : array of datetime64, shape (T,)
        Timestamps.
    first_month : int
        Month that the year begins with, 1 to 12: 11 in Germany, 10 in the United States, 1 for calendar years.

    Raises
    ------
    DataError
        If `first_month` is not a month.
    """
    if first_month not in range(1, 13):
        raise DataError(f"first_month is {first_month}, but 1 (January) to 12 (December) is expected.")
    months = np.asarray(times).astype("datetime64[M]").astype(np.int64)
    ahead = (13 - first_month) % 12
    return np.asarray(1970 + (months + ahead) // 12, dtype=np.intp)


def random_dryness(
    rain: FloatArray, *, spells_per_year: float, mean_length: float, rng: np.random.Generator
) -> tuple[FloatArray, BoolArray]:
    """Put dry spells into a rain series at random times.

    Spells begin as a Poisson process and have geometric lengths in whole days; they may overlap.

    Parameters
    ----------
    rain : array, shape (..., T)
        Daily sums in mm; the same spells for all series, as droughts are large.
    spells_per_year : float
        Mean number of spells that begin in a year.
    mean_length : float
        Mean length in days, at least 1.
    rng : numpy.random.Generator
        Source of the spells.

    Returns
    -------
    rain : array, shape (..., T)
        Series with zeros in the spells; NaN stays NaN.
    inside : array of bool, shape (T,)
        Where the spells are.

    Raises
    ------
    DataError
        If the rate is negative or the mean length below one day.
    """
    require_generator(rng)
    if spells_per_year < 0.0 or mean_length < 1.0:
        raise DataError(f"spells_per_year is {spells_per_year} and mean_length {mean_length}, but at least 0 and 1 are expected.")
    values = np.asarray(rain, dtype=np.float64)
    n_days = values.shape[-1]
    n_spells = rng.poisson(spells_per_year * n_days / _YEAR)
    starts = rng.integers(0, n_days, size=n_spells)
    lengths = rng.geometric(1.0 / mean_length, size=n_spells)
    changes = np.zeros(n_days + 1, dtype=np.intp)
    np.add.at(changes, starts, 1)
    np.add.at(changes, np.minimum(starts + lengths, n_days), -1)
    inside = np.cumsum(changes[:-1]) > 0
    return np.where(inside & ~np.isnan(values), 0.0, values), inside
