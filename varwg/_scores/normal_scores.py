"""Normal scores of a record without gaps: dry days get latent scores, and missing days are drawn given what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import linalg

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly_floats, solved
from varwg._calendar import N_DOYS
from varwg._scores.amount_noise import amount_noise
from varwg._scores.completion import complete_amounts, complete_scores
from varwg._trend import with_exceedance
from varwg._variables import Variable
from varwg.errors import DataError
from varwg.marginals._base import SeasonalMarginal
from varwg.models._base import Autoregression, companion_matrices, rows_before, table_rows
from varwg.streams import require_generator

#: Days over which the distribution of the first days settles: one year.
_RUN_UP: Final = 366


def infill_scores(
    scores: FloatArray, model: Autoregression, *, rng: np.random.Generator, doy: IntArray | None = None
) -> FloatArray:
    """Draw the missing values jointly from their distribution given all observed ones, past and future.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores on consecutive days, NaN where missing.
    model : VARModel or SeasonalVARModel
        The autoregression the scores follow.
    rng : numpy.random.Generator
        Source of the draws.
    doy : array of int, shape (T,), optional
        Day of the year of every day; needed by a seasonal model.

    Returns
    -------
    array, shape (K, T)
        Scores without gaps; observed entries are the bits that came in.

    Raises
    ------
    DataError
        If the shapes do not fit, a score is infinite or the model has a moving average.

    Notes
    -----
    The same distribution as that of a Kalman simulation smoother, reached by one banded factorisation of the precision
    of the missing values (Rue and Held 2005, Gaussian Markov Random Fields, sections 2.3.1 and 2.4.2).
    """
    require_generator(rng)
    smoothed, missing, factor = _conditioned(scores, model, doy)
    if factor.size:
        smoothed.T[missing.T] += _back_substituted(factor, rng.standard_normal((int(factor.shape[1]),)))
    return smoothed


def smooth_scores(scores: FloatArray, model: Autoregression, *, doy: IntArray | None = None) -> FloatArray:
    """Fill gaps with their means given all observed values; parameters and errors as in `infill_scores`.

    Means vary less than data: use them for estimates, and `infill_scores` for series.
    """
    return _conditioned(scores, model, doy)[0]


def _back_substituted(factor: FloatArray, right: FloatArray) -> FloatArray:
    """Solution of a system whose matrix is upper triangular and banded; SciPy stumbles over a single unknown."""
    if right.size == 1:
        return np.asarray(right / factor[-1])
    return np.asarray(linalg.solve_banded((0, factor.shape[0] - 1), factor, right))


def _conditioned(scores: FloatArray, model: Autoregression, doy: IntArray | None) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Scores with gaps filled by their means, where the gaps are, and the banded Cholesky factor of their precision."""
    series = np.asarray(scores, dtype=np.float64)
    if series.ndim != 2 or series.shape[0] != model.n_variables or series.shape[1] < model.order:
        raise DataError(
            f"scores has shape {series.shape}, but {model.n_variables} variables and at least {model.order} days are expected."
        )
    if model.ma_matrices.size:
        raise DataError("the model has a moving average, which infilling does not know: infill with a VAR of higher order.")
    if np.isinf(series).any():
        raise DataError("scores holds an infinite value: clip ranks before they become scores.")
    missing = np.isnan(series)
    filled = np.where(missing, 0.0, series)
    if not missing.any():
        return filled, missing, np.empty((0, 0))
    system = _System(model, table_rows(model, series.shape[1], doy))
    factor = linalg.cholesky_banded(system.banded_precision(missing))
    filled.T[missing.T] = linalg.cho_solve_banded((factor, False), -system.slope(filled).T[missing.T])
    return filled, missing, factor


class _System:
    """The joint density of a series under the model: exp(-S/2) with S = sum over days of e' Q^-1 e.

    e_t = sum over k of B_k y_{t-k} - c with B_0 = I and B_k = -A_k; the first p days have their own normal distribution.
    """

    def __init__(self, model: Autoregression, rows: IntArray) -> None:
        n_rows, self.order, n_variables, _ = model.lag_matrices.shape
        unit = np.broadcast_to(np.eye(n_variables), (n_rows, 1, n_variables, n_variables))
        self.rows = rows
        self.intercepts = model.intercepts
        self.filters = np.concatenate([unit, -model.lag_matrices], axis=1)
        self.weights = solved(model.covariances, np.eye(n_variables))
        self.start_mean, self.start_precision = _first_days(model, rows)

    def slope(self, series: FloatArray) -> FloatArray:
        """Half the derivative of S with respect to every value, shape (K, T)."""
        order, n_days = self.order, series.shape[1]
        later = self.rows[order:]
        errors = -self.intercepts[later].T
        for lag in range(order + 1):
            errors = errors + np.einsum("tij,jt->it", self.filters[later, lag], series[:, order - lag : n_days - lag])
        weighted = np.einsum("tij,jt->it", self.weights[later], errors)
        slope = np.zeros_like(series)
        for lag in range(order + 1):
            slope[:, order - lag : n_days - lag] += np.einsum("tji,jt->it", self.filters[later, lag], weighted)
        first = series[:, :order].T.ravel() - self.start_mean
        slope[:, :order] += (self.start_precision @ first).reshape(order, -1).T
        return slope

    def banded_precision(self, missing: BoolArray) -> FloatArray:
        """Half the second derivative of S in the missing values, day by day, as an upper band for LAPACK."""
        position = np.full(missing.T.shape, -1)
        position[missing.T] = np.arange(missing.sum())
        entries = [self._entries(position, lag) for lag in range(self.order + 1)]
        rows, columns, values = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        width = int((columns - rows).max())
        band = np.zeros((width + 1, int(missing.sum())))
        band[width + rows - columns, columns] = values
        return band

    def _entries(self, position: IntArray, lag: int) -> tuple[IntArray, IntArray, FloatArray]:
        """Rows, columns and values of the precision between missing values of days t - lag and t, above the diagonal."""
        affected: BoolArray = np.any(position >= 0, axis=1)
        days = lag + np.flatnonzero(affected[lag:] & affected[: affected.size - lag])
        rows = np.broadcast_to(position[days - lag][:, :, None], (days.size, *position.shape[1:] * 2))
        columns = np.broadcast_to(position[days][:, None, :], rows.shape)
        wanted = (rows >= 0) & (columns >= rows)
        return rows[wanted], columns[wanted], self._blocks(days, lag)[wanted]

    def _blocks(self, days: IntArray, lag: int) -> FloatArray:
        """Precision between all values of days t - lag and t, shape (n, K, K)."""
        n_variables = self.intercepts.shape[1]
        blocks = np.zeros((days.size, n_variables, n_variables))
        for ahead in range(self.order - lag + 1):
            error_days = days + ahead
            inside = (error_days >= self.order) & (error_days < self.rows.size)
            rows = self.rows[error_days[inside]]
            left = self.filters[rows, ahead + lag].transpose(0, 2, 1)
            blocks[inside] += left @ self.weights[rows] @ self.filters[rows, ahead]
        start = self.start_precision.reshape(self.order, n_variables, self.order, n_variables)
        for number, day in enumerate(days[days < self.order]):
            blocks[number] += start[day - lag, :, day]
        return blocks


def _first_days(model: Autoregression, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean (pK,) and precision (pK, pK) of the first p days, the oldest first."""
    order, n_variables = model.order, model.n_variables
    companion = companion_matrices(model.lag_matrices)
    mean, covariance = np.zeros(order * n_variables), np.zeros((order * n_variables,) * 2)
    for row in np.concatenate([rows_before(model, rows, _RUN_UP), rows[:order]]):
        mean = companion[row] @ mean
        mean[:n_variables] += model.intercepts[row]
        covariance = companion[row] @ covariance @ companion[row].T
        covariance[:n_variables, :n_variables] += model.covariances[row]
    oldest_first = np.arange(order * n_variables).reshape(order, n_variables)[::-1].ravel()
    return mean[oldest_first], solved(covariance[np.ix_(oldest_first, oldest_first)], np.eye(len(mean)))


#: Amounts recorded as exactly the limit of noise have scores this far below its score, so that rounding moves none across.
_MARGIN: Final = 1e-9
#: Rounds of completion; where there is hardly any rain, its correlations take longer to be found.
_SWEEPS: Final = 80
_SWEEPS_DRY: Final = 200
_MOSTLY_DRY: Final = 0.9


@dataclass(frozen=True, eq=False)
class NoisyAmounts:
    """How noisy the amounts of one series are.

    Attributes
    ----------
    series : int
        Number of the series.
    signal : float
        Share r of the amount's score that its latent score determines; 1 is no noise.
    threshold : array, shape (366,)
        Score above which amounts are noisy.
    """

    series: int
    signal: float
    threshold: FloatArray

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class LatentScores:
    """Complete scores of N series on T days.

    Attributes
    ----------
    scores : array, shape (N, T)
        Standard-normal scores without gaps; those of noisy amounts without their noise.
    noisy : tuple of NoisyAmounts
        The M series whose amounts are noisy.
    noise : array, shape (M, T)
        Their noise, complete.
    """

    scores: FloatArray
    noisy: tuple[NoisyAmounts, ...]
    noise: FloatArray


def latent_scores(
    values: FloatArray,
    marginals: Sequence[SeasonalMarginal],
    variables: Sequence[Variable],
    doy: IntArray,
    *,
    rng: np.random.Generator,
    exceedance: FloatArray | None = None,
) -> LatentScores:
    """Scores of all series, complete.

    Parameters
    ----------
    values : array, shape (N, T)
        Physical values of N series (variables, stations, or both), NaN where missing.
    marginals : sequence of SeasonalMarginal
        The distribution of each series.
    variables : sequence of Variable
        What each series is.
    doy : array of int, shape (T,)
        Day of the year of each value.
    rng : numpy.random.Generator
        Draws the scores of dry days, below their threshold, of gaps, and what is noise in amounts.
    exceedance : array, shape (N, T), optional
        How often each value is exceeded on a day, relative to its distribution (see `varwg._trend`).

    Returns
    -------
    LatentScores
    """
    scores = np.array([marginal.to_scores(row, doy) for marginal, row in zip(marginals, values, strict=True)])
    upper, lower, threshold = (np.full(values.shape, limit) for limit in (np.inf, -np.inf, -np.inf))
    noisy = tuple(row for row, variable in enumerate(variables) if np.isfinite(variable.noisy_above))
    tables = {row: _noise_threshold(marginals[row], variables[row]) for row in noisy}
    for row, marginal in enumerate(marginals):
        censored = marginal.is_censored(values[row], doy)
        upper[row, censored] = marginal.threshold_scores()[doy[censored]]
        capped = marginal.is_capped(values[row], doy)
        lower[row, capped] = marginal.cap_scores()[doy[capped]]
    for row, table in tables.items():
        threshold[row] = table[doy]
    if exceedance is not None:
        scores, upper, lower, threshold = (with_exceedance(rows, exceedance) for rows in (scores, upper, lower, threshold))
    mostly_dry = np.isfinite(upper).mean(axis=1).max() > _MOSTLY_DRY
    completion = complete_amounts(
        scores, upper, threshold, noisy, lower=lower, rng=rng, n_sweeps=_SWEEPS_DRY if mostly_dry else _SWEEPS
    )
    amounts = tuple(
        NoisyAmounts(row, float(completion.signal[row]), readonly_floats(tables[row]))
        for row in noisy
        if completion.signal[row] < 1.0
    )
    return LatentScores(completion.scores, amounts, _noise(scores, upper, completion.scores, threshold, amounts, rng))


def _noise_threshold(marginal: SeasonalMarginal, variable: Variable) -> FloatArray:
    limit = marginal.to_scores(np.full(N_DOYS, variable.noisy_above), np.arange(N_DOYS))
    return np.maximum(limit + _MARGIN, marginal.threshold_scores())


def _noise(
    scores: FloatArray,
    upper: FloatArray,
    latent: FloatArray,
    threshold: FloatArray,
    amounts: tuple[NoisyAmounts, ...],
    rng: np.random.Generator,
) -> FloatArray:
    """Noise of all noisy series; on days without an amount it is drawn to go with the days and series around."""
    if not amounts:
        return np.empty((0, scores.shape[1]))
    uncensored = np.where(np.isfinite(upper), np.nan, scores)
    parts = [amount_noise(uncensored[a.series], latent[a.series], threshold[a.series], a.signal) for a in amounts]
    return complete_scores(np.array(parts), np.full((len(parts), scores.shape[1]), np.inf), rng=rng)
