"""What all vector autoregressions share: their tables, the rows a calendar asks for, lagged designs, stability."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg.errors import DataError, FitError


@runtime_checkable
class Autoregression(Protocol):
    """A vector autoregression whose parameters may vary with the season, and whose noise may be a moving average.

    y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + e_t + M_1 e_{t-1} + ... + M_q e_{t-q}. Parameters come as tables of R rows:
    one for a constant model, 366 for a seasonal one.
    """

    @property
    def order(self) -> int:
        """Number of lags p."""

    @property
    def n_variables(self) -> int:
        """Number of variables K."""

    @property
    def intercepts(self) -> FloatArray:
        """Shape (R, K)."""

    @property
    def lag_matrices(self) -> FloatArray:
        """A_1 to A_p of every row, shape (R, p, K, K)."""

    @property
    def covariances(self) -> FloatArray:
        """Covariance of the innovations, shape (R, K, K)."""

    @property
    def ma_matrices(self) -> FloatArray:
        """M_1 to M_q, shape (q, K, K); q is 0 for a pure autoregression."""


def table_rows(model: Autoregression, n_days: int, doy: IntArray | None) -> IntArray:
    """The row of the model's tables that each of `n_days` days uses.

    Raises
    ------
    DataError
        If a seasonal model is not told the days of the year, or `doy` has another length than the series.
    """
    n_rows = model.intercepts.shape[0]
    if doy is not None and np.shape(doy) != (n_days,):
        raise DataError(f"doy has shape {np.shape(doy)}, but the series has {n_days} days: give one row per day.")
    if n_rows == 1:
        return np.zeros(n_days, dtype=np.intp)
    if doy is None:
        raise DataError("a seasonal model needs doy, the day of the year of every day: pass calendar.doy_index(times).")
    return np.asarray(doy, dtype=np.intp)


def rows_before(model: Autoregression, rows: IntArray, n_days: int) -> IntArray:
    """Rows of the `n_days` days that lead up to the first of `rows`."""
    if model.intercepts.shape[0] == 1 or rows.size == 0:
        return np.zeros(n_days, dtype=np.intp)
    return np.asarray((rows[0] + np.arange(-n_days, 0)) % N_DOYS, dtype=np.intp)


def lagged_design(scores: FloatArray, order: int) -> tuple[FloatArray, IntArray]:
    """Predictors (1, y_{t-1}, ..., y_{t-p}) of every day that is complete with its `order` predecessors.

    Parameters
    ----------
    scores : array, shape (K, T)
        Series, NaN where missing.
    order : int
        Number of lags p.

    Returns
    -------
    design : array, shape (n, 1 + p K)
        Predictors of the n usable days.
    days : array of int, shape (n,)
        Their positions in the series.
    """
    n_days = scores.shape[1]
    lags = [scores[:, order - lag : n_days - lag] for lag in range(1, order + 1)]
    design = np.concatenate([np.ones((1, n_days - order)), *lags]).T
    complete = np.isfinite(design).all(axis=1) & np.isfinite(scores[:, order:]).all(axis=0)
    return design[complete], order + np.flatnonzero(complete)


def check_series(scores: FloatArray, order: int, n_matrices: int | None = None) -> FloatArray:
    """`scores` as a float array of shape (K, T) that is long enough for `order` lags and `n_matrices` (or as many) matrices.

    Raises
    ------
    FitError
        If the order is not positive, a variable is constant or all missing, or the days are too few.
    """
    series = np.asarray(scores, dtype=np.float64)
    if series.ndim != 2:
        raise FitError(f"scores has shape {series.shape}, but (variables, days) is expected.")
    if order < 1:
        raise FitError(f"the order is {order}, but an autoregression needs at least one lag.")
    parameters = 1 + (order if n_matrices is None else n_matrices) * series.shape[0]
    if series.shape[1] <= order + parameters + series.shape[0]:
        raise FitError(
            f"{series.shape[1]} days are too few for {parameters} coefficients per variable at order {order}: "
            "give a longer record or lower the order."
        )
    has_values = np.isfinite(series).any(axis=1)
    if not has_values.all():
        raise FitError(f"variable {int(np.argmin(has_values))} of scores is missing on all days: leave it out.")
    spread = np.nanmax(series, axis=1) - np.nanmin(series, axis=1)
    if not (spread > 0.0).all():
        raise FitError(f"variable {int(np.argmin(spread))} of scores is constant, so nothing can be fitted: leave it out.")
    return series


def residuals_of(scores: FloatArray, intercepts: FloatArray, lag_matrices: FloatArray, rows: IntArray) -> FloatArray:
    """What tables leave unexplained on each day, shape (K, T); days before the first count as zero, gaps give NaN.

    Fed back to `varwg.models.replay` they reproduce the series, its first days included.
    """
    order = lag_matrices.shape[1]
    n_variables, n_days = scores.shape
    padded = np.concatenate([np.zeros((n_variables, order)), scores], axis=1)
    explained = intercepts[rows].T
    for lag in range(1, order + 1):
        before = padded[:, order - lag : order - lag + n_days]
        explained = explained + np.einsum("tij,jt->it", lag_matrices[rows, lag - 1], before)
    return np.asarray(scores - explained, dtype=np.float64)


def companion_matrices(lag_matrices: FloatArray) -> FloatArray:
    """Matrices that take (y_{t-1}, ..., y_{t-p}) to (y_t, ..., y_{t-p+1}), one per row: (R, p, K, K) to (R, pK, pK)."""
    n_rows, order, n_variables, _ = lag_matrices.shape
    companion = np.zeros((n_rows, order * n_variables, order * n_variables))
    companion[:, :n_variables] = lag_matrices.transpose(0, 2, 1, 3).reshape(n_rows, n_variables, -1)
    companion[:, n_variables:, :-n_variables] = np.eye((order - 1) * n_variables)
    return companion


def spectral_radius(lag_matrices: FloatArray) -> FloatArray:
    """Largest modulus of the eigenvalues of the companion matrix of every row (R,); below 1 means stable."""
    return np.asarray(np.abs(np.linalg.eigvals(companion_matrices(lag_matrices))).max(axis=1), dtype=np.float64)
