"""Simulation: the recursion, exact reproduction of the data, moments, and the days of the year it runs on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from varwg import daily_times, doy_index
from varwg.errors import DataError, RngError
from varwg.models import SeasonalVARModel, fit_var, replay, simulate
from varwg.models._base import companion_matrices
from varwg.models._simulation import run


def seasonal_switch() -> SeasonalVARModel:
    """One variable without memory: mean 10 in July, else 0, and innovations of variance 1e-6."""
    july = np.zeros((366, 1))
    july[182:213] = 10.0
    return SeasonalVARModel(1, july, np.zeros((366, 1, 1, 1)), np.full((366, 1, 1), 1e-6), np.zeros((1, 0)), n_effective=0)


@pytest.mark.parametrize("order", [1, 3])
def test_residuals_reproduce_the_data(var2_series: np.ndarray, order: int) -> None:
    model = fit_var(var2_series, order)
    np.testing.assert_allclose(replay(model, model.residuals), var2_series, atol=1e-12)
    rest = replay(model, model.residuals[:, order:], start=var2_series[:, :order])
    np.testing.assert_allclose(rest, var2_series[:, order:], atol=1e-12)


def test_members_side_by_side_equal_members_alone(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    innovations = np.random.default_rng(0).standard_normal((3, 40, 5))
    rows = np.zeros(40, dtype=np.intp)
    together = run(model, rows, innovations, var2_series[:, :2])
    for member in range(5):
        alone = run(model, rows, np.ascontiguousarray(innovations[:, :, member]), var2_series[:, :2])
        np.testing.assert_allclose(together[:, :, member], alone, atol=1e-13)


def test_moments_are_the_stationary_ones(var2_series: np.ndarray) -> None:
    """Means and covariances of 30000 days within 5 standard errors (about 0.05): false alarm below 1e-5."""
    model = fit_var(var2_series, 2)
    sample = simulate(model, 30_000, rng=np.random.default_rng(3))
    companion = companion_matrices(model.lag_matrices)[0]
    noise = linalg.block_diag(model.covariance, np.zeros((3, 3)))
    expected = linalg.solve_discrete_lyapunov(companion, noise)
    np.testing.assert_allclose(sample.mean(axis=1), model.mean, atol=0.12)
    np.testing.assert_allclose(np.cov(sample), expected[:3, :3], atol=0.15)
    lagged = np.cov(sample[:, 1:], sample[:, :-1])[:3, 3:]
    np.testing.assert_allclose(lagged, expected[:3, 3:], atol=0.15)


def test_the_first_day_is_like_any_other(var2_series: np.ndarray) -> None:
    """Standard deviation of the first day over 400 starts within 5 standard errors: false alarm below 1e-6."""
    model = fit_var(var2_series, 2)
    rng = np.random.default_rng(5)
    first = np.array([simulate(model, 1, rng=rng, burn_in=60)[:, 0] for _ in range(400)])
    np.testing.assert_allclose(first.std(axis=0), var2_series.std(axis=1), rtol=5 / np.sqrt(800))


def test_equal_generators_give_equal_bits_and_others_do_not(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    one, same, other = (simulate(model, 50, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.tobytes() == same.tobytes()
    assert not np.any(one == other)


def test_a_start_on_the_first_of_july_uses_july() -> None:
    doy = doy_index(daily_times("2003-07-01", 366))
    sample = simulate(seasonal_switch(), 366, rng=np.random.default_rng(0), doy=doy)[0]
    months = daily_times("2003-07-01", 366).astype("datetime64[M]").astype(int) % 12
    np.testing.assert_allclose(sample, np.where(months == 6, 10.0, 0.0), atol=0.02)


def test_thirty_years_do_not_drift_through_the_seasons() -> None:
    times = daily_times("2001-01-01", 30 * 365 + 8)
    sample = simulate(seasonal_switch(), times.size, rng=np.random.default_rng(0), doy=doy_index(times))[0]
    months = times.astype("datetime64[M]").astype(int) % 12
    assert np.array_equal(sample > 5.0, months == 6)


def test_forcing_moves_the_mean_by_what_the_equations_say(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    shift = np.array([0.5, -0.2, 1.0])
    forcing = np.repeat(((np.eye(3) - model.coefficients.sum(axis=0)) @ shift)[:, None], 400, axis=1)
    plain = simulate(model, 400, rng=np.random.default_rng(4))
    forced = simulate(model, 400, rng=np.random.default_rng(4), forcing=forcing)
    np.testing.assert_allclose((forced - plain)[:, -1], shift, atol=1e-8)


def test_wrong_arguments_are_refused(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    rng = np.random.default_rng(0)
    with pytest.raises(RngError, match="default_rng"):
        simulate(model, 10, rng=3)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="doy"):
        simulate(seasonal_switch(), 10, rng=rng)
    with pytest.raises(DataError, match="doy has shape"):
        simulate(seasonal_switch(), 10, rng=rng, doy=np.zeros(9, dtype=int))
    with pytest.raises(DataError, match="start has shape"):
        simulate(model, 10, rng=rng, start=np.zeros((3, 1)))
    with pytest.raises(DataError, match="forcing has shape"):
        simulate(model, 10, rng=rng, forcing=np.zeros((3, 9)))
    with pytest.raises(DataError, match="1 missing"):
        replay(model, np.where(np.eye(3) * [1, 0, 0] > 0, np.nan, 0.0))
