"""Tests of residuals: whether they are white and whether they are normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from varwg.arrays import BoolArray, FloatArray
from varwg.errors import DataError


@dataclass(frozen=True)
class ResidualTest:
    """Outcome of a test whose statistic follows a chi-squared distribution if the residuals are as assumed.

    Attributes
    ----------
    statistic : float
        Value of the statistic.
    degrees_of_freedom : int
        Of the chi-squared distribution.
    p_value : float
        Probability of a larger statistic; small values speak against the assumption.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def portmanteau_test(residuals: FloatArray, n_fitted_lags: int, n_lags: int) -> ResidualTest:
    """Whether residuals are uncorrelated up to a lag: adjusted portmanteau statistic (Luetkepohl 2005, equation 4.4.23).

    Parameters
    ----------
    residuals : array, shape (K, T)
        Residuals of a fitted model; days with a NaN are left out.
    n_fitted_lags : int
        Number of lag matrices that were estimated, p + q.
    n_lags : int
        Largest lag h looked at, above `n_fitted_lags`.

    Raises
    ------
    DataError
        If `n_lags` is not above `n_fitted_lags`, or the complete days are too few.
    """
    if n_lags <= n_fitted_lags:
        raise DataError(f"n_lags is {n_lags}, but more than the {n_fitted_lags} fitted lags are needed.")
    centred, complete = _centred(residuals, n_lags)
    centred, n_days = np.where(complete, centred, 0.0), int(complete.sum())
    inverse = linalg.inv(centred @ centred.T / n_days)
    statistic = 0.0
    for lag in range(1, n_lags + 1):
        lagged = centred[:, lag:] @ centred[:, :-lag].T / n_days
        statistic += np.trace(lagged.T @ inverse @ lagged @ inverse) / (n_days - lag)
    return _outcome(n_days**2 * statistic, centred.shape[0] ** 2 * (n_lags - n_fitted_lags))


def normality_test(residuals: FloatArray) -> ResidualTest:
    """Whether residuals are multivariate normal, by skewness and kurtosis (Luetkepohl 2005, equations 4.5.4 to 4.5.8).

    Parameters
    ----------
    residuals : array, shape (K, T)
        Residuals of a fitted model; days with a NaN are left out.

    Raises
    ------
    DataError
        If the complete days are too few.
    """
    centred, complete = _centred(residuals, 0)
    centred, n_days = centred[:, complete], int(complete.sum())
    factor = linalg.cholesky(centred @ centred.T / n_days, lower=True)
    standard = linalg.solve_triangular(factor, centred, lower=True)
    skewness = np.sum(standard**3, axis=1) / n_days
    excess = np.sum(standard**4, axis=1) / n_days - 3.0
    statistic = n_days * float(skewness @ skewness / 6.0 + excess @ excess / 24.0)
    return _outcome(statistic, 2 * len(standard))


def _centred(residuals: FloatArray, n_lags: int) -> tuple[FloatArray, BoolArray]:
    """Residuals about the means of the complete days, and which days are complete."""
    series = np.asarray(residuals, dtype=np.float64)
    complete: BoolArray = np.all(np.isfinite(series), axis=0)
    if complete.sum() <= series.shape[0] + n_lags:
        raise DataError(f"only {complete.sum()} days have residuals of all {series.shape[0]} variables, too few for a test.")
    return series - series[:, complete].mean(axis=1, keepdims=True), complete


def _outcome(statistic: float, degrees_of_freedom: int) -> ResidualTest:
    return ResidualTest(float(statistic), degrees_of_freedom, float(special.chdtrc(degrees_of_freedom, statistic)))
