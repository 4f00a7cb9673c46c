"""The vector autoregression with constant coefficients: its fitted value and its fit by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from varwg.arrays import FloatArray, readonly_floats
from varwg.errors import FitError
from varwg.models.base import check_series, lagged_design, residuals_of, spectral_radius


@dataclass(frozen=True, eq=False)
class VARModel:
    """A fitted VAR(p): y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + e_t.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercept : array, shape (K,)
        c.
    coefficients : array, shape (p, K, K)
        A_1 to A_p.
    covariance : array, shape (K, K)
        Covariance of the innovations e, with the denominator n - K p - 1.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; days before the first count as zero, NaN where a value is missing.
    n_effective : int
        Number n of days, complete with their p predecessors, that were used.
    """

    order: int
    intercept: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    n_effective: int

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
        """Coefficients as a table of one row, shape (1, p, K, K)."""
        return self.coefficients[None]

    @property
    def covariances(self) -> FloatArray:
        """Covariance as a table of one row, shape (1, K, K)."""
        return self.covariance[None]

    @property
    def ma_matrices(self) -> FloatArray:
        """No moving average, shape (0, K, K)."""
        return np.zeros((0, self.n_variables, self.n_variables))

    @property
    def mean(self) -> FloatArray:
        """Stationary mean (I - A_1 - ... - A_p)^-1 c, shape (K,)."""
        return np.asarray(linalg.solve(np.eye(self.n_variables) - self.coefficients.sum(axis=0), self.intercept))


def fit_var(scores: FloatArray, order: int) -> VARModel:
    """Fit a VAR by least squares (Luetkepohl 2005, sections 3.2.1 and 3.2.2) to the days that are complete.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    order : int
        Number of lags p, at least 1.

    Raises
    ------
    FitError
        If the record is too short, a variable is constant, missing throughout or a combination of the others, or the
        fitted model is not stable.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    design, days = lagged_design(series, order)
    solution, unexplained = least_squares(design, series[:, days].T)
    coefficients = solution[1:].reshape(order, n_variables, n_variables).transpose(0, 2, 1)
    radius = float(spectral_radius(coefficients[None])[0])
    if radius >= 1.0:
        raise FitError(
            f"the VAR({order}) fitted to {days.size} days has spectral radius {radius:.3f}, so that its simulations would "
            "grow without bound: remove the trend from the data or lower the order."
        )
    residuals = residuals_of(series, solution[:1], coefficients[None], np.zeros(series.shape[1], dtype=np.intp))
    return VARModel(
        order=order,
        intercept=readonly_floats(solution[0]),
        coefficients=readonly_floats(coefficients),
        covariance=readonly_floats(unexplained.T @ unexplained / (days.size - design.shape[1])),
        residuals=readonly_floats(residuals),
        n_effective=int(days.size),
    )


def least_squares(design: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients (m, K) of `targets` (n, K) on `design` (n, m), and the residuals (n, K).

    Raises
    ------
    FitError
        If there are too few complete days or the predictors are linearly dependent.
    """
    n_days, n_predictors = design.shape
    if n_days <= n_predictors + targets.shape[1]:
        raise FitError(
            f"only {n_days} days are complete with their predecessors, too few for {n_predictors} coefficients per "
            "variable: infill the gaps, leave out the variable that has most, or lower the order."
        )
    solution, _, rank, _ = linalg.lstsq(design, targets)
    if rank < n_predictors:
        raise FitError(
            f"the {n_predictors} predictors span only {rank} dimensions, because a variable is a combination of the "
            "others: leave one of these out."
        )
    return solution, targets - design @ solution
