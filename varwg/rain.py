"""Rain as a series: wet and dry spells, transitions, exceedance, and Richardson's model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly_floats
from varwg._calendar import month_of_doy
from varwg.errors import DataError, FitError
from varwg.streams import require_generator

__all__ = [
    "WET_THRESHOLD",
    "RichardsonModel",
    "exceedance",
    "fit_richardson",
    "hydrological_years",
    "is_wet",
    "random_dryness",
    "simulate_richardson",
    "spell_lengths",
    "transition_counts",
    "transition_matrix",
]

#: Days with at least this much rain are wet, in mm; the convention of the World Meteorological Organization.
WET_THRESHOLD: Final = 1.0
#: What rounding takes of a sum that is written as a flux or in single precision, relative to it.
_ROUNDING: Final = 1e-6
#: Length of a year in days, for rates per year.
_YEAR: Final = 365.2425


def is_wet(rain: FloatArray, threshold: float = WET_THRESHOLD) -> BoolArray:
    """Whether days have at least `threshold` mm of rain, whatever rounding took of it; NaN is not wet.

    Parameters
    ----------
    rain : array
        Daily sums in mm.
    threshold : float
        Smallest sum of a wet day, mm.

    Returns
    -------
    array of bool
    """
    return np.asarray(np.asarray(rain) >= threshold * (1.0 - _ROUNDING))


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
    today, tomorrow = (is_wet(part, threshold)[observed] for part in (values[:-1], values[1:]))
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
    states = np.where(np.isnan(values), -1, is_wet(values, threshold).astype(int))
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


@dataclass(frozen=True, eq=False)
class RichardsonModel:
    """A fitted rain model (Richardson 1981, doi:10.1029/WR017i001p00182; amounts as in WGEN, Richardson and Wright 1984).

    Attributes
    ----------
    threshold : float
        Smallest sum of a wet day, mm.
    p01, p11 : arrays, shape (12,)
        Probability of a wet day after a dry and after a wet one, by month of the later day.
    shape : array, shape (12,)
        Shape of the gamma distribution of what falls beyond the threshold on wet days.
    scale : array, shape (12,)
        Its scale, mm.
    """

    threshold: float
    p01: FloatArray
    p11: FloatArray
    shape: FloatArray
    scale: FloatArray

    __repr__ = brief

    @property
    def wet_fraction(self) -> FloatArray:
        """Stationary share of wet days under each month's probabilities, shape (12,)."""
        return np.asarray(self.p01 / (1.0 + self.p01 - self.p11))


def fit_richardson(rain: FloatArray, doy: IntArray, *, threshold: float = WET_THRESHOLD) -> RichardsonModel:
    """Estimate transition probabilities by counting and gamma distributions by likelihood (Thom 1958's approximation).

    Parameters
    ----------
    rain : array, shape (T,)
        Daily sums in mm on consecutive days, NaN where missing.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day, from `varwg._calendar.doy_index`.
    threshold : float
        Smallest sum of a wet day, mm.

    Raises
    ------
    FitError
        If a month has no dry or no wet day before an observed one, or fewer than two different wet amounts.
    """
    values = np.asarray(rain, dtype=np.float64)
    if values.shape != np.shape(doy):
        raise FitError(f"rain has shape {values.shape} and doy {np.shape(doy)}: give one row per day.")
    month = month_of_doy()[doy]
    wet = values >= threshold
    observed = np.isfinite(values)
    pair = observed[1:] & observed[:-1]
    p01, p11 = np.empty(12), np.empty(12)
    shape, scale = np.empty(12), np.empty(12)
    for number in range(12):
        here = pair & (month[1:] == number)
        p01[number] = _share(wet[1:][here & ~wet[:-1]], number, "dry")
        p11[number] = _share(wet[1:][here & wet[:-1]], number, "wet")
        shape[number], scale[number] = _gamma(values[observed & wet & (month == number)] - threshold, number)
    arrays = (readonly_floats(table) for table in (p01, p11, shape, scale))
    return RichardsonModel(float(threshold), *arrays)


def simulate_richardson(model: RichardsonModel, doy: IntArray, *, rng: np.random.Generator) -> FloatArray:
    """Daily sums in mm, shape (T,), on consecutive days with the given rows; dry days are zero.

    The first day is wet with its month's stationary probability.

    Raises
    ------
    DataError
        If there is no day.
    """
    require_generator(rng)
    month = month_of_doy()[np.asarray(doy, dtype=np.intp)]
    if not month.size:
        raise DataError("doy is empty, but a simulation needs at least one day.")
    uniform = rng.random(month.size)
    amounts = model.threshold + rng.gamma(model.shape[month], model.scale[month])
    after_dry, after_wet = (uniform < model.p01[month]).tolist(), (uniform < model.p11[month]).tolist()
    wet = [bool(uniform[0] < model.wet_fraction[month[0]])]
    for if_dry, if_wet in zip(after_dry[1:], after_wet[1:], strict=True):
        wet.append(if_wet if wet[-1] else if_dry)
    return np.where(wet, amounts, 0.0)


def _share(following: FloatArray, month: int, state: str) -> float:
    if not following.size:
        raise FitError(f"month {month + 1} has no {state} day before an observed one: give a longer record.")
    return float(following.mean())


def _gamma(excess: FloatArray, month: int) -> tuple[float, float]:
    """Shape and scale by maximum likelihood, with Thom's closed form; excesses of zero count as a tenth of the least."""
    if np.unique(excess).size < 2:
        raise FitError(f"month {month + 1} has fewer than two different wet amounts: give a longer record.")
    positive = np.where(excess > 0.0, excess, 0.1 * excess[excess > 0.0].min())
    mean = float(positive.mean())
    gap = np.log(mean) - float(np.log(positive).mean())
    shape = (1.0 + np.sqrt(1.0 + 4.0 * gap / 3.0)) / (4.0 * gap)
    return float(shape), mean / float(shape)


def __dir__() -> list[str]:
    return sorted(__all__)
