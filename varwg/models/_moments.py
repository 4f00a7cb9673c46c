"""Means and covariances of vector autoregressions: those they settle to, and those of forecasts; models whose mean is zero."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from scipy import linalg

from varwg._arrays import FloatArray, IntArray, readonly_floats
from varwg.errors import DataError
from varwg.models._base import Autoregression, companion_matrices, residuals_of, table_rows
from varwg.models._simulation import gaussian_innovations, moving_average, run
from varwg.models._var import SeasonalVARModel, VARModel
from varwg.models._varma import VARMAModel, innovations_of
from varwg.streams import require_generator

#: The autoregressions whose mean can be left out.
Linear: TypeAlias = VARModel | SeasonalVARModel | VARMAModel

#: Years that a seasonal model is run for, after which its moments are those of every year.
_YEARS: Final = 4


def stationary_moments(model: Autoregression) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of the series on each row of the model's tables.

    For constant coefficients they solve mu = T mu + c and S = T S T' + Q (Luetkepohl 2005, equation 2.1.39) in the
    companion form; for seasonal ones the same recursion is run until it repeats from year to year.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or VARMAModel
        A stable model.

    Returns
    -------
    means : array, shape (R, K)
    covariances : array, shape (R, K, K)
    """
    transitions, offsets, noises = _state_space(model)
    n_variables = model.n_variables
    if len(transitions) == 1:
        mean = linalg.solve(np.eye(len(transitions[0])) - transitions[0], offsets[0])
        covariance = linalg.solve_discrete_lyapunov(transitions[0], noises[0])
        return mean[None, :n_variables], covariance[None, :n_variables, :n_variables]
    means = np.empty((len(transitions), n_variables))
    covariances = np.empty((len(transitions), n_variables, n_variables))
    mean, covariance = np.zeros(offsets.shape[1]), np.zeros(noises.shape[1:])
    for row in list(range(len(transitions))) * _YEARS:
        mean = transitions[row] @ mean + offsets[row]
        covariance = transitions[row] @ covariance @ transitions[row].T + noises[row]
        means[row], covariances[row] = mean[:n_variables], covariance[:n_variables, :n_variables]
    return means, covariances


def standardised(model: Linear, series: FloatArray, doy: IntArray) -> Linear:
    """The model about a mean of zero and with a spread that is the same in all seasons, and the residuals that go with it.

    Normal scores have mean zero and the same spread on all days by definition. What their sample has besides is how the
    record deviates from its smoothed distributions, or how amounts were rounded when they were recorded; it has no place
    in a simulation.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or VARMAModel
        A model fitted to `series`.
    series : array, shape (K, T)
        Scores without gaps.
    doy : array of int, shape (T,)
        Day of the year of each day.
    """
    if isinstance(model, SeasonalVARModel):
        model = _with_even_spread(model)
    nothing = np.zeros_like(model.intercepts)
    if isinstance(model, VARMAModel):
        shocks = innovations_of(series, nothing[0], model.lag_matrices[0], model.ma_matrices)
        return replace(model, intercept=readonly_floats(nothing[0]), residuals=readonly_floats(shocks))
    rows = table_rows(model, series.shape[1], doy)
    residuals = readonly_floats(residuals_of(series, nothing, model.lag_matrices, rows))
    if isinstance(model, SeasonalVARModel):
        return replace(model, intercepts=readonly_floats(nothing), residuals=residuals)
    return replace(model, intercept=readonly_floats(nothing[0]), residuals=residuals)


def _with_even_spread(model: SeasonalVARModel) -> SeasonalVARModel:
    """A model of w_d y_d in place of y_d, where the weights w_d make the variance of each variable that of the year."""
    variances = np.diagonal(stationary_moments(model)[1], axis1=1, axis2=2)
    weights = np.sqrt(variances.mean(axis=0) / variances)
    lags = [
        weights[:, :, None] * model.lag_matrices[:, lag - 1] / np.roll(weights, lag, axis=0)[:, None, :]
        for lag in range(1, model.order + 1)
    ]
    return replace(
        model,
        lag_matrices=readonly_floats(np.stack(lags, axis=1)),
        covariances=readonly_floats(weights[:, :, None] * model.covariances * weights[:, None, :]),
    )


def _state_space(model: Autoregression) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Transition, offset and noise of the state (y_t, ..., y_{t-p+1}, e_t, ..., e_{t-q+1}), one per row."""
    n_rows, order, n_variables, _ = model.lag_matrices.shape
    n_shocks = len(model.ma_matrices)
    size, first_shock = (order + n_shocks) * n_variables, order * n_variables
    transitions = np.zeros((n_rows, size, size))
    transitions[:, :n_variables, :first_shock] = model.lag_matrices.transpose(0, 2, 1, 3).reshape(n_rows, n_variables, -1)
    transitions[:, n_variables:first_shock, : first_shock - n_variables] = np.eye((order - 1) * n_variables)
    offsets = np.zeros((n_rows, size))
    offsets[:, :n_variables] = model.intercepts
    entry = np.zeros((size, n_variables))
    entry[:n_variables] = np.eye(n_variables)
    if n_shocks:
        transitions[:, :n_variables, first_shock:] = model.ma_matrices.transpose(1, 0, 2).reshape(n_variables, -1)
        transitions[:, first_shock + n_variables :, first_shock : size - n_variables] = np.eye((n_shocks - 1) * n_variables)
        entry[first_shock : first_shock + n_variables] = np.eye(n_variables)
    return transitions, offsets, entry @ model.covariances @ entry.T


def predict(model: Autoregression, scores: FloatArray, n_days: int, *, doy: IntArray | None = None) -> FloatArray:
    """Means of the days after a series, given the series.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or VARMAModel
        What forecasts.
    scores : array, shape (K, T)
        What was observed; the last p days (all days for a model with a moving average) must be complete.
    n_days : int
        Number n of days ahead.
    doy : array of int, shape (n,), optional
        Day of the year of the days ahead; needed by a seasonal model.

    Returns
    -------
    array, shape (K, n)

    Raises
    ------
    DataError
        If the days that the forecast starts from have gaps, or shapes do not fit.
    """
    rows = table_rows(model, n_days, doy)
    start, shocks = _state(model, scores)
    quiet = np.zeros((model.n_variables, n_days))
    return run(model, rows, _with_past(model, shocks, quiet), start)


def predict_ensemble(
    model: Autoregression,
    scores: FloatArray,
    n_days: int,
    n_members: int,
    *,
    rng: np.random.Generator,
    doy: IntArray | None = None,
) -> FloatArray:
    """Possible courses of the days after a series, shape (n_members, K, n); parameters and errors as in `predict`."""
    rows = table_rows(model, n_days, doy)
    start, shocks = _state(model, scores)
    innovations = gaussian_innovations(model.covariances, rows, rng=require_generator(rng), n_members=n_members)
    members = run(model, rows, _with_past(model, shocks, innovations), start)
    return np.ascontiguousarray(np.moveaxis(members, 2, 0))


def forecast_covariance(model: Autoregression, n_days: int, *, doy: IntArray | None = None) -> FloatArray:
    """Covariance of the forecast error 1 to n days ahead, shape (n, K, K) (Luetkepohl 2005, equation 2.2.11).

    Raises
    ------
    DataError
        If the model has a moving average, or `doy` is missing for a seasonal one.
    """
    if model.ma_matrices.size:
        raise DataError("the model has a moving average: take the covariance of predict_ensemble instead.")
    rows = table_rows(model, n_days, doy)
    companion, n_variables = companion_matrices(model.lag_matrices), model.n_variables
    error = np.zeros(companion.shape[1:])
    covariances = np.empty((n_days, n_variables, n_variables))
    for day, row in enumerate(rows):
        error = companion[row] @ error @ companion[row].T
        error[:n_variables, :n_variables] += model.covariances[row]
        covariances[day] = error[:n_variables, :n_variables]
    return covariances


def _state(model: Autoregression, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The last p days and the last q innovations of a series."""
    series = np.asarray(scores, dtype=np.float64)
    if series.ndim != 2 or series.shape[0] != model.n_variables or series.shape[1] < model.order:
        raise DataError(
            f"scores has shape {series.shape}, but {model.n_variables} variables and at least {model.order} days are expected."
        )
    n_shocks = len(model.ma_matrices)
    needed = series if n_shocks else series[:, series.shape[1] - model.order :]
    if not np.isfinite(needed).all():
        raise DataError(
            f"{np.sum(~np.isfinite(needed))} of the values that the forecast starts from are missing: infill them first."
        )
    start = series[:, series.shape[1] - model.order :]
    if not n_shocks:
        return start, np.zeros((model.n_variables, 0))
    innovations = innovations_of(series, model.intercepts[0], model.lag_matrices[0], model.ma_matrices)
    return start, innovations[:, innovations.shape[1] - n_shocks :]


def _with_past(model: Autoregression, shocks: FloatArray, innovations: FloatArray) -> FloatArray:
    """Moving average of innovations that follow past ones."""
    past = np.broadcast_to(shocks.reshape(*shocks.shape, *(1,) * (innovations.ndim - 2)), (*shocks.shape, *innovations.shape[2:]))
    return moving_average(np.concatenate([past, innovations], axis=1), model.ma_matrices)[:, shocks.shape[1] :]
