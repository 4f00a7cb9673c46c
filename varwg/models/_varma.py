"""The vector autoregression with moving-average noise: its fitted value and its fit by Hannan and Rissanen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg._arrays import FloatArray, brief, matrix_product, readonly_floats
from varwg.errors import FitError
from varwg.models._base import check_series, lagged_design, residuals_of, spectral_radius
from varwg.models._simulation import recursion
from varwg.models._var import least_squares

#: Rounds in which the regression on lagged innovations is repeated with the innovations of the round before.
_MAX_ROUNDS: Final = 30
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class VARMAModel:
    """A fitted VARMA(p, q): y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + e_t + M_1 e_{t-1} + ... + M_q e_{t-q}.

    Attributes
    ----------
    order : int
        Number of autoregressive lags p.
    intercept : array, shape (K,)
        c.
    coefficients : array, shape (p, K, K)
        A_1 to A_p.
    ma_matrices : array, shape (q, K, K)
        M_1 to M_q.
    covariance : array, shape (K, K)
        Covariance of the innovations e, with the denominator n - K (p + q) - 1.
    residuals : array, shape (K, T)
        Innovations of the data it was fitted to; days and innovations before the first count as zero.
    n_effective : int
        Number n of days that were used.
    """

    order: int
    intercept: FloatArray
    coefficients: FloatArray
    ma_matrices: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    n_effective: int

    __repr__ = brief

    @property
    def n_variables(self) -> int:
        """Number of variables K."""
        return int(self.intercept.size)

    @property
    def intercepts(self) -> FloatArray:
        """Intercept as a table of one row, shape (1, K)."""
        return self.intercept[None]

    @property
    def lag_matrices(self) -> FloatArray:
        """Autoregressive coefficients as a table of one row, shape (1, p, K, K)."""
        return self.coefficients[None]

    @property
    def covariances(self) -> FloatArray:
        """Covariance as a table of one row, shape (1, K, K)."""
        return self.covariance[None]


def fit_varma(scores: FloatArray, order: int, ma_order: int, *, long_order: int | None = None) -> VARMAModel:
    """Fit a VARMA by regression on lagged values and lagged innovations (Hannan and Rissanen 1982, Biometrika 69, 81).

    The first innovations are the residuals of a long autoregression; the regression is repeated with the innovations it
    implies until its coefficients stay.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores without gaps.
    order, ma_order : int
        Numbers of lags p and q, both at least 1.
    long_order : int, optional
        Lags of the long autoregression; 10 log10(T) / sqrt(K), and at least p + q + 1, if it is not given.

    Raises
    ------
    FitError
        If there are gaps, the record is too short, or the fit is not stable, not invertible or does not settle.
    """
    if ma_order < 1:
        raise FitError(f"ma_order is {ma_order}, but a moving average needs at least one lag: without any, use fit_var.")
    series = check_series(scores, order, order + ma_order)
    if not np.isfinite(series).all():
        raise FitError(f"scores has {np.sum(~np.isfinite(series))} missing values, and a VARMA needs all: infill them first.")
    n_variables, n_days = series.shape
    long_order = long_order or max(order + ma_order + 1, int(10 * np.log10(n_days) / np.sqrt(n_variables)))
    first = long_order + ma_order
    solution, innovations, unexplained = _settled(series, order, ma_order, long_order)
    intercept, coefficients, ma_matrices = _parts(solution, order, n_variables)
    return VARMAModel(
        order=order,
        intercept=readonly_floats(intercept),
        coefficients=readonly_floats(coefficients),
        ma_matrices=readonly_floats(ma_matrices),
        covariance=readonly_floats(matrix_product(unexplained.T, unexplained) / (n_days - first - len(solution))),
        residuals=readonly_floats(innovations),
        n_effective=n_days - first,
    )


def innovations_of(series: FloatArray, intercept: FloatArray, coefficients: FloatArray, ma_matrices: FloatArray) -> FloatArray:
    """Innovations that turn into `series`, shape (K, T); days and innovations before the first count as zero."""
    rows = np.zeros(series.shape[1], dtype=np.intp)
    averaged = residuals_of(series, intercept[None], coefficients[None], rows)
    if not len(ma_matrices):
        return averaged
    return recursion(-ma_matrices[None], rows, averaged, None)


def _settled(series: FloatArray, order: int, ma_order: int, long_order: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients (m, K) that agree with the innovations (K, T) they imply, and the residuals of their regression."""
    design, days = lagged_design(series, long_order)
    innovations = np.zeros_like(series)
    innovations[:, days] = least_squares(design, series[:, days].T)[1].T
    solution = np.zeros(())
    for _ in range(_MAX_ROUNDS):
        before = solution
        solution, unexplained = _regress(series, innovations, order, ma_order, long_order + ma_order)
        innovations = _checked_innovations(series, solution, order, ma_order)
        if np.abs(solution - before).max() < _TOLERANCE:
            return solution, innovations, unexplained
    raise FitError(
        f"the VARMA({order}, {ma_order}) did not settle in {_MAX_ROUNDS} rounds, which happens when both parts can stand "
        "for the same memory: lower one of the orders."
    )


def _regress(series: FloatArray, innovations: FloatArray, order: int, ma_order: int, first: int) -> tuple[FloatArray, FloatArray]:
    n_days = series.shape[1]
    lags = [series[:, first - lag : n_days - lag] for lag in range(1, order + 1)]
    shocks = [innovations[:, first - lag : n_days - lag] for lag in range(1, ma_order + 1)]
    design = np.concatenate([np.ones((1, n_days - first)), *lags, *shocks]).T
    return least_squares(design, series[:, first:].T)


def _checked_innovations(series: FloatArray, solution: FloatArray, order: int, ma_order: int) -> FloatArray:
    intercept, coefficients, ma_matrices = _parts(solution, order, series.shape[0])
    for name, matrices in (("stable", coefficients), ("invertible", -ma_matrices)):
        radius = float(spectral_radius(matrices[None])[0])
        if radius >= 1.0:
            raise FitError(
                f"the VARMA({order}, {ma_order}) is not {name} (spectral radius {radius:.3f}): lower one of the orders."
            )
    return innovations_of(series, intercept, coefficients, ma_matrices)


def _parts(solution: FloatArray, order: int, n_variables: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    matrices = solution[1:].reshape(-1, n_variables, n_variables).transpose(0, 2, 1)
    return solution[0], matrices[:order], matrices[order:]
