"""The vector autoregression with exogenous series, given or computed from the simulated past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from varwg.arrays import FloatArray, readonly_floats
from varwg.errors import DataError, FitError
from varwg.models.base import check_series, lagged_design, spectral_radius
from varwg.models.simulation import BURN_IN, gaussian_innovations, recursion
from varwg.models.var import least_squares
from varwg.streams import require_generator

#: The M exogenous values of a day from the days before it, shape (K, at least p), the latest last.
FromPast: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class VAREXModel:
    """A fitted VAREX(p): y_t = c + A_1 y_{t-1} + ... + A_p y_{t-p} + B x_t + e_t.

    Attributes
    ----------
    order : int
        Number of lags p.
    intercept : array, shape (K,)
        c.
    coefficients : array, shape (p, K, K)
        A_1 to A_p.
    exogenous_coefficients : array, shape (K, M)
        B.
    exogenous_mean : array, shape (M,)
        Mean of x over the days that were used.
    covariance : array, shape (K, K)
        Covariance of the innovations e, with the denominator n - K p - M - 1.
    residuals : array, shape (K, T)
        What is left of the data it was fitted to; NaN on the first p days and where a value is missing.
    n_effective : int
        Number n of days that were used.
    """

    order: int
    intercept: FloatArray
    coefficients: FloatArray
    exogenous_coefficients: FloatArray
    exogenous_mean: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    n_effective: int


def fit_varex(scores: FloatArray, exogenous: FloatArray | FromPast, order: int) -> VAREXModel:
    """Fit by least squares (Luetkepohl 2005, section 10.3) to the days that are complete.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    exogenous : array, shape (M, T) or (T,), or callable
        Exogenous series of the same days, NaN where missing; or a function of the days before a day.
    order : int
        Number of lags p, at least 1.

    Raises
    ------
    FitError
        If lengths differ, the record is too short, predictors are linearly dependent or the fit is not stable.
    """
    series = check_series(scores, order)
    n_variables = series.shape[0]
    known = evaluated(exogenous, series, order) if callable(exogenous) else np.atleast_2d(np.asarray(exogenous, float))
    if known.shape[1] != series.shape[1]:
        raise FitError(f"exogenous has {known.shape[1]} days and scores {series.shape[1]}: give both for the same days.")
    design, days = lagged_design(series, order)
    usable = np.isfinite(known[:, days]).all(axis=0)
    days, design = days[usable], np.concatenate([design[usable], known[:, days[usable]].T], axis=1)
    solution, unexplained = least_squares(design, series[:, days].T)
    split = 1 + order * n_variables
    coefficients = solution[1:split].reshape(order, n_variables, n_variables).transpose(0, 2, 1)
    radius = float(spectral_radius(coefficients[None])[0])
    if radius >= 1.0:
        raise FitError(f"the VAREX({order}) has spectral radius {radius:.3f}, so it is not stable: lower the order.")
    residuals = np.full(series.shape, np.nan)
    residuals[:, days] = unexplained.T
    return VAREXModel(
        order=order,
        intercept=readonly_floats(solution[0]),
        coefficients=readonly_floats(coefficients),
        exogenous_coefficients=readonly_floats(solution[split:].T),
        exogenous_mean=readonly_floats(known[:, days].mean(axis=1)),
        covariance=readonly_floats(unexplained.T @ unexplained / (days.size - design.shape[1])),
        residuals=readonly_floats(residuals),
        n_effective=int(days.size),
    )


def simulate_varex(
    model: VAREXModel,
    exogenous: FloatArray | FromPast,
    n_days: int,
    *,
    rng: np.random.Generator,
    start: FloatArray | None = None,
    burn_in: int = BURN_IN,
) -> FloatArray:
    """Simulate with Gaussian innovations.

    Parameters
    ----------
    model : VAREXModel
        What is simulated.
    exogenous : array, shape (M, n) or (n,), or callable
        Exogenous series of the simulated days; or a function of the days simulated before a day.
    n_days : int
        Length n of the series.
    rng : numpy.random.Generator
        Source of the innovations.
    start : array, shape (K, p), optional
        The p days before the first. Without it, `burn_in` days lead up to it, with the mean exogenous values of the fit
        where these are given as a series.
    burn_in : int
        Length of the run-up.

    Returns
    -------
    array, shape (K, n)

    Raises
    ------
    DataError
        If shapes do not fit or a value of `exogenous` is missing.
    """
    require_generator(rng)
    n_variables, n_exogenous = model.exogenous_coefficients.shape
    n_before = burn_in if start is None else 0
    rows = np.zeros(n_before + n_days, dtype=np.intp)
    additions = gaussian_innovations(model.covariance[None], rows, rng=rng) + model.intercept[:, None]
    first = np.zeros((n_variables, model.order)) if start is None else np.asarray(start, dtype=np.float64)
    if first.shape != (n_variables, model.order):
        raise DataError(f"start has shape {first.shape}, but {(n_variables, model.order)} (variables, days) is expected.")
    if callable(exogenous):
        return _run_from_past(model, exogenous, additions, first)[:, n_before:]
    given = np.atleast_2d(np.asarray(exogenous, dtype=np.float64))
    if given.shape != (n_exogenous, n_days) or not np.isfinite(given).all():
        raise DataError(f"exogenous has shape {given.shape} or gaps, but {(n_exogenous, n_days)} finite values are expected.")
    additions[:, :n_before] += (model.exogenous_coefficients @ model.exogenous_mean)[:, None]
    additions[:, n_before:] += model.exogenous_coefficients @ given
    return recursion(model.coefficients[None], rows, additions, first)[:, n_before:]


def _run_from_past(model: VAREXModel, from_past: FromPast, additions: FloatArray, start: FloatArray) -> FloatArray:
    order, n_exogenous = model.order, model.exogenous_coefficients.shape[1]
    series = np.concatenate([start, additions], axis=1)
    for day in range(order, series.shape[1]):
        values = values_of_day(from_past, series[:, :day], n_exogenous)
        series[:, day] += model.exogenous_coefficients @ values
        for lag, matrix in enumerate(model.coefficients, start=1):
            series[:, day] += matrix @ series[:, day - lag]
    return series[:, order:]


def evaluated(from_past: FromPast, series: FloatArray, order: int) -> FloatArray:
    """Exogenous values on every day of a series, NaN on the first p, which have no past."""
    columns = [np.atleast_1d(from_past(series[:, :day])) for day in range(order, series.shape[1])]
    return np.concatenate([np.full((columns[0].size, order), np.nan), np.array(columns, dtype=np.float64).T], axis=1)


def values_of_day(from_past: FromPast, past: FloatArray, n_exogenous: int) -> FloatArray:
    """The M exogenous values of the day after `past` (K, n), checked."""
    values = np.atleast_1d(np.asarray(from_past(past), dtype=np.float64))
    if values.shape != (n_exogenous,) or not np.isfinite(values).all():
        raise DataError(f"the exogenous function gave {values}, but {n_exogenous} finite values are expected.")
    return values
