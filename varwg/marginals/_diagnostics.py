"""How well a fitted marginal agrees with observations, month by month, and what it says about rare events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS, doy_index, month_of_doy
from varwg._ranks import LAST_SCORE, RANK_MARGIN
from varwg.errors import DataError
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._tabulated import normal_density

#: Days of a year as rows of a seasonal table: 29 February comes every fourth year.
_LEAP_ROW: Final = 59
_DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, eq=False)
class GoodnessOfFit:
    """Observed against fitted, one value for each calendar month, shape (12,); NaN in months without values.

    Attributes
    ----------
    count : array of int
        Number of values.
    mean, fitted_mean : array
        Mean of the values, and of the fitted distribution over the same days.
    sd, fitted_sd : array
        Standard deviation likewise.
    censored, fitted_censored : array
        Frequency of censored (dry) values likewise.
    distance : array
        Kolmogorov-Smirnov distance: largest difference between the observed frequency and the fitted probability of
        the uncensored values.
    p_value : array
        Probability of a larger distance if the fit were true, for independent values (asymptotic distribution). Days
        in a row are not independent, so it is too small for most weather.
    """

    count: IntArray
    mean: FloatArray
    fitted_mean: FloatArray
    sd: FloatArray
    fitted_sd: FloatArray
    censored: FloatArray
    fitted_censored: FloatArray
    distance: FloatArray
    p_value: FloatArray


def goodness_of_fit(marginal: SeasonalMarginal, values: FloatArray, times: NDArray[Any]) -> GoodnessOfFit:
    """Monthly comparison of a marginal with values (T,), NaN where missing, at times (T,).

    Raises
    ------
    DataError
        If `values` and `times` do not have the same length.
    """
    series = np.asarray(values, dtype=np.float64)
    doy = doy_index(times)
    if series.shape != doy.shape:
        raise DataError(f"there are {series.size} values but {doy.size} times; give one time for each value.")
    present = np.isfinite(series)
    series, doy = series[present], doy[present]
    first, second = _row_moments(marginal)
    dry = marginal.is_censored(series, doy)
    dry_rank = special.ndtr(marginal.threshold_scores())
    month = month_of_doy()[doy]
    mean, fitted_mean = _monthly(series, month), _monthly(first[doy], month)
    fitted_square = _monthly(second[doy], month) - fitted_mean**2
    between = ~dry & ~marginal.is_capped(series, doy)
    cap_rank = special.ndtr(marginal.cap_scores())
    ranks = (marginal.cdf(series, doy) - dry_rank[doy]) / np.maximum(cap_rank - dry_rank, RANK_MARGIN)[doy]
    tests = [_distance(np.sort(ranks[(month == number) & between])) for number in range(12)]
    return GoodnessOfFit(
        np.bincount(month, minlength=12).astype(np.intp),
        mean,
        fitted_mean,
        np.sqrt(_monthly((series - mean[month]) ** 2, month)),
        np.sqrt(np.maximum(fitted_square, 0.0)),
        _monthly(dry.astype(np.float64), month),
        _monthly(dry_rank[doy], month),
        np.array([distance for distance, _ in tests]),
        np.array([p_value for _, p_value in tests]),
    )


def return_level(marginal: SeasonalMarginal, years: ArrayLike) -> FloatArray:
    """Daily value that is exceeded once in the given number of years on average, over all days of the year.

    The root of sum_d (1 - F_d(x)) = 1 / years, by bisection; 29 February counts a quarter.

    Parameters
    ----------
    marginal : SeasonalMarginal
        The fitted distribution.
    years : array_like, shape (N,)
        Return periods in years, more than one day.

    Raises
    ------
    DataError
        If a return period is not longer than a day, or so long that no rank stands for it.
    """
    periods = np.atleast_1d(np.asarray(years, dtype=np.float64))
    if not ((periods > 1.0 / _DAYS_PER_YEAR) & (periods < 1e8)).all():
        raise DataError(f"return periods are {years!r} years, but must lie between a day and 1e8 years.")
    days = np.ones(N_DOYS)
    days[_LEAP_ROW] = 0.25
    rows = np.arange(N_DOYS)[:, None]
    low = np.full(periods.shape, marginal.from_scores(np.full(N_DOYS, -LAST_SCORE), rows[:, 0]).min())
    high = np.full(periods.shape, marginal.from_scores(np.full(N_DOYS, LAST_SCORE), rows[:, 0]).max())
    for _ in range(100):
        middle = 0.5 * (low + high)
        exceedances = days @ special.ndtr(-marginal.to_scores(middle, rows))
        often = exceedances > 1.0 / periods
        low, high = np.where(often, middle, low), np.where(often, high, middle)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def _row_moments(marginal: SeasonalMarginal) -> tuple[FloatArray, FloatArray]:
    """Means of x and x**2 of each row by quadrature over scores, shapes (366,)."""
    scores = np.linspace(-LAST_SCORE, LAST_SCORE, 2001)
    weights = normal_density(scores)
    weights = weights / weights.sum()
    values = marginal.from_scores(scores, np.arange(N_DOYS)[:, None])
    return values @ weights, values**2 @ weights


def _monthly(values: FloatArray, month: IntArray) -> FloatArray:
    """Mean of the values of each month, NaN where there are none, shape (12,)."""
    counts = np.bincount(month, minlength=12)
    sums = np.bincount(month, weights=values, minlength=12)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), dtype=np.float64)


def _distance(ranks: FloatArray) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance of sorted ranks from uniform, and its asymptotic p-value."""
    n = ranks.size
    if n == 0:
        return np.nan, np.nan
    steps = np.arange(n + 1) / n
    distance = float(max(np.max(steps[1:] - ranks), np.max(ranks - steps[:-1])))
    return distance, float(special.kolmogorov(distance * np.sqrt(n)))
