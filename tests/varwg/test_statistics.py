"""Statistics of series: against numpy and scipy where these have them, and known answers elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from varwg import _statistics as statistics
from varwg import daily_times, doy_index


def test_quantiles_are_those_of_numpy_without_nan(rng: np.random.Generator) -> None:
    values = rng.normal(size=(3, 50))
    values[1, ::4] = np.nan
    levels = (0.0, 0.013, 0.5, 0.97, 1.0)
    assert_allclose(statistics.sorted_quantiles(values, levels), np.nanquantile(values, levels, axis=-1).T)
    assert np.isnan(statistics.sorted_quantiles(np.full((2, 5), np.nan), levels)).all()
    assert statistics.sorted_quantiles(np.empty((2, 0)), levels).shape == (2, 5)


def test_correlations_use_the_days_both_have(rng: np.random.Generator) -> None:
    values = rng.normal(size=(3, 200)) + rng.normal(size=200)
    values[rng.random(values.shape) < 0.2] = np.nan
    found = statistics.correlations(values, values)
    for i in range(3):
        for j in range(3):
            both = np.isfinite(values[i] + values[j])
            assert_allclose(found[i, j], np.corrcoef(values[i, both], values[j, both])[0, 1], atol=1e-12)


def test_a_constant_series_has_no_correlation(rng: np.random.Generator) -> None:
    values = np.stack([np.full(50, 3.3), rng.normal(size=50)])
    found = statistics.correlations(values, values)
    assert np.isnan(found[0]).all()
    assert_allclose(found[1, 1], 1.0)


def test_autocorrelation_of_an_ar1_series_is_the_power_of_its_coefficient(rng: np.random.Generator) -> None:
    # Five standard errors of Bartlett's formula at lag 3, 1.7 / sqrt(n) each: a false alarm in 1.7 million runs.
    n, coefficient = 40_000, 0.7
    noise = rng.normal(size=n)
    series = np.empty(n)
    series[0] = noise[0]
    for day in range(1, n):
        series[day] = coefficient * series[day - 1] + noise[day]
    found = statistics.autocorrelations(series, (1, 2, 3))
    assert_allclose(found, coefficient ** np.arange(1, 4), atol=5 * 1.7 / np.sqrt(n))


def test_spectrum_adds_up_to_the_variance_and_finds_a_wave(rng: np.random.Generator) -> None:
    for n_days in (1000, 1001):
        noise = rng.normal(size=(2, n_days))
        assert_allclose(statistics.power_spectrum(noise)[:, 1:].sum(axis=1), noise.var(axis=1))
    wave = 3.0 * np.cos(2 * np.pi * 50 * np.arange(1000) / 1000)
    power = statistics.power_spectrum(wave)
    assert power.argmax() == 50
    assert_allclose(power[50], 4.5)


def test_anomalies_remove_an_annual_cycle_exactly_with_and_without_gaps() -> None:
    doy = doy_index(daily_times("2001-01-01", 1500))
    angle = 2 * np.pi * doy / 365.25
    cycle = 7.0 + 10 * np.cos(angle - 0.3) + 2 * np.sin(3 * angle)
    gaps = np.where(np.arange(1500) % 7 == 0, np.nan, cycle)
    found = statistics.anomalies(np.stack([cycle, gaps]), doy)
    assert_allclose(found[0], 0.0, atol=1e-10)
    assert_allclose(found[1][np.isfinite(gaps)], 0.0, atol=1e-10)
    assert np.isnan(found[1][np.isnan(gaps)]).all()


def test_ranks_are_those_of_scipy(rng: np.random.Generator) -> None:
    values = rng.integers(0, 5, size=40).astype(float)
    assert_allclose(statistics.mean_ranks(values), stats.rankdata(values))
    assert_allclose(statistics.mean_ranks(np.array([2.0, np.nan, 1.0, 2.0])), [2.5, np.nan, 1.0, 2.5])


def test_years_are_whole_calendar_years() -> None:
    times = daily_times("2001-07-01", 184 + 365 + 365 + 10)
    years = times.astype("datetime64[Y]").astype(int) + 1970.0
    values = years.copy()
    values[times.astype("datetime64[D]") == np.datetime64("2002-05-05")] = 9999.0
    assert_allclose(statistics.annual(values, times, largest=True), [9999.0, 2003.0])
    assert_allclose(statistics.annual(years, times), [2002.0, 2003.0])
    years[184:300] = np.nan
    assert_allclose(statistics.annual(years, times), [np.nan, 2003.0])
    assert statistics.annual(years[:100], times[:100]).size == 0


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.15])
def test_extreme_value_quantiles_are_those_of_scipy(shape: float) -> None:
    levels = np.array([0.1, 0.5, 0.99])
    found = statistics.gev_quantiles((10.0, 2.0, shape), levels)
    assert_allclose(found, stats.genextreme.ppf(levels, shape, loc=10.0, scale=2.0))


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.15])
def test_extreme_value_parameters_are_found_from_a_perfect_sample(shape: float) -> None:
    levels = (np.arange(20_000) + 0.5) / 20_000
    sample = stats.genextreme.ppf(levels, shape, loc=10.0, scale=2.0)
    # The approximation of the shape is good to 9e-4; the rest is what a sample without an infinite tail loses.
    assert_allclose(statistics.gev_from_l_moments(sample), (10.0, 2.0, shape), atol=0.01)


def test_equal_maxima_are_their_own_return_level() -> None:
    assert_allclose(statistics.gev_quantiles(statistics.gev_from_l_moments(np.full(9, 4.0)), np.array([0.5, 0.99])), 4.0)


def test_running_mean_is_short_of_its_ends_and_keeps_gaps() -> None:
    values = np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0, 7.0])
    assert_allclose(statistics.running_mean(values, 3), [2.0, np.nan, np.nan, np.nan, 6.0])
    assert statistics.running_mean(values, 8).size == 0
