"""Stationary moments against simulation, closed forms and the fixed point they solve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from varwg.models import SeasonalVARModel, VARMAModel, VARModel, fit_var, fit_varma, replay, simulate
from varwg.models._moments import standardised, stationary_moments

DOY = np.arange(366 * 6) % 366


def var(
    coefficients: list[list[list[Any]]] | np.ndarray, covariance: list[list[float]] | np.ndarray, intercept: list[float]
) -> VARModel:
    n = len(intercept)
    return VARModel(len(coefficients), np.array(intercept), np.array(coefficients), np.array(covariance), np.zeros((n, 1)), 1)


def test_one_variable_in_closed_form() -> None:
    means, covariances = stationary_moments(var([[[0.8]]], [[0.5]], [0.3]))
    assert means[0, 0] == pytest.approx(0.3 / 0.2) and covariances[0, 0, 0] == pytest.approx(0.5 / (1 - 0.64))


def test_a_moving_average_in_closed_form() -> None:
    """ARMA(1, 1): variance (1 + 2 a m + m^2) / (1 - a^2)."""
    a, m = 0.6, 0.4
    model = VARMAModel(1, np.zeros(1), np.full((1, 1, 1), a), np.full((1, 1, 1), m), np.eye(1), np.zeros((1, 1)), 1)
    assert stationary_moments(model)[1][0, 0, 0] == pytest.approx((1 + 2 * a * m + m * m) / (1 - a * a))


def test_the_moments_are_those_of_a_simulation() -> None:
    """Two lags, three variables, 200 000 days: means and covariances within 0.05, 5 standard errors."""
    rng = np.random.default_rng(4)
    model = var(rng.uniform(-0.25, 0.25, (2, 3, 3)), np.eye(3) + 0.3, [0.1, -0.2, 0.3])
    means, covariances = stationary_moments(model)
    series = simulate(model, 200_000, rng=rng)
    assert np.allclose(series.mean(axis=1), means[0], atol=0.05)
    assert np.allclose(np.cov(series), covariances[0], atol=0.05)
    assert np.allclose(means[0], model.mean)


def test_a_seasonal_model_that_does_not_change_is_a_constant_one() -> None:
    constant = var([[[0.5, 0.1], [0.0, 0.3]], [[0.1, 0.0], [0.1, 0.1]]], [[1.0, 0.4], [0.4, 1.0]], [0.2, -0.1])
    tables = (np.repeat(table, 366, axis=0) for table in (constant.intercepts, constant.lag_matrices, constant.covariances))
    intercepts, lag_matrices, covariances = tables
    seasonal = SeasonalVARModel(2, intercepts, lag_matrices, covariances, np.zeros((2, 1)), 1)
    for one, other in zip(stationary_moments(seasonal), stationary_moments(constant), strict=True):
        assert np.allclose(one, other, atol=1e-10)


def test_seasonal_moments_repeat_every_year() -> None:
    """S_d = A S_{d-1} A' + Q_d, and so for means, on every row."""
    rows = np.arange(366)
    wave = np.cos(2 * np.pi * rows / 366)[:, None, None]
    lags = np.array([[0.5, 0.2], [-0.1, 0.6]]) * (1 + 0.3 * wave)
    noise = np.eye(2) * (1 + 0.5 * wave)
    model = SeasonalVARModel(1, wave[:, 0] * [1.0, 2.0], lags[:, None], noise, np.zeros((2, 1)), 1)
    means, covariances = stationary_moments(model)
    assert np.allclose(means, np.einsum("rij,rj->ri", lags, np.roll(means, 1, axis=0)) + model.intercepts, atol=1e-10)
    assert np.allclose(covariances, lags @ np.roll(covariances, 1, axis=0) @ lags.transpose(0, 2, 1) + noise, atol=1e-10)


@pytest.mark.parametrize("fit", [lambda z: fit_var(z, 2), lambda z: fit_varma(z, 1, 1)], ids=["VAR", "VARMA"])
def test_a_model_without_mean_still_replays_its_series(fit: Callable[..., Any]) -> None:
    series = simulate(var([[[0.5, 0.1], [0.0, 0.3]]], np.eye(2), [0.5, -0.5]), 2000, rng=np.random.default_rng(5))
    fitted = fit(series)
    centred = standardised(fitted, series, DOY[:2000])
    assert np.abs(stationary_moments(fitted)[0]).min() > 0.5
    assert not stationary_moments(centred)[0].any()
    assert np.allclose(stationary_moments(centred)[1], stationary_moments(fitted)[1])
    assert np.allclose(replay(centred, centred.residuals), series, atol=1e-9)


def test_an_even_spread_keeps_correlations_and_the_series() -> None:
    """The variance is the same on every row, the correlations of every row are as before, and the record comes back."""
    rows = np.arange(366)
    wave = np.cos(2 * np.pi * rows / 366)[:, None, None]
    lags = np.stack([np.array([[0.4, 0.2], [-0.1, 0.5]]) * (1 + 0.3 * wave), np.full((366, 2, 2), 0.05)], axis=1)
    model = SeasonalVARModel(2, np.ones((366, 2)), lags, np.eye(2) * (1 + 0.5 * wave), np.zeros((2, 1)), 1)
    series = simulate(model, DOY.size, rng=np.random.default_rng(5), doy=DOY)
    even = standardised(model, series, DOY)
    before, after = stationary_moments(model)[1], stationary_moments(even)[1]
    variances = np.diagonal(after, axis1=1, axis2=2)
    assert np.allclose(variances, np.diagonal(before, axis1=1, axis2=2).mean(axis=0), rtol=1e-9)
    uneven, kept = (table[:, 0, 1] / np.sqrt(table[:, 0, 0] * table[:, 1, 1]) for table in (before, after))
    assert np.allclose(uneven, kept, rtol=1e-9)
    assert not stationary_moments(even)[0].any()
    assert np.allclose(replay(even, even.residuals, doy=DOY), series, atol=1e-9)
