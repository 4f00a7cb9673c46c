"""VAREX: against statsmodels, with series and with functions of the simulated past."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from varwg.errors import DataError, FitError
from varwg.models import fit_var, fit_varex, simulate_varex

LAG = np.array([[0.5, 0.1], [0.0, 0.3]])
EFFECT = np.array([[1.0, 0.0], [-0.5, 0.8]])


@pytest.fixture(scope="module")
def driven() -> tuple[np.ndarray, np.ndarray]:
    """Two variables over 4000 days, driven by a cycle and by noise."""
    rng = np.random.default_rng(3)
    exogenous = np.array([np.sin(np.arange(4000) / 30.0), rng.standard_normal(4000)])
    series = np.zeros((2, 4000))
    for day in range(1, 4000):
        series[:, day] = LAG @ series[:, day - 1] + EFFECT @ exogenous[:, day] + 0.5 * rng.standard_normal(2)
    return series, exogenous


@pytest.mark.parametrize("order", [1, 3])
def test_fit_agrees_with_statsmodels(driven: tuple[np.ndarray, np.ndarray], order: int) -> None:
    statsmodels_var = pytest.importorskip("statsmodels.tsa.vector_ar.var_model")
    series, exogenous = driven
    model = fit_varex(series, exogenous, order)
    oracle = statsmodels_var.VAR(series.T, exog=exogenous.T).fit(order, trend="c")
    np.testing.assert_allclose(model.coefficients, oracle.coefs, atol=1e-9)
    np.testing.assert_allclose(model.exogenous_coefficients, oracle.coefs_exog[:, 1:], atol=1e-9)
    np.testing.assert_allclose(model.covariance, oracle.sigma_u, atol=1e-9)
    np.testing.assert_allclose(model.residuals[:, order:], oracle.resid.T, atol=1e-9)


def test_simulation_follows_its_exogenous_series(driven: tuple[np.ndarray, np.ndarray]) -> None:
    """A constant series moves the mean to (I - A)^-1 (c + B x); 20000 days scatter by 0.01."""
    model = fit_varex(*driven, 1)
    steady = np.array([0.7, -0.4])
    sample = simulate_varex(model, np.repeat(steady[:, None], 20_000, axis=1), 20_000, rng=np.random.default_rng(0))
    expected = np.linalg.solve(np.eye(2) - model.coefficients[0], model.intercept + model.exogenous_coefficients @ steady)
    np.testing.assert_allclose(sample[:, 50:].mean(axis=1), expected, atol=0.05)


def test_a_function_of_the_past_is_a_further_lag(driven: tuple[np.ndarray, np.ndarray]) -> None:
    """With the values of two days before as exogenous ones, a VAREX(1) is the VAR(2)."""
    series, _ = driven
    model = fit_varex(series, lambda past: past[:, -2] if past.shape[1] > 1 else np.full(2, np.nan), 1)
    oracle = fit_var(series, 2)
    np.testing.assert_allclose(model.coefficients[0], oracle.coefficients[0], atol=1e-9)
    np.testing.assert_allclose(model.exogenous_coefficients, oracle.coefficients[1], atol=1e-9)


def test_a_function_and_the_series_it_gives_simulate_the_same(driven: tuple[np.ndarray, np.ndarray]) -> None:
    model = fit_varex(*driven, 2)
    cycle = np.array([np.cos(np.arange(60)), np.sin(np.arange(60))])
    start = driven[0][:, :2]
    options: dict[str, Any] = {"start": start, "burn_in": 0}
    given = simulate_varex(model, cycle, 60, rng=np.random.default_rng(1), **options)
    computed = simulate_varex(model, lambda past: cycle[:, past.shape[1] - 2], 60, rng=np.random.default_rng(1), **options)
    np.testing.assert_allclose(computed, given, atol=1e-12)


def test_gaps_in_the_exogenous_series_leave_their_days_out(driven: tuple[np.ndarray, np.ndarray]) -> None:
    series, exogenous = driven
    gappy = exogenous.copy()
    gappy[0, 100:200] = np.nan
    model = fit_varex(series, gappy, 1)
    assert model.n_effective == 3899
    assert np.isnan(model.residuals[:, 100:200]).all()


def test_wrong_arguments_are_refused(driven: tuple[np.ndarray, np.ndarray]) -> None:
    series, exogenous = driven
    model = fit_varex(series, exogenous, 1)
    rng = np.random.default_rng(0)
    with pytest.raises(FitError, match="exogenous has 3999 days"):
        fit_varex(series, exogenous[:, 1:], 1)
    with pytest.raises(DataError, match="exogenous has shape"):
        simulate_varex(model, exogenous[:, :9], 10, rng=rng)
    with pytest.raises(DataError, match="exogenous function"):
        simulate_varex(model, lambda past: np.zeros(3), 10, rng=rng)
    with pytest.raises(DataError, match="start has shape"):
        simulate_varex(model, exogenous[:, :10], 10, rng=rng, start=np.zeros(2))
