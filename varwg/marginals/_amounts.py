"""Amounts of rain: a body that has seasons, and a generalised Pareto tail whose shape is informed by other stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, correlation_matrix, matrix_product, solved
from varwg._calendar import N_DOYS
from varwg.marginals._kernel import bandwidth, bin_values, row_quantiles
from varwg.marginals._sample import SeasonalSample, TailShape, resolution, spread
from varwg.marginals._seasonal import monthly_factor, row_month_sums, row_sums, seasonal_mean, window_weights
from varwg.marginals._tabulated import make_table, table_scores

#: Shape of the tail of daily rain worldwide (Papalexiou and Koutsoyiannis 2013, Water Resources Research 49): 0.114, and 0.045
#: from place to place. What a tail that begins at some hundred days looks like varies more: exponential amounts have 0, and
#: lognormal ones 0.4. So the shape of a region is given the width of `_REGIONAL_SD`, and its stations differ by `_LOCAL_SD`.
_PRIOR_SHAPE: Final = 0.114
_REGIONAL_SD: Final = 0.08
_LOCAL_SD: Final = 0.03
#: Daily precipitation has no upper end, and a finite variance.
SHAPE_RANGE: Final = (0.01, 0.45)
#: Rounds of finding shapes and their sampling variances, which depend on the shapes.
_ROUNDS: Final = 3


@dataclass(frozen=True, eq=False)
class _Exceedances:
    """The largest days of a series: where they begin, by how much each exceeds that, and which days they are."""

    start: float
    amounts: FloatArray
    is_one: BoolArray

    @classmethod
    def of(cls, values: FloatArray, threshold: float) -> _Exceedances:
        """Of a series (T,) with NaN where it is missing; amounts recorded in steps are spread over their steps."""
        is_wet = (values >= threshold) & (values > 0.0)
        wet = values[is_wet]
        n_days = int(np.clip(_YEAR_TAIL * np.isfinite(values).sum(), _MIN_TAIL, max(_MOST_OF_WET * wet.size, 2)))
        order = np.argsort(wet, kind="stable")
        # Multiples of the golden ratio fill the steps evenly, however many amounts are equal.
        filled = wet[order] + resolution(wet) * ((np.arange(wet.size) * _GOLDEN) % 1.0 - 0.5)
        ranked = np.sort(filled)
        start = 0.5 * float(ranked[-n_days] + ranked[-n_days - 1])
        is_one = np.zeros(values.shape, dtype=np.bool_)
        is_one[np.flatnonzero(is_wet)[order[filled > start]]] = True
        return cls(start, ranked[ranked > start] - start, is_one)

    def mean(self, shape: float, typical: float) -> float:
        """Mean exceedance; where the largest amounts are all equal, a tenth of the `typical` one.

        An amount that one in twenty records as long would exceed is taken for that: a flood is no reason for larger amounts on
        all other days.
        """
        without_largest = max(float(self.amounts[:-1].mean()), 0.1 * typical)
        log_survival = -np.log(_ONE_OF_RECORDS * self.amounts.size)
        highest = pareto_quantiles(log_survival, shape, without_largest * (1.0 - shape))
        return max(float(np.minimum(self.amounts, highest).mean()), 0.1 * typical)

    def shape(self) -> float:
        """Shape by two L-moments, whose ratio is 1 / (2 - shape) (Hosking and Wallis 1987, Technometrics 29, section 3)."""
        ranked, size = np.sort(self.amounts), self.amounts.size
        first = float(ranked.mean())
        second = 2.0 * float(np.sum(ranked * np.arange(size))) / (size * (size - 1.0)) - first
        return 2.0 - first / max(second, 1e-9 * first)


def tail_shapes(series: FloatArray, threshold: float) -> tuple[TailShape | None, ...]:
    """Shapes of the tails of rain at S stations, each informed by the others.

    A few dozen large days say little about the shape: its standard error is 0.13 after ten years. So the shapes have the normal
    prior distribution of a region and of stations within it (see `_PRIOR_SHAPE`), and what is given is their posterior mean and
    standard deviation: kriging of the estimates of all stations (empirical Bayes; Morris 1983, J. Am. Stat. Assoc. 78, 47). The
    errors of stations whose large days fall on the same dates are correlated, like squares of what is.

    Parameters
    ----------
    series : array, shape (S, T)
        Amounts, NaN where missing.
    threshold : float
        Smallest wet amount.

    Returns
    -------
    tuple (S) of TailShape or None
        None for stations with fewer wet days than `MIN_WET`.
    """
    rainy = np.count_nonzero((series >= threshold) & (series > 0.0), axis=1) >= MIN_WET
    if not rainy.any():
        return (None,) * len(series)
    largest = [_Exceedances.of(values, threshold) for values in series[rainy]]
    estimates = np.array([exceedances.shape() for exceedances in largest])
    sizes = np.array([exceedances.amounts.size for exceedances in largest], dtype=np.float64)
    together = correlation_matrix(np.array([exceedances.is_one for exceedances in largest], dtype=np.float64)) ** 2
    prior = _REGIONAL_SD**2 + _LOCAL_SD**2 * np.eye(estimates.size)
    shapes, covariance = np.full(estimates.size, _PRIOR_SHAPE), prior
    for _ in range(_ROUNDS):
        sd = np.sqrt(_shape_variance(np.clip(shapes, *SHAPE_RANGE)) / sizes)
        gain = solved(prior + together * np.outer(sd, sd), prior).T
        shapes, covariance = _PRIOR_SHAPE + gain @ (estimates - _PRIOR_SHAPE), prior - gain @ prior
    errors = np.sqrt(np.diag(covariance))
    pooled = iter(zip(np.clip(shapes, *SHAPE_RANGE).tolist(), errors.tolist(), strict=True))
    return tuple(TailShape(*next(pooled)) if one else None for one in rainy)


def _shape_variance(shape: FloatArray) -> FloatArray:
    """Variance of the shape by L-moments, times the number of exceedances (Hosking and Wallis 1987, section 3)."""
    return np.asarray(
        (1.0 - shape) * (2.0 - shape) ** 2 * (1.0 - shape + 2.0 * shape**2) / ((1.0 - 2.0 * shape) * (3.0 - 2.0 * shape))
    )


def pareto_quantiles(log_survival: ArrayLike, shape: float, scale: ArrayLike) -> FloatArray:
    """Exceedances whose probability of being exceeded has the given logarithm (at most 0); shape > 0."""
    return np.asarray(np.asarray(scale) * np.expm1(-shape * np.asarray(log_survival)) / shape, dtype=np.float64)


#: Fewer wet values than this do not determine a distribution of amounts.
MIN_WET: Final = 5
N_NODES: Final = 100
#: The wet part begins this fraction below the threshold, so that the smallest wet value has a score above a dry day's.
WET_MARGIN: Final = 1e-6
#: Amounts of which the smallest is so many times the threshold are recorded in steps that matter.
_COARSE: Final = 8.0
#: Share of the wet days of a season that is left to the generalised Pareto tail.
_SEASON_TAIL: Final = 0.1
#: Share of all days that is left to the generalised Pareto tail of the year, the fewest days, and the most of those that are wet.
_YEAR_TAIL: Final = 0.03
_MIN_TAIL: Final = 30
_MOST_OF_WET: Final = 0.3
_GOLDEN: Final = 0.6180339887498949
_ONE_OF_RECORDS: Final = 20.0
#: Days beyond the start of the tail of a season that tell their mean.
_FEWEST_BEYOND: Final = 30.0
_ALTERNATIONS: Final = 5
#: One in so many amounts of a table is enough to know the distribution over the year.
_GRID_STRIDE: Final = 80
#: Nodes of the distribution over the year: scores within the wet days.
_YEAR_SCORES: Final = (-4.0, 9.0, 261)


@dataclass(frozen=True)
class Tail:
    """Generalised Pareto tail of the days of all seasons beyond `start`, in the unit of the values.

    Attributes
    ----------
    start, scale, shape : float
        Parameters.
    shape_error : float
        Standard error of the shape.
    n_days : int
        Days on record beyond the start.
    """

    start: float
    scale: float
    shape: float
    shape_error: float
    n_days: int


@dataclass(frozen=True, eq=False)
class _Record:
    """What the amounts have to agree with.

    Attributes
    ----------
    counts, totals : array, shape (366,)
        Number of days on record and their sum, on each row.
    start : array, shape (366,)
        Score of the dry probability of each row.
    lowest : float
        Where the amounts begin.
    """

    counts: FloatArray
    totals: FloatArray
    start: FloatArray
    lowest: float


def amount_quantiles(sample: SeasonalSample, start: FloatArray) -> tuple[FloatArray, Tail]:
    """Amounts at the nodes of a score table that begins at `start`, shape (366, N), and the tail of the year.

    Parameters
    ----------
    sample : SeasonalSample
        All values, dry days included.
    start : array, shape (366,)
        Score of the dry probability of each row.
    """
    values, doy, threshold = sample.values, sample.doy, sample.threshold
    is_wet = ~sample.dry()
    wet, wet_doy = values[is_wet], doy[is_wet]
    # Of amounts in whole millimetres none is below the first: there the wet part begins, and needs no cell above it.
    is_coarse = bool(wet.min() >= _COARSE * threshold)
    lowest = float(wet.min()) if is_coarse else threshold * (1.0 - WET_MARGIN)
    record = _Record(row_sums(doy), row_sums(doy, values), start, lowest)
    cell = resolution(wet)
    weights = window_weights(row_sums(wet_doy), sample.window)
    middle = wet if is_coarse else wet + _cell_shift(wet, cell)
    excess = middle - lowest
    scale = np.maximum(seasonal_mean(excess, wet_doy, weights, sample.order), 0.1 * excess.mean())
    shape = sample.tail or tail_shapes(values[None], threshold)[0] or TailShape(_PRIOR_SHAPE, _REGIONAL_SD)
    relative = _relative_quantiles(
        excess / scale[wet_doy], cell / scale[wet_doy], wet_doy, weights, start, sample.window, shape.shape
    )
    amounts = lowest + scale[:, None] * relative
    year, tail = _year_quantiles(middle, cell, lowest, _Exceedances.of(values, threshold), shape)
    for _ in range(_ALTERNATIONS):
        amounts = _to_year(_to_months(amounts, record), year, record)
    return _to_months(amounts, record), tail


def _cell_shift(wet: FloatArray, cell: float) -> FloatArray:
    """Distance of the middle of each recorded amount's cell from the amount: half a cell, fading to the mean amount."""
    smallest = wet.min()
    return np.asarray(0.5 * cell * np.clip((wet.mean() - wet) / (wet.mean() - smallest), 0.0, 1.0), dtype=np.float64)


def wet_scores(start: FloatArray, scores: FloatArray) -> FloatArray:
    """Scores within the wet days: Phi^-1((Phi(z) - p0) / (1 - p0)), accurate in both tails."""
    wet = special.ndtr(-start)[:, None]
    above = special.ndtr(-scores) / wet
    below = np.maximum((special.ndtr(scores) - special.ndtr(start)[:, None]) / wet, 0.0)
    return np.asarray(np.where(above < 0.5, -special.ndtri(above), special.ndtri(below)), dtype=np.float64)


def _relative_quantiles(
    relative: FloatArray, cell: FloatArray, doy: IntArray, weights: FloatArray, start: FloatArray, window: int, shape: float
) -> FloatArray:
    """Step 1 for amounts relative to their seasonal mean, recorded in cells of the given widths, shape (366, N)."""
    points = np.cbrt(np.maximum(relative + cell * spread(np.zeros(1), 1.0), 0.0))
    binned = bin_values(points, doy, 0.0, 0.0, np.inf)
    scores = table_scores(start, N_NODES)[1]
    junction_score = np.full((N_DOYS, 1), -special.ndtri(_SEASON_TAIL))
    wanted = np.hstack([wet_scores(start, scores), junction_score])
    body = row_quantiles(binned, weights, bandwidth(binned, weights), wanted) ** 3
    body[:, 0] = 0.0
    junction = body[:, -1:]
    exceedances = np.maximum(relative - junction[doy, 0], 0.0)
    beyond = exceedances > 0.0
    counts = row_sums(doy[beyond])
    season = window_weights(counts, window, _FEWEST_BEYOND)
    mean = matrix_product(season, row_sums(doy, exceedances)) / np.maximum(matrix_product(season, counts), 1.0)
    scale = np.maximum(mean, 0.1)[:, None] * (1.0 - shape)
    log_survival = special.log_ndtr(-scores) - special.log_ndtr(-start)[:, None] - np.log(_SEASON_TAIL)
    tail = junction + pareto_quantiles(np.minimum(log_survival, 0.0), shape, scale)
    return np.asarray(np.where(log_survival < 0.0, tail, body[:, :-1]), dtype=np.float64)


def _to_months(amounts: FloatArray, record: _Record) -> FloatArray:
    """Step 2: amounts scaled towards the monthly means on record; months without any rain on record are left alone."""
    excess = amounts - record.lowest
    expected = record.counts * make_table(record.start, excess).moments()[0]
    base = record.counts * special.ndtr(-record.start) * record.lowest
    factor = monthly_factor(expected, row_month_sums(record.totals - base))
    return np.asarray(record.lowest + factor[:, None] * excess, dtype=np.float64)


def _year_quantiles(
    wet: FloatArray, cell: float, lowest: float, largest: _Exceedances, shape: TailShape
) -> tuple[FloatArray, Tail]:
    """Quantiles of the wet days of all seasons at the nodes `_YEAR_SCORES`, and their tail."""
    points = np.maximum(spread(wet, cell), lowest).ravel()
    scale = largest.mean(shape.shape, float(wet.mean())) * (1.0 - shape.shape)
    scores = np.linspace(*_YEAR_SCORES)
    log_survival = special.log_ndtr(-scores) - np.log(largest.amounts.size / wet.size)
    body = np.minimum(np.quantile(points, special.ndtr(scores)), largest.start)
    body[0] = lowest
    tail = largest.start + pareto_quantiles(np.minimum(log_survival, 0.0), shape.shape, scale)
    quantiles = np.where(log_survival < 0.0, tail, body)
    return quantiles, Tail(largest.start, scale, shape.shape, shape.error, largest.amounts.size)


def _to_year(amounts: FloatArray, year: FloatArray, record: _Record) -> FloatArray:
    """Step 3: amounts mapped so that those of all days together have the quantiles `year`."""
    table = make_table(record.start, amounts)
    every_node = np.sort(amounts, axis=None)
    grid = np.unique(np.concatenate([every_node[::_GRID_STRIDE], every_node[-1:]]))
    above = special.ndtr(-table.scores_of_all(grid))
    survival = matrix_product(record.counts, above) / np.sum(record.counts * special.ndtr(-record.start))
    exact = np.where(survival < 0.5, -special.ndtri(survival), special.ndtri(np.maximum(1.0 - survival, 0.0)))
    first, last, _ = _YEAR_SCORES
    scores = np.interp(amounts, grid, np.clip(exact, first, last))
    return np.asarray(np.interp(scores, np.linspace(*_YEAR_SCORES), year))
