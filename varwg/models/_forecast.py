"""Forecasts: conditional means, their error covariances, and ensembles."""

from __future__ import annotations

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg.errors import DataError
from varwg.models._base import Autoregression, companion_matrices, table_rows
from varwg.models._simulation import gaussian_innovations, moving_average, run
from varwg.models._varma import innovations_of
from varwg.streams import require_generator


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
