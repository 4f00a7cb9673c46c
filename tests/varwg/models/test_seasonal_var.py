"""The seasonal VAR: known seasonal coefficients are found, smoothing keeps covariances valid, unstable rows are refused."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import daily_times, doy_index
from varwg.errors import DataError, FitError
from varwg.models import fit_seasonal_var, fit_var, replay, simulate
from varwg.models._base import spectral_radius

DOY = doy_index(daily_times("1991-01-01", 40 * 365 + 10))
SEASON = np.cos(2 * np.pi * np.arange(366) / 366)


@pytest.fixture(scope="module")
def seasonal_series() -> np.ndarray:
    """Two variables over 40 years whose memory is 0.7 in winter and 0.1 in summer, their noise correlated by 0.5 cos."""
    rng = np.random.default_rng(8)
    memory, correlation = 0.4 + 0.3 * SEASON[DOY], 0.5 * SEASON[DOY]
    noise = rng.standard_normal((2, DOY.size))
    noise[1] = correlation * noise[0] + np.sqrt(1 - correlation**2) * noise[1]
    series = np.zeros((2, DOY.size))
    for day in range(1, DOY.size):
        series[:, day] = memory[day] * series[:, day - 1] + noise[:, day]
    return series


def test_seasonal_memory_and_covariance_are_found(seasonal_series: np.ndarray) -> None:
    """Window of 40 x 61 days: standard error 0.02; 0.1 is 5 of them, the flattening by the window included."""
    model = fit_seasonal_var(seasonal_series, DOY, 1, window=30)
    for variable in range(2):
        np.testing.assert_allclose(model.lag_matrices[:, 0, variable, variable], 0.4 + 0.3 * SEASON, atol=0.1)
    np.testing.assert_allclose(model.covariances[:, 0, 1], 0.5 * SEASON, atol=0.1)
    assert np.linalg.eigvalsh(model.covariances).min() > 0.0
    assert spectral_radius(model.lag_matrices).max() < 1.0


def test_a_window_of_the_whole_year_is_the_constant_model(seasonal_series: np.ndarray) -> None:
    seasonal, constant = fit_seasonal_var(seasonal_series, DOY, 2, window=183), fit_var(seasonal_series, 2)
    np.testing.assert_allclose(seasonal.lag_matrices, np.broadcast_to(constant.coefficients, (366, 2, 2, 2)), atol=1e-9)
    np.testing.assert_allclose(seasonal.covariances, np.broadcast_to(constant.covariance, (366, 2, 2)), atol=1e-9)


def test_residuals_reproduce_the_data(seasonal_series: np.ndarray) -> None:
    model = fit_seasonal_var(seasonal_series, DOY, 2)
    np.testing.assert_allclose(replay(model, model.residuals, doy=DOY), seasonal_series, atol=1e-12)


def test_simulated_memory_follows_the_calendar_date(seasonal_series: np.ndarray) -> None:
    """Lag-1 correlation of 40 Januaries and Julies, standard error below 0.03: false alarm below 1e-5."""
    model = fit_seasonal_var(seasonal_series, DOY, 1, window=30)
    times = daily_times("2001-07-01", 40 * 365)
    sample = simulate(model, times.size, rng=np.random.default_rng(1), doy=doy_index(times))
    month = times.astype("datetime64[M]").astype(int)[1:] % 12
    for wanted, expected in ((0, 0.68), (6, 0.12)):
        days = 1 + np.flatnonzero(month == wanted)
        assert np.corrcoef(sample[0, days], sample[0, days - 1])[0, 1] == pytest.approx(expected, abs=0.13)


def test_too_few_days_in_a_window_and_wrong_calendars_are_refused(seasonal_series: np.ndarray) -> None:
    short = seasonal_series[:, :400]
    with pytest.raises(FitError, match="widen the window"):
        fit_seasonal_var(short, DOY[:400], 1, window=1)
    with pytest.raises(DataError, match="doy has shape"):
        fit_seasonal_var(seasonal_series, DOY[1:], 1)


def test_a_season_without_stability_is_refused() -> None:
    rng = np.random.default_rng(2)
    memory = 0.6 + 0.6 * SEASON[DOY]
    series = np.zeros((1, DOY.size))
    for day in range(1, DOY.size):
        series[0, day] = memory[day] * series[0, day - 1] + rng.standard_normal()
    with pytest.raises(FitError, match="not stable"):
        fit_seasonal_var(series, DOY, 1, window=20)
