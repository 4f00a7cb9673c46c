"""How well a fitted marginal agrees with observations, month by month, and what it says about rare events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from varwg._arrays import FloatArray, IntArray, brief, matrix_product
from varwg._calendar import N_DOYS, doy_index, month_of_doy
from varwg._ranks import LAST_SCORE, RANK_MARGIN
from varwg.errors import DataError
from varwg.marginals._amounts import pareto_quantiles
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._tabulated import normal_density
from varwg.marginals._zero_inflated import ZeroInflated

#: Days of a year as rows of a seasonal table: 29 February comes every fourth year.
_LEAP_ROW: Final = 59
_DAYS_PER_YEAR: Final = 365.25
#: So many times the length of the records of all stations is the return period from which on simulated days are told.
_EXTRAPOLATED: Final = 10.0
#: Difference of shapes that the slope of a return level is taken from.
_STEP: Final = 1e-4

LOGGER: Final = logging.getLogger(__name__)


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

    __repr__ = brief


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
    rows = np.arange(N_DOYS)[:, None]
    low = np.full(periods.shape, marginal.from_scores(np.full(N_DOYS, -LAST_SCORE), rows[:, 0]).min())
    high = np.full(periods.shape, marginal.from_scores(np.full(N_DOYS, LAST_SCORE), rows[:, 0]).max())
    for _ in range(100):
        middle = 0.5 * (low + high)
        often = exceedances_per_year(marginal, middle) > 1.0 / periods
        low, high = np.where(often, middle, low), np.where(often, high, middle)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def exceedances_per_year(marginal: SeasonalMarginal, values: FloatArray) -> FloatArray:
    """Expected number of days of a year above each of the values, shape (N,); 29 February counts a quarter."""
    days = np.ones(N_DOYS)
    days[_LEAP_ROW] = 0.25
    return np.asarray(matrix_product(days, special.ndtr(-marginal.to_scores(values, np.arange(N_DOYS)[:, None]))))


def return_level_range(marginal: SeasonalMarginal, years: ArrayLike, confidence: float = 0.9) -> tuple[FloatArray, FloatArray]:
    """Between which values the return levels of daily rain lie, for all that the record says.

    The errors of where the generalised Pareto tail begins, of its mean exceedance and of its shape (as it is after the shapes
    of other stations and of the world had their share in it), propagated to the logarithm of the level (the delta method: Coles
    2001, An Introduction to Statistical Modeling of Extreme Values, section 4.3.3).

    Parameters
    ----------
    marginal : SeasonalMarginal
        A fitted distribution of the family "zero_inflated".
    years : array_like, shape (N,)
        Return periods in years.
    confidence : float
        Probability that the range holds the level, between 0 and 1.

    Returns
    -------
    low, high : array, shape (N,)

    Raises
    ------
    DataError
        If the distribution has no such tail, a period cannot be used, or the confidence is no probability.
    """
    if not isinstance(marginal, ZeroInflated) or not np.isfinite(marginal.tail_shape_error):
        raise DataError(
            f"the distribution is of the family {marginal.family!r}, and has no tail whose error is known: "
            "choose the marginal 'zero_inflated' and fit again, or take return_level without a range."
        )
    if not 0.0 < confidence < 1.0:
        raise DataError(f"confidence is {confidence!r}, but a probability between 0 and 1 is expected, such as 0.9.")
    levels = return_level(marginal, years)
    rarer = np.atleast_1d(years) * exceedances_per_year(marginal, np.array([marginal.tail_start]))
    log_rarer = np.log(np.maximum(rarer, 1.0))
    shape, mean = marginal.tail_shape, marginal.tail_scale / (1.0 - marginal.tail_shape)

    def exceedance(shape: float) -> FloatArray:
        return pareto_quantiles(-log_rarer, shape, mean * (1.0 - shape))

    slope = (exceedance(shape + _STEP) - exceedance(shape - _STEP)) / (2.0 * _STEP)
    of_mean = np.square(exceedance(shape)) / (1.0 - 2.0 * shape)
    variance = np.square(slope * marginal.tail_shape_error) + (of_mean + marginal.tail_scale**2) / marginal.tail_days
    factor = np.exp(special.ndtri(0.5 + 0.5 * confidence) * np.sqrt(variance) / levels)
    return levels / factor, levels * factor


def tails(model: Any) -> Iterator[tuple[int, int, ZeroInflated]]:
    """Number of the station, of the variable, and distribution of all rain of a model whose tail has a known error."""
    rows = model.marginals if isinstance(model.marginals[0], tuple) else (model.marginals,)
    for (s, row), k in product(enumerate(rows), range(len(model.variables))):
        if isinstance(row[k], ZeroInflated) and np.isfinite(row[k].tail_shape_error):
            yield s, k, row[k]


def tail_lines(model: Any) -> list[str]:
    """What a description says of the tails of rain: shapes at the stations, and the standard error of one."""
    lines = []
    for number, variable in enumerate(model.variables):
        marginals = [marginal for _, k, marginal in tails(model) if k == number]
        if marginals:
            low, high = (f"{extreme(marginal.tail_shape for marginal in marginals):.2f}" for extreme in (min, max))
            error = max(marginal.tail_shape_error for marginal in marginals)
            shapes = low if low == high else f"{low} to {high}"
            lines.append(f"tail of {variable.name}: generalised Pareto, shape {shapes}, standard error {error:.2f}")
    return lines


def rare_days(model: Any, years: float = 100.0) -> Iterator[tuple[str, str, float, float, float]]:
    """Variable, station, return level of all rain of a model, and the range that holds it with 90 % probability."""
    for s, k, marginal in tails(model):
        low, high = return_level_range(marginal, years)
        yield model.variables[k].name, model.stations[s], float(return_level(marginal, years)[0]), float(low[0]), float(high[0])


def warn_of_extrapolation(model: Any, largest: FloatArray) -> None:
    """Tell in the log of the rarest day, if it is much rarer than the record can say.

    Parameters
    ----------
    model : SiteModel or MultisiteModel
        A fitted model.
    largest : array, shape (S, K)
        Largest values of all members.
    """
    record, series = model.n_days / _DAYS_PER_YEAR, list(tails(model))
    # Among many series one is sure to have a day that is rare for it alone.
    rare = _EXTRAPOLATED * record * len(series)
    beyond = []
    for s, k, marginal in series:
        often = float(exceedances_per_year(marginal, largest[s, k : k + 1])[0])
        if often * rare < 1.0:
            beyond.append((often, s, k, marginal))
    if beyond:
        often, s, k, marginal = min(beyond, key=lambda one: one[0])
        LOGGER.warning(
            "%s reaches %.4g %s at %s%s, which is rarer than once in %.0f years, while the record has %.3g: such days rest on "
            "the shape of the tail (%.2f, standard error %.2f), and not on observations; see varwg.marginals.return_level_range.",
            model.variables[k].name,
            largest[s, k],
            model.variables[k].units,
            model.stations[s],
            f" (and as rare amounts in {len(beyond) - 1} other series)" if len(beyond) > 1 else "",
            rare,
            record,
            marginal.tail_shape,
            marginal.tail_shape_error,
        )


def _row_moments(marginal: SeasonalMarginal) -> tuple[FloatArray, FloatArray]:
    """Means of x and x**2 of each row by quadrature over scores, shapes (366,)."""
    scores = np.linspace(-LAST_SCORE, LAST_SCORE, 2001)
    weights = normal_density(scores)
    weights = weights / weights.sum()
    values = marginal.from_scores(scores, np.arange(N_DOYS)[:, None])
    return matrix_product(values, weights), matrix_product(values**2, weights)


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
