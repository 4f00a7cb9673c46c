"""VARMA: known coefficients come back, statsmodels agrees, its innovations reproduce the data."""

from __future__ import annotations

import numpy as np
import pytest

from varwg._scores.normal_scores import smooth_scores
from varwg.errors import DataError, FitError
from varwg.models import VARMAModel, fit_varma, replay, simulate

LAG = np.array([[0.7, 0.1], [0.0, 0.5]])
MOVING = np.array([[0.4, 0.0], [0.2, -0.3]])
COVARIANCE = np.array([[1.0, 0.4], [0.4, 1.0]])


@pytest.fixture(scope="module")
def known() -> VARMAModel:
    return VARMAModel(1, np.array([0.1, 0.0]), LAG[None], MOVING[None], COVARIANCE, np.zeros((2, 0)), 0)


@pytest.fixture(scope="module")
def series(known: VARMAModel) -> np.ndarray:
    return simulate(known, 20_000, rng=np.random.default_rng(1))


def test_known_coefficients_come_back(series: np.ndarray) -> None:
    """20000 days: standard errors below 0.015, tolerance 4 of them."""
    model = fit_varma(series, 1, 1)
    np.testing.assert_allclose(model.coefficients[0], LAG, atol=0.06)
    np.testing.assert_allclose(model.ma_matrices[0], MOVING, atol=0.06)
    np.testing.assert_allclose(model.covariance, COVARIANCE, atol=0.05)


def test_innovations_reproduce_the_data(series: np.ndarray) -> None:
    model = fit_varma(series[:, :2000], 1, 1)
    np.testing.assert_allclose(replay(model, model.residuals), series[:, :2000], atol=1e-10)


def test_simulation_has_the_autocovariance_of_the_model(known: VARMAModel, series: np.ndarray) -> None:
    """Lag-0 and lag-1 covariances from the infinite moving average; 20000 days scatter by 0.03."""
    weights = [np.eye(2), LAG + MOVING]
    while len(weights) < 100:
        weights.append(LAG @ weights[-1])
    expected = [sum(weights[i + lag] @ COVARIANCE @ weights[i].T for i in range(99)) for lag in (0, 1)]
    np.testing.assert_allclose(np.cov(series), expected[0], atol=0.2)
    np.testing.assert_allclose(np.cov(series[:, 1:], series[:, :-1])[:2, 2:], expected[1], atol=0.2)
    assert series.mean(axis=1) == pytest.approx(np.linalg.solve(np.eye(2) - LAG, [0.1, 0.0]), abs=0.12)


def test_one_variable_agrees_with_maximum_likelihood_of_statsmodels(series: np.ndarray) -> None:
    """The estimators differ by less than the standard error of 0.012."""
    arima = pytest.importorskip("statsmodels.tsa.arima.model").ARIMA
    values = series[1, :6000] - series[1, :6000].mean()
    oracle = arima(values, order=(1, 0, 1), trend="n").fit(method="innovations_mle").params
    model = fit_varma(values[None], 1, 1)
    assert model.coefficients[0, 0, 0] == pytest.approx(oracle[0], abs=0.012)
    assert model.ma_matrices[0, 0, 0] == pytest.approx(oracle[1], abs=0.012)


def test_what_cannot_be_fitted_is_refused(series: np.ndarray, known: VARMAModel) -> None:
    with pytest.raises(FitError, match="ma_order is 0"):
        fit_varma(series, 1, 0)
    with pytest.raises(FitError, match="1 missing"):
        fit_varma(np.where(np.arange(series.size).reshape(series.shape) == 7, np.nan, series), 1, 1)
    with pytest.raises(DataError, match="moving average"):
        smooth_scores(np.full((2, 10), np.nan), known)
