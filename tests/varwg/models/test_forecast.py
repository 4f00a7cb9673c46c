"""Forecasts against statsmodels, and ensembles against the means and covariances of the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from varwg.errors import DataError
from varwg.models import SeasonalVARModel, VARMAModel, fit_var, forecast_covariance, predict, predict_ensemble, replay

statsmodels_var = pytest.importorskip("statsmodels.tsa.vector_ar.var_model")


def test_means_and_error_covariances_agree_with_statsmodels(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    oracle = statsmodels_var.VAR(var2_series.T).fit(2, trend="c")
    np.testing.assert_allclose(predict(model, var2_series, 10), oracle.forecast(var2_series.T[-2:], 10).T, atol=1e-10)
    np.testing.assert_allclose(forecast_covariance(model, 10), oracle.mse(10), atol=1e-10)


def test_ensemble_has_the_mean_and_covariance_of_the_forecast(var2_series: np.ndarray) -> None:
    """4000 members: every mean and covariance within 5 standard errors, false alarm below 1e-4."""
    model = fit_var(var2_series, 2)
    members = predict_ensemble(model, var2_series, 5, 4000, rng=np.random.default_rng(0))
    covariances = forecast_covariance(model, 5)
    scale = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)).T
    assert members.shape == (4000, 3, 5)
    assert np.all(np.abs(members.mean(axis=0) - predict(model, var2_series, 5)) < 5 * scale / np.sqrt(4000))
    for day in range(5):
        error = np.cov(members[:, :, day].T) - covariances[day]
        assert np.abs(error / np.outer(scale[:, day], scale[:, day])).max() < 5 * np.sqrt(2 / 4000)


def test_a_moving_average_uses_the_last_innovations(var2_series: np.ndarray) -> None:
    """The forecast is what the innovations of the series, followed by none, turn into."""
    moving = np.array([[[0.3, 0.0, 0.1], [0.0, 0.2, 0.0], [0.1, 0.0, -0.2]], [[0.1, 0.0, 0.0]] * 3])
    pure = fit_var(var2_series, 1)
    model = VARMAModel(1, pure.intercept, pure.coefficients, moving, pure.covariance, pure.residuals, 0)
    innovations = np.random.default_rng(1).standard_normal((3, 80))
    series = replay(model, innovations)
    expected = replay(model, np.concatenate([innovations, np.zeros((3, 6))], axis=1))[:, 80:]
    np.testing.assert_allclose(predict(model, series, 6), expected, atol=1e-10)
    with pytest.raises(DataError, match="predict_ensemble"):
        forecast_covariance(model, 3)


def test_a_seasonal_model_forecasts_with_the_days_ahead() -> None:
    july = np.zeros((366, 1))
    july[182:213] = 10.0
    model = SeasonalVARModel(1, july, np.full((366, 1, 1, 1), 0.5), np.ones((366, 1, 1)), np.zeros((1, 0)), 0)
    forecast = predict(model, np.array([[4.0]]), 3, doy=np.array([181, 182, 183]))
    np.testing.assert_allclose(forecast, [[2.0, 11.0, 15.5]])


def test_gaps_where_the_forecast_starts_are_refused(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    series = var2_series.copy()
    series[0, -1] = np.nan
    with pytest.raises(DataError, match="infill"):
        predict(model, series, 3)
    series[0, [5, -1]] = np.nan, 0.0
    assert np.isfinite(predict(model, series, 3)).all()
    with pytest.raises(DataError, match="shape"):
        predict(model, series[:2], 3)
