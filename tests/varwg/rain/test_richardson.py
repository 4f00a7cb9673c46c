"""Richardson's rain model: what is simulated from known parameters is found again, month by month."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from varwg import daily_times, doy_index
from varwg.errors import DataError, FitError
from varwg.rain import RichardsonModel, fit_richardson, simulate_richardson

MONTHS = np.arange(12)
KNOWN = RichardsonModel(
    1.0,
    0.3 + 0.1 * np.cos(2 * np.pi * MONTHS / 12),
    0.6 - 0.1 * np.cos(2 * np.pi * MONTHS / 12),
    np.linspace(0.6, 1.2, 12),
    np.linspace(4.0, 9.0, 12),
)
TIMES = daily_times("1801-01-01", 200 * 365)
DOY = doy_index(TIMES)


@pytest.fixture(scope="module")
def rain() -> np.ndarray:
    return simulate_richardson(KNOWN, DOY, rng=np.random.default_rng(0))


def test_known_parameters_are_found(rain: np.ndarray) -> None:
    """200 years: about 2500 pairs a month after each state, so p scatters by 0.01; gamma parameters by 3 %."""
    model = fit_richardson(rain, DOY)
    np.testing.assert_allclose(model.p01, KNOWN.p01, atol=0.05)
    np.testing.assert_allclose(model.p11, KNOWN.p11, atol=0.05)
    np.testing.assert_allclose(model.shape, KNOWN.shape, rtol=0.15)
    np.testing.assert_allclose(model.scale, KNOWN.scale, rtol=0.15)


def test_the_share_of_wet_days_is_the_stationary_one_of_each_month(rain: np.ndarray) -> None:
    """Within 0.03 of it: 6000 correlated days scatter by 0.008, and the first days remember the month before."""
    month = TIMES.astype("datetime64[M]").astype(int) % 12
    shares = [(rain[month == number] > 0.0).mean() for number in range(12)]
    np.testing.assert_allclose(shares, KNOWN.wet_fraction, atol=0.04)


def test_gamma_agrees_with_maximum_likelihood(rain: np.ndarray) -> None:
    """Thom's approximation is within 2 % of scipy's maximum."""
    month = TIMES.astype("datetime64[M]").astype(int) % 12
    excess = rain[(month == 4) & (rain > 0.0)] - 1.0
    shape, _, scale = stats.gamma.fit(excess, floc=0.0)
    model = fit_richardson(rain, DOY)
    assert model.shape[4] == pytest.approx(shape, rel=0.02)
    assert model.scale[4] == pytest.approx(scale, rel=0.02)


def test_wet_days_reach_the_threshold_and_dry_days_are_zero(rain: np.ndarray) -> None:
    assert np.all((rain == 0.0) | (rain >= 1.0))


def test_missing_days_are_not_dry(rain: np.ndarray) -> None:
    gappy = rain.copy()
    gappy[np.random.default_rng(1).random(rain.size) < 0.3] = np.nan
    full, holey = fit_richardson(rain, DOY), fit_richardson(gappy, DOY)
    np.testing.assert_allclose(holey.p11, full.p11, atol=0.05)
    np.testing.assert_allclose(holey.p01, full.p01, atol=0.05)


def test_what_cannot_be_fitted_or_simulated_is_refused(rain: np.ndarray) -> None:
    with pytest.raises(FitError, match="month 2 has no"):
        fit_richardson(rain[:31], DOY[:31])
    with pytest.raises(FitError, match="month 1 has no wet"):
        fit_richardson(np.zeros(800), DOY[:800])
    with pytest.raises(FitError, match="one row per day"):
        fit_richardson(rain, DOY[1:])
    with pytest.raises(DataError, match="empty"):
        simulate_richardson(KNOWN, DOY[:0], rng=np.random.default_rng(0))
