"""The generalised Pareto distribution of exceedances: moments, quantiles and the estimate of its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg.marginals._kernel import bandwidth, bin_values, row_quantiles
from varwg.marginals._sample import SeasonalSample, resolution, spread
from varwg.marginals._seasonal import monthly_factor, row_month_sums, row_sums, seasonal_mean, window_weights
from varwg.marginals._tabulated import make_table, table_scores

#: Daily precipitation has no upper end: annual maxima worldwide have shapes of 0.11 +- 0.05 (Papalexiou &
#: Koutsoyiannis 2013, Water Resources Research 49), while a few exceedances alone tell next to nothing. The upper
#: limit keeps the variance finite.
SHAPE_RANGE: Final = (0.05, 0.35)


def pareto_from_moments(mean: float, mean_square: float) -> tuple[float, float]:
    """Shape and scale that keep the mean and, shape permitting, the mean square of the exceedances.

    Hosking & Wallis (1987, Technometrics 29, section 3): with the ratio q = mean**2 / variance, shape = (1 - q) / 2 and
    scale = mean (1 - shape). The shape is kept inside `SHAPE_RANGE`. The mean has to be positive.
    """
    variance = max(mean_square - mean**2, 1e-6 * mean_square)
    shape = 0.5 * (1.0 - mean**2 / variance)
    shape = min(max(shape, SHAPE_RANGE[0]), SHAPE_RANGE[1])
    return shape, mean * (1.0 - shape)


def pareto_quantiles(log_survival: ArrayLike, shape: float, scale: float) -> FloatArray:
    """Exceedances whose probability of being exceeded has the given logarithm (at most 0); shape > 0."""
    return np.asarray(scale * np.expm1(-shape * np.asarray(log_survival)) / shape, dtype=np.float64)


N_NODES: Final = 100
#: The wet part begins this fraction below the threshold, so that the smallest wet value has a score above a dry day's.
WET_MARGIN: Final = 1e-6
#: Amounts of which the smallest is so many times the threshold are recorded in steps that matter.
_COARSE: Final = 8.0
#: Share of the wet days of a season that is left to the generalised Pareto tail.
_SEASON_TAIL: Final = 0.1
#: Share of all days that is left to the generalised Pareto tail of the year, if these are at least `_MIN_TAIL` days.
_YEAR_TAIL: Final = 1e-3
_MIN_TAIL: Final = 3
_ALTERNATIONS: Final = 5
#: One in so many amounts of a table is enough to know the distribution over the year.
_GRID_STRIDE: Final = 80
#: Nodes of the distribution over the year: scores within the wet days.
_YEAR_SCORES: Final = (-4.0, 9.0, 261)


@dataclass(frozen=True)
class Tail:
    """Generalised Pareto tail beyond `start`, in the unit of the values."""

    start: float
    shape: float
    scale: float


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
    relative = _relative_quantiles(excess / scale[wet_doy], cell / scale[wet_doy], wet_doy, weights, start)
    amounts = lowest + scale[:, None] * relative
    year, tail = _year_quantiles(middle, cell, lowest, values.size)
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
    relative: FloatArray, cell: FloatArray, doy: IntArray, weights: FloatArray, start: FloatArray
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
    exceedances = relative - junction[doy, 0]
    shape, scale = _tail_parameters(exceedances[exceedances > 0.0], 1.0)
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


def _year_quantiles(wet: FloatArray, cell: float, lowest: float, n_days: int) -> tuple[FloatArray, Tail]:
    """Quantiles of the wet days of all seasons at the nodes `_YEAR_SCORES`, and their tail."""
    points = np.maximum(spread(wet, cell), lowest).ravel()
    share = max(_YEAR_TAIL, _MIN_TAIL / n_days) * n_days / wet.size
    tail_start = float(np.quantile(wet, 1.0 - share))
    shape, scale = _tail_parameters(np.maximum(wet - tail_start, 0.0), float(wet.mean()), 1.0 / share)
    scores = np.linspace(*_YEAR_SCORES)
    log_survival = special.log_ndtr(-scores) - np.log(share)
    body = np.minimum(np.quantile(points, special.ndtr(scores)), tail_start)
    body[0] = lowest
    tail = tail_start + pareto_quantiles(np.minimum(log_survival, 0.0), shape, scale)
    return np.where(log_survival < 0.0, tail, body), Tail(tail_start, shape, scale)


def _tail_parameters(exceedances: FloatArray, typical: float, factor: float = 1.0) -> tuple[float, float]:
    """Shape and scale from the mean and mean square, times `factor`, of exceedances of amounts of a `typical` size.

    Where the largest amounts are all equal, a tenth of the typical amount stands for their mean exceedance.
    """
    mean = factor * float(exceedances.mean()) if exceedances.size else 0.0
    square = factor * float(np.square(exceedances).mean()) if exceedances.size else 0.0
    mean = max(mean, 0.1 * typical)
    return pareto_from_moments(mean, max(square, mean**2))


def _to_year(amounts: FloatArray, year: FloatArray, record: _Record) -> FloatArray:
    """Step 3: amounts mapped so that those of all days together have the quantiles `year`."""
    table = make_table(record.start, amounts)
    every_node = np.sort(amounts, axis=None)
    grid = np.unique(np.concatenate([every_node[::_GRID_STRIDE], every_node[-1:]]))
    above = special.ndtr(-table.scores_at(grid, np.arange(N_DOYS)[:, None]))
    survival = (record.counts @ above) / (record.counts @ special.ndtr(-record.start))
    known = np.where(survival < 0.5, -special.ndtri(survival), special.ndtri(np.maximum(1.0 - survival, 0.0)))
    first, last, _ = _YEAR_SCORES
    scores = np.interp(amounts, grid, np.clip(known, first, last))
    return np.asarray(np.interp(scores, np.linspace(*_YEAR_SCORES), year))
