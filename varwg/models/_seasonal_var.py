"""The vector autoregression whose parameters follow the seasons: 366 rows, smoothed over the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, readonly_floats
from varwg._calendar import N_DOYS
from varwg.errors import DataError, FitError
from varwg.marginals._seasonal import circular_distance, row_sums, smooth
from varwg.models._base import check_series, lagged_design, residuals_of, spectral_radius

#: Half-width in days of the window of each day of the year.
WINDOW: Final = 60
#: Harmonics kept of each parameter's course over the year.
N_HARMONICS: Final = 3


@dataclass(frozen=True, eq=False)
class SeasonalVARModel:
    """A fitted VAR(p) with one set of parameters for each day of the year, stable on every one.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercepts : array, shape (366, K)
        c of every row.
    lag_matrices : array, shape (366, p, K, K)
        A_1 to A_p of every row.
    covariances : array, shape (366, K, K)
        Covariance of the innovations of every row.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; days before the first count as zero, NaN where a value is missing.
    n_effective : int
        Number of days, complete with their p predecessors, that were used.
    """

    order: int
    intercepts: FloatArray
    lag_matrices: FloatArray
    covariances: FloatArray
    residuals: FloatArray
    n_effective: int

    @property
    def n_variables(self) -> int:
        """Number of variables K."""
        return int(self.intercepts.shape[1])

    @property
    def ma_matrices(self) -> FloatArray:
        """No moving average, shape (0, K, K)."""
        return np.zeros((0, self.n_variables, self.n_variables))


def fit_seasonal_var(
    scores: FloatArray, doy: IntArray, order: int, *, window: int = WINDOW, n_harmonics: int = N_HARMONICS
) -> SeasonalVARModel:
    """Fit a VAR to a window around every day of the year, then smooth its parameters over the year.

    Coefficients are smoothed by a Fourier series. Covariances are smoothed as matrix logarithms, so that they stay
    positive definite (Arsigny et al. 2007, doi:10.1137/050637996).

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day, from `varwg._calendar.doy_index`.
    order : int
        Number of lags p, at least 1.
    window : int
        Half-width of the windows in days.
    n_harmonics : int
        Harmonics kept of each parameter.

    Raises
    ------
    FitError
        If a window has too few complete days, or a row of the smoothed model is not stable.
    DataError
        If `doy` does not fit `scores`.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    n_predictors = 1 + order * n_variables
    if np.shape(doy) != series.shape[1:]:
        raise DataError(f"doy has shape {np.shape(doy)}, but scores has {series.shape[1]} days: give one row per day.")
    design, days = lagged_design(series, order)
    near = (circular_distance() <= window).astype(np.float64)
    counts = near @ row_sums(doy[days])
    if counts.min() <= n_predictors + n_variables:
        raise FitError(
            f"the window around day {int(counts.argmin()) + 1} of the year has {int(counts.min())} complete days, too few "
            f"for {n_predictors} coefficients per variable: widen the window, lower the order or infill the gaps."
        )
    moments = _windowed_moments(np.concatenate([design, series[:, days].T], axis=1), doy[days], near)
    solution, noise = _solve(moments, n_predictors, counts)
    return _assembled(series, doy, smooth(solution, n_harmonics), _smooth_covariances(noise, n_harmonics), days.size)


def _windowed_moments(columns: FloatArray, doy: IntArray, near: FloatArray) -> FloatArray:
    """Sums of products of all pairs of columns over the window of each row, shape (366, m, m)."""
    ordered = columns[np.argsort(doy, kind="stable")]
    ends = np.cumsum(np.bincount(doy, minlength=N_DOYS))
    parts = np.split(ordered, ends[:-1])
    per_row = np.stack([part.T @ part for part in parts])
    return np.asarray(np.tensordot(near, per_row, axes=1), dtype=np.float64)


def _solve(moments: FloatArray, n_predictors: int, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares of every row: coefficients (366, m, K) and covariances of the residuals (366, K, K)."""
    within, across = moments[:, :n_predictors, :n_predictors], moments[:, :n_predictors, n_predictors:]
    if np.linalg.cond(within).max() > 1e12:
        raise FitError("the variables are linearly dependent in some season: leave out one that follows from the others.")
    solution = np.linalg.solve(within, across)
    unexplained = moments[:, n_predictors:, n_predictors:] - across.transpose(0, 2, 1) @ solution
    return np.asarray(solution), unexplained / (counts - n_predictors)[:, None, None]


def _smooth_covariances(covariances: FloatArray, n_harmonics: int) -> FloatArray:
    logs = smooth(_of_eigenvalues(covariances, np.log), n_harmonics)
    return _of_eigenvalues(logs, np.exp)


def _of_eigenvalues(matrices: FloatArray, function: np.ufunc) -> FloatArray:
    """A function of symmetric matrices, applied to their eigenvalues."""
    values, vectors = np.linalg.eigh((matrices + matrices.transpose(0, 2, 1)) / 2.0)
    return np.asarray(vectors * function(values)[:, None, :] @ vectors.transpose(0, 2, 1), dtype=np.float64)


def _assembled(
    series: FloatArray, doy: IntArray, solution: FloatArray, covariances: FloatArray, n_effective: int
) -> SeasonalVARModel:
    n_variables = series.shape[0]
    lag_matrices = solution[:, 1:].reshape(N_DOYS, -1, n_variables, n_variables).transpose(0, 1, 3, 2)
    radius = spectral_radius(lag_matrices)
    if radius.max() >= 1.0:
        raise FitError(
            f"the seasonal VAR({lag_matrices.shape[1]}) has spectral radius {radius.max():.3f} on day "
            f"{int(radius.argmax()) + 1} of the year, so it is not stable: widen the window or lower the order."
        )
    return SeasonalVARModel(
        order=lag_matrices.shape[1],
        intercepts=readonly_floats(solution[:, 0]),
        lag_matrices=readonly_floats(lag_matrices),
        covariances=readonly_floats(covariances),
        residuals=readonly_floats(residuals_of(series, solution[:, 0], lag_matrices, doy)),
        n_effective=n_effective,
    )
